//! Kills: `run`, parts of it, `merge` and `report` are ended by SIGKILL after any time, or as soon
//! as a file appears, and called again until they end. The results are those of an undisturbed
//! study, nothing finished is done again, and nothing is left over.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::dice::Dice;
use crate::files::{Snapshot, difference, leftovers, list, snapshot};
use crate::program::{Told, call, start};
use crate::world::{RUN, study, succeed};
use crate::{cases, conclude};

/// Seed of the study.
const STUDY: u32 = 1;
/// Most kills of one study.
const MOST: u32 = 6;
/// Longest time between the appearance of a file and the kill, s.
const AIM: f64 = 0.004;
/// Ways to bring a study to its end.
const FLOWS: [(&str, &[&[&str]]); 2] = [
    ("run", &[&RUN]),
    (
        "parts, merge, report",
        &[
            &["run", "study.toml", "--out", "results", "--shard", "0/2"],
            &["run", "study.toml", "--out", "results", "--shard", "1/2"],
            &["merge", "results"],
            &["report", "results"],
        ],
    ),
];

/// A way to the end, undisturbed.
struct Flow {
    name: &'static str,
    calls: &'static [&'static [&'static str]],
    /// How long each call takes.
    times: Vec<Duration>,
    /// What each leaves, for aimed kills.
    files: Vec<Vec<String>>,
    /// What is there in the end.
    results: Snapshot,
}

impl Flow {
    fn undisturbed(name: &'static str, calls: &'static [&'static [&'static str]]) -> Self {
        let folder = study(STUDY);
        let (mut times, mut files) = (Vec::new(), Vec::new());
        let root = folder.path().join("results");
        for arguments in calls {
            let before = list(&root);
            let began = Instant::now();
            succeed(folder.path(), arguments);
            times.push(began.elapsed());
            let new = list(&root).into_iter().filter(|name| !before.contains(name));
            let new = new.filter(|name| !name.starts_with("receipts/"));
            // Shards that a whole run makes are gone in the end.
            let shards = (0..36).map(|shard| format!("shards/{shard:06}.runs.parquet"));
            files.push(new.chain(shards).collect());
        }
        succeed(folder.path(), &RUN);
        Self { name, calls, times, files, results: snapshot(&root) }
    }
}

/// A study under attack.
struct Trial<'a> {
    flow: &'a Flow,
    folder: &'a Path,
    dice: Dice,
    left: u32,
    /// Kills, by the call that they hit.
    kills: BTreeMap<&'static str, u32>,
    /// Runs finished by the last look.
    done: u64,
}

/// Kills until so many calls have been killed.
pub fn campaign(kills: u32, seed: u64) {
    let flows: Vec<Flow> =
        FLOWS.iter().map(|(name, calls)| Flow::undisturbed(name, calls)).collect();
    let (mut found, mut counts, mut studies) = (Vec::new(), BTreeMap::new(), 0);
    let same = flows[0].results.iter().filter(|(name, _)| name.ends_with(".parquet"));
    for (name, digest) in same {
        assert_eq!(flows[1].results.get(name), Some(digest), "{name} depends on the way");
    }
    for case in cases(10 * kills.max(1)) {
        let so_far: u32 = counts.values().sum();
        if so_far >= kills {
            break;
        }
        studies += 1;
        let folder = study(STUDY);
        let flow = &flows[case as usize % flows.len()];
        let (dice, left) = (Dice::from_seed(seed, case), MOST.min(kills - so_far));
        let (kills, done) = (BTreeMap::new(), 0);
        let mut trial = Trial { flow, folder: folder.path(), dice, left, kills, done };
        if let Err(problem) = trial.run() {
            found.push(format!("case {case} ({}): {problem}", flow.name));
        }
        for (verb, kills) in trial.kills {
            *counts.entry(verb).or_default() += kills;
        }
    }
    let all: u32 = counts.values().sum();
    conclude("kills", &format!("{all} kills of {studies} studies: {counts:?}"), &found);
}

impl Trial<'_> {
    /// Runs all calls of the way, each killed some times; says what is wrong afterwards.
    fn run(&mut self) -> Result<(), String> {
        for place in 0..self.flow.calls.len() {
            while self.is_killed(place)? {
                self.look()?;
            }
        }
        let last = call(self.folder, &RUN);
        ended_well(&last, &RUN)?;
        let root = self.folder.join("results");
        if let Some(difference) = difference(&snapshot(&root), &self.flow.results) {
            return Err(difference);
        }
        let left = leftovers(&root);
        if left.is_empty() { Ok(()) } else { Err(format!("left over: {left:?}")) }
    }

    /// Calls once; whether it was killed.
    fn is_killed(&mut self, place: usize) -> Result<bool, String> {
        let arguments = self.flow.calls[place];
        let call = start(self.folder, arguments);
        let process = call.process();
        if self.left == 0 || !self.dice.happens(0.8) {
            let told = call.wait();
            ended_well(&told, arguments)?;
            return self.nothing_again(process, arguments).map(|()| false);
        }
        let root = self.folder.join("results");
        let most = self.flow.times[place].as_secs_f64();
        let ended = if self.dice.happens(0.5) {
            let delay = Duration::from_secs_f64(1.1 * most * self.dice.uniform());
            call.kill_after(delay, || false)
        } else {
            let aim = root.join(self.dice.one_of(&self.flow.files[place]));
            let there = aim.exists();
            let pause = Duration::from_secs_f64(AIM * self.dice.uniform());
            let delay = if there { 0.3 * most } else { 20.0 * most };
            call.kill_after(Duration::from_secs_f64(delay), || {
                let sign = !there && aim.exists();
                if sign {
                    std::thread::sleep(pause);
                }
                sign
            })
        };
        if let Ok(told) = ended {
            ended_well(&told, arguments)?;
            return self.look().map(|()| false);
        }
        self.left -= 1;
        *self.kills.entry(self.flow.calls[place][0]).or_default() += 1;
        Ok(true)
    }

    /// Looks at what is there after a kill: no less than before.
    fn look(&mut self) -> Result<(), String> {
        if !self.folder.join("results/plan.json").exists() {
            return Ok(());
        }
        let told = call(self.folder, &["status", "results", "--json"]);
        if let Some(crash) = told.crash() {
            return Err(format!("status {crash}: {}", told.first_words()));
        }
        let status: Value = serde_json::from_str(&told.out)
            .map_err(|_| format!("status after a kill: {}", told.first_words()))?;
        let done = status["done"].as_u64().unwrap_or(0);
        if done < self.done {
            return Err(format!("{} runs were done, {done} after a kill", self.done));
        }
        self.done = done;
        Ok(())
    }

    /// Makes sure that an undisturbed call of `run` did no more than was missing.
    fn nothing_again(&mut self, process: u32, arguments: &[&str]) -> Result<(), String> {
        let (before, now) = (self.done, units_of(&self.folder.join("results/receipts"), process));
        self.look()?;
        if arguments[0] != "run" || before + now == self.done {
            return Ok(());
        }
        Err(format!("{before} runs were done, {now} more were made, {} are there", self.done))
    }
}

/// Runs that a process finished, as its receipt says.
fn units_of(receipts: &Path, process: u32) -> u64 {
    let ending = format!("-{process}.jsonl");
    let names = list(receipts).into_iter().filter(|name| name.ends_with(&ending));
    let lines = names.map(|name| fs::read_to_string(receipts.join(name)).unwrap_or_default());
    let units = |text: String| -> u64 {
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let ends = lines.filter(|line| line["event"] == "end");
        ends.filter_map(|line| line["units"].as_u64()).sum()
    };
    lines.map(units).sum()
}

fn ended_well(told: &Told, arguments: &[&str]) -> Result<(), String> {
    match (told.crash(), told.code) {
        (None, Some(0)) => Ok(()),
        (crash, code) => {
            let what = crash.unwrap_or("fails");
            Err(format!("{arguments:?} {what}, exit code {code:?}: {}", told.first_words()))
        }
    }
}
