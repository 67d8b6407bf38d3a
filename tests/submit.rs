//! `submit` and the tasks it makes: what is printed, what is refused, what a shell makes of it.
//! The real scheduler is in `tests/slurm.rs`; here programs of its names stand in for it.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const TINY: [&str; 6] =
    ["--miners", "100", "--replicates", "3", "--set", "simulation.horizon_days=60"];
/// Variables by which schedulers name an array's element.
const INDICES: [&str; 8] = [
    "HASHFLIGHT_TASK",
    "SLURM_ARRAY_TASK_ID",
    "PBS_ARRAY_INDEX",
    "LSB_JOBINDEX",
    "SGE_TASK_ID",
    "JOB_COMPLETION_INDEX",
    "HQ_TASK_ID",
    "AWS_BATCH_JOB_ARRAY_INDEX",
];

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hashflight"));
    command.env_remove("SLURM_CPUS_PER_TASK").env_remove("RUST_LOG");
    for name in INDICES {
        command.env_remove(name);
    }
    command
}

fn outcome(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn expect(code: i32, folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = program().current_dir(folder).args(arguments).output().expect("it starts");
    let (found, out, err) = outcome(output);
    assert_eq!(found, code, "{arguments:?}\n{out}\n{err}");
    (out, err)
}

/// A folder with an experiment of two scenarios and, in `bin`, programs that stand in for Slurm's:
/// they note how they are called, and jobs get the numbers 1, 2, ...
fn workshop() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = "extends = \"baseline\"\n[experiment]\ntitle = \"A pair\"\n\
                [[scenario]]\nname = \"on\"\n\
                [[scenario]]\nname = \"off\"\nset = { \"ai.enabled\" = false }\n";
    fs::write(folder.path().join("pair.toml"), text).unwrap();
    let log = folder.path().join("calls");
    let programs = [
        ("sbatch", "echo \"$@\" >> \"$CALLS\"; env >> \"$CALLS.env\"; wc -l < \"$CALLS\""),
        ("squeue", "cat \"$CALLS.queue\" 2>/dev/null; true"),
        ("scontrol", "echo 'MaxArraySize = 4'"),
    ];
    fs::create_dir(folder.path().join("bin")).unwrap();
    for (name, body) in programs {
        let path = folder.path().join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\nCALLS='{}'\n{body}\n", log.display())).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

fn submit<'a>(engine: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let start = ["submit", "pair.toml", "--engine", engine];
    start.iter().chain(&TINY).chain(more).copied().collect()
}

/// Calls the program with the stand-ins on the PATH.
fn with_stand_ins(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = program();
    command.current_dir(folder).args(arguments).env("PATH", path);
    command.env("SBATCH_PARTITION", "wrong").env("SLURM_JOB_ID", "7").env("SLURM_CONF", "kept");
    outcome(command.output().unwrap())
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

/// Compares with a file of `tests/slurm/golden`; `UPDATE_GOLDEN=1` writes it.
fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slurm/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, golden, "{name}; UPDATE_GOLDEN=1 cargo test --test submit rewrites it");
}

/// What differs from machine to machine and from build to build, under fixed names.
fn anonymous(text: &str, folder: &Path) -> String {
    let text = text.replace(folder.to_str().unwrap(), "/home/me");
    let mut words: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        while let Some(at) = line.find("bin/").map(|at| at + 4) {
            let digest = line[at..].chars().take_while(char::is_ascii_hexdigit).count();
            if digest != 64 {
                break;
            }
            line.replace_range(at - 4..at + digest, "BIN/PROGRAM");
        }
        words.push(line.replace("BIN/PROGRAM", "bin/PROGRAM"));
    }
    let text = words.join("\n") + "\n";
    match text.split_once(", plan ").map(|(_, rest)| rest[..8].to_owned()) {
        Some(plan) => text.replace(&plan, "PLANPLAN"),
        None => text,
    }
}

#[test]
fn a_dry_run_prints_scripts_tasks_and_calls_and_touches_nothing() {
    let folder = workshop();
    let more = [
        "--dry-run",
        "--tasks",
        "5",
        "--max-array",
        "3",
        "--throttle",
        "2",
        "--partition",
        "debug",
        "--account",
        "me",
        "--qos",
        "low",
        "--constraint",
        "a&b",
        "--extra=--exclusive",
        "--time",
        "2:00:00",
        "--mem",
        "3G",
        "--cpus",
        "2",
        "--out",
        "my results",
    ];
    let (out, _) = expect(0, folder.path(), &submit("slurm", &more));
    assert_golden("slurm.txt", &anonymous(&out, folder.path()));
    assert!(!folder.path().join("my results").exists());
    assert!(!folder.path().join("calls").exists());
}

#[test]
fn other_engines_are_printed_and_say_so() {
    let folder = workshop();
    for engine in ["pbs", "lsf", "sge", "k8s", "hq", "parallel"] {
        let (out, _) =
            expect(0, folder.path(), &submit(engine, &["--dry-run", "--tasks", "5", "--out", "r"]));
        assert!(out.contains("not submitted"), "{out}");
        assert_golden(&format!("{engine}.txt"), &anonymous(&out, folder.path()));
    }
    assert!(!folder.path().join("r").exists());
    let (out, err) = expect(0, folder.path(), &submit("parallel", &["--tasks", "5", "--out", "r"]));
    assert!(out.contains("--task {}") && err.contains("printed, not submitted"), "{out}{err}");
    assert!(folder.path().join("r/submissions/000/tasks.json").exists());
}

#[test]
fn what_is_submitted_is_what_is_missing_with_a_clean_environment() {
    let folder = workshop();
    let mut first: Vec<_> = ["run", "pair.toml", "--no-report", "--out", "r"].to_vec();
    first.extend(TINY.iter().chain(&["--shard", "1/3"]));
    expect(0, folder.path(), &first);
    let (code, out, err) =
        with_stand_ins(folder.path(), &submit("slurm", &["--tasks", "4", "--out", "r"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("submission 000: 4 of 6 shards are missing, 4 tasks"), "{out}");
    let results = folder.path().join("r/submissions/000");
    let table = json(&results.join("tasks.json"));
    assert_eq!(table["tasks"], serde_json::json!([[0], [2], [3], [5]]));
    let command = "hashflight run pair.toml --replicates 3 --miners 100 \
                   --set simulation.horizon_days=60 --out r";
    assert_eq!(table["command"], command);
    let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
    let calls: Vec<_> = calls.lines().collect();
    // The stand-in's site allows four elements.
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0], "--parsable submissions/000/array0.sbatch");
    let merge = "--parsable --dependency=afterany:1 --kill-on-invalid-dep=yes \
                 submissions/000/merge.sbatch";
    assert_eq!(calls[1], merge);
    let surroundings = fs::read_to_string(folder.path().join("calls.env")).unwrap();
    assert!(!surroundings.contains("SBATCH_PARTITION") && !surroundings.contains("SLURM_JOB_ID"));
    assert!(surroundings.contains("SLURM_CONF=kept"));
    let jobs = json(&results.join("jobs.json"));
    assert_eq!((&jobs["jobs"][0]["job"], &jobs["jobs"][1]["job"]), (&"1".into(), &"2".into()));
    assert!(results.join("logs").is_dir());
    let binary = folder.path().join("r/bin").join(table["binary"].as_str().unwrap());
    let kept = fs::metadata(binary.join("hashflight")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o111, 0o111);
}

#[test]
fn while_jobs_are_queued_another_submission_needs_force() {
    let folder = workshop();
    let arguments = submit("slurm", &["--tasks", "2", "--out", "r"]);
    assert_eq!(with_stand_ins(folder.path(), &arguments).0, 0);
    fs::write(folder.path().join("calls.queue"), "1\n").unwrap();
    let (code, _, err) = with_stand_ins(folder.path(), &arguments);
    assert!(code == 2 && err.contains("still queued: 1"), "{code} {err}");
    let again = ["submit", "r", "--engine", "slurm", "--tasks", "6", "--force"];
    let (code, out, err) = with_stand_ins(folder.path(), &again);
    assert_eq!(code, 0, "{err}");
    // Six tasks on a site of four elements: two arrays, and their merge.
    assert!(out.contains("-s1-a0") && out.contains("-s1-a1") && out.contains("-s1-merge"), "{out}");
}

#[test]
fn the_tasks_together_give_the_bytes_of_one_run_and_none_is_run_without_an_index() {
    let folder = workshop();
    let whole = |out: &'static str| -> Vec<&str> {
        let start = ["run", "pair.toml", "--no-report", "--out", out];
        start.iter().chain(&TINY).copied().collect()
    };
    expect(0, folder.path(), &whole("whole"));
    expect(0, folder.path(), &submit("parallel", &["--tasks", "4", "--out", "r"]));
    let task = ["run", "r", "--submission", "0"];
    let (_, err) = expect(2, folder.path(), &task);
    assert!(err.contains("which task? Give --task"), "{err}");
    let (_, err) = expect(2, folder.path(), &[&task[..], &["--task", "4"]].concat());
    assert!(err.contains("there is no task 4: they go from 0 to 3"), "{err}");
    let (_, err) = expect(2, folder.path(), &["run", "r", "--submission", "3", "--task", "0"]);
    assert!(err.contains("has no submission 3; there are: 0"), "{err}");
    for (variable, value, more) in [
        ("SLURM_ARRAY_TASK_ID", "1", &["--offset", "2"][..]),
        ("SGE_TASK_ID", "3", &[]),
        ("HQ_TASK_ID", "1", &[]),
        ("UNRELATED", "9", &["--task", "0", "--time-budget", "3600"]),
    ] {
        let mut command = program();
        command.current_dir(folder.path()).args(task).args(more).env(variable, value);
        let (code, out, err) = outcome(command.output().unwrap());
        assert_eq!(code, 0, "{out}{err}");
    }
    expect(0, folder.path(), &["merge", "r"]);
    for file in ["runs.parquet", "series.parquet", "miners.parquet"] {
        let bytes = |name: &str| fs::read(folder.path().join(name).join(file)).unwrap();
        assert!(bytes("whole") == bytes("r"), "{file}");
    }
    let manifest = json(&folder.path().join("r/manifest.json"));
    assert!(manifest["command"].as_str().unwrap().starts_with("hashflight run pair.toml"));
    let (out, _) = expect(0, folder.path(), &["submit", "r", "--engine", "slurm", "--dry-run"]);
    assert!(out.contains("all runs are done and merged"), "{out}");
}

#[test]
fn a_task_out_of_time_says_whether_another_start_gets_further() {
    let folder = workshop();
    let size = ["--miners", "100", "--replicates", "4000", "--set", "simulation.horizon_days=60"];
    let mut arguments = vec!["submit", "pair.toml", "--engine", "parallel"];
    arguments.extend(size.iter().chain(&["--tasks", "1", "--out", "r"]));
    expect(0, folder.path(), &arguments);
    let mut command = program();
    let task = ["run", "r", "--submission", "0", "--task", "0", "--threads", "1"];
    let task = command.current_dir(folder.path()).args(task);
    let child = task.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let published = || {
        let shards = fs::read_dir(folder.path().join("r/shards")).into_iter().flatten().flatten();
        shards.filter(|s| s.file_name().to_string_lossy().ends_with(".runs.parquet")).count()
    };
    let began = std::time::Instant::now();
    while published() == 0 && began.elapsed().as_secs() < 120 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-USR1", &id]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(75), "{err}");
    assert!(err.contains("shards left"), "{err}");
}

#[test]
fn names_full_of_shell_are_names_and_nothing_more() {
    let folder = workshop();
    let marker = folder.path().join("executed");
    let touch = format!("touch {}", marker.display());
    for name in [
        "it's  \"quoted\" $(touch executed) `touch executed` {}",
        "-rf * ; touch executed # $HOME ~ !! & | $1 ${x}",
    ] {
        let out = folder.path().join("deep").join(name);
        let out = out.to_str().unwrap();
        let arguments = submit("slurm", &["--tasks", "2", "--out", out]);
        let (code, _, err) = with_stand_ins(folder.path(), &arguments);
        assert_eq!(code, 0, "{name}: {err}");
        for (script, element) in [("array0", "0"), ("array0", "1"), ("merge", "0")] {
            let script = PathBuf::from(out).join(format!("submissions/000/{script}.sbatch"));
            let mut bash = Command::new("bash");
            bash.arg(script).env("SLURM_ARRAY_TASK_ID", element).env("SLURM_ARRAY_JOB_ID", "1");
            bash.current_dir(folder.path()).env("touch", &touch);
            let (code, out, err) = outcome(bash.output().unwrap());
            assert_eq!(code, 0, "{name}: {out}{err}");
        }
        assert!(Path::new(out).join("manifest.json").exists(), "{name}");
        assert!(!marker.exists() && !Path::new("executed").exists(), "{name}");
        assert!(!Path::new(out).join("executed").exists(), "{name}");
    }
}

#[test]
fn what_no_script_can_carry_safely_is_refused() {
    let folder = workshop();
    let cases: [(&[&str], &str); 11] = [
        (&["--out", "a\nb"], "line break"),
        (&["--out", "log of %A"], "Slurm replaces %"),
        (&["--out", "a\\b"], "Slurm replaces %"),
        (&["--partition", "a b"], "letters, digits"),
        (&["--account", "x;y"], "letters, digits"),
        (&["--constraint", "$(id)"], "letters, digits"),
        (&["--time", "10\n#SBATCH --uid=0"], "minutes, hours"),
        (&["--mem", "4G --uid=0"], "whole number"),
        (&["--extra=evil.sh"], "one option of sbatch"),
        (&["--extra=--wrap=date"], "decided by submit itself"),
        (&["--extra=--comment=a\nb"], "one option of sbatch"),
    ];
    for (more, message) in cases {
        let arguments = [&submit("slurm", &["--dry-run", "--tasks", "2"])[..], more].concat();
        let (out, err) = expect(2, folder.path(), &arguments);
        assert!(err.contains(message), "{more:?}: {err}");
        assert!(out.is_empty(), "{out}");
    }
    let overridden = ["submit", ".", "--engine", "slurm", "--seed", "1"];
    let (_, err) = expect(2, folder.path(), &overridden);
    assert!(err.contains("a results folder has its plan"), "{err}");
}
