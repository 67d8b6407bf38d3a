//! How far a point's ensembles are from history over many beginnings and horizons, with all noises inside.

use std::path::Path;

use crate::history::hindcast::Hindcast;
use crate::history::hindcast::forecast_scores::fair_crps;
use crate::history::hindcast::nulls::{NullModels, facts_of};
use crate::history::hindcast::paths::{EpochSpan, paths_of, spans};
use crate::history::hindcast::rolling::RollingRequest;
use crate::history::hindcast::rolling::null_bands::null_laws;
use crate::study::results::report_error::ReportError;

/// What came after many beginnings, and how well rivals foresaw it.
#[derive(Clone, Debug)]
pub struct HorizonTarget {
    origins: Vec<OriginTarget>,
    /// Horizons in epochs, and the sum over windows of the best rival's mean score: the unit of a point's.
    horizons: Vec<(usize, f64)>,
    /// Runs of a point from each beginning.
    paths: usize,
}

#[derive(Clone, Debug)]
struct OriginTarget {
    /// Name of the window's experiment, which is a scenario of every generation.
    name: String,
    spans: Vec<EpochSpan>,
    /// ln of the measured hash rates, H/s.
    observed: Vec<f64>,
}

impl HorizonTarget {
    /// Of beginnings whose windows these are; `reference` names the null models of which the best at a horizon is its unit.
    ///
    /// # Errors
    /// If the history does not hold a window, or too little before it.
    pub(super) fn new(
        request: &RollingRequest,
        windows: &[Hindcast],
        reference: &[String],
    ) -> Result<Self, ReportError> {
        let origin = |window: &Hindcast| {
            let spans = spans(window).map_err(ReportError::input)?;
            let (name, observed) = (window.experiment.name.clone(), facts_of(window, &spans));
            Ok(OriginTarget { name, spans, observed })
        };
        let origins: Vec<OriginTarget> =
            windows.iter().map(origin).collect::<Result<_, ReportError>>()?;
        let rivals = rival_scores(windows, &origins, reference)?;
        let unit = |&horizon: &u32| {
            let horizon = horizon as usize;
            let of = |rival: &Vec<Vec<f64>>| window_sum(rival, horizon);
            (horizon, rivals.iter().map(of).fold(f64::INFINITY, f64::min))
        };
        let horizons = request.horizons.iter().map(unit).collect();
        Ok(Self { origins, horizons, paths: request.paths.unwrap_or(1) as usize })
    }

    /// Distance of every point of a generation, in the order of the points:
    ///
    /// d = mean over horizons of Σ CRPS of the point's ensembles / Σ CRPS of the best null model,
    ///
    /// each sum over the windows of that length and their epochs. The score is that of the law behind the ensemble, of which
    /// its m paths are a sample ([`fair_crps`]). Infinite where a run failed.
    ///
    /// # Errors
    /// When the results are missing or damaged.
    pub(super) fn distances(&self, results: &Path, points: usize) -> Result<Vec<f64>, ReportError> {
        let place = |name: &str| self.origins.iter().position(|origin| origin.name == name);
        let spans_of = |name: &str| place(name).map(|at| self.origins[at].spans.as_slice());
        let paths = paths_of(&results.join("series.parquet"), spans_of)?;
        let mut ensembles = vec![vec![Vec::new(); self.origins.len()]; points];
        for path in paths {
            let point = path.replicate as usize / self.paths;
            if let Some((origin, ensembles)) = place(&path.scenario).zip(ensembles.get_mut(point)) {
                ensembles[origin].push(path.log_hash_rate);
            }
        }
        Ok(ensembles.iter().map(|ensembles| self.distance(ensembles)).collect())
    }

    /// Of one point, whose paths from each beginning these are.
    fn distance(&self, ensembles: &[Vec<Vec<f64>>]) -> f64 {
        if ensembles.iter().any(|paths| paths.len() != self.paths) {
            return f64::INFINITY;
        }
        let scores = |(origin, paths): (&OriginTarget, &Vec<Vec<f64>>)| -> Vec<f64> {
            let score = |(lead, &measured): (usize, &f64)| {
                let members: Vec<f64> = paths.iter().map(|path| path[lead]).collect();
                fair_crps(&members, measured).unwrap_or(f64::INFINITY)
            };
            origin.observed.iter().enumerate().map(score).collect()
        };
        let scores: Vec<Vec<f64>> = self.origins.iter().zip(ensembles).map(scores).collect();
        let relative =
            self.horizons.iter().map(|&(horizon, unit)| window_sum(&scores, horizon) / unit);
        let distance = relative.sum::<f64>() / self.horizons.len() as f64;
        if distance.is_finite() { distance } else { f64::INFINITY }
    }
}

/// Sum over the windows that are as long as a horizon of the mean score of their epochs; `scores` has a row a window.
fn window_sum(scores: &[Vec<f64>], horizon: usize) -> f64 {
    let whole = scores.iter().filter_map(|scores| scores.get(..horizon));
    whole.map(|window| window.iter().sum::<f64>() / horizon as f64).sum()
}

/// Scores of the named null models, with bands of their own past errors, by window and epoch.
fn rival_scores(
    windows: &[Hindcast],
    origins: &[OriginTarget],
    reference: &[String],
) -> Result<Vec<Vec<Vec<f64>>>, ReportError> {
    let Some(first) = windows.first() else { return Ok(Vec::new()) };
    let beginnings: Vec<usize> =
        windows.iter().filter_map(|window| first.history.position(window.spec.from)).collect();
    let leads = origins.iter().map(|origin| origin.observed.len()).max().unwrap_or(0);
    let laws = null_laws(&NullModels::new(first), &beginnings, leads)
        .map_err(|error| ReportError::Input(error.to_string()))?;
    let named =
        laws.into_iter().filter(|laws| reference.iter().any(|name| name == laws.null.name()));
    let scores = named.map(|null| {
        let window = null.laws.iter().zip(origins).map(|(laws, origin)| {
            laws.iter().zip(&origin.observed).map(|(law, &y)| law.score(y).crps).collect()
        });
        window.collect()
    });
    Ok(scores.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_as_good_as_its_rival_at_every_horizon_is_at_distance_one() {
        let origin = |name: &str, observed: &[f64]| OriginTarget {
            name: name.to_owned(),
            spans: Vec::new(),
            observed: observed.to_vec(),
        };
        let target = HorizonTarget {
            origins: vec![origin("a", &[1.0, 2.0]), origin("b", &[3.0])],
            // Mean errors over one epoch of both windows, and over two of the first.
            horizons: vec![(1, 0.5 + 0.25), (2, 0.75)],
            paths: 1,
        };
        let near = [vec![vec![1.5, 3.0]], vec![vec![2.75]]];
        assert!((target.distance(&near) - 1.0).abs() < 1e-12);
        assert_eq!(target.distance(&[vec![], vec![vec![2.75]]]), f64::INFINITY);
    }
}
