//! Contracts signed before the first day: finished halls stand on power of their own and earn rent; the
//! rest are under construction, on the owner's pipeline as far as it goes, else in its mining halls.
//! Every contract is opened whole, and with the lead time that it has used already.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::clock::{SECONDS_PER_DAY, unix_day};
use crate::model::hosting::reservation::{Capital, LeaseTerms, value_of_rent};
use crate::model::hosting::tenders::largest_loan;
use crate::model::mining::economics::growing_annuity;
use crate::units::Power;
use crate::world::chain::Chain;
use crate::world::market::state::{AiDemand, HostingKind};
use crate::world::miners::access::{MinerColumns, MinerTable, table};
use crate::world::miners::population::pinned_owners;
use crate::world::miners::spec::{ConversionSpec, MinersSpec, OwnerSpec};

use super::contracts::{ContractDay, ContractViews, Deal};
use super::leases::Route;

/// Signs them all. Runs once, on day 0.
pub(crate) fn sign_opening_contracts(
    mut views: ContractViews,
    chain: Res<Chain>,
    mut demand: ResMut<AiDemand>,
    mut query: Query<MinerColumns>,
) {
    let (Some(mut today), Some(mut table)) = (views.day(), table(&mut query)) else { return };
    let first_day = i64::try_from(chain.midnight()).unwrap_or_default() / SECONDS_PER_DAY;
    let mut first = 0;
    for (index, owner) in (0..).zip(pinned_owners(&today.miners.spec.clone())) {
        let age = days_since_signature(owner, first_day).unwrap_or(0);
        open_contracts(&mut today, &mut table, owner, (index, first, age));
        first += owner.sites;
    }
    demand.signed_last_year = today.leases.signed_last_year(today.day);
}

/// Opens an owner's contracts: the finished hall at its first campus, what is under construction in equal
/// parts at all of them.
fn open_contracts(
    today: &mut ContractDay<'_>,
    table: &mut MinerTable<'_, '_>,
    owner: &OwnerSpec,
    (index, first, age): (u32, u32, u32),
) {
    if owner.ai_energised_mw > 0.0 {
        let it = Power::from_mw(owner.ai_energised_mw);
        let deal = opening_deal(today, (index, first), it, (0.0, age));
        let lease = today.sign(table, &Deal { lit: true, ..deal });
        today.energise(table, lease, true);
    }
    let part = Power::from_mw(owner.ai_contracted_mw / f64::from(owner.sites));
    if part.0 <= 0.0 {
        return;
    }
    for campus in first..first + owner.sites {
        let utility = part / today.spec.it_over_utility;
        let new = utility.min(today.campuses.0[campus as usize].pipeline);
        let mined = ((utility - new) / utility).max(0.0);
        let deal = opening_deal(today, (index, campus), part, (mined, age));
        today.sign(table, &deal);
    }
}

/// Terms of a contract of the past. Cost and lead time are of a new hall on the pipeline, of a retrofit in
/// mining halls; of one in both by power, and as slow as the slower.
fn opening_deal(
    today: &ContractDay<'_>,
    (owner, campus): (u32, u32),
    it: Power,
    (mined_share, age): (f64, u32),
) -> Deal {
    let (spec, terms) = (today.spec, today.terms);
    let (new, retrofit) = (spec.new_build_capex_musd, spec.retrofit_capex_musd);
    let months = if mined_share <= 0.0 {
        spec.new_build_months
    } else if mined_share >= 1.0 {
        spec.retrofit_months
    } else {
        spec.new_build_months.max(spec.retrofit_months)
    };
    let capital = Capital {
        loan_to_cost: spec.loan_to_cost,
        debt_rate: spec.debt_rate,
        equity_return: spec.equity_return,
    };
    let lease = LeaseTerms {
        delay_years: 0.0,
        term_years: terms.opening_term_years,
        escalator: terms.escalator,
        noi_margin: terms.noi_margin,
        success: 1.0,
        default_rate: terms.default_backed_per_year,
        volatility: spec.lease_volatility,
    };
    let capex = new * (1.0 - mined_share) + retrofit * mined_share;
    let cost = capex * (1.0 - 0.5 * spec.tenant_funded_share);
    let annuity = growing_annuity(capital.debt_rate, 0.0, terms.opening_term_years);
    let noi = terms.opening_rent_musd * terms.noi_margin;
    let loan = largest_loan(spec.loan_to_cost, cost, noi, annuity, spec.debt_cover);
    Deal {
        campus,
        owner,
        route: if mined_share >= 1.0 { Route::Retrofit } else { Route::NewHall },
        vacant: None,
        it,
        mined_share,
        kind: HostingKind::Colocation,
        tenant: owner % terms.tenants as u32,
        backed: terms.opening_backed,
        term_years: terms.opening_term_years,
        rent_musd: terms.opening_rent_musd,
        value_of_rent: value_of_rent(&lease, &capital, spec.risk_aversion),
        cost_musd: cost,
        equity_share: if cost > 0.0 { (cost - loan) / cost } else { 1.0 },
        debt_rate: capital.debt_rate,
        months,
        age,
        lit: false,
    }
}

/// Days from the signature of an owner's AI contracts to the first day, 0 where that came before; none
/// where it is not told.
#[must_use]
pub(crate) fn days_since_signature(owner: &OwnerSpec, first_day: i64) -> Option<u32> {
    u32::try_from((first_day - unix_day(&owner.ai_signed)?).max(0)).ok()
}

/// What an owner's sites have for AI halls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HallRoom {
    /// Number of sites; each has one hall.
    pub sites: u32,
    /// Power under development on all of them.
    pub pipeline: Power,
    /// Utility power that mines on each.
    pub mining: Power,
}

impl HallRoom {
    /// Of an owner as the experiment describes it.
    #[must_use]
    pub(crate) fn from_owner(spec: &MinersSpec, owner: &OwnerSpec) -> Self {
        let installed = owner.hash_rate_ehs / spec.operation.uptime;
        let rigs = Power::from_mw(installed * owner.efficiency_j_per_th);
        let built = rigs * spec.operation.pue / (1.0 - spec.population.spare_power_share);
        Self {
            sites: owner.sites,
            pipeline: Power::from_mw(owner.pipeline_mw),
            mining: built / f64::from(owner.sites),
        }
    }

    /// Most utility power of halls under construction.
    #[must_use]
    pub(crate) fn most(&self) -> Power {
        self.pipeline + self.mining * f64::from(self.sites)
    }

    /// Whether the contracts that are not energised fit.
    #[must_use]
    pub(crate) fn fits(&self, owner: &OwnerSpec, spec: &ConversionSpec) -> bool {
        contracted(owner, spec) <= self.most() * (1.0 + ROUNDING)
    }
}

/// Utility power of what an owner has contracted and not energised.
#[must_use]
pub fn contracted(owner: &OwnerSpec, spec: &ConversionSpec) -> Power {
    Power::from_mw(owner.ai_contracted_mw) / spec.it_over_utility
}

/// Slack for sums of power: a numerical tolerance.
const ROUNDING: f64 = 1e-9;
