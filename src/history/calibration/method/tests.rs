//! What holds for every calibration, whatever the model.

use super::*;
use crate::statistics::distribution::Distribution;
use proptest::prelude::*;

fn priors() -> Vec<Prior> {
    let prior = |key: &str, law| Prior { key: key.to_owned(), law };
    vec![
        prior("a", Distribution::Uniform { low: -1.0, high: 3.0 }),
        prior("b", Distribution::LogUniform { low: 0.01, high: 10.0 }),
        prior("c", Distribution::normal_within([1.0, 2.0], [0.0, 4.0])),
    ]
}

fn settings() -> CalibrationSettings {
    CalibrationSettings {
        particles: 60,
        kept_share: 0.5,
        seed: 11,
        minimum_acceptance: 0.01,
        target_tolerance: None,
        maximum_generations: 8,
    }
}

fn method() -> CalibrationMethod {
    CalibrationMethod::new(priors(), settings()).unwrap()
}

/// Distances of a model without noise: from the corner (−1, 0.01, 4) of the bounds.
fn distances(points: &[Proposal]) -> Vec<f64> {
    let distance = |p: &Proposal| {
        let [a, b, c] = [p.point[0] + 1.0, p.point[1] - 0.01, p.point[2] - 4.0];
        (a * a + b * b + c * c).sqrt()
    };
    points.iter().map(distance).collect()
}

/// All populations of a calibration of that model.
fn course(method: &CalibrationMethod) -> Vec<Population> {
    let mut course = Vec::new();
    loop {
        let points = method.points(&course).unwrap();
        if points.is_empty() {
            break;
        }
        course.push(method.advance(&course, &distances(&points)).unwrap());
    }
    course
}

#[test]
fn the_same_input_gives_the_same_bits_and_another_seed_others() {
    assert_eq!(course(&method()), course(&method()));
    let other =
        CalibrationMethod::new(priors(), CalibrationSettings { seed: 12, ..settings() }).unwrap();
    assert_ne!(method().points(&[]), other.points(&[]));
}

#[test]
fn populations_from_files_go_on_as_if_they_had_not_been_there() {
    let method = method();
    let course = course(&method);
    for done in 1..course.len() {
        let text = serde_json::to_string(&course[..done]).unwrap();
        let read: Vec<Population> = serde_json::from_str(&text).unwrap();
        assert_eq!(read, course[..done]);
        let next = method.advance(&read, &distances(&method.points(&read).unwrap())).unwrap();
        assert_eq!(next, course[done]);
    }
}

#[test]
fn priors_and_settings_read_as_they_are_written() {
    let text = serde_json::to_string(&(priors(), settings())).unwrap();
    assert!(text.contains(r#"{"key":"b","distribution":"loguniform","low":0.01,"high":10.0}"#));
    let (read, set): (Vec<Prior>, CalibrationSettings) = serde_json::from_str(&text).unwrap();
    assert_eq!((read, set), (priors(), settings()));
}

#[test]
fn no_point_leaves_the_bounds_of_its_priors_even_at_a_corner_of_them() {
    let method = method();
    let course = course(&method);
    for proposal in (0..course.len()).flat_map(|done| method.points(&course[..done]).unwrap()) {
        for (value, prior) in proposal.point.iter().zip(method.priors()) {
            let [low, high] = prior.bounds();
            assert!((low..=high).contains(value), "{} = {value}", prior.key);
        }
    }
    // The corner is indeed where it went.
    assert!(course.last().unwrap().quantile(0, 0.5) < -0.5);
}

#[test]
fn weights_sum_to_one_the_tolerance_falls_and_nothing_within_it_is_lost() {
    let method = method();
    let course = course(&method);
    for population in &course {
        let weights: f64 = population.particles.iter().map(|particle| particle.weight).sum();
        assert!((weights - 1.0).abs() < 1e-12);
        assert_eq!(population.particles.len(), settings().kept() as usize);
        assert!(population.particles.iter().all(|p| p.distance <= population.tolerance));
        assert!(population.effective_size > 0.5 * population.particles.len() as f64);
    }
    for pair in course.windows(2) {
        assert!(pair[1].tolerance < pair[0].tolerance);
        let nearer = |p: &&Particle| p.distance <= pair[1].tolerance;
        let kept = pair[1].particles.iter().filter(|p| p.generation < pair[1].generation);
        assert_eq!(pair[0].particles.iter().filter(nearer).count(), kept.count());
    }
}

#[test]
fn weights_before_they_are_made_to_sum_to_one_do_so_on_average() {
    // Σ 1/proposed over all points of all generations estimates the prior's probability of all,
    // which is one, when nothing is rejected.
    let many = CalibrationSettings { particles: 4_000, ..settings() };
    let method = CalibrationMethod::new(priors(), many).unwrap();
    let mut first = method.advance(&[], &distances(&method.points(&[]).unwrap())).unwrap();
    let exact = first.particles.iter().map(|p| 1.0 / p.proposed).sum::<f64>();
    assert!((exact - 0.5).abs() < 1e-12, "half of generation 0 is kept: {exact}");
    first.tolerance = f64::MAX;
    let second = method.advance(&[first], &vec![0.0; many.fresh() as usize]).unwrap();
    // Of the points, 2,000 of the prior were let go; the prior's 4,000 and the law's 2,000 are in
    // the denominator. So the second generation stands for E[2,000·q/(4,000·φ + 2,000·q)·φ/q].
    let fresh: Vec<f64> =
        second.particles.iter().filter(|p| p.generation == 1).map(|p| 1.0 / p.proposed).collect();
    assert_eq!(fresh.len(), 2_000);
    // 1/proposed = 1/(4,000 + 2,000·r) with r = q/φ, so (1 − 4,000/proposed)/2,000/(1/proposed) = r
    // and the mean of 1/r over draws from q is one.
    let inverse: Vec<f64> = fresh.iter().map(|w| 2_000.0 * w / (1.0 - 4_000.0 * w)).collect();
    let mean = inverse.iter().sum::<f64>() / 2_000.0;
    let variance = inverse.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / 2_000.0;
    assert!((mean - 1.0).abs() < 4.0 * (variance / 2_000.0).sqrt(), "{mean} {variance}");
}

#[test]
fn a_calibration_ends_for_the_reason_it_was_given() {
    let last =
        |settings| course(&CalibrationMethod::new(priors(), settings).unwrap()).pop().unwrap();
    let by_generations = last(settings());
    assert_eq!(
        (by_generations.generation, by_generations.finished),
        (8, Some(Reason::Generations))
    );
    let by_acceptance = last(CalibrationSettings { minimum_acceptance: 0.4, ..settings() });
    assert_eq!(by_acceptance.finished, Some(Reason::Acceptance));
    assert!(by_acceptance.acceptance < 0.4);
    let by_tolerance = last(CalibrationSettings { target_tolerance: Some(1.5), ..settings() });
    assert_eq!((by_tolerance.finished, by_tolerance.tolerance), (Some(Reason::Tolerance), 1.5));
    assert!(by_tolerance.particles.len() >= settings().kept() as usize);
    let only_the_prior = last(CalibrationSettings { maximum_generations: 0, ..settings() });
    assert_eq!(only_the_prior.finished, Some(Reason::Generations));
}

#[test]
fn a_finished_calibration_has_nothing_to_run() {
    let method = method();
    let course = course(&method);
    assert!(method.points(&course).unwrap().is_empty());
    let refusal = method.advance(&course, &[]).unwrap_err().to_string();
    assert_eq!(refusal, "the calibration is finished with generation 8");
    let refusal = method.advance(&course[1..3], &[]).unwrap_err().to_string();
    assert_eq!(refusal, "population 1 stands where that of generation 0 is needed");
    let other = CalibrationMethod::new(priors()[..2].to_vec(), settings()).unwrap();
    let refusal = other.points(&course[..1]).unwrap_err().to_string();
    assert_eq!(refusal, "the population of generation 0 does not hold 2 parameters");
}

#[test]
fn failed_runs_are_rejected_and_too_many_of_them_refused() {
    let method = method();
    let mut given = distances(&method.points(&[]).unwrap());
    for (number, distance) in given.iter_mut().enumerate() {
        match number % 3 {
            0 => *distance = f64::NAN,
            1 => *distance = f64::INFINITY,
            _ => {}
        }
    }
    let first = method.advance(&[], &given).unwrap();
    assert_eq!((first.particles.len(), first.acceptance), (20, 1.0 / 3.0));
    let none = method.advance(std::slice::from_ref(&first), &[f64::NAN; 30]).unwrap();
    assert_eq!((none.acceptance, none.finished), (0.0, Some(Reason::Acceptance)));
    let points = |population: &Population| -> Vec<Vec<f64>> {
        population.particles.iter().map(|particle| particle.point.clone()).collect()
    };
    assert_eq!(points(&none), points(&first));
    given[8..].fill(f64::NAN);
    assert_eq!(
        method.advance(&[], &given).unwrap_err().to_string(),
        "only 2 of the 60 runs of generation 0 came through; at least 8 are needed: see why the \
         others failed, or narrow the priors"
    );
}

#[test]
fn outcomes_of_other_points_are_refused() {
    let error = method().advance(&[], &[1.0; 3]).unwrap_err().to_string();
    assert_eq!(error, "3 distances were given for 60 points; one for each is needed");
}

#[test]
fn what_is_no_law_or_no_setting_is_refused_with_what_is_allowed() {
    let refusal = |law, settings| {
        let prior = Prior { key: "market.growth".to_owned(), law };
        CalibrationMethod::new(vec![prior], settings).unwrap_err().to_string()
    };
    for (law, message) in [
        (
            Distribution::Uniform { low: 2.0, high: 1.0 },
            "market.growth: high = 1: must be a finite number above low",
        ),
        (
            Distribution::LogUniform { low: 0.0, high: 1.0 },
            "market.growth: low = 0: must be above 0",
        ),
        (
            Distribution::normal_within([0.0, 0.0], [0.0, 1.0]),
            "market.growth: sd = 0: must be a finite number above 0",
        ),
        (
            Distribution::normal_within([0.0, 1.0], [50.0, 60.0]),
            "market.growth: mean = 0: must be nearer to low and high, in units of sd",
        ),
    ] {
        assert_eq!(refusal(law, settings()), message);
    }
    let uniform = Distribution::Uniform { low: 0.0, high: 1.0 };
    for (settings, message) in [
        (
            CalibrationSettings { particles: 3, ..settings() },
            "particles = 3: must be from 20 to 20000",
        ),
        (
            CalibrationSettings { kept_share: 1.0, ..settings() },
            "kept_share = 1: must be from 0.1 to 0.9",
        ),
        (
            CalibrationSettings { minimum_acceptance: f64::NAN, ..settings() },
            "minimum_acceptance = NaN: must be from 0 to below 1",
        ),
        (
            CalibrationSettings { target_tolerance: Some(-1.0), ..settings() },
            "target_tolerance = -1: must be a finite number, not below 0",
        ),
    ] {
        assert_eq!(refusal(uniform, settings), message);
    }
    let twice = [priors(), priors()].concat();
    assert_eq!(
        CalibrationMethod::new(twice, settings()).unwrap_err().to_string(),
        "prior = a: the parameter has one already"
    );
}

#[test]
fn points_that_stand_for_the_posterior_have_its_mean() {
    let method = method();
    let population = course(&method).pop().unwrap();
    let points = method.posterior_points(&population, 10_000);
    let mean = points.iter().map(|point| point[1]).sum::<f64>() / 10_000.0;
    // Each of 30 particles is there its share of times to within one.
    let width = population.quantile(1, 1.0) - population.quantile(1, 0.0);
    assert!((mean - population.mean(1)).abs() <= 30.0 / 10_000.0 * width);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn nothing_breaks_whatever_the_outcomes(
        outcomes in prop::collection::vec(
            prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), 0.0..3.0_f64, Just(1.0)], 60,
        ),
    ) {
        let method = method();
        let mut course = Vec::new();
        loop {
            let count = method.points(&course).unwrap().len();
            if count == 0 {
                break;
            }
            let Ok(population) = method.advance(&course, &outcomes[..count]) else { break };
            let weights: f64 = population.particles.iter().map(|particle| particle.weight).sum();
            prop_assert!((weights - 1.0).abs() < 1e-9);
            prop_assert!(population.tolerance.is_finite());
            course.push(population);
        }
    }
}
