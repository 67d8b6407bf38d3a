//! A new experiment file.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::document::Document;
use super::{Experiment, Overrides, check_name};
use crate::files::{FileAttempt, abandoned_attempts_at, clear};
use crate::study::error::{ConfigError, Error};

/// The file that is written, with the name and the base to be filled in.
const TEMPLATE: &str = include_str!("template.toml");

/// Writes `NAME.toml` into a folder, an experiment that starts from another; returns its path.
///
/// # Errors
/// If a name is no plain one, both are the same, nothing of the other's name is there, or the file is;
/// [`Error::Disk`].
pub(crate) fn write_new(folder: &Path, name: &str, base: &str) -> Result<PathBuf, Error> {
    check_name("init", "NAME", name)?;
    check_name("init", "--from", base)?;
    if name == base {
        let problem = format!("NAME: `{name}` is what it starts from; choose another name");
        return Err(ConfigError::file("init", problem).into());
    }
    let path = folder.join(format!("{name}.toml"));
    let text = TEMPLATE.replace("{name}", name).replace("{base}", base);
    let shown = path.display().to_string();
    let document = Document::parse(&shown, name, folder.to_owned(), &text)?;
    Experiment::resolve(document, &Overrides::default()).map_err(|error| {
        let there = bases(folder).join(", ");
        ConfigError::Base { problem: error.to_string(), there }
    })?;
    let refused = |error: std::io::Error| {
        if error.kind() == ErrorKind::AlreadyExists {
            let remedy = "is there already and stays as it is; choose another name or remove it";
            return ConfigError::file(&shown, remedy).into();
        }
        Error::disk(&path)(error)
    };
    std::fs::create_dir_all(folder).map_err(refused)?;
    clear(abandoned_attempts_at(&path));
    let mut attempt = FileAttempt::begin(&path).map_err(refused)?;
    attempt.write_all(text.as_bytes()).and_then(|()| attempt.take_name()).map_err(refused)?;
    Ok(path)
}

/// Names of the experiments in a folder and of those that the binary brings along.
fn bases(folder: &Path) -> Vec<String> {
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
