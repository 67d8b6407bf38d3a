//! Attempts, as their receipts tell of them: which are still at work, and how the others ended.
//!
//! An attempt that is killed leaves a start without an end. So does one at work: on this machine the
//! process tells them apart, elsewhere the time of the last run that it finished.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::receipt::events;
use crate::files::host;
use crate::files::quoting::quoted;

/// Time without a finished run after which an attempt on another machine is taken for dead, if no
/// shard took longer.
const SILENCE: Duration = Duration::from_mins(15);

/// One start of the program on a results folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// When it began, s since 1970.
    pub began: f64,
    /// Machine.
    pub host: String,
    /// Process on that machine.
    pub process: u64,
    /// Submission and task, if it is one.
    pub task: Option<(u32, u32)>,
    /// How it ended; none if it left no word.
    pub end: Option<AttemptEnd>,
    command: String,
    receipt: PathBuf,
}

/// The last word of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptEnd {
    /// Whether it left work undone.
    pub stopped: bool,
    /// What broke it: one of the words of [`crate::study::error::Error::kind`], and the message.
    pub broken: Option<(String, String)>,
}

impl Attempt {
    /// All attempts of a folder of receipts, in the order in which they began.
    #[must_use]
    pub fn all(receipts: &Path) -> Vec<Self> {
        let entries = fs::read_dir(receipts).into_iter().flatten().flatten();
        let mut all: Vec<_> = entries.filter_map(|entry| Self::read(&entry.path())).collect();
        all.sort_by(|one, other| {
            one.began.total_cmp(&other.began).then_with(|| one.receipt.cmp(&other.receipt))
        });
        all
    }

    fn read(path: &Path) -> Option<Self> {
        let lines = events(path);
        let event = |name: &str| lines.iter().find(|line| line["event"] == name);
        let start = event("start")?;
        let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let broken = event("broken").map(|line| (text(line, "kind"), text(line, "message")));
        let stopped = event("end").map(|line| line["stopped"] == true);
        let ended = stopped.is_some() || broken.is_some();
        Some(Self {
            began: start["unix_time"].as_f64().unwrap_or(0.0),
            host: text(start, "host"),
            process: start["process"].as_u64().unwrap_or(0),
            task: task_of(&text(start, "share")),
            end: ended.then(|| AttemptEnd { stopped: stopped.unwrap_or(true), broken }),
            command: text(start, "command"),
            receipt: path.to_owned(),
        })
    }

    /// Whether it is at work, as far as can be seen from here. `journals` are the files of runs
    /// finished in shards under way; `slowest` is the time of the slowest shard so far, s.
    #[must_use]
    pub(crate) fn is_at_work(&self, journals: &[PathBuf], slowest: f64) -> bool {
        if self.end.is_some() {
            return false;
        }
        if self.host == host() && Path::new("/proc/self").exists() {
            return self.is_alive_here();
        }
        let mine = format!(".{}~{}~", self.host, self.process);
        let named = |path: &&PathBuf| path.to_string_lossy().contains(&mine);
        let files = journals.iter().filter(named).chain([&self.receipt]);
        let last = files.filter_map(|path| fs::metadata(path).ok()?.modified().ok()).max();
        let slowest = Duration::try_from_secs_f64(2.0 * slowest).unwrap_or(SILENCE);
        // A time to come is that of a machine whose clock is ahead.
        last.is_some_and(|last| {
            let age = SystemTime::now().duration_since(last).unwrap_or_default();
            age <= SILENCE.max(slowest)
        })
    }

    /// Whether the process of its number on this machine has its command line.
    fn is_alive_here(&self) -> bool {
        let Ok(line) = fs::read(format!("/proc/{}/cmdline", self.process)) else { return false };
        let words = line.split(|byte| *byte == 0).skip(1).filter(|word| !word.is_empty());
        let words: Vec<_> = words.map(|word| quoted(&String::from_utf8_lossy(word))).collect();
        let command = self.command.split_once(' ').map_or("", |(_, words)| words);
        // A process that waits to be buried has no words.
        !line.is_empty() && words.join(" ") == command
    }
}

/// Reads `task 3 of submission 0: …`.
fn task_of(share: &str) -> Option<(u32, u32)> {
    let (task, rest) = share.strip_prefix("task ")?.split_once(" of submission ")?;
    Some((rest.split(':').next()?.parse().ok()?, task.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::sealed;

    fn attempt(lines: &[&str]) -> (tempfile::TempDir, Attempt) {
        let folder = tempfile::tempdir().unwrap();
        let sealed = |line: &&str| sealed::line(&serde_json::from_str::<Value>(line).unwrap());
        let text: String = lines.iter().map(|line| sealed(line).unwrap()).collect();
        fs::write(folder.path().join("1.jsonl"), text).unwrap();
        let attempt = Attempt::all(folder.path()).remove(0);
        (folder, attempt)
    }

    fn start(host: &str, process: u32) -> String {
        format!(
            "{{\"event\": \"start\", \"unix_time\": 5, \"host\": \"{host}\", \"process\": {process}, \
             \"command\": \"hashflight run .\", \"share\": \"task 7 of submission 2: 3 shards\"}}"
        )
    }

    #[test]
    fn a_start_without_an_end_is_at_work_only_as_long_as_its_process_lives() {
        let (_folder, gone) = attempt(&[&start(&host(), u32::MAX)]);
        assert_eq!((gone.task, &gone.end), (Some((2, 7)), &None));
        assert!(!gone.is_at_work(&[], 1.0));
        // This process has the number, but not the command.
        let (_folder, other) = attempt(&[&start(&host(), std::process::id())]);
        assert!(!other.is_at_work(&[], 1.0));
        let (_folder, ended) = attempt(&[&start("elsewhere", 1), "{\"event\": \"end\"}"]);
        assert!(!ended.is_at_work(&[], 1.0) && !ended.end.unwrap().stopped);
    }

    #[test]
    fn on_another_machine_the_last_finished_run_tells() {
        let (folder, far) = attempt(&[&start("elsewhere", 1)]);
        assert!(far.is_at_work(&[], 1.0), "it has just begun");
        let receipt = folder.path().join("1.jsonl");
        let file = fs::File::options().append(true).open(&receipt).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
        assert!(!far.is_at_work(&[], 1.0));
        assert!(far.is_at_work(&[], 3600.0), "a shard takes longer than that");
        let journal = folder.path().join("000001.elsewhere~1~2x3.journal");
        fs::write(&journal, "").unwrap();
        assert!(far.is_at_work(&[journal], 1.0));
    }

    #[test]
    fn what_broke_an_attempt_is_in_its_last_word() {
        let broken = "{\"event\": \"broken\", \"kind\": \"disk\", \"message\": \"f: full\"}";
        let (_folder, attempt) = attempt(&[&start("elsewhere", 1), broken]);
        let end = attempt.end.unwrap();
        assert!(end.stopped);
        assert_eq!(end.broken, Some(("disk".to_owned(), "f: full".to_owned())));
    }
}
