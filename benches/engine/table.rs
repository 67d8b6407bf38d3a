//! The table.

use hashflight::world::simulation::columns::SERIES;

use super::cases::{FEWEST, LARGE, MEDIUM, RECORD_DAYS, SMALL, surveys};
use super::rounds::{Effort, Rounds};

/// One line of the table.
pub struct Line {
    what: String,
    value: String,
    goal: &'static str,
}

fn line(what: impl Into<String>, value: impl Into<String>, goal: &'static str) -> Line {
    Line { what: what.into(), value: value.into(), goal }
}

/// Everything that is reported, in order.
pub fn lines(rounds: &Rounds, effort: Effort, memory: Option<f64>) -> Vec<Line> {
    let mut lines = Vec::new();
    add_engine(rounds, &mut lines);
    add_kernels(rounds, &mut lines);
    for miners in [MEDIUM, LARGE] {
        add_shares(rounds, effort, miners, &mut lines);
    }
    add_rest(rounds, memory, &mut lines);
    lines
}

fn nanoseconds(seconds: f64) -> String {
    format!("{:.1} ns", seconds * 1e9)
}

fn percent(part: f64, whole: f64) -> String {
    format!("{:.1} %", 100.0 * part / whole)
}

fn add_engine(rounds: &Rounds, lines: &mut Vec<Line>) {
    for miners in [SMALL, LARGE] {
        let engine = rounds.best(&format!("engine {miners}"));
        let plain = rounds.best(&format!("plain {miners}"));
        lines.extend([
            line(format!("a miner-day, engine, N = {miners}"), nanoseconds(engine), ""),
            line(format!("a miner-day, plain loop, N = {miners}"), nanoseconds(plain), ""),
            line(
                format!("engine over plain loop, N = {miners}"),
                format!("{:.2}", engine / plain),
                "at most 1.5",
            ),
        ]);
    }
    let rate = 1e-6 / rounds.best(&format!("engine {LARGE}"));
    let what = format!("million miner-days a second and core, N = {LARGE}");
    lines.push(line(what, format!("{rate:.1}"), "at least 60"));
}

fn add_kernels(rounds: &Rounds, lines: &mut Vec<Line>) {
    for (system, kernel) in [("run_rigs", "operate"), ("settle_day", "account")] {
        let (inside, alone) = (rounds.best(system), rounds.best(kernel));
        lines.extend([
            line(format!("{kernel}() on plain arrays, a miner"), nanoseconds(alone), ""),
            line(format!("{system} over {kernel}()"), format!("{:.2}", inside / alone), ""),
        ]);
    }
}

/// Shares of a replicate with weekly records, results written.
fn add_shares(rounds: &Rounds, effort: Effort, miners: u32, lines: &mut Vec<Line>) {
    let days = f64::from(effort.days());
    let miner_days = days * f64::from(miners);
    let weekly = rounds.best(&format!("weekly {miners}")) * miner_days;
    let schedule = rounds.best("empty day") * days;
    let records = days / f64::from(RECORD_DAYS);
    let record = rounds.best(&format!("record {miners}"));
    let surveyed = rounds.best(&format!("surveyed record {miners}"));
    let surveying = (surveyed - record).max(0.0) * surveys(effort);
    let recording = record * records + surveying;
    let security = rounds.best(&format!("security {miners}")) * records;
    // Rows are written for the days of the set-up they were made with, the same for all sizes.
    let parquet = rounds.best("parquet");
    let whole = weekly + parquet;
    let fewest = rounds.best(&format!("engine {FEWEST}")) * days * f64::from(FEWEST);
    let title = |what: &str| format!("{what}, N = {miners}");
    let together = schedule + recording + parquet;
    lines.extend([
        line(title("a replicate, records and files included"), format!("{whole:.3} s"), ""),
        line(title("  schedule (as many empty systems)"), percent(schedule, whole), ""),
        line(title("  weekly records"), percent(recording, whole), ""),
        line(title("    of these, security"), percent(security, whole), ""),
        line(title("    of these, surveys of supply"), percent(surveying, whole), ""),
        line(title(&format!("  Parquet, {} columns", SERIES.len())), percent(parquet, whole), ""),
        line(title("  schedule, records and Parquet"), percent(together, whole), "at most 15 %"),
        line(title("  world without miners"), percent(fewest, whole), ""),
    ]);
}

fn add_rest(rounds: &Rounds, memory: Option<f64>, lines: &mut Vec<Line>) {
    let speed_up = rounds.best("threads 1") / rounds.best("threads 2");
    let memory = memory.map_or_else(|| "unknown".to_owned(), |bytes| format!("{bytes:.0} B"));
    let set_up = format!("set-up and drop, a miner, N = {LARGE}");
    lines.extend([
        line("2 threads over 1, independent replicates", format!("{speed_up:.2}"), "at least 1.8"),
        line(set_up, nanoseconds(rounds.best("set-up")), ""),
        line(format!("resident memory of a world, a miner, N = {LARGE}"), memory, ""),
    ]);
}

/// Prints lines in columns.
pub fn print(lines: &[Line]) {
    let width = lines.iter().map(|line| line.what.chars().count()).max().unwrap_or(0);
    println!("{:width$}  {:>10}  goal", "", "measured");
    for Line { what, value, goal } in lines {
        println!("{what:width$}  {value:>10}  {goal}");
    }
}
