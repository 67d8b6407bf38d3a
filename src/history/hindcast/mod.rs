//! Hindcasts: the network of a past day, built from history, and fed with the price and the fees that
//! came. What is known of the day goes into the model's input ([`state`]); behaviour stays as it is.
//!
//! `[hindcast]` in an experiment file names the window and what was decided outside the model.

pub mod ai_deals;
pub mod ai_history;
pub mod closure_schedule;
pub mod deals;
pub mod forecast_scores;
pub mod matched_start;
pub mod matching;
pub mod null_models;
pub mod nulls;
pub mod one_step;
pub mod paths;
pub mod predictive;
pub mod rolling;
pub mod scores;
pub mod spec;
pub mod state;
mod together;

use std::path::{Path, PathBuf};

use super::series::History;
use crate::study::error::Error;
use crate::study::experiment::config::Tree;
use crate::study::experiment::document::Document;
use crate::study::experiment::{Experiment, Overrides};

use ai_deals::AiRecord;
pub use spec::Closure;
pub use spec::HindcastSpec;
pub(crate) use together::OneStep;
pub use together::scenarios;

/// What the command line says about a hindcast.
#[derive(Clone, Debug, Default)]
pub struct WindowRequest {
    /// `--data`: the history.
    pub data: Option<PathBuf>,
    /// `--from`: first epoch.
    pub from: Option<u32>,
    /// `--to`: last epoch.
    pub to: Option<u32>,
    /// Not to go on beyond the last epoch, whatever the file says.
    pub within_history: bool,
}

/// An experiment that starts from history.
#[derive(Clone, Debug)]
pub struct Hindcast {
    /// What is run.
    pub experiment: Experiment,
    /// What it is compared with.
    pub history: History,
    /// Window and outside events.
    pub spec: HindcastSpec,
    /// Deals for AI halls that its paths are compared with, if the experiment names them.
    pub ai_record: Option<AiRecord>,
}

impl Hindcast {
    /// Reads an experiment with a `[hindcast]` section and builds its first day from history.
    ///
    /// A window other than the file's own gets a name of its own, so that results stay apart.
    ///
    /// # Errors
    /// At the first thing that is wrong with the files, or where the history does not hold the window
    /// and the years before it.
    pub fn load(path: &Path, window: &WindowRequest, overrides: &Overrides) -> Result<Self, Error> {
        let document = Document::read(path)?;
        let chain = document.clone().chain()?;
        let mut spec = HindcastSpec::read(&chain)?;
        let own = (spec.from, spec.to);
        (spec.from, spec.to) = (window.from.unwrap_or(own.0), window.to.unwrap_or(own.1));
        spec.until = spec.until.filter(|_| !window.within_history);
        let file = window.data.clone().or_else(|| spec.history.clone());
        let file = file.ok_or_else(|| spec.no_history())?;
        let history = History::read(&file)?;
        let retirement = retirement(&document.file, &chain, overrides)?;
        let state = state::document(&spec, &history, &file, retirement)?;
        let read = |[deals, quarters]: &[PathBuf; 2]| AiRecord::read(deals, quarters);
        let ai_record = spec.ai_record.as_ref().map(read).transpose()?;
        let mut experiment = Experiment::resolve_from(document, Some(&state), overrides)?;
        if own != (spec.from, spec.to) {
            experiment.name = format!("{}-{}-{}", experiment.name, spec.from, spec.to);
        }
        Ok(Self { experiment, history, spec, ai_record })
    }
}

/// Share of the fleet that retires in a year, as the experiment has it.
fn retirement(file: &str, chain: &[Document], overrides: &Overrides) -> Result<f64, Error> {
    let mut tree = Tree::blank()?;
    chain.iter().try_for_each(|link| tree.overlay(link))?;
    overrides.apply(&mut tree)?;
    Ok(tree.setup(file)?.miners.population.annual_retirement)
}
