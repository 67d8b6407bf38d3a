//! What the chain asks of others and answers, day by day.

use bevy_ecs::prelude::Resource;

use super::state::Retarget;
use crate::units::{Btc, BtcPerHash, HashRate};

/// Most pools that a run may have.
pub const MAX_POOLS: usize = 16;

/// Port, filled by miners: the hash rate of the day.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct NetworkHashRate {
    /// All of it; decides when blocks come.
    pub total: HashRate,
    /// By pool; in these proportions pools find the blocks.
    pub by_pool: [HashRate; MAX_POOLS],
}

impl NetworkHashRate {
    /// The hash rate of pools and its sum.
    #[must_use]
    pub fn of_pools(by_pool: [HashRate; MAX_POOLS]) -> Self {
        Self { total: by_pool.into_iter().sum(), by_pool }
    }
}

/// Port, filled by the market: transaction fees of a block.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct FeesPerBlock(pub Btc);

/// The blocks of one day.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct DayOfBlocks {
    /// Blocks found.
    pub blocks: u32,
    /// Blocks found by each pool.
    pub blocks_by_pool: [u32; MAX_POOLS],
    /// Subsidy that the next block will earn, at the end of the day.
    pub subsidy: Btc,
    /// Coins created, satoshi: exact also where a halving falls in the day.
    pub subsidy_sat: u64,
    /// Coins created by the blocks of each pool.
    pub subsidy_by_pool: [Btc; MAX_POOLS],
    /// Expected blocks per hash, `1/(D·2³²)`, mean over the day's time.
    pub blocks_expected_per_hash: f64,
    /// Expected subsidy per hash, `S/(D·2³²)`, mean over the day's time; without fees.
    pub expected_reward_per_hash: BtcPerHash,
    /// Retargets of the day.
    pub retargets: u32,
    /// The last of them.
    pub retarget: Option<Retarget>,
}

impl DayOfBlocks {
    /// Expected reward per hash with fees: `(S + F)/(D·2³²)`, mean over the day's time.
    #[must_use]
    pub fn expected_reward_per_hash_with(&self, fees: FeesPerBlock) -> BtcPerHash {
        self.expected_reward_per_hash + BtcPerHash(self.blocks_expected_per_hash * fees.0.0)
    }

    /// What each pool earned: the subsidies and fees of its blocks.
    #[must_use]
    pub fn reward_by_pool(&self, fees: FeesPerBlock) -> [Btc; MAX_POOLS] {
        std::array::from_fn(|pool| {
            self.subsidy_by_pool[pool] + fees.0 * f64::from(self.blocks_by_pool[pool])
        })
    }
}

/// Picks the pool that finds a block, in proportion to hash rate.
pub(crate) struct PoolLottery {
    /// Hash rate of the pools up to and including each.
    cumulative: [f64; MAX_POOLS],
}

impl PoolLottery {
    pub(crate) fn new(by_pool: &[HashRate; MAX_POOLS]) -> Self {
        let mut sum = 0.0;
        let cumulative = by_pool.map(|hash_rate| {
            sum += hash_rate.0.max(0.0);
            sum
        });
        Self { cumulative }
    }

    /// The pool that a uniform `ticket` in (0, 1) falls to: never one without hash rate, unless
    /// none has any (then the first).
    #[inline]
    pub(crate) fn winner(&self, ticket: f64) -> usize {
        let sum = self.cumulative[MAX_POOLS - 1];
        let mark = (ticket * sum).min(sum.next_down());
        self.cumulative.iter().map(|&upper| usize::from(upper <= mark)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lottery(hash_rates: &[f64]) -> PoolLottery {
        let mut by_pool = [HashRate::ZERO; MAX_POOLS];
        for (pool, &hash_rate) in by_pool.iter_mut().zip(hash_rates) {
            *pool = HashRate(hash_rate);
        }
        PoolLottery::new(&by_pool)
    }

    #[test]
    fn tickets_fall_in_proportion_to_hash_rate() {
        let pools = lottery(&[1.0, 0.0, 3.0]);
        assert_eq!(pools.winner(0.249), 0);
        assert_eq!(pools.winner(0.25), 2);
        assert_eq!(pools.winner(0.999), 2);
    }

    #[test]
    fn no_pool_without_hash_rate_wins() {
        assert_eq!(lottery(&[0.0, 1e-300, 0.0]).winner(1.0 - f64::EPSILON / 2.0), 1);
        assert_eq!(lottery(&[0.0, 0.3, 0.0]).winner(1.0), 1);
        assert_eq!(lottery(&[]).winner(0.5), 0);
    }

    #[test]
    fn a_pool_earns_subsidy_and_fees() {
        let mut day = DayOfBlocks { blocks: 3, ..DayOfBlocks::default() };
        day.blocks_by_pool[4] = 3;
        day.subsidy_by_pool[4] = Btc(9.375);
        let rewards = day.reward_by_pool(FeesPerBlock(Btc(0.25)));
        assert_eq!(rewards[4], Btc(10.125));
        assert_eq!(rewards.into_iter().sum::<Btc>(), Btc(10.125));
    }
}
