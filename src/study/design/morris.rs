//! Morris trajectories for elementary effects.

use super::DesignBlock;
use super::bits::{Bits, DesignNeed};

/// `trajectories` of k + 1 points on the grid 0, 1/(p − 1) … 1 of p = `levels` (even) levels.
///
/// Each step moves one factor by Δ = p / (2(p − 1)), up from the lower half of the levels, down
/// from the upper; a trajectory moves every factor once, in random order, from a random start
/// (Morris 1991, section 3: with p even, all levels and all steps are equally likely).
pub(super) fn morris(
    trajectories: u32,
    factors: u32,
    levels: u32,
    bits: &Bits,
) -> (Vec<DesignBlock>, Vec<f64>) {
    let per_trajectory = factors as usize + 1;
    let blocks = (1..=trajectories)
        .flat_map(|number| std::iter::repeat_n(DesignBlock::Trajectory(number), per_trajectory))
        .collect();
    let mut points = Vec::with_capacity(trajectories as usize * per_trajectory * factors as usize);
    for trajectory in 0..trajectories {
        let start = |factor| bits.below(levels, DesignNeed::Start, trajectory, factor);
        let mut at: Vec<u32> = (0..factors).map(start).collect();
        let unit = |level: &u32| f64::from(*level) / f64::from(levels - 1);
        points.extend(at.iter().map(unit));
        for factor in bits.order(factors, DesignNeed::Turns, trajectory) {
            let level = &mut at[factor as usize];
            *level = (*level + levels / 2) % levels;
            points.extend(at.iter().map(unit));
        }
    }
    (blocks, points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_step_moves_one_factor_by_delta_and_a_trajectory_moves_each_once(
            trajectories in 1_u32..6, factors in 1_u32..8, half in 1_u32..6, seed: u64,
        ) {
            let levels = 2 * half;
            let delta = f64::from(levels) / (2.0 * f64::from(levels - 1));
            let (blocks, points) = morris(trajectories, factors, levels, &Bits::new(seed));
            let k = factors as usize;
            prop_assert_eq!((blocks.len(), points.len()), (points.len() / k, blocks.len() * k));
            let rows: Vec<&[f64]> = points.chunks(k).collect();
            for (number, path) in (1..).zip(rows.chunks(k + 1)) {
                prop_assert_eq!(blocks[(number as usize - 1) * (k + 1)], DesignBlock::Trajectory(number));
                let mut moved = Vec::new();
                for step in path.windows(2) {
                    let changed: Vec<_> = (0..k).filter(|j| step[0][*j] != step[1][*j]).collect();
                    prop_assert_eq!(changed.len(), 1);
                    let size = (step[1][changed[0]] - step[0][changed[0]]).abs();
                    prop_assert!((size - delta).abs() < 1e-12);
                    moved.extend(changed);
                }
                moved.sort_unstable();
                prop_assert!(moved.into_iter().eq(0..k));
            }
            prop_assert!(points.iter().all(|u| (0.0..=1.0).contains(u)));
        }
    }

    #[test]
    fn all_levels_are_equally_likely_to_be_visited() {
        let (trajectories, levels) = (2_000, 4);
        let (_, points) = morris(trajectories, 1, levels, &Bits::new(2));
        for level in 0..levels {
            let wanted = f64::from(level) / 3.0;
            let visits = points.iter().filter(|u| **u == wanted).count() as f64;
            // A trajectory visits either this level and its partner, or neither.
            let standard_error = (f64::from(trajectories) * 0.25).sqrt();
            assert!((visits - f64::from(trajectories) / 2.0).abs() < 4.0 * standard_error);
        }
    }
}
