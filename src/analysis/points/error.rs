//! What can be wrong with points and their outputs.

use std::path::Path;

use crate::files::error::FileError;
use crate::study::results::report_error::ReportError;

/// Why points and outputs could not be read or analysed.
#[derive(Debug, thiserror::Error)]
pub enum PointsError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Results cannot be read.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl PointsError {
    pub(crate) fn refused(path: &Path, problem: String) -> Self {
        Self::File(FileError::whole(&path.display().to_string(), problem))
    }
}
