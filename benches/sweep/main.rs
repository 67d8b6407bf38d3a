//! Time and memory of large results, without the model: what a run costs outside of it, and what
//! merge, report, verify and status need.
//!
//! `cargo bench --bench sweep -- --replicates 50000 --records 53 [--out DIR] [--threads N]`
//! runs two scenarios; it prints one line per stage: seconds, peak resident memory, bytes. Without
//! numbers it takes a size that is over in seconds.

#[path = "../../tests/support/sweep.rs"]
mod sweep;

use std::fs;
use std::path::Path;
use std::time::Instant;

use hashflight::report::report;
use hashflight::study::cluster::status::Status;
use hashflight::study::execution::verify::verify;
use hashflight::study::execution::work::Work;
use hashflight::study::results::folder::Folder;
use hashflight::study::results::unit_rows::Swept;
use hashflight::world::simulation::Setup;
use sweep::Sweep;

/// Runs repeated by the verification.
const SAMPLE: u32 = 20;

fn main() {
    let number = |name: &str, fallback| {
        argument(name).map_or(fallback, |text| {
            text.parse().unwrap_or_else(|_| panic!("{name} {text}: a number is needed"))
        })
    };
    let sweep = Sweep { replicates: number("--replicates", 2000), records: number("--records", 3) };
    let threads = number("--threads", 1) as usize;
    let chosen = argument("--out");
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let root = chosen.as_deref().map_or(temporary.path(), Path::new);
    let folder = sweep.folder(root);
    let runs = folder.plan.units;
    println!("{runs} runs of {} records, {threads} thread(s)", sweep.records);
    let swept = Swept::from_plan(&folder.plan);
    let mut work = Work::from_folder(&folder, &swept);
    let model = stage("model alone", root, || {
        for unit in (0..folder.plan.shards).flat_map(|shard| folder.plan.shard(shard)) {
            let setup = work.setup(unit).expect("the inputs of the plan");
            std::hint::black_box(sweep.simulate(setup, folder.plan.seed, unit.replicate));
        }
    });
    let run = stage("run", root, || sweep.run(&folder, threads));
    stage("status of shards", root, || drop(Status::read(&folder).expect("a status")));
    let merge = stage("merge", root, || Sweep::merge(&folder));
    stage("status", root, || drop(Status::read(&folder).expect("a status")));
    stage("verify", root, || check(sweep, &folder));
    stage("report", root, || drop(report(folder.root()).expect("a report")));
    let per_run = |seconds: f64| 1e6 * seconds / f64::from(runs);
    let outside = run * threads as f64 - model;
    println!(
        "outside the model: {:.1} µs a run, and {:.1} to merge",
        per_run(outside),
        per_run(merge)
    );
    if chosen.is_some() {
        println!("left in {}", root.display());
    }
}

/// Repeats some runs.
fn check(sweep: Sweep, folder: &Folder) {
    let simulate =
        |setup: &Setup, seed: u64, replicate: u32, _: bool| sweep.simulate(setup, seed, replicate);
    let findings = verify(folder, &simulate, SAMPLE, 1).expect("a verification");
    assert!(findings.agree(), "{findings:?}");
}

/// Does something and prints what it took; returns the seconds.
fn stage(name: &str, root: &Path, work: impl FnOnce()) -> f64 {
    // Starts the peak anew; where the system does not allow it, peaks only grow.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let began = Instant::now();
    work();
    let seconds = began.elapsed().as_secs_f64();
    let (peak, bytes) = (peak_mb().unwrap_or(f64::NAN), bytes_of(root) as f64 / 1e6);
    println!("{name:<18} {seconds:>9.2} s  peak {peak:>7.1} MB  on disk {bytes:>9.1} MB");
    seconds
}

fn peak_mb() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib * 1024.0 / 1e6)
}

fn bytes_of(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => bytes_of(&entry.path()),
        Ok(data) => data.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

/// The value after a flag of the command line.
fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|word| word != name).nth(1)
}
