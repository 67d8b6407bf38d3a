//! One small file per attempt: who worked when on what, and which runs failed.
//!
//! A receipt is a file of JSON lines. Every line is appended in one write, so that a killed attempt
//! leaves whole lines. Nothing in it determines results.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::folder::Folder;
use super::provenance::{Invocation, binary, build, unix_seconds};
use super::task_index::scheduled_job;
use crate::files::create_appending;
use crate::files::host;
use crate::files::sealed;
use crate::study::error::Error;

/// Receipts of one host, process and second.
const MOST_ALIKE: u32 = 1000;

/// A run that could not be finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRun {
    /// Scenario.
    pub scenario: String,
    /// Replicate.
    pub replicate: u32,
    /// Shard that it is missing from.
    pub shard: u32,
    /// What went wrong.
    pub message: String,
}

impl std::fmt::Display for FailedRun {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(out, "{}, replicate {}: {}", self.scenario, self.replicate, self.message)
    }
}

/// A receipt being written.
#[derive(Debug)]
pub(crate) struct Receipt {
    file: File,
    path: PathBuf,
    began: Instant,
}

impl Receipt {
    /// Starts the receipt of an attempt.
    ///
    /// # Errors
    /// [`Error::Disk`] if the file cannot be made.
    pub(crate) fn start(
        folder: &Folder,
        invocation: &Invocation,
        share: &str,
    ) -> Result<Self, Error> {
        let (file, path) = create(&folder.receipts())?;
        let receipt = Self { file, path, began: Instant::now() };
        receipt.write(&json!({
            "event": "start",
            "plan_digest": folder.digest,
            "command": invocation.command,
            "share": share,
            "scheduler": scheduled_job(&|name| std::env::var(name).ok()),
            "threads": invocation.threads,
            "host": host(),
            "process": std::process::id(),
            "unix_time": unix_seconds(),
            "build": build(),
            "binary": binary(),
        }))?;
        Ok(receipt)
    }

    /// Notes a published shard.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn published(&self, shard: u32, units: usize, seconds: f64) -> Result<(), Error> {
        let (since_start, event) = (self.began.elapsed().as_secs_f64(), "published");
        self.write(&json!({
            "event": event, "shard": shard, "units": units, "seconds": seconds, "at": since_start,
        }))?;
        self.file.sync_data().map_err(Error::disk(&self.path))
    }

    /// Notes a run that failed.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn failed(&self, failure: &FailedRun) -> Result<(), Error> {
        self.write(&json!({ "event": "failed", "failure": failure }))
    }

    /// Ends the receipt.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub(crate) fn end(&self, units: usize, stopped: bool) -> Result<(), Error> {
        let seconds = self.began.elapsed().as_secs_f64();
        self.write(&json!({
            "event": "end", "units": units, "stopped": stopped, "wall_seconds": seconds,
        }))
    }

    /// Notes what broke the attempt; on a full disk that may fail, too.
    pub(crate) fn broken(&self, error: &Error) {
        let (kind, message) = (error.kind(), error.to_string());
        let _ = self.write(&json!({ "event": "broken", "kind": kind, "message": message }));
    }

    fn write(&self, line: &Value) -> Result<(), Error> {
        let line = sealed::line(line).map_err(Error::damaged(&self.path))?;
        (&self.file).write_all(line.as_bytes()).map_err(Error::disk(&self.path))
    }
}

/// A new file for a receipt. Containers may share host and process: then the second takes a number.
fn create(folder: &Path) -> Result<(File, PathBuf), Error> {
    let name = format!("{}-{}-{}", unix_seconds(), host(), std::process::id());
    for number in 1..MOST_ALIKE {
        let more = if number > 1 { format!("-{number}") } else { String::new() };
        let path = folder.join(format!("{name}{more}.jsonl"));
        match create_appending(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return Ok((opened.map_err(Error::disk(&path))?, path)),
        }
    }
    let taken = std::io::Error::from(ErrorKind::AlreadyExists);
    Err(Error::disk(&folder.join(name + ".jsonl"))(taken))
}

/// The lines of a receipt; what is no such line is passed over.
#[must_use]
pub fn events(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| sealed::opened(line.as_bytes()).ok()).collect()
}

/// What the receipts of a folder say together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ReceiptHistory {
    /// Digests of the programs that worked on it.
    pub binaries: BTreeSet<String>,
    /// Runs finished by the attempts.
    pub units: u64,
    /// Seconds that the attempts took for them, side by side.
    pub seconds: f64,
    /// Seconds in which at least one attempt was publishing, by the clocks of their hosts.
    pub busy_seconds: f64,
    /// Seconds that the published shards took, each on its thread.
    pub shard_seconds: f64,
    /// How often each shard was published.
    pub published: BTreeMap<u32, u32>,
    /// The slowest shard and its seconds.
    pub slowest: Option<(u32, f64)>,
    /// Command of the first attempt.
    pub command: Option<String>,
    /// Attempts.
    pub attempts: usize,
    /// Receipts with lines that are not as they were written, and their first such line.
    pub damaged: Vec<(PathBuf, usize)>,
}

impl ReceiptHistory {
    /// Reads all receipts; damaged lines are noted and passed over.
    #[must_use]
    pub(crate) fn read(folder: &Path) -> Self {
        let mut paths: Vec<_> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
            .collect();
        paths.sort();
        let mut history = Self { attempts: paths.len(), ..Self::default() };
        let mut spans = Vec::new();
        for path in paths {
            let bytes = fs::read(&path).unwrap_or_default();
            spans.push(history.add(&path, &String::from_utf8_lossy(&bytes)));
        }
        history.busy_seconds = covered(spans);
        history
    }

    /// Adds a receipt; returns when it began and when its last shard was published, s.
    fn add(&mut self, path: &Path, text: &str) -> (f64, f64) {
        let (mut began, mut last) = (0.0, 0.0_f64);
        // What a kill cut off has no end of line.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for (number, line) in (1..).zip(whole.lines()) {
            let Ok(line) = sealed::opened(line.as_bytes()) else {
                if self.damaged.last().is_none_or(|(known, _)| known != path) {
                    self.damaged.push((path.to_owned(), number));
                }
                continue;
            };
            match line["event"].as_str() {
                Some("start") => {
                    began = line["unix_time"].as_f64().unwrap_or(0.0);
                    let text = |key: &str| line[key].as_str().map(str::to_owned);
                    self.command = self.command.take().or_else(|| text("command"));
                    self.binaries.extend(text("binary"));
                }
                Some("published") => {
                    self.note_published(&line);
                    last = last.max(line["at"].as_f64().unwrap_or(0.0));
                }
                _ => {}
            }
        }
        self.seconds += last;
        (began, began + last)
    }

    fn note_published(&mut self, line: &Value) {
        self.units += line["units"].as_u64().unwrap_or(0);
        let shard = line["shard"].as_u64().and_then(|shard| u32::try_from(shard).ok());
        let Some((shard, seconds)) = shard.zip(line["seconds"].as_f64()) else { return };
        *self.published.entry(shard).or_default() += 1;
        self.shard_seconds += seconds;
        if self.slowest.is_none_or(|(_, most)| seconds > most) {
            self.slowest = Some((shard, seconds));
        }
    }
}

/// Length of what spans of time cover together.
fn covered(mut spans: Vec<(f64, f64)>) -> f64 {
    spans.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut length, mut end) = (0.0, f64::NEG_INFINITY);
    for (from, to) in spans {
        length += (to - from.max(end)).max(0.0);
        end = end.max(to);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_side_by_side_count_their_time_once() {
        assert_eq!(covered(vec![(0.0, 10.0), (2.0, 5.0), (8.0, 12.0), (20.0, 21.0)]), 13.0);
        assert_eq!(covered(Vec::new()), 0.0);
    }

    #[test]
    fn a_history_tells_what_was_published_twice_and_what_was_slowest() {
        let folder = tempfile::tempdir().unwrap();
        let line = |shard, seconds| {
            let event = json!({"event": "published", "shard": shard, "units": 3, "seconds": seconds,
                               "at": seconds});
            sealed::line(&event).unwrap()
        };
        let start = sealed::line(&json!({"event": "start", "unix_time": 100})).unwrap();
        let texts = [
            format!("{start}{}{}", line(0, 1.0), line(1, 4.0)),
            format!("{start}{}half a li", line(1, 6.0)),
        ];
        for (attempt, text) in texts.iter().enumerate() {
            fs::write(folder.path().join(format!("{attempt}.jsonl")), text).unwrap();
        }
        let history = ReceiptHistory::read(folder.path());
        assert_eq!(history.published, BTreeMap::from([(0, 1), (1, 2)]));
        assert_eq!(history.slowest, Some((1, 6.0)));
        assert_eq!((history.units, history.shard_seconds), (9, 11.0));
        assert_eq!((history.seconds, history.busy_seconds), (10.0, 6.0));
        assert!(history.damaged.is_empty(), "what a kill cut off is no damage");
        fs::write(folder.path().join("1.jsonl"), texts[1].replace("6.0", "7.0")).unwrap();
        let spoilt = ReceiptHistory::read(folder.path());
        assert_eq!(spoilt.damaged, [(folder.path().join("1.jsonl"), 2)]);
        assert_eq!(spoilt.published, BTreeMap::from([(0, 1), (1, 1)]));
    }
}
