//! Setups for tests: the baseline experiment with a few keys changed, through the public interface.
//!
//! Each test program compiles a copy and uses a part of it.
#![allow(dead_code)]

pub mod columns;
pub mod digest;
pub mod made_up;
pub mod manifest;
pub mod network;
pub mod paired;
pub mod sweep;
pub mod totals;
pub mod walk;

use std::path::{Path, PathBuf};

use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::world::simulation::Setup;

/// Key and value, as `--set key=value` takes them.
pub type Change<'a> = (&'a str, &'a str);

/// A small world: enough miners for every process to happen, few enough for a test.
pub const SMALL: [Change<'static>; 3] = [
    ("miners.population.count", "150"),
    ("simulation.horizon_days", "365"),
    ("simulation.record_every_days", "7"),
];

/// No named owners: every miner is drawn.
pub const UNNAMED: Change<'static> = ("miners.owners", "[]");
/// Miners cannot host AI.
pub const AI_OFF: Change<'static> = ("ai.enabled", "false");

/// Path of a file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// An experiment of the repository with some keys changed.
pub fn experiment(name: &str, changes: &[Change]) -> Experiment {
    let set = changes.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
    let overrides = Overrides { set, ..Overrides::default() };
    let path = repository(&format!("experiments/{name}.toml"));
    Experiment::load(&path, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// The baseline with some keys changed.
pub fn setup(changes: &[Change]) -> Setup {
    experiment("baseline", changes).base
}

/// [`SMALL`] with some more keys changed.
pub fn small(changes: &[Change]) -> Setup {
    setup(&[&SMALL, changes].concat())
}

/// A file of the measured history, which is not shipped; none, and a word about it, where absent.
pub fn history(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("HASHFLIGHT_DATA")
        .map_or_else(|| repository("../shared/data"), PathBuf::from);
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is absent; set HASHFLIGHT_DATA to its folder", path.display());
    None
}
