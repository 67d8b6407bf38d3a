//! Finding blocks.
//!
//! Finding block `h` takes an exponential amount of work, `E_h` expected blocks, drawn for that
//! height; the block comes when `∫ H/(D·2³²) dt` since the last one reaches it. This is the exact
//! Poisson process for any path of hash rate and difficulty, and whatever the path, a block asks
//! for the same work: scenarios that share a seed share the luck of every block.

use bevy_ecs::prelude::{Res, ResMut};

use super::day::{DayOfBlocks, NetworkHashRate, PoolLottery};
use super::state::Chain;
use crate::model::chain::block_time::hazard_rate;
use crate::model::chain::difficulty::BLOCKS_PER_EPOCH;
use crate::model::chain::issuance::HALVING_INTERVAL;
use crate::random::{Draws, Need};
use crate::units::{Btc, BtcPerHash, DAY, Seconds};

/// System: finds the blocks of the day.
pub fn find_blocks(
    mut chain: ResMut<Chain>,
    mut day: ResMut<DayOfBlocks>,
    network: Res<NetworkHashRate>,
    draws: Res<Draws>,
) {
    *day = advance_day(&mut chain, &network, &draws);
}

/// Finds the blocks of one day at a constant hash rate; difficulty and subsidy change where their
/// heights fall. Without a (finite) hash rate the day passes without a block.
pub fn advance_day(chain: &mut Chain, network: &NetworkHashRate, draws: &Draws) -> DayOfBlocks {
    let pools = PoolLottery::new(&network.by_pool);
    let mut terms = BlockTerms::from_chain(chain, network);
    let mut day = DayOfBlocks::default();
    let mut left = DAY;
    loop {
        let [luck, ticket] = draws.draw_pair(Need::Block(chain.height() + 1));
        let missing = (exponential(luck) - chain.progress()).max(0.0);
        let possible = left.0 * terms.rate;
        if missing >= possible {
            day.expect_blocks(&terms, left);
            chain.wait(left, possible);
            break;
        }
        let interval = Seconds(missing / terms.rate);
        left -= interval;
        day.expect_blocks(&terms, interval);
        day.count(&terms, pools.winner(ticket));
        let retarget = chain.append(DAY - left, interval);
        if chain.height() == terms.last_height {
            day.retargets += u32::from(retarget.is_some());
            day.retarget = retarget.or(day.retarget);
            terms = BlockTerms::from_chain(chain, network);
        }
    }
    chain.end_day();
    day.subsidy = terms.subsidy;
    day
}

/// What holds from one change of difficulty or subsidy to the next.
struct BlockTerms {
    /// Hazard of a block, 1/s.
    rate: f64,
    /// Expected blocks per hash, per second of a day: `1/(D·2³²·86400)`.
    blocks_per_hash: f64,
    subsidy_sat: u64,
    subsidy: Btc,
    /// Height of the last block under these terms.
    last_height: u32,
}

impl BlockTerms {
    fn from_chain(chain: &Chain, network: &NetworkHashRate) -> Self {
        let next = chain.height() + 1;
        let last_before = |period: u32| next - next % period + (period - 1);
        Self {
            rate: hazard_rate(network.total, chain.difficulty()),
            blocks_per_hash: 1.0 / (chain.work_per_block().0 * DAY.0),
            subsidy_sat: chain.subsidy_sat(),
            subsidy: chain.subsidy(),
            last_height: if chain.adjusts_every_block() {
                next
            } else {
                last_before(BLOCKS_PER_EPOCH).min(last_before(HALVING_INTERVAL))
            },
        }
    }
}

impl DayOfBlocks {
    /// Counts a block.
    fn count(&mut self, terms: &BlockTerms, pool: usize) {
        self.blocks += 1;
        self.blocks_by_pool[pool] += 1;
        self.subsidy_sat += terms.subsidy_sat;
        self.subsidy_by_pool[pool] += terms.subsidy;
    }

    /// Adds a stretch of the day to the means over the day.
    fn expect_blocks(&mut self, terms: &BlockTerms, stretch: Seconds) {
        let blocks = stretch.0 * terms.blocks_per_hash;
        self.blocks_expected_per_hash += blocks;
        self.expected_reward_per_hash += BtcPerHash(blocks * terms.subsidy.0);
    }
}

/// The unit exponential of a uniform in (0, 1).
#[inline]
fn exponential(uniform: f64) -> f64 {
    -libm::log(uniform)
}

#[cfg(test)]
mod tests {
    use bevy_ecs::prelude::{IntoScheduleConfigs as _, Schedule, World};

    use super::*;
    use crate::model::chain::issuance::{bitcoin, supply};
    use crate::units::HashRate;
    use crate::world::chain::state::tests::october_2025;
    use crate::world::chain::{ChainSpec, MAX_POOLS, install};

    const DRAWS: Draws = Draws::new(2_025, 1);

    fn network(ehs: f64) -> NetworkHashRate {
        let mut by_pool = [HashRate::ZERO; MAX_POOLS];
        by_pool[2] = HashRate::from_ehs(0.6 * ehs);
        by_pool[5] = HashRate::from_ehs(0.4 * ehs);
        NetworkHashRate::of_pools(by_pool)
    }

    fn start(spec: &ChainSpec) -> Chain {
        Chain::new(spec).expect("the start is valid")
    }

    #[test]
    fn what_a_day_counts_adds_up() {
        let mut chain = start(&october_2025());
        let mut issued = chain.issued_sat();
        for _ in 0..60 {
            let before = chain.height();
            let day = advance_day(&mut chain, &network(1_000.0), &DRAWS);
            issued += day.subsidy_sat;
            assert_eq!(chain.height() - before, day.blocks);
            assert_eq!(day.blocks_by_pool.iter().sum::<u32>(), day.blocks);
            assert_eq!(day.blocks_by_pool[2] + day.blocks_by_pool[5], day.blocks);
            assert_eq!(day.subsidy_by_pool.into_iter().sum::<Btc>(), bitcoin(day.subsidy_sat));
        }
        assert_eq!(chain.issued_sat(), issued);
        assert_eq!(issued, supply(chain.height()));
    }

    #[test]
    fn a_day_without_hash_rate_has_no_blocks_and_still_passes() {
        for ehs in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let mut chain = start(&october_2025());
            let day = advance_day(&mut chain, &network(ehs), &DRAWS);
            assert_eq!(day.blocks, 0);
            assert_eq!(chain.midnight(), 1_759_276_800 + 86_400);
            let expected = 1.0 / chain.work_per_block().0;
            assert!((day.blocks_expected_per_hash / expected - 1.0).abs() < 1e-12);
            assert_eq!(day.subsidy, Btc(3.125));
        }
    }

    #[test]
    fn a_halving_inside_the_day_splits_its_subsidies() {
        let mut chain = start(&ChainSpec { height: 1_049_929, ..october_2025() });
        let day = advance_day(&mut chain, &network(1_000.0), &DRAWS);
        assert!(day.blocks > 70);
        let expected = 70 * 312_500_000 + u64::from(day.blocks - 70) * 156_250_000;
        assert_eq!(day.subsidy_sat, expected);
        assert_eq!(day.subsidy, Btc(1.5625));
        let mean = day.expected_reward_per_hash.0 / day.blocks_expected_per_hash;
        assert!(mean > 1.5625 && mean < 3.125, "{mean}");
    }

    #[test]
    fn a_retarget_inside_the_day_averages_the_work_over_time() {
        let mut chain = start(&ChainSpec { height: 917_200, ..october_2025() });
        let day = advance_day(&mut chain, &network(1_000.0), &DRAWS);
        let retarget = day.retarget.expect("block 917279 falls in the day");
        assert_eq!((day.retargets, retarget.height), (1, 917_280));
        let share = (retarget.time - 1_759_276_800) as f64 / 86_400.0;
        let (before, after) = (work_of(retarget.before), work_of(retarget.after));
        let expected = share / before + (1.0 - share) / after;
        assert!((day.blocks_expected_per_hash / expected - 1.0).abs() < 1e-5);
    }

    fn work_of(difficulty: f64) -> f64 {
        crate::model::chain::block_time::work_per_block(difficulty).0
    }

    #[test]
    fn hash_rate_beyond_all_bounds_ends_at_ever_harder_targets() {
        let mut chain = start(&october_2025());
        let day = advance_day(&mut chain, &network(1e9), &DRAWS);
        assert!(day.retargets >= 9, "{}", day.retargets);
        assert!(chain.difficulty() > 6e4 * start(&october_2025()).difficulty());
    }

    #[test]
    fn the_system_finds_what_the_function_finds() {
        let mut world = World::new();
        install(&mut world, &october_2025()).expect("the start is valid");
        world.insert_resource(DRAWS);
        world.insert_resource(network(900.0));
        let mut schedule = Schedule::default();
        schedule.add_systems((find_blocks,).chain());
        schedule.run(&mut world);
        let mut chain = start(&october_2025());
        let day = advance_day(&mut chain, &network(900.0), &DRAWS);
        assert_eq!(*world.resource::<DayOfBlocks>(), day);
        assert_eq!(*world.resource::<Chain>(), chain);
    }
}
