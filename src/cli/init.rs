//! `init`: a new experiment file.

use std::path::Path;

use clap::Args;

use super::failure::Failure;
use super::output::say;
use crate::files::quoting::quoted;
use crate::study::experiment::template::write_new;

/// Where experiments live.
const FOLDER: &str = "experiments";

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name of the new experiment: experiments/NAME.toml is written
    name: String,
    /// Experiment to start from: one in experiments/, or one that is shipped
    #[arg(long, value_name = "TEMPLATE", default_value = "baseline")]
    from: String,
}

/// Writes the file, unless one is there.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let (folder, base) = (Path::new(FOLDER), arguments.from.trim_end_matches(".toml"));
    let path = write_new(folder, &arguments.name, base)?;
    let shown = path.display().to_string();
    say(&format!("{shown} is written; run it with: hashflight run {}", quoted(&shown)))
}
