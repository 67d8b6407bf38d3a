//! AI demand: what incumbents leave over, the market rent, and the tenders that arrive. The draws depend on
//! the day alone; how many tenders come hangs on miners only through the rent of years ago.

use bevy_ecs::prelude::{Res, ResMut};

use crate::clock::Clock;
use crate::model::hosting::tenders::{incumbents_supply, market_rent, tenders_left};
use crate::model::market::stochastic::{decay, logistic_growth, mean_reverting_step};
use crate::numerics::sampling::{
    categorical, exponential, lognormal, lognormal_with_mean, normal, poisson,
};
use crate::random::{Draws, Need};
use crate::units::{DAYS_PER_MONTH, DAYS_PER_YEAR, Power};

use super::Market;
use super::spec::AiDemandSpec;
use super::state::{AiDemand, HostingKind, Tender};

/// Moves supply, demand and rent by a day and issues the day's tenders; nothing where AI hosting is
/// switched off.
pub fn move_ai_demand(
    market: Res<Market>,
    clock: Res<Clock>,
    draws: Res<Draws>,
    mut demand: ResMut<AiDemand>,
) {
    let Some(spec) = &market.ai else { return };
    let (asked, supplied) = quantities(spec, *clock, &mut demand);
    move_rent(spec, *clock, &draws, asked / supplied.total(), &mut demand);
    demand.tenders.clear();
    let left = tenders_left(asked, supplied.incumbents, spec.tender_mean_mw) * spec.tender_share;
    issue_tenders(spec, *clock, &draws, left, &mut demand);
}

/// What is supplied, GW of IT a year.
struct Supply {
    incumbents: f64,
    miners: f64,
}

impl Supply {
    fn total(&self) -> f64 {
        self.incumbents + self.miners
    }
}

/// What is asked for and supplied, GW of IT a year.
fn quantities(spec: &AiDemandSpec, clock: Clock, demand: &mut AiDemand) -> (f64, Supply) {
    let asked =
        spec.demand_gw_per_year * logistic_growth(spec.ceiling, spec.growth_rate, clock.years());
    let miners = demand.signed_last_year.mw() / 1e3;
    // Today's rent is not known before it clears: the latest is yesterday's.
    let lag = ((spec.incumbents_lag_months * DAYS_PER_MONTH) as usize).max(1);
    let past = (clock.day as usize).checked_sub(lag + 1);
    let rent_ratio = past.and_then(|day| demand.rent_ratios.get(day)).copied().unwrap_or(1.0);
    let incumbents = incumbents_supply(
        spec.incumbents_gw_per_year,
        spec.incumbents_growth,
        clock.years(),
        rent_ratio,
        spec.incumbents_elasticity,
    );
    demand.incumbents_ratio = incumbents / spec.incumbents_gw_per_year;
    demand
        .opening_ratio
        .get_or_insert_with(|| spec.demand_gw_per_year / (spec.incumbents_gw_per_year + miners));
    (asked, Supply { incumbents, miners })
}

/// Market rent times e^(level + bust + shift).
fn move_rent(spec: &AiDemandSpec, clock: Clock, draws: &Draws, ratio: f64, demand: &mut AiDemand) {
    let noise = draws.draw(Need::Rent(clock.day));
    let bust = draws.draw(Need::Bust(clock.day));
    let kept = decay(1.0, spec.rent_half_life_days);
    demand.log_level =
        mean_reverting_step(demand.log_level, 0.0, kept, spec.rent_level_sd_log, normal(noise));
    demand.log_bust *= decay(1.0, spec.bust_half_life_days);
    if bust < spec.bust_per_year / DAYS_PER_YEAR {
        demand.log_bust += spec.bust_log;
    }
    if clock.is(spec.shift_day) {
        demand.log_shift = spec.shift_log;
    }
    let level = libm::exp(demand.log_level + demand.log_bust + demand.log_shift);
    let elasticities = spec.demand_elasticity + spec.incumbents_elasticity;
    let opening = demand.opening_ratio.unwrap_or(ratio);
    let relative = market_rent(1.0, ratio, opening, elasticities) * level;
    demand.rent_ratios.push(relative);
    demand.colocation_musd = spec.market_rent_musd * relative;
    demand.gpu_cloud_musd = spec.gpu_cloud_rent_musd * relative;
}

fn issue_tenders(
    spec: &AiDemandSpec,
    clock: Clock,
    draws: &Draws,
    per_year: f64,
    demand: &mut AiDemand,
) {
    let activity = libm::exp(demand.log_bust + demand.log_shift);
    let count = draws.draw(Need::Tenders(clock.day));
    for number in 0..poisson(count, per_year * activity / DAYS_PER_YEAR) {
        let tender = draw_tender(spec, clock.day, number as u16, draws);
        demand.asked += tender.it;
        demand.tenders.push(tender);
    }
}

/// What the day's tender of a number asks for.
fn draw_tender(spec: &AiDemandSpec, day: u32, number: u16, draws: &Draws) -> Tender {
    let n = u32::from(number);
    let [size, kind] = draws.draw_pair(Need::TenderSize(n, day));
    let [_, term] = draws.draw_pair(Need::TenderRent(n, day));
    let [tenant, backed] = draws.draw_pair(Need::TenderTenant(n, day));
    let [valuation, quality] = draws.draw_pair(Need::TenderNeeds(n, day));
    let due = draws.draw(Need::TenderDue(n, day));
    let (kind, term_years) = if kind < spec.gpu_cloud_share {
        (HostingKind::GpuCloud, spec.gpu_cloud_term_years)
    } else {
        let term = spec.term_years[categorical(term, &spec.term_probability)];
        (HostingKind::Colocation, term)
    };
    Tender {
        number,
        kind,
        it: Power::from_mw(lognormal_with_mean(size, spec.tender_mean_mw, spec.tender_sd_log)),
        term_years,
        tenant: ((tenant * spec.tenants) as u32).min(spec.tenants as u32 - 1),
        backed: backed < spec.backed_share,
        due_months: lognormal(due, spec.due_months, spec.due_sd_log),
        quality: spec.quality_asked * libm::pow(quality, spec.quality_power),
        valuation: lognormal(valuation, 1.0, spec.valuation_sd_log),
    }
}

/// Days from `day` until a tenant defaults, drawn once for a lease.
#[must_use]
pub fn default_after(spec: &AiDemandSpec, backed: bool, u: f64) -> f64 {
    let rate = if backed { spec.default_backed_per_year } else { spec.default_per_year };
    if rate > 0.0 { exponential(u, DAYS_PER_YEAR / rate) } else { f64::INFINITY }
}
