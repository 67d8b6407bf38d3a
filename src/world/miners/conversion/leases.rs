//! Leases of AI halls and the power that they hold: one list, by serial number.

use bevy_ecs::prelude::Resource;

use crate::units::{DAYS_PER_YEAR, Power, Usd, UsdPerSecond};
use crate::world::market::state::{HostingKind, MAX_REGIONS};
use crate::world::miners::TenantLoad;
use crate::world::miners::campuses::Campuses;
use crate::world::miners::state::Owners;

/// HallStage of a lease and its hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HallStage {
    /// Signed and being built.
    Building,
    /// Earning rent, if perhaps not yet on all of its power.
    Hosting,
    /// Built, without a tenant.
    Vacant,
    /// Over: abandoned, let again under another lease, or mining again.
    Ended,
}

/// What a hall is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// A hall that stands.
    Standing,
    /// Mining halls, turned over.
    Retrofit,
    /// A new hall on pipeline power.
    NewHall,
}

/// A lease.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lease {
    /// Index of the campus.
    pub campus: u32,
    /// Index of the owner who holds it.
    pub owner: u32,
    /// Index of the owner who signed.
    pub signer: u32,
    /// Index of the tenant.
    pub tenant: u32,
    /// Kind of business.
    pub kind: HostingKind,
    /// What the hall is made of.
    pub route: Route,
    /// HallStage.
    pub stage: HallStage,
    /// IT power.
    pub it: Power,
    /// IT power that is energised.
    pub on: Power,
    /// Utility power.
    pub utility: Power,
    /// Part of it that mined before.
    pub mined: Power,
    /// First-year rent, million USD per IT MW and year.
    pub rent_musd: f64,
    /// Net operating income at full power, escalated so far.
    pub income: UsdPerSecond,
    /// Service of its loan.
    pub service: UsdPerSecond,
    /// Day from which the loan is served, if it is.
    pub served_from: Option<u32>,
    /// Whether the loan is repaid.
    pub repaid: bool,
    /// Capital cost that the owner and its lenders bear.
    pub cost: Usd,
    /// Part of the cost that is not lent.
    pub equity_share: f64,
    /// Equity still to come from others than the owner's purse so far.
    pub promised: Usd,
    /// Value to its owner beyond the loan, for what it may raise.
    pub worth: Usd,
    /// Day of signature; negative before the first day.
    pub signed: i64,
    /// Day of first power, as scheduled.
    pub ready: f64,
    /// Day on which the term ends.
    pub ends: u32,
    /// Day since which the hall stands vacant.
    pub vacant_since: u32,
}

impl Lease {
    /// Part of the power that is energised.
    #[must_use]
    pub fn lit(&self) -> f64 {
        if self.it.0 > 0.0 { self.on / self.it } else { 0.0 }
    }

    /// Whether a tenant is bound.
    #[must_use]
    pub const fn is_let(&self) -> bool {
        matches!(self.stage, HallStage::Building | HallStage::Hosting)
    }

    /// Where its utility power stands.
    #[must_use]
    pub fn power(&self) -> HallPower {
        let (new, dark) = (self.utility - self.mined, 1.0 - self.lit());
        match (self.stage, self.route) {
            (HallStage::Ended, _) => HallPower::default(),
            (HallStage::Vacant, _) => HallPower { vacant: self.utility, ..HallPower::default() },
            (_, Route::Standing) => HallPower {
                vacant: self.utility * dark,
                hosting: self.utility * self.lit(),
                added: new * self.lit(),
                ..HallPower::default()
            },
            _ => HallPower {
                converting: self.mined * dark,
                developing: new * dark,
                hosting: self.utility * self.lit(),
                added: new * self.lit(),
                vacant: Power::ZERO,
            },
        }
    }
}

/// Utility power of halls by what becomes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HallPower {
    /// Connected, mined before, being turned over.
    pub converting: Power,
    /// Not yet connected, promised to a hall.
    pub developing: Power,
    /// Energised.
    pub hosting: Power,
    /// The part of it that never mined.
    pub added: Power,
    /// Connected, in halls without a tenant's load.
    pub vacant: Power,
}

impl HallPower {
    /// A share of all of it.
    #[must_use]
    pub fn part(&self, share: f64) -> Self {
        Self {
            converting: self.converting * share,
            developing: self.developing * share,
            hosting: self.hosting * share,
            added: self.added * share,
            vacant: self.vacant * share,
        }
    }
}

impl std::ops::AddAssign for HallPower {
    fn add_assign(&mut self, other: Self) {
        self.converting += other.converting;
        self.developing += other.developing;
        self.hosting += other.hosting;
        self.added += other.added;
        self.vacant += other.vacant;
    }
}

/// Leases in force.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LetOut {
    /// IT power in mining halls turned over.
    pub retrofit: Power,
    /// IT power of colocation.
    pub colocation: Power,
    /// Sum of first-year rents times IT power of colocation, million USD a year and watts per MW.
    rent: f64,
}

impl LetOut {
    /// Mean first-year rent of colocation, million USD per IT MW and year; 0 without any.
    #[must_use]
    pub fn mean_rent_musd(&self) -> f64 {
        if self.colocation.0 > 0.0 { self.rent / self.colocation.0 } else { 0.0 }
    }
}

/// What happens to a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// First power: it earns rent from now on; the rest of its cost is due, the loan is served.
    Energised,
    /// Another part of it is energised.
    Filled,
    /// It is given up; what was paid at signing is lost.
    Abandoned,
    /// Another year of the lease has passed.
    Escalated,
    /// The term ends or the tenant defaults.
    Vacated,
    /// Its loan is repaid.
    LoanRepaid,
}

/// All leases, their milestones by day, and what was signed when.
#[derive(Resource, Clone, Debug, Default)]
pub struct Leases {
    /// By serial number.
    pub all: Vec<Lease>,
    /// Milestones to come, by day, each with the lease.
    pub by_day: Vec<Vec<(u32, Milestone)>>,
}

/// Milestones from this day on, a century from the first, need no place in the book: a bound of memory.
const LAST_DAY: f64 = 36_500.0;

impl Leases {
    /// Books a milestone.
    pub(crate) fn enter(&mut self, day: f64, lease: u32, milestone: Milestone) {
        if day >= LAST_DAY {
            return;
        }
        let day = libm::ceil(day) as usize;
        if self.by_day.len() <= day {
            self.by_day.resize_with(day + 1, Vec::new);
        }
        self.by_day[day].push((lease, milestone));
    }

    /// A campus goes to another owner, and with it its leases: what is under construction, what is promised.
    pub(crate) fn change_hands(
        &mut self,
        campus: u32,
        (from, to): (u32, u32),
        owners: &mut Owners,
    ) {
        let taken = |lease: &&mut Lease| {
            lease.campus == campus && lease.owner == from && lease.stage != HallStage::Ended
        };
        for lease in self.all.iter_mut().filter(taken) {
            lease.owner = to;
            let dark =
                if lease.route == Route::Standing { Power::ZERO } else { lease.it - lease.on };
            let old = &mut owners.0[from as usize];
            old.building_it = (old.building_it - dark).max(Power::ZERO);
            old.promised -= lease.promised;
            let new = &mut owners.0[to as usize];
            new.building_it += dark;
            new.promised += lease.promised;
            new.signed = true;
        }
    }

    /// IT power signed within a year up to `day`, whatever became of it.
    #[must_use]
    pub fn signed_last_year(&self, day: u32) -> Power {
        let since = i64::from(day) - DAYS_PER_YEAR as i64;
        let recent = self.all.iter().filter(|lease| lease.signed > since);
        recent.filter(|lease| lease.route != Route::Standing).map(|lease| lease.it).sum()
    }

    /// Number of leases that a campus has signed on a day, or so many days before the first one.
    #[must_use]
    pub(crate) fn signed_at(&self, campus: u32, day: u32, age: u32) -> u16 {
        let signed = i64::from(day) - i64::from(age);
        let there = |lease: &&Lease| lease.campus == campus && lease.signed == signed;
        self.all.iter().filter(there).count() as u16
    }

    /// Power of all halls.
    #[must_use]
    pub fn power(&self) -> HallPower {
        let mut sum = HallPower::default();
        for lease in &self.all {
            sum += lease.power();
        }
        sum
    }

    /// Power of halls by region.
    #[must_use]
    pub fn power_by_region(&self, campuses: &Campuses) -> [HallPower; MAX_REGIONS] {
        let mut sums = [HallPower::default(); MAX_REGIONS];
        for lease in &self.all {
            let region = campuses.0[lease.campus as usize].region as usize % MAX_REGIONS;
            sums[region] += lease.power();
        }
        sums
    }

    /// Leases in force.
    #[must_use]
    pub fn let_out(&self) -> LetOut {
        let mut sum = LetOut::default();
        for lease in self.all.iter().filter(|lease| lease.is_let()) {
            if lease.utility.0 > 0.0 {
                sum.retrofit += lease.it * (lease.mined / lease.utility);
            }
            if lease.kind == HostingKind::Colocation {
                sum.colocation += lease.it;
                sum.rent += lease.it.0 * lease.rent_musd;
            }
        }
        sum
    }

    /// IT power under contract of the leases that count.
    #[must_use]
    pub fn let_power(&self, counts: impl Fn(&Lease) -> bool) -> Power {
        self.all.iter().filter(|lease| lease.is_let() && counts(lease)).map(|lease| lease.it).sum()
    }

    /// Load by tenant and region.
    #[must_use]
    pub fn load(&self, campuses: &Campuses) -> TenantLoad {
        let mut load = TenantLoad::default();
        for lease in self.all.iter().filter(|lease| lease.is_let()) {
            let tenant = lease.tenant as usize;
            load.contracted[tenant] += lease.it;
            load.energised[tenant] += lease.on;
            let region = campuses.0[lease.campus as usize].region as usize % MAX_REGIONS;
            load.utility_by_region[region] += lease.utility * lease.lit();
        }
        load
    }

    /// Rent and loan service of one of a campus's `sites` equal parts, whose last insolvency was on a day.
    #[must_use]
    pub fn flows(
        &self,
        campus: u32,
        sites: u32,
        insolvent_on: Option<u32>,
    ) -> (UsdPerSecond, UsdPerSecond) {
        let (mut income, mut service) = (UsdPerSecond::ZERO, UsdPerSecond::ZERO);
        for lease in self.all.iter().filter(|lease| lease.campus == campus) {
            if lease.stage == HallStage::Hosting {
                income += lease.income * lease.lit();
            }
            let owed = lease.served_from.filter(|_| !lease.repaid);
            if owed.is_some_and(|from| insolvent_on.is_none_or(|day| from > day)) {
                service += lease.service;
            }
        }
        let part = 1.0 / f64::from(sites);
        (income * part, service * part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Lease = Lease {
        campus: 0,
        owner: 0,
        signer: 0,
        tenant: 0,
        kind: HostingKind::Colocation,
        route: Route::NewHall,
        stage: HallStage::Building,
        it: Power(70.0),
        on: Power::ZERO,
        utility: Power(100.0),
        mined: Power(40.0),
        rent_musd: 1.4,
        income: UsdPerSecond::ZERO,
        service: UsdPerSecond::ZERO,
        served_from: None,
        repaid: false,
        cost: Usd::ZERO,
        equity_share: 0.2,
        promised: Usd::ZERO,
        worth: Usd::ZERO,
        signed: 0,
        ready: 0.0,
        ends: 0,
        vacant_since: 0,
    };

    #[test]
    fn a_halls_power_is_somewhere_at_every_stage() {
        let half = Lease { stage: HallStage::Hosting, on: Power(35.0), ..LEASE };
        let standing = Lease { route: Route::Standing, ..half };
        for lease in [LEASE, half, standing, Lease { stage: HallStage::Vacant, ..LEASE }] {
            let power = lease.power();
            let sum = power.converting + power.developing + power.hosting + power.vacant;
            assert_eq!(sum, Power(100.0), "{lease:?}");
        }
        assert_eq!(half.power().added, Power(30.0));
        assert_eq!(Lease { stage: HallStage::Ended, ..LEASE }.power(), HallPower::default());
    }

    #[test]
    fn what_was_signed_counts_for_a_year() {
        let leases = Leases {
            all: vec![Lease { signed: -300, ..LEASE }, Lease { signed: 20, ..LEASE }],
            ..Leases::default()
        };
        assert_eq!(leases.signed_last_year(20), Power(140.0));
        assert_eq!(leases.signed_last_year(100), Power(70.0));
        assert_eq!(leases.signed_last_year(500), Power::ZERO);
    }

    #[test]
    fn insolvency_writes_off_the_loans_served_by_then() {
        let served = |from| Lease { served_from: Some(from), service: UsdPerSecond(8.0), ..LEASE };
        let all = vec![served(10), served(30), LEASE];
        let leases = Leases { all, ..Leases::default() };
        let service = |insolvent| leases.flows(0, 4, insolvent).1;
        assert_eq!(service(None), UsdPerSecond(4.0));
        assert_eq!(service(Some(10)), UsdPerSecond(2.0));
        assert_eq!(service(Some(30)), UsdPerSecond::ZERO);
    }
}
