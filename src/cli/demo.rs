//! `demo`: a small paired run from the built-in baseline.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{invocation, threads};
use super::failure::Failure;
use super::output::say;
use super::run::{prepare, run_whole, write_report};
use crate::study::experiment::document::Document;
use crate::study::experiment::{Experiment, Overrides};
use crate::study::results::folder::Folder;
use crate::study::results::plan::Plan;

/// The experiment.
const DEMO: &str = include_str!("demo.toml");
/// A folder where no experiment files are, so that the built-in baseline is used.
const NOWHERE: &str = "built-in";

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Results folder
    #[arg(long, value_name = "DIR", default_value = "results/demo")]
    out: PathBuf,
}

/// Runs the demonstration and names its figures.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let document = Document::parse("built-in demo.toml", "demo", NOWHERE.into(), DEMO)?;
    let experiment = Experiment::resolve(document, &Overrides::default())?;
    let root = &arguments.out;
    // A demonstration by another version is worth nothing to anybody.
    let (plan, _) = Plan::from_experiment(&experiment)?;
    let stale = Folder::open(root).is_ok_and(|folder| {
        folder.plan.experiment == plan.experiment && folder.digest != plan.digest()
    });
    let folder = prepare(&experiment, root, stale)?;
    run_whole(&folder, &invocation(threads(None)), false)?;
    write_report(root)?;
    say(&figures(root).join("\n"))
}

/// The vector figures of a results folder.
fn figures(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root.join("figures")).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "svg"))
        .map(|path| path.display().to_string())
        .collect();
    paths.sort();
    paths
}
