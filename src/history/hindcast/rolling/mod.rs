//! Many beginnings: the model and the null models forecast from each of them, and are scored by horizon.
//!
//! A window of horizon h are the h epochs after a beginning; a score of a horizon is over all epochs of all its windows.
//! With a spin-up, paths begin so many epochs before, and count by how well they kept to what was measured since then
//! ([`super::matching`]).

pub mod ensembles;
pub mod null_bands;
pub mod perfect;
pub mod scores;

use std::path::Path;

use super::null_models::NullModelError;
use super::nulls::NullModels;
use super::{Hindcast, WindowRequest, scenarios};
use crate::study::error::Error;
use crate::study::experiment::{Experiment, Overrides};
use null_bands::null_laws;

/// Latest epoch that may be named: all there will be until the subsidy ends, and no sum of two overflows.
pub const LATEST: u32 = 3_440;

/// Epochs after which forecasts begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginnings {
    /// First: an epoch that is known, the next is forecast.
    pub from: u32,
    /// Last, at most.
    pub to: u32,
    /// Epochs between them, at least 1.
    pub step: u32,
}

impl Beginnings {
    /// Reads `FROM:TO:STEP`.
    ///
    /// # Errors
    /// What is allowed, for whatever else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let usage = || "expected FROM:TO:STEP in epochs, such as 262:442:12".to_owned();
        let parts: Vec<u32> = text
            .split(':')
            .map(|part| part.parse().map_err(|_| usage()))
            .collect::<Result<_, _>>()?;
        let [from, to, step] = parts[..] else { return Err(usage()) };
        match () {
            () if step == 0 => Err("STEP must be at least 1 epoch".to_owned()),
            () if to < from => Err(format!("TO must not be before FROM = {from}")),
            () if to > LATEST => Err(format!("TO must be at most {LATEST}")),
            () => Ok(Self { from, to, step }),
        }
    }

    /// All of them, in order.
    pub fn all(&self) -> impl Iterator<Item = u32> + use<> {
        (self.from..=self.to).step_by(self.step.max(1) as usize)
    }
}

/// What is asked of many beginnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollingRequest {
    /// Epochs after which forecasts begin.
    pub beginnings: Beginnings,
    /// Horizons in epochs, rising.
    pub horizons: Vec<u32>,
    /// Epochs before each beginning from which paths start.
    pub spin_up: u32,
    /// Paths of each beginning; none for the experiment's replicates.
    pub paths: Option<u32>,
}

impl RollingRequest {
    /// Beginnings between which windows of a horizon still overlap: those of neighbours count as one.
    #[must_use]
    pub fn overlap(&self, horizon: u32) -> usize {
        horizon.div_ceil(self.beginnings.step.max(1)).max(1) as usize
    }

    fn longest(&self) -> u32 {
        self.horizons.last().copied().unwrap_or(0)
    }
}

/// A beginning and the window that its paths run through, spin-up included.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Last epoch that is known.
    pub beginning: u32,
    /// From the spin-up's first epoch to the longest horizon, or to the end of history.
    pub window: Hindcast,
}

/// Many beginnings of one hindcast, and the experiment that runs them.
#[derive(Clone, Debug)]
pub struct Rolling {
    /// What was asked.
    pub request: RollingRequest,
    /// The beginnings in order.
    pub origins: Vec<Origin>,
    /// A scenario an origin, a replicate a path.
    pub experiment: Experiment,
}

/// Days between records of a path where nothing else is set: epochs are some two weeks, and work is linear in between.
pub const RECORD_EVERY_DAYS: u32 = 7;
/// Key of the pace of records.
const PACE: &str = "simulation.record_every_days";

impl Rolling {
    /// The beginnings of a hindcast's file.
    ///
    /// # Errors
    /// As [`Hindcast::load`]; if no beginning has an epoch behind it that is known, or none has as many as a horizon.
    pub fn load(
        path: &Path,
        window: &WindowRequest,
        overrides: &Overrides,
        request: &RollingRequest,
    ) -> Result<Self, Error> {
        let overrides = paced(overrides, request);
        let load = |from: u32, to: u32| {
            let window = WindowRequest { from: Some(from), to: Some(to), ..window.clone() };
            Hindcast::load(path, &window, &overrides)
        };
        let begins = |beginning: u32| beginning.saturating_sub(request.spin_up);
        let from = request.beginnings.from;
        let first = load(begins(from), from + 1)?;
        let known = first.history.epochs.last().map_or(0, |epoch| epoch.epoch);
        check_horizons(&first, request, known)?;
        let origin = |beginning: u32| {
            let to = (beginning + request.longest()).min(known);
            load(begins(beginning), to).map(|window| Origin { beginning, window })
        };
        let origins: Vec<Origin> = request
            .beginnings
            .all()
            .filter(|beginning| beginning + request.horizons[0] <= known)
            .map(origin)
            .collect::<Result<_, _>>()?;
        check_rivals(&origins[0])?;
        let windows: Vec<Hindcast> = origins.iter().map(|origin| origin.window.clone()).collect();
        // The file's own window need not be in this history: only what holds for all windows is taken from one.
        let one = windows[0].experiment.clone();
        let suffix = format!("-{}-{}", windows[0].spec.from, windows[0].spec.to);
        let name = one.name.strip_suffix(&suffix).unwrap_or(&one.name);
        let experiment = Experiment {
            name: format!("{name}-rolling"),
            title: format!("{}, from many beginnings", one.title),
            stopping: None,
            scenarios: scenarios(&windows),
            designs: Vec::new(),
            contrasts: Vec::new(),
            ..one
        };
        Ok(Self { request: request.clone(), origins, experiment })
    }
}

/// The overrides with the number of paths, and with a pace of records unless they set one.
fn paced(overrides: &Overrides, request: &RollingRequest) -> Overrides {
    let mut overrides = overrides.clone();
    overrides.replicates = request.paths.or(overrides.replicates);
    if !overrides.set.iter().any(|(key, _)| key == PACE) {
        overrides.set.push((PACE.to_owned(), RECORD_EVERY_DAYS.to_string()));
    }
    overrides
}

/// Refuses horizons that no beginning has behind it: a row without a window would read as one that was tried.
fn check_horizons(
    first: &Hindcast,
    request: &RollingRequest,
    known: u32,
) -> Result<(), crate::study::error::ConfigError> {
    let from = request.beginnings.from;
    let wrong = request.horizons.iter().find(|&&horizon| from + horizon > known);
    let Some(&horizon) = wrong else { return Ok(()) };
    let allowed = format!(
        "a beginning of --rolling, with a horizon of {horizon} epochs, needs the history to go on to epoch {}; \
         it ends with {known}",
        from + horizon
    );
    Err(first.spec.refuse("from", from, allowed))
}

/// Refuses a first beginning before which null models cannot be estimated or have no bands: sooner than after the runs.
fn check_rivals(first: &Origin) -> Result<(), crate::study::error::ConfigError> {
    let Origin { beginning, window } = first;
    let places: Vec<usize> = window.history.position(*beginning).into_iter().collect();
    let laws = null_laws(&NullModels::new(window), &places, 1);
    let refuse = |error: NullModelError| {
        let allowed = format!("a beginning of --rolling must come later: {error}");
        window.spec.refuse("from", *beginning, allowed)
    };
    laws.map(drop).map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_and_overlaps_follow_from_the_step() {
        let beginnings = Beginnings { from: 262, to: 300, step: 12 };
        let request =
            RollingRequest { beginnings, horizons: vec![1, 12, 26], spin_up: 0, paths: None };
        assert_eq!(beginnings.all().collect::<Vec<_>>(), [262, 274, 286, 298]);
        assert_eq!([1, 12, 13, 26].map(|horizon| request.overlap(horizon)), [1, 1, 2, 3]);
    }

    #[test]
    fn beginnings_are_three_numbers_and_wrong_ones_say_what_is_allowed() {
        assert_eq!(
            Beginnings::parse("262:442:12"),
            Ok(Beginnings { from: 262, to: 442, step: 12 })
        );
        for (text, words) in [
            ("262:442", "FROM:TO:STEP"),
            ("262:442:12:1", "FROM:TO:STEP"),
            ("a:442:12", "FROM:TO:STEP"),
            ("262:442:0", "at least 1"),
            ("442:262:12", "before FROM = 442"),
            ("262:99999:12", "at most 3440"),
        ] {
            let error = Beginnings::parse(text).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
