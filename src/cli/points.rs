//! Arguments of verbs that read a design and its outputs, and what these verbs leave.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use crate::analysis::points::{Arms, PointsSource};
use crate::report::analyses::AnalysisFolder;

/// Where points and outputs stand, and where figures go.
#[derive(Debug, Args)]
pub(crate) struct PointsArguments {
    /// Merged results of an experiment with a [[design]]; figures, tables and a JSON file are
    /// written into them
    #[arg(value_name = "RESULTS", required_unless_present = "design",
          conflicts_with_all = ["design", "outputs", "figures"])]
    results: Option<PathBuf>,
    /// CSV of a design: a column for each factor, `block` (A, B, AB1 … for Saltelli designs; the
    /// trajectory's number for Morris designs) and `row`
    #[arg(long, value_name = "D.csv", requires = "outputs")]
    design: Option<PathBuf>,
    /// CSV of outputs: `row` and one column or more; several lines of one row are replicates
    #[arg(long, value_name = "Y.csv", requires = "design")]
    outputs: Option<PathBuf>,
    /// Output to analyse: a column of Y.csv [default: the only one] or of runs.parquet
    #[arg(long, value_name = "COLUMN")]
    pub output: Option<String>,
    /// Design of the results [default: the only one that serves]
    #[arg(long, value_name = "NAME", conflicts_with = "design")]
    design_name: Option<String>,
    /// Arm of the results [default: the only one]
    #[arg(long, value_name = "ARM", conflicts_with_all = ["design", "contrast"])]
    arm: Option<String>,
    /// Analyses the difference of two arms, replicate by replicate
    #[arg(long, num_args = 2, value_names = ["TREATMENT", "CONTROL"], conflicts_with = "design")]
    contrast: Option<Vec<String>>,
    /// Ends the names of the files written into RESULTS, so that several analyses can stand side
    /// by side
    #[arg(long, value_name = "LABEL", conflicts_with = "design", value_parser = parse_label)]
    label: Option<String>,
    /// Writes figures, tables and a JSON file into this folder; RESULTS get them anyway
    #[arg(long, value_name = "DIR")]
    figures: Option<PathBuf>,
}

/// Letters, digits and `-_.`, so that it can stand in a file name.
fn parse_label(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let valid = !text.is_empty() && text.chars().all(fits);
    valid.then(|| text.to_owned()).ok_or_else(|| "expected letters, digits, - _ or .".to_owned())
}

impl PointsArguments {
    /// Where points and outputs stand.
    pub(super) fn source(&self) -> PointsSource {
        // Clap asks for RESULTS or for both files.
        let file = |path: &Option<PathBuf>| path.clone().unwrap_or_default();
        match &self.results {
            None => {
                PointsSource::Files { design: file(&self.design), outputs: file(&self.outputs) }
            }
            Some(folder) => PointsSource::Results {
                folder: folder.clone(),
                design: self.design_name.clone(),
                arms: self.arms(),
            },
        }
    }

    fn arms(&self) -> Arms {
        match (&self.arm, self.contrast.as_deref()) {
            (_, Some([treatment, control])) => {
                Arms::Contrast { treatment: treatment.clone(), control: control.clone() }
            }
            (Some(arm), _) => Arms::One(arm.clone()),
            _ => Arms::Only,
        }
    }

    /// Whether files are to be written.
    pub(super) const fn writes(&self) -> bool {
        self.results.is_some() || self.figures.is_some()
    }

    /// Whether files are written side by side rather than into the places of a results folder.
    pub(crate) const fn is_flat(&self) -> bool {
        self.results.is_none()
    }

    /// Ending of the names of files.
    pub(super) fn suffix(&self) -> String {
        self.label.as_ref().map(|label| format!("_{label}")).unwrap_or_default()
    }

    /// Where files are written.
    pub(super) fn folder(&self) -> Option<AnalysisFolder<'_>> {
        let root = self.results.as_deref().or(self.figures.as_deref())?;
        Some(AnalysisFolder { root, flat: self.is_flat() })
    }

    /// Writes files and says where they are.
    pub(super) fn write(&self, files: &[(String, Vec<u8>)]) -> Result<String, Failure> {
        let Some(folder) = self.folder() else { return Ok(String::new()) };
        let names = folder.write(files)?;
        Ok(format!("Written into {}: {}", folder.root.display(), names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stay_file_names() {
        assert_eq!(parse_label("hash-rate_1.0"), Ok("hash-rate_1.0".to_owned()));
        for bad in ["", "a/b", "a b", "ä"] {
            assert!(parse_label(bad).is_err(), "{bad}");
        }
    }
}
