//! `runs.parquet`: where each scenario's rows lie, and the statistics of all its columns.
//!
//! The index holds stretches of rows, so that it grows with scenarios rather than runs; values are
//! read for a few scenarios at a time, one column after the other.

use std::collections::BTreeMap;
use std::path::Path;

use super::SummaryMetric;
use super::squares::Square;
use crate::statistics::samples::{
    Description, Interaction, PairedEffect, Ranks, describe_with, interaction, paired_effect_with,
};
use crate::study::experiment::Contrast;
use crate::study::results::load::ResultTable;
use crate::study::results::manifest::Manifest;
use crate::study::results::report_error::ReportError;
use crate::study::store::columns::{DoubleType, Int32Type};
use crate::world::simulation::column::Reduction;
use crate::world::simulation::columns::SERIES;
use crate::world::simulation::retarget_metrics::OUTCOMES;

/// Scenarios, or contrasts, whose statistics are in memory at once.
const AT_ONCE: usize = 256;
/// Scenarios named in a message.
const NAMED: usize = 12;

/// Values of parameters in a pair of runs, and a metric with the treatment and without it.
pub type DrawnPair = (Vec<f64>, [f64; 2]);

/// The runs of a results folder.
pub struct Runs<'t> {
    table: &'t ResultTable,
    /// Names in the order of the manifest.
    names: &'t [String],
    /// Stretches of rows of each scenario, by replicate.
    stretches: Vec<Vec<RowStretch>>,
    /// The outcome columns.
    pub metrics: Vec<SummaryMetric>,
}

/// Consecutive rows of one scenario whose replicates count up by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RowStretch {
    replicate: i32,
    first: usize,
    rows: usize,
}

impl RowStretch {
    /// Replicates and their rows.
    fn rows(self) -> impl Iterator<Item = (i32, usize)> {
        (self.replicate..).zip(self.first..self.first + self.rows)
    }

    /// The first replicate after it.
    fn end(self) -> i64 {
        i64::from(self.replicate) + i64::from(self.rows as u32)
    }

    /// Whether a row goes on with it.
    fn continues(self, replicate: i32, row: usize) -> bool {
        self.first + self.rows == row && self.end() == i64::from(replicate)
    }
}

impl<'t> Runs<'t> {
    /// Reads the keys of all rows.
    ///
    /// # Errors
    /// When the file is damaged, holds no runs, doubles one, or names a scenario that the manifest
    /// does not.
    pub fn index(manifest: &'t Manifest, table: &'t ResultTable) -> Result<Self, ReportError> {
        let wrong = |problem: String| ReportError::content(table.path(), problem);
        if table.rows() == 0 {
            return Err(wrong("holds no finished run; nothing to report yet".to_owned()));
        }
        let owners = owners(&manifest.scenarios, table)?;
        let mut stretches: Vec<Vec<RowStretch>> = vec![Vec::new(); manifest.scenarios.len()];
        let (mut row, mut owners) = (0, owners.iter().copied().peekable());
        table.stream::<Int32Type>("replicate", 0..table.rows(), |_, batch| {
            for replicate in batch {
                while owners.next_if(|(_, end)| *end <= row).is_some() {}
                let owner = owners.peek().map_or(0, |(scenario, _)| *scenario);
                match stretches[owner].last_mut() {
                    Some(last) if last.continues(*replicate, row) => last.rows += 1,
                    _ => {
                        let replicate = *replicate;
                        stretches[owner].push(RowStretch { replicate, first: row, rows: 1 });
                    }
                }
                row += 1;
            }
        })?;
        for (name, stretches) in manifest.scenarios.iter().zip(&mut stretches) {
            stretches.sort_by_key(|stretch| stretch.replicate);
            let doubled = stretches.windows(2).find(|s| s[0].end() > i64::from(s[1].replicate));
            if let Some(pair) = doubled {
                let replicate = pair[1].replicate;
                return Err(wrong(format!("replicate {replicate} of `{name}` is there twice")));
            }
        }
        Ok(Self { table, names: &manifest.scenarios, stretches, metrics: metrics(table) })
    }

    /// Replicates of each scenario.
    #[must_use]
    pub fn finished(&self) -> Vec<usize> {
        self.stretches.iter().map(|stretches| rows_of(stretches)).collect()
    }

    /// blake3 of the names, the replicates with their rows, and the values of all metrics.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn digest(&self) -> Result<String, ReportError> {
        let mut digest = blake3::Hasher::new();
        digest.update(self.names.join("\n").as_bytes());
        for (replicate, row) in self.stretches.iter().flatten().flat_map(|s| s.rows()) {
            digest.update(format!("{replicate} {row}\n").as_bytes());
        }
        for metric in &self.metrics {
            digest.update(metric.name.as_bytes());
            self.table.stream::<DoubleType>(&metric.name, 0..self.table.rows(), |_, values| {
                for value in values {
                    digest.update(&value.to_le_bytes());
                }
            })?;
        }
        Ok(digest.finalize().to_hex().to_string())
    }

    /// Calls `take` with the descriptions of all metrics in each scenario, in order.
    ///
    /// # Errors
    /// When the file is damaged, or `take` fails.
    pub fn describe(
        &self,
        mut take: impl FnMut(Vec<Option<Description>>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let all: Vec<usize> = (0..self.names.len()).collect();
        let mut ranks = Ranks::default();
        for some in all.chunks(AT_ONCE) {
            let mut described = vec![Vec::with_capacity(self.metrics.len()); some.len()];
            for metric in &self.metrics {
                let values = self.values(&metric.name, some)?;
                for (descriptions, values) in described.iter_mut().zip(&values) {
                    descriptions.push(describe_with(values, &mut ranks));
                }
            }
            described.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    }

    /// Calls `take` with the effects on all metrics in each contrast, in order.
    ///
    /// # Errors
    /// When the file is damaged, or `take` fails.
    pub fn compare(
        &self,
        contrasts: &[Contrast],
        take: impl FnMut(Vec<Option<PairedEffect>>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let places = self.places();
        let groups = contrasts.iter().map(|contrast| places.pair(contrast));
        let groups = groups.collect::<Result<Vec<_>, _>>()?;
        let mut ranks = Ranks::default();
        let effect = |paths: &[[f64; 2]]| {
            let pairs: Vec<(f64, f64)> = paths.iter().map(|[t, c]| (*t, *c)).collect();
            paired_effect_with(&pairs, &mut ranks)
        };
        self.matched(&groups, effect, take)
    }

    /// Calls `take` with the interactions on all metrics in each square of contrasts, in order.
    ///
    /// # Errors
    /// When the file is damaged, or `take` fails.
    pub(crate) fn interact(
        &self,
        squares: &[Square],
        take: impl FnMut(Vec<Option<Interaction>>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let places = self.places();
        let four = |square: &Square| {
            let ([t, c], [u, d]) = (places.pair(&square.first)?, places.pair(&square.second)?);
            Ok::<_, ReportError>([t, c, u, d])
        };
        let groups = squares.iter().map(four).collect::<Result<Vec<_>, _>>()?;
        let mut ranks = Ranks::default();
        self.matched(&groups, |paths: &[[f64; 4]]| interaction(paths, &mut ranks), take)
    }

    /// Columns of parameters: those of drawn ones, and of the factors of designs.
    #[must_use]
    pub fn parameters(&self) -> Vec<String> {
        let dotted = |name: &String| name.contains('.');
        self.table.number_columns().into_iter().filter(dotted).collect()
    }

    /// Values of a column in the treatment and the control of a contrast, for the replicates that both have, after the
    /// treatment's values of the columns `also`.
    ///
    /// # Errors
    /// When the file is damaged, or a scenario has no runs.
    pub fn pairs(
        &self,
        contrast: &Contrast,
        column: &str,
        also: &[String],
    ) -> Result<Vec<DrawnPair>, ReportError> {
        let [treatment, control] = self.places().pair(contrast)?;
        let stretches = |scenario: usize| &self.stretches[scenario][..];
        let of = |name: &str, scenario: usize| -> Result<Vec<f64>, ReportError> {
            Ok(self.values(name, &[scenario])?.pop().unwrap_or_default())
        };
        let (with, without) = (of(column, treatment)?, of(column, control)?);
        let arms = [(stretches(treatment), &with[..]), (stretches(control), &without[..])];
        let mut pairs: Vec<DrawnPair> =
            matched(arms).into_iter().map(|pair| (Vec::with_capacity(also.len()), pair)).collect();
        for name in also {
            let own = of(name, treatment)?;
            let arms = [(stretches(treatment), &own[..]), (stretches(control), &without[..])];
            for ((values, _), [value, _]) in pairs.iter_mut().zip(matched(arms)) {
                values.push(value);
            }
        }
        Ok(pairs)
    }

    fn places(&self) -> ScenarioPlaces<'t> {
        let of = self.names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        ScenarioPlaces { file: self.table.path(), of }
    }

    /// Calls `take` with what `of` makes of the replicates that all scenarios of a group have, for
    /// all metrics, group after group.
    fn matched<const N: usize, T: Clone>(
        &self,
        groups: &[[usize; N]],
        mut of: impl FnMut(&[[f64; N]]) -> Option<T>,
        mut take: impl FnMut(Vec<Option<T>>) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        for some in groups.chunks(AT_ONCE) {
            let mut involved: Vec<usize> = some.iter().flatten().copied().collect();
            involved.sort_unstable();
            involved.dedup();
            let mut found = vec![Vec::with_capacity(self.metrics.len()); some.len()];
            for metric in &self.metrics {
                let values = self.values(&metric.name, &involved)?;
                let arm = |scenario: usize| {
                    let place = involved.partition_point(|other| *other < scenario);
                    (&self.stretches[scenario][..], &values[place][..])
                };
                for (found, group) in found.iter_mut().zip(some) {
                    found.push(of(&matched(group.map(arm))));
                }
            }
            found.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    }

    /// The values of a column for some scenarios, by replicate.
    fn values(&self, column: &str, scenarios: &[usize]) -> Result<Vec<Vec<f64>>, ReportError> {
        let mut values: Vec<Vec<f64>> =
            scenarios.iter().map(|s| vec![0.0; rows_of(&self.stretches[*s])]).collect();
        // Stretches in the order of the file: first row, number of rows, whose, and where.
        let mut places = Vec::new();
        for (slot, scenario) in scenarios.iter().enumerate() {
            let mut offset = 0;
            for stretch in &self.stretches[*scenario] {
                places.push((stretch.first, stretch.rows, slot, offset));
                offset += stretch.rows;
            }
        }
        places.sort_unstable();
        let start = places.first().map_or(0, |place| place.0);
        let end = places.last().map_or(0, |place| place.0 + place.1);
        let mut next = 0;
        self.table.stream::<DoubleType>(column, start..end, |first, batch| {
            while let Some(&(begin, rows, slot, offset)) = places.get(next) {
                let from = begin.max(first);
                let to = (begin + rows).min(first + batch.len());
                if from < to {
                    let target = offset + from - begin;
                    values[slot][target..target + to - from]
                        .copy_from_slice(&batch[from - first..to - first]);
                }
                if to < begin + rows {
                    break;
                }
                next += 1;
            }
        })?;
        Ok(values)
    }
}

fn rows_of(stretches: &[RowStretch]) -> usize {
    stretches.iter().map(|stretch| stretch.rows).sum()
}

/// Places of the scenarios by name.
struct ScenarioPlaces<'n> {
    file: &'n Path,
    of: BTreeMap<&'n str, usize>,
}

impl ScenarioPlaces<'_> {
    /// Treatment and control.
    fn pair(&self, contrast: &Contrast) -> Result<[usize; 2], ReportError> {
        let place = |name: &str| {
            let unknown = || format!("a contrast names scenario `{name}`, which has no runs");
            let place = self.of.get(name).copied();
            place.ok_or_else(|| ReportError::content(self.file, unknown()))
        };
        Ok([place(&contrast.treatment)?, place(&contrast.control)?])
    }
}

/// Values of several scenarios for the replicates that all have; stretches and values are by
/// replicate.
fn matched<const N: usize>(arms: [(&[RowStretch], &[f64]); N]) -> Vec<[f64; N]> {
    let mut arms = arms.map(|(stretches, values)| {
        let numbers = stretches.iter().flat_map(|s| s.rows().map(|(replicate, _)| replicate));
        numbers.zip(values.iter().copied()).peekable()
    });
    let mut paths = Vec::new();
    'paths: while let Some(&(number, _)) = arms[0].peek() {
        let mut path = [0.0; N];
        for (value, arm) in path.iter_mut().zip(&mut arms) {
            while arm.next_if(|(other, _)| *other < number).is_some() {}
            match arm.peek() {
                Some((other, found)) if *other == number => *value = *found,
                Some(_) => {
                    arms[0].next();
                    continue 'paths;
                }
                None => break 'paths,
            }
        }
        paths.push(path);
        arms[0].next();
    }
    paths
}

/// Which scenario the rows belong to: its place and the row after each stretch.
fn owners(names: &[String], table: &ResultTable) -> Result<Vec<(usize, usize)>, ReportError> {
    let places: BTreeMap<&str, usize> =
        names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let (mut owners, mut unknown, mut row) = (Vec::<(usize, usize)>::new(), None, 0);
    table.strings("scenario", |name| {
        row += 1;
        match owners.last_mut() {
            Some((place, end)) if names[*place] == name => *end = row,
            _ => match places.get(name) {
                Some(place) => owners.push((*place, row)),
                None => unknown = unknown.take().or_else(|| Some(name.to_owned())),
            },
        }
    })?;
    let Some(name) = unknown else { return Ok(owners) };
    let known = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = if names.len() > NAMED { ", …" } else { "" };
    let problem = format!("scenario `{name}` is not in the manifest ({known}{more})");
    Err(ReportError::content(table.path(), problem))
}

/// The outcome columns: f64 and named `<series>_<reduction>` or as in [`OUTCOMES`]. Swept
/// parameters are not outcomes.
fn metrics(runs: &ResultTable) -> Vec<SummaryMetric> {
    let metric = |name: String| {
        if let Some(column) = OUTCOMES.iter().find(|column| column.name == name) {
            return Some(SummaryMetric { name, unit: column.unit });
        }
        let (series, suffix) = name.rsplit_once('_')?;
        Reduction::ALL.iter().find(|reduction| reduction.suffix() == suffix)?;
        let unit = SERIES.iter().find(|column| column.name == series).map(|column| column.unit);
        Some(SummaryMetric { unit: unit.unwrap_or_default(), name })
    };
    runs.number_columns().into_iter().filter_map(metric).collect()
}
