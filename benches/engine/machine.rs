//! The machine: what it is, and how much of its memory a world takes.

use std::fs::read_to_string;

use hashflight::world::simulation::{Setup, begin};

use super::rounds::Effort;

/// Worlds kept at once for the memory measurement.
const WORLDS: u32 = 8;

/// Says what the numbers were measured on.
pub fn print_header(effort: Effort) {
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!(
        "{}, {cpus} cores, load {}, {}; {} days, {} interleaved rounds, best of each",
        processor(),
        load(),
        env!("HASHFLIGHT_RUSTC"),
        effort.days(),
        effort.rounds(),
    );
}

/// Processes that wanted a core in the last minute: what other tenants took.
fn load() -> String {
    let load = read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().filter(|text| !text.is_empty()).unwrap_or("unknown").to_owned()
}

fn processor() -> String {
    let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| "unknown processor".to_owned(), |(_, name)| name.trim().to_owned())
}

/// Growth of resident memory by worlds of this setup, per miner; none where it cannot be read.
pub fn bytes_per_miner(setup: &Setup) -> Option<f64> {
    drop(begin(setup, 1, 0));
    let first = begin(setup, 1, 0);
    let before = resident_bytes()?;
    let worlds: Vec<_> = (1..=WORLDS).map(|replicate| begin(setup, 1, replicate)).collect();
    let after = resident_bytes()?;
    drop((first, worlds));
    let miners = f64::from(WORLDS * setup.miners.population.count);
    Some((after - before) / miners)
}

fn resident_bytes() -> Option<f64> {
    let status = read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}
