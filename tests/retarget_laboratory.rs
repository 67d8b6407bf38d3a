//! The shocks of the retarget laboratory do what they say, and each rule answers them as its form
//! lets one expect.

mod support;

use hashflight::market::Market;
use hashflight::market::state::Grid;
use hashflight::miners::strategic::Strategists;
use hashflight::simulation::trajectory::OUTCOMES;
use hashflight::simulation::{Setup, Trajectory, begin, run, schedule};
use support::paired::{Effect, effect_of, on_day};
use support::{Change, experiment};

const SEED: u64 = 20_251_001;
const SIGMAS: f64 = 4.0;

/// A scenario of the laboratory with some keys changed.
fn scenario(name: &str, changes: &[Change]) -> Setup {
    let laboratory = experiment("retarget-lab", changes);
    let found = laboratory.scenarios.into_iter().find(|scenario| scenario.name == name);
    found.unwrap_or_else(|| panic!("the laboratory has no scenario {name}")).setup
}

fn outcome(name: &'static str) -> impl Fn(&Trajectory) -> f64 {
    let column = OUTCOMES.iter().find(|column| column.name == name);
    let column = column.unwrap_or_else(|| panic!("there is no outcome {name}"));
    |trajectory| (column.value)(trajectory)
}

/// Fewer miners than the laboratory has show the same signs.
const FEW: [Change<'static>; 1] = [("miners.population.count", "250")];

/// What another rule changes under the same shock, replicate by replicate.
fn against_bitcoin(rule: &str, shock: &str, name: &'static str) -> Effect {
    let [bitcoin, other] = ["bitcoin", rule].map(|rule| scenario(&format!("{rule}-{shock}"), &FEW));
    effect_of(&bitcoin, &other, outcome(name))
}

/// Miners of unequal size leave independently, so that the share of hash rate scatters from replicate
/// to replicate around theirs.
#[test]
fn an_exodus_takes_the_share_it_says() {
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
        let n = left.len() as f64;
        let mean = left.iter().sum::<f64>() / n;
        let variance = left.iter().map(|l| (l - mean) * (l - mean)).sum::<f64>() / (n - 1.0);
        let error = (variance / n).sqrt();
        println!("{name}: {mean:.4} ± {error:.4}");
        assert!((mean - share).abs() < SIGMAS * error, "{name}: {mean} ± {error}");
    }
}

#[test]
fn those_who_left_for_a_while_come_back() {
    let changes = [("simulation.horizon_days", "95"), ("miners.turnover.exodus_return_days", "30")];
    let trajectory = run(&scenario("asert-exodus-50", &changes), SEED, 0, false);
    let active = |day| on_day(&trajectory, "active_miners", day);
    assert!(active(60) < 0.6 * active(59), "half of them leave");
    // Those who stayed may have switched on more machines meanwhile, so hash rate is no measure.
    assert!(active(90) < 0.6 * active(59) && active(91) >= active(59), "{}", active(91));
    assert_eq!(on_day(&trajectory, "insolvencies", 95), 0.0);
}

#[test]
fn a_storm_meets_every_exposed_region_on_its_day_and_no_other() {
    let mut world = begin(&scenario("bitcoin-storm", &[]), SEED, 0);
    let mut day = schedule::day();
    for today in 1..=120 {
        day.run(&mut world);
        let grid = world.resource::<Grid>();
        for (place, region) in world.resource::<Market>().regions.iter().enumerate() {
            let stormy = region.weather_exposure > 0.0 && (60..85).contains(&today);
            assert_eq!(grid.availability[place] < 1.0, stormy, "{}, day {today}", region.name);
        }
    }
}

#[test]
fn strategic_miners_gain_from_bitcoin_s_epochs_and_make_blocks_irregular() {
    let calm = scenario("bitcoin-calm", &FEW);
    let strategic = scenario("bitcoin-strategic", &FEW);
    let gain = effect_of(&calm, &strategic, outcome("strategic_gain"));
    println!("{gain:?}");
    assert_eq!(gain.control, 0.0, "nobody is strategic in calm");
    gain.must_rise();
    effect_of(&calm, &strategic, outcome("interval_dispersion")).must_rise();
}

/// A difficulty that follows within a day leaves strategic miners next to nothing to wait for.
#[test]
fn strategic_miners_gain_more_from_bitcoin_s_rule_than_from_any_other() {
    for rule in ["asert", "lwma", "cw144", "wtema"] {
        let effect = against_bitcoin(rule, "strategic", "strategic_gain");
        println!("{rule}: {effect:?}");
        effect.must_fall();
    }
}

#[test]
fn without_strategic_miners_nothing_is_counted() {
    let mut world = begin(&scenario("bitcoin-calm", &[]), SEED, 0);
    let mut day = schedule::day();
    (0..30).for_each(|_| day.run(&mut world));
    let strategists = world.resource::<Strategists>();
    assert_eq!((strategists.gain(), strategists.mean_hash_rate().0), (0.0, 0.0));
}

#[test]
fn rules_that_adjust_at_every_block_recover_sooner_than_bitcoin_s() {
    for rule in ["asert", "lwma", "cw144", "wtema"] {
        for shock in ["exodus-50", "exodus-90", "crash-60"] {
            let effect = against_bitcoin(rule, shock, "days_to_recovery");
            println!("{rule}, {shock}: {effect:?}");
            effect.must_fall();
        }
    }
}

/// A window of a day scatters more in difficulty than one of two weeks.
#[test]
fn quick_rules_pay_with_a_more_erratic_difficulty() {
    for rule in ["lwma", "cw144", "wtema"] {
        against_bitcoin(rule, "calm", "difficulty_error").must_rise();
    }
}
