//! Tasks that ended with work left, and why: from what they left themselves, and from Slurm's word
//! where there is one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::queue::Element;
use super::{SubmittedJob, jobs_of, numbers, read_tasks, submission_folder};
use crate::study::results::attempts::Attempt;
use crate::study::results::folder::Folder;

/// Bytes at the end of a log that are looked through.
const TAIL: u64 = 1 << 16;
/// Words in the logs of schedulers, in small letters, and what they stand for.
const WORDS: [(&str, &str); 14] = [
    ("oom_kill event", "memory"),
    ("oom-kill", "memory"),
    ("out of memory", "memory"),
    ("oom killed", "memory"),
    ("exceeded memory limit", "memory"),
    ("exceeded job memory limit", "memory"),
    ("term_memlimit", "memory"),
    ("due to time limit", "time"),
    ("term_runlimit", "time"),
    ("due to preemption", "preempted"),
    ("due to node failure", "node"),
    ("due to node fail", "node"),
    ("no space left on device", "disk"),
    ("disk quota exceeded", "disk"),
];

/// A task whose attempts are over while some of its shards are missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnfinishedTask {
    /// Number of the submission; null for an attempt that was no task.
    pub submission: Option<u32>,
    /// Number of the task; null for an attempt that was no task.
    pub task: Option<u32>,
    /// Shards of it that are missing.
    pub shards_left: usize,
    /// `disk`, `memory`, `time`, `no progress`, `cancelled`, `preempted`, `node`, `held`, `killed`,
    /// `told to stop`, `lost`, `conflict`, `another plan`, `failed` or `unknown`.
    pub cause: String,
    /// Exit code, where it is known.
    pub exit_code: Option<u8>,
    /// What the task or the scheduler said last.
    pub message: String,
    /// Machine of its last attempt.
    pub host: Option<String>,
    /// Its log, from the results folder.
    pub log: Option<String>,
}

impl UnfinishedTask {
    /// An attempt that was no task and is over, if it did not end as it should.
    #[must_use]
    pub(crate) fn of_attempt(attempt: &Attempt, shards_left: usize) -> Option<Self> {
        if attempt.end.as_ref().is_some_and(|end| !end.stopped) {
            return None;
        }
        let Verdict { cause, exit_code, message } =
            Verdict::from_evidence(Some(attempt), None, None);
        let host = Some(attempt.host.clone());
        let (submission, task, log) = (None, None, None);
        Some(Self { submission, task, shards_left, cause, exit_code, message, host, log })
    }
}

/// What is known of the tasks of a results folder.
pub(crate) struct Evidence<'a> {
    /// All attempts, in the order in which they began.
    pub attempts: &'a [Attempt],
    /// Those among them that are at work.
    pub at_work: &'a BTreeSet<usize>,
    /// Elements of our jobs as the queue tells, those that ended lately included; none if the queue
    /// was not asked.
    pub elements: Option<&'a [Element]>,
}

/// Tasks whose newest deal of missing shards nobody is about to do.
#[must_use]
pub(crate) fn unfinished_tasks(
    folder: &Folder,
    absent: &[u32],
    evidence: &Evidence,
) -> Vec<UnfinishedTask> {
    let mut open: BTreeSet<u32> = absent.iter().copied().collect();
    let mut all = Vec::new();
    if open.is_empty() {
        return all;
    }
    for number in numbers(folder.root()).into_iter().rev() {
        let Ok(table) = read_tasks(folder, number) else { continue };
        let jobs = jobs_of(folder.root(), number).ok().flatten().map(|jobs| jobs.jobs);
        let logs = Logs::from_folder(folder.root(), number);
        let mut dealt = BTreeSet::new();
        for (task, shards) in (0..).zip(&table.tasks) {
            let left: Vec<_> = shards.iter().filter(|shard| open.contains(shard)).collect();
            dealt.extend(left.iter().copied().copied());
            if left.is_empty() {
                continue;
            }
            let case = Case { number, task, jobs: jobs.as_deref(), logs: &logs, evidence };
            all.extend(case.judge(left.len()));
        }
        open.retain(|shard| !dealt.contains(shard));
    }
    all.sort_by_key(|unfinished| (unfinished.submission, unfinished.task));
    all
}

/// The logs of a submission, by the end of their names: `_<element>.log`.
struct Logs {
    folder: PathBuf,
    names: BTreeMap<String, String>,
}

impl Logs {
    fn from_folder(root: &Path, number: u32) -> Self {
        let folder = submission_folder(root, number).join("logs");
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let names = names.filter_map(|name| Some((name.strip_suffix(".log")?.to_owned(), name)));
        Self { folder, names: names.collect() }
    }

    /// The name of a log and the last of what is in it.
    fn read(&self, job: &str, element: u32) -> Option<(String, String)> {
        let name = self.names.get(&format!("{job}_{element}"))?;
        let mut file = fs::File::open(self.folder.join(name)).ok()?;
        let length = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        Some((name.clone(), String::from_utf8_lossy(&bytes).into_owned()))
    }
}

/// A task and what may tell of it.
struct Case<'a> {
    number: u32,
    task: u32,
    jobs: Option<&'a [SubmittedJob]>,
    logs: &'a Logs,
    evidence: &'a Evidence<'a>,
}

impl Case<'_> {
    /// What became of the task; nothing if it is at work or its turn is still to come.
    fn judge(&self, shards_left: usize) -> Option<UnfinishedTask> {
        let Evidence { attempts, at_work, elements } = self.evidence;
        let mine = |attempt: &Attempt| attempt.task == Some((self.number, self.task));
        let last = attempts.iter().enumerate().rev().find(|(_, attempt)| mine(attempt));
        let job = self.job();
        let of_task = |element: &&Element| {
            let is_same = |index: u32| element.index.is_none_or(|its| its == index);
            job.as_ref().is_some_and(|(job, index)| element.job == *job && is_same(*index))
        };
        let element = elements.and_then(|elements| elements.iter().find(of_task));
        if last.is_some_and(|(index, _)| at_work.contains(&index))
            || element.is_some_and(Element::is_live)
        {
            return None;
        }
        let attempt = last.map(|(_, attempt)| attempt);
        let log = job.and_then(|(job, index)| self.logs.read(&job, index));
        if attempt.is_none() && element.is_none() && log.is_none() {
            return self.without_trace(shards_left);
        }
        let verdict =
            Verdict::from_evidence(attempt, element, log.as_ref().map(|(_, text)| text.as_str()));
        Some(UnfinishedTask {
            host: attempt.map(|attempt| attempt.host.clone()),
            log: log.map(|(name, _)| format!("submissions/{:03}/logs/{name}", self.number)),
            ..self.unfinished(shards_left, verdict)
        })
    }

    /// A task that nothing tells of is waiting, unless it was handed over and the queue is without it.
    fn without_trace(&self, shards_left: usize) -> Option<UnfinishedTask> {
        if self.jobs.is_none() || self.evidence.elements.is_none() {
            return None;
        }
        let message = "it never began, and is not in the queue".to_owned();
        let verdict = Verdict { cause: "unknown".to_owned(), exit_code: None, message };
        Some(self.unfinished(shards_left, verdict))
    }

    fn unfinished(&self, shards_left: usize, verdict: Verdict) -> UnfinishedTask {
        UnfinishedTask {
            submission: Some(self.number),
            task: Some(self.task),
            shards_left,
            cause: verdict.cause,
            exit_code: verdict.exit_code,
            message: verdict.message,
            host: None,
            log: None,
        }
    }

    /// Slurm's number of the array that holds the task, and its index in it.
    fn job(&self) -> Option<(String, u32)> {
        let arrays =
            self.jobs?.iter().filter(|job| job.offset.is_some_and(|first| first <= self.task));
        let array = arrays.max_by_key(|job| job.offset)?;
        Some((array.job.clone()?, self.task - array.offset?))
    }
}

/// Why a task ended.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    cause: String,
    exit_code: Option<u8>,
    message: String,
}

impl Verdict {
    /// The most telling of what there is: words of the scheduler, its state, the task's own last
    /// words, its exit code.
    fn from_evidence(
        attempt: Option<&Attempt>,
        element: Option<&Element>,
        log: Option<&str>,
    ) -> Self {
        let log = last_start(log.unwrap_or_default());
        let exit_code = exit_code(log);
        let own = own_words(log);
        let end = attempt.and_then(|attempt| attempt.end.as_ref());
        let broken = end.and_then(|end| end.broken.as_ref());
        let said = broken.map(|(_, message)| message.clone()).or(own).unwrap_or_default();
        let verdict =
            |cause: &str, message: String| Self { cause: cause.to_owned(), exit_code, message };
        if let Some(held) = element.filter(|element| element.is_stuck()) {
            return verdict("held", format!("Slurm holds it: {}", held.reason));
        }
        if let Some((word, cause)) = scheduler_words(log) {
            return verdict(cause, word.to_owned());
        }
        if exit_code.is_none_or(|code| code == 0)
            && end.is_some_and(|end| !end.stopped && end.broken.is_none())
        {
            return verdict(
                "lost",
                "it had done its work; what it made is missing since".to_owned(),
            );
        }
        if let Some(cause) = element.and_then(|element| of_state(&element.state)) {
            let state = element.map(|element| element.state.clone()).unwrap_or_default();
            return verdict(cause, if said.is_empty() { state } else { said });
        }
        if let Some((kind, message)) = broken {
            let cause = if kind == "disk" || kind == "conflict" { kind.as_str() } else { "failed" };
            return verdict(cause, message.clone());
        }
        match exit_code {
            Some(code) => verdict(of_code(code), said),
            None if end.is_some_and(|end| end.stopped) => {
                verdict("told to stop", "it left before its work was done".to_owned())
            }
            None => {
                verdict("killed", "it ended without a word; often for want of memory".to_owned())
            }
        }
    }
}

/// What a log tells of the last start of its task.
fn last_start(log: &str) -> &str {
    let at = log.rmatch_indices(", restart ").find_map(|(at, _)| {
        let line = log[..at].rfind('\n').map_or(0, |end| end + 1);
        log[line..].starts_with('[').then_some(line)
    });
    &log[at.unwrap_or(0)..]
}

fn exit_code(log: &str) -> Option<u8> {
    let line =
        log.lines().rev().find(|line| line.starts_with('[') && line.contains("] exit code "))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// The last message of the program itself.
fn own_words(log: &str) -> Option<String> {
    let line = log.lines().rev().find_map(|line| line.strip_prefix("hashflight: "))?;
    Some(line.chars().take(200).collect())
}

/// The line by which a scheduler tells why it ended a task, and what that stands for.
fn scheduler_words(log: &str) -> Option<(&str, &'static str)> {
    log.lines().rev().filter(|line| !line.starts_with("hashflight: ")).find_map(|line| {
        let small = line.to_lowercase();
        let found = WORDS.iter().find(|(words, _)| small.contains(words));
        found.map(|(_, cause)| (line.trim(), *cause))
    })
}

fn of_state(state: &str) -> Option<&'static str> {
    Some(match state {
        "OUT_OF_MEMORY" => "memory",
        "TIMEOUT" | "DEADLINE" => "time",
        "NODE_FAIL" | "BOOT_FAIL" => "node",
        "CANCELLED" | "REVOKED" => "cancelled",
        "PREEMPTED" => "preempted",
        _ => return None,
    })
}

fn of_code(code: u8) -> &'static str {
    match code {
        65 => "another plan",
        70 => "no progress",
        74 => "disk",
        75 => "time",
        137 => "killed",
        130 | 143 => "cancelled",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STARTS: &str = "[2026-01-01] 7_3 on n1, restart 0\nhashflight: old words\n\
                          [2026-01-01] exit code 75\n[2026-01-02] 7_3 on n2, restart 1\n";

    fn verdict(state: &str, log: &str) -> (String, Option<u8>, String) {
        let element = Element::parse(&format!("7|3|{state}|None"));
        let log = format!("{STARTS}{log}");
        let Verdict { cause, exit_code, message } =
            Verdict::from_evidence(None, element.as_ref(), Some(&log));
        (cause, exit_code, message)
    }

    #[test]
    fn every_way_to_end_has_its_name() {
        let code = |code: u8| format!("hashflight: x: why\n[2026-01-02] exit code {code}\n");
        for (state, log, cause) in [
            ("FAILED", code(74), "disk"),
            ("FAILED", code(70), "no progress"),
            ("FAILED", code(75), "time"),
            ("FAILED", code(137), "killed"),
            ("CANCELLED", code(143), "cancelled"),
            ("TIMEOUT", code(143), "time"),
            ("OUT_OF_MEMORY", String::new(), "memory"),
            ("NODE_FAIL", String::new(), "node"),
            ("FAILED", String::new(), "killed"),
            ("FAILED", "slurmstepd: error: Detected 1 oom_kill event in\n".to_owned(), "memory"),
            (
                "FAILED",
                "slurmstepd: error: *** JOB 8 ON n CANCELLED DUE TO TIME LIMIT ***".to_owned(),
                "time",
            ),
        ] {
            assert_eq!(verdict(state, &log).0, cause, "{state} {log}");
        }
        assert_eq!(verdict("FAILED", &code(74)), ("disk".into(), Some(74), "x: why".into()));
        assert_eq!(verdict("", "").1, None, "the code of an earlier start is not its own");
    }

    #[test]
    fn what_slurm_holds_is_named_as_held() {
        let element = Element::parse("7|3|PENDING|launch failed requeued held");
        assert_eq!(Verdict::from_evidence(None, element.as_ref(), None).cause, "held");
    }
}
