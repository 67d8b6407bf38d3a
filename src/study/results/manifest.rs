//! `manifest.json`: what merged results are, where they come from, and the digests of their files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::folder::{DESIGN, KINDS, LATER_KINDS, MANIFEST};
use super::plan::Plan;
use super::provenance::{Build, Invocation, build, digest_file, unix_seconds};
use super::receipt::FailedRun;
use super::shard::replace;
use crate::files::digest;
use crate::files::host;
use crate::files::sealed;
use crate::study::error::Error;
use crate::study::experiment::plausible::OutOfRange;
use crate::study::experiment::settings::{self, Settings};
use crate::study::experiment::stopping::Stopping;
use crate::study::experiment::sweep::PlannedSweep;
use crate::study::experiment::{Contrast, DesignPlace, Scenario};

/// What merged results are. All keys have to be there, and no other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of the experiment.
    pub experiment: String,
    /// One line about it.
    pub title: String,
    /// Command that produced the results.
    pub command: String,
    /// Scenario names, in the order of the experiment.
    pub scenarios: Vec<String>,
    /// What each scenario sets: dotted keys and their values.
    #[serde(deserialize_with = "settings::read_map")]
    pub settings: BTreeMap<String, Settings>,
    /// Pairs of scenarios whose difference is an effect.
    pub contrasts: Vec<Contrast>,
    /// Parameters with values that are allowed but not plausible.
    pub out_of_range: Vec<OutOfRange>,
    /// Designs whose points the scenarios lie at.
    pub designs: Vec<PlannedSweep>,
    /// Where in a design each scenario lies.
    #[serde(deserialize_with = "settings::read_map")]
    pub points: BTreeMap<String, DesignPlace>,
    /// BLAKE3 digest of `design.csv`; none without designs.
    pub design_digest: Option<String>,
    /// Replicates planned for each scenario.
    pub replicates: u64,
    /// The rule by which scenarios were stopped; none for a fixed number of replicates.
    pub stopping: Option<Stopping>,
    /// Runs in all, failed ones included.
    pub runs: u32,
    /// Runs that failed.
    pub failed: Vec<FailedRun>,
    /// Seed.
    pub seed: u64,
    /// Digest of the plan.
    pub plan_digest: String,
    /// Digest of the configuration that scenarios start from.
    pub config_digest: String,
    /// Date of day 0, `YYYY-MM-DD`.
    pub first_day: String,
    /// Machine that merged.
    pub host: String,
    /// Its worker threads.
    pub threads: usize,
    /// Time that the runs took, s.
    pub wall_seconds: f64,
    /// When they were merged, s since 1970.
    pub merged_unix_time: u64,
    /// BLAKE3 digests of the merged files, by name.
    pub files: BTreeMap<String, String>,
    /// BLAKE3 digests of the shards they were made of, in order, by kind.
    pub shards: BTreeMap<String, Vec<String>>,
    /// The program that merged.
    #[serde(flatten)]
    pub build: Build,
}

/// What a merge has found out about the files.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// Digests of the merged files, by name.
    pub files: BTreeMap<String, String>,
    /// Digests of the shards, by kind.
    pub shards: BTreeMap<String, Vec<String>>,
    /// Runs, failed ones included.
    pub runs: u32,
    /// Runs that failed.
    pub failed: Vec<FailedRun>,
}

impl Manifest {
    /// The manifest of results that have just been merged.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the plan says no first day.
    pub fn from_folder(
        folder: &Folder,
        invocation: &Invocation,
        wall_seconds: f64,
        merged: Merged,
    ) -> Result<Self, Error> {
        let plan = &folder.plan;
        let path = folder.root().join("plan.json");
        let design_digest =
            (!plan.designs.is_empty()).then(|| digest(plan.design_csv().as_bytes()));
        let first_day = first_day(plan)
            .ok_or_else(|| Error::damaged(&path)("has no chain.first_day in its configuration"))?;
        Ok(Self {
            experiment: plan.experiment.clone(),
            title: plan.title.clone(),
            command: invocation.command.clone(),
            scenarios: names(plan),
            settings: settings(plan),
            contrasts: plan.contrasts.clone(),
            out_of_range: plan.out_of_range.clone(),
            designs: plan.designs.clone(),
            points: points(plan),
            design_digest,
            replicates: u64::from(plan.replicates),
            stopping: plan.stopping.clone(),
            runs: merged.runs,
            failed: merged.failed,
            seed: plan.seed,
            plan_digest: folder.digest.clone(),
            config_digest: plan.config_digest(),
            first_day,
            host: host(),
            threads: invocation.threads,
            wall_seconds,
            merged_unix_time: unix_seconds(),
            files: merged.files,
            shards: merged.shards,
            build: build(),
        })
    }

    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// [`Error::NotResults`] if there is none; [`Error::Damaged`] if it is not as it was written,
    /// lacks a key, has an unknown one, or contradicts itself; [`Error::Disk`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let problem = "no such file; `hashflight run` makes results".to_owned();
                return Err(Error::NotResults { folder: path.to_owned(), problem });
            }
            read => read.map_err(Error::disk(path))?,
        };
        let damaged = |problem: String| Error::damaged(path)(problem);
        let manifest: Self = sealed::read(&bytes).map_err(|problem| {
            damaged(format!("{problem}; `hashflight run` or `merge` puts it right"))
        })?;
        manifest.check_content().map_err(damaged)?;
        Ok(manifest)
    }

    /// What of it cannot be, in a sentence.
    fn check_content(&self) -> Result<(), String> {
        if self.scenarios.is_empty() {
            return Err("`scenarios` is empty; at least one is needed".to_owned());
        }
        let known: BTreeSet<&String> = self.scenarios.iter().collect();
        let pairs = self.contrasts.iter();
        let mut named = pairs.flat_map(|contrast| [&contrast.treatment, &contrast.control]);
        if let Some(name) = named.find(|name| !known.contains(name)) {
            return Err(format!("`contrasts` names `{name}`, which `scenarios` does not"));
        }
        let wanted = KINDS.map(|kind| format!("{kind}.parquet"));
        let named = |name: &&String| self.files.contains_key(*name);
        // Results of earlier layouts lack regions or leases: whether these may, the plan tells.
        let later = LATER_KINDS.map(|kind| format!("{kind}.parquet"));
        let lacks = wanted.iter().filter(|name| !named(name)).all(|name| later.contains(name));
        if lacks && self.files.len() == wanted.iter().filter(named).count() {
            return Ok(());
        }
        Err(format!("`files` has to name {}, and nothing else", wanted.join(", ")))
    }

    /// The first key that says other things than the plan; title and contrasts may be older.
    #[must_use]
    pub(crate) fn contradiction(&self, folder: &Folder) -> Option<&'static str> {
        let plan = &folder.plan;
        let same = [
            ("plan_digest", self.plan_digest == folder.digest),
            ("config_digest", self.config_digest == plan.config_digest()),
            ("experiment", self.experiment == plan.experiment),
            ("scenarios", self.scenarios == names(plan)),
            ("settings", holds(&self.settings, plan, |each| Some(&each.set))),
            ("designs", self.designs == plan.designs),
            ("points", holds(&self.points, plan, |each| each.place.as_ref())),
            ("replicates", self.replicates == u64::from(plan.replicates)),
            ("stopping", self.stopping == plan.stopping),
            ("seed", self.seed == plan.seed),
            ("files", self.has_all() == plan.is_of_this_layout()),
            ("first_day", Some(&self.first_day) == first_day(plan).as_ref()),
        ];
        same.into_iter().find(|(_, same)| !same).map(|(key, _)| key)
    }

    /// Whether there is a file of a kind: results of earlier layouts have none of regions or of leases.
    #[must_use]
    pub fn has(&self, kind: &str) -> bool {
        self.files.contains_key(&format!("{kind}.parquet"))
    }

    fn has_all(&self) -> bool {
        KINDS.iter().all(|kind| self.has(kind))
    }

    /// Makes sure that a merged file, or `design.csv`, is the one that was published.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it is not; [`Error::Disk`].
    pub fn check(&self, root: &Path, name: &str) -> Result<(), Error> {
        let path = root.join(name);
        let design = self.design_digest.as_ref().filter(|_| name == DESIGN);
        let stated = self.files.get(name).or(design).map(String::as_str).unwrap_or_default();
        if !path.exists() {
            return Err(Error::damaged(&path)(format!("no such file; {AGAIN}")));
        }
        if digest_file(&path)? == stated {
            return Ok(());
        }
        Err(Error::damaged(&path)(format!(
            "is damaged or was changed: its digest is not the one in manifest.json; {AGAIN}"
        )))
    }

    /// Writes it: first the copy that is kept with the receipts, then `manifest.json`, which marks
    /// the results as merged.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn save(&self, folder: &Folder) -> Result<(), Error> {
        let text = sealed::text(self).map_err(Error::damaged(&folder.root().join(MANIFEST)))?;
        put(&folder.receipts(), text.as_bytes())?;
        put(folder.root(), text.as_bytes())?;
        // Several attempts may merge at once: the copy has to be of the one that stands in the end.
        let of = |parent: &Path| {
            let path = parent.join(MANIFEST);
            fs::read(&path).map_err(Error::disk(&path))
        };
        for _ in 0..TRIES {
            let stands = of(folder.root())?;
            if of(&folder.receipts())? == stands {
                break;
            }
            put(&folder.receipts(), &stands)?;
        }
        Ok(())
    }

    /// Position of a scenario in the order of the experiment.
    #[must_use]
    pub fn position(&self, scenario: &str) -> Option<usize> {
        self.scenarios.iter().position(|name| name == scenario)
    }
}

#[cfg(test)]
impl Manifest {
    /// A manifest of these keys, and of made-up ones for the rest.
    pub(crate) fn made_up(keys: &serde_json::Value) -> Self {
        let mut value = serde_json::json!({
            "experiment": "made-up", "title": "", "command": "", "scenarios": [], "settings": {},
            "contrasts": [], "out_of_range": [], "designs": [], "points": {},
            "design_digest": null, "replicates": 1, "stopping": null, "runs": 0, "failed": [],
            "seed": 1, "plan_digest": "", "config_digest": "", "first_day": "2025-10-01",
            "host": "", "threads": 1, "wall_seconds": 0.0, "merged_unix_time": 0, "files": {},
            "shards": {}, "tool": "", "revision": "", "dirty": false, "toolchain": "",
            "target": "", "profile": "",
        });
        for (key, given) in keys.as_object().unwrap() {
            value[key] = given.clone();
        }
        serde_json::from_value(value).unwrap()
    }
}

/// How often the copy is compared with a manifest that other attempts write, too.
const TRIES: u32 = 16;

/// Puts a manifest into a folder.
fn put(parent: &Path, bytes: &[u8]) -> Result<(), Error> {
    let path = parent.join(MANIFEST);
    replace(parent, MANIFEST, |file| file.write_all(bytes).map_err(Error::disk(&path)))
}

/// How damaged results are made again.
const AGAIN: &str = "`hashflight run` with the same experiment and --out sets it aside and makes it \
                     again";

fn names(plan: &Plan) -> Vec<String> {
    plan.scenarios.iter().map(|scenario| scenario.name.clone()).collect()
}

fn settings(plan: &Plan) -> BTreeMap<String, Settings> {
    plan.scenarios.iter().map(|each| (each.name.clone(), each.set.clone())).collect()
}

fn points(plan: &Plan) -> BTreeMap<String, DesignPlace> {
    let placed = plan.scenarios.iter();
    placed.filter_map(|each| Some((each.name.clone(), each.place.clone()?))).collect()
}

/// Whether a map holds what the scenarios of a plan have of a kind, and nothing else.
fn holds<T: PartialEq>(
    map: &BTreeMap<String, T>,
    plan: &Plan,
    of: impl Fn(&Scenario) -> Option<&T>,
) -> bool {
    let mut stated = plan.scenarios.iter().filter_map(|each| Some((&each.name, of(each)?)));
    stated.clone().count() == map.len() && stated.all(|(name, value)| map.get(name) == Some(value))
}

fn first_day(plan: &Plan) -> Option<String> {
    plan.config.pointer("/chain/first_day")?.as_str().map(str::to_owned)
}
