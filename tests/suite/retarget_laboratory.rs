//! The shocks of the retarget laboratory do what they say, and each rule answers them as its form
//! lets one expect.

use crate::support::paired::on_day;
use crate::support::{Change, experiment};
use hashflight::world::market::Market;
use hashflight::world::market::state::PowerGrid;
use hashflight::world::miners::strategic::{StrategicOutcome, Strategists};
use hashflight::world::simulation::retarget_metrics::OUTCOMES;
use hashflight::world::simulation::{Setup, begin, run, schedule};

const SEED: u64 = 20_251_001;
const SIGMAS: f64 = 4.0;

/// A scenario of the laboratory with some keys changed.
fn scenario(name: &str, changes: &[Change]) -> Setup {
    let laboratory = experiment("retarget-lab", changes);
    let place = laboratory.scenarios.iter().position(|scenario| scenario.name == name);
    let place = place.unwrap_or_else(|| panic!("the laboratory has no scenario {name}"));
    laboratory.setup(place).expect("a valid scenario")
}

/// Rules that adjust at every block.
const QUICK: [&str; 4] = ["asert", "lwma", "cw144", "wtema"];
/// Fewer miners and days than the laboratory has show the same signs.
const FEW: [Change<'static>; 2] =
    [("miners.population.count", "250"), ("simulation.horizon_days", "260")];

/// An outcome of the first replicates of a scenario.
fn outcomes(scenario_name: &str, name: &str) -> Vec<f64> {
    let column = OUTCOMES.iter().find(|column| column.name == name);
    let column = column.unwrap_or_else(|| panic!("there is no outcome {name}"));
    let setup = scenario(scenario_name, &FEW);
    (0..8).map(|replicate| (column.value)(&run(&setup, SEED, replicate, false))).collect()
}

/// The mean of replicates and its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// By how much the second scenario exceeds the first, replicate by replicate, in standard errors.
fn rise(what: &str, first: &[f64], second: &[f64]) -> f64 {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| b - a).collect();
    let (mean, error) = mean_and_error(&differences);
    println!("{what}: {mean:+.4} ± {error:.4} from {:.4}", mean_and_error(first).0);
    mean / error
}

/// Miners of unequal size leave independently, so that the share of hash rate scatters from replicate
/// to replicate around theirs.
#[test]
fn a_closure_takes_the_share_it_says() {
    let short = [("simulation.horizon_days", "62")];
    for (name, share) in [("bitcoin-exodus-10", 0.1), ("asert-exodus-50", 0.5)] {
        let setup = scenario(name, &short);
        let left: Vec<f64> = (0..30)
            .map(|replicate| {
                let trajectory = run(&setup, SEED, replicate, false);
                let hash_rate = |day| on_day(&trajectory, "hash_rate_ehs", day);
                1.0 - hash_rate(60) / hash_rate(59)
            })
            .collect();
        let (mean, error) = mean_and_error(&left);
        println!("{name}: {mean:.4} ± {error:.4}");
        assert!((mean - share).abs() < SIGMAS * error, "{name}: {mean} ± {error}");
    }
}

#[test]
fn those_who_left_for_a_while_come_back() {
    let changes = [("simulation.horizon_days", "95"), ("miners.closures.single_return_days", "30")];
    let trajectory = run(&scenario("asert-exodus-50", &changes), SEED, 0, false);
    let active = |day| on_day(&trajectory, "active_miners", day);
    assert!(active(60) < 0.6 * active(59), "half of them leave");
    // Those who stayed may have switched on more rigs meanwhile, so hash rate is no measure.
    assert!(active(90) < 0.6 * active(59) && active(91) >= active(59), "{}", active(91));
    assert_eq!(on_day(&trajectory, "insolvencies", 95), 0.0);
}

#[test]
fn a_storm_meets_every_exposed_region_on_its_day_and_no_other() {
    let mut world = begin(&scenario("bitcoin-storm", &[]), SEED, 0);
    let mut day = schedule::day();
    for today in 1..=120 {
        day.run(&mut world);
        let grid = world.resource::<PowerGrid>();
        for (place, region) in world.resource::<Market>().regions.iter().enumerate() {
            let stormy = region.weather_exposure > 0.0 && (60..85).contains(&today);
            assert_eq!(grid.availability[place] < 1.0, stormy, "{}, day {today}", region.name);
        }
    }
}

#[test]
fn strategic_miners_gain_from_bitcoin_s_epochs_and_make_blocks_irregular() {
    let gains = outcomes("bitcoin-strategic", "strategic_gain");
    assert!(rise("gain", &[0.0; 8], &gains) > SIGMAS);
    let [calm, strategic] = ["bitcoin-calm", "bitcoin-strategic"]
        .map(|scenario| outcomes(scenario, "interval_dispersion"));
    assert!(rise("dispersion", &calm, &strategic) > SIGMAS);
}

/// A difficulty that follows within a day leaves strategic miners next to nothing to wait for.
#[test]
fn strategic_miners_gain_more_from_bitcoin_s_rule_than_from_any_other() {
    let bitcoin = outcomes("bitcoin-strategic", "strategic_gain");
    for rule in QUICK {
        let quick = outcomes(&format!("{rule}-strategic"), "strategic_gain");
        assert!(rise(rule, &bitcoin, &quick) < -SIGMAS);
    }
}

/// More for each hash is not more for each rig: those that wait stand idle.
#[test]
fn waiting_loses_money_under_every_rule_unless_days_off_pay() {
    for rule in ["bitcoin", "asert", "lwma", "cw144", "wtema"] {
        let scenario = format!("{rule}-strategic");
        let profit = outcomes(&scenario, "strategic_profit_gain");
        assert!(rise(rule, &profit, &[0.0; 8]) > SIGMAS);
        let income = outcomes(&scenario, "strategic_outside_income");
        assert!(income.iter().all(|&income| income > 0.0 && income < 1.0), "{income:?}");
    }
}

#[test]
fn without_strategic_miners_nothing_is_counted() {
    let mut world = begin(&scenario("bitcoin-calm", &[]), SEED, 0);
    let mut day = schedule::day();
    (0..30).for_each(|_| day.run(&mut world));
    let strategists = world.resource::<Strategists>();
    assert_eq!(strategists.outcome(), StrategicOutcome::default());
}

#[test]
fn rules_that_adjust_at_every_block_recover_sooner_than_bitcoin_s() {
    for shock in ["exodus-50", "exodus-90", "crash-60"] {
        let bitcoin = outcomes(&format!("bitcoin-{shock}"), "days_to_recovery");
        for rule in QUICK {
            let quick = outcomes(&format!("{rule}-{shock}"), "days_to_recovery");
            assert!(rise(&format!("{rule}, {shock}"), &bitcoin, &quick) < -SIGMAS);
        }
    }
}

/// A window of a day or two scatters more in difficulty than one of two weeks.
#[test]
fn quick_rules_pay_with_a_more_erratic_difficulty() {
    let bitcoin = outcomes("bitcoin-calm", "difficulty_error");
    for rule in ["lwma", "cw144", "wtema"] {
        let quick = outcomes(&format!("{rule}-calm"), "difficulty_error");
        assert!(rise(rule, &bitcoin, &quick) > SIGMAS);
    }
}
