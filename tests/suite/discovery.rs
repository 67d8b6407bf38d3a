//! Scenario discovery: planted boxes are found, what the algorithm promises holds on any sample,
//! and the command line says what it cannot do.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use hashflight::analysis::discovery::{
    AlternativeReason, ChoiceRule, Cut, DiscoverySample, FactorValues, Found, Limits, PeelStep,
    PrimSettings, Side, TestedCut, cover,
};
use hashflight::random::{Draws, Stream};
use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

const USUAL: PrimSettings =
    PrimSettings { peel: 0.05, minimum_mass: 0.05, rule: ChoiceRule::Balanced, significance: 0.05 };

/// Uniform points in the unit cube, factor after factor.
fn cube(factors: u32, points: u32) -> Vec<Vec<f64>> {
    let draws = Draws::new(21, 0);
    let value = |factor, point| draws.uniform(Stream::Analysis, factor, point, 0);
    (0..factors).map(|factor| (0..points).map(|point| value(factor, point)).collect()).collect()
}

fn sample(columns: &[Vec<f64>], mut case: impl FnMut(&[f64]) -> bool) -> DiscoverySample {
    let points = columns[0].len();
    let point = |place: usize| columns.iter().map(|column| column[place]).collect::<Vec<_>>();
    DiscoverySample {
        interest: (0..points).map(|place| case(&point(place))).collect(),
        factors: columns
            .iter()
            .map(|values| FactorValues { values: values.clone(), categories: None })
            .collect(),
    }
}

fn one(sample: &DiscoverySample, settings: &PrimSettings) -> Found {
    let (mut boxes, note) = cover(sample, settings, 1);
    boxes.pop().unwrap_or_else(|| panic!("no box: {note:?}"))
}

fn coverage(sample: &DiscoverySample, step: &PeelStep) -> f64 {
    step.cases as f64 / sample.interest.iter().filter(|case| **case).count() as f64
}

fn range(limits: &Limits) -> (f64, f64) {
    match limits {
        Limits::Range { low, high } => (*low, *high),
        Limits::Categories(_) => panic!("a range is expected: {limits:?}"),
    }
}

/// A peel or a widening moves 5 % of the points inside, about 16 of 320: each of the three limits
/// is found up to half of that on average, 2.5 % of the box.
#[test]
fn a_planted_box_is_found_with_its_limits_and_no_others() {
    let sample = sample(&cube(6, 2_000), |x| (0.3..=0.7).contains(&x[1]) && x[4] > 0.6);
    let found = one(&sample, &USUAL);
    assert!(coverage(&sample, &found.last) > 1.0 - 3.0 * 0.025, "{:?}", found.last);
    assert!(found.last.density() > 1.0 - 3.0 * 0.025, "{:?}", found.last);
    assert_eq!(found.last.restricted(), 2);
    let (low, high) = range(&found.last.limits[1]);
    assert!((low - 0.3).abs() < 0.02 && (high - 0.7).abs() < 0.02, "{low} {high}");
    let (low, high) = range(&found.last.limits[4]);
    assert!((low - 0.6).abs() < 0.02 && high.is_infinite(), "{low} {high}");
}

/// One point in ten says the opposite: inside the box nine in ten are cases.
#[test]
fn a_planted_box_is_found_through_noise() {
    let columns = cube(6, 2_000);
    let mut sample = sample(&columns, |x| x[0] < 0.4 && x[2] > 0.5);
    for place in (0..2_000).step_by(10) {
        sample.interest[place] = !sample.interest[place];
    }
    let found = one(&sample, &USUAL);
    // Standard error of a share of 400 points: √(0.9·0.1/400).
    let error = (0.9_f64 * 0.1 / 400.0).sqrt();
    assert!((found.last.density() - 0.9).abs() < 4.0 * error, "{:?}", found.last);
    assert!((range(&found.last.limits[0]).1 - 0.4).abs() < 0.05, "{:?}", found.last);
    assert!((range(&found.last.limits[2]).0 - 0.5).abs() < 0.05, "{:?}", found.last);
}

#[test]
fn categories_are_peeled_one_by_one() {
    let mut columns = cube(3, 1_000);
    columns[0].iter_mut().for_each(|value| *value = (*value * 5.0).floor());
    let mut sample = sample(&columns, |x| (x[0] == 1.0 || x[0] == 3.0) && x[1] > 0.5);
    sample.factors[0].categories = Some(5);
    let found = one(&sample, &USUAL);
    let wanted = Limits::Categories(vec![false, true, false, true, false]);
    assert_eq!(found.last.limits[0], wanted);
    assert!(found.last.density() > 0.97 && coverage(&sample, &found.last) > 0.97);
}

#[test]
fn a_second_box_covers_what_the_first_leaves() {
    let both = |x: &[f64]| (x[0] < 0.3 && x[1] < 0.4) || (x[0] > 0.75 && x[2] > 0.5);
    let sample = sample(&cube(4, 2_000), both);
    let (boxes, _) = cover(&sample, &USUAL, 2);
    assert_eq!(boxes.len(), 2);
    assert_eq!(boxes[1].pool, 2_000 - boxes[0].last.points);
    assert_eq!(boxes[1].pool_cases + boxes[0].last.cases, boxes[0].pool_cases);
    let covered: f64 = boxes.iter().map(|found| coverage(&sample, &found.last)).sum();
    assert!(covered > 0.95, "{covered}");
}

/// Five cases among twenty points at the end of one factor: the box holds these five, without its
/// cut it would hold all, so the quasi-p-value is (5/20)⁵.
#[test]
fn the_quasi_p_value_is_the_binomial_tail_without_the_cut() {
    let values: Vec<f64> = (1..=20).map(f64::from).collect();
    let found = one(&sample(&[values], |x| x[0] > 15.0), &USUAL);
    assert_eq!((found.last.points, found.last.cases), (5, 5));
    assert_eq!(range(&found.last.limits[0]), (15.5, f64::INFINITY));
    let [judged] = found.cuts.as_slice() else { panic!("one cut: {:?}", found.cuts) };
    assert_eq!(judged.cut, Cut { factor: 0, side: Side::Low });
    assert!((judged.quasi_p - libm::pow(0.25, 5.0)).abs() < 1e-15, "{judged:?}");
}

#[test]
fn the_density_rule_takes_the_widest_box_that_is_dense_enough() {
    let draws = Draws::new(22, 0);
    let mut points = 0..;
    let sample = sample(&cube(3, 1_000), |x| {
        let chance = points.next().map_or(0.0, |p| draws.uniform(Stream::Analysis, 7, p, 0));
        chance < x[0] * x[1]
    });
    let all = PrimSettings { rule: ChoiceRule::Density(0.6), significance: 1.0, ..USUAL };
    let found = one(&sample, &all);
    assert!(found.last.density() >= 0.6);
    let dense = found.trajectory.iter().skip(1).filter(|step| step.density() >= 0.6);
    assert!(dense.map(|step| step.cases).max() <= Some(found.last.cases), "{:?}", found.last);
    let significant = one(&sample, &PrimSettings { significance: 0.05, ..all });
    assert!(significant.last.density() >= 0.6, "{:?}", significant.last);
    let (boxes, note) =
        cover(&sample, &PrimSettings { rule: ChoiceRule::Density(1.0), ..USUAL }, 1);
    let note = note.unwrap_or_default();
    assert!(boxes.is_empty() && note.contains("reaches density 1"), "{note}");
}

/// Few points, two factors that matter and ten of noise: peeling follows chance.
fn noisy(seed: u64) -> DiscoverySample {
    let draws = Draws::new(100 + seed, 0);
    let value = |factor, point| draws.uniform(Stream::Analysis, factor, point, 0);
    let columns: Vec<Vec<f64>> =
        (0..12).map(|factor| (0..128).map(|point| value(factor, point)).collect()).collect();
    let mut points = 0..;
    sample(&columns, |x| {
        let chance = points.next().map_or(0.0, |point| value(12, point));
        chance < if x[0] < 0.5 && x[1] > 0.4 { 0.85 } else { 0.15 }
    })
}

/// Harmonic mean of coverage and density.
fn harmonic_mean(sample: &DiscoverySample, step: &PeelStep) -> f64 {
    let (coverage, density) = (coverage(sample, step), step.density());
    if step.cases == 0 { 0.0 } else { 2.0 * coverage * density / (coverage + density) }
}

#[test]
fn no_step_beats_the_box_that_is_called_the_best_among_inert_factors() {
    for seed in 0..20 {
        let sample = noisy(seed);
        let all = one(&sample, &PrimSettings { significance: 1.0, ..USUAL });
        assert!(!all.is_beaten(), "{seed}: {:?}", all.last);
        let Some(found) = cover(&sample, &USUAL, 1).0.pop() else { continue };
        assert!(!found.is_beaten(), "{seed}: {:?}", found.last);
        let best = found.trajectory.iter().skip(1).map(|step| harmonic_mean(&sample, step));
        let best = best.fold(0.0, f64::max);
        assert!(harmonic_mean(&sample, &found.last) >= best - 1e-12, "{seed}: {:?}", found.last);
        let cut = |factor: usize| !found.last.limits[factor].sides().is_empty();
        assert!(cut(0) || cut(1), "{seed}: {:?}", found.last);
    }
}

/// A box that keeps cuts by chance stands beside the one without them.
#[test]
fn the_box_of_significant_cuts_stands_beside_the_best_one() {
    let mut beside = 0;
    for seed in 0..20 {
        let sample = noisy(seed);
        let Some(found) = cover(&sample, &USUAL, 1).0.pop() else { continue };
        let is_weak = |judged: &TestedCut| judged.quasi_p >= USUAL.significance;
        if !found.cuts.iter().any(is_weak) {
            continue;
        }
        let other = found.beside.iter().find(|other| other.why == AlternativeReason::Significant);
        let other = other.unwrap_or_else(|| panic!("{seed}: {:?}", found.beside));
        assert!(!other.found.cuts.iter().any(is_weak), "{seed}: {:?}", other.found);
        assert!(harmonic_mean(&sample, &other.found.last) < harmonic_mean(&sample, &found.last));
        beside += 1;
    }
    assert!(beside > 0);
}

/// All of a corner are cases and half of what lies beside it.
#[test]
fn the_densest_box_of_half_of_the_cases_stands_beside_the_best_one() {
    let sample = sample(&cube(2, 1_000), |x| x[0] < 0.4 && (x[1] < 0.6 || x[0] * 10.0 % 1.0 < 0.5));
    let found = one(&sample, &USUAL);
    let densest = found.beside.iter().map(|other| &other.found.last);
    let densest = densest.filter(|step| coverage(&sample, step) >= 0.5).map(PeelStep::density);
    let densest = densest.fold(found.last.density(), f64::max);
    for step in found.trajectory.iter().filter(|step| coverage(&sample, step) >= 0.5) {
        assert!(step.density() <= densest + 1e-12, "{:?}", found.beside);
    }
    assert!(
        found.beside.iter().any(|other| other.why == AlternativeReason::Next),
        "{:?}",
        found.beside
    );
}

/// Points on a coarse grid, with ties, and any cases.
fn any_sample() -> impl Strategy<Value = DiscoverySample> {
    (2_usize..4, 20_usize..120).prop_flat_map(|(factors, points)| {
        let column = proptest::collection::vec(0_u8..12, points);
        let columns = proptest::collection::vec(column, factors);
        (columns, proptest::collection::vec(any::<bool>(), points)).prop_map(
            |(columns, interest)| {
                let number = |(place, column): (usize, Vec<u8>)| FactorValues {
                    categories: (place == 0).then_some(12),
                    values: column.into_iter().map(f64::from).collect(),
                };
                DiscoverySample {
                    factors: columns.into_iter().enumerate().map(number).collect(),
                    interest,
                }
            },
        )
    })
}

fn within(inner: &Limits, outer: &Limits) -> bool {
    match (inner, outer) {
        (Limits::Range { low, high }, Limits::Range { low: least, high: most }) => {
            low >= least && high <= most
        }
        (Limits::Categories(inner), Limits::Categories(outer)) => {
            inner.iter().zip(outer).all(|(inner, outer)| *outer || !inner)
        }
        _ => false,
    }
}

/// Points and cases in a box, counted anew.
fn counted(sample: &DiscoverySample, limits: &[Limits]) -> (usize, usize) {
    let holds = |point: &usize| {
        let factors = sample.factors.iter().zip(limits);
        factors.fold(true, |all, (factor, limits)| all && limits.holds(factor.values[*point]))
    };
    let inside: Vec<usize> = (0..sample.interest.len()).filter(holds).collect();
    (inside.len(), inside.iter().filter(|&&point| sample.interest[point]).count())
}

proptest! {
    #[test]
    fn peeling_nests_boxes_and_counts_what_they_hold(sample in any_sample(), mass in 0.02_f64..0.3) {
        let settings = PrimSettings { minimum_mass: mass, significance: 1.0, ..USUAL };
        let (boxes, _) = cover(&sample, &settings, 1);
        let Some(found) = boxes.first() else { return Ok(()) };
        let all = sample.interest.len();
        prop_assert_eq!((found.trajectory[0].points, found.trajectory[0].restricted()), (all, 0));
        for step in &found.trajectory {
            prop_assert_eq!(counted(&sample, &step.limits), (step.points, step.cases));
            prop_assert!(step.points as f64 >= mass * all as f64);
        }
        for pair in found.trajectory.windows(2) {
            prop_assert!(pair[1].points < pair[0].points && pair[1].cases <= pair[0].cases);
            let nested = pair[1].limits.iter().zip(&pair[0].limits).all(|(i, o)| within(i, o));
            prop_assert!(nested, "{:?}", pair);
        }
        let (chosen, last) = (&found.trajectory[found.chosen], &found.last);
        prop_assert_eq!(counted(&sample, &last.limits), (last.points, last.cases));
        prop_assert!(last.cases >= chosen.cases && last.density() >= chosen.density() - 1e-12);
        prop_assert!(chosen.limits.iter().zip(&last.limits).all(|(i, o)| within(i, o)));
        for judged in &found.cuts {
            prop_assert!((0.0..=1.0).contains(&judged.quasi_p), "{:?}", judged);
        }
    }

    #[test]
    fn boxes_are_as_good_as_any_of_the_trajectory(sample in any_sample()) {
        let (boxes, _) = cover(&sample, &PrimSettings { significance: 1.0, ..USUAL }, 1);
        let Some(found) = boxes.first() else { return Ok(()) };
        let balance = |step: &PeelStep| harmonic_mean(&sample, step);
        let best = found.trajectory.iter().skip(1).map(balance).fold(0.0, f64::max);
        prop_assert!(balance(&found.last) >= best - 1e-12);
        prop_assert!(!found.is_beaten());
    }
}

fn call(folder: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hashflight"));
    program.env_remove("RUST_LOG").current_dir(folder).arg("discover");
    program.args(["--design", "d.csv", "--outputs", "y.csv"]).args(arguments);
    program.output().expect("the program starts")
}

/// 200 points of a number and a name; the output is the number, and 1 more where the name is `b`.
fn folder() -> TempDir {
    let (mut design, mut outputs) = ("x,rule,row\n".to_owned(), "row,y\n".to_owned());
    for (row, x) in cube(1, 200)[0].iter().enumerate() {
        let rule = ["a", "b"][row % 2];
        let _ = writeln!(design, "{x},{rule},{row}");
        let _ = writeln!(outputs, "{row},{}", x + f64::from(u8::from(rule == "b")));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("d.csv"), design).expect("a file in it");
    fs::write(folder.path().join("y.csv"), outputs).expect("a file in it");
    folder
}

fn refusal(folder: &TempDir, arguments: &[&str]) -> String {
    let output = call(folder.path(), arguments);
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(output.stdout.is_empty() && !err.contains("panicked"), "{err}");
    err
}

#[test]
fn files_of_any_model_give_a_box_in_words_as_json_and_as_a_figure() {
    let folder = folder();
    let output = call(folder.path(), &["--above", "1.5", "--json", "--figures", "out"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    let limits = found["boxes"][0]["limits"].as_array().expect("limits");
    assert_eq!(limits.len(), 2, "{found}");
    assert!((limits[0]["low"].as_f64().unwrap() - 0.5).abs() < 0.03, "{found}");
    assert_eq!(
        (&limits[0]["high"], &limits[1]["values"]),
        (&Value::Null, &serde_json::json!(["b"]))
    );
    assert_eq!(found["coverage"], 1.0);
    let means = |list: &str| -> Vec<f64> {
        let list = found["boxes"][0][list].as_array().expect("a list");
        list.iter().map(|one| one["harmonic_mean"].as_f64().expect("a number")).collect()
    };
    let best = found["boxes"][0]["harmonic_mean"].as_f64().expect("a number");
    let all = [means("trajectory"), means("beside")].concat();
    assert!(all.len() > 10 && all.iter().all(|other| *other <= best), "{found}");
    assert!(found["boxes"][0]["beside"][0]["what"].is_string(), "{found}");
    let chosen = found["boxes"][0]["chosen_step"].as_u64().unwrap() as usize;
    assert!(chosen > 0 && found["boxes"][0]["trajectory"][chosen]["restricted"] == 2, "{found}");
    let read = |name: &str| fs::read_to_string(folder.path().join("out").join(name)).expect(name);
    let digest = found["outputs_blake3"].as_str().unwrap();
    let svg = read("discovery.svg");
    assert!(svg.contains(digest) && svg.contains("hashflight discover --design d.csv"), "{svg}");
    assert!(read("discovery.csv").lines().count() == 3 && read("discovery.tex").contains("rule"));
    // Table and numbers of the figure lie side by side under names of their own.
    let numbers = blake3::hash(read("discovery_figure.csv").as_bytes()).to_hex();
    assert!(svg.contains(&format!("data blake3 {numbers} (discovery_figure.csv); ")), "{svg}");
    let table = blake3::hash(read("discovery.csv").as_bytes()).to_hex();
    assert!(read("discovery.tex").contains(&format!("data blake3 {table} (discovery.csv); ")));
    assert!(read("discovery.json").contains("--above 1.5"));
    assert!(folder.path().join("out/discovery.png").exists());

    let text = call(folder.path(), &["--above", "1.5"]);
    let text = String::from_utf8(text.stdout).expect("text");
    for words in
        ["Box 1: coverage 100.0 %", "rule", "2 values", "<0.001", "best harmonic mean", "next best"]
    {
        assert!(text.contains(words), "{words}:\n{text}");
    }
}

#[test]
fn a_quantile_makes_its_share_of_points_cases() {
    let folder = folder();
    for (flag, side) in [("--below-quantile", "below"), ("--above-quantile", "above")] {
        let share = if side == "below" { "0.1" } else { "0.9" };
        let output = call(folder.path(), &[flag, share, "--json"]);
        let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        assert_eq!((&found["cases"], &found["interest"]["side"]), (&20.into(), &side.into()));
    }
}

#[test]
fn what_cannot_be_discovered_is_refused_with_the_reason() {
    let folder = folder();
    let message = refusal(&folder, &["--above", "5"]);
    assert!(message.contains("no point is of interest: `y` goes from"), "{message}");
    let message = refusal(&folder, &["--above", "-1"]);
    assert!(message.contains("all points are of interest"), "{message}");
    let message = refusal(&folder, &[]);
    assert!(message.contains("--below"), "{message}");
    let message = refusal(&folder, &["--above", "1", "--below", "2"]);
    assert!(message.contains("cannot be used with"), "{message}");
    for of_results in [["--arm", "ai"], ["--design-name", "space"], ["--label", "second"]] {
        let message = refusal(&folder, &[&["--above", "1"], &of_results[..]].concat());
        assert!(
            message.contains("cannot be used with") && message.contains("--design"),
            "{message}"
        );
    }
    let design = folder.path().join("d.csv");
    fs::write(&design, "x,block,row\n0,1,0\n1,1,1\n0,2,2\n1,2,3\n").expect("a file");
    let message = refusal(&folder, &["--above", "1"]);
    assert!(message.contains("one factor at a time"), "{message}");
    fs::write(&design, "x,row\n0,0\n1,1\n").expect("a file");
    let message = refusal(&folder, &["--above", "1"]);
    assert!(message.contains("2 points; at least 20"), "{message}");
}

#[test]
fn tiny_outputs_keep_their_threshold_in_words() {
    let folder = folder();
    let path = folder.path().join("y.csv");
    let text = fs::read_to_string(&path).expect("a file");
    let tiny = text
        .lines()
        .map(|line| if line.starts_with("row") { line.to_owned() } else { format!("{line}e-162") });
    fs::write(&path, tiny.collect::<Vec<_>>().join("\n")).expect("a file");
    let output = call(folder.path(), &["--above", "1.5e-162"]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("`y` above 1.50e-162"), "{text}");
}

#[test]
fn a_missing_point_is_not_answered_with_a_flag_that_discovery_lacks() {
    let folder = folder();
    let path = folder.path().join("y.csv");
    let text = fs::read_to_string(&path).expect("a file");
    let (less, _) = text.trim_end().rsplit_once('\n').expect("lines");
    fs::write(&path, less).expect("a file");
    let message = refusal(&folder, &["--above", "1"]);
    assert!(
        message.contains("missing in row 199") && !message.contains("--drop-failed"),
        "{message}"
    );
}
