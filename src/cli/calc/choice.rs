//! Choices under uncertainty.

use clap::Args;
use serde::Serialize;

use super::Calculate;
use super::answer::{Answer, BEYOND};
use super::range::{MOST, above, within};
use crate::cli::failure::{Failure, INPUT};
use crate::model::hosting::real_option::{self, Business};

/// Flags of `real-option`.
#[derive(Debug, Args, Serialize)]
pub(super) struct RealOption {
    /// Discount rate, a year, above 0
    #[arg(long, value_name = "R", value_parser = above(0.0, 10.0))]
    rate: f64,
    /// Drift of the price, a year, below the rate
    #[arg(long, value_name = "M", value_parser = within(-10.0, 10.0))]
    drift: f64,
    /// Volatility of the price, a year
    #[arg(long, value_name = "S", value_parser = within(0.0, 10.0))]
    volatility: f64,
    /// Operating cost, a year, in the unit of the price
    #[arg(long, value_name = "C", value_parser = within(0.0, MOST))]
    cost: f64,
    /// Cost of entering
    #[arg(long, value_name = "I", value_parser = within(0.0, MOST))]
    entry: f64,
    /// Cost of leaving; negative for what is got back, at most the cost of entering
    #[arg(long, value_name = "E", value_parser = within(-MOST, MOST))]
    exit: f64,
}

impl Calculate for RealOption {
    fn calculate(&self) -> Result<Answer, Failure> {
        let Self { rate, drift, volatility, cost, entry, exit } = *self;
        if drift >= rate {
            let message = format!("--drift {drift}: must be below --rate, {rate}");
            return Err(Failure::new(INPUT, message));
        }
        if exit < -entry {
            let message = format!("--exit {exit}: must not give back more than --entry, {entry}");
            return Err(Failure::new(INPUT, message));
        }
        let triggers = Business { rate, drift, volatility, cost, entry, exit }.triggers();
        let leaves = (triggers.exit > 0.0 || triggers.exit.is_nan()).then_some(triggers.exit);
        let never = if cost / rate > exit {
            "never in practice: the price would have to fall below the smallest number, 1e-308"
        } else {
            "never: leaving costs more than staying at a price of zero"
        };
        Ok(Answer::default()
            .number("entry_trigger", triggers.entry, "a year, in the unit of --cost")
            .number_or("exit_trigger", leaves, "a year, in the unit of --cost", never))
    }
}

/// Flags of `exchange-option`.
#[derive(Debug, Args, Serialize)]
pub(super) struct ExchangeOptionArguments {
    /// Payout rate of what is got, V, a year
    #[arg(long, value_name = "A", value_parser = within(-10.0, 10.0))]
    yield_v: f64,
    /// Payout rate of what is given up, K, a year
    #[arg(long, value_name = "B", value_parser = within(-10.0, 10.0))]
    yield_k: f64,
    /// Volatility of V, a year
    #[arg(long, value_name = "S", value_parser = within(0.0, 10.0))]
    vol_v: f64,
    /// Volatility of K, a year
    #[arg(long, value_name = "T", value_parser = within(0.0, 10.0))]
    vol_k: f64,
    /// Correlation of the two, -1 to 1
    #[arg(long, value_name = "R", value_parser = within(-1.0, 1.0))]
    correlation: f64,
}

impl Calculate for ExchangeOptionArguments {
    fn calculate(&self) -> Result<Answer, Failure> {
        let Self { yield_v, yield_k, vol_v, vol_k, correlation } = *self;
        let option = real_option::ExchangeOption { yield_v, yield_k, vol_v, vol_k, correlation };
        let never = if yield_v > 0.0 { BEYOND } else { "never: waiting costs nothing" };
        let none = match option.variance() {
            _ if yield_v <= 0.0 => never,
            variance if variance > 0.0 => BEYOND,
            _ if vol_v.to_bits() == vol_k.to_bits() => "unbounded: nothing is uncertain",
            _ => "unbounded: next to nothing is uncertain",
        };
        Ok(Answer::default().number_or("beta", Some(option.beta()), "", none).number_or(
            "trigger_ratio",
            Some(option.trigger_ratio()),
            "V/K",
            never,
        ))
    }
}
