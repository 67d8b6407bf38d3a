//! The first day of a hindcast, from what was known when the window's first epoch had ended: the day
//! after its last block. Forecasts are of the epochs that follow.
//!
//! Nothing that came later is used but price and fees, which are replayed, and the closures that the
//! experiment declares.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::spec::HindcastSpec;
use crate::clock::iso_date;
use crate::history::series::{History, HistoryEpoch};
use crate::model::chain::forecast_origin::{
    expected_height, expected_span, geometric_mean, midnight_after, yearly_hash_rates,
};
use crate::model::mining::population::yearly_additions;
use crate::study::error::ConfigError;
use crate::study::experiment::document::Document;
use crate::units::{DAY as SECONDS, DAYS_PER_YEAR};

const DAY: i64 = 86_400;

/// Days of the window: first midnight to the end of its last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// First midnight, seconds since 1970-01-01.
    pub start: i64,
    /// End of the last epoch, seconds since 1970-01-01.
    pub end: i64,
}

impl Days {
    /// Of a window.
    ///
    /// # Errors
    /// If the history does not hold the window.
    pub(crate) fn from_history(
        spec: &HindcastSpec,
        history: &History,
    ) -> Result<Self, ConfigError> {
        let (first, last) = window(spec, history)?;
        let epochs = &history.epochs;
        Ok(Self { start: midnight_after(epochs[first].first_time), end: end_of(epochs, last) })
    }

    /// Whole days from the first midnight until the window has ended.
    #[must_use]
    pub fn horizon(self) -> i64 {
        (self.end - self.start + DAY - 1) / DAY
    }
}

/// When an epoch ended: as the next began, or after its blocks at its hash rate.
#[must_use]
pub(crate) fn end_of(epochs: &[HistoryEpoch], index: usize) -> i64 {
    let epoch = &epochs[index];
    let next = epochs.get(index + 1).map(|next| next.first_time);
    let span = expected_span(epoch.difficulty, epoch.hash_rate);
    next.unwrap_or(epoch.first_time + span as i64)
}

/// Places in the history of the first epoch that is forecast, the one after the window's first, and of
/// the window's last.
///
/// # Errors
/// If one is not there, they are in the wrong order, or too little came before.
pub fn window(spec: &HindcastSpec, history: &History) -> Result<(usize, usize), ConfigError> {
    let span = |epochs: &[HistoryEpoch]| match (epochs.first(), epochs.last()) {
        (Some(first), Some(last)) => format!("{} to {}", first.epoch, last.epoch),
        _ => "none".to_owned(),
    };
    let place = |key, epoch| {
        let allowed = || format!("the history has the epochs {}", span(&history.epochs));
        history.position(epoch).ok_or_else(|| spec.refuse(key, epoch, allowed()))
    };
    let (known, last) = (place("from", spec.from)?, place("to", spec.to)?);
    if last <= known {
        let allowed = format!("must be after hindcast.from = {}", spec.from);
        return Err(spec.refuse("to", spec.to, allowed));
    }
    if known < LEAST_BEFORE {
        let allowed = format!("the history must hold at least {LEAST_BEFORE} epochs before it");
        return Err(spec.refuse("from", spec.from, allowed));
    }
    Ok((known + 1, last))
}

/// Epochs that must come before the window: a year and a neighbour, for the rigs bought in that year.
const LEAST_BEFORE: usize = 28;

/// The first day as a document that overlays the experiment's files; `retirement` is the share of the
/// fleet that retires in a year.
///
/// # Errors
/// If the history does not hold the window and enough before it.
pub fn document(
    spec: &HindcastSpec,
    history: &History,
    file: &Path,
    retirement: f64,
) -> Result<Document, ConfigError> {
    let (first, _) = window(spec, history)?;
    let days = Days::from_history(spec, history)?;
    let mut table = Table::new();
    for (key, value) in keys(spec, history, first, days, file, retirement) {
        put(&mut table, key, value);
    }
    Ok(Document {
        file: format!("state at epoch {} of {}", spec.from, file.display()),
        stem: String::new(),
        folder: PathBuf::new(),
        table,
    })
}

/// Every key of the model's input that history decides.
fn keys(
    spec: &HindcastSpec,
    history: &History,
    first: usize,
    days: Days,
    file: &Path,
    retirement: f64,
) -> Vec<(&'static str, Value)> {
    let number = Value::Float;
    let whole = |number: i64| Value::Integer(number);
    let beyond = spec.until.map(|day| day - days.start / DAY).filter(|&day| day > days.horizon());
    let mut keys = vec![("simulation.horizon_days", whole(beyond.unwrap_or(days.horizon())))];
    if beyond.is_some() {
        keys.push(("market.price.replay_days", whole(days.horizon())));
    }
    keys.extend(chain(history, first, days.start));
    keys.extend(market(history, first, file));
    keys.extend(rigs(spec, days.start / DAY));
    let (now, past) = hash_rates(spec, history, first, days.start);
    keys.push(("miners.population.hash_rate_ehs", number(now)));
    keys.push(("miners.population.past_hash_rate_ehs", numbers(past.iter().copied())));
    let monthly = most_added(&[&[now], &*past].concat(), retirement) / 12.0;
    let capacity = (monthly * spec.capacity_over_additions).max(now * spec.least_capacity_share);
    keys.push(("market.rigs.capacity_ehs_per_month", number(capacity)));
    keys.extend(closures(spec, days.start / DAY));
    let storms = spec.storms.iter().map(|day| day - days.start / DAY).filter(|&day| day >= 0);
    keys.push(("market.energy.storm_days", numbers(storms.map(|day| day as f64))));
    keys
}

fn chain(history: &History, first: usize, start: i64) -> [(&'static str, Value); 5] {
    let (before, epoch) = (&history.epochs[first - 1], &history.epochs[first]);
    let elapsed = (start - epoch.first_time) as f64;
    let height = expected_height(epoch.first_height, epoch.difficulty, before.hash_rate, elapsed);
    [
        ("chain.first_day", Value::String(iso_date(start / DAY))),
        ("chain.unix_time", Value::Integer(start)),
        ("chain.height", Value::Integer(i64::from(height))),
        ("chain.bits", Value::String(format!("{:08x}", epoch.bits.bits()))),
        ("chain.epoch_first_time", Value::Integer(epoch.first_time)),
    ]
}

fn market(history: &History, first: usize, file: &Path) -> [(&'static str, Value); 4] {
    let epoch = &history.epochs[first];
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    [
        ("market.price.process", Value::String("replay".to_owned())),
        ("market.price.replay_file", Value::String(path.to_string_lossy().into_owned())),
        ("market.price.initial_usd", Value::Float(epoch.price.0)),
        ("market.fees.initial_share", Value::Float(epoch.fee_share)),
    ]
}

/// The frontier of rigs on the first day, in the years before, and its fall in the year after.
fn rigs(spec: &HindcastSpec, day: i64) -> [(&'static str, Value); 3] {
    let at = |years: f64| -> f64 {
        let time = (day as f64 + years * DAYS_PER_YEAR) * SECONDS.0;
        spec.frontier.efficiency(time).j_per_th()
    };
    let improvement = (1.0 - at(1.0) / at(0.0)).clamp(0.0, 0.9);
    [
        ("market.rigs.frontier_efficiency_j_per_th", Value::Float(at(0.0))),
        (
            "market.rigs.past_frontier_j_per_th",
            numbers((1..=spec.past_years).map(|year| at(-(year as f64)))),
        ),
        ("market.rigs.annual_improvement", Value::Float(improvement)),
    ]
}

/// Hash rate on the first day, and one, two, … years before, EH/s: of the sites that are open on the
/// first day, that is times (1 − c)/(1 − c'), with the shares c closed then and c' closed in an epoch.
fn hash_rates(spec: &HindcastSpec, history: &History, first: usize, start: i64) -> (f64, Vec<f64>) {
    let epochs = &history.epochs[..first];
    let open = |from, to| 1.0 - spec.closed(from, to);
    let ehs: Vec<f64> = (0..first)
        .map(|at| {
            let then = open(epochs[at].first_time, end_of(&history.epochs, at));
            epochs[at].hash_rate.ehs() * open(start, start) / then
        })
        .collect();
    let times: Vec<f64> = epochs.iter().map(|epoch| epoch.first_time as f64).collect();
    let now = geometric_mean(&ehs[ehs.len() - spec.recent_epochs..]);
    (now, yearly_hash_rates(&times, &ehs, start as f64, spec.past_years))
}

/// Gross additions of the year of the past in which they were most, EH/s; `ehs` are the hash rates now, one, two, …
/// years ago. What manufacturers could make once they can make again: a bad year is a year of few orders.
fn most_added(ehs: &[f64], retirement: f64) -> f64 {
    (0..ehs.len().saturating_sub(1))
        .map(|year| yearly_additions(&ehs[year..], retirement))
        .fold(0.0, f64::max)
}

fn closures(spec: &HindcastSpec, start_day: i64) -> [(&'static str, Value); 5] {
    let list = |of: fn(&super::Closure) -> f64| numbers(spec.closures.iter().map(of));
    let days = spec.closures.iter().map(|closure| (closure.from - start_day) as f64);
    [
        ("miners.closures.day", numbers(days)),
        ("miners.closures.span_days", list(|closure| (closure.to - closure.from) as f64)),
        ("miners.closures.share", list(|closure| closure.share)),
        ("miners.closures.return_days", list(|closure| closure.away[0])),
        ("miners.closures.return_span_days", list(|closure| closure.away[1] - closure.away[0])),
    ]
}

fn numbers(values: impl Iterator<Item = f64>) -> Value {
    Value::Array(values.map(Value::Float).collect())
}

/// Puts a value at a dotted key, making the sections on the way.
fn put(table: &mut Table, key: &str, value: Value) {
    crate::study::experiment::dotted::put(table, key, value);
}
