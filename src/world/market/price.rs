//! The bitcoin price: an exogenous path, the same in every scenario, times the impact of miners' sales.

use bevy_ecs::prelude::{Res, ResMut};

use crate::clock::Clock;
use crate::model::market::price::{
    daily_volatility, diffusion_log_return, jump_log_return, sales_impact,
};
use crate::model::market::stochastic::decay;
use crate::numerics::sampling::normal;
use crate::random::{Draws, Need};
use crate::units::{BtcPrice, Usd};

use super::Market;
use super::spec::{PriceProcess, PriceSpec};
use super::state::{Bitcoin, MinerSales};

/// Moves the price by a day.
pub fn move_price(
    market: Res<Market>,
    clock: Res<Clock>,
    draws: Res<Draws>,
    sales: Res<MinerSales>,
    mut bitcoin: ResMut<Bitcoin>,
) {
    let spec = &market.price;
    bitcoin.log_exogenous += exogenous_log_return(spec, *clock, &draws);
    bitcoin.impact_log = impact_today(spec, &bitcoin, *sales);
    bitcoin.price = BtcPrice(libm::exp(bitcoin.log_exogenous + bitcoin.impact_log));
}

/// Log return of the exogenous price today.
fn exogenous_log_return(spec: &PriceSpec, clock: Clock, draws: &Draws) -> f64 {
    let shock = if clock.is(spec.shock_day) { spec.shock_log } else { 0.0 };
    let u = draws.draw(Need::PriceDiffusion(clock.day));
    let diffusion = || diffusion_log_return(spec.annual_drift, spec.annual_volatility, normal(u));
    shock
        + match spec.process {
            PriceProcess::Gbm => diffusion(),
            PriceProcess::JumpDiffusion => diffusion() + jump_today(spec, clock, draws),
            PriceProcess::Replay => {
                replayed_log_return(&spec.replay_usd, clock.day).unwrap_or_else(diffusion)
            }
        }
}

fn jump_today(spec: &PriceSpec, clock: Clock, draws: &Draws) -> f64 {
    let [count, size] = draws.draw_pair(Need::PriceJumps(clock.day));
    jump_log_return(spec.jumps_per_year, spec.jump_mean_log, spec.jump_sd_log, count, size)
}

/// Log return between two days of a replayed series; none after its end.
fn replayed_log_return(series: &[f64], day: u32) -> Option<f64> {
    let (now, then) = (series.get(day as usize)?, series.get(day as usize - 1)?);
    Some(libm::log(now / then))
}

/// Yesterday's impact, faded, plus that of yesterday's sales.
fn impact_today(spec: &PriceSpec, bitcoin: &Bitcoin, sales: MinerSales) -> f64 {
    bitcoin.impact_log * decay(1.0, spec.impact_half_life_days)
        + sales_impact(
            spec.impact_coefficient,
            daily_volatility(spec.annual_volatility),
            sales.sold - sales.absorbed,
            bitcoin.price,
            Usd(spec.daily_volume_usd),
        )
}
