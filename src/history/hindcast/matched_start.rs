//! The state in which those paths of a hindcast end that kept to history: what no filing tells of the network of a day, as draws
//! from which an experiment can start.

use std::path::Path;

use super::Hindcast;
use super::matching::{PathWeights, misfit};
use super::nulls::facts_of;
use super::paths::{epoch_paths, spans};
use crate::statistics::particle_population::{quantile, systematic};
use crate::study::experiment::ParameterSets;
use crate::study::experiment::posterior::shuffled;
use crate::study::results::load::ResultTable;
use crate::study::results::report_error::ReportError;

/// A part of the state: the parameter that holds it on a first day, and how it is read off the last record.
struct StatePart {
    key: &'static str,
    columns: &'static [&'static str],
    value: fn(&[f64]) -> f64,
}

/// What is carried over.
const STATE: [StatePart; 6] = [
    StatePart {
        key: "miners.population.order_book_ehs",
        columns: &["in_delivery_ehs"],
        value: |own| own[0],
    },
    StatePart {
        key: "market.rigs.capacity_ehs_per_month",
        columns: &["makers_capacity_ehs_per_month"],
        value: |own| own[0],
    },
    // Power that stands empty, of all that mining halls have.
    StatePart {
        key: "miners.population.spare_power_share",
        columns: &["vacant_mw", "mining_mw", "idle_mw"],
        value: |own| own[0] / (own[0] + own[1] + own[2]),
    },
    StatePart {
        key: "miners.appetite.opening_log",
        columns: &["appetite_log"],
        value: |own| own[0],
    },
    StatePart {
        key: "miners.appetite.opening_mean_log",
        columns: &["appetite_mean_log"],
        value: |own| own[0],
    },
    StatePart {
        key: "miners.appetite.opening_elasticity_log",
        columns: &["appetite_elasticity_log"],
        value: |own| own[0],
    },
];
/// With these the appetite of the first day is exact, and the order book is not drawn.
const EXACT: (&str, f64) = ("miners.appetite.opening_spread", 0.0);
/// Parameters of a first day that the state takes the place of.
const REPLACED: [&str; 2] =
    ["miners.population.pipeline_over_additions", "miners.population.pipeline_sd_log"];

/// Paths of a hindcast, how they kept to history, and how they end.
#[derive(Clone, Debug)]
pub struct MatchedStart {
    /// Replicates of the paths.
    pub replicates: Vec<u32>,
    /// Misfit of each to all epochs of the window.
    pub misfits: Vec<f64>,
    /// A weight a path.
    pub weights: PathWeights,
    /// Keys of the state, then of the parameters that differ between paths.
    pub keys: Vec<String>,
    /// Their values by path.
    pub states: Vec<Vec<f64>>,
}

impl MatchedStart {
    /// The paths of a hindcast whose runs are merged in a folder, by their misfit over all its epochs.
    ///
    /// # Errors
    /// If there is no path, or results are missing or damaged.
    pub fn from_results(of: &Hindcast, results: &Path) -> Result<Self, ReportError> {
        let spans = spans(of).map_err(ReportError::input)?;
        let observed = facts_of(of, &spans);
        let series = results.join("series.parquet");
        let paths = epoch_paths(&series, &spans)?;
        if paths.is_empty() {
            return Err(ReportError::Input(
                "no path is finished: nothing can be matched".to_owned(),
            ));
        }
        let matching = &of.spec.matching;
        let misfits: Vec<f64> = paths
            .iter()
            .map(|path| {
                let residuals = observed.iter().zip(&path.log_hash_rate).map(|(y, x)| y - x);
                misfit(&residuals.collect::<Vec<_>>(), matching.last_counts)
            })
            .collect();
        let replicates: Vec<u32> = paths.iter().map(|path| path.replicate).collect();
        let (keys, states) = states(of, &series, &replicates)?;
        let weights = PathWeights::from_misfits(&misfits, matching.effective_share);
        Ok(Self { replicates, misfits, weights, keys, states })
    }

    /// So many equally weighted draws of the state and of the parameters of its paths, in an order of chance.
    #[must_use]
    pub fn draws(&self, count: usize, seed: u64) -> ParameterSets {
        let chosen = systematic(&self.weights.weights, count, 0.5);
        let mut keys = self.keys.clone();
        keys.push(EXACT.0.to_owned());
        let set = |path: usize| self.states[path].iter().copied().chain([EXACT.1]).collect();
        ParameterSets { keys, sets: shuffled(chosen.into_iter().map(set).collect(), seed) }
    }

    /// Quantiles of 5, 50 and 95 % of each part of the state, unweighted and weighted.
    #[must_use]
    pub fn summary(&self) -> Vec<(&str, [f64; 3], [f64; 3])> {
        let equal = PathWeights::equal(self.states.len());
        let row = |(at, key): (usize, &'static str)| {
            let of = |weights: &[f64]| {
                [0.05, 0.5, 0.95].map(|share| {
                    quantile(self.states.iter().map(|state| state[at]), weights, share)
                })
            };
            (key, of(&equal.weights), of(&self.weights.weights))
        };
        STATE.iter().map(|part| part.key).enumerate().map(row).collect()
    }
}

/// Keys and, by path, values of the state on the last day and of the parameters that differ between replicates.
fn states(
    of: &Hindcast,
    series: &Path,
    replicates: &[u32],
) -> Result<(Vec<String>, Vec<Vec<f64>>), ReportError> {
    let table = ResultTable::open(series)?;
    let rows = table.rows();
    let units = table.integers_of("replicate", 0..rows)?;
    // Records of a path follow each other: its last one is the last row of the replicate.
    let last =
        |path: &u32| units.iter().rposition(|unit| unit.cast_unsigned() == *path).unwrap_or(0);
    let last: Vec<usize> = replicates.iter().map(last).collect();
    let mut states: Vec<Vec<f64>> = vec![Vec::new(); replicates.len()];
    for part in &STATE {
        let read = |name: &&str| table.numbers_of(name, 0..rows);
        let columns: Vec<Vec<f64>> = part.columns.iter().map(read).collect::<Result<_, _>>()?;
        for (state, &row) in states.iter_mut().zip(&last) {
            let own: Vec<f64> = columns.iter().map(|column| column[row]).collect();
            state.push((part.value)(&own));
        }
    }
    let mut keys: Vec<String> = STATE.iter().map(|part| part.key.to_owned()).collect();
    if let Some(sets) = &of.experiment.parameter_sets {
        let stays = |key: &&String| !REPLACED.contains(&key.as_str()) && !keys.contains(key);
        let drawn: Vec<String> = sets.keys.iter().filter(stays).cloned().collect();
        for (state, &path) in states.iter_mut().zip(replicates) {
            let own: Vec<(&str, f64)> = sets
                .of(path)
                .map(|(key, value)| (key, value.as_f64().unwrap_or(f64::NAN)))
                .collect();
            let value = |key: &String| own.iter().find(|(name, _)| name == key).map(|(_, v)| *v);
            state.extend(drawn.iter().filter_map(value));
        }
        keys.extend(drawn);
    }
    Ok((keys, states))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_of_paths_by_their_weight_and_exact_on_the_first_day() {
        let weights = PathWeights { weights: vec![0.75, 0.0, 0.25], effective: 1.6 };
        let start = MatchedStart {
            replicates: vec![0, 1, 2],
            misfits: vec![0.1, 9.0, 0.2],
            weights,
            keys: vec!["miners.population.order_book_ehs".to_owned()],
            states: vec![vec![100.0], vec![200.0], vec![300.0]],
        };
        let draws = start.draws(8, 3);
        assert_eq!(draws.keys[1], EXACT.0);
        let count = |value: f64| draws.sets.iter().filter(|set| set[0] == value).count();
        assert_eq!([100.0, 200.0, 300.0].map(count), [6, 0, 2]);
        assert!(draws.sets.iter().all(|set| set[1] == 0.0));
    }

    #[test]
    fn the_state_is_of_parameters_that_are_there() {
        let tree = crate::study::experiment::config::Tree::baseline().unwrap();
        let keys = STATE.iter().map(|part| part.key).chain(REPLACED).chain([EXACT.0]);
        for key in keys {
            assert!(tree.parameters().iter().any(|parameter| parameter.key == key), "{key}");
        }
        let [.., spare, _, _, _] = &STATE;
        assert!(((spare.value)(&[5.0, 40.0, 5.0]) - 0.1).abs() < 1e-12);
    }
}
