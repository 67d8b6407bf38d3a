//! `submit` and the tasks it makes: what is printed, what is refused, what a shell makes of it.
//! The real scheduler is in `tests/slurm.rs`; here programs of its names stand in for it.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

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
    assert_eq!(text, golden, "{name}; UPDATE_GOLDEN=1 cargo test --test suite submit rewrites it");
}

/// What differs from rig to rig and from build to build, under fixed names.
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
    let plan = text.split_once(", plan ").map(|(_, rest)| rest[..8].to_owned());
    let text = plan.map_or(text.clone(), |plan| text.replace(&plan, "PLANPLAN"));
    let token = ["hashflight-PLANPLAN-", "hf-"]
        .iter()
        .find_map(|start| text.split_once(start).map(|(_, rest)| rest[..8].to_owned()));
    token.map_or(text.clone(), |token| text.replace(&token, "TOKENTOK"))
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
    assert!(out.starts_with("#!/bin/bash\n"), "it can be piped: {out}");
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
    let cases: [(&[&str], &str); 14] = [
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
        (&["--extra=-a0-9"], "decided by submit itself"),
        (&["--extra=--arr=0-9"], "decided by submit itself"),
        (&["--script", "f"], "Slurm's scripts are kept"),
        (&["--extra=--comment=a\nb"], "one option of sbatch"),
    ];
    for (more, message) in cases {
        let arguments = [&submit("slurm", &["--dry-run", "--tasks", "2"])[..], more].concat();
        let (out, err) = expect(2, folder.path(), &arguments);
        assert!(err.contains(message), "{more:?}: {err}");
        assert!(out.is_empty(), "{out}");
    }
    for out in ["a\nb", "log of %A"] {
        let (_, err) = expect(2, folder.path(), &submit("slurm", &["--out", out]));
        assert!(err.contains("line break") || err.contains("Slurm replaces %"), "{err}");
        assert!(!folder.path().join(out).exists(), "{out} is made, and then refused");
    }
    let overridden = ["submit", ".", "--engine", "slurm", "--seed", "1"];
    let (_, err) = expect(2, folder.path(), &overridden);
    assert!(err.contains("a results folder has its plan"), "{err}");
}

/// Another call took the number that this one was about to take: it says so, whoever comes first.
#[test]
fn of_submissions_at_once_the_later_one_is_told_of_the_other() {
    let folder = workshop();
    expect(0, folder.path(), &submit("parallel", &["--tasks", "2"]));
    let calls = submit("parallel", &["--tasks", "2"]);
    let started: Vec<_> = (0..6)
        .map(|_| {
            let mut call = program();
            call.current_dir(folder.path()).args(&calls).stdout(Stdio::piped());
            call.stderr(Stdio::piped()).spawn().expect("it starts")
        })
        .collect();
    let mut submitted = 0;
    for call in started {
        let (code, out, err) = outcome(call.wait_with_output().expect("it ends"));
        submitted += u32::from(code == 0);
        let told = err.contains("is being submitted by another call, which took submission 0");
        assert!(code == 0 || (code == 2 && told), "{code}\n{out}\n{err}");
    }
    let there = fs::read_dir(folder.path().join("results/pair/submissions")).unwrap();
    assert_eq!(there.count(), 1 + submitted as usize);
}

/// Replaces a stand-in of Slurm.
fn stand_in(folder: &Path, name: &str, body: &str) {
    let path = folder.join("bin").join(name);
    fs::write(&path, format!("#!/bin/sh\nCALLS='{}'\n{body}\n", folder.join("calls").display()))
        .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn names(results: &Path) -> Vec<String> {
    let jobs = json(&results.join("submissions/000/jobs.json"));
    let jobs = jobs["jobs"].as_array().unwrap().clone();
    jobs.iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn jobs_of_two_folders_never_share_a_name_and_only_ones_own_are_asked_for() {
    let folder = workshop();
    let squeue = "echo \"$@\" >> \"$CALLS.asked\"; cat \"$CALLS.queue\" 2>/dev/null; true";
    stand_in(folder.path(), "squeue", squeue);
    for out in ["one", "two"] {
        let (code, _, err) =
            with_stand_ins(folder.path(), &submit("slurm", &["--tasks", "2", "--out", out]));
        assert_eq!(code, 0, "{err}");
    }
    let (one, two) = (names(&folder.path().join("one")), names(&folder.path().join("two")));
    assert!(one.iter().all(|name| !two.contains(name)), "{one:?} {two:?}");
    let (_, again, _) =
        with_stand_ins(folder.path(), &submit("slurm", &["--tasks", "2", "--out", "three"]));
    assert!(one.iter().all(|name| !again.contains(name)), "{again}");
    let asked = fs::read_to_string(folder.path().join("calls.asked")).unwrap();
    assert!(asked.lines().all(|line| line.contains(" -u ")), "{asked}");
}

#[test]
fn a_submission_that_did_not_happen_is_no_success_and_says_why() {
    let folder = workshop();
    let arguments = submit("slurm", &["--tasks", "2", "--out", "r"]);
    for complaint in ["invalid partition specified: x", "Memory specification can not be satisfied"]
    {
        let sbatch = format!("echo 'sbatch: error: {complaint}' >&2; exit 1");
        stand_in(folder.path(), "sbatch", &sbatch);
        let (code, out, err) = with_stand_ins(folder.path(), &arguments);
        assert_eq!(code, 2, "{out}{err}");
        assert!(err.contains(complaint) && err.contains("nothing was submitted"), "{err}");
        assert!(!out.contains("  job "), "{out}");
    }
    // The array is taken, the merge is not.
    stand_in(folder.path(), "sbatch", "case \"$*\" in *merge*) exit 1;; esac; echo 7");
    let (code, _, err) = with_stand_ins(folder.path(), &arguments);
    assert!(code == 2 && err.contains("only a part was submitted: jobs 7"), "{err}");
    // No Slurm at all.
    let bare = workshop();
    fs::remove_dir_all(bare.path().join("bin")).unwrap();
    let mut command = program();
    command.current_dir(bare.path()).args(&arguments).env("PATH", "/nowhere");
    let (code, _, err) = outcome(command.output().unwrap());
    assert!(code == 2 && err.contains("is Slurm installed here?"), "{code} {err}");
    assert!(!bare.path().join("r/submissions").exists());
}

#[test]
fn the_throttle_is_shared_by_arrays_and_the_rest_wait_their_turn() {
    let folder = workshop();
    let more = ["--dry-run", "--tasks", "6", "--max-array", "2", "--throttle", "2", "--out", "r"];
    let (out, _) = expect(0, folder.path(), &submit("slurm", &more));
    assert_eq!(out.matches("#SBATCH --array=0-1%1\n").count(), 3, "{out}");
    assert!(out.contains("--dependency=afterany:JOB0 submissions/000/array2.sbatch"), "{out}");
    assert_eq!(out.matches("--dependency=").count(), 2, "{out}");
    let more = ["--dry-run", "--tasks", "6", "--max-array", "2", "--throttle", "5", "--out", "r"];
    let (out, _) = expect(0, folder.path(), &submit("slurm", &more));
    let of = |most: &str| out.matches(&format!("#SBATCH --array=0-1%{most}\n")).count();
    assert_eq!((of("2"), of("1")), (2, 1), "{out}");
}

#[test]
fn hints_may_be_pasted_into_a_shell_whatever_the_folder_is_called() {
    let folder = workshop();
    let name = "it's $(touch executed) here";
    let mut run: Vec<_> = ["run", "pair.toml", "--no-report", "--out", name].to_vec();
    run.extend(TINY);
    expect(0, folder.path(), &run);
    let (out, _) = expect(0, folder.path(), &["submit", name, "--engine", "slurm", "--dry-run"]);
    let hint = out.trim().rsplit_once("next: ").unwrap().1.to_owned();
    let own = env!("CARGO_BIN_EXE_hashflight");
    let line = hint.replacen("hashflight report", &format!("'{own}' status"), 1);
    let mut shell = Command::new("sh");
    let (code, out, err) =
        outcome(shell.current_dir(folder.path()).args(["-c", &line]).output().unwrap());
    assert_eq!(code, 0, "{line}: {out}{err}");
    assert!(!folder.path().join("executed").exists());
}

#[test]
fn a_damaged_copy_of_the_program_is_replaced_and_a_damaged_table_is_refused_by_name() {
    let folder = workshop();
    let arguments = submit("parallel", &["--tasks", "2", "--out", "r"]);
    expect(0, folder.path(), &arguments);
    let results = folder.path().join("r");
    let tasks = results.join("submissions/000/tasks.json");
    let binary = json(&tasks)["binary"].as_str().unwrap().to_owned();
    let copy = results.join("bin").join(&binary).join("hashflight");
    let mut bytes = fs::read(&copy).unwrap();
    let whole = bytes.clone();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    // Another process writes it: a file that is open for writing here is passed on to whatever other
    // tests start, and cannot be executed meanwhile.
    let flipped = folder.path().join("flipped");
    fs::write(&flipped, &bytes).unwrap();
    assert!(Command::new("cp").args([&flipped, &copy]).status().unwrap().success());
    let mut damaged = Command::new(&copy);
    let (code, _, err) =
        outcome(damaged.args(["status", "r"]).current_dir(folder.path()).output().unwrap());
    assert!(code == 65 && err.contains("this copy of the program is damaged"), "{code} {err}");
    let text = fs::read_to_string(&tasks).unwrap();
    fs::write(&tasks, text.replace("[[0,2,4],[1,3,5]]", "[[0,2,3],[1,3,5]]")).unwrap();
    let mut task = program();
    task.current_dir(folder.path()).args(["run", "r", "--submission", "0", "--task", "0"]);
    let (code, _, err) = outcome(task.output().unwrap());
    assert!(code != 0 && err.contains("tasks.json") && err.contains("is damaged"), "{code} {err}");
    assert!(err.contains("hashflight submit"), "{err}");
    expect(0, folder.path(), &arguments);
    assert!(fs::read(&copy).unwrap() == whole);
    expect(0, folder.path(), &["run", "r", "--submission", "1", "--task", "0"]);
}

#[test]
fn results_are_not_cleared_under_queued_jobs_and_cancel_takes_them_off_the_queue() {
    let folder = workshop();
    stand_in(folder.path(), "scancel", "echo \"$@\" > \"$CALLS.cancelled\"; rm \"$CALLS.queue\"");
    assert_eq!(
        with_stand_ins(folder.path(), &submit("slurm", &["--tasks", "2", "--out", "r"])).0,
        0
    );
    let queue = folder.path().join("calls.queue");
    fs::write(&queue, "1|0|RUNNING|None\n1|1|PENDING|Resources\n2|N/A|PENDING|Dependency\n")
        .unwrap();
    let mut fresh: Vec<_> = ["run", "pair.toml", "--no-report", "--fresh", "--out", "r"].to_vec();
    fresh.extend(TINY);
    let (code, _, err) = with_stand_ins(folder.path(), &fresh);
    assert!(
        code == 2 && err.contains("still queued: 1, 2") && err.contains("scancel 1 2"),
        "{err}"
    );
    let (code, out, err) = with_stand_ins(folder.path(), &["submit", "--cancel", "r"]);
    assert!(code == 0 && out.contains("cancelled jobs 1, 2"), "{out}{err}");
    assert_eq!(fs::read_to_string(folder.path().join("calls.cancelled")).unwrap(), "1 2\n");
    let (code, out, _) = with_stand_ins(folder.path(), &["submit", "--cancel", "r"]);
    assert!(code == 0 && out.contains("no jobs are queued"), "{out}");
    // Where there is no Slurm there is no queue to wait for.
    let mut command = program();
    command.current_dir(folder.path()).args(&fresh).env("PATH", "/nowhere");
    let (code, out, err) = outcome(command.output().unwrap());
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn what_slurm_holds_after_a_crash_does_not_bar_a_submission() {
    let folder = workshop();
    let arguments = submit("slurm", &["--tasks", "2", "--out", "r"]);
    assert_eq!(with_stand_ins(folder.path(), &arguments).0, 0);
    let held = "1|0|PENDING|launch failed requeued held\n2|N/A|PENDING|Dependency\n";
    fs::write(folder.path().join("calls.queue"), held).unwrap();
    let (code, out, err) = with_stand_ins(folder.path(), &arguments);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("6 of 6 shards are missing"), "{out}");
    assert!(
        err.contains("Slurm holds what is left of jobs 1") && err.contains("--cancel r"),
        "{err}"
    );
}

#[test]
fn status_names_tasks_that_ended_early_and_promises_nothing_with_nobody_at_work() {
    let folder = workshop();
    assert_eq!(
        with_stand_ins(folder.path(), &submit("slurm", &["--tasks", "4", "--out", "r"])).0,
        0
    );
    expect(0, folder.path(), &["run", "r", "--submission", "0", "--task", "0"]);
    let logs = folder.path().join("r/submissions/000/logs");
    let started = "[2026-01-01T00:00:00] 1_9 on n1, restart 0\n";
    let full = format!(
        "{started}hashflight: r/shards/x: No space left\n[2026-01-01T00:00:09] exit code 74\n"
    );
    let killed =
        format!("{started}slurmstepd: error: Detected 1 oom_kill event in StepId=1.batch.\n");
    fs::write(logs.join("1_1.log"), full).unwrap();
    fs::write(logs.join("1_2.log"), killed).unwrap();
    fs::write(logs.join("1_3.log"), started).unwrap();
    fs::write(folder.path().join("calls.queue"), "1|3|TIMEOUT|TimeLimit\n").unwrap();
    let (code, out, err) = with_stand_ins(folder.path(), &["status", "r"]);
    assert_eq!(code, 75, "{out}{err}");
    assert!(out.contains("nobody is working on it"), "{out}");
    for (task, left, cause) in [
        (1, 2, "disk (exit code 74): r/shards/x: No space left; see submissions/000/logs/1_1.log"),
        (2, 1, "memory: slurmstepd: error: Detected 1 oom_kill"),
        (3, 1, "time: TIMEOUT"),
    ] {
        let line = format!("task {task} of submission 000, {left} shards left: {cause}");
        assert!(out.contains(&line), "{line}\n{out}");
    }
    // Without Slurm the folder alone tells.
    let (out, _) = expect(75, folder.path(), &["status", "r", "--json"]);
    let status: Value = serde_json::from_str(&out).unwrap();
    assert!(status["eta_seconds"].is_null() && status["queued"].is_null(), "{out}");
    assert_eq!(status["working"], 0);
    let causes: Vec<_> =
        status["ended_early"].as_array().unwrap().iter().map(|e| &e["cause"]).collect();
    assert_eq!(causes, ["disk", "memory", "killed"]);
}

#[test]
fn a_run_that_was_killed_is_no_promise() {
    let folder = workshop();
    let size = ["--miners", "100", "--replicates", "4000", "--set", "simulation.horizon_days=60"];
    let mut arguments = vec!["run", "pair.toml", "--no-report", "--threads", "1", "--out", "r"];
    arguments.extend(size);
    let mut command = program();
    let mut child = command.current_dir(folder.path()).args(&arguments).spawn().unwrap();
    let receipts = folder.path().join("r/receipts");
    let began = std::time::Instant::now();
    let published = || {
        let receipts = fs::read_dir(&receipts).into_iter().flatten().flatten();
        receipts
            .map(|r| fs::read_to_string(r.path()).unwrap_or_default())
            .any(|t| t.contains("published"))
    };
    while !published() && began.elapsed().as_secs() < 120 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let (out, _) = expect(75, folder.path(), &["status", "r"]);
    assert!(out.contains("working   1 attempts") && out.contains("to go"), "{out}");
    child.kill().unwrap();
    child.wait().unwrap();
    let (out, _) = expect(75, folder.path(), &["status", "r"]);
    assert!(out.contains("nobody is working on it"), "{out}");
    assert!(out.contains("the last attempt on ") && out.contains("killed"), "{out}");
}

#[test]
fn one_run_longer_than_the_time_limit_ends_as_no_progress() {
    let folder = workshop();
    let size = ["--miners", "20000", "--replicates", "2", "--set", "simulation.horizon_days=3000"];
    let mut arguments = vec!["submit", "pair.toml", "--engine", "parallel"];
    arguments.extend(size.iter().chain(&["--tasks", "1", "--out", "r"]));
    expect(0, folder.path(), &arguments);
    let task =
        ["run", "r", "--submission", "0", "--task", "0", "--threads", "1", "--time-limit", "1"];
    let (_, err) = expect(70, folder.path(), &task);
    assert!(err.contains("one run takes longer than the time limit of 1 s"), "{err}");
    let (out, _) = expect(75, folder.path(), &["status", "r"]);
    assert!(out.contains("nobody is working on it"), "{out}");
}

#[test]
fn a_task_comes_back_for_want_of_time_so_many_times_however_often_it_was_preempted() {
    let folder = workshop();
    let arguments = submit("slurm", &["--tasks", "2", "--max-requeue", "2", "--out", "r"]);
    assert_eq!(with_stand_ins(folder.path(), &arguments).0, 0);
    let results = folder.path().join("r");
    let binary = json(&results.join("submissions/000/tasks.json"))["binary"].clone();
    let copy = results.join("bin").join(binary.as_str().unwrap()).join("hashflight");
    fs::write(&copy, "#!/bin/sh\nexit 75\n").unwrap();
    // As Slurm does, it ends the script that asks for another start.
    stand_in(folder.path(), "scontrol", "echo \"$@\" >> \"$CALLS.requeued\"; kill -KILL $PPID");
    let start = |restart: &str| {
        let mut bash = Command::new("bash");
        bash.arg(results.join("submissions/000/array0.sbatch")).current_dir(folder.path());
        let path =
            format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        bash.env("PATH", path).env("SLURM_ARRAY_TASK_ID", "1").env("SLURM_ARRAY_JOB_ID", "1");
        bash.env("SLURM_RESTART_COUNT", restart).output().unwrap().status.code()
    };
    let requeued = || {
        let text = fs::read_to_string(folder.path().join("calls.requeued")).unwrap_or_default();
        text.lines().count()
    };
    // Seven restarts were preemptions.
    assert_eq!((start("7"), requeued()), (None, 1));
    assert_eq!((start("8"), requeued()), (None, 2));
    assert_eq!((start("9"), requeued()), (Some(75), 2));
}

#[test]
fn what_an_engine_can_express_reaches_its_script_and_the_rest_is_refused() {
    let folder = workshop();
    let wishes = [
        "--partition",
        "long",
        "--account",
        "me",
        "--mem",
        "3G",
        "--time",
        "2:00:00",
        "--cpus",
        "2",
    ];
    let start = ["--dry-run", "--tasks", "5", "--out", "r"];
    let print = |engine: &str, more: &[&str]| {
        let arguments = [&submit(engine, &start)[..], more].concat();
        expect(0, folder.path(), &arguments).0
    };
    for (engine, lines) in [
        (
            "pbs",
            ["#PBS -q long", "#PBS -A me", "#PBS -l select=1:ncpus=2:mem=3gb", "#PBS -J 0-4%3"],
        ),
        ("lsf", ["#BSUB -q \"long\"", "#BSUB -P me", "#BSUB -M 3GB", "[1-5]%3\""]),
        ("sge", ["#$ -q long", "#$ -A me", "#$ -l h_vmem=1536M", "#$ -tc 3"]),
    ] {
        let out = print(engine, &[&wishes[..], &["--throttle", "3"]].concat());
        for line in lines {
            assert!(out.contains(line), "{engine}: {line}\n{out}");
        }
    }
    let out = print(
        "k8s",
        &["--mem", "3G", "--time", "2:00:00", "--throttle", "3", "--max-requeue", "7"],
    );
    for line in
        ["parallelism: 3", "memory: 3Gi", "activeDeadlineSeconds: 7200", "backoffLimitPerIndex: 7"]
    {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let out = print(
        "parallel",
        &["--mem", "3G", "--time", "60", "--throttle", "3", "--max-requeue", "7"],
    );
    assert!(out.contains("--jobs 3 --retries 8 --memfree 3G --timeout 3600"), "{out}");
    let out = print("hq", &["--mem", "3G", "--time", "60"]);
    assert!(out.contains("--resource mem=3072") && out.contains("--time-limit 3600s"), "{out}");
    let refused: [(&str, &[&str]); 8] = [
        ("pbs", &["--qos", "x"]),
        ("pbs", &["--partition", "a,b"]),
        ("lsf", &["--constraint", "x"]),
        ("sge", &["--max-requeue", "2"]),
        ("k8s", &["--partition", "x"]),
        ("hq", &["--throttle", "2"]),
        ("parallel", &["--account", "x"]),
        ("parallel", &["--max-array", "4"]),
    ];
    for (engine, more) in refused {
        let arguments = [&submit(engine, &start)[..], more].concat();
        let (out, err) = expect(2, folder.path(), &arguments);
        assert!(err.contains(more[0]) && out.is_empty(), "{engine} {more:?}: {err}");
    }
}

#[test]
fn pbs_sees_every_directive_before_the_first_command_and_a_script_may_stand_alone_in_a_file() {
    let folder = workshop();
    for tasks in ["1", "5"] {
        let arguments = submit("pbs", &["--tasks", tasks, "--out", "r", "--script", "job.sh"]);
        let (out, _) = expect(0, folder.path(), &arguments);
        assert!(out.contains("the script is in job.sh") && !out.contains("#PBS"), "{out}");
        let script = fs::read_to_string(folder.path().join("job.sh")).unwrap();
        assert!(script.starts_with("#!/bin/bash\n"), "{script}");
        let first = script.lines().position(|line| !line.starts_with('#')).unwrap();
        let last = script.lines().enumerate().filter(|(_, line)| line.starts_with("#PBS")).last();
        assert!(last.unwrap().0 < first, "{script}");
    }
    let (out, _) =
        expect(0, folder.path(), &submit("k8s", &["--tasks", "2", "--out", "r", "--dry-run"]));
    assert!(out.starts_with("#!/usr/bin/env -S kubectl create -f\n"), "{out}");
    let odd = "odd $(JOB) $$";
    let (out, _) =
        expect(0, folder.path(), &submit("k8s", &["--tasks", "2", "--out", odd, "--dry-run"]));
    assert!(
        out.contains("odd $$(JOB) $$$$\", --submission") && out.contains("odd $(JOB) $$\"}"),
        "{out}"
    );
}
