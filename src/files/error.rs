//! What can be wrong with a file that somebody else made: which file, where in it, what stands there,
//! what is allowed.

use std::fmt;
use std::io;
use std::path::Path;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk refused.
    #[error("{file}: {source}")]
    Disk {
        /// File.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not CSV.
    #[error("{file}: not readable as CSV: {source}{advice}")]
    Csv {
        /// File.
        file: String,
        /// What the reader says.
        source: csv::Error,
        /// What is needed; empty, or begins with `; `.
        advice: &'static str,
    },
    /// The header does not say what is needed.
    #[error("{file}: the header is `{header}`{advice}: {problem}")]
    Header {
        /// File.
        file: String,
        /// Column names found, shortened.
        header: String,
        /// Which headers there may be; empty, or begins with `; `.
        advice: &'static str,
        /// What is wrong with them and what is allowed.
        problem: String,
    },
    /// A cell does not say what it should.
    #[error("{file}: {place}, column `{column}`: `{value}` is not {allowed}")]
    Cell {
        /// File.
        file: String,
        /// Where its row is.
        place: FilePlace,
        /// Column.
        column: String,
        /// What stands there.
        value: String,
        /// What may stand there.
        allowed: String,
    },
    /// A row does not fit.
    #[error("{file}: {place}: {problem}")]
    Row {
        /// File.
        file: String,
        /// Where it is.
        place: FilePlace,
        /// What is wrong, and what is needed.
        problem: String,
    },
    /// The file as a whole does not serve.
    #[error("{file}: {problem}")]
    Whole {
        /// File.
        file: String,
        /// What is wrong, or what it is instead, and what is needed.
        problem: String,
    },
    /// Several files do not serve together.
    #[error("{problem}")]
    Together {
        /// What is missing or does not fit, and what is needed.
        problem: String,
    },
}

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePlace {
    /// The line at which it begins, the header being 1.
    Line(u64),
    /// Its number, the header being 1.
    Row(usize),
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Row(number) => write!(f, "row {number}"),
        }
    }
}

impl FileError {
    /// Turns the system's answer about `path` into a [`FileError::Disk`].
    pub fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let file = path.display().to_string();
        move |source| Self::Disk { file, source }
    }

    /// A [`FileError::Whole`]; `file` is the name for messages.
    #[must_use]
    pub fn whole(file: &str, problem: impl Into<String>) -> Self {
        Self::Whole { file: file.to_owned(), problem: problem.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_file_place_value_and_what_is_allowed() {
        let cell = |place| FileError::Cell {
            file: "f.csv".to_owned(),
            place,
            column: "low".to_owned(),
            value: "x".to_owned(),
            allowed: "a number".to_owned(),
        };
        let line = cell(FilePlace::Line(3)).to_string();
        assert_eq!(line, "f.csv: line 3, column `low`: `x` is not a number");
        assert!(cell(FilePlace::Row(3)).to_string().starts_with("f.csv: row 3, column"));
        let none = FileError::disk(Path::new("f"))(io::ErrorKind::NotFound.into());
        assert!(none.to_string().starts_with("f: "), "{none}");
    }
}
