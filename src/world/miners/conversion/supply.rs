//! The supply curve of AI halls: how much IT power miners offer to a plain tender at a first-year rent or
//! below. It is surveyed for the record alone: nothing in the simulation reads it.

use bevy_ecs::prelude::{Query, Res};
use bevy_ecs::system::SystemParam;

use crate::model::hosting::tenders::affordable;
use crate::random::Draws;
use crate::units::Power;
use crate::world::market::Market;
use crate::world::market::spec::AiDemandSpec;
use crate::world::market::state::{AiDemand, HostingKind, IdleStock, Tender};
use crate::world::miners::Miners;
use crate::world::miners::access::{MinerColumns, table};
use crate::world::miners::campuses::Campuses;
use crate::world::miners::review::ReviewViews;
use crate::world::miners::state::Owners;

use super::bidders::{Bidders, OfferDay};
use super::leases::{Leases, Route};
use super::offers::Offer;

/// A point of the supply curve.
#[derive(Clone, Copy, Debug)]
pub struct SupplyPoint {
    /// First-year rent, million USD per IT MW and year.
    pub rent_musd: f64,
    /// Its column.
    pub column: &'static str,
    /// What the column says.
    pub meaning: &'static str,
}

/// The rents at which the curve is read off, in rising order: from less than any hall was let for to
/// more than incumbents ask.
pub const SUPPLY_CURVE: [SupplyPoint; 7] = [
    point(
        0.8,
        "ai_offered_080_mw",
        "IT power offered at a first-year rent of 0.8 MUSD per IT MW or less to a backed tenant who takes halls of any size and asks for no quality, surveyed on the first day and every simulation.supply_survey_days",
    ),
    point(1.0, "ai_offered_100_mw", "the same at 1.0 MUSD or less"),
    point(1.2, "ai_offered_120_mw", "the same at 1.2 MUSD or less"),
    point(1.4, "ai_offered_140_mw", "the same at 1.4 MUSD or less"),
    point(1.6, "ai_offered_160_mw", "the same at 1.6 MUSD or less"),
    point(1.8, "ai_offered_180_mw", "the same at 1.8 MUSD or less"),
    point(2.0, "ai_offered_200_mw", "the same at 2.0 MUSD or less"),
];

const fn point(rent_musd: f64, column: &'static str, meaning: &'static str) -> SupplyPoint {
    SupplyPoint { rent_musd, column, meaning }
}

/// IT power offered at the rents of [`SUPPLY_CURVE`] or below.
pub type OfferedPower = [Power; SUPPLY_CURVE.len()];

/// What a survey reads.
#[derive(SystemParam)]
pub struct SupplySurvey<'w, 's> {
    reviews: ReviewViews<'w>,
    miners: Res<'w, Miners>,
    market: Res<'w, Market>,
    demand: Res<'w, AiDemand>,
    stock: Res<'w, IdleStock>,
    draws: Res<'w, Draws>,
    leases: Res<'w, Leases>,
    campuses: Res<'w, Campuses>,
    owners: Res<'w, Owners>,
    table: Query<'w, 's, MinerColumns>,
}

impl SupplySurvey<'_, '_> {
    /// The supply curve of today; nothing where AI hosting is switched off.
    #[must_use]
    pub fn offered(&mut self) -> OfferedPower {
        let (Some(spec), Some(terms)) = (&self.miners.ai, &self.market.ai) else {
            return OfferedPower::default();
        };
        let Some(mut table) = table(&mut self.table) else { return OfferedPower::default() };
        let day = OfferDay {
            review: self.reviews.day(),
            spec,
            terms,
            demand: &self.demand,
            stock: &self.stock,
            draws: &self.draws,
        };
        let bidders = day.bidders(&mut table, &self.campuses, &self.leases, &self.owners);
        offered(&day, &bidders, &self.campuses, &any_tender(terms))
    }
}

/// A colocation tender from a tenant with a backer, due after the median time, over the most likely term, that
/// asks for no quality and takes halls of any size: offers that add up go to tenders of all sizes, and one of
/// mean size would leave out all places of less than half of it.
#[must_use]
pub fn any_tender(terms: &AiDemandSpec) -> Tender {
    let terms_by_probability = terms.term_years.iter().zip(&terms.term_probability);
    let likeliest = terms_by_probability.max_by(|(_, a), (_, b)| a.total_cmp(b));
    Tender {
        number: 0,
        kind: HostingKind::Colocation,
        it: Power::ZERO,
        term_years: likeliest.map_or(terms.opening_term_years, |(&years, _)| years),
        tenant: 0,
        backed: true,
        due_months: terms.due_months,
        quality: 0.0,
        valuation: 1.0,
    }
}

/// IT power offered for a tender at a rent or below: pipelines and mining halls of all campuses, from the
/// cheapest up, as far as each owner's room to build and purse go. Halls that stand empty are no new supply.
#[must_use]
pub fn offered(
    day: &OfferDay<'_>,
    bidders: &Bidders,
    campuses: &Campuses,
    tender: &Tender,
) -> OfferedPower {
    let mut offers: Vec<Offer> = (0..campuses.0.len() as u32)
        .flat_map(|index| day.offers(bidders, campuses, index, tender))
        .flatten()
        .filter(|offer| offer.route != Route::Standing)
        .collect();
    offers.sort_by(|a, b| a.rent_musd.total_cmp(&b.rent_musd));
    let mut left = bidders.owners.clone();
    let mut offered = OfferedPower::default();
    for offer in offers {
        let owner = &mut left[offer.owner as usize];
        let equity = offer.cost_musd * offer.equity_share;
        let most = owner.room_mw.min(affordable(owner.purse_musd, equity));
        let it_mw = offer.it_mw.min(most).max(0.0);
        owner.room_mw -= it_mw;
        owner.purse_musd -= it_mw * equity;
        for (sum, point) in offered.iter_mut().zip(&SUPPLY_CURVE) {
            if offer.rent_musd <= point.rent_musd {
                *sum += Power::from_mw(it_mw);
            }
        }
    }
    offered
}
