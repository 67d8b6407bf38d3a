//! Appetite: how much all miners order beyond what paybacks explain. It moves around a mean that drifts,
//! and with it drifts how strongly orders answer paybacks. It depends on the day only, so that worlds that
//! differ in anything else share it.

use bevy_ecs::prelude::{Res, ResMut, Resource};

use crate::clock::Clock;
use crate::model::market::stochastic::{decay, mean_reverting_step};
use crate::numerics::sampling::normal;
use crate::random::{Draws, Need};

use super::Miners;
use super::spec::AppetiteSpec;

/// Appetite today, in logs.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct Appetite {
    /// Orders over what paybacks explain.
    pub log_orders: f64,
    /// Mean around which they move.
    pub log_mean: f64,
    /// Elasticity of orders to payback over its usual value.
    pub log_elasticity: f64,
}

impl Appetite {
    /// Appetite of the first day: what is known of it, and what is not drawn from the law to which it tends.
    #[must_use]
    pub fn opening(spec: &AppetiteSpec, draws: &Draws) -> Self {
        let drawn = Self::default().moved(spec, draws, 0, |_| 0.0);
        Self {
            log_orders: spec.opening_log + spec.opening_spread * drawn.log_orders,
            log_mean: spec.opening_mean_log + spec.opening_spread * drawn.log_mean,
            log_elasticity: spec.opening_elasticity_log
                + spec.opening_spread * drawn.log_elasticity,
        }
    }

    /// Factor on orders and on newcomers.
    #[must_use]
    pub fn orders(&self) -> f64 {
        libm::exp(self.log_orders)
    }

    /// Factor on the elasticity of orders.
    #[must_use]
    pub fn elasticity(&self) -> f64 {
        libm::exp(self.log_elasticity)
    }

    /// Appetite of a day, from that of the day before of which `kept` says what is left at a half-life.
    fn moved(self, spec: &AppetiteSpec, draws: &Draws, day: u32, kept: fn(f64) -> f64) -> Self {
        let [deviation, mean] = draws.draw_pair(Need::Appetite(day)).map(normal);
        let response = normal(draws.draw(Need::OrderElasticity(day)));
        let step =
            |x, around, half_life, sd, z| mean_reverting_step(x, around, kept(half_life), sd, z);
        let log_mean = step(self.log_mean, 0.0, spec.mean_half_life_days, spec.mean_sd_log, mean);
        let log_orders =
            step(self.log_orders, log_mean, spec.half_life_days, spec.sd_log, deviation);
        let (half_life, sd) = (spec.elasticity_half_life_days, spec.elasticity_sd_log);
        let log_elasticity = step(self.log_elasticity, 0.0, half_life, sd, response);
        Self { log_orders, log_mean, log_elasticity }
    }
}

/// Moves appetite by a day.
pub fn move_appetite(
    (miners, clock, draws): (Res<Miners>, Res<Clock>, Res<Draws>),
    mut appetite: ResMut<Appetite>,
) {
    *appetite =
        appetite.moved(&miners.spec.appetite, &draws, clock.day, |half_life| decay(1.0, half_life));
}
