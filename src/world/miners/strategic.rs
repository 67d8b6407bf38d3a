//! Strategic mining: some miners run only while a hash earns more than it usually does.
//!
//! They compare the day's hashprice with its own trailing mean. What they do on the days off (mine
//! another chain, sell their power) pays the same whatever happens here and is left out: their gain is
//! what a hash earned them over what it earned those who ran throughout, in expectation; whether that
//! pays for rigs that stand idle is told by their profit per hash rate owned. They decide
//! once a day, before the day's blocks, so that nobody here exploits a single block.

use bevy_ecs::prelude::{Query, Res, ResMut, Resource};

use crate::model::market::stochastic::decay;
use crate::random::{Draws, Need};
use crate::units::{DAY, HashRate, Hashprice, Usd};
use crate::world::chain::{DayOfBlocks, FeesPerBlock};
use crate::world::market::state::Bitcoin;

use super::Miners;
use super::access::{MinerColumns, table};
use super::beliefs::SpotHashprice;
use super::count::CountColumns;

/// What strategic miners go by, and what they got.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Strategists {
    /// Trailing mean of hashprice; none before the first day.
    usual: Option<Hashprice>,
    /// Whether they mine today.
    mining: bool,
    strategic: RevenueTotals,
    steady: RevenueTotals,
    days: f64,
}

/// Totals of a group of miners: hash rate owned and run, revenue, power bills.
#[derive(Clone, Copy, Debug, Default)]
struct RevenueTotals {
    /// Hash rate that its rigs have when all of them run, times days.
    owned: HashRate,
    /// Hash rate times days.
    run: HashRate,
    /// Expected revenue.
    revenue: Usd,
    /// Power bills.
    power: Usd,
}

impl RevenueTotals {
    fn revenue_per_hash(&self) -> Option<f64> {
        (self.run.0 > 0.0).then(|| self.revenue.0 / self.run.0)
    }

    fn profit_per_owned(&self) -> Option<f64> {
        (self.owned.0 > 0.0).then(|| (self.revenue - self.power).0 / self.owned.0)
    }
}

/// How strategic miners fared against all others, since the start; zeros where either ran no rig.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StrategicOutcome {
    /// Revenue per hash over that of the others, minus 1.
    pub gain: f64,
    /// Revenue minus power per hash rate owned over that of the others, minus 1.
    pub profit_gain: f64,
    /// Net income per hash rate on days off, over the others' revenue per hash, that makes both
    /// profits equal.
    pub outside_income: f64,
    /// Hash rate, mean over all days, those off included.
    pub hash_rate: HashRate,
}

impl Strategists {
    /// How they fared.
    #[must_use]
    pub fn outcome(&self) -> StrategicOutcome {
        let (mine, others) = (&self.strategic, &self.steady);
        let hash_rate = mine.run / self.days.max(1.0);
        let none = StrategicOutcome { hash_rate, ..StrategicOutcome::default() };
        let revenues = mine.revenue_per_hash().zip(others.revenue_per_hash());
        let profits = mine.profit_per_owned().zip(others.profit_per_owned());
        let Some(((revenue, usual), (profit, usual_profit))) = revenues.zip(profits) else {
            return none;
        };
        let off = 1.0 - mine.run / mine.owned;
        let ratio = |value: f64, to: f64| if to > 0.0 { value / to - 1.0 } else { 0.0 };
        StrategicOutcome {
            gain: ratio(revenue, usual),
            profit_gain: ratio(profit, usual_profit),
            outside_income: if off > 0.0 { (usual_profit - profit) / (off * usual) } else { 0.0 },
            ..none
        }
    }
}

/// Whether a miner is one of them.
fn is_strategic(miners: &Miners, draws: &Draws, miner: u32) -> bool {
    draws.draw(Need::Strategic(miner)) < miners.spec.operation.strategic_share
}

/// Switches all strategic miners on or off for the day.
pub fn switch_strategists(
    (miners, draws, hashprice): (Res<Miners>, Res<Draws>, Res<SpotHashprice>),
    mut strategists: ResMut<Strategists>,
    mut query: Query<MinerColumns>,
) {
    let operation = &miners.spec.operation;
    if operation.strategic_share <= 0.0 {
        return;
    }
    let usual = strategists.usual.unwrap_or(hashprice.now);
    let kept = decay(1.0, operation.strategic_half_life_days);
    strategists.mining = hashprice.now >= usual * operation.strategic_threshold;
    strategists.usual = Some(hashprice.now + (usual - hashprice.now) * kept);
    let Some(mut table) = table(&mut query) else { return };
    for index in 0..table.count() {
        let miner = table.miner(index);
        if is_strategic(&miners, &draws, miner.site.miner) {
            miner.site.resting = !strategists.mining;
            let runs = strategists.mining && !miner.site.closed;
            miner.uptime.0 = if runs { operation.uptime } else { 0.0 };
        }
    }
}

/// Adds the day's hashes, what they earned in expectation and what their power cost.
pub fn total_revenues(
    (miners, draws): (Res<Miners>, Res<Draws>),
    (blocks, fees, bitcoin): (Res<DayOfBlocks>, Res<FeesPerBlock>, Res<Bitcoin>),
    mut strategists: ResMut<Strategists>,
    query: Query<CountColumns>,
) {
    let operation = &miners.spec.operation;
    if operation.strategic_share <= 0.0 {
        return;
    }
    let per_hash = blocks.expected_reward_per_hash_with(*fees) * bitcoin.price;
    for miner in query.iter().filter(|miner| !miner.site.closed) {
        let strategic = is_strategic(&miners, &draws, miner.site.miner);
        let Strategists { strategic: mine, steady, .. } = &mut *strategists;
        let group = if strategic { mine } else { steady };
        group.owned += miner.rigs().total() * operation.uptime;
        group.run += miner.running.0;
        group.revenue += miner.running.0 * DAY * per_hash;
        group.power += miner.power.0 * DAY * miner.tariff.0;
    }
    strategists.days += 1.0;
}
