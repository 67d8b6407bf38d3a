//! Once a month: pipelines grow with what a tenant pays, and halls that stand vacant for too long, or that no
//! rent can fill, mine again.

use bevy_ecs::prelude::{Query, Res};

use crate::units::{DAYS_PER_MONTH, DAYS_PER_YEAR, Power};
use crate::world::market::state::{AiDemand, HostingKind, Tender};
use crate::world::miners::access::{MinerColumns, MinerTable, table};
use crate::world::miners::campuses::firm_power_wait;
use crate::world::miners::review::ReviewViews;

use super::contracts::{ContractDay, ContractViews};
use super::leases::{HallStage, Route};

/// Grows pipelines and turns halls back.
pub fn develop_power(
    reviews: ReviewViews,
    mut views: ContractViews,
    demand: Res<AiDemand>,
    mut query: Query<MinerColumns>,
) {
    let (Some(mut today), Some(mut table)) = (views.day(), table(&mut query)) else { return };
    let every = today.miners.spec.investment.review_days;
    if !today.day.is_multiple_of(every) {
        return;
    }
    let years = f64::from(every) / DAYS_PER_YEAR;
    today.grow_pipelines(demand.rent_ratios.last().copied().unwrap_or(1.0), years);
    for lease in halls_to_give_up(&reviews, &demand, &today, &mut table) {
        today.mine_again(&mut table, lease);
    }
}

impl ContractDay<'_> {
    /// Every pipeline grows by a share of what it was at first, the more the higher the rent; what is new
    /// waits for firm power from today.
    fn grow_pipelines(&mut self, rent_ratio: f64, years: f64) {
        let spec = self.spec;
        let share =
            spec.pipeline_growth * libm::pow(rent_ratio, spec.pipeline_rent_elasticity) * years;
        for (index, campus) in (0..).zip(&mut self.campuses.0) {
            let gained = campus.opening_pipeline * share;
            if gained.0 <= 0.0 {
                continue;
            }
            let firm =
                f64::from(self.day) + firm_power_wait(spec, index, self.draws) * DAYS_PER_MONTH;
            let weight = gained / (campus.pipeline + gained);
            campus.firm_day += weight * (firm - campus.firm_day);
            campus.pipeline += gained;
            self.flows.develop(campus.region, gained);
        }
    }
}

/// Vacant halls whose power had better mine: mining is worth its halls, and the rent at which the hall could
/// be let again is above the market's, or it has waited for too long.
fn halls_to_give_up(
    reviews: &ReviewViews,
    demand: &AiDemand,
    today: &ContractDay<'_>,
    table: &mut MinerTable<'_, '_>,
) -> Vec<u32> {
    let vacant: Vec<u32> = (0..)
        .zip(&today.leases.all)
        .filter(|(_, lease)| lease.stage == HallStage::Vacant)
        .map(|(serial, _)| serial)
        .collect();
    if vacant.is_empty() {
        return vacant;
    }
    let day = today.offers(reviews, demand);
    let bidders = day.bidders(table, today.campuses, today.leases, today.owners);
    let site_cost = today.miners.spec.investment.site_cost_musd_per_mw;
    let given_up = |&serial: &u32| {
        let lease = &today.leases.all[serial as usize];
        let Some(state) = &bidders.campuses[lease.campus as usize] else { return false };
        let [standing, ..] =
            day.offers(&bidders, today.campuses, lease.campus, &plain_tender(lease.it, today));
        let asks = standing.filter(|offer| offer.route == Route::Standing);
        let too_dear =
            asks.is_none_or(|offer| offer.rent_musd > demand.level(HostingKind::Colocation));
        let waited = today.day - lease.vacant_since >= today.spec.vacant_days;
        state.growth >= site_cost && (too_dear || waited)
    };
    vacant.into_iter().filter(given_up).collect()
}

/// A tender that asks for nothing special, by a backed tenant over the usual term.
#[must_use]
pub fn plain_tender(it: Power, today: &ContractDay<'_>) -> Tender {
    Tender {
        number: 0,
        kind: HostingKind::Colocation,
        it,
        term_years: today.terms.opening_term_years,
        tenant: 0,
        backed: true,
        due_months: f64::INFINITY,
        quality: 0.0,
        valuation: 1.0,
    }
}
