//! What the effects of an experiment vary by: paths, parameters that were drawn, and what its contrasts assume.

use std::collections::BTreeMap;

use super::bootstrap::{IndexBootstrap, IndexEstimate};
use crate::analysis::summary::runs::{DrawnPair, Runs};
use crate::statistics::samples::mean;
use crate::statistics::variance_parts::variance_parts;
use crate::study::results::manifest::Manifest;
use crate::study::results::report_error::ReportError;

/// Resamples of draws for intervals.
const RESAMPLES: u32 = 1_000;

/// Parts of the variance of the relative effect on one metric, over contrasts that count the same, draws of the parameters and
/// paths.
#[derive(Clone, Debug)]
pub struct EffectVariance {
    /// Column of `runs.parquet`.
    pub metric: String,
    /// Contrasts.
    pub contrasts: usize,
    /// Draws of the parameters.
    pub draws: usize,
    /// Pairs of runs, of all contrasts.
    pub pairs: usize,
    /// Mean of the relative change of a pair, %.
    pub mean: f64,
    /// Standard deviation over contrasts, draws and paths, %, and its parts of the variance that come from contrasts, drawn
    /// parameters and paths, each with an interval of 95 % from resampled draws.
    pub estimates: [IndexEstimate; 4],
}

/// Changes of the pairs of one contrast, %, by draw.
type ByDraw = Vec<Vec<f64>>;

/// Parts for the `metrics` that the results have; none where no parameter was drawn, or no draw has two paths.
///
/// # Errors
/// When the results are damaged.
pub fn effect_variances(
    manifest: &Manifest,
    runs: &Runs,
    metrics: impl Iterator<Item = &'static str>,
) -> Result<Vec<EffectVariance>, ReportError> {
    let mut found = Vec::new();
    let known = |name: &&str| runs.metrics.iter().any(|metric| metric.name == *name);
    let mut metrics = metrics.filter(known).peekable();
    let Some(first) = metrics.peek() else { return Ok(found) };
    let parameters = drawn(manifest, runs, first)?;
    if parameters.is_empty() {
        return Ok(found);
    }
    let mut draws = BTreeMap::new();
    let mut owners = Vec::with_capacity(manifest.contrasts.len());
    for contrast in &manifest.contrasts {
        owners.push(draws_of(&runs.pairs(contrast, first, &parameters)?, &mut draws));
    }
    for metric in metrics {
        let mut changes = Vec::with_capacity(owners.len());
        for (contrast, owners) in manifest.contrasts.iter().zip(&owners) {
            changes.push(by_draw(&runs.pairs(contrast, metric, &[])?, owners, draws.len()));
        }
        found.extend(parts_of(metric, &changes, draws.len(), manifest.seed));
    }
    Ok(found)
}

/// Parameters that differ between the pairs of every contrast: what is the same in all pairs of one was set and not drawn.
fn drawn(manifest: &Manifest, runs: &Runs, metric: &str) -> Result<Vec<String>, ReportError> {
    let mut parameters = if manifest.contrasts.is_empty() { Vec::new() } else { runs.parameters() };
    for contrast in &manifest.contrasts {
        let pairs = runs.pairs(contrast, metric, &parameters)?;
        let differs = |at: usize| pairs.iter().any(|(values, _)| values[at] != pairs[0].0[at]);
        let mut place = 0..;
        parameters.retain(|_| place.next().is_some_and(differs));
    }
    Ok(parameters)
}

/// The draw of each pair, by number; `draws` knows those of all contrasts.
fn draws_of(pairs: &[DrawnPair], draws: &mut BTreeMap<Vec<u64>, usize>) -> Vec<usize> {
    let number = |(drawn, _): &DrawnPair| {
        let next = draws.len();
        *draws.entry(drawn.iter().map(|value| value.to_bits()).collect()).or_insert(next)
    };
    pairs.iter().map(number).collect()
}

/// The relative changes of pairs, of which `owners` are the draws, by draw.
fn by_draw(pairs: &[DrawnPair], owners: &[usize], draws: usize) -> ByDraw {
    let mut changes: ByDraw = vec![Vec::new(); draws];
    for ((_, [treatment, control]), &draw) in pairs.iter().zip(owners) {
        let change = 100.0 * (treatment / control - 1.0);
        if change.is_finite() {
            changes[draw].push(change);
        }
    }
    changes
}

fn parts_of(metric: &str, changes: &[ByDraw], draws: usize, seed: u64) -> Option<EffectVariance> {
    let pairs = changes.iter().flatten().map(Vec::len).sum();
    let estimates = IndexBootstrap::new(seed, RESAMPLES)
        .estimates(draws, |chosen| statistics(changes, chosen))?;
    let estimates: [IndexEstimate; 5] = estimates.try_into().ok()?;
    let [mean, rest @ ..] = estimates;
    Some(EffectVariance {
        metric: metric.to_owned(),
        contrasts: changes.len(),
        draws,
        pairs,
        mean: mean.value,
        estimates: rest,
    })
}

/// Mean, standard deviation, and the parts of the variance, by the law of total variance: of the contrasts' means, and the
/// means over contrasts of the variance between draws and within them.
fn statistics(changes: &[ByDraw], chosen: &[usize]) -> Option<Vec<f64>> {
    let (mut means, mut between, mut within) = (Vec::new(), 0.0, 0.0);
    for by_draw in changes {
        let draws: Vec<Vec<f64>> =
            chosen.iter().filter_map(|&draw| by_draw.get(draw)).cloned().collect();
        let parts = variance_parts(&draws)?;
        means.push(mean(&draws.concat()));
        between += parts.between.max(0.0) / changes.len() as f64;
        within += parts.within / changes.len() as f64;
    }
    let centre = mean(&means);
    let squares = means.iter().map(|mean| (mean - centre) * (mean - centre)).sum::<f64>();
    let assumed = squares / means.len() as f64;
    let total = assumed + between + within;
    (total > 0.0)
        .then(|| vec![centre, total.sqrt(), assumed / total, between / total, within / total])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_one_draw_come_together_in_all_contrasts() {
        let mut draws = BTreeMap::new();
        let pairs = [(vec![1.0], [1.1, 1.0]), (vec![2.0], [0.9, 1.0]), (vec![1.0], [2.0, 2.0])];
        let first = draws_of(&pairs, &mut draws);
        assert_eq!(first, [0, 1, 0]);
        let more = [(vec![2.0], [1.0, 0.0]), (vec![3.0], [3.0, 2.0])];
        let second = draws_of(&more, &mut draws);
        assert_eq!((&second[..], draws.len()), (&[1, 2][..], 3));
        let sizes = |of: &ByDraw| of.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(&by_draw(&pairs, &first, 3)), [2, 1, 0]);
        // A change of nothing is no change.
        let changes = by_draw(&more, &second, 3);
        assert_eq!(sizes(&changes), [0, 0, 1]);
        assert!((changes[2][0] - 50.0).abs() < 1e-12);
    }

    #[test]
    fn parts_are_of_contrasts_draws_and_paths_and_add_up() {
        // Two contrasts whose means differ by 2, draws at -1 and 1, paths at -0.5 and 0.5.
        let of = |shift: f64| -> ByDraw {
            [-1.0, 1.0].map(|draw| vec![shift + draw - 0.5, shift + draw + 0.5]).to_vec()
        };
        let found = statistics(&[of(-1.0), of(1.0)], &[0, 1]).expect("parts");
        // Within 0.5; between (4 - 0.5)/2 = 1.75, of contrasts 1.
        let total = 1.0 + 1.75 + 0.5;
        let expected = [0.0, f64::sqrt(total), 1.0 / total, 1.75 / total, 0.5 / total];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        }
        assert!((found[2..].iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn draws_of_one_path_each_have_no_parts() {
        let single: ByDraw = vec![vec![1.0], vec![2.0]];
        assert!(parts_of("x", &[single], 2, 1).is_none());
    }
}
