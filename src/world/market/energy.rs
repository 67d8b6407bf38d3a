//! Electricity: tariff levels, spot prices, weather, uptime, and the push of AI load.

use bevy_ecs::prelude::{Res, ResMut};

use crate::clock::Clock;
use crate::model::market::energy::{
    ConnectionRivals, ai_tariff_push, connections_left, tariff_level, weather_availability,
};
use crate::model::market::stochastic::{decay, mean_reverting_step};
use crate::numerics::sampling::normal;
use crate::random::{Draws, Need};
use crate::units::{DAYS_PER_YEAR, Power};

use super::Market;
use super::spec::EnergySpec;
use super::state::{GridConnections, PowerGrid, RegionalLoad};

/// Moves tariffs, spot prices and weather by a day; grids connect a day's power.
pub fn move_power(
    market: Res<Market>,
    clock: Res<Clock>,
    draws: Res<Draws>,
    load: Res<RegionalLoad>,
    mut grid: ResMut<PowerGrid>,
    mut connections: ResMut<GridConnections>,
) {
    let energy = &market.energy;
    let yearly = Power::from_mw(energy.connections_mw_per_year);
    connections.add_day(yearly * connections_left(&rivals(energy), clock.years()));
    move_uptime(&market, *clock, &draws, &mut grid);
    for region in 0..market.regions.len() {
        move_spot(&market, *clock, &draws, region, &mut grid);
        move_weather(&market, *clock, &draws, region, &mut grid);
        grid.ai_push[region] =
            ai_tariff_push(market.ai_tariff_slope, load.added_ai[region], load.mining[region]);
        grid.level[region] = tariff_level(market.energy.annual_tariff_drift, clock.years())
            * (1.0 + grid.ai_push[region]);
    }
}

/// Who asks for connections beside miners.
#[must_use]
pub fn rivals(spec: &EnergySpec) -> ConnectionRivals {
    ConnectionRivals {
        shared: spec.connections_shared_part,
        others: spec.others_connections_part,
        growth: spec.shared_connections_growth,
        others_growth: spec.others_connections_growth,
    }
}

fn move_spot(market: &Market, clock: Clock, draws: &Draws, region: usize, grid: &mut PowerGrid) {
    let spec = &market.energy;
    let [level, spike] = draws.draw_pair(Need::SpotPower(region as u32, clock.day));
    let kept = decay(1.0, spec.spot_half_life_days);
    grid.log_spot[region] =
        mean_reverting_step(grid.log_spot[region], 0.0, kept, spec.spot_sd_log, normal(level));
    let spiked = spike < spec.spot_spikes_per_year / DAYS_PER_YEAR;
    let factor = if spiked { spec.spot_spike_factor } else { 1.0 };
    grid.spot[region] = factor * libm::exp(grid.log_spot[region]);
}

/// Outages, water, maintenance: what no other process names moves uptime everywhere for weeks.
fn move_uptime(market: &Market, clock: Clock, draws: &Draws, grid: &mut PowerGrid) {
    let spec = &market.energy;
    let z = normal(draws.draw(Need::Uptime(clock.day)));
    let kept = decay(1.0, spec.uptime_half_life_days);
    let log = libm::log(grid.uptime_factor);
    grid.uptime_factor = libm::exp(mean_reverting_step(log, 0.0, kept, spec.uptime_sd_log, z));
}

fn move_weather(market: &Market, clock: Clock, draws: &Draws, region: usize, grid: &mut PowerGrid) {
    let spec = &market.energy;
    let exposure = market.regions[region].weather_exposure;
    let u = draws.draw(Need::Weather(region as u32, clock.day));
    let scheduled = spec.storm_days.iter().any(|&day| clock.is(day));
    let struck = scheduled || u < spec.weather_shocks_per_year / DAYS_PER_YEAR;
    if exposure > 0.0 && struck {
        grid.shock_began[region] = Some(clock.day);
    }
    grid.availability[region] = grid.shock_began[region].map_or(1.0, |began| {
        weather_availability(
            spec.weather_depth * exposure,
            f64::from(clock.day - began),
            spec.weather_onset_days,
            spec.weather_recovery_days,
        )
    });
}
