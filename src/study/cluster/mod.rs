//! Running what is missing on a cluster: tables of tasks, scripts for schedulers, and the few calls
//! that hand them over.
//!
//! A shard is fixed by the plan. A *task* is a list of shards, one element of a scheduler's array.
//! A *submission* is a table of tasks over the shards missing at the time. An *attempt* is one
//! start of a task. The truth about what is done is the folder's, never the scheduler's: finished
//! work is reported there as timed out, held or unknown, and an element may run twice at once.

pub mod engine;
pub(crate) mod engines;
pub(crate) mod file_system;
pub(crate) mod merging;
pub mod options;
pub mod queue;
pub mod scheduler;
pub mod slurm;
pub mod start;
pub mod status;
pub mod submission;
pub mod tasks;
pub mod unfinished_tasks;
pub mod wishes;

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::results::folder::Folder;
use super::results::provenance::digest_file;
use super::results::shard::{clear_abandoned, publish, replace};
use crate::files::quoting::script_path;
use crate::files::sealed;
use tasks::TaskTable;

/// Where a submission is and what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskPlace {
    /// Results folder, absolute.
    pub root: String,
    /// Digest of the plan.
    pub plan: String,
    /// BLAKE3 digest of the program.
    pub binary: String,
    /// Number of the submission, from 0.
    pub number: u32,
    /// Digits that no other submission has, of whatever folder or user.
    pub token: String,
}

/// A job that was handed to a scheduler, or is about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SubmittedJob {
    /// Name, which no other submission has.
    pub name: String,
    /// Script, from the submission's folder.
    pub script: String,
    /// The scheduler's number; null until it has given one.
    pub job: Option<String>,
    /// First task of the array; null for the merge.
    #[serde(default)]
    pub offset: Option<u32>,
}

/// Content of `jobs.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Jobs {
    /// Which scheduler has them.
    pub engine: String,
    /// The arrays and, last, the merge.
    pub jobs: Vec<SubmittedJob>,
}

impl TaskPlace {
    /// The next submission of a results folder. One that is only shown has a token without the
    /// time in it, so that it looks alike whenever it is shown.
    ///
    /// # Errors
    /// If no script can name the folder.
    pub fn next(folder: &Folder, binary: String, shown: bool) -> Result<Self, Error> {
        let absolute = std::path::absolute(folder.root()).map_err(Error::disk(folder.root()))?;
        let root = script_path(&absolute)
            .map_err(|problem| Error::NotResults { folder: folder.root().to_owned(), problem })?;
        let number = numbers(folder.root()).last().map_or(0, |last| last + 1);
        let token = token(&absolute, number, shown);
        Ok(Self { root: root.to_owned(), plan: folder.digest.clone(), binary, number, token })
    }

    /// First eight digits of the plan's digest.
    #[must_use]
    pub(crate) fn short_digest(&self) -> &str {
        self.plan.get(..8).unwrap_or(&self.plan)
    }

    /// Folder of the submission, from the results folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        submission_folder(Path::new(""), self.number)
    }

    /// The program's copy.
    #[must_use]
    pub(crate) fn path_of_binary(&self) -> String {
        format!("{}/{}", self.root, self.binary_from_root())
    }

    /// The program's copy, from the results folder: digits and plain words.
    #[must_use]
    pub(crate) fn binary_from_root(&self) -> String {
        format!("bin/{}/hashflight", self.binary)
    }

    /// Makes the submission's folder, with the folder of its logs: a job whose log cannot be
    /// opened fails without a trace. Writes the table, and copies the program, so that a rebuild
    /// cannot change jobs that are queued.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn create(&self, table: &TaskTable, program: &[u8]) -> Result<(), Error> {
        let folder = Path::new(&self.root).join(self.folder());
        let (above, logs) = (folder.parent().unwrap_or(&folder), folder.join("logs"));
        fs::create_dir_all(above).map_err(Error::disk(above))?;
        // Another submission that chose the same number at the same time loses here.
        fs::create_dir(&folder).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Error::NotResults {
                folder: PathBuf::from(&self.root),
                problem: format!(
                    "is being submitted by another call, which took submission {:03}; \
                     `hashflight status` shows how far it is",
                    self.number
                ),
            },
            _ => Error::disk(&folder)(error),
        })?;
        fs::create_dir(&logs).map_err(Error::disk(&logs))?;
        let text = sealed::line(table).map_err(Error::damaged(&logs))?;
        self.write("tasks.json", &text)?;
        self.keep_program(program)
    }

    /// Copies the program, unless the copy is there and whole: its folder is named by its digest.
    fn keep_program(&self, program: &[u8]) -> Result<(), Error> {
        let target = PathBuf::from(self.path_of_binary());
        let folder = target.parent().unwrap_or(&target);
        fs::create_dir_all(folder).map_err(Error::disk(folder))?;
        clear_abandoned(folder)?;
        if target.exists() && digest_file(&target).ok().as_ref() != Some(&self.binary) {
            tracing::warn!("{} is damaged, and is replaced", target.display());
            replace(folder, "hashflight", |file| {
                file.write_all(program).map_err(Error::disk(&target))
            })?;
        } else {
            publish(folder, "hashflight", program)?;
        }
        make_executable(&target).map_err(Error::disk(&target))
    }

    /// Writes a file of the submission.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        let folder = Path::new(&self.root).join(self.folder());
        let path = folder.join(name);
        replace(&folder, name, |file| file.write_all(text.as_bytes()).map_err(Error::disk(&path)))
    }

    /// Notes which jobs there are, or will be.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn keep_jobs(&self, jobs: &Jobs) -> Result<(), Error> {
        let text = sealed::text(jobs).map_err(Error::damaged(&self.folder()))?;
        self.write("jobs.json", &text)
    }
}

/// The table of a submission.
///
/// # Errors
/// [`Error::NotResults`] if there is no such submission, [`Error::Damaged`] if its table is not what
/// was written or belongs to another plan.
pub(crate) fn read_tasks(folder: &Folder, number: u32) -> Result<TaskTable, Error> {
    let path = submission_folder(folder.root(), number).join("tasks.json");
    let again = "`hashflight submit` again makes a new table";
    if !path.is_file() {
        if numbers(folder.root()).contains(&number) {
            return Err(Error::damaged(&path)(format!("no such file; {again}")));
        }
        let there: Vec<_> = numbers(folder.root()).iter().map(u32::to_string).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        let problem = format!("has no submission {number}; there are: {there}");
        return Err(Error::NotResults { folder: folder.root().to_owned(), problem });
    }
    let table: TaskTable = read_sealed(&path, again)?;
    if table.plan_digest != folder.digest {
        return Err(Error::damaged(&path)("belongs to another plan"));
    }
    Ok(table)
}

/// The command of the whole whose tasks were submitted, as far as a submission tells.
#[must_use]
pub(crate) fn submitted_command(folder: &Folder) -> Option<String> {
    let read = |number| read_tasks(folder, number).ok()?.command;
    numbers(folder.root()).into_iter().find_map(read)
}

/// Reads a file that carries its digest.
fn read_sealed<T: serde::de::DeserializeOwned + serde::Serialize>(
    path: &Path,
    way_out: &str,
) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(Error::disk(path))?;
    sealed::read(&bytes).map_err(|problem| Error::damaged(path)(format!("{problem}; {way_out}")))
}

/// The jobs of a submission; `None` if it was not handed over by us.
///
/// # Errors
/// [`Error::Damaged`] if they cannot be known.
pub(crate) fn jobs_of(root: &Path, number: u32) -> Result<Option<Jobs>, Error> {
    let path = submission_folder(root, number).join("jobs.json");
    if !path.is_file() {
        return Ok(None);
    }
    let way_out = "look for its jobs with `squeue --me`, and remove the file if there are none";
    read_sealed(&path, way_out).map(Some)
}

/// The jobs of all submissions so far.
///
/// # Errors
/// [`Error::Damaged`] if those of one cannot be known.
pub(crate) fn earlier_jobs(root: &Path) -> Result<Vec<SubmittedJob>, Error> {
    let mut all = Vec::new();
    for number in numbers(root) {
        all.extend(jobs_of(root, number)?.into_iter().flat_map(|jobs| jobs.jobs));
    }
    Ok(all)
}

/// Numbers of the submissions of a results folder, ascending.
#[must_use]
pub fn numbers(root: &Path) -> Vec<u32> {
    let entries = fs::read_dir(root.join("submissions")).into_iter().flatten().flatten();
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let mut numbers: Vec<u32> = entries.filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}

/// Folder of a submission.
#[must_use]
pub(crate) fn submission_folder(root: &Path, number: u32) -> PathBuf {
    root.join("submissions").join(format!("{number:03}"))
}

/// Eight digits made of folder, user, submission and time.
fn token(root: &Path, number: u32, shown: bool) -> String {
    let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_nanos());
    let once = if shown { (0, 0) } else { (now, std::process::id()) };
    let user = scheduler::user().unwrap_or_default();
    let text = format!("{}\n{user}\n{number}\n{once:?}", whole.display());
    let digest = blake3::hash(text.as_bytes()).to_hex();
    digest.chars().take(8).collect()
}

/// This program's own file, even if a rebuild has replaced it since it started.
///
/// # Errors
/// [`Error::Disk`] if it cannot be read.
pub(crate) fn own_program() -> Result<Vec<u8>, Error> {
    let running = Path::new("/proc/self/exe");
    if let Ok(bytes) = fs::read(running) {
        return Ok(bytes);
    }
    let path = std::env::current_exe().map_err(Error::disk(running))?;
    fs::read(&path).map_err(Error::disk(&path))
}

/// BLAKE3 digest of a program, in hexadecimal.
#[must_use]
pub(crate) fn digest_of(program: &[u8]) -> String {
    blake3::hash(program).to_hex().to_string()
}

fn make_executable(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
