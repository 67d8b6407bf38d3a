//! Merged results: what a folder says of them, and reading them once their digests are right.

use std::collections::BTreeMap;

use super::folder::{Folder, MANIFEST};
use super::manifest::Manifest;
use super::prepare::is_kept;
use crate::study::error::Error;
use crate::study::store::reader::TableReader;
use crate::study::store::table::{Field, runs_schema};

impl Folder {
    /// The manifest, if the results are merged.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is damaged, or says other things than the plan.
    pub fn manifest(&self) -> Result<Option<Manifest>, Error> {
        let path = self.root().join(MANIFEST);
        if !path.exists() {
            return Ok(None);
        }
        let manifest = Manifest::read(&path)?;
        match manifest.contradiction(self) {
            None => Ok(Some(manifest)),
            Some(key) => Err(Error::damaged(&path)(format!("its `{key}` is not that of the plan"))),
        }
    }

    /// Whether the results were merged and have lost their manifest, of which there is a copy.
    #[must_use]
    pub(crate) fn has_lost_manifest(&self) -> bool {
        let lost = !self.root().join(MANIFEST).exists() && self.merged("runs").is_file();
        lost && self.receipts().join(MANIFEST).is_file()
    }

    /// Opens a merged file, once it is certain that it is the one that was published.
    ///
    /// # Errors
    /// [`Error::NotResults`] if the results are not merged, [`Error::Damaged`], [`Error::Disk`].
    pub fn open_merged(&self, kind: &str, schema: &[Field]) -> Result<TableReader, Error> {
        let manifest = self.manifest()?.ok_or_else(|| Error::NotResults {
            folder: self.root().to_owned(),
            problem: "is not merged yet".to_owned(),
        })?;
        manifest.check(self.root(), &format!("{kind}.parquet"))?;
        let reader = TableReader::open(&self.merged(kind), schema)?;
        if reader.plan_digest().as_deref() == Some(&self.digest) {
            return Ok(reader);
        }
        Err(Error::damaged(&self.merged(kind))("belongs to another plan"))
    }

    /// Runs of every scenario in the merged results.
    ///
    /// # Errors
    /// [`Error::Disk`] or [`Error::Damaged`].
    pub fn merged_runs(&self) -> Result<BTreeMap<String, u32>, Error> {
        let reader = self.open_merged("runs", &runs_schema()[..2])?;
        let mut runs = BTreeMap::new();
        for table in reader.tables() {
            let table = table?;
            for (name, _) in (0..table.rows()).filter_map(|row| table.unit_of(row)) {
                *runs.entry(String::from_utf8_lossy(name).into_owned()).or_insert(0) += 1;
            }
        }
        Ok(runs)
    }

    /// Whether no run is kept in it yet.
    ///
    /// # Errors
    /// [`Error::Disk`] if the folder cannot be listed.
    pub(crate) fn is_untouched(&self) -> Result<bool, Error> {
        Ok(self.manifest()?.is_none() && !self.names()?.iter().any(|name| is_kept(name)))
    }
}

/// Brings title and contrasts of the manifest up to the plan; tells whether they had changed.
///
/// # Errors
/// [`Error::Disk`] if it cannot be written.
pub(crate) fn retitle_manifest(folder: &Folder) -> Result<bool, Error> {
    let Some(mut manifest) = folder.manifest()? else { return Ok(false) };
    let plan = &folder.plan;
    let before = manifest.clone();
    manifest.out_of_range.clone_from(&plan.out_of_range);
    manifest.title.clone_from(&plan.title);
    manifest.contrasts.clone_from(&plan.contrasts);
    let changed = manifest != before;
    if changed {
        manifest.save(folder)?;
    }
    Ok(changed)
}
