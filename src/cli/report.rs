//! `report`: figures, tables, summary.

use std::path::Path;

use super::failure::Failure;
use super::run::write_report;

/// Writes the report of a results folder.
pub(crate) fn execute(results: &Path) -> Result<(), Failure> {
    write_report(results)
}
