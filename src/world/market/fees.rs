//! Fees per block: a log-AR(1) level with spikes that fade, or a replayed series.

use bevy_ecs::prelude::{Res, ResMut};

use crate::clock::Clock;
use crate::model::market::stochastic::{decay, mean_reverting_step};
use crate::numerics::sampling::{exponential, normal};
use crate::random::{Draws, Need};
use crate::units::{Btc, DAYS_PER_YEAR};

use super::Market;
use super::spec::FeeSpec;
use super::state::Fees;

/// Moves fees by a day.
pub fn move_fees(
    market: Res<Market>,
    clock: Res<Clock>,
    draws: Res<Draws>,
    mut fees: ResMut<Fees>,
) {
    let spec = &market.fees;
    let [level, spike] = draws.draw_pair(Need::Fees(clock.day));
    let height = draws.draw(Need::FeeSpike(clock.day));
    let kept = decay(1.0, spec.half_life_days);
    fees.log_level = mean_reverting_step(fees.log_level, 0.0, kept, spec.sd_log, normal(level));
    fees.log_spike *= decay(1.0, spec.spike_half_life_days);
    if spike < spec.spikes_per_year / DAYS_PER_YEAR {
        fees.log_spike += exponential(height, spec.spike_mean_log);
    }
    fees.per_block = fees_today(spec, market.initial_subsidy, &fees, clock.day);
}

/// Fees per block: median·e^(level + spike); the median is the initial share of the initial reward.
fn fees_today(spec: &FeeSpec, subsidy: Btc, fees: &Fees, day: u32) -> Btc {
    match spec.replay_btc.get(day as usize) {
        Some(&btc) => Btc(btc),
        None => median_fees(spec, subsidy) * libm::exp(fees.log_level + fees.log_spike),
    }
}

/// Median fees per block: F = s/(1 − s)·S for a fee share s of the reward.
pub(crate) fn median_fees(spec: &FeeSpec, subsidy: Btc) -> Btc {
    subsidy * (spec.initial_share / (1.0 - spec.initial_share))
}
