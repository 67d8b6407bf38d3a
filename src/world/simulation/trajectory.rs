//! What one replicate leaves: a record per recorded day, one outcome row, and (on request) a
//! snapshot of the miners on the last day.

use super::columns::{Column, SERIES};
use super::retarget_metrics::OUTCOMES;
use crate::units::{Btc, BtcPrice, HashRate, Hashprice, Power, RigPrice, Seconds, Tariff, Usd};
use crate::world::miners::strategic::StrategicOutcome;
use crate::world::security::SecurityRecord;

/// State of the world on a recorded day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Record {
    /// Day since the start (0 = state before the first day).
    pub day: u32,
    /// Height of the last block.
    pub height: u32,
    /// Hash rate of running rigs.
    pub hash_rate: HashRate,
    /// Difficulty in force.
    pub difficulty: f64,
    /// Mean interval of the blocks found since the last record.
    pub block_interval: Seconds,
    /// Bitcoin price.
    pub btc_price: BtcPrice,
    /// Expected revenue per hash, before pool fees.
    pub hashprice: Hashprice,
    /// Block subsidy.
    pub subsidy: Btc,
    /// Fees over reward.
    pub fee_share: f64,
    /// Block rewards a day at the mean since the last record.
    pub security_budget_per_day: Usd,
    /// Coins issued so far minus the 144-blocks-a-day schedule.
    pub issuance_deviation: Btc,
    /// Rigs on miners' sites that are switched off.
    pub idle_on_site: HashRate,
    /// Rigs without a site: displaced, unsold, insolvent.
    pub idle_stock: HashRate,
    /// Rigs ordered and not yet delivered.
    pub in_delivery: HashRate,
    /// Mean efficiency of running rigs, J/TH as a number.
    pub fleet_efficiency_j_per_th: f64,
    /// Price of a new rig.
    pub rig_price_new: RigPrice,
    /// Price of a used rig of the fleet's mean efficiency.
    pub rig_price_used: RigPrice,
    /// Mean tariff, weighted by running power.
    pub mean_tariff: Tariff,
    /// Facility power of running rigs.
    pub mining_power: Power,
    /// Facility power of rigs switched off.
    pub idle_power: Power,
    /// Utility power of sites under conversion.
    pub converting_power: Power,
    /// Utility power of energised AI halls.
    pub hosting_power: Power,
    /// Utility power that stands empty.
    pub vacant_power: Power,
    /// IT power of energised AI halls.
    pub ai_energised: Power,
    /// IT power under contract, energised or not.
    pub ai_contracted: Power,
    /// IT power of contracts abandoned so far.
    pub ai_cancelled: Power,
    /// AI rent level for colocation, million USD per IT MW and year.
    pub ai_rent_musd: f64,
    /// HHI of AI capacity over tenants.
    pub hhi_tenant: f64,
    /// Coins sold by miners since the last record, a day.
    pub btc_sold_per_day: Btc,
    /// Coins held by miners.
    pub treasury: Btc,
    /// Log price impact of miners' sales in force.
    pub price_impact_log: f64,
    /// Miners that mine or host.
    pub active_miners: f64,
    /// Insolvencies so far.
    pub insolvencies: f64,
    /// Entrants so far.
    pub entrants: f64,
    /// Cash margin of running rigs over their revenue.
    pub mining_margin: f64,
    /// Energy used by mining since the start.
    pub mining_energy_twh: f64,
    /// Energy used by AI halls since the start.
    pub ai_energy_twh: f64,
    /// Energy that mining did not use because of weather, since the start.
    pub curtailed_mwh: f64,
    /// Emissions of mining since the start.
    pub mining_emissions_mt: f64,
    /// Emissions of AI halls since the start.
    pub ai_emissions_mt: f64,
    /// Security metrics.
    pub security: SecurityRecord,
}

/// What a miner does on the day of the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Activity {
    /// All power mines.
    Mining = 0,
    /// Rigs are switched off.
    Idle = 1,
    /// An AI hall is being built.
    Converting = 2,
    /// An AI hall earns.
    Hosting = 3,
    /// Insolvent or empty.
    Closed = 4,
}

/// One miner on the last day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MinerSnapshot {
    /// Index of the miner.
    pub miner: u32,
    /// Index of its owner: [`Trajectory::owner_name`] tells who that is.
    pub owner: u32,
    /// Today's tariff.
    pub tariff: Tariff,
    /// Mean efficiency of its rigs, J/TH as a number.
    pub efficiency_j_per_th: f64,
    /// Site power.
    pub power: Power,
    /// Hash rate of its running rigs.
    pub hash_rate: HashRate,
    /// What it does.
    pub activity: Activity,
}

/// One replicate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trajectory {
    /// A record per recorded day, in order of days.
    pub records: Vec<Record>,
    /// The miners on the last day; empty unless asked for.
    pub miners: Vec<MinerSnapshot>,
    /// Names of the owners that have one in the experiment, in order of their index; empty unless the
    /// miners are asked for.
    pub named_owners: Vec<String>,
    /// Day of the first scheduled shock, if there is any.
    pub shock_day: Option<u32>,
    /// How strategic miners fared.
    pub strategic: StrategicOutcome,
}

/// How a series becomes one number of `runs.parquet`; the column is named `<series>_<suffix>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Mean over the records after day 0.
    Mean,
    /// Last record.
    Last,
    /// Smallest value over the records after day 0.
    Min,
    /// Largest value over the records after day 0.
    Max,
}

impl Reduction {
    /// All reductions, in column order.
    pub const ALL: [Self; 4] = [Self::Mean, Self::Last, Self::Min, Self::Max];

    /// Suffix of the column's name.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Last => "last",
            Self::Min => "min",
            Self::Max => "max",
        }
    }

    /// The reduced value; NaN for an empty series.
    #[must_use]
    pub fn of(self, values: &[f64]) -> f64 {
        let tail = values.get(1..).filter(|tail| !tail.is_empty()).unwrap_or(values);
        match self {
            Self::Mean => tail.iter().sum::<f64>() / tail.len() as f64,
            Self::Last => values.last().copied().unwrap_or(f64::NAN),
            Self::Min => tail.iter().copied().reduce(f64::min).unwrap_or(f64::NAN),
            Self::Max => tail.iter().copied().reduce(f64::max).unwrap_or(f64::NAN),
        }
    }
}

impl Trajectory {
    /// Name of an owner: the experiment's, or a made-up one of its index, such as `owner-0042`, for
    /// everyone who is drawn, who enters later, or who takes over the site of an insolvent miner.
    #[must_use]
    pub fn owner_name(&self, owner: u32) -> String {
        let named = self.named_owners.get(owner as usize);
        named.cloned().unwrap_or_else(|| format!("owner-{owner:04}"))
    }

    /// The values of one series column over the records.
    #[must_use]
    pub fn series(&self, column: &Column<Record>) -> Vec<f64> {
        self.records.iter().map(column.value).collect()
    }

    /// The outcome row: every series column under every reduction, column-major, then [`OUTCOMES`].
    #[must_use]
    pub fn outcomes(&self) -> Vec<f64> {
        let reduced = SERIES.iter().flat_map(|column| {
            let values = self.series(column);
            Reduction::ALL.map(|reduction| reduction.of(&values))
        });
        reduced.chain(OUTCOMES.iter().map(|column| (column.value)(self))).collect()
    }
}

/// Names of the outcome columns, in the order of [`Trajectory::outcomes`].
#[must_use]
pub fn outcome_names() -> Vec<String> {
    let reduced = SERIES
        .iter()
        .flat_map(|column| Reduction::ALL.map(|r| format!("{}_{}", column.name, r.suffix())));
    reduced.chain(OUTCOMES.iter().map(|column| column.name.to_owned())).collect()
}
