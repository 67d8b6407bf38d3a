//! The elasticity of supply and the stability of difficulty rules: the agent model with a homogeneous
//! supply curve against the law `w′ = −ε·w` of log deviations under Bitcoin's rule.

use crate::support::{Change, UNNAMED, setup};
use hashflight::model::chain::difficulty_response::next_log_deviation;
use hashflight::world::chain::{Chain, DayOfBlocks, Retarget};
use hashflight::world::simulation::{Setup, begin, schedule};

const SEED: u64 = 20_251_001;
const REPLICATES: u32 = 24;
/// Largest accepted deviation, in standard errors.
const SIGMAS: f64 = 4.0;

/// Nothing moves but difficulty and the rigs that it switches on and off: one price step on the
/// first day, no luck of markets, no purchases, no entry, no failure, no AI, no inertia of operators.
/// The first block of day 1 opens an epoch, and blocks come every 600 s on day 0.
const HOMOGENEOUS: [Change<'static>; 33] = [
    UNNAMED,
    crate::support::AI_OFF,
    ("chain.height", "917279"),
    ("miners.population.hash_rate_ehs", "1018.9313"),
    ("miners.population.count", "3000"),
    // Sites of nearly equal size: the curve is made of many small steps.
    ("miners.population.pareto_alpha", "10"),
    ("miners.population.max_tail_share", "0.001"),
    ("miners.population.pipeline_over_additions", "0"),
    ("miners.operation.response_half_life_days", "0"),
    ("miners.operation.restart_margin", "0"),
    ("miners.operation.spot_share", "0"),
    ("miners.operation.fixed_opex_usd_per_mwh", "0"),
    ("miners.treasury.initial_debt_share", "0"),
    ("miners.treasury.sale_share_public", "1"),
    ("miners.treasury.sale_share_private", "1"),
    ("miners.investment.monthly_rate", "0"),
    ("miners.investment.idle_sale_share", "0"),
    ("miners.investment.rig_life_years", "50"),
    ("miners.turnover.monthly_entry_rate", "0"),
    ("miners.turnover.grace_days", "36500"),
    ("market.price.process", "gbm"),
    ("market.price.annual_volatility", "0"),
    ("market.price.impact_coefficient", "0"),
    ("market.price.shock_day", "1"),
    ("market.fees.sd_log", "0"),
    ("market.fees.spikes_per_year", "0"),
    ("market.energy.weather_shocks_per_year", "0"),
    ("market.energy.uptime_sd_log", "0"),
    ("market.energy.annual_tariff_drift", "0"),
    ("miners.investment.idle_departure_rate", "0"),
    ("miners.investment.power_surrender_rate", "0"),
    // A tariff of its own for every site.
    ("miners.population.unnamed_owners", "100000"),
    // All rigs would run at a hashprice several times that of the first day.
    ("market.energy.median_tariff_usd_per_mwh", "500"),
];

/// A world whose difficulty lies `deviation` (log) off its equilibrium from the first day on: the price
/// moves by `s` and the equilibrium, where `D = H = c·(R/D)^ε`, by `s·ε/(1 + ε)`.
fn world(elasticity: f64, deviation: f64, rule: &str) -> Setup {
    let shock = (-deviation * (1.0 + elasticity) / elasticity).to_string();
    let elasticity = elasticity.to_string();
    let own = [
        ("market.energy.supply_elasticity", elasticity.as_str()),
        ("market.price.shock_log", shock.as_str()),
        ("chain.rule", rule),
    ];
    setup(&[&HOMOGENEOUS[..], &own].concat())
}

/// Log of difficulty over its level on day 0, after every day, and the retargets.
fn run(setup: &Setup, replicate: u32, days: u32) -> (Vec<f64>, Vec<Retarget>) {
    let mut world = begin(setup, SEED, replicate);
    let mut day = schedule::day();
    let start = world.resource::<Chain>().difficulty();
    let (mut path, mut retargets) = (Vec::new(), Vec::new());
    for _ in 0..days {
        day.run(&mut world);
        path.push(libm::log(world.resource::<Chain>().difficulty() / start));
        retargets.extend(world.resource::<DayOfBlocks>().retarget);
    }
    (path, retargets)
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// One epoch: the deviation it began with, the one before that, the share of its scheduled fourteen days
/// until rigs answered (they do so at midnight), and the deviation it ended with.
#[derive(Clone, Copy)]
struct Epoch {
    before: f64,
    began: f64,
    lag: f64,
    ended: f64,
}

impl Epoch {
    /// The deviation that a homogeneous supply leads to. Blocks come `e^(−(1 + ε)·w)` times as fast as on
    /// schedule, before the answer at the hash rate of the deviation before. Without the lag this is
    /// `w′ = −ε·w`.
    fn predicted(self, elasticity: f64) -> f64 {
        let pace = |answered: f64| libm::exp(-elasticity * answered - self.began);
        let span = self.lag + (1.0 - pace(self.before) * self.lag) / pace(self.began);
        self.began - libm::log(span)
    }
}

/// The first epochs of a replicate. The price moves before the first block: nothing lags in the first.
fn epochs(setup: &Setup, replicate: u32, opening: f64, count: usize, days: u32) -> Vec<Epoch> {
    let (_, retargets) = run(setup, replicate, days);
    assert!(retargets.len() >= count, "{} retargets", retargets.len());
    let mut epoch = Epoch { before: opening, began: opening, lag: 0.0, ended: opening };
    retargets[..count]
        .iter()
        .map(|retarget| {
            let ended = epoch.began + libm::log(retarget.after / retarget.before);
            let now = Epoch { ended, ..epoch };
            let to_midnight = 86_400 - retarget.time % 86_400;
            let lag = to_midnight as f64 / 1_209_600.0;
            epoch = Epoch { before: epoch.began, began: ended, lag, ended };
            now
        })
        .collect()
}

/// Holds every epoch to the law from where it began, replicate by replicate; returns the mean
/// deviations, the opening one first.
///
/// Left out by the prediction: the span holds 2,015 of 2,016 intervals, and a fiftieth of the rigs
/// wears out in a year.
fn assert_law(elasticity: f64, opening: f64, count: usize, days: u32) -> Vec<f64> {
    let setup = world(elasticity, opening, "bitcoin");
    let paths: Vec<Vec<Epoch>> =
        (0..REPLICATES).map(|replicate| epochs(&setup, replicate, opening, count, days)).collect();
    let mut means = vec![opening];
    for place in 0..count {
        let over = |value: &dyn Fn(Epoch) -> f64| {
            mean_and_error(&paths.iter().map(|path| value(path[place])).collect::<Vec<_>>())
        };
        let (reached, spread) = over(&|epoch| epoch.ended);
        let (plain, _) = over(&|epoch| epoch.ended - next_log_deviation(elasticity, epoch.began));
        let (off, error) = over(&|epoch| epoch.ended - epoch.predicted(elasticity));
        println!(
            "ε = {elasticity}, epoch {}: w = {reached:+.4} ± {spread:.4}; off the law by {plain:+.4}, \
             with the lag by {off:+.4} ± {error:.4}",
            place + 1,
        );
        let bias = 1.0 / 2_016.0 + f64::from(days) / (50.0 * 365.25);
        assert!(off.abs() < SIGMAS * error + bias, "ε = {elasticity}, epoch {}", place + 1);
        means.push(reached);
    }
    means
}

#[test]
fn without_a_lag_an_epoch_follows_the_law_of_log_deviations() {
    for (elasticity, began) in [(0.5, -0.5), (1.3, 0.2), (0.0, 0.7)] {
        let epoch = Epoch { before: 9.0, began, lag: 0.0, ended: 0.0 };
        let law = next_log_deviation(elasticity, began);
        assert!((epoch.predicted(elasticity) - law).abs() < 1e-12);
    }
}

#[test]
fn an_elasticity_of_one_half_halves_the_deviation_and_turns_it() {
    let means = assert_law(0.5, -0.5, 4, 90);
    assert!(means.windows(2).all(|pair| pair[0] * pair[1] < 0.0), "{means:?}");
}

#[test]
fn an_elasticity_above_one_makes_bitcoin_s_rule_unstable() {
    let means = assert_law(1.3, -0.1, 5, 100);
    assert!(means.windows(2).all(|pair| pair[0] * pair[1] < 0.0), "{means:?}");
    assert!(means[5].abs() > 2.0 * means[0].abs(), "{means:?}");
}

/// Under ASERT difficulty closes in on its level at the rate `(1 + ε)·ln 2/2 days` and stays there.
#[test]
fn asert_is_stable_for_the_same_elasticity() {
    let setup = world(1.3, -0.1, "asert");
    let ends: Vec<f64> = (0..REPLICATES)
        .map(|replicate| {
            let (path, _) = run(&setup, replicate, 60);
            path[30..].iter().sum::<f64>() / 30.0 - 0.1
        })
        .collect();
    let (mean, error) = mean_and_error(&ends);
    println!("ASERT, ε = 1.3: mean deviation of days 31 to 60 {mean:+.4} ± {error:.4}");
    assert!(mean.abs() < SIGMAS * error + 0.005);
    let swings = (0..REPLICATES).map(|replicate| {
        let (path, _) = run(&setup, replicate, 60);
        path[30..].iter().map(|w| (w - 0.1).abs()).fold(0.0, f64::max)
    });
    let (swing, _) = mean_and_error(&swings.collect::<Vec<_>>());
    assert!(swing < 0.1, "largest deviation {swing}");
}
