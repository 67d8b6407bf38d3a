//! What a calibration foresees where it has not looked: from each beginning the ensemble of the points that are nearest in other
//! windows.

use super::horizons::{HorizonTarget, PointEnsembles};
use crate::history::hindcast::matching::PathWeights;
use crate::history::hindcast::rolling::ensembles::OriginForecast;

/// From which windows a forecast is learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LearntFrom {
    /// Those that share no epoch with its own.
    Elsewhere,
    /// Those that had ended when it begins.
    Before,
}

impl LearntFrom {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Elsewhere, Self::Before];

    /// Name of its files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Elsewhere => "left_out",
            Self::Before => "learnt_before",
        }
    }

    /// What its scores are of, after what was forecast.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Elsewhere => "each learnt in windows that share no epoch with it",
            Self::Before => "each learnt in windows that had ended before it",
        }
    }
}

/// Forecasts from the beginnings, each learnt apart from it: the `kept` nearest of the points whose ensembles these are.
/// A beginning for which no window is left has none.
#[must_use]
pub(super) fn left_out(
    target: &HorizonTarget,
    beginnings: &[u32],
    ensembles: &[PointEnsembles],
    (kept, from): (usize, LearntFrom),
) -> Vec<OriginForecast> {
    let scores: Vec<_> = ensembles.iter().map(|point| target.scores(point)).collect();
    let forecast = |(window, beginning): (usize, u32)| {
        let counts = match from {
            LearntFrom::Elsewhere => target.apart_from(window),
            LearntFrom::Before => target.ended_by(beginning),
        };
        let distance = |point: usize| {
            (target.distance(scores[point].as_ref(), |window| counts[window]), point)
        };
        let mut near: Vec<(f64, usize)> = (0..scores.len()).map(distance).collect();
        near.retain(|(distance, _)| distance.is_finite());
        near.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        near.truncate(kept);
        let of = |&(_, point): &(f64, usize)| ensembles[point][window].clone();
        let paths: Vec<Vec<f64>> = near.iter().flat_map(of).collect();
        (!paths.is_empty()).then(|| OriginForecast {
            beginning,
            replicates: (0..paths.len() as u32).collect(),
            weights: PathWeights::equal(paths.len()),
            misfits: Vec::new(),
            observed: target.observed(window).to_vec(),
            paths,
        })
    };
    beginnings.iter().copied().enumerate().filter_map(forecast).collect()
}

#[cfg(test)]
mod tests {
    use super::super::horizons::example;
    use super::*;

    #[test]
    fn a_beginning_is_foreseen_by_the_points_that_are_near_elsewhere() {
        // Two windows apart; the first point is right in the first alone, the second in the second alone.
        let (first, second) = ([1.0, 2.0], [3.0, 4.0]);
        let target = example(&[(10, &first), (20, &second)]);
        let point = |a: f64, b: f64| -> PointEnsembles {
            [(first, a), (second, b)]
                .map(|(values, off)| vec![values.map(|value| value + off).to_vec(); 2])
                .to_vec()
        };
        let points = [point(0.0, 1.0), point(1.0, 0.0)];
        let found = left_out(&target, &[9, 19], &points, (1, LearntFrom::Elsewhere));
        assert_eq!(found.iter().map(|of| of.beginning).collect::<Vec<_>>(), [9, 19]);
        for (forecast, values) in found.iter().zip([first, second]) {
            assert_eq!(forecast.paths, vec![values.map(|value| value + 1.0).to_vec(); 2]);
            assert_eq!(forecast.observed, values);
        }
        // Nothing had ended before the first; before the second the first had.
        let found = left_out(&target, &[9, 19], &points, (1, LearntFrom::Before));
        assert_eq!(found.iter().map(|of| of.beginning).collect::<Vec<_>>(), [19]);
        assert_eq!(found[0].paths, vec![second.map(|value| value + 1.0).to_vec(); 2]);
    }

    #[test]
    fn a_beginning_with_which_all_windows_share_an_epoch_has_no_forecast() {
        let values = [1.0, 2.0];
        let target = example(&[(10, &values), (11, &values)]);
        let point: PointEnsembles = vec![vec![values.to_vec(); 2]; 2];
        for from in LearntFrom::ALL {
            let points = std::slice::from_ref(&point);
            assert!(left_out(&target, &[9, 10], points, (1, from)).is_empty(), "{from:?}");
        }
    }
}
