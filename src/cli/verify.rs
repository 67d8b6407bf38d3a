//! `verify`: run again, compare, print a receipt.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{CONFLICT, FAILED, Failure};
use super::output::{say, say_json};
use crate::files::sheet::csv_line;
use crate::report::ReportRecord;
use crate::study::execution::verify::{Findings, columns, verify};
use crate::study::results::folder::Folder;
use crate::study::results::provenance::{build, unix_seconds};
use crate::world::simulation;

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Results folder
    results: PathBuf,
    /// How many runs to repeat
    #[arg(long, value_name = "K", default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..))]
    sample: u32,
    /// Number that the choice of runs is drawn from [default: the time]
    #[arg(long, value_name = "N")]
    draw: Option<u64>,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
    /// Repeats no run; prints digests of all columns' values as CSV (docs/digests.md)
    #[arg(long, conflicts_with_all = ["sample", "draw", "json"])]
    columns: bool,
}

/// Repeats some runs, or says what the columns hold.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.columns {
        return print_columns(&arguments.results);
    }
    let folder = Folder::open(&arguments.results)?;
    let draw = arguments.draw.unwrap_or_else(unix_seconds);
    let mut findings = verify(&folder, &simulation::run, arguments.sample, draw)?;
    findings.changed_files.extend(ReportRecord::unproven(&arguments.results)?);
    if arguments.json {
        say_json(&findings)?;
    } else {
        say(&receipt(&findings, draw))?;
    }
    if findings.agree() {
        return Ok(());
    }
    let message =
        format!("{}: the results are not what this program computes", arguments.results.display());
    // Files that are as they were merged and runs that come out otherwise: two attempts disagree.
    let code = if findings.changed_files.is_empty() { CONFLICT } else { FAILED };
    Err(Failure::new(code, message))
}

/// Prints the digests of the columns of every file that is as it was published.
fn print_columns(results: &Path) -> Result<(), Failure> {
    let columns = columns(&Folder::open(results)?)?;
    let mut text = csv_line(["file", "column", "digest"]);
    for (file, digests) in &columns.files {
        let cells = digests.iter().map(|found| [file, &found.column, &found.digest]);
        text.extend(cells.map(csv_line));
    }
    say(text.trim_end())?;
    if columns.changed_files.is_empty() {
        return Ok(());
    }
    let (results, changed) = (results.display(), columns.changed_files.join(", "));
    Err(Failure::new(FAILED, format!("{results}: not as published: {changed}")))
}

fn receipt(findings: &Findings, draw: u64) -> String {
    let build = build();
    let mut lines = vec![
        format!("plan      {}", findings.plan_digest),
        format!("program   {} ({}), {}", build.tool, build.revision, build.toolchain),
        format!("draw      {draw}"),
    ];
    for file in &findings.changed_files {
        lines.push(format!("CHANGED   {file} is not as it was published"));
    }
    for check in &findings.checks {
        let (scenario, replicate) = (&check.scenario, check.replicate);
        let digest = check.stored.get(..16).unwrap_or(&check.stored);
        lines.push(if check.same {
            format!("same      {scenario}, replicate {replicate}: {digest}…")
        } else {
            let other = check.computed.get(..16).unwrap_or(&check.computed);
            format!("DIFFERENT {scenario}, replicate {replicate}: stored {digest}…, now {other}…")
        });
    }
    lines.join("\n")
}
