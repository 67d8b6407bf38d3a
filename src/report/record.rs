//! `report.json`: what a finished report consists of, written last, so that a report that was cut
//! short is known for one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::files::write_whole;
use crate::files::digest_file;
use crate::files::sealed;
use crate::study::results::folder::MANIFEST;
use crate::study::results::report_error::ReportError;

/// Name of the file in a results folder.
pub(crate) const REPORT: &str = "report.json";
/// Ending of the name of an analysis' record.
const ANALYSIS: &str = ".record.json";
/// Files of a report beside its tables and figures.
const SUMMARIES: [&str; 4] = ["summary.json", "summary.csv", "differences.csv", "interactions.csv"];
/// What the names of analyses' files begin with.
const ANALYSES: [&str; 4] = ["sensitivity", "discovery", "hindcast", "rolling"];
/// Layout of the file.
pub(crate) const REPORT_VERSION: u32 = 1;

/// A finished report: of what, by what, and every file with its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRecord {
    /// Layout of this record.
    pub report_version: u32,
    /// Name and version of the program.
    pub tool: String,
    /// Revision of its source.
    pub revision: String,
    /// Whether the source had changes that no revision has.
    pub dirty: bool,
    /// BLAKE3 digest of the bytes of the `manifest.json` that the report was drawn from.
    pub manifest_digest: String,
    /// BLAKE3 digests of the files, by their paths below the results folder.
    pub files: BTreeMap<String, String>,
}

impl ReportRecord {
    /// The record of a report by this program.
    #[must_use]
    pub fn new(manifest_digest: String, files: BTreeMap<String, String>) -> Self {
        Self {
            report_version: REPORT_VERSION,
            tool: concat!("hashflight ", env!("CARGO_PKG_VERSION")).to_owned(),
            revision: env!("HASHFLIGHT_REVISION").to_owned(),
            dirty: env!("HASHFLIGHT_DIRTY") == "true",
            manifest_digest,
            files,
        }
    }

    /// Reads the record of a results folder; none where no report was finished.
    ///
    /// # Errors
    /// When the disk refuses, or the record is damaged.
    pub fn read(results: &Path) -> Result<Option<Self>, ReportError> {
        Self::read_named(results, REPORT)
    }

    fn read_named(results: &Path, name: &str) -> Result<Option<Self>, ReportError> {
        let path = results.join(name);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|source| ReportError::Disk { path: path.clone(), source })?,
        };
        let damaged = |problem: String| {
            let way_out = "write it again: hashflight report";
            let problem = format!("is damaged ({problem}); {way_out} {}", results.display());
            ReportError::content(&path, problem)
        };
        let record: Self = sealed::read(&text).map_err(damaged)?;
        let (there, here) = (record.report_version, REPORT_VERSION);
        if there != here {
            return Err(damaged(format!("report_version is {there}; this program knows {here}")));
        }
        match record.files.keys().find(|name| !stays_below(name)) {
            Some(name) => Err(damaged(format!("`{name}` is no path below the folder"))),
            None => Ok(Some(record)),
        }
    }

    /// Writes it: the last step of a report.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&self, results: &Path) -> Result<(), ReportError> {
        self.write_named(results, REPORT)
    }

    /// Records the files that an analysis of the results has written, as `<analysis>.record.json`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn of_analysis(
        results: &Path,
        analysis: &str,
        files: BTreeMap<String, String>,
    ) -> Result<(), ReportError> {
        let manifest = results.join(MANIFEST);
        let digest = digest_file(&manifest).map_err(|error| ReportError::disk(&manifest, error))?;
        Self::new(digest, files).write_named(results, &format!("{analysis}{ANALYSIS}"))
    }

    /// What reaches papers and is not as it was written: files that records name, records
    /// themselves, and tables, summaries, figures and analyses that no record vouches for.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn unproven(results: &Path) -> Result<Vec<String>, ReportError> {
        let (mut found, mut known) = (Vec::new(), BTreeSet::new());
        let root = names(results)?;
        let records = root.iter().filter(|name| name.ends_with(ANALYSIS)).map(String::as_str);
        for name in std::iter::once(REPORT).chain(records) {
            match Self::read_named(results, name) {
                Ok(None) => {}
                Ok(Some(record)) => {
                    found.extend(record.changed(results).into_iter().map(|file| match &*file {
                        MANIFEST => format!("{name}, which is of another manifest.json,"),
                        _ => file,
                    }));
                    known.extend(record.files.into_keys());
                }
                Err(ReportError::Content { .. }) => found.push(name.to_owned()),
                Err(error) => return Err(error),
            }
        }
        let reported = |name: &&String| {
            SUMMARIES.contains(&name.as_str())
                || (ANALYSES.iter().any(|start| name.starts_with(start))
                    && !name.ends_with(ANALYSIS))
        };
        let mut shown: Vec<String> = root.iter().filter(reported).cloned().collect();
        for folder in ["tables", "figures"] {
            let below = names(&results.join(folder))?;
            shown.extend(below.into_iter().map(|name| format!("{folder}/{name}")));
        }
        shown.retain(|name| !known.contains(name) && name.rsplit('.').next() != Some("tmp"));
        if shown.iter().any(|name| SUMMARIES.contains(&name.as_str()))
            && !results.join(REPORT).exists()
        {
            found.push(REPORT.to_owned());
        }
        found.extend(shown);
        Ok(found)
    }

    fn write_named(&self, results: &Path, name: &str) -> Result<(), ReportError> {
        let path = results.join(name);
        let text =
            sealed::text(self).map_err(|error| ReportError::content(&path, error.to_string()))?;
        write_whole(&path, text.as_bytes())
    }

    /// Paths below the results folder of files that are missing or no longer what the report wrote,
    /// with `manifest.json` first if it is another one.
    #[must_use]
    pub fn changed(&self, results: &Path) -> Vec<String> {
        let manifest = ("manifest.json".to_owned(), self.manifest_digest.clone());
        let all = std::iter::once((&manifest.0, &manifest.1)).chain(&self.files);
        let differs = |(name, digest): &(&String, &String)| {
            digest_file(&results.join(name)).ok().as_ref() != Some(*digest)
        };
        all.filter(differs).map(|(name, _)| name.clone()).collect()
    }

    /// Whether a results folder has a finished report of its present results, with every file as it
    /// was written.
    #[must_use]
    pub fn is_current(results: &Path) -> bool {
        matches!(Self::read(results), Ok(Some(record)) if record.changed(results).is_empty())
    }

    /// Removes the record of another report than the one that is begun, so that no record ever
    /// claims more than is there.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) fn retire(results: &Path, manifest_digest: &str) -> Result<(), ReportError> {
        if let Ok(Some(there)) = Self::read(results)
            && there == Self::new(manifest_digest.to_owned(), there.files.clone())
        {
            return Ok(());
        }
        let path = results.join(REPORT);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(ReportError::Disk { path, source: error })
            }
            _ => Ok(()),
        }
    }
}

/// Names of what is in a folder, in order; none where there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, ReportError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries
            .map_err(|source| ReportError::Disk { path: folder.to_owned(), source })?
            .flatten(),
    };
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

/// Whether a path leads nowhere but down.
fn stays_below(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    !name.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::digest;

    /// A results folder with a manifest, a table and the record of both.
    fn recorded() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("manifest.json"), "{}").unwrap();
        fs::write(folder.path().join("a.csv"), "1").unwrap();
        let files = BTreeMap::from([("a.csv".to_owned(), digest(b"1"))]);
        ReportRecord::new(digest(b"{}"), files).write(folder.path()).unwrap();
        folder
    }

    #[test]
    fn a_record_tells_what_is_missing_and_what_has_changed() {
        let folder = recorded();
        let changed = || ReportRecord::read(folder.path()).unwrap().unwrap().changed(folder.path());
        assert!(changed().is_empty() && ReportRecord::is_current(folder.path()));
        fs::write(folder.path().join("a.csv"), "2").unwrap();
        assert_eq!(changed(), ["a.csv"]);
        fs::remove_file(folder.path().join("a.csv")).unwrap();
        fs::write(folder.path().join("manifest.json"), "{ }").unwrap();
        assert_eq!(changed(), ["manifest.json", "a.csv"]);
        assert!(!ReportRecord::is_current(folder.path()));
    }

    #[test]
    fn every_flipped_bit_of_a_record_is_noticed() {
        let folder = recorded();
        let path = folder.path().join(REPORT);
        let whole = fs::read(&path).unwrap();
        for bit in 0..8 * whole.len() {
            let mut spoilt = whole.clone();
            spoilt[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, spoilt).unwrap();
            assert!(!ReportRecord::is_current(folder.path()), "bit {bit}");
        }
        fs::write(&path, &whole).unwrap();
        assert!(ReportRecord::is_current(folder.path()));
    }

    #[test]
    fn a_record_that_lacks_a_key_has_another_or_leads_elsewhere_is_refused() {
        let folder = recorded();
        let path = folder.path().join(REPORT);
        let whole = fs::read_to_string(&path).unwrap();
        let without = |line: &str| {
            whole.lines().filter(|other| !other.contains(line)).collect::<Vec<_>>().join("\n")
        };
        let more = whole.replacen('{', "{ \"note\": 1,", 1);
        for text in [without("\"revision\""), more] {
            fs::write(&path, text).unwrap();
            let error = ReportRecord::read(folder.path()).unwrap_err().to_string();
            assert!(
                error.contains("report.json: is damaged") && error.contains("hashflight report")
            );
        }
        let files = BTreeMap::from([("../a.csv".to_owned(), digest(b"1"))]);
        ReportRecord::new(String::new(), files).write(folder.path()).unwrap();
        assert!(ReportRecord::read(folder.path()).is_err());
    }

    #[test]
    fn only_the_record_of_the_same_report_outlives_the_beginning_of_one() {
        let folder = recorded();
        ReportRecord::retire(folder.path(), &digest(b"{}")).unwrap();
        assert!(folder.path().join(REPORT).exists());
        ReportRecord::retire(folder.path(), &digest(b"other")).unwrap();
        assert!(!folder.path().join(REPORT).exists());
        ReportRecord::retire(folder.path(), "").unwrap();
    }

    #[test]
    fn what_no_record_vouches_for_is_not_proven() {
        let folder = recorded();
        let root = folder.path();
        let unproven = || ReportRecord::unproven(root).unwrap();
        assert_eq!(unproven(), Vec::<String>::new());
        fs::create_dir(root.join("figures")).unwrap();
        for name in ["figures/old.svg", "sensitivity.json", "differences.csv"] {
            fs::write(root.join(name), "1").unwrap();
        }
        assert_eq!(unproven(), ["differences.csv", "sensitivity.json", "figures/old.svg"]);
        let files = ["figures/old.svg", "sensitivity.json", "differences.csv"];
        let files = files.map(|name| (name.to_owned(), digest(b"1"))).into();
        ReportRecord::of_analysis(root, "sensitivity", files).unwrap();
        assert_eq!(unproven(), Vec::<String>::new());
        fs::write(root.join("figures/old.svg"), "2").unwrap();
        assert_eq!(unproven(), ["figures/old.svg"]);
    }
}
