//! What the model needs random numbers for, and where each need finds them.
//!
//! A need has an address of its own: no two coincide, which a test shows. Addresses are part of the
//! published results: a new need takes a free one, an old one keeps what it has for good.

use super::Stream;

/// Index of a miner.
type MinerIndex = u32;
/// Index of a campus.
type CampusIndex = u32;
/// Index of an owner.
type Owner = u32;
/// Index of a power region.
type Region = u32;
/// Day of the run.
type Day = u32;

/// A need for random numbers, with whom and which day it is of. "And" parts the first of a pair from
/// the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Work that the block of a height takes, and the pool that finds it.
    Block(u32),
    /// Diffusion of the price.
    PriceDiffusion(Day),
    /// How often the price jumps, and how far.
    PriceJumps(Day),
    /// Level of fees, and whether a spike begins.
    Fees(Day),
    /// Height of the spike.
    FeeSpike(Day),
    /// Level of spot power in a region, and whether it spikes.
    SpotPower(Region, Day),
    /// Whether weather strikes a region.
    Weather(Region, Day),
    /// Uptime of all rigs.
    Uptime(Day),
    /// Level of AI rents.
    Rent(Day),
    /// Whether the AI sector busts.
    Bust(Day),
    /// How many tenders come.
    Tenders(Day),
    /// Size of the day's n-th tender, and its kind of business.
    TenderSize(u32, Day),
    /// Its rent, and its term.
    TenderRent(u32, Day),
    /// Its tenant, and whether that is backed.
    TenderTenant(u32, Day),
    /// Weight in a campus's first fleet of the vintage of an age in years, and its efficiency.
    Vintage(CampusIndex, u16),
    /// Region of a campus.
    CampusRegion(CampusIndex),
    /// Contract tariff of a campus.
    Tariff(CampusIndex),
    /// Pool of a campus.
    Pool(CampusIndex),
    /// Whether the power of a campus is stranded.
    Stranded(CampusIndex),
    /// Payback hurdle, and optimism.
    Hurdle(CampusIndex),
    /// Share of power bought at spot.
    SpotShare(CampusIndex),
    /// Manufacturer of its rigs.
    Manufacturer(CampusIndex),
    /// Day on which what it had on order before the start arrives.
    OpeningDelivery(CampusIndex),
    /// Quality of a campus for AI, and what halls cost there.
    CampusQuality(CampusIndex),
    /// How long halls take there, and how long its pipeline waits for firm power.
    CampusTimes(CampusIndex),
    /// Noise of an owner's choice at a campus over a tender, by number of the tender and campus.
    Offer(u16, CampusIndex, Day),
    /// Valuation of the day's n-th tender, and the quality that it asks for.
    TenderNeeds(u32, Day),
    /// When it is due.
    TenderDue(u32, Day),
    /// Size of an unnamed owner.
    OwnerSize(Owner),
    /// Its class.
    OwnerClass(Owner),
    /// Size of the manufacturers' order book on the first day.
    OrderBook,
    /// Appetite for rigs around its mean, and that mean.
    Appetite(Day),
    /// Elasticity of orders to payback.
    OrderElasticity(Day),
    /// Whether the n-th hall signed at a campus on a day is late, and by how much.
    HallDelay(CampusIndex, Day, u16),
    /// Whether it is given up, and when its tenant defaults.
    HallEnd(CampusIndex, Day, u16),
    /// How many newcomers come.
    Newcomers(Day),
    /// Size of the day's n-th newcomer.
    NewcomerSize(u32, Day),
    /// Whether a miner's site closes in a phase of closures; the one on a single day has number 0.
    Closure(MinerIndex, u32),
    /// When it closes in that phase, and for how long.
    ClosureDays(MinerIndex, u32),
    /// Whether a miner is strategic.
    Strategic(MinerIndex),
    /// Which particles a choice of a calibration takes, by number of the choice and generation.
    Particles(u32, u32),
    /// Deviation of a calibration's point of a generation in its n-th parameter.
    Deviation(u32, u32, u16),
    /// Place with which a draw of the posterior changes when they are shuffled.
    Shuffle(u32),
}

impl Need {
    /// Stream, subject, step and draw under which the need's numbers stand.
    #[inline]
    #[must_use]
    pub const fn address(self) -> (Stream, u32, u32, u16) {
        match self {
            Self::Block(height) => (Stream::Block, 0, height, 0),
            Self::PriceDiffusion(day) => (Stream::Price, 0, day, 0),
            Self::PriceJumps(day) => (Stream::Price, 0, day, 1),
            Self::Fees(day) => (Stream::Fees, 0, day, 0),
            Self::FeeSpike(day) => (Stream::Fees, 0, day, 1),
            Self::SpotPower(region, day) => (Stream::SpotPower, region, day, 0),
            Self::Weather(region, day) => (Stream::Weather, region, day, 0),
            Self::Uptime(day) => (Stream::Uptime, 0, day, 0),
            Self::Rent(day) => (Stream::Rent, 0, day, 0),
            Self::Bust(day) => (Stream::Bust, 0, day, 0),
            Self::Tenders(day) => (Stream::Tender, 0, day, 0),
            Self::TenderSize(n, day) => (Stream::Tender, n + 1, day, 0),
            Self::TenderRent(n, day) => (Stream::Tender, n + 1, day, 1),
            Self::TenderTenant(n, day) => (Stream::Tender, n + 1, day, 2),
            Self::Vintage(campus, age) => (Stream::Population, campus, 0, age),
            Self::CampusRegion(campus) => (Stream::Population, campus, 1, 0),
            Self::Tariff(campus) => (Stream::Population, campus, 1, 1),
            Self::Pool(campus) => (Stream::Population, campus, 1, 2),
            Self::Stranded(campus) => (Stream::Population, campus, 1, 3),
            Self::Hurdle(campus) => (Stream::Population, campus, 2, 0),
            Self::SpotShare(campus) => (Stream::Population, campus, 2, 1),
            Self::Manufacturer(campus) => (Stream::Population, campus, 2, 2),
            Self::OpeningDelivery(campus) => (Stream::Population, campus, 3, 0),
            Self::CampusQuality(campus) => (Stream::Campus, campus, 0, 0),
            Self::CampusTimes(campus) => (Stream::Campus, campus, 0, 1),
            Self::Offer(tender, campus, day) => (Stream::Offer, campus, day, tender),
            Self::TenderNeeds(n, day) => (Stream::Tender, n + 1, day, 3),
            Self::TenderDue(n, day) => (Stream::Tender, n + 1, day, 4),
            Self::OwnerSize(owner) => (Stream::Owner, owner, 0, 0),
            Self::OwnerClass(owner) => (Stream::Owner, owner, 0, 1),
            Self::OrderBook => (Stream::OrderBook, 0, 0, 0),
            Self::Appetite(day) => (Stream::Appetite, 0, day, 0),
            Self::OrderElasticity(day) => (Stream::Appetite, 0, day, 1),
            Self::HallDelay(campus, day, n) => (Stream::Project, campus, day, 2 * n),
            Self::HallEnd(campus, day, n) => (Stream::Project, campus, day, 2 * n + 1),
            Self::Newcomers(day) => (Stream::Entry, 0, day, 0),
            Self::NewcomerSize(n, day) => (Stream::Entry, n + 1, day, 0),
            Self::Closure(miner, phase) => (Stream::Closure, miner, phase, 0),
            Self::ClosureDays(miner, phase) => (Stream::Closure, miner, phase, 1),
            Self::Strategic(miner) => (Stream::Strategic, miner, 0, 0),
            Self::Particles(choice, generation) => (Stream::Calibration, choice, generation, 0),
            Self::Deviation(point, generation, n) => {
                (Stream::Calibration, point, generation, n + 1)
            }
            // No calibration has as many generations.
            Self::Shuffle(place) => (Stream::Calibration, place, u32::MAX, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// One of every need.
    fn every_need(a: u32, b: u32, c: u16) -> [Need; 43] {
        [
            Need::Block(b),
            Need::PriceDiffusion(b),
            Need::PriceJumps(b),
            Need::Fees(b),
            Need::FeeSpike(b),
            Need::SpotPower(a, b),
            Need::Weather(a, b),
            Need::Uptime(b),
            Need::Rent(b),
            Need::Bust(b),
            Need::Tenders(b),
            Need::TenderSize(a, b),
            Need::TenderRent(a, b),
            Need::TenderTenant(a, b),
            Need::TenderNeeds(a, b),
            Need::TenderDue(a, b),
            Need::Vintage(a, c),
            Need::CampusRegion(a),
            Need::Tariff(a),
            Need::Pool(a),
            Need::Stranded(a),
            Need::Hurdle(a),
            Need::SpotShare(a),
            Need::Manufacturer(a),
            Need::OpeningDelivery(a),
            Need::CampusQuality(a),
            Need::CampusTimes(a),
            Need::OwnerSize(a),
            Need::OwnerClass(a),
            Need::OrderBook,
            Need::Appetite(b),
            Need::OrderElasticity(b),
            Need::Offer(c, a, b),
            Need::HallDelay(a, b, c),
            Need::HallEnd(a, b, c),
            Need::Newcomers(b),
            Need::NewcomerSize(a, b),
            Need::Closure(a, b),
            Need::ClosureDays(a, b),
            Need::Strategic(a),
            Need::Particles(a, b),
            Need::Deviation(a, b, c),
            Need::Shuffle(a),
        ]
    }

    /// Small numbers, where needs lie side by side, and the largest.
    const NUMBERS: [u32; 8] = [0, 1, 2, 3, 4, 5, 6, u32::MAX - 1];

    #[test]
    fn no_two_needs_have_one_address() {
        let mut taken: BTreeMap<(u16, u32, u32, u16), Need> = BTreeMap::new();
        for a in NUMBERS {
            for b in NUMBERS {
                for c in 0..9 {
                    for need in every_need(a, b, c) {
                        let (stream, subject, step, draw) = need.address();
                        let address = (stream as u16, subject, step, draw);
                        let first = *taken.entry(address).or_insert(need);
                        assert_eq!(first, need, "both stand under {address:?}");
                    }
                }
            }
        }
        assert!(taken.len() > 1_500, "only {} addresses", taken.len());
    }

    /// Stream, subject, step and draw of every need of (7, 11, 3), as results were published with.
    const PUBLISHED: [(u16, u32, u32, u16); 43] = [
        (1, 0, 11, 0),
        (2, 0, 11, 0),
        (2, 0, 11, 1),
        (3, 0, 11, 0),
        (3, 0, 11, 1),
        (4, 7, 11, 0),
        (5, 7, 11, 0),
        (19, 0, 11, 0),
        (6, 0, 11, 0),
        (8, 0, 11, 0),
        (7, 0, 11, 0),
        (7, 8, 11, 0),
        (7, 8, 11, 1),
        (7, 8, 11, 2),
        (7, 8, 11, 3),
        (7, 8, 11, 4),
        (9, 7, 0, 3),
        (9, 7, 1, 0),
        (9, 7, 1, 1),
        (9, 7, 1, 2),
        (9, 7, 1, 3),
        (9, 7, 2, 0),
        (9, 7, 2, 1),
        (9, 7, 2, 2),
        (9, 7, 3, 0),
        (23, 7, 0, 0),
        (23, 7, 0, 1),
        (10, 7, 0, 0),
        (10, 7, 0, 1),
        (20, 0, 0, 0),
        (21, 0, 11, 0),
        (21, 0, 11, 1),
        (24, 7, 11, 3),
        (12, 7, 11, 6),
        (12, 7, 11, 7),
        (14, 0, 11, 0),
        (14, 8, 11, 0),
        (16, 7, 11, 0),
        (16, 7, 11, 1),
        (17, 7, 0, 0),
        (18, 7, 11, 0),
        (18, 7, 11, 4),
        (18, 7, u32::MAX, 0),
    ];

    #[test]
    fn every_need_keeps_the_address_that_results_were_published_with() {
        for (need, published) in every_need(7, 11, 3).into_iter().zip(PUBLISHED) {
            let (stream, subject, step, draw) = need.address();
            assert_eq!((stream as u16, subject, step, draw), published, "{need:?}");
        }
    }

    #[test]
    fn the_list_of_needs_leaves_none_out() {
        let source = include_str!("needs.rs");
        let body = source.split_once("pub enum Need {\n").map_or("", |(_, rest)| rest);
        let body = body.split_once("\n}").map_or("", |(body, _)| body);
        let variants = body.lines().filter(|line| !line.trim_start().starts_with("//")).count();
        assert_eq!(variants, every_need(0, 0, 0).len());
        let kinds = every_need(0, 0, 0).map(|need| std::mem::discriminant(&need));
        for (place, kind) in kinds.iter().enumerate() {
            assert!(!kinds[..place].contains(kind), "entry {place} is there twice");
        }
    }
}
