//! What attacks cost.

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Calculate;
use super::answer::{Answer, BEYOND};
use super::range::{MOST, within};
use crate::cli::failure::Failure;
use crate::model::attack::direct_attack::{
    self, DirectTerms, direct_attack_cost, hash_rate_needed,
};
use crate::model::attack::economic_security::bribe_premium;
use crate::units::{Efficiency, HashRate, RigPrice, Seconds, Tariff, UsdPerWatt};

/// How the attacker comes by its hash rate.
#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Basis {
    /// New to the network: as much as the network has
    Add,
    /// Taken over from the honest side: half of what it has
    Convert,
}

impl Basis {
    const fn route(self) -> direct_attack::AttackBasis {
        match self {
            Self::Add => direct_attack::AttackBasis::Add,
            Self::Convert => direct_attack::AttackBasis::Convert,
        }
    }
}

/// Flags of `attack-cost`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct AttackCost {
    /// Hash rate of the network, EH/s
    #[arg(long, value_name = "H", value_parser = within(0.0, MOST))]
    hash_rate_ehs: f64,
    /// Efficiency of the rigs, J/TH
    #[arg(long, value_name = "E", value_parser = within(0.0, MOST))]
    efficiency: f64,
    /// Price of energy, USD/MWh
    #[arg(long, value_name = "T", value_parser = within(-1e6, MOST))]
    tariff_usd_mwh: f64,
    /// Price of the rigs, USD per TH/s
    #[arg(long, value_name = "C", value_parser = within(0.0, MOST))]
    rig_price_usd_th: f64,
    /// Price of the sites, USD per kW at the meter
    #[arg(long, value_name = "S", value_parser = within(0.0, MOST))]
    site_usd_kw: f64,
    /// How long the attack lasts, hours
    #[arg(long, value_name = "N", value_parser = within(0.0, MOST))]
    hours: f64,
    /// Whether rigs are added to the network or taken over from it
    #[arg(long, default_value = "add")]
    basis: Basis,
    /// Power at the meter over power of the rigs
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = within(1.0, 100.0))]
    pue: f64,
}

impl Calculate for AttackCost {
    fn calculate(&self) -> Result<Answer, Failure> {
        let network = HashRate::from_ehs(self.hash_rate_ehs);
        let terms = DirectTerms {
            efficiency: Efficiency::from_j_per_th(self.efficiency),
            price: RigPrice::from_usd_per_th(self.rig_price_usd_th),
            site_cost: UsdPerWatt(self.site_usd_kw / 1_000.0),
            tariff: Tariff::from_usd_per_mwh(self.tariff_usd_mwh),
            pue: self.pue,
            duration: Seconds(self.hours * 3_600.0),
        };
        let needed = hash_rate_needed(network, 1.0, self.basis.route());
        let cost = direct_attack_cost(needed, &terms);
        Ok(Answer::default()
            .number("hardware_usd", cost.hardware.0, "USD")
            .number("site_usd", cost.site.0, "USD")
            .number("energy_usd", cost.energy.0, "USD")
            .number("gross_usd", cost.gross.0, "USD")
            .number("power_mw", cost.power.mw(), "MW"))
    }
}

/// Flags of `bribe`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct Bribe {
    /// Probability that the attack succeeds, 0 to 1
    #[arg(long, value_name = "S", value_parser = within(0.0, 1.0))]
    success: f64,
    /// Part of its value that the coin then loses, 0 to 1
    #[arg(long, value_name = "D", value_parser = within(0.0, 1.0))]
    price_fall: f64,
}

impl Calculate for Bribe {
    fn calculate(&self) -> Result<Answer, Failure> {
        let premium = bribe_premium(self.success, self.price_fall);
        let paid = self.success > 0.0 && self.price_fall < 1.0;
        let unbounded = if paid { BEYOND } else { "unbounded: the bribed are paid in nothing" };
        let unit = "of the honest reward";
        Ok(Answer::default().number_or("premium", Some(premium), unit, unbounded))
    }
}
