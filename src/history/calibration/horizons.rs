//! How far a point's ensembles are from history over many beginnings and horizons, and over windows that are scored
//! whole, with all noises inside.

use std::path::Path;

use crate::history::hindcast::Hindcast;
use crate::history::hindcast::forecast_scores::fair_crps;
use crate::history::hindcast::nulls::{NullModels, facts_of};
use crate::history::hindcast::paths::{EpochSpan, paths_of, spans};
use crate::history::hindcast::rolling::null_bands::null_laws;
use crate::study::results::report_error::ReportError;

/// What came after many beginnings and in the windows beside them, and how well rivals foresaw it.
#[derive(Clone, Debug)]
pub struct HorizonTarget {
    /// The beginnings' windows, then those that are scored whole.
    windows: Vec<WindowFacts>,
    /// What counts once in the distance: horizons, then windows.
    terms: Vec<Term>,
    /// Runs of a point from each beginning.
    paths: usize,
}

#[derive(Clone, Debug)]
struct WindowFacts {
    /// Name of the window's experiment, which is a scenario of every generation.
    name: String,
    spans: Vec<EpochSpan>,
    /// ln of the measured hash rates, H/s.
    observed: Vec<f64>,
}

impl WindowFacts {
    /// First and last epoch.
    fn ends(&self) -> (u32, u32) {
        let epochs = || self.spans.iter().map(|span| span.epoch);
        (epochs().min().unwrap_or(0), epochs().max().unwrap_or(0))
    }
}

/// Windows that count together, each as far as so many epochs.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    windows: Vec<usize>,
    epochs: usize,
    /// Mean scores of the rivals by window, in the windows' order.
    rivals: Vec<Vec<f64>>,
}

/// Ensembles of one point: `[window][path][epoch]`, ln hash rate, H/s.
pub(super) type PointEnsembles = Vec<Vec<Vec<f64>>>;

impl HorizonTarget {
    /// Of beginnings with these windows, and of windows that are scored `whole`; `reference` names the null models of which the
    /// best at a horizon, or in a window, is its unit.
    ///
    /// # Errors
    /// If the history does not hold a window, or too little before it.
    pub(super) fn new(
        (horizons, paths): (&[u32], u32),
        (beginnings, whole): (&[Hindcast], &[Hindcast]),
        reference: &[String],
    ) -> Result<Self, ReportError> {
        let facts = |window: &Hindcast| {
            let spans = spans(window).map_err(ReportError::input)?;
            let (name, observed) = (window.experiment.name.clone(), facts_of(window, &spans));
            Ok(WindowFacts { name, spans, observed })
        };
        let windows: Vec<WindowFacts> =
            beginnings.iter().chain(whole).map(facts).collect::<Result<_, ReportError>>()?;
        let (rolling, others) = windows.split_at(beginnings.len());
        let scores = rival_scores(beginnings, rolling, reference)?;
        let horizon = |&horizon: &u32| {
            let epochs = horizon as usize;
            let long = |&at: &usize| rolling[at].observed.len() >= epochs;
            let there: Vec<usize> = (0..rolling.len()).filter(long).collect();
            let mean = |courses: &Vec<Vec<f64>>| {
                there.iter().map(|&at| mean_of_first(&courses[at], epochs)).collect()
            };
            Term { rivals: scores.iter().map(mean).collect(), windows: there, epochs }
        };
        let mut terms: Vec<Term> = horizons.iter().map(horizon).collect();
        for (at, window) in whole.iter().enumerate() {
            let one = std::slice::from_ref(&others[at]);
            let scores = rival_scores(std::slice::from_ref(window), one, reference)?;
            let epochs = others[at].observed.len();
            let mean = |courses: &Vec<Vec<f64>>| vec![mean_of_first(&courses[0], epochs)];
            let rivals = scores.iter().map(mean).collect();
            terms.push(Term { windows: vec![rolling.len() + at], epochs, rivals });
        }
        Ok(Self { windows, terms, paths: paths as usize })
    }

    /// Distance of every point of a generation, in the order of the points:
    ///
    /// d = mean over horizons and whole windows of Σ CRPS of the point's ensembles / Σ CRPS of the best null model,
    ///
    /// each sum over the windows that are as long as the horizon and their epochs up to it, or over the epochs of the window.
    /// The score is that of the law behind the ensemble, of which its m paths are a sample ([`fair_crps`]). Infinite where a
    /// run failed.
    ///
    /// # Errors
    /// When the results are missing or damaged.
    pub(super) fn distances(&self, results: &Path, points: usize) -> Result<Vec<f64>, ReportError> {
        let ensembles = self.ensembles(results, points)?;
        let all = |point: &PointEnsembles| self.distance(self.scores(point).as_ref(), |_| true);
        Ok(ensembles.iter().map(all).collect())
    }

    /// The ensembles of all points of a generation.
    ///
    /// # Errors
    /// When the results are missing or damaged.
    pub(super) fn ensembles(
        &self,
        results: &Path,
        points: usize,
    ) -> Result<Vec<PointEnsembles>, ReportError> {
        let place = |name: &str| self.windows.iter().position(|window| window.name == name);
        let spans_of = |name: &str| place(name).map(|at| self.windows[at].spans.as_slice());
        let paths = paths_of(&results.join("series.parquet"), spans_of)?;
        let mut ensembles = vec![vec![Vec::new(); self.windows.len()]; points];
        for path in paths {
            let point = path.replicate as usize / self.paths;
            if let Some((window, ensembles)) = place(&path.scenario).zip(ensembles.get_mut(point)) {
                ensembles[window].push(path.log_hash_rate);
            }
        }
        Ok(ensembles)
    }

    /// Scores of a point by window and epoch; none where a run failed.
    pub(super) fn scores(&self, point: &PointEnsembles) -> Option<Vec<Vec<f64>>> {
        let whole = point.iter().all(|paths| paths.len() == self.paths);
        let scores = |(window, paths): (&WindowFacts, &Vec<Vec<f64>>)| -> Vec<f64> {
            let score = |(lead, &measured): (usize, &f64)| {
                let members: Vec<f64> = paths.iter().map(|path| path[lead]).collect();
                fair_crps(&members, measured).unwrap_or(f64::INFINITY)
            };
            window.observed.iter().enumerate().map(score).collect()
        };
        whole.then(|| self.windows.iter().zip(point).map(scores).collect())
    }

    /// Distance of a point with these scores, over the windows that count.
    pub(super) fn distance(
        &self,
        scores: Option<&Vec<Vec<f64>>>,
        counts: impl Fn(usize) -> bool,
    ) -> f64 {
        let Some(scores) = scores else { return f64::INFINITY };
        let relative = |term: &Term| {
            let own = |at: usize| mean_of_first(&scores[term.windows[at]], term.epochs);
            let there = || (0..term.windows.len()).filter(|&at| counts(term.windows[at]));
            let rival = |rival: &Vec<f64>| there().map(|at| rival[at]).sum::<f64>();
            let unit = term.rivals.iter().map(rival).fold(f64::INFINITY, f64::min);
            (there().count() > 0).then(|| there().map(own).sum::<f64>() / unit)
        };
        let relative: Vec<f64> = self.terms.iter().filter_map(relative).collect();
        let distance = relative.iter().sum::<f64>() / relative.len() as f64;
        if distance.is_finite() { distance } else { f64::INFINITY }
    }

    /// Windows that share no epoch with one of them.
    pub(super) fn apart_from(&self, window: usize) -> Vec<bool> {
        let (first, last) = self.windows[window].ends();
        let ends = self.windows.iter().map(WindowFacts::ends);
        ends.map(|(from, to)| to < first || last < from).collect()
    }

    /// Windows whose last epoch had ended with an epoch.
    pub(super) fn ended_by(&self, epoch: u32) -> Vec<bool> {
        self.windows.iter().map(|window| window.ends().1 <= epoch).collect()
    }

    /// Measured ln hash rates (H/s) of a window's epochs.
    pub(super) fn observed(&self, window: usize) -> &[f64] {
        &self.windows[window].observed
    }
}

/// Mean of the first values.
fn mean_of_first(values: &[f64], count: usize) -> f64 {
    values[..count].iter().sum::<f64>() / count as f64
}

/// Scores of the named null models, with bands of their own past errors, by window and epoch.
fn rival_scores(
    windows: &[Hindcast],
    facts: &[WindowFacts],
    reference: &[String],
) -> Result<Vec<Vec<Vec<f64>>>, ReportError> {
    let Some(first) = windows.first() else { return Ok(Vec::new()) };
    let beginnings: Vec<usize> =
        windows.iter().filter_map(|window| first.history.position(window.spec.from)).collect();
    let leads = facts.iter().map(|window| window.observed.len()).max().unwrap_or(0);
    let laws = null_laws(&NullModels::new(first), &beginnings, leads)
        .map_err(|error| ReportError::Input(error.to_string()))?;
    let named =
        laws.into_iter().filter(|laws| reference.iter().any(|name| name == laws.null.name()));
    let scores = named.map(|null| {
        let by_window = null.laws.iter().zip(facts).map(|(laws, window)| {
            laws.iter().zip(&window.observed).map(|(law, &y)| law.score(y).crps).collect()
        });
        by_window.collect()
    });
    Ok(scores.collect())
}

/// Windows of two paths a point by first epoch and measured values, each scored whole against a rival whose score is one.
#[cfg(test)]
pub(super) fn example(windows: &[(u32, &[f64])]) -> HorizonTarget {
    let facts = |&(first, observed): &(u32, &[f64])| tests::window("", first, observed);
    let term = |(at, of): (usize, &(u32, &[f64]))| Term {
        windows: vec![at],
        epochs: of.1.len(),
        rivals: vec![vec![1.0]],
    };
    HorizonTarget {
        windows: windows.iter().map(facts).collect(),
        terms: windows.iter().enumerate().map(term).collect(),
        paths: 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn window(name: &str, first: u32, observed: &[f64]) -> WindowFacts {
        let span = |epoch| EpochSpan { epoch, from: 0.0, to: 1.0 };
        WindowFacts {
            name: name.to_owned(),
            spans: (first..).take(observed.len()).map(span).collect(),
            observed: observed.to_vec(),
        }
    }

    /// Mean errors over one epoch of both windows, over two of the first, and of the third whole.
    fn target() -> HorizonTarget {
        let term = |windows: &[usize], epochs, rivals: &[f64]| Term {
            windows: windows.to_vec(),
            epochs,
            rivals: vec![rivals.to_vec()],
        };
        HorizonTarget {
            windows: vec![
                window("a", 10, &[1.0, 2.0]),
                window("b", 12, &[3.0]),
                window("c", 11, &[5.0, 5.0]),
            ],
            terms: vec![
                term(&[0, 1], 1, &[0.5, 0.25]),
                term(&[0], 2, &[0.75]),
                term(&[2], 2, &[2.0]),
            ],
            paths: 1,
        }
    }

    #[test]
    fn a_point_as_good_as_its_rival_at_every_horizon_and_in_every_window_is_at_distance_one() {
        let target = target();
        let near = vec![vec![vec![1.5, 3.0]], vec![vec![2.75]], vec![vec![8.0, 6.0]]];
        let distance =
            |point: &PointEnsembles| target.distance(target.scores(point).as_ref(), |_| true);
        assert!((distance(&near) - 1.0).abs() < 1e-12);
        let failed = vec![vec![], vec![vec![2.75]], vec![vec![8.0, 6.0]]];
        assert_eq!(distance(&failed), f64::INFINITY);
    }

    #[test]
    fn windows_that_do_not_count_leave_the_others_and_their_rivals() {
        let target = target();
        let point = vec![vec![vec![1.5, 3.0]], vec![vec![3.5]], vec![vec![5.0, 5.0]]];
        let scores = target.scores(&point);
        // Only b: one epoch, half off against a quarter.
        assert!((target.distance(scores.as_ref(), |at| at == 1) - 2.0).abs() < 1e-12);
        assert_eq!(target.distance(scores.as_ref(), |_| false), f64::INFINITY);
    }

    #[test]
    fn windows_are_apart_when_they_share_no_epoch() {
        assert_eq!(target().apart_from(1), [true, false, false]);
        assert_eq!(target().ended_by(11), [true, false, false]);
        assert_eq!(target().ended_by(12), [true, true, true]);
    }
}
