//! Results that were damaged after they were written: named, set aside, and made again.

use std::fs;
use std::io::ErrorKind;

use super::folder::Folder;
use super::folder::{KINDS, MANIFEST, SET_ASIDE, seal_name, shard_of};
use super::manifest::Manifest;
use super::receipt::ReceiptHistory;
use super::seal::{Damage, Seal, move_aside, set_aside};
use crate::study::error::Error;

impl Folder {
    /// Sets aside what is damaged among the shards that `mine` names, and among merged files; puts
    /// a lost or damaged manifest back if its copy vouches for the merged files. What was set aside
    /// counts as missing from then on.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn heal(&self, mine: &dyn Fn(u32) -> bool) -> Result<Vec<Damage>, Error> {
        let mut damages = self.heal_merged()?;
        if self.manifest()?.is_none() {
            let mut shards: Vec<u32> = self.names()?.iter().filter_map(|n| shard_of(n)).collect();
            shards.dedup();
            for shard in shards.into_iter().filter(|&shard| mine(shard)) {
                damages.extend(set_aside(self, shard)?);
            }
        }
        Ok(damages)
    }

    /// What is damaged, with nothing moved.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn damages(&self) -> Result<Vec<Damage>, Error> {
        let mut damages = Vec::new();
        let mut note = |checked: Result<(), Error>| {
            checked.or_else(|error| Damage::from_error(error).map(|damage| damages.push(damage)))
        };
        let manifest = self.manifest();
        let unmerged = matches!(manifest, Ok(None));
        match manifest {
            Err(error) => note(Err(error))?,
            Ok(None) => {
                let names = self.names()?;
                for name in names.iter().filter(|name| shard_of(name).is_some()) {
                    let shard = shard_of(name).unwrap_or_default();
                    if *name == seal_name(shard) {
                        note(Seal::read(self, shard).map(drop))?;
                    } else if let Ok(seal) = Seal::read(self, shard) {
                        note(seal.check(&self.shards(), name))?;
                    }
                }
            }
            Ok(Some(manifest)) => {
                for name in manifest.files.keys() {
                    note(manifest.check(self.root(), name))?;
                }
            }
        }
        // A merge elsewhere may have emptied the shards meanwhile.
        if unmerged && self.is_merged() {
            damages.clear();
        }
        Ok(damages)
    }

    /// The manifest, or its copy where it is damaged; none where the results are not merged.
    #[must_use]
    pub(crate) fn known_manifest(&self) -> Option<Manifest> {
        let path = self.root().join(MANIFEST);
        path.exists().then_some(())?;
        let copy = || Manifest::read(&self.receipts().join(MANIFEST)).ok();
        self.manifest().ok().flatten().or_else(copy)
    }

    /// Files that were set aside and not yet made again.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn set_aside(&self) -> Result<Vec<String>, Error> {
        let names = self.names()?;
        let lost = |name: &&String| {
            name.strip_suffix(SET_ASIDE).is_some_and(|whole| !names.contains(whole))
        };
        Ok(names.iter().filter(lost).map(|name| format!("shards/{name}")).collect())
    }

    fn heal_merged(&self) -> Result<Vec<Damage>, Error> {
        let mut damages = Vec::new();
        let path = self.root().join(MANIFEST);
        let whole = match self.manifest() {
            Ok(Some(manifest)) => Some(manifest),
            Ok(None) => self.copy_of_manifest(&mut damages)?,
            Err(error) => {
                damages.push(Damage::from_error(error)?);
                move_aside(&path)?;
                self.copy_of_manifest(&mut damages)?
            }
        };
        let Some(manifest) = whole else { return Ok(damages) };
        let before = damages.len();
        for name in manifest.files.keys() {
            if let Err(error) = manifest.check(self.root(), name) {
                damages.push(Damage::from_error(error)?);
            }
        }
        if damages.len() == before {
            self.heal_witnesses(&manifest, &mut damages)?;
            return Ok(damages);
        }
        // The results are merged no longer: what was said of them goes before what they were.
        remove(&path)?;
        remove(&self.receipts().join(MANIFEST))?;
        damages[before..].iter().try_for_each(|damage| move_aside(&damage.file))?;
        Ok(damages)
    }

    /// Puts manifest, its copy and receipts right beside whole merged results: what receipts say of
    /// attempts is not needed any more.
    fn heal_witnesses(&self, manifest: &Manifest, damages: &mut Vec<Damage>) -> Result<(), Error> {
        let copy = self.receipts().join(MANIFEST);
        let same = matches!(Manifest::read(&copy), Ok(there) if there == *manifest);
        if !same || !self.root().join(MANIFEST).exists() {
            if !same && fs::symlink_metadata(&copy).is_ok() {
                let problem = "is not the copy of manifest.json".to_owned();
                damages.push(Damage { file: copy.clone(), problem });
                move_aside(&copy)?;
            }
            fs::create_dir_all(self.receipts()).map_err(Error::disk(&self.receipts()))?;
            manifest.save(self)?;
        }
        for (file, line) in ReceiptHistory::read(&self.receipts()).damaged {
            move_aside(&file)?;
            damages.push(Damage { file, problem: format!("line {line} is damaged") });
        }
        Ok(())
    }

    /// The copy of the manifest, if the merged files are there that it is of.
    fn copy_of_manifest(&self, damages: &mut Vec<Damage>) -> Result<Option<Manifest>, Error> {
        let path = self.receipts().join(MANIFEST);
        if !path.exists() {
            return Ok(None);
        }
        match Manifest::read(&path) {
            Ok(manifest) if manifest.contradiction(self).is_none() => {
                let there = KINDS.iter().any(|kind| self.merged(kind).exists());
                Ok(there.then_some(manifest))
            }
            Ok(_) => Ok(None),
            Err(error) => {
                damages.push(Damage::from_error(error)?);
                move_aside(&path)?;
                Ok(None)
            }
        }
    }

    /// Puts the plan back where it is lost or damaged, if what else is there belongs to it.
    pub(crate) fn heal_plan(&self) -> Result<(), Error> {
        let damaged = match Self::open(self.root()) {
            Ok(_) => return Ok(()),
            Err(Error::Damaged { file, problem }) => Some(Damage { file, problem }),
            Err(Error::NotResults { .. }) => None,
            Err(other) => return Err(other),
        };
        if self.owner()? != ShardOwner::This {
            return damaged.map_or(Ok(()), |Damage { file, problem }| {
                Err(Error::Damaged {
                    file,
                    problem: format!(
                        "{problem}; nothing else in the folder shows that it holds results of this \
                         experiment: use another --out, or --fresh to start over"
                    ),
                })
            });
        }
        if let Some(damage) = damaged {
            tracing::warn!("{damage}; set aside, and written again: the results are of this plan");
            move_aside(&damage.file)?;
        }
        self.keep_plan()
    }

    /// Whose results the folder holds, as manifests and seals tell.
    pub(crate) fn owner(&self) -> Result<ShardOwner, Error> {
        let mut another = None;
        for path in [self.root().join(MANIFEST), self.receipts().join(MANIFEST)] {
            match Manifest::read(&path) {
                Ok(manifest) if manifest.plan_digest == self.digest => return Ok(ShardOwner::This),
                Ok(_) => another = another.or(Some(MANIFEST.to_owned())),
                Err(_) => {}
            }
        }
        let names = self.names()?;
        let mut shards: Vec<u32> = names.iter().filter_map(|name| shard_of(name)).collect();
        shards.dedup();
        for shard in shards {
            match Seal::of_shard(self, shard) {
                Ok(seal) if seal.is_of(self) => return Ok(ShardOwner::This),
                Ok(_) => another = another.or(Some(format!("shards/{}", seal_name(shard)))),
                Err(_) => {}
            }
        }
        Ok(another.map_or(ShardOwner::Nobody, ShardOwner::Another))
    }
}

/// Whose results a folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ShardOwner {
    /// This plan's, at least some.
    This,
    /// Another plan's: the file that tells.
    Another(String),
    /// None that say so.
    Nobody,
}

fn remove(path: &std::path::Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::disk(path)(error)),
        _ => Ok(()),
    }
}
