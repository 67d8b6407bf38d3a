//! What can go wrong between a file and a result. Every message names the file, and where there is
//! one the key, the value and what is allowed.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Most keys that a message lists.
const FEW: usize = 12;

/// The input is wrong.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    /// A file as a whole cannot be used.
    #[error("{file}: {problem}")]
    File {
        /// The file, as the user named it.
        file: String,
        /// What is the matter with it.
        problem: String,
    },
    /// No experiment can start from another.
    #[error("{problem}\nexperiments to start from: {there}")]
    Base {
        /// What is the matter with it.
        problem: String,
        /// Those that are there.
        there: String,
    },
    /// A key that means nothing.
    #[error("{file}: {key}: no such key{suggestion}")]
    UnknownKey {
        /// Where the key stands.
        file: String,
        /// The key, dotted.
        key: String,
        /// `; did you mean "…"?`, or empty.
        suggestion: String,
    },
    /// A key that has to be there.
    #[error("{file}: {key} is missing")]
    Missing {
        /// Where the key should stand.
        file: String,
        /// The key, dotted.
        key: String,
    },
    /// A value that is not allowed.
    #[error("{file}: {key} = {value}: {allowed}")]
    Value {
        /// Where the value stands.
        file: String,
        /// The key, dotted.
        key: String,
        /// The value as written.
        value: String,
        /// What would be allowed.
        allowed: String,
    },
}

impl ConfigError {
    /// A [`ConfigError::File`].
    #[must_use]
    pub fn file(file: &str, problem: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), problem: problem.into() }
    }

    /// A [`ConfigError::Value`]; long values are shortened.
    #[must_use]
    pub fn value(file: &str, key: &str, value: &toml::Value, allowed: impl Into<String>) -> Self {
        let text = match value {
            toml::Value::Float(number) if number.abs() >= 1e16 => format!("{number:e}"),
            other => other.to_string(),
        };
        let short: String = text.chars().take(60).collect();
        let value = if short.len() < text.len() { format!("{short}…") } else { text };
        Self::Value { file: file.to_owned(), key: key.to_owned(), value, allowed: allowed.into() }
    }

    /// A [`ConfigError::UnknownKey`] with the nearest of `known` as a suggestion.
    #[must_use]
    pub fn unknown<'a>(file: &str, key: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.collect();
        let suggestion = match nearest(key, known.iter().copied()) {
            Some(near) => format!("; did you mean \"{near}\"?"),
            None if known.len() <= FEW => {
                let last = |name: &&str| name.rsplit('.').next().unwrap_or(name).to_owned();
                format!("; the keys are {}", known.iter().map(last).collect::<Vec<_>>().join(", "))
            }
            None => String::new(),
        };
        Self::UnknownKey { file: file.to_owned(), key: key.to_owned(), suggestion }
    }
}

/// The first of a long list, and how many more there are.
#[must_use]
pub(crate) fn some_of(all: &[String], between: &str, what: &str) -> String {
    let shown = all[..all.len().min(FEW)].join(between);
    let more = all.len().saturating_sub(FEW);
    if more == 0 { shown } else { format!("{shown}{between}and {more} more {what}") }
}

/// The candidate that `key` was most likely meant to be, if any is near enough.
///
/// A right last part in the wrong section counts as one typing error.
#[must_use]
pub(crate) fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let last = |text: &str| text.rsplit('.').next().unwrap_or(text).to_owned();
    let tail = last(key);
    let limit = (tail.chars().count() / 3).max(2);
    known
        .map(|candidate| {
            let whole = strsim::damerau_levenshtein(key, candidate);
            let part = 1 + strsim::damerau_levenshtein(&tail, &last(candidate));
            (whole.min(part), candidate)
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Anything that stops an experiment.
#[derive(Debug, Error)]
pub enum Error {
    /// The input is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The history cannot be used.
    #[error(transparent)]
    History(#[from] crate::files::error::FileError),
    /// The folder holds no results.
    #[error("{}: {problem}", folder.display())]
    NotResults {
        /// The folder.
        folder: PathBuf,
        /// Why it is none.
        problem: String,
    },
    /// The folder holds the results of another plan.
    #[error(
        "{} holds the results of another plan; it differs in:\n{differences}\n\
         use another --out, or --fresh to start over", folder.display()
    )]
    AnotherPlan {
        /// The folder.
        folder: PathBuf,
        /// One line per key that differs.
        differences: String,
    },
    /// What is there was made by another program.
    #[error(
        "{}: the runs that are there were made by another build of the program ({there}); results \
         of two builds are no one data set: continue with that build, use --fresh to start over, \
         or --allow-binary-change if you know that both give the same bits", folder.display()
    )]
    AnotherBinary {
        /// The folder.
        folder: PathBuf,
        /// Digest of the program that made them, shortened.
        there: String,
    },
    /// Two attempts at the same work left different bytes.
    #[error(
        "{} differs from the attempt published before; the new bytes are kept as {}: \
         the same work must give the same bytes", published.display(), conflict.display()
    )]
    Conflict {
        /// The file that was there.
        published: PathBuf,
        /// Where the other bytes went.
        conflict: PathBuf,
    },
    /// Work is missing, so that nothing can be merged.
    #[error("{}: cannot merge: {problem}", folder.display())]
    Incomplete {
        /// The folder.
        folder: PathBuf,
        /// What is missing or failed.
        problem: String,
    },
    /// A result file does not hold what it should.
    #[error("{}: {problem}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The disk, or the rights on it.
    #[error("{}: {source}", path.display())]
    Disk {
        /// What was read or written.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A scheduler did not do what it was asked.
    #[error("{call}: {problem}")]
    Scheduler {
        /// The call, as one would type it.
        call: String,
        /// Its complaint.
        problem: String,
    },
    /// The worker threads could not be started.
    #[error("cannot start the worker threads: {0}")]
    Threads(String),
}

impl Error {
    /// One word for what went wrong, as receipts have it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Config(_) | Self::History(_) | Self::NotResults { .. } => "input",
            Self::AnotherPlan { .. } | Self::AnotherBinary { .. } => "another plan",
            Self::Conflict { .. } => "conflict",
            Self::Incomplete { .. } => "incomplete",
            Self::Damaged { .. } => "damaged",
            Self::Disk { .. } => "disk",
            Self::Scheduler { .. } => "scheduler",
            Self::Threads(_) => "threads",
        }
    }

    /// Turns the system's answer about `path` into an [`Error::Disk`].
    pub fn disk(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Disk { path, source }
    }

    /// Turns a failure to write `file` into an [`Error::Disk`] if the system is at its root, and
    /// else into an [`Error::Damaged`].
    pub fn writing<E: std::error::Error + 'static>(file: &Path) -> impl FnOnce(E) -> Self {
        let file = file.to_owned();
        move |error| {
            let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
            while let Some(problem) = cause {
                if let Some(system) = problem.downcast_ref::<std::io::Error>() {
                    let source = std::io::Error::new(system.kind(), system.to_string());
                    return Self::Disk { path: file, source };
                }
                cause = problem.source();
            }
            Self::Damaged { file, problem: error.to_string() }
        }
    }

    /// Turns any complaint about the content of `file` into an [`Error::Damaged`].
    pub fn damaged<E: std::fmt::Display>(file: &Path) -> impl FnOnce(E) -> Self {
        let file = file.to_owned();
        move |problem| Self::Damaged { file, problem: problem.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_recognised_and_nonsense_is_not() {
        let known = ["market.price.initial_usd", "market.energy.tariff_sd_log"];
        let near = |key| nearest(key, known.into_iter());
        assert_eq!(near("market.price.inital_usd"), Some(known[0]));
        assert_eq!(near("market.price.tariff_sd_log"), Some(known[1]));
        assert_eq!(near("tariff_sd_log"), Some(known[1]));
        assert_eq!(near("no.such.key"), None);
    }

    #[test]
    fn a_full_disk_is_the_disks_fault_however_it_is_wrapped() {
        #[derive(Debug, Error)]
        #[error("while writing a column")]
        struct Wrapped(#[source] std::io::Error);
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = Error::writing(Path::new("f"))(Wrapped(full()));
        assert!(matches!(error, Error::Disk { .. }), "{error}");
        assert_eq!(error.to_string(), format!("f: {}", full()));
        let error = Error::writing(Path::new("f"))(std::fmt::Error);
        assert!(matches!(error, Error::Damaged { .. }), "{error}");
    }

    #[test]
    fn long_values_are_shortened() {
        let long = toml::Value::String("x".repeat(500));
        assert!(ConfigError::value("f", "k", &long, "short").to_string().len() < 120);
    }
}
