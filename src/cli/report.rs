//! `report`: figures, tables, summary.

use std::path::Path;

use super::failure::Failure;
use super::run::write_report;
use crate::experiment::Folder;

/// Writes the report of a results folder.
pub fn execute(results: &Path) -> Result<(), Failure> {
    Folder::open(results)?;
    write_report(results)
}
