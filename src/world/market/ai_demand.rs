//! AI demand: the rent level and the tenders that arrive. The draws depend on the day alone, so
//! tenders ask for the same capacity whatever miners do.

use bevy_ecs::prelude::{Res, ResMut};

use crate::clock::Clock;
use crate::model::hosting::ai_hosting::log_tightness;
use crate::model::market::stochastic::{decay, logistic_growth, mean_reverting_step};
use crate::numerics::sampling::{categorical, exponential, lognormal, normal, poisson};
use crate::random::{Draws, Need};
use crate::units::{DAYS_PER_YEAR, Power};

use super::Market;
use super::spec::AiDemandSpec;
use super::state::{AiDemand, HostingKind, Tender};

/// Moves the rent level and issues the day's tenders; nothing where AI hosting is switched off.
pub fn move_ai_demand(
    market: Res<Market>,
    clock: Res<Clock>,
    draws: Res<Draws>,
    mut demand: ResMut<AiDemand>,
) {
    let Some(spec) = &market.ai else { return };
    move_rent(spec, *clock, &draws, &mut demand);
    demand.tenders.retain(|tender| tender.closes >= clock.day && tender.open.0 > 0.0);
    issue_tenders(spec, *clock, &draws, &mut demand);
}

/// Rent level: mean·e^(level + bust + shift), pulled by tightness.
fn move_rent(spec: &AiDemandSpec, clock: Clock, draws: &Draws, demand: &mut AiDemand) {
    let noise = draws.draw(Need::Rent(clock.day));
    let bust = draws.draw(Need::Bust(clock.day));
    let kept = decay(1.0, spec.rent_half_life_days);
    let asked: f64 = demand.tenders.iter().map(|tender| tender.open.0).sum();
    let tightness = log_tightness(asked, demand.offered.0, spec.rent_tightness_limit_log);
    let mean = spec.rent_tightness_elasticity * tightness;
    demand.log_level =
        mean_reverting_step(demand.log_level, mean, kept, spec.rent_level_sd_log, normal(noise));
    demand.log_bust *= decay(1.0, spec.bust_half_life_days);
    if bust < spec.bust_per_year / DAYS_PER_YEAR {
        demand.log_bust += spec.bust_log;
    }
    if clock.is(spec.shift_day) {
        demand.log_shift = spec.shift_log;
    }
    let level = libm::exp(demand.log_level + demand.log_bust + demand.log_shift);
    demand.colocation_musd = spec.colocation_rent_musd * level;
    demand.gpu_cloud_musd = spec.gpu_cloud_rent_musd * level;
}

fn issue_tenders(spec: &AiDemandSpec, clock: Clock, draws: &Draws, demand: &mut AiDemand) {
    let growth = logistic_growth(spec.ceiling, spec.growth_rate, clock.years());
    let activity = libm::exp(demand.log_bust + demand.log_shift);
    let rate = spec.tenders_per_year * growth * activity / DAYS_PER_YEAR;
    let count = draws.draw(Need::Tenders(clock.day));
    for k in 0..poisson(count, rate) {
        let tender = draw_tender(spec, clock.day, k as u16, draws, demand);
        demand.tenders.push(tender);
        demand.issued += 1;
    }
}

/// What the `k`-th tender of the day asks for.
fn draw_tender(spec: &AiDemandSpec, day: u32, k: u16, draws: &Draws, demand: &AiDemand) -> Tender {
    let number = u32::from(k);
    let [size, kind] = draws.draw_pair(Need::TenderSize(number, day));
    let [rent, term] = draws.draw_pair(Need::TenderRent(number, day));
    let [tenant, backed] = draws.draw_pair(Need::TenderTenant(number, day));
    let gpu = kind < spec.gpu_cloud_share;
    let (kind, level, term_years) = if gpu {
        (HostingKind::GpuCloud, demand.gpu_cloud_musd, spec.gpu_cloud_term_years)
    } else {
        let term = spec.term_years[categorical(term, &spec.term_probability)];
        (HostingKind::Colocation, demand.colocation_musd, term)
    };
    // The median of a log-normal law with the given mean.
    let median = spec.tender_mean_mw * libm::exp(-0.5 * spec.tender_sd_log * spec.tender_sd_log);
    Tender {
        id: day << 8 | number,
        kind,
        open: Power::from_mw(lognormal(size, median, spec.tender_sd_log)),
        rent_musd: lognormal(rent, level, spec.rent_sd_log),
        term_years,
        tenant: ((tenant * spec.tenants) as u32).min(spec.tenants as u32 - 1),
        backed: backed < spec.backed_share,
        closes: day + spec.tender_open_days as u32,
    }
}

/// Days from `day` until a tenant defaults, drawn once for a lease.
#[must_use]
pub fn default_after(spec: &AiDemandSpec, backed: bool, u: f64) -> f64 {
    let rate = if backed { spec.default_backed_per_year } else { spec.default_per_year };
    if rate > 0.0 { exponential(u, DAYS_PER_YEAR / rate) } else { f64::INFINITY }
}
