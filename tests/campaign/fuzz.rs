//! Mangled inputs: experiments, series, counts, designs, outputs, factors, posteriors and values of
//! `--set`, spoilt in a few ways each. Most are read in this process, some by the program.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use hashflight::analysis::measure::{self, measure};
use hashflight::analysis::points::{Failed, PointsSource};
use hashflight::analysis::sensitivity::{self, analyse};
use hashflight::history::calibration::CalibrationSpec;
use hashflight::history::import::import;
use hashflight::model::concentration::indices::Control;
use hashflight::report;
use hashflight::study::design::{Design, DesignMethod, DesignRequest, FactorFile};
use hashflight::study::experiment::config::Tree;
use hashflight::study::experiment::posterior;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::study::results::plan::Plan;

use crate::dice::Dice;
use crate::program::call;
use crate::support::made_up::chain_with_made_up_price;
use crate::support::repository;
use crate::{cases, conclude, mangle};

/// Time after which a reader counts as hanging.
const PATIENCE: Duration = Duration::from_secs(90);
/// Stack of the threads that read: what the program's main thread has.
const STACK: usize = 8 << 20;
/// One of so many inputs goes through the program.
const THROUGH_PROGRAM: usize = 25;

/// What is spoilt, and who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Experiment,
    Calibration,
    Series,
    Counts,
    Factors,
    Points,
    Outputs,
    Posterior,
    Set,
}

const KINDS: [Kind; 9] = [
    Kind::Experiment,
    Kind::Calibration,
    Kind::Series,
    Kind::Counts,
    Kind::Factors,
    Kind::Points,
    Kind::Outputs,
    Kind::Posterior,
    Kind::Set,
];

/// An input as it should be: the name of its file and its bytes.
struct Sound {
    kind: Kind,
    name: String,
    bytes: Vec<u8>,
}

/// What became of an input.
enum Fate {
    Read,
    Refused(String),
}

/// All that is spoilt, in its sound form.
fn sound() -> Vec<Sound> {
    let mut all = Vec::new();
    let mut add = |kind, name: &str, bytes: Vec<u8>| {
        all.push(Sound { kind, name: name.to_owned(), bytes });
    };
    let shipped = |path: &str| fs::read(repository(path)).expect("it is shipped");
    for name in hashflight::study::experiment::document::Document::shipped() {
        let path = format!("experiments/{name}.toml");
        add(Kind::Experiment, &format!("{name}.toml"), shipped(&path));
    }
    add(Kind::Calibration, "calibration.toml", shipped("experiments/calibration.toml"));
    add(Kind::Series, "epochs.csv", shipped("experiments/data/difficulty_epochs.csv"));
    add(Kind::Series, "days.csv", DAYS.into());
    let made_up = tempfile::tempdir().expect("a temporary folder");
    let history = fs::read(chain_with_made_up_price(made_up.path())).expect("it is written");
    add(Kind::Series, "history.csv", beginning(&history));
    let counts = shipped("experiments/data/pool_blocks_epoch.csv");
    add(Kind::Counts, "counts.csv", beginning(&counts));
    add(Kind::Counts, "blocks.csv", BLOCKS.into());
    add(Kind::Factors, "factors.csv", FACTORS.into());
    let (points, outputs) = morris();
    add(Kind::Points, "points.csv", points);
    add(Kind::Outputs, "outputs.csv", outputs);
    add(Kind::Posterior, "posterior.parquet", shipped("experiments/data/posterior.parquet"));
    add(Kind::Set, "set", Vec::new());
    all
}

/// Some lines of a table: what is spoilt in one of them shall often be read all the same.
fn beginning(table: &[u8]) -> Vec<u8> {
    table.split_inclusive(|byte| *byte == b'\n').take(60).flatten().copied().collect()
}

const DAYS: &str = "date,price_usd,fees_btc\n2025-06-01,104000,4.5\n2025-06-02,105000,3.9\n\
                    2025-06-03,105500,4.1\n2025-06-04,104900,5.0\n2025-06-05,101500,4.4\n";
const BLOCKS: &str = "height,time,pool\n900000,2025-06-06T01:00:00Z,Foundry USA\n\
                      900001,2025-06-06T01:09:00Z,AntPool\n900002,2025-06-06T01:21:00Z,AntPool\n\
                      900003,2025-06-07T02:00:00Z,\"Pool, the\"\n900004,2025-06-07T03:00:00Z,unknown\n";
const FACTORS: &str =
    "name,distribution,low,high\nx,uniform,0,1\ny,loguniform,1,1000\nz,normal,5,2\n";

/// A design of four trajectories of two factors, and outputs.
fn morris() -> (Vec<u8>, Vec<u8>) {
    let mut points = "x,y,block,row\n".to_owned();
    let mut outputs = "row,out,other\n".to_owned();
    for (row, (x, y, block)) in
        (1..=4).flat_map(|b| [(0.0, 0.0, b), (0.5, 0.0, b), (0.5, 0.5, b)]).enumerate()
    {
        let (number, other) = (row + 1, f64::from(block) * x);
        writeln!(points, "{x},{y},{block},{number}").expect("text grows");
        writeln!(outputs, "{number},{},{other}", 3.0 * x + y * y).expect("text grows");
    }
    (points.into_bytes(), outputs.into_bytes())
}

/// An input at hand: what a hang or an abort is blamed on.
struct FuzzWorker {
    folder: PathBuf,
    began: Mutex<Option<(u32, Instant)>>,
}

/// Mangles so many inputs and reads them.
pub fn campaign(inputs: u32, seed: u64) {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("campaign");
    println!("mangled inputs: the last one of each worker stands in {}", root.display());
    let (sound, cases) = (sound(), cases(inputs));
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let fuzz_workers: Vec<FuzzWorker> = (0..workers)
        .map(|worker| {
            let folder = root.join(worker.to_string());
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).expect("a folder for inputs");
            FuzzWorker { folder, began: Mutex::new(None) }
        })
        .collect();
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let (mut found, mut counts) = (Vec::new(), BTreeMap::<_, [u32; 2]>::new());
    std::thread::scope(|scope| {
        let (cases, sound) = (&cases, &sound);
        let tasks: Vec<_> = fuzz_workers
            .iter()
            .enumerate()
            .map(|(worker, fuzz_worker)| {
                let work = move || {
                    let mine = cases.iter().skip(worker).step_by(workers);
                    mine.map(|&case| one(case, seed, sound, fuzz_worker)).collect::<Vec<_>>()
                };
                let thread = std::thread::Builder::new().stack_size(STACK);
                thread.spawn_scoped(scope, work).expect("a thread")
            })
            .collect();
        while tasks.iter().any(|task| !task.is_finished()) {
            fuzz_workers.iter().for_each(FuzzWorker::watch);
            std::thread::sleep(Duration::from_millis(50));
        }
        for task in tasks {
            for (kind, fate) in task.join().expect("panics are caught") {
                match fate {
                    Ok(refused) => counts.entry(kind).or_default()[usize::from(refused)] += 1,
                    Err(problem) => found.push(problem),
                }
            }
        }
    });
    std::panic::set_hook(quiet);
    let counts: Vec<_> = counts
        .iter()
        .map(|(kind, [read, refused])| format!("{kind:?} {read} read, {refused} refused"))
        .collect();
    conclude("mangled inputs", &format!("{} inputs: {}", cases.len(), counts.join("; ")), &found);
}

impl FuzzWorker {
    /// Ends the campaign if an input takes too long: nothing else can end a thread.
    fn watch(&self) {
        let began = self.began.lock().ok().and_then(|began| *began);
        if let Some((case, began)) = began
            && began.elapsed() > PATIENCE
        {
            eprintln!("case {case} hangs; its input stands in {}", self.folder.display());
            std::process::exit(1);
        }
    }

    fn note(&self, case: Option<u32>) {
        if let Ok(mut began) = self.began.lock() {
            *began = case.map(|case| (case, Instant::now()));
        }
    }
}

/// One input: whether it was refused, or what went wrong.
fn one(
    case: u32,
    seed: u64,
    sound: &[Sound],
    fuzz_worker: &FuzzWorker,
) -> (Kind, Result<bool, String>) {
    let mut dice = Dice::from_seed(seed, case);
    let kind = *dice.one_of(&KINDS);
    let of_kind: Vec<&Sound> = sound.iter().filter(|sound| sound.kind == kind).collect();
    let Sound { name, bytes, .. } = *dice.one_of(&of_kind);
    let mangled = match kind {
        Kind::Set => set(&mut dice).into_bytes(),
        Kind::Posterior => mangle::binary(bytes, &mut dice),
        _ => mangle::text(bytes, &mut dice),
    };
    let folder = fuzz_worker.folder.join("now");
    // Files of the case before could be taken for what this one extends.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for an input");
    if kind == Kind::Calibration {
        // The windows that it names.
        for other in sound.iter().filter(|other| other.name.starts_with("hindcast")) {
            fs::write(folder.join(&other.name), &other.bytes).expect("a sound window");
        }
    }
    let path = folder.join(name);
    fs::write(&path, &mangled).expect("a mangled input");
    fuzz_worker.note(Some(case));
    let (outcome, words) = if dice.below(THROUGH_PROGRAM) == 0 {
        (by_program(kind, &path, &mangled), "program")
    } else {
        (in_process(kind, &path, &mangled), "library")
    };
    fuzz_worker.note(None);
    let fate = match outcome {
        Ok(Fate::Read) => Ok(false),
        Ok(Fate::Refused(message)) if is_named(kind, &message, name, &mangled) => Ok(true),
        Ok(Fate::Refused(message)) => {
            let message: String = message.chars().take(200).collect();
            Err(format!("case {case}, {name} ({words}): does not name it: {message}"))
        }
        Err(crash) => {
            let kept = fuzz_worker.folder.join(format!("case-{case}-{name}"));
            fs::write(&kept, &mangled).expect("a finding");
            Err(format!("case {case}, {name} ({words}): {crash}; input: {}", kept.display()))
        }
    };
    (kind, fate)
}

/// Whether a message names what was refused.
fn is_named(kind: Kind, message: &str, name: &str, mangled: &[u8]) -> bool {
    let text = String::from_utf8_lossy(mangled);
    match kind {
        Kind::Set => text.split('=').next().is_some_and(|key| message.contains(key)),
        // What one file lacks, another could have given.
        Kind::Series => message.contains(name) || message.contains("a history needs"),
        // Points and outputs are judged together: either may be the one that does not fit.
        Kind::Points | Kind::Outputs => {
            message.contains("points.csv") || message.contains("outputs.csv")
        }
        _ => message.contains(name),
    }
}

/// A parameter and a value for it, right or wrong.
fn set(dice: &mut Dice) -> String {
    let tree = Tree::baseline().expect("the baseline is valid");
    let keys: Vec<&str> = tree.parameters().iter().map(|known| known.key.as_str()).collect();
    let key = *dice.one_of(&keys);
    let value = mangle::text(b"0.5", dice);
    format!("{key}={}", String::from_utf8_lossy(&value))
}

/// Reads an input in this process; what it panicked with.
fn in_process(kind: Kind, path: &Path, mangled: &[u8]) -> Result<Fate, String> {
    let read = catch_unwind(AssertUnwindSafe(|| match read(kind, path, mangled) {
        Ok(()) => Fate::Read,
        Err(message) => Fate::Refused(message),
    }));
    read.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        format!("panics: {}", text.unwrap_or_default())
    })
}

fn read(kind: Kind, path: &Path, mangled: &[u8]) -> Result<(), String> {
    let say = |error: &dyn std::fmt::Display| error.to_string();
    match kind {
        Kind::Experiment => plan(path, &Overrides::default()),
        Kind::Set => {
            let text = String::from_utf8_lossy(mangled);
            let (key, value) = text.split_once('=').unwrap_or((&text, ""));
            let set = vec![(key.to_owned(), value.to_owned())];
            let overrides = Overrides { set, ..Overrides::default() };
            plan(&repository("experiments/baseline.toml"), &overrides)
        }
        Kind::Calibration => CalibrationSpec::load(path).map(drop).map_err(|error| say(&error)),
        Kind::Series => import(&[path]).map(drop).map_err(|error| say(&error)),
        Kind::Counts => {
            let request = measure::MeasureRequest {
                span: None,
                population: None,
                control: Control::MAJORITY,
                merges: Vec::new(),
                clusters: Vec::new(),
                resamples: 100,
                seed: 1,
                threads: 1,
            };
            let measured = measure(path, &request).map_err(|error| say(&error))?;
            drop((
                report::measure::table::csv(&measured),
                report::measure::table::json(&measured),
                report::measure::table::text(&measured, 40),
            ));
            Ok(())
        }
        Kind::Factors => {
            let file = FactorFile::read(path).map_err(|error| say(&error))?;
            for method in [
                DesignMethod::LatinHypercube,
                DesignMethod::Saltelli,
                DesignMethod::Morris { levels: 4 },
            ] {
                let request = DesignRequest { method, samples: 8, seed: 1 };
                let design = Design::new(&file, &request).map_err(|error| say(&error))?;
                drop(design.csv());
            }
            Ok(())
        }
        Kind::Points | Kind::Outputs => points(kind, path),
        Kind::Posterior => posterior::read(path).map(drop).map_err(|error| say(&error)),
    }
}

/// Reads an experiment as far as the input of its runs.
fn plan(path: &Path, overrides: &Overrides) -> Result<(), String> {
    let experiment = Experiment::load(path, overrides).map_err(|error| error.to_string())?;
    Plan::from_experiment(&experiment).map(drop).map_err(|error| error.to_string())?;
    experiment.setup(experiment.scenarios.len() - 1).map(drop).map_err(|error| error.to_string())
}

/// Analyses a design and its outputs, one of which is spoilt.
fn points(kind: Kind, path: &Path) -> Result<(), String> {
    let (design, outputs) = beside(kind, path);
    let request = sensitivity::SensitivityRequest {
        source: PointsSource::Files { design, outputs },
        output: Some("out".to_owned()),
        resamples: 100,
        seed: 1,
        failed: Failed::Refused,
    };
    let found = analyse(&request).map_err(|error| error.to_string())?;
    drop((
        report::sensitivity::table::text(&found),
        report::sensitivity::export::json(&found).to_string(),
    ));
    Ok(())
}

/// The files of a design and its outputs: the spoilt one, and the sound one beside it.
fn beside(kind: Kind, path: &Path) -> (PathBuf, PathBuf) {
    let (points, outputs) = morris();
    let (name, bytes) =
        if kind == Kind::Points { ("outputs.csv", outputs) } else { ("points.csv", points) };
    let other = path.with_file_name(name);
    fs::write(&other, bytes).expect("the sound one");
    if kind == Kind::Points { (path.to_owned(), other) } else { (other, path.to_owned()) }
}

/// Reads an input with the program; what must never happen, if it did.
fn by_program(kind: Kind, path: &Path, mangled: &[u8]) -> Result<Fate, String> {
    let folder = path.parent().expect("it is in a folder");
    let file = path.to_string_lossy().into_owned();
    let text = String::from_utf8_lossy(mangled).replace('\0', " ");
    let (design, outputs) = beside(kind, path);
    let [design, outputs] = [design, outputs].map(|path| path.to_string_lossy().into_owned());
    let with_posterior = folder.join("with_posterior.toml");
    let arguments: Vec<&str> = match kind {
        Kind::Experiment => vec!["run", &file, "--explain", "--out", "nothing"],
        Kind::Calibration => vec!["calibrate", &file, "--data", "nothing.csv", "--out", "nothing"],
        Kind::Series => vec!["import", &file, "--force", "--out", "imported"],
        Kind::Counts => vec!["measure", &file, "--resamples", "100"],
        Kind::Factors => {
            vec!["design", "--method", "lhs", "--samples", "8", "--factors", &file, "--out", "d"]
        }
        Kind::Points | Kind::Outputs => {
            vec!["sensitivity", "--design", &design, "--outputs", &outputs, "--output", "out"]
        }
        Kind::Posterior => {
            let text = "extends = \"baseline\"\n[experiment]\nname = \"with_posterior\"\n\
                        parameters = \"posterior.parquet\"\n";
            fs::write(&with_posterior, text).expect("an experiment");
            vec!["run", "with_posterior.toml", "--explain", "--out", "nothing"]
        }
        Kind::Set => vec!["run", "baseline.toml", "--explain", "--out", "nothing", "--set", &text],
    };
    if kind == Kind::Set {
        let shipped = repository("experiments/baseline.toml");
        fs::copy(shipped, folder.join("baseline.toml")).expect("a copy");
    }
    let told = call(folder, &arguments);
    match (told.crash(), told.code) {
        (Some(crash), _) => Err(format!("{crash}: {}", told.first_words())),
        (None, Some(0)) => Ok(Fate::Read),
        // No history is named to a calibration, which is noticed last.
        (None, Some(2)) if kind == Kind::Calibration => Ok(Fate::Refused(told.err + &file)),
        (None, Some(2)) => Ok(Fate::Refused(told.err)),
        (None, code) => Err(format!("exit code {code:?}: {}", told.first_words())),
    }
}
