//! The valid input of one simulation: everything the model believes, nothing about files or runs.

use serde::{Deserialize, Serialize};

use crate::world::{chain, market, miners, security};

/// A validated scenario. `simulation::run` cannot fail on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// Horizon and recording.
    pub simulation: SimulationSpec,
    /// Chain state on the first day.
    pub chain: chain::ChainSpec,
    /// Prices, power, rigs.
    pub market: market::MarketSpec,
    /// Miners.
    pub miners: miners::MinersSpec,
    /// AI hosting.
    pub ai: AiSpec,
    /// Attacker.
    pub security: security::SecuritySpec,
}

impl Setup {
    /// Day of the first scheduled shock (of price, weather or miners, closures among them), if there is any.
    #[must_use]
    pub(crate) fn first_shock(&self) -> Option<u32> {
        let (market, miners) = (&self.market, &self.miners);
        let days = [market.price.shock_day, miners.closures.single_day];
        let lists = market.energy.storm_days.iter().chain(&miners.closures.day);
        let days = days.iter().chain(lists).filter(|&&day| day >= 0.0);
        days.map(|&day| day as u32).min()
    }
}

/// Horizon and recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationSpec {
    /// Days simulated.
    pub horizon_days: u32,
    /// Days between records.
    pub record_every_days: u32,
    /// Days between records of regions; 0 for none.
    pub regions_every_days: u32,
    /// Days between surveys of the supply of AI halls; 0 for one on the first day alone.
    pub supply_survey_days: u32,
    /// Days between counts of rigs and load that the markets see.
    pub census_days: u32,
}

/// AI hosting: the switch, the demand for it, miners' choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AiSpec {
    /// Whether miners may host AI at all. When false nothing else here is read.
    pub enabled: bool,
    /// Demand.
    pub demand: market::AiDemandSpec,
    /// Choice and projects.
    pub conversion: miners::ConversionSpec,
}
