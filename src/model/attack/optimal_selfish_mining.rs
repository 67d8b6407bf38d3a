//! The best that a miner can do by withholding blocks: a Markov decision process.
//!
//! States `(a, h, fork)`: length of the attacker's branch and of the honest one since they parted,
//! and whether the last block was the attacker's (a tie cannot be forced: irrelevant), an honest one
//! (relevant), or the network is split between two published branches (active). Before every block
//! the attacker may **adopt** the honest branch (h honest blocks count), **override** it with h + 1 of
//! its own when a > h, **match** it when a ≥ h and the last block was honest, or **wait**. The next
//! block is the attacker's with probability α; while a match is active, an honest one falls on the
//! attacker's branch with probability γ and settles h of its blocks.
//!
//! The optimal relative revenue is the largest ρ for which some policy earns `(1 − ρ)·own −
//! ρ·others ≥ 0` blocks over a cycle from fork to fork.
//!
//! Source: Sapirshtein, Sompolinsky and Zohar (2016), "Optimal selfish mining strategies in
//! Bitcoin", sections 3 and 4 (states, actions, two truncated processes).
//!
//! # Bounds
//!
//! Branches are followed up to T blocks. There, two processes differ:
//! * one in which the attacker must adopt: a real policy, hence a **lower** bound. Eyal and
//!   Sirer's strategy and honest mining are real policies, too;
//! * one that pays at least as much as any continuation, hence an **upper** bound. With a ≥ h: from a
//!   tie of n blocks, no policy earns more than one that is given those n blocks and starts anew, for
//!   it can be imitated block by block; the tie comes after (a − h)/(1 − 2α) blocks in the mean, so
//!   that n = h + (a − h)·(1 − α)/(1 − 2α). With a < h: the attacker catches up with probability
//!   (α/(1 − α))^(h−a), at n = h + (h − a)·α/(1 − 2α) in the mean, and is else left with at least h
//!   honest blocks.

use super::selfish_mining;

/// Best relative revenue and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptimalRevenue {
    /// Relative revenue of the best strategy found: the optimum is at least this.
    pub relative_revenue: f64,
    /// The optimum exceeds it by this at most.
    pub truncation_error: f64,
    /// States of the decision process.
    pub states: usize,
}

/// Longest branch that the published optima follow, blocks. The bounds close in as `(4α(1 − α))^T`:
/// with 95 blocks they are 3·10⁻⁵ apart at α = 0.4, 0.002 at 0.45, 0.01 at 0.475 without followers.
pub const PUBLISHED_BRANCH: usize = 95;

/// Values are swept until none moves by more than this part of a cycle's blocks.
const STILL: f64 = 1e-11;
/// Sweeps and improvements of ρ that suffice by far; both end much earlier.
const MOST_ROUNDS: usize = 10_000;

/// Optimal relative revenue of a miner with share α of the hash rate, when the part γ of the
/// honest hash rate follows it in a tie, following branches up to `longest` (at least 2) blocks; 1
/// for α ≥ 1/2, and 0 for α = 0. Time and memory grow with the square of `longest`.
#[must_use]
pub fn optimal_revenue(share: f64, gamma: f64, longest: usize) -> OptimalRevenue {
    if share >= 0.5 || share <= 0.0 {
        let relative_revenue = if share >= 0.5 { 1.0 } else { 0.0 };
        return OptimalRevenue { relative_revenue, truncation_error: 0.0, states: 0 };
    }
    let known = selfish_mining::relative_revenue(share, gamma).max(share);
    let mut process = Process::new(share, gamma, longest.max(2));
    let lower = process.best_ratio(Edge::Stop, known).max(known).min(1.0);
    let upper = process.best_ratio(Edge::Overpay, lower).clamp(lower, 1.0);
    let states = 3 * process.values.len();
    OptimalRevenue { relative_revenue: lower, truncation_error: upper - lower, states }
}

/// What happens where branches are no longer followed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Edge {
    Stop,
    Overpay,
}

/// Blocks expected to enter the chain until the next fork starts from nothing.
#[derive(Clone, Copy, Debug, Default)]
struct ExpectedBlocks {
    own: f64,
    all: f64,
}

impl ExpectedBlocks {
    fn value(self, rho: f64) -> f64 {
        self.own - rho * self.all
    }

    fn plus_own(self, count: f64) -> Self {
        Self { own: self.own + count, all: self.all + count }
    }

    /// Expectation over three outcomes.
    fn mean<const N: usize>(outcomes: [(f64, Self); N]) -> Self {
        outcomes.iter().fold(Self::default(), |sum, (probability, blocks)| Self {
            own: sum.own + probability * blocks.own,
            all: sum.all + probability * blocks.all,
        })
    }
}

/// Blocks to come under the best policy so far, for the three kinds of fork.
#[derive(Clone, Copy, Debug, Default)]
struct ForkState {
    irrelevant: ExpectedBlocks,
    relevant: ExpectedBlocks,
    active: ExpectedBlocks,
}

/// The truncated decision process.
struct Process {
    share: f64,
    gamma: f64,
    longest: usize,
    /// By a·(T + 1) + h.
    values: Vec<ForkState>,
}

impl Process {
    fn new(share: f64, gamma: f64, longest: usize) -> Self {
        Self {
            share,
            gamma,
            longest,
            values: vec![ForkState::default(); (longest + 1) * (longest + 1)],
        }
    }

    /// The largest ratio of own to all blocks, from `rho` on: the ratio of the policy that is best
    /// at ρ is the next ρ (Dinkelbach 1967), and rises until it stays.
    fn best_ratio(&mut self, edge: Edge, mut rho: f64) -> f64 {
        for _ in 0..MOST_ROUNDS {
            for _ in 0..MOST_ROUNDS {
                if self.sweep(edge, rho) < STILL * self.start().all.max(1.0) {
                    break;
                }
            }
            let cycle = self.start();
            let next = cycle.own / cycle.all;
            if next <= rho + f64::EPSILON {
                break;
            }
            rho = next;
        }
        rho
    }

    fn at(&self, a: usize, h: usize) -> ForkState {
        self.values[a * (self.longest + 1) + h]
    }

    /// A cycle from the common chain on.
    fn start(&self) -> ExpectedBlocks {
        let (first, behind) = (self.at(1, 0).irrelevant, self.at(0, 1).relevant);
        ExpectedBlocks::mean([(self.share, first), (1.0 - self.share, behind)])
    }

    /// Improves every state once, longest forks first, so that only overrides and won ties look at
    /// values of the sweep before. Returns the largest move.
    fn sweep(&mut self, edge: Edge, rho: f64) -> f64 {
        let longest = self.longest;
        let mut moved = 0.0_f64;
        for length in (1..=2 * longest).rev() {
            for a in length.saturating_sub(longest)..=length.min(longest) {
                let h = length - a;
                let new = self.improved(edge, rho, a, h);
                let slot = &mut self.values[a * (longest + 1) + h];
                let step = |new: ExpectedBlocks, old: ExpectedBlocks| {
                    (new.value(rho) - old.value(rho)).abs()
                };
                moved = moved
                    .max(step(new.irrelevant, slot.irrelevant))
                    .max(step(new.relevant, slot.relevant))
                    .max(step(new.active, slot.active));
                *slot = new;
            }
        }
        moved
    }

    /// The best action in every kind of fork at lengths a and h.
    fn improved(&self, edge: Edge, rho: f64, a: usize, h: usize) -> ForkState {
        let better =
            |x: ExpectedBlocks, y: ExpectedBlocks| if y.value(rho) > x.value(rho) { y } else { x };
        let at_edge = a.max(h) == self.longest;
        if at_edge && edge == Edge::Overpay {
            let paid = self.overpaid(a as f64, h as f64);
            return ForkState { irrelevant: paid, relevant: paid, active: paid };
        }
        let adopt = ExpectedBlocks { own: 0.0, all: h as f64 };
        if at_edge {
            return ForkState { irrelevant: adopt, relevant: adopt, active: adopt };
        }
        let settled = if a > h { better(adopt, self.after_override(a, h)) } else { adopt };
        let longer = self.at(a + 1, h);
        let behind = self.at(a, h + 1).relevant;
        let wait =
            ExpectedBlocks::mean([(self.share, longer.irrelevant), (1.0 - self.share, behind)]);
        let irrelevant = better(settled, wait);
        if h == 0 || a < h {
            return ForkState { irrelevant, relevant: irrelevant, active: irrelevant };
        }
        let honest = 1.0 - self.share;
        let won = self.at(a - h, 1).relevant.plus_own(h as f64);
        let split = ExpectedBlocks::mean([
            (self.share, longer.active),
            (honest * self.gamma, won),
            (honest * (1.0 - self.gamma), behind),
        ]);
        ForkState {
            irrelevant,
            relevant: better(irrelevant, split),
            active: better(settled, split),
        }
    }

    /// h + 1 blocks settled, the rest still secret; with none left the cycle ends.
    fn after_override(&self, a: usize, h: usize) -> ExpectedBlocks {
        let lead = a - h - 1;
        let rest = if lead == 0 {
            ExpectedBlocks::default()
        } else {
            let next = (self.at(lead + 1, 0).irrelevant, self.at(lead, 1).relevant);
            ExpectedBlocks::mean([(self.share, next.0), (1.0 - self.share, next.1)])
        };
        rest.plus_own((h + 1) as f64)
    }

    /// At least what any continuation brings, see the module's account of the bounds.
    fn overpaid(&self, a: f64, h: f64) -> ExpectedBlocks {
        let (share, drift) = (self.share, 1.0 - 2.0 * self.share);
        if a >= h {
            return ExpectedBlocks::default().plus_own(h + (a - h) * (1.0 - share) / drift);
        }
        let catches_up = libm::pow(share / (1.0 - share), h - a);
        let caught = catches_up * (h + (h - a) * share / drift);
        ExpectedBlocks { own: caught, all: caught + (1.0 - catches_up) * h }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn published(share: f64, gamma: f64) -> OptimalRevenue {
        optimal_revenue(share, gamma, PUBLISHED_BRANCH)
    }

    #[test]
    fn the_published_optima_without_followers_are_reproduced() {
        // Sapirshtein et al. 2016, table 1, γ = 0.
        let table = [
            (1.0 / 3.0, 0.337_05),
            (0.35, 0.370_77),
            (0.375, 0.426_00),
            (0.4, 0.488_66),
            (0.425, 0.568_08),
            (0.45, 0.668_91),
            (0.475, 0.801_72),
        ];
        let found: Vec<_> = table.iter().map(|(share, _)| published(*share, 0.0)).collect();
        for ((share, revenue), optimum) in table.iter().zip(&found) {
            assert!((optimum.relative_revenue - revenue).abs() < 1e-5, "{share}: {found:?}");
        }
    }

    #[test]
    fn below_the_threshold_honest_mining_is_best() {
        // 0.3294 without followers, 1/4 with half of them, nothing with all (section 5.1).
        for (share, gamma) in [(0.1, 0.0), (0.329, 0.0), (0.24, 0.5)] {
            let optimum = published(share, gamma);
            assert!((optimum.relative_revenue - share).abs() < 1e-9, "{share} {gamma} {optimum:?}");
        }
        assert!(published(0.3305, 0.0).relative_revenue > 0.3305 + 1e-5);
        assert!(published(0.26, 0.5).relative_revenue > 0.26 + 1e-5);
        assert!(published(0.05, 1.0).relative_revenue > 0.05 + 1e-5);
    }

    #[test]
    fn with_all_followers_no_block_is_lost() {
        // γ = 1: every own block wins its tie and costs an honest one, α/(1 − α) (section 5.2).
        for share in [0.1, 0.25, 0.4, 0.45] {
            let optimum = published(share, 1.0);
            let bounds =
                optimum.relative_revenue..=optimum.relative_revenue + optimum.truncation_error;
            let revenue = share / (1.0 - share);
            assert!(bounds.contains(&revenue) || (bounds.start() - revenue).abs() < 1e-9);
        }
    }

    #[test]
    fn the_ends_of_the_domain_are_certain() {
        assert_eq!(published(0.5, 0.0).relative_revenue, 1.0);
        assert_eq!(published(0.0, 1.0).relative_revenue, 0.0);
        let nearly = published(0.499, 0.0);
        assert!(nearly.relative_revenue > 0.98, "{nearly:?}");
        assert!(nearly.relative_revenue + nearly.truncation_error <= 1.0);
    }

    #[test]
    fn longer_branches_narrow_the_bounds() {
        let bounds = |longest: usize| {
            let mut process = Process::new(0.4, 0.3, longest);
            (process.best_ratio(Edge::Stop, 0.4), process.best_ratio(Edge::Overpay, 0.4))
        };
        let (short, middle, long) = (bounds(8), bounds(16), bounds(32));
        assert!(short.0 <= middle.0 && middle.0 <= long.0);
        assert!(short.1 >= middle.1 && middle.1 >= long.1 && long.1 >= long.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn the_optimum_is_at_least_eyal_and_sirers_and_rises_with_gamma(
            share in 0.01_f64..0.44, gamma in 0.0_f64..0.9,
        ) {
            let optimum = published(share, gamma);
            let revenue = optimum.relative_revenue;
            prop_assert!(revenue >= selfish_mining::relative_revenue(share, gamma).max(share));
            prop_assert!(revenue <= share / (1.0 - share) + 1e-9);
            prop_assert!(optimum.truncation_error >= 0.0 && optimum.truncation_error < 2e-3);
            prop_assert!(published(share, gamma + 0.1).relative_revenue >= revenue - 1e-9);
        }
    }
}
