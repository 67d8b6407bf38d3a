//! Damaged files: of every kind of file that a study leaves, one is spoilt. Whoever reads it names
//! it and fails, or gives exactly what it would have given; `run` makes damaged shards again; and
//! `verify` certifies nothing that was changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use crate::dice::Dice;
use crate::files::{Snapshot, copy, difference, list, overwrite, snapshot};
use crate::program::{Told, call};
use crate::world::{State, prepared};
use crate::{cases, conclude, mangle};

/// A kind of file: its name in words, the states in which it is there, how its path begins and
/// ends, and what becomes of it.
struct Kind {
    name: &'static str,
    state: State,
    begins: &'static str,
    ends: &'static str,
    role: Role,
}

/// What a file is to the steps that come after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A part of a shard: made again where it is damaged.
    Shard,
    /// Determines the results, or is merged.
    Result,
    /// Drawn or worked out from results: what papers quote.
    Report,
    /// Tells of attempts, or of tasks.
    Attempt,
}

const fn kind(
    name: &'static str,
    state: State,
    begins: &'static str,
    ends: &'static str,
    role: Role,
) -> Kind {
    Kind { name, state, begins, ends, role }
}

const KINDS: [Kind; 29] = [
    kind("shard of runs", State::Shards, "shards/", ".runs.parquet", Role::Shard),
    kind("shard of series", State::Shards, "shards/", ".series.parquet", Role::Shard),
    kind("shard of regions", State::Shards, "shards/", ".regions.parquet", Role::Shard),
    kind("shard of leases", State::Shards, "shards/", ".leases.parquet", Role::Shard),
    kind("shard of miners", State::Shards, "shards/", ".miners.parquet", Role::Shard),
    kind("seal of a shard", State::Shards, "shards/", ".seal.json", Role::Shard),
    kind("failed runs of a shard", State::Shards, "shards/", ".failed.json", Role::Shard),
    kind("journal", State::Flight, "shards/", ".journal", Role::Shard),
    kind("receipt, unmerged", State::Flight, "receipts/", "", Role::Attempt),
    kind("plan, unmerged", State::Shards, "plan.json", "", Role::Result),
    kind("input, unmerged", State::Shards, "inputs/", "", Role::Result),
    kind("design, unmerged", State::Shards, "design.csv", "", Role::Result),
    kind("tasks", State::Shards, "submissions/", "tasks.json", Role::Attempt),
    kind("receipt", State::Merged, "receipts/", "", Role::Attempt),
    kind("plan", State::Merged, "plan.json", "", Role::Result),
    kind("input", State::Merged, "inputs/", "", Role::Result),
    kind("design", State::Merged, "design.csv", "", Role::Result),
    kind("manifest", State::Merged, "manifest.json", "", Role::Result),
    kind("merged runs", State::Merged, "runs.parquet", "", Role::Result),
    kind("merged series", State::Merged, "series.parquet", "", Role::Result),
    kind("merged regions", State::Merged, "regions.parquet", "", Role::Result),
    kind("merged leases", State::Merged, "leases.parquet", "", Role::Result),
    kind("merged miners", State::Merged, "miners.parquet", "", Role::Result),
    kind("summary", State::Merged, "summary.", "", Role::Report),
    kind("differences", State::Merged, "differences.csv", "", Role::Report),
    kind("table", State::Merged, "tables/", "", Role::Report),
    kind("figure", State::Merged, "figures/", "", Role::Report),
    kind("list of the report", State::Merged, "report.json", "", Role::Report),
    kind("page of the report", State::Merged, "report.html", "", Role::Report),
];

/// Ways to damage a file.
const DAMAGES: [&str; 7] =
    ["bit flipped", "cut short", "bytes added", "block zeroed", "emptied", "deleted", "another's"];

/// The verbs that read results, each called on a copy of its own.
const VERBS: [(&str, &[&str]); 7] = [
    ("status", &["status", "results", "--json"]),
    ("verify", &["verify", "results", "--sample", "1", "--draw", "7"]),
    ("sensitivity", &["sensitivity", "results", "--output", OUTPUT, "--arm", "ai-on"]),
    ("report", &["report", "results"]),
    ("merge", &["merge", "results"]),
    ("run", &crate::world::RUN),
    ("task", &["run", "results", "--submission", "0", "--task", "0"]),
];
const OUTPUT: &str = "hash_rate_ehs_mean";

/// What a verb says of undamaged results and leaves in their folder.
struct Expected {
    code: Option<i32>,
    out: String,
    left: Snapshot,
}

/// Prepared folders, and what the verbs make of them.
struct DamageSetup {
    folders: BTreeMap<State, TempDir>,
    /// The same of another study.
    others: BTreeMap<State, TempDir>,
    expected: BTreeMap<(State, &'static str), Expected>,
}

/// One damaged file.
struct Case<'a> {
    kind: &'a Kind,
    damage: &'static str,
    file: String,
}

/// Damages so many files, one at a time.
pub fn campaign(damages: u32, seed: u64) {
    let setup = DamageSetup::prepare();
    let present: Vec<&'static Kind> =
        KINDS.iter().filter(|kind| !setup.of(kind).is_empty()).collect();
    let absent: Vec<_> =
        KINDS.iter().filter(|kind| setup.of(kind).is_empty()).map(|kind| kind.name).collect();
    println!("damaged files: kinds that are not there: {absent:?}");
    let cases = cases(damages);
    let next = AtomicUsize::new(0);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let work = || {
            let mut answers = Vec::new();
            while let Some(&number) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                answers.extend(setup.try_all(number, seed, &present));
            }
            answers
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let tasks: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        tasks.into_iter().flat_map(|task| task.join().expect("it does not panic")).collect()
    });
    let mut table = BTreeMap::<_, [u32; 2]>::new();
    let mut found = Vec::new();
    for Answer { number, kind, damage, verb, problem } in &answers {
        let count = table.entry((*kind, *damage, *verb)).or_default();
        count[0] += 1;
        if let Some(problem) = problem {
            count[1] += 1;
            found.push(format!("case {number}: {problem}"));
        }
    }
    for ((kind, damage, verb), [calls, failures]) in table.iter().filter(|(_, count)| count[1] > 0)
    {
        println!("  {kind:<24} {damage:<14} {verb:<12} {failures:>4} of {calls}");
    }
    found.sort();
    let counts = format!("{} files in {} calls", cases.len(), answers.len());
    conclude("damaged files", &counts, &found);
}

/// What a verb made of a damaged file.
struct Answer {
    number: u32,
    kind: &'static str,
    damage: &'static str,
    verb: &'static str,
    problem: Option<String>,
}

impl DamageSetup {
    fn prepare() -> Self {
        let all = |seed| BTreeMap::from(State::ALL.map(|state| (state, prepared(state, seed))));
        let (folders, others) = std::thread::scope(|scope| {
            let others = scope.spawn(|| all(2));
            (all(1), others.join().expect("the other study"))
        });
        let mut setup = Self { folders, others, expected: BTreeMap::new() };
        for state in State::ALL {
            for (verb, arguments) in VERBS {
                if verb == "task" && state != State::Shards {
                    continue;
                }
                let folder = setup.copy_of(state);
                let told = call(folder.path(), arguments);
                assert!(told.crash().is_none(), "{verb} of {state:?}: {}", told.err);
                let left = snapshot(&folder.path().join("results"));
                let expected = Expected { code: told.code, out: answer(verb, &told), left };
                setup.expected.insert((state, verb), expected);
            }
        }
        let run = |state| &setup.expected[&(state, "run")].left;
        for state in [State::Shards, State::Flight] {
            let difference = difference(run(state), run(State::Merged));
            assert!(difference.is_none(), "run of {state:?}: {difference:?}");
        }
        setup
    }

    /// Damages a file of a kind whose turn it is, and calls every verb.
    fn try_all(&self, number: u32, seed: u64, present: &[&'static Kind]) -> Vec<Answer> {
        // Kinds and damages in turn, so that a small campaign has something of all.
        let kind = present[number as usize % present.len()];
        let turn = number as usize / present.len() + number as usize;
        let case =
            self.case(kind, DAMAGES[turn % DAMAGES.len()], &mut Dice::from_seed(seed, number));
        let verbs = VERBS.into_iter().filter_map(|(verb, arguments)| {
            Some((verb, arguments, self.expected.get(&(kind.state, verb))?))
        });
        let answer = |(verb, arguments, expected): (&'static str, &[&str], &Expected)| {
            // The same damage for every verb.
            let judged =
                self.judge(&case, verb, arguments, expected, &mut Dice::from_seed(seed, number));
            let Case { damage, file, .. } = &case;
            let problem = judged.err().map(|how| format!("{file}, {damage}: {verb} {how}"));
            Answer { number, kind: kind.name, damage, verb, problem }
        };
        verbs.map(answer).collect()
    }

    fn copy_of(&self, state: State) -> TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(self.folders[&state].path(), folder.path());
        folder
    }

    /// The files of a kind.
    fn of(&self, kind: &Kind) -> Vec<String> {
        files_of(kind, self.folders[&kind.state].path())
    }

    fn case<'a>(&self, kind: &'a Kind, damage: &'static str, dice: &mut Dice) -> Case<'a> {
        let file = dice.one_of(&self.of(kind)).clone();
        // Where another study has the same bytes, exchanging them is no damage.
        let same = damage == "another's" && self.anothers(kind, &file).is_none();
        Case { kind, damage: if same { DAMAGES[0] } else { damage }, file }
    }

    /// The same file of another study, if it differs.
    fn anothers(&self, kind: &Kind, file: &str) -> Option<Vec<u8>> {
        let (root, other) = (self.folders[&kind.state].path(), self.others[&kind.state].path());
        let own = fs::read(root.join("results").join(file)).expect("a file of the study");
        let names = files_of(kind, other);
        let named = names.iter().find(|name| *name == file).or(names.first())?;
        let bytes = fs::read(other.join("results").join(named)).expect("a file of the other");
        (bytes != own).then_some(bytes)
    }

    fn damage(&self, case: &Case, folder: &Path, dice: &mut Dice) {
        let path = folder.join("results").join(&case.file);
        let bytes = fs::read(&path).expect("a file of the study");
        let before = bytes.clone();
        let after = match case.damage {
            "bit flipped" => mangle::flipped(bytes, dice),
            "cut short" => mangle::cut(bytes, dice),
            "bytes added" => [bytes, vec![dice.below(256) as u8; 1 + dice.below(40)]].concat(),
            "block zeroed" => mangle::zeroed(bytes, dice),
            "another's" => self.anothers(case.kind, &case.file).unwrap_or_default(),
            _ => Vec::new(),
        };
        // Zeros may have been there before, and blanks do not count in JSON.
        let same = after == before || is_same_json(&before, &after);
        let after = if same { mangle::flipped(before, dice) } else { after };
        overwrite(&path, &after);
        if case.damage == "deleted" {
            fs::remove_file(&path).expect("a file that is there");
        }
    }

    /// Calls a verb on a damaged copy; what is wrong with its answer.
    fn judge(
        &self,
        case: &Case,
        verb: &'static str,
        arguments: &[&str],
        expected: &Expected,
        dice: &mut Dice,
    ) -> Result<(), String> {
        let folder = self.copy_of(case.kind.state);
        self.damage(case, folder.path(), dice);
        let told = call(folder.path(), arguments);
        if let Some(crash) = told.crash() {
            return Err(format!("{crash}: {}", told.first_words()));
        }
        let failed = told.code != Some(0);
        let certifies = verb == "verify" && case.kind.state == State::Merged;
        if certifies && !failed && case.kind.role != Role::Attempt {
            return Err("certifies it".to_owned());
        }
        let heals = verb == "run" && case.kind.role == Role::Shard;
        if failed && !heals && names(&told, case) {
            return Ok(());
        }
        // What is not there is missing, and its shard with it.
        let gone = case.damage == "deleted" && case.kind.role == Role::Shard && verb == "status";
        if gone && told.code == Some(75) && told.said().contains("missing") {
            return Ok(());
        }
        let unlike = unlike(case, verb, &told, &snapshot(&folder.path().join("results")), expected);
        match unlike {
            None => Ok(()),
            Some(_) if failed && told.code != expected.code => {
                let words = told.first_words();
                Err(format!("fails ({:?}) without its name: {words}", told.code))
            }
            Some(how) => Err(format!("says nothing (exit code {:?}), but {how}", told.code)),
        }
    }
}

/// Whether two texts are JSON, and but for blanks the same.
fn is_same_json(one: &[u8], other: &[u8]) -> bool {
    let read = |bytes| serde_json::from_slice::<Value>(bytes).ok();
    read(one).is_some_and(|value| read(other) == Some(value))
}

fn files_of(kind: &Kind, folder: &Path) -> Vec<String> {
    let is_of = |name: &String| name.starts_with(kind.begins) && name.ends_with(kind.ends);
    list(&folder.join("results")).into_iter().filter(is_of).collect()
}

/// Whether the program names the damaged file, or the number of its shard.
fn names(told: &Told, case: &Case) -> bool {
    let (said, name) = (told.said(), case.file.rsplit('/').next().unwrap_or(&case.file));
    let number = name.split('.').next().and_then(|shard| shard.parse::<u32>().ok());
    let words = || said.split(|c: char| !c.is_ascii_alphanumeric());
    let shard = number.is_some_and(|n| {
        case.kind.role == Role::Shard && words().any(|word| word.parse() == Ok(n))
    });
    // A receipt that is gone has no name: its folder is named.
    let receipts = case.file.starts_with("receipts/") && said.contains("receipts: ");
    said.contains(name) || shard || receipts
}

/// What a verb says, apart from what passes; only of verbs whose answer is all they give.
fn answer(verb: &str, told: &Told) -> String {
    match verb {
        "status" => {
            // Speed, attempts and the like come from receipts.
            let keys = ["state", "runs", "done", "missing", "failed", "shards", "plan_digest"];
            let status: Value = serde_json::from_str(&told.out).unwrap_or_default();
            keys.map(|key| status[key].to_string()).join(" ")
        }
        "verify" | "sensitivity" => told.out.clone(),
        _ => String::new(),
    }
}

/// Whether a status differs in nothing but that fewer runs are done.
fn claims_no_more(told: &Told, expected: &str) -> bool {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (found, wanted) = (words(&answer("status", told)), words(expected));
    let number = |words: &[String], place: usize| words[place].parse::<u32>().unwrap_or(u32::MAX);
    let fewer = number(&found, 2) <= number(&wanted, 2) && number(&found, 3) >= number(&wanted, 3);
    let same = |place: usize| found.get(place) == wanted.get(place);
    found.len() == wanted.len() && fewer && (0..found.len()).all(|p| p == 2 || p == 3 || same(p))
}

/// How an answer, or what is left in the folder, differs from what it should be.
fn unlike(
    case: &Case,
    verb: &str,
    told: &Told,
    left: &Snapshot,
    expected: &Expected,
) -> Option<String> {
    if told.code != expected.code {
        return Some(format!("exit code {:?} in place of {:?}", told.code, expected.code));
    }
    // A journal that lost its end is like that of an attempt that was killed earlier.
    let shorter = case.kind.name == "journal" && verb == "status";
    if answer(verb, told) != expected.out && !(shorter && claims_no_more(told, &expected.out)) {
        return Some("says something else".to_owned());
    }
    let answers = |name: &String| answers_for(verb, case, name);
    let of = |snapshot: &Snapshot| -> Snapshot {
        let kept = snapshot.iter().filter(|(name, _)| answers(name));
        kept.map(|(name, digest)| (name.clone(), digest.clone())).collect()
    };
    difference(&of(left), &of(&expected.left))
}

/// Whether a verb that ends well answers for a file: it made it, or says that all is there.
fn answers_for(verb: &str, case: &Case, name: &str) -> bool {
    match verb {
        "run" => true,
        "merge" => name.ends_with(".parquet") || name == "manifest.json",
        // What it reads may stay as it is, so long as what it leaves is right.
        "report" => name != case.file || case.kind.role == Role::Report,
        _ => false,
    }
}
