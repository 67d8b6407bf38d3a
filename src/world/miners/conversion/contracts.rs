//! Contracts for AI halls: what is signed, what it takes of power and money, and which milestones it books.

use bevy_ecs::prelude::{Res, ResMut};
use bevy_ecs::system::SystemParam;

use crate::clock::Clock;
use crate::model::mining::economics::annuity_payment;
use crate::numerics::sampling::exponential;
use crate::random::{Draws, Need};
use crate::units::{
    BtcPrice, DAYS_PER_MONTH, DAYS_PER_YEAR, Power, RentPerWatt, Usd, UsdPerSecond, UsdPerWatt,
};
use crate::world::market::Market;
use crate::world::market::ai_demand::default_after;
use crate::world::market::spec::{AiDemandSpec, RegionSpec};
use crate::world::market::state::{
    AiDemand, Bitcoin, GridConnections, HostingKind, IdleStock, Tender,
};
use crate::world::miners::access::MinerTable;
use crate::world::miners::campuses::Campuses;
use crate::world::miners::investment::displace;
use crate::world::miners::review::ReviewViews;
use crate::world::miners::spec::ConversionSpec;
use crate::world::miners::state::{Flows, Owners};
use crate::world::miners::{Miners, TenantLoad};

use super::bidders::OfferDay;
use super::leases::{HallStage, Lease, Leases, Milestone, Route};
use super::offers::Offer;

/// Rents rise no longer than this, some 55 years: a bound of memory.
const LONGEST_LEASE_DAYS: f64 = 20_000.0;

/// A day on which contracts are signed and fulfilled: everything that they touch.
pub struct ContractDay<'a> {
    /// Today.
    pub day: u32,
    /// Bitcoin price.
    pub price: BtcPrice,
    /// Random numbers.
    pub draws: &'a Draws,
    /// Behaviour.
    pub miners: &'a Miners,
    /// AI projects.
    pub spec: &'a ConversionSpec,
    /// AI market.
    pub terms: &'a AiDemandSpec,
    /// Power regions.
    pub regions: &'a [RegionSpec],
    /// Idle stock.
    pub stock: &'a mut IdleStock,
    /// Load by tenant.
    pub tenants: &'a mut TenantLoad,
    /// Leases.
    pub leases: &'a mut Leases,
    /// Campuses.
    pub campuses: &'a mut Campuses,
    /// Owners.
    pub owners: &'a mut Owners,
    /// Flows.
    pub flows: &'a mut Flows,
    /// What grids connect, for mining and for these halls.
    pub connections: &'a mut GridConnections,
}

/// The resources that a contract touches.
#[derive(SystemParam)]
pub struct ContractViews<'w> {
    clock: Res<'w, Clock>,
    bitcoin: Res<'w, Bitcoin>,
    draws: Res<'w, Draws>,
    miners: Res<'w, Miners>,
    market: Res<'w, Market>,
    stock: ResMut<'w, IdleStock>,
    tenants: ResMut<'w, TenantLoad>,
    leases: ResMut<'w, Leases>,
    campuses: ResMut<'w, Campuses>,
    owners: ResMut<'w, Owners>,
    flows: ResMut<'w, Flows>,
    connections: ResMut<'w, GridConnections>,
}

impl ContractViews<'_> {
    /// Those of today; none where AI hosting is switched off.
    pub fn day(&mut self) -> Option<ContractDay<'_>> {
        Some(ContractDay {
            day: self.clock.day,
            price: self.bitcoin.price,
            draws: &self.draws,
            miners: &self.miners,
            spec: self.miners.ai.as_ref()?,
            terms: self.market.ai.as_ref()?,
            regions: &self.market.regions,
            stock: &mut self.stock,
            tenants: &mut self.tenants,
            leases: &mut self.leases,
            campuses: &mut self.campuses,
            owners: &mut self.owners,
            flows: &mut self.flows,
            connections: &mut self.connections,
        })
    }
}

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deal {
    /// Index of the campus.
    pub campus: u32,
    /// Index of the owner.
    pub owner: u32,
    /// What the hall is made of.
    pub route: Route,
    /// The vacant hall, where one stands.
    pub vacant: Option<u32>,
    /// IT power.
    pub it: Power,
    /// Share of its utility power that comes from mining.
    pub mined_share: f64,
    /// Kind of business.
    pub kind: HostingKind,
    /// Index of the tenant.
    pub tenant: u32,
    /// Whether a strong backer stands behind the tenant.
    pub backed: bool,
    /// Term, years.
    pub term_years: f64,
    /// First-year rent, million USD per IT MW and year.
    pub rent_musd: f64,
    /// Value of a dollar of first-year rent.
    pub value_of_rent: f64,
    /// Capital cost borne by owner and lenders, million USD per IT MW.
    pub cost_musd: f64,
    /// Part of it that is not lent.
    pub equity_share: f64,
    /// Interest on the loan, a year.
    pub debt_rate: f64,
    /// Months from signature to first power when on time.
    pub months: f64,
    /// Days since it was signed.
    pub age: u32,
    /// Whether the hall is finished and its tenant in.
    pub lit: bool,
}

impl Deal {
    /// Of an offer that wins a tender today.
    #[must_use]
    pub fn of_offer(offer: &Offer, tender: &Tender, it: Power, rent_musd: f64) -> Self {
        Self {
            campus: offer.campus,
            owner: offer.owner,
            route: offer.route,
            vacant: offer.vacant,
            it,
            mined_share: if offer.route == Route::Retrofit { 1.0 } else { 0.0 },
            kind: tender.kind,
            tenant: tender.tenant,
            backed: tender.backed,
            term_years: tender.term_years,
            rent_musd,
            value_of_rent: offer.value_of_rent,
            cost_musd: offer.cost_musd,
            equity_share: offer.equity_share,
            debt_rate: offer.debt_rate,
            months: offer.months,
            age: 0,
            lit: false,
        }
    }
}

/// Days of a lease to come.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    ready: f64,
    fails: bool,
    abandoned: f64,
    ends: f64,
    vacated: f64,
}

impl ContractDay<'_> {
    /// What everybody who makes an offer today knows.
    #[must_use]
    pub(super) fn offers<'b>(
        &'b self,
        reviews: &'b ReviewViews,
        demand: &'b AiDemand,
    ) -> OfferDay<'b> {
        OfferDay {
            review: reviews.day(),
            spec: self.spec,
            terms: self.terms,
            demand,
            stock: self.stock,
            draws: self.draws,
        }
    }

    /// Signs a lease: takes its power, pays its first part, books its milestones. Returns its number.
    pub fn sign(&mut self, table: &mut MinerTable<'_, '_>, deal: &Deal) -> u32 {
        let serial = self.leases.all.len() as u32;
        let schedule = self.schedule(deal);
        let cost = deal.it * UsdPerWatt::from_musd_per_mw(deal.cost_musd);
        let loan = cost * (1.0 - deal.equity_share);
        let (utility, mined) = self.take_power(table, deal);
        let margin = match deal.kind {
            HostingKind::Colocation => self.terms.noi_margin,
            HostingKind::GpuCloud => self.terms.gpu_cloud_margin,
        };
        let value = deal.it * UsdPerWatt::from_musd_per_mw(deal.rent_musd * deal.value_of_rent);
        let payment = annuity_payment(deal.debt_rate, deal.term_years);
        let lease = Lease {
            campus: deal.campus,
            owner: deal.owner,
            signer: deal.owner,
            tenant: deal.tenant,
            kind: deal.kind,
            route: deal.route,
            stage: HallStage::Building,
            it: deal.it,
            on: Power::ZERO,
            utility,
            mined,
            rent_musd: deal.rent_musd,
            income: deal.it * RentPerWatt::from_musd_per_mw_year(deal.rent_musd * margin),
            service: UsdPerSecond::from_usd_per_day(loan.0 * payment / DAYS_PER_YEAR),
            served_from: None,
            repaid: false,
            cost,
            equity_share: deal.equity_share,
            promised: Usd::ZERO,
            worth: (value - loan).max(Usd::ZERO),
            signed: i64::from(self.day) - i64::from(deal.age),
            ready: schedule.ready,
            ends: schedule.ends as u32,
            vacant_since: 0,
        };
        self.leases.all.push(lease);
        self.flows.ai_signed += deal.it;
        let owner = &mut self.owners.0[deal.owner as usize];
        owner.signed = true;
        if deal.route != Route::Standing {
            owner.building_it += deal.it;
        }
        if !deal.lit {
            // What was due at the signing of a contract of the past has been paid.
            let due = if deal.age == 0 { 1.0 } else { 1.0 - self.spec.signing_share };
            self.promise(serial, cost * (deal.equity_share * due));
        }
        if deal.age == 0 {
            self.pay_part(table, serial, self.spec.signing_share);
        }
        self.book(serial, &schedule, deal.lit);
        *self.tenants = self.leases.load(self.campuses);
        serial
    }

    /// When the hall is ready, whether it fails, when it empties. The lead time counts from signature. A
    /// hall that is not ready although it is due is late, by a slip without memory that counts from
    /// today; one that is beyond the point of its lead time at which halls fail has not failed.
    fn schedule(&self, deal: &Deal) -> Schedule {
        let number = self.leases.signed_at(deal.campus, self.day, deal.age);
        let [punctual, slip] = self.draws.draw_pair(Need::HallDelay(deal.campus, self.day, number));
        let [failure, default] = self.draws.draw_pair(Need::HallEnd(deal.campus, self.day, number));
        let today = f64::from(self.day);
        let stands = deal.lit || deal.route == Route::Standing;
        let signed = today - f64::from(deal.age);
        let overdue = deal.age > 0 && signed + deal.months * DAYS_PER_MONTH <= today;
        let on_time = self.spec.on_time_probability;
        let late = !stands && if overdue { on_time < 1.0 } else { punctual >= on_time };
        let slip = if late { exponential(slip, self.spec.slip_months) } else { 0.0 };
        let ready = if overdue || deal.lit {
            today + slip * DAYS_PER_MONTH
        } else {
            signed + (deal.months + slip) * DAYS_PER_MONTH
        };
        let abandoned = signed + self.spec.abandoned_at * (ready - signed);
        let ends = ready + deal.term_years * DAYS_PER_YEAR;
        Schedule {
            ready,
            fails: failure < self.spec.failure_probability
                && !stands
                && (deal.age == 0 || abandoned > today),
            abandoned,
            ends,
            vacated: ends.min(ready + default_after(self.terms, deal.backed, default)),
        }
    }

    /// Takes utility power for the hall: from the pipeline, and from mining, whose machines go. Returns all
    /// of it and the part that mined.
    fn take_power(&mut self, table: &mut MinerTable<'_, '_>, deal: &Deal) -> (Power, Power) {
        if let Some(old) = deal.vacant {
            let old = &mut self.leases.all[old as usize];
            old.stage = HallStage::Ended;
            return (old.utility, old.mined);
        }
        let utility = deal.it / self.spec.it_over_utility;
        let mined = self.take_mining(table, deal, utility * deal.mined_share);
        let campus = &mut self.campuses.0[deal.campus as usize];
        let new = utility - mined;
        // A finished hall stands on power of its own, beside what the owner mines on.
        if !deal.lit {
            campus.pipeline = (campus.pipeline - new).max(Power::ZERO);
        }
        (utility, mined)
    }

    /// Takes power from the owner's open sites in proportion to what they have.
    fn take_mining(&mut self, table: &mut MinerTable<'_, '_>, deal: &Deal, wanted: Power) -> Power {
        if wanted.0 <= 0.0 {
            return Power::ZERO;
        }
        let open: Vec<usize> = self
            .campuses
            .sites(deal.campus as usize)
            .filter(|&index| {
                let site = &table.sites()[index];
                !site.closed && site.owner == deal.owner
            })
            .collect();
        let all: Power = open.iter().map(|&index| table.sites()[index].capacity).sum();
        let share = if all.0 > 0.0 { (wanted / all).min(1.0) } else { 0.0 };
        let mut taken = Power::ZERO;
        for index in open {
            let mut miner = table.miner(index);
            let given = miner.site.capacity * share;
            miner.site.capacity = (miner.site.capacity - given).max(Power::ZERO);
            taken += given;
            let rigs = miner.rigs();
            displace(self.miners, &mut miner, rigs, self.stock, self.flows);
        }
        taken
    }

    /// Gives power back to the mining sites of a campus, in equal parts to those that are open.
    pub(super) fn give_back(&self, table: &mut MinerTable<'_, '_>, campus: u32, power: Power) {
        if power.0 <= 0.0 {
            return;
        }
        let sites = self.campuses.sites(campus as usize);
        let open: Vec<usize> =
            sites.clone().filter(|&index| !table.sites()[index].closed).collect();
        let receivers = if open.is_empty() { sites.collect() } else { open };
        let part = power / receivers.len() as f64;
        for index in receivers {
            table.miner(index).site.capacity += part;
        }
    }

    /// Sets aside or frees equity for a lease.
    pub(super) fn promise(&mut self, lease: u32, equity: Usd) {
        let lease = &mut self.leases.all[lease as usize];
        let change = equity - lease.promised;
        lease.promised = equity;
        self.owners.0[lease.owner as usize].promised += change;
    }

    /// Pays a part of the hall's cost: the owner its share of the equity, as far as its cash and coins at the
    /// campus go; lenders and outside owners, whom a signed lease attracts, the rest.
    pub(super) fn pay_part(&mut self, table: &mut MinerTable<'_, '_>, lease: u32, part: f64) {
        let (campus, due, equity) = {
            let lease = &self.leases.all[lease as usize];
            (lease.campus, lease.cost * part, lease.cost * (part * lease.equity_share))
        };
        let sites = self.campuses.sites(campus as usize);
        let each = equity / sites.len() as f64;
        let mut own = Usd::ZERO;
        for index in sites {
            let miner = table.miner(index);
            let means = miner.cash.0 + miner.coins.0 * self.price;
            let paid = (each * (1.0 - miner.site.external_share)).min(means.max(Usd::ZERO));
            miner.cash.0 -= paid;
            own += paid;
        }
        self.flows.construction += due;
        self.flows.external += due - own;
        let left = self.leases.all[lease as usize].promised - own;
        self.promise(lease, left.max(Usd::ZERO));
    }

    fn book(&mut self, lease: u32, schedule: &Schedule, lit: bool) {
        let today = f64::from(self.day);
        if schedule.fails {
            self.leases.enter(schedule.abandoned.max(today + 1.0), lease, Milestone::Abandoned);
            return;
        }
        if !lit {
            self.leases.enter(schedule.ready.max(today + 1.0), lease, Milestone::Energised);
        }
        self.leases.enter(schedule.vacated.max(today + 1.0), lease, Milestone::Vacated);
        let mut anniversary = schedule.ready + DAYS_PER_YEAR;
        while anniversary < schedule.vacated.min(today + LONGEST_LEASE_DAYS) {
            self.leases.enter(anniversary.max(today + 1.0), lease, Milestone::Escalated);
            anniversary += DAYS_PER_YEAR;
        }
    }
}
