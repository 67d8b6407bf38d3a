//! Nothing depends on how finely the network is cut: owners and campuses are drawn apart from sites, so that
//! the same replicate at another number of sites differs by sampling alone.

use crate::support::paired::{SEED, last_of, mean_of};
use crate::support::{AI_OFF, Change, setup};
use hashflight::world::simulation::{Trajectory, run};

const PAIRS: u32 = 10;
/// What must agree.
const OUTCOMES: [&str; 6] = [
    "hash_rate_ehs",
    "ai_contracted_mw",
    "nakamoto_owner",
    "hhi_owner",
    "attack_gross_usd",
    "vacant_mw",
];
/// Rounding of a gap in standard errors, as a part of the level: where all pairs agree to the bit.
const ROUNDING: f64 = 1e-9;

fn runs(sites: &str, more: &[Change]) -> Vec<Trajectory> {
    let size = [
        ("miners.population.count", sites),
        ("simulation.horizon_days", "500"),
        ("simulation.record_every_days", "20"),
    ];
    let setup = setup(&[&size, more].concat());
    (0..PAIRS).map(|replicate| run(&setup, SEED, replicate, false)).collect()
}

/// Mean of b − a over replicates, its standard error, and the mean of a.
fn between(a: &[f64], b: &[f64]) -> (f64, f64, f64) {
    let n = a.len() as f64;
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
    let mean = differences.iter().sum::<f64>() / n;
    let square: f64 = differences.iter().map(|d| (d - mean) * (d - mean)).sum();
    (mean, (square / (n - 1.0) / n).sqrt(), a.iter().sum::<f64>() / n)
}

fn outcome(name: &'static str, runs: &[Trajectory]) -> Vec<f64> {
    match name {
        "attack_gross_usd" => runs.iter().map(mean_of(name)).collect(),
        _ => runs.iter().map(last_of(name)).collect(),
    }
}

#[test]
fn outcomes_and_effects_agree_however_finely_the_network_is_cut() {
    let owners = ("miners.population.unnamed_owners", "400");
    let [coarse, fine] = ["500", "2000"].map(|sites| runs(sites, &[owners]));
    let [coarse_off, fine_off] = ["500", "2000"].map(|sites| runs(sites, &[owners, AI_OFF]));
    for name in OUTCOMES {
        let [a, b] = [&coarse, &fine].map(|runs| outcome(name, runs));
        let (gap, error, level) = between(&a, &b);
        println!("{name}: {level:.4e}, {gap:+.3e} ± {error:.1e}");
        assert!(error < 0.02 * level, "{name}: too few pairs, {error} of {level}");
        assert!(gap.abs() <= 3.0 * error + ROUNDING * level, "{name}: {gap} ± {error} of {level}");
        // What AI does, in shares of the world without it.
        let [a_off, b_off] = [&coarse_off, &fine_off].map(|runs| outcome(name, runs));
        if a_off.iter().all(|&value| value == 0.0) {
            continue;
        }
        let effects =
            |on: &[f64], off: &[f64]| on.iter().zip(off).map(|(on, off)| on / off - 1.0).collect();
        let (a, b): (Vec<f64>, Vec<f64>) = (effects(&a, &a_off), effects(&b, &b_off));
        let (gap, error, level) = between(&a, &b);
        println!("effect on {name}: {level:+.4}, {gap:+.4} ± {error:.4}");
        assert!(
            gap.abs() <= 3.0 * error + ROUNDING,
            "effect on {name}: {gap} ± {error} of {level}"
        );
    }
}

#[test]
fn owners_drawn_with_sites_would_hang_on_the_cut() {
    let with_sites = ("miners.population.unnamed_owners", "1000000");
    let [coarse, fine] = ["500", "2000"].map(|sites| runs(sites, &[with_sites, AI_OFF]));
    let [a, b] = [&coarse, &fine].map(|runs| outcome("nakamoto_owner", runs));
    let (gap, error, level) = between(&a, &b);
    assert!(gap > 3.0 * error && gap > 0.2 * level, "{gap} ± {error} of {level}");
}
