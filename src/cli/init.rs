//! `init`: a new experiment file.

use std::io::Write;
use std::path::Path;

use clap::Args;

use super::failure::{DISK, Failure, INPUT};
use super::output::say;
use crate::files::quoting::quoted;
use crate::files::{Attempt, abandoned_attempts_at, clear};
use crate::study::experiment::document::Document;
use crate::study::experiment::{Experiment, Overrides, check_name};

/// The file that is written, with the name and the base to be filled in.
const TEMPLATE: &str = include_str!("init.toml");
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
    let (name, base) = (&arguments.name, arguments.from.trim_end_matches(".toml"));
    check_name("init", "NAME", name)?;
    check_name("init", "--from", base)?;
    if name == base {
        let problem = format!("init: NAME: `{name}` is what it starts from; choose another name");
        return Err(Failure::new(INPUT, problem));
    }
    let folder = Path::new(FOLDER);
    let path = folder.join(format!("{name}.toml"));
    let text = TEMPLATE.replace("{name}", name).replace("{base}", base);
    let shown = path.display().to_string();
    let document = Document::parse(&shown, name, folder.to_owned(), &text)?;
    Experiment::resolve(document, &Overrides::default()).map_err(|error| {
        let there = templates(folder).join(", ");
        Failure::new(INPUT, format!("{error}\nexperiments to start from: {there}"))
    })?;
    write_new(&path, &text)?;
    say(&format!("{shown} is written; run it with: hashflight run {}", quoted(&shown)))
}

/// Writes a file that must not exist yet.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let complain = |error: std::io::Error| {
        let taken = error.kind() == std::io::ErrorKind::AlreadyExists;
        let shown = path.display();
        if taken {
            let remedy = "is there already and stays as it is; choose another name or remove it";
            return Failure::new(INPUT, format!("{shown}: {remedy}"));
        }
        Failure::new(DISK, format!("{shown}: {error}"))
    };
    std::fs::create_dir_all(FOLDER).map_err(complain)?;
    clear(abandoned_attempts_at(path));
    let mut attempt = Attempt::begin(path).map_err(complain)?;
    attempt.write_all(text.as_bytes()).and_then(|()| attempt.take_name()).map_err(complain)
}

/// Names of the experiments in a folder and of those that the binary brings along.
fn templates(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.extend(Document::shipped().map(str::to_owned));
    names.sort();
    names.dedup();
    names
}
