//! Pools: what they take, what they pay per hash, and the balance they carry for their members.

use bevy_ecs::prelude::{Res, ResMut, Resource};

use crate::units::{Btc, BtcPerHash, DAY, Hashprice};
use crate::world::chain::{DayOfBlocks, FeesPerBlock, MAX_POOLS, NetworkHashRate};

use super::spec::PoolSpec;

/// Books of the pools.
#[derive(Resource, Clone, Debug)]
pub struct PoolBook {
    /// Share of the reward that members get.
    pub kept: [f64; MAX_POOLS],
    /// Whether members get the expected reward.
    pays_expected: [bool; MAX_POOLS],
    /// Coins credited per hash today.
    pub reward: [BtcPerHash; MAX_POOLS],
    /// Coins found minus coins credited since the start: the operator's capital.
    pub reserve: [Btc; MAX_POOLS],
}

impl PoolBook {
    /// Opens the books.
    #[must_use]
    pub fn new(pools: &[PoolSpec]) -> Self {
        let mut book = Self {
            kept: [1.0; MAX_POOLS],
            pays_expected: [true; MAX_POOLS],
            reward: [BtcPerHash::ZERO; MAX_POOLS],
            reserve: [Btc::ZERO; MAX_POOLS],
        };
        for (index, pool) in pools.iter().enumerate().take(MAX_POOLS) {
            book.kept[index] = 1.0 - pool.fee;
            book.pays_expected[index] = pool.pays_expected;
        }
        book
    }

    /// Hashprice that members of each pool see.
    #[must_use]
    pub fn net_hashprice(&self, hashprice: Hashprice) -> [Hashprice; MAX_POOLS] {
        self.kept.map(|kept| hashprice * kept)
    }
}

/// Turns the blocks of the day into coins per hash for every pool's members.
///
/// Pools that pay the expected reward credit it whatever they find; the others share what they
/// found. The difference stays in the pool's reserve, so that coins are conserved.
pub fn share_rewards(
    blocks: Res<DayOfBlocks>,
    fees: Res<FeesPerBlock>,
    network: Res<NetworkHashRate>,
    mut book: ResMut<PoolBook>,
) {
    let found = blocks.reward_by_pool(*fees);
    let expected = blocks.expected_reward_per_hash_with(*fees);
    for pool in 0..MAX_POOLS {
        let work = network.by_pool[pool] * DAY;
        let found = found[pool];
        let due = if book.pays_expected[pool] { expected * work } else { found };
        let credited = due * book.kept[pool];
        let reward = if work.0 > 0.0 { credited / work } else { BtcPerHash::ZERO };
        book.reward[pool] = reward;
        book.reserve[pool] += found - reward * work;
    }
}
