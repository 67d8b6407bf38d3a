//! AI halls from signature to the end of the lease: construction, energising or abandonment,
//! escalators, tenant default, vacancy. Milestones wait in a book by day.

use bevy_ecs::prelude::{Query, Res, ResMut, Resource};
use bevy_ecs::system::SystemParam;

use crate::clock::Clock;
use crate::model::market::energy::emissions_mt;
use crate::model::mining::economics::annuity_payment;
use crate::numerics::sampling::exponential;
use crate::random::{Draws, Need};
use crate::units::{
    BtcPrice, DAY, DAYS_PER_MONTH, DAYS_PER_YEAR, Power, RentPerWatt, Usd, UsdPerSecond, UsdPerWatt,
};
use crate::world::market::Market;
use crate::world::market::ai_demand::default_after;
use crate::world::market::spec::{AiDemandSpec, RegionSpec};
use crate::world::market::state::{Bitcoin, HostingKind, IdleStock, MAX_REGIONS, Tender};
use crate::world::miners::access::{Miner, MinerColumns, table};
use crate::world::miners::investment::displace;
use crate::world::miners::spec::ConversionSpec;
use crate::world::miners::state::{Bid, Flows, Hall, HallStage, Owners};
use crate::world::miners::{Miners, TenantLoad};

/// What happens to a hall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Milestone {
    /// It earns rent from now on; the rest of its cost is due.
    Energised,
    /// It is given up; what was paid at signing is lost.
    Abandoned,
    /// Another year of the lease has passed.
    Escalated,
    /// The lease ends or the tenant defaults.
    Vacated,
    /// A loan is repaid.
    LoanRepaid(UsdPerSecond),
}

/// A milestone that waits for its day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DatedMilestone {
    /// Index of the miner.
    pub miner: u32,
    /// Serial number of the contract on its site.
    pub contract: u32,
    /// What happens.
    pub milestone: Milestone,
}

/// Milestones by day, and what was signed when.
#[derive(Resource, Clone, Debug, Default)]
pub struct ProjectBook {
    /// Milestones to come, by day.
    pub by_day: Vec<Vec<DatedMilestone>>,
    /// Day on which each hall so far was signed, in order; negative before the first day.
    pub signed_on: Vec<i64>,
}

/// Milestones from this day on, a century from the first, need no place in the book: a bound of memory.
const LAST_DAY: f64 = 36_500.0;
/// Rents rise no longer than this, some 55 years: a bound of memory.
const LONGEST_LEASE_DAYS: f64 = 20_000.0;

impl ProjectBook {
    /// Halls signed in the last `days`.
    #[must_use]
    pub(crate) fn signed_within(&self, days: u32, day: u32) -> f64 {
        let (days, day) = (i64::from(days), i64::from(day));
        self.signed_on.iter().rev().take_while(|&&signed| signed + days > day).count() as f64
    }

    fn enter(&mut self, day: f64, entry: DatedMilestone) {
        if day >= LAST_DAY {
            return;
        }
        let day = libm::ceil(day) as usize;
        if self.by_day.len() <= day {
            self.by_day.resize_with(day + 1, Vec::new);
        }
        self.by_day[day].push(entry);
    }
}

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
    /// Milestones.
    pub projects: &'a mut ProjectBook,
    /// Flows.
    pub flows: &'a mut Flows,
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
    projects: ResMut<'w, ProjectBook>,
    flows: ResMut<'w, Flows>,
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
            projects: &mut self.projects,
            flows: &mut self.flows,
        })
    }
}

/// What a lease is for and where its power comes from.
#[derive(Clone, Copy, Debug)]
pub struct Contract {
    /// IT power.
    pub it: Power,
    /// Utility power taken from mining; the rest comes from the pipeline.
    pub mined: Power,
    /// Days since it was signed.
    pub age: u32,
    /// Whether the hall stands and its tenant is in.
    pub stands: bool,
}

/// Terms of a hall between signature and energising.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    ready: f64,
    fails: bool,
    abandoned: f64,
    ends: f64,
    vacated: f64,
}

impl ContractDay<'_> {
    /// Signs a lease for as much as the tender asks and the bid offers; returns the IT power.
    pub fn sign(&mut self, miner: &mut Miner<'_>, tender: &Tender) -> Power {
        let bid = *miner.bid;
        let it = if bid.standing { bid.it } else { bid.it.min(tender.open) };
        let utility = it / self.spec.it_over_utility;
        let mined = if bid.takes_mining { utility } else { Power::ZERO };
        self.contract(miner, tender, &Contract { it, mined, age: 0, stands: false });
        it
    }

    /// Enters a lease on the terms of the miner's bid. What was signed before today has paid its first
    /// part.
    pub(crate) fn contract(&mut self, miner: &mut Miner<'_>, tender: &Tender, lease: &Contract) {
        let (bid, it) = (*miner.bid, lease.it);
        let schedule = self.schedule(miner.site.miner, &bid, tender, lease.age);
        self.take_power(miner, &bid, lease);
        let cost = self.cost(&bid, tender.kind, it);
        let loan = cost * self.spec.loan_to_cost;
        let payment = annuity_payment(self.spec.debt_rate, tender.term_years);
        miner.hall.stage = HallStage::Building;
        miner.hall.contract += 1;
        miner.hall.it = it;
        miner.hall.income = self.income(tender, it);
        miner.hall.service = UsdPerSecond::from_usd_per_day(loan.0 * payment / DAYS_PER_YEAR);
        miner.hall.cost = cost;
        miner.hall.ends = schedule.ends as u32;
        miner.hall.tenant = tender.tenant;
        *miner.bid = Bid::default();
        if lease.age == 0 {
            self.pay_part(miner, self.spec.signing_share);
        }
        self.tenants.contracted[tender.tenant as usize] += it;
        self.flows.ai_signed += it;
        self.projects.signed_on.push(i64::from(self.day) - i64::from(lease.age));
        self.book_milestones(miner, schedule, lease.stands);
    }

    /// When the hall is ready, whether it fails, when it empties. The lead time counts from signature. A
    /// hall that is not ready although it is due is late, by a slip without memory that counts from
    /// today; one that is beyond the point of its lead time at which halls fail has not failed.
    fn schedule(&self, miner: u32, bid: &Bid, tender: &Tender, age: u32) -> Schedule {
        let [punctual, slip] = self.draws.draw_pair(Need::HallDelay(miner, self.day));
        let [failure, default] = self.draws.draw_pair(Need::HallEnd(miner, self.day));
        let today = f64::from(self.day);
        let signed = if bid.standing { today } else { today - f64::from(age) };
        let overdue = age > 0 && signed + bid.months * DAYS_PER_MONTH <= today;
        let on_time = self.spec.on_time_probability;
        let late = !bid.standing && if overdue { on_time < 1.0 } else { punctual >= on_time };
        let slip = if late { exponential(slip, self.spec.slip_months) } else { 0.0 };
        let ready = if overdue {
            today + slip * DAYS_PER_MONTH
        } else {
            signed + (bid.months + slip) * DAYS_PER_MONTH
        };
        let abandoned = signed + self.spec.abandoned_at * (ready - signed);
        let ends = ready + tender.term_years * DAYS_PER_YEAR;
        Schedule {
            ready,
            fails: failure < self.spec.failure_probability
                && !bid.standing
                && (age == 0 || abandoned > today),
            abandoned,
            ends,
            vacated: ends.min(ready + default_after(self.terms, tender.backed, default)),
        }
    }

    /// Takes utility power for the hall: from mining, whose rigs go, and from the pipeline.
    fn take_power(&mut self, miner: &mut Miner<'_>, bid: &Bid, lease: &Contract) {
        if bid.standing {
            return;
        }
        let utility = lease.it / self.spec.it_over_utility;
        miner.hall.utility = utility;
        miner.hall.displaced = lease.mined;
        let new = utility - lease.mined;
        if new.0 > 0.0 {
            miner.site.pipeline = (miner.site.pipeline - new).max(Power::ZERO);
            miner.site.capacity += new;
            self.flows.power_built += new;
        }
        if lease.mined.0 > 0.0 {
            let rigs = miner.rigs();
            displace(self.miners, miner, rigs, self.stock, self.flows);
        }
    }

    fn cost(&self, bid: &Bid, kind: HostingKind, it: Power) -> Usd {
        let gpus = match kind {
            HostingKind::Colocation => 0.0,
            HostingKind::GpuCloud => self.spec.gpu_capex_musd,
        };
        it * UsdPerWatt::from_musd_per_mw(bid.capex_musd + gpus)
    }

    fn income(&self, tender: &Tender, it: Power) -> UsdPerSecond {
        let margin = match tender.kind {
            HostingKind::Colocation => self.terms.noi_margin,
            HostingKind::GpuCloud => self.terms.gpu_cloud_margin,
        };
        it * RentPerWatt::from_musd_per_mw_year(tender.rent_musd * margin)
    }

    /// Pays a part of the hall's cost: the miner its share of the equity, as far as its cash and coins
    /// go; lenders and outside owners, whom a signed lease attracts, the rest.
    fn pay_part(&mut self, miner: &mut Miner<'_>, part: f64) {
        let due = miner.hall.cost * part;
        let share = due * ((1.0 - self.spec.loan_to_cost) * (1.0 - miner.site.external_share));
        let means = miner.cash.0 + miner.coins.0 * self.price;
        let own = share.min(means.max(Usd::ZERO));
        miner.cash.0 -= own;
        self.flows.construction += due;
        self.flows.external += due - own;
    }

    fn book_milestones(&mut self, miner: &Miner<'_>, schedule: Schedule, stands: bool) {
        let enter = |book: &mut ProjectBook, day: f64, milestone: Milestone| {
            let (miner, contract) = (miner.site.miner, miner.hall.contract);
            book.enter(day, DatedMilestone { miner, contract, milestone });
        };
        let today = f64::from(self.day);
        if schedule.fails {
            enter(self.projects, schedule.abandoned.max(today + 1.0), Milestone::Abandoned);
            return;
        }
        if !stands {
            enter(self.projects, schedule.ready.max(today + 1.0), Milestone::Energised);
        }
        enter(self.projects, schedule.vacated, Milestone::Vacated);
        let mut anniversary = schedule.ready + DAYS_PER_YEAR;
        while anniversary < schedule.vacated.min(today + LONGEST_LEASE_DAYS) {
            enter(self.projects, anniversary, Milestone::Escalated);
            anniversary += DAYS_PER_YEAR;
        }
    }

    /// Carries out a milestone.
    fn reach(&mut self, miner: &mut Miner<'_>, entry: DatedMilestone, owners: &mut Owners) {
        if let Milestone::LoanRepaid(service) = entry.milestone {
            if entry.contract > miner.site.void_loans {
                let left = *miner.project_service() - service;
                *miner.project_service() = left.max(UsdPerSecond::ZERO);
            }
            return;
        }
        if entry.contract != miner.hall.contract {
            return;
        }
        match entry.milestone {
            Milestone::Energised => self.energise(miner, owners),
            Milestone::Abandoned => self.abandon(miner),
            Milestone::Escalated => *miner.lease() = *miner.lease() * (1.0 + self.terms.escalator),
            Milestone::Vacated | Milestone::LoanRepaid(_) => self.vacate(miner),
        }
    }

    pub(crate) fn energise(&mut self, miner: &mut Miner<'_>, owners: &mut Owners) {
        self.pay_part(miner, 1.0 - self.spec.signing_share);
        miner.hall.stage = HallStage::Hosting;
        *miner.lease() = miner.hall.income;
        let (service, ends) = (miner.hall.service, f64::from(miner.hall.ends));
        self.serve_loan(miner, service, ends);
        self.tenants.energised[miner.hall.tenant as usize] += miner.hall.it;
        self.tenants.utility_by_region[region_of(miner)] += miner.hall.utility;
        owners.delivered[miner.site.owner as usize] += 1.0;
    }

    fn serve_loan(&mut self, miner: &mut Miner<'_>, service: UsdPerSecond, ends: f64) {
        *miner.project_service() += service;
        let (miner, contract) = (miner.site.miner, miner.hall.contract);
        self.projects.enter(
            ends,
            DatedMilestone { miner, contract, milestone: Milestone::LoanRepaid(service) },
        );
    }

    /// Gives the hall up: its power mines again or returns to the pipeline, the loan drawn at signing
    /// stays.
    fn abandon(&mut self, miner: &mut Miner<'_>) {
        let hall = *miner.hall;
        let (service, ends) = (hall.service * self.spec.signing_share, f64::from(hall.ends));
        self.serve_loan(miner, service, ends);
        self.tenants.contracted[hall.tenant as usize] -= hall.it;
        self.flows.ai_cancelled += hall.it;
        let new = hall.utility - hall.displaced;
        miner.site.capacity -= new;
        miner.site.pipeline += new;
        self.flows.power_built -= new;
        *miner.hall = Hall { contract: hall.contract, ..Hall::default() };
    }

    fn vacate(&mut self, miner: &mut Miner<'_>) {
        let (tenant, it) = (miner.hall.tenant as usize, miner.hall.it);
        miner.hall.stage = HallStage::Vacant;
        *miner.lease() = UsdPerSecond::ZERO;
        self.tenants.contracted[tenant] -= it;
        self.tenants.energised[tenant] -= it;
        self.tenants.utility_by_region[region_of(miner)] -= miner.hall.utility;
    }

    /// A day's energy of the energised halls, and its emissions.
    fn draw_power(&mut self) {
        for (region, utility) in self.regions.iter().zip(self.tenants.utility_by_region) {
            let energy = utility * self.spec.hall_load_factor * DAY;
            self.flows.ai_energy += energy;
            self.flows.ai_emissions_mt += emissions_mt(energy, region.carbon_kg_per_mwh);
        }
    }
}

fn region_of(miner: &Miner<'_>) -> usize {
    miner.region.0 as usize % MAX_REGIONS
}

/// Carries out the day's milestones, and counts what the halls that are lit after them draw.
pub fn advance_projects(
    mut views: ContractViews,
    mut owners: ResMut<Owners>,
    mut query: Query<MinerColumns>,
) {
    let (Some(mut today), Some(mut table)) = (views.day(), table(&mut query)) else { return };
    let day = today.day as usize;
    let due = today.projects.by_day.get_mut(day).map(std::mem::take).unwrap_or_default();
    for entry in due {
        today.reach(&mut table.miner(entry.miner as usize), entry, &mut owners);
    }
    today.draw_power();
}
