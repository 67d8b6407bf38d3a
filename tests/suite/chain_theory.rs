//! The simulated chain against closed forms. Every tolerance is four computed standard errors.

use hashflight::model::chain::block_time::{
    epoch_sampling_sd, expected_interval, hazard_rate, log_change_sd, mean_interval_standard_error,
    stationary_difficulty_cv, stationary_interval, stationary_span_cv,
};
use hashflight::model::chain::difficulty::{BLOCKS_PER_EPOCH, CompactTarget};
use hashflight::model::chain::difficulty_response::{HashRateLoss, difficulty_response};
use hashflight::random::{Draws, Need};
use hashflight::units::{DAY, HashRate, Seconds};
use hashflight::world::chain::{
    Chain, ChainSpec, DifficultyRule, MAX_POOLS, NetworkHashRate, Retarget, advance_day,
};

const SEED: u64 = 20_251_001;
/// Largest accepted deviation, in standard errors.
const SIGMAS: f64 = 4.0;
const BITS: &str = "1701fa38";
/// A height whose next block is the first of an epoch.
const END_OF_EPOCH: u32 = 100 * BLOCKS_PER_EPOCH - 1;

/// A chain that begins on 1 October 2025 after the block at `height`.
fn chain_at(height: u32) -> Chain {
    let spec = ChainSpec {
        first_day: "2025-10-01".to_owned(),
        unix_time: 1_759_276_800,
        height,
        bits: BITS.to_owned(),
        rule: DifficultyRule::Bitcoin,
        epoch_first_time: 1_759_276_800,
    };
    Chain::new(&spec).expect("the start is valid")
}

fn bits() -> CompactTarget {
    BITS.parse().expect("the target is valid")
}

/// The hash rate that finds a block every 600 s at the initial difficulty.
fn balanced() -> HashRate {
    Chain::work_per_block(&chain_at(END_OF_EPOCH)) / Seconds(600.0)
}

fn network(hash_rate: HashRate) -> NetworkHashRate {
    let mut by_pool = [HashRate::ZERO; MAX_POOLS];
    by_pool[..3].copy_from_slice(&[hash_rate * 0.5, hash_rate * 0.3, hash_rate * 0.2]);
    NetworkHashRate { total: hash_rate, by_pool }
}

/// The first `count` retargets of a chain under a hash rate that depends on the day.
fn retargets(
    mut chain: Chain,
    replicate: u32,
    count: usize,
    hash_rate: impl Fn(u32) -> HashRate,
) -> Vec<Retarget> {
    let draws = Draws::new(SEED, replicate);
    let mut found = Vec::with_capacity(count);
    while found.len() < count {
        let today = network(hash_rate(chain.days()));
        let day = advance_day(&mut chain, &today, &draws);
        assert!(day.retargets <= 1);
        found.extend(day.retarget);
    }
    found
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Fails unless `value` lies within four standard errors (and a known bias) of what theory says.
fn assert_near(what: &str, value: f64, theory: f64, error: f64, bias: f64) {
    let deviations = (value - theory) / error;
    println!("{what}: {value:.6} against {theory:.6} ± {error:.6} ({deviations:+.2} s.e.)");
    assert!(
        (value - theory).abs() < SIGMAS * error + bias,
        "{what}: {value} is not {theory} ± {error}"
    );
}

/// Stationary epochs of several chains under constant hash rate. The first epoch of each chain is
/// left out: the law of the second no longer depends on the start.
struct Stationary {
    chains: u32,
    epochs: u32,
    retargets: Vec<Vec<Retarget>>,
}

impl Stationary {
    fn simulate(chains: u32, epochs: u32) -> Self {
        let hash_rate = balanced();
        let retargets = (0..chains)
            .map(|chain| {
                retargets(chain_at(END_OF_EPOCH), chain, epochs as usize + 1, |_| hash_rate)
            })
            .collect();
        Self { chains, epochs, retargets }
    }

    fn count(&self) -> f64 {
        f64::from(self.chains * self.epochs)
    }

    fn assert_mean_interval(&self) {
        let blocks = f64::from(self.epochs * BLOCKS_PER_EPOCH);
        let intervals = self
            .retargets
            .iter()
            .map(|chain| (chain[chain.len() - 1].time - chain[0].time) as f64 / blocks);
        let theory = stationary_interval().0;
        let error = mean_interval_standard_error(self.epochs).0 / f64::from(self.chains).sqrt();
        let bias = 600.0 * bits().rounding_bound();
        assert!(SIGMAS * error + bias < 0.15, "too few epochs to tell 600.596 from 600.298");
        assert_near("mean interval, s", mean(intervals), theory, error, bias);
    }

    /// Spans `T·G_k/G_{k−1}` depend on each other as the log changes below do, to first order, so that
    /// their sample variance has the relative standard error `√(3/N)`.
    fn assert_spans(&self) {
        let spans: Vec<f64> = self
            .retargets
            .iter()
            .flat_map(|chain| &chain[1..])
            .map(|retarget| retarget.timespan_s as f64)
            .collect();
        let theory = 2_015.0 * stationary_interval().0;
        let variance = mean(spans.iter().map(|span| (span / theory - 1.0).powi(2)));
        let error = (3.0 / self.count()).sqrt() * stationary_span_cv().powi(2);
        assert_near("variance of spans", variance, stationary_span_cv().powi(2), error, 0.0);
    }

    /// The change is `y_k = a_{k−1} − a_k` with nearly normal `a_k = ln G_k` of variance σ². Then
    /// `Var y² = 8σ⁴` and `Cov(y_k², y_{k+1}²) = 2σ⁴`: the mean of `y²` has variance `12σ⁴/N`. For
    /// `y_k·y_{k+1}` the sum of covariances is `(5 + 2)σ⁴`.
    fn assert_changes(&self) {
        let changes: Vec<Vec<f64>> = self
            .retargets
            .iter()
            .map(|chain| chain[1..].iter().map(|r| libm::log(r.after / r.before)).collect())
            .collect();
        let squares: Vec<f64> = changes.iter().flatten().map(|change| change * change).collect();
        let products: Vec<f64> = changes
            .iter()
            .flat_map(|chain| chain.windows(2))
            .map(|pair| pair[0] * pair[1])
            .collect();
        let variance = log_change_sd().powi(2);
        let error = |sum: f64, count: f64| epoch_sampling_sd().powi(2) * (sum / count).sqrt();
        let square_error = error(12.0, self.count());
        assert_near("variance of changes", mean(squares.into_iter()), variance, square_error, 0.0);
        let product_error = error(7.0, products.len() as f64);
        let product = mean(products.into_iter());
        assert_near("covariance of changes", product, -variance / 2.0, product_error, 0.0);
    }

    /// Inverse-gamma difficulties are independent from epoch to epoch; their sample variance has
    /// relative variance `2/N` up to a kurtosis of order 1/2015.
    fn assert_difficulties(&self) {
        let level = stationary_interval().0 / 600.0 * bits().difficulty();
        let ratios: Vec<f64> = self
            .retargets
            .iter()
            .flat_map(|chain| &chain[1..])
            .map(|retarget| retarget.before / level)
            .collect();
        let cv = stationary_difficulty_cv();
        let average = mean(ratios.iter().copied());
        let bias = bits().rounding_bound();
        assert_near("mean difficulty", average, 1.0, cv / self.count().sqrt(), bias);
        let variance = mean(ratios.iter().map(|ratio| (ratio - 1.0).powi(2)));
        let error = cv * cv * (2.0 / self.count()).sqrt();
        assert_near("variance of difficulty", variance, cv * cv, error, 0.0);
    }
}

#[test]
fn under_constant_hash_rate_intervals_and_epochs_follow_the_stationary_law() {
    let chains = Stationary::simulate(6, 500);
    chains.assert_mean_interval();
    chains.assert_spans();
    chains.assert_changes();
    chains.assert_difficulties();
}

/// Durations (days) of the first three epochs and the difficulty ratios after them, averaged over
/// replicates that start with an epoch.
fn average_response(replicates: u32, hash_rate: impl Fn(u32) -> HashRate) -> [[f64; 2]; 3] {
    let start = chain_at(END_OF_EPOCH).midnight();
    let mut sums = [[0.0; 2]; 3];
    for replicate in 0..replicates {
        let found = retargets(chain_at(END_OF_EPOCH), 1_000 + replicate, 3, &hash_rate);
        let mut last = start;
        for (sum, retarget) in sums.iter_mut().zip(found) {
            sum[0] += Seconds((retarget.time - last) as f64).days() / f64::from(replicates);
            sum[1] += retarget.after / bits().difficulty() / f64::from(replicates);
            last = retarget.time;
        }
    }
    sums
}

/// The run starts at the last block of an epoch: 2,016 intervals lie before its first retarget.
#[test]
fn half_the_hash_rate_lost_gives_a_28_day_epoch_then_half_the_difficulty_then_14_days() {
    let replicates = 300;
    let [first, second, third] = average_response(replicates, |_| balanced() * 0.5);
    let root = f64::from(replicates).sqrt();
    let days = 2_016.0 * 1_200.0 / DAY.0;
    let rounding = bits().rounding_bound();
    assert_near("first epoch, days", first[0], days, days / 2_016_f64.sqrt() / root, 1e-4);
    let ratio = 0.5 * stationary_interval().0 / 600.0;
    let error = ratio * stationary_difficulty_cv() / root;
    assert_near("difficulty after it", first[1], ratio, error, rounding);
    let days = f64::from(BLOCKS_PER_EPOCH) * stationary_interval().0 / DAY.0;
    let error = mean_interval_standard_error(1).0 * f64::from(BLOCKS_PER_EPOCH) / DAY.0 / root;
    assert_near("second epoch, days", second[0], days, error, 14.0 * rounding);
    assert_near("third epoch, days", third[0], days, error, 14.0 * rounding);
}

/// The hash rate jumps after seven days. Then `2,016 − N` intervals are left of the first epoch, N
/// being Poisson with mean 1,008. The second epoch is still wrong, because the retarget before it
/// mixes both hash rates; it follows the deterministic response up to the curvature of `1/span`.
/// The third has the stationary mean.
#[test]
fn retarget_restores_the_interval_after_a_jump() {
    let replicates = 200;
    let root = f64::from(replicates).sqrt();
    for factor in [3.0, 0.4] {
        let jump = |day: u32| balanced() * if day < 7 { 1.0 } else { factor };
        let [first, second, third] = average_response(replicates, jump).map(|[days, _]| days);
        let a_day = 144.0 * factor;
        let days = 7.0 + (2_016.0 - 1_008.0) / a_day;
        let spread = 2_016_f64.sqrt() / a_day;
        assert_near("epoch of the jump, days", first, days, spread / root, 1e-4);
        let loss = HashRateLoss { share: 1.0 - factor, at: 0.5, elasticity: 0.0 };
        let response = difficulty_response(loss, 2)[1].duration.days();
        let error = response * (1.0 / 2_016.0 + (spread / days).powi(2)).sqrt() / root;
        assert_near("epoch after it, days", second, response, error, 2e-3 * response);
        assert!((second - 14.0).abs() > 5.0);
        let days = f64::from(BLOCKS_PER_EPOCH) * stationary_interval().0 / DAY.0;
        let error = mean_interval_standard_error(1) / stationary_interval() / root;
        assert_near("interval restored", third / days, 1.0, error, bits().rounding_bound());
    }
}

/// Blocks found on one day, by replicate, with no retarget in it.
fn daily_counts(hash_rate: HashRate, days: u32) -> Vec<u32> {
    (0..days)
        .map(|replicate| {
            let mut chain = chain_at(END_OF_EPOCH - 1_500);
            let draws = Draws::new(SEED, 10_000 + replicate);
            let first = advance_day(&mut chain, &network(hash_rate), &draws);
            let second = advance_day(&mut chain, &network(hash_rate), &draws);
            assert_eq!(first.retargets + second.retargets, 0);
            second.blocks
        })
        .collect()
}

#[test]
fn blocks_a_day_have_the_mean_and_variance_of_the_poisson_law() {
    let days = 4_000;
    let rate = 144.0;
    let counts = daily_counts(balanced(), days);
    let average = mean(counts.iter().map(|&count| f64::from(count)));
    assert_near("blocks a day", average, rate, (rate / f64::from(days)).sqrt(), 0.0);
    let dispersion = mean(counts.iter().map(|&count| (f64::from(count) - rate).powi(2) / rate));
    let error = ((2.0 + 1.0 / rate) / f64::from(days)).sqrt();
    assert_near("index of dispersion", dispersion, 1.0, error, 0.0);
}

#[test]
fn blocks_of_a_slow_day_have_the_shape_of_the_poisson_law() {
    const CLASSES: usize = 12;
    let (days, rate) = (8_000, 5.0);
    let mut observed = [0.0; CLASSES];
    for count in daily_counts(balanced() * (rate / 144.0), days) {
        observed[(count as usize).min(CLASSES - 1)] += 1.0;
    }
    let mut expected = [0.0; CLASSES];
    let mut probability = libm::exp(-rate);
    for (count, class) in expected[..CLASSES - 1].iter_mut().enumerate() {
        *class = f64::from(days) * probability;
        probability *= rate / (count as f64 + 1.0);
    }
    expected[CLASSES - 1] = f64::from(days) - expected.iter().sum::<f64>();
    let chi_square: f64 = observed.iter().zip(expected).map(|(o, e)| (o - e).powi(2) / e).sum();
    let freedom = (CLASSES - 1) as f64;
    assert_near("chi-square", chi_square, freedom, (2.0 * freedom).sqrt(), 0.0);
}

/// Runs `days` days and returns the chain, the work done in expected blocks, and blocks by pool.
fn follow(path: impl Fn(u32) -> f64, days: u32, draws: &Draws) -> (Chain, f64, [u32; MAX_POOLS]) {
    let mut chain = chain_at(END_OF_EPOCH - 2_000);
    let (mut work, mut by_pool) = (0.0, [0; MAX_POOLS]);
    for day in 0..days {
        let hash_rate = balanced() * path(day);
        work += hazard_rate(hash_rate, chain.difficulty()) * DAY.0;
        let blocks = advance_day(&mut chain, &network(hash_rate), draws);
        assert_eq!(blocks.retargets, 0);
        by_pool.iter_mut().zip(blocks.blocks_by_pool).for_each(|(sum, pool)| *sum += pool);
    }
    (chain, work, by_pool)
}

#[test]
fn the_work_and_the_pool_of_a_block_are_its_own_whatever_the_path_of_hash_rate() {
    let draws = Draws::new(SEED, 7);
    let paths: [fn(u32) -> f64; 4] =
        [|_| 1.0, |day| 0.1 + f64::from(day % 5) / 2.0, |day| f64::from(day % 2), |_| 1e-3];
    for path in paths {
        let (chain, done, by_pool) = follow(path, 10, &draws);
        let (mut asked, mut expected) = (0.0, [0; MAX_POOLS]);
        for height in END_OF_EPOCH - 1_999..=chain.height() {
            let [luck, ticket] = draws.draw_pair(Need::Block(height));
            asked -= libm::log(luck);
            expected[if ticket < 0.5 { 0 } else { 1 + usize::from(ticket >= 0.8) }] += 1;
        }
        assert!((asked + chain.progress() - done).abs() < 1e-9 * done.max(1.0));
        assert_eq!(by_pool, expected);
    }
}

#[test]
fn the_intervals_handed_over_are_the_time_that_blocks_took() {
    let draws = Draws::new(SEED, 8);
    let (mut chain, ..) = follow(|_| 1.0, 10, &draws);
    let intervals = chain.take_interval_statistics();
    let elapsed = chain.last_time() - chain_at(END_OF_EPOCH).midnight();
    assert!((intervals.sum.0.floor() - elapsed as f64).abs() <= 1.0);
    assert_eq!(intervals.count, chain.height() - (END_OF_EPOCH - 2_000));
    let average = intervals.mean().expect("ten days have blocks").0;
    let expected = expected_interval(balanced(), bits().difficulty()).0;
    let error = expected / f64::from(intervals.count).sqrt();
    assert_near("interval, s", average, expected, error, 0.0);
    assert!((chain.difficulty() / bits().difficulty() - 1.0).abs() < 1e-15);
}
