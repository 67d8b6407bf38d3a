//! What mining earns and what its sales do to the price.

use clap::Args;
use serde::Serialize;

use super::Calculate;
use super::answer::{Answer, readable};
use super::range::{MOST, above, within};
use crate::cli::failure::{Failure, INPUT};
use crate::model::chain::hashprice::{break_even_tariff, hashprice};
use crate::model::market::price::sales_impact;
use crate::units::{self, Btc, BtcPrice, Efficiency, Usd};

/// Flags of `hashprice`.
#[derive(Debug, Args, Serialize)]
pub(super) struct Hashprice {
    /// Price of bitcoin, USD
    #[arg(long, value_name = "USD", value_parser = within(0.0, MOST))]
    price: f64,
    /// Difficulty, at least 1
    #[arg(long, value_name = "D", value_parser = within(1.0, MOST))]
    difficulty: f64,
    /// Subsidy of a block, BTC
    #[arg(long, value_name = "BTC", value_parser = within(0.0, MOST))]
    subsidy: f64,
    /// Fees of a block, BTC
    #[arg(long, value_name = "BTC", value_parser = within(0.0, MOST))]
    fees: f64,
}

impl Calculate for Hashprice {
    fn calculate(&self) -> Result<Answer, Failure> {
        let reward = Btc(self.subsidy + self.fees);
        let revenue = hashprice(reward, BtcPrice(self.price), self.difficulty);
        let usd = revenue.usd_per_ph_day();
        Ok(Answer::default().number("usd_per_ph_day", usd, "USD per PH/s and day"))
    }
}

/// Flags of `break-even-tariff`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct BreakEvenTariff {
    /// Hashprice, USD per PH/s and day
    #[arg(long, value_name = "USD_PH_DAY", value_parser = within(0.0, MOST))]
    hashprice: f64,
    /// Efficiency of the rig, J/TH
    #[arg(long, value_name = "J_TH", value_parser = above(0.0, MOST))]
    efficiency: f64,
}

impl Calculate for BreakEvenTariff {
    fn calculate(&self) -> Result<Answer, Failure> {
        let tariff = break_even_tariff(
            units::Hashprice::from_usd_per_ph_day(self.hashprice),
            Efficiency::from_j_per_th(self.efficiency),
        );
        let usd_per_kwh = tariff.usd_per_mwh() / 1_000.0;
        Ok(Answer::default().number("usd_per_kwh", usd_per_kwh, "USD/kWh"))
    }
}

/// Flags of `price-impact`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct PriceImpact {
    /// Coins sold in a day beyond what the market absorbs, BTC
    #[arg(long, value_name = "Q", value_parser = within(0.0, MOST))]
    btc: f64,
    /// Price of bitcoin, USD
    #[arg(long, value_name = "P", value_parser = within(0.0, MOST))]
    price: f64,
    /// Turnover of the market, USD a day
    #[arg(long, value_name = "V", value_parser = above(0.0, MOST))]
    volume_usd: f64,
    /// Standard deviation of daily log returns, such as 0.025
    #[arg(long, value_name = "S", value_parser = within(0.0, 1.0))]
    daily_volatility: f64,
    /// Coefficient of the law
    #[arg(long, value_name = "Y", default_value_t = 1.0, value_parser = within(0.0, 100.0))]
    coefficient: f64,
}

impl Calculate for PriceImpact {
    fn calculate(&self) -> Result<Answer, Failure> {
        let fall = -sales_impact(
            self.coefficient,
            self.daily_volatility,
            Btc(self.btc),
            BtcPrice(self.price),
            Usd(self.volume_usd),
        );
        if fall > 1.0 {
            let message = format!(
                "--volume-usd {}: the price would fall by {} of itself, and it cannot fall by more than 1; \
                 --btc times --price is {} times the turnover of a day, beyond what the law describes: is \
                 --volume-usd too small (USD a day, 2e10 for 20 billion) or --daily-volatility, {}, too \
                 large (0.025 is 2.5 %)?",
                self.volume_usd,
                readable(fall),
                readable(self.btc * self.price / self.volume_usd),
                self.daily_volatility
            );
            return Err(Failure::new(INPUT, message));
        }
        Ok(Answer::default().number("fraction", fall, "of the price, downwards"))
    }
}
