//! How a failure becomes an exit code.

use std::io::ErrorKind;

use crate::analysis::measure::MeasureError;
use crate::analysis::points::PointsError;
use crate::files::error::FileError;
use crate::history::calibration::run::CalibrationError;
use crate::study::cluster::start::StartError;
use crate::study::cluster::submission::SubmissionError;
use crate::study::design::DesignError;
use crate::study::error::{ConfigError, Error};
use crate::study::results::report_error::ReportError;

/// A run failed, or work is missing that should be there.
pub(crate) const FAILED: u8 = 1;
/// The input is wrong.
pub(crate) const INPUT: u8 = 2;
/// Another plan owns the results.
pub(crate) const ANOTHER_PLAN: u8 = 65;
/// Two attempts disagree.
pub(crate) const CONFLICT: u8 = 70;
/// The disk.
pub(crate) const DISK: u8 = 74;
/// Work is left; the same command continues.
pub(crate) const WORK_LEFT: u8 = 75;

/// Why a verb did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Exit code.
    pub code: u8,
    /// Message for the user.
    pub message: String,
}

impl Failure {
    /// A failure with a message.
    pub(super) fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(INPUT, error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Config(_)
            | Error::History(_)
            | Error::NotResults { .. }
            | Error::Scheduler { .. }
            | Error::Damaged { .. } => INPUT,
            Error::AnotherPlan { .. } | Error::AnotherBinary { .. } => ANOTHER_PLAN,
            Error::Conflict { .. } => CONFLICT,
            Error::Disk { source, .. } => unwritable(source.kind()),
            Error::Incomplete { .. } => WORK_LEFT,
            Error::Threads(_) => FAILED,
        };
        Self::new(code, error.to_string())
    }
}

impl From<SubmissionError> for Failure {
    fn from(error: SubmissionError) -> Self {
        let message = error.to_string();
        match error {
            SubmissionError::Refused(problem) => Self::new(INPUT, problem),
            SubmissionError::CutShort { source, .. } => Self { message, ..(*source).into() },
            SubmissionError::Study(error) => error.into(),
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::NoSuchTask(problem) => Self::new(INPUT, problem),
            StartError::AnotherProgram(_) => Self::new(ANOTHER_PLAN, error.to_string()),
            StartError::Study(error) => error.into(),
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        let code = match error {
            ReportError::Results(error) => return error.into(),
            ReportError::Disk { ref source, .. } => unwritable(source.kind()),
            ReportError::Figure { .. } => FAILED,
            ReportError::Missing(_)
            | ReportError::Input(_)
            | ReportError::Parquet { .. }
            | ReportError::Column { .. }
            | ReportError::Content { .. } => INPUT,
        };
        Self::new(code, error.to_string())
    }
}

impl From<CalibrationError> for Failure {
    fn from(error: CalibrationError) -> Self {
        match error {
            CalibrationError::Study(error) => error.into(),
            CalibrationError::Results(error) => error.into(),
            CalibrationError::Method { .. } => Self::new(FAILED, error.to_string()),
            CalibrationError::Damaged { .. } => Self::new(INPUT, error.to_string()),
            CalibrationError::Another(_) => Self::new(ANOTHER_PLAN, error.to_string()),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let code = match &error {
            FileError::Disk { source, .. } => unreadable(source.kind()),
            _ => INPUT,
        };
        Self::new(code, error.to_string())
    }
}

impl From<DesignError> for Failure {
    fn from(error: DesignError) -> Self {
        match error {
            DesignError::File(error) => error.into(),
            error => Self::new(INPUT, error.to_string()),
        }
    }
}

impl From<MeasureError> for Failure {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::File(error) => error.into(),
            error => Self::new(INPUT, error.to_string()),
        }
    }
}

impl From<PointsError> for Failure {
    fn from(error: PointsError) -> Self {
        match error {
            PointsError::File(error) => error.into(),
            PointsError::Report(error) => error.into(),
        }
    }
}

/// A file where a folder should be, or the other way round, is a wrong name; whatever else stops
/// writing is the disk's.
const fn unwritable(kind: ErrorKind) -> u8 {
    let misnamed = matches!(
        kind,
        ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::AlreadyExists
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidFilename
    );
    if misnamed { INPUT } else { DISK }
}

/// A file that is not there is a wrong name; whatever else stops reading is the disk's.
const fn unreadable(kind: ErrorKind) -> u8 {
    let misnamed =
        matches!(kind, ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory);
    if misnamed { INPUT } else { DISK }
}
