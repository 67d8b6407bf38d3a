//! How fast the engine is, in one table: `cargo bench --bench engine`, or in some seconds with
//! `cargo bench --bench engine -- --quick`. Nothing here passes or fails.
//!
//! Machines are shared and their clocks move, so only ratios inside one run count: all cases take
//! turns, round by round, and each is held to its best round.

mod cases;
mod kernels;
mod machine;
mod observing;
#[allow(dead_code, reason = "the tests compare more than is timed here")]
#[path = "../../tests/reference/mod.rs"]
mod reference;
mod rounds;
mod table;

use std::process::ExitCode;

use rounds::Effort;

fn main() -> ExitCode {
    let mut effort = Effort::Full;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => effort = Effort::Quick,
            // What `cargo bench` itself passes.
            "--bench" => {}
            other => {
                eprintln!("unknown argument {other}; this takes --quick or nothing");
                return ExitCode::from(2);
            }
        }
    }
    // Memory first, while nothing has been freed that a world could hide in.
    let memory = machine::bytes_per_miner(&cases::setup(cases::LARGE, effort, None));
    let mut rounds = cases::all(effort);
    rounds.race(effort.rounds());
    machine::print_header(effort);
    table::print(&table::lines(&rounds, effort, memory));
    ExitCode::SUCCESS
}
