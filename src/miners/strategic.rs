//! Strategic mining: some miners run only while a hash earns more than it usually does.
//!
//! They compare the day's hashprice with its own trailing mean. What they do on the days off (mine
//! another chain, sell their power) pays the same whatever happens here and is left out: their gain is
//! what a hash earned them over what it earned those who ran throughout, in expectation. They decide
//! once a day, before the day's blocks, so that nobody here exploits a single block.

use bevy_ecs::prelude::{Query, Res, ResMut, Resource};

use crate::chain::{DayOfBlocks, FeesPerBlock, NetworkHashRate};
use crate::market::state::Bitcoin;
use crate::model::stochastic::decay;
use crate::random::{Draws, Stream};
use crate::units::{DAY, HashRate, Hashprice, Usd};

use super::Miners;
use super::access::{MinerColumns, table};
use super::beliefs::SpotHashprice;
use super::state::{RunningHashRate, Site};

/// What strategic miners go by, and what they got.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct Strategists {
    /// Trailing mean of hashprice; none before the first day.
    usual: Option<Hashprice>,
    /// Whether they mine today.
    mining: bool,
    strategic: Takings,
    steady: Takings,
    days: f64,
}

/// Hashes computed and their expected revenue.
#[derive(Clone, Copy, Debug, Default)]
struct Takings {
    /// Hash rate times days.
    hash_rate_days: HashRate,
    revenue: Usd,
}

impl Takings {
    fn add(&mut self, hash_rate: HashRate, revenue_per_hash: Hashprice) {
        self.hash_rate_days += hash_rate;
        self.revenue += hash_rate * DAY * revenue_per_hash;
    }

    fn per_hash(&self) -> Option<f64> {
        (self.hash_rate_days.0 > 0.0).then(|| self.revenue.0 / self.hash_rate_days.0)
    }
}

impl Strategists {
    /// Revenue per hash of strategic miners over that of all others, minus 1, since the start; 0
    /// where either ran no machine.
    #[must_use]
    pub fn gain(&self) -> f64 {
        match (self.strategic.per_hash(), self.steady.per_hash()) {
            (Some(strategic), Some(steady)) if steady > 0.0 => strategic / steady - 1.0,
            _ => 0.0,
        }
    }

    /// Their hash rate, mean over all days, those off included.
    #[must_use]
    pub fn mean_hash_rate(&self) -> HashRate {
        self.strategic.hash_rate_days / self.days.max(1.0)
    }
}

/// Whether a miner is one of them.
fn is_strategic(miners: &Miners, draws: &Draws, miner: u32) -> bool {
    draws.uniform(Stream::Strategic, miner, 0, 0) < miners.spec.operation.strategic_share
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

/// Adds the day's hashes and what they earned in expectation.
pub fn count_takings(
    (miners, draws): (Res<Miners>, Res<Draws>),
    (blocks, fees, bitcoin): (Res<DayOfBlocks>, Res<FeesPerBlock>, Res<Bitcoin>),
    network: Res<NetworkHashRate>,
    mut strategists: ResMut<Strategists>,
    query: Query<(&Site, &RunningHashRate)>,
) {
    if miners.spec.operation.strategic_share <= 0.0 {
        return;
    }
    let strategic: HashRate = query
        .iter()
        .filter(|(site, _)| is_strategic(&miners, &draws, site.miner))
        .map(|(_, running)| running.0)
        .sum();
    let per_hash = blocks.expected_reward_per_hash_with(*fees) * bitcoin.price;
    let steady = (network.total - strategic).max(HashRate::ZERO);
    strategists.strategic.add(strategic, per_hash);
    strategists.steady.add(steady, per_hash);
    strategists.days += 1.0;
}
