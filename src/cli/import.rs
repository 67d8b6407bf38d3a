//! `import`: public series made into one checked history.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::failure::{Failure, INPUT};
use super::output::{complain, say, say_json};
use crate::history::import::replacing::Obstacle;
use crate::history::import::{Imported, date, import};
use crate::history::series::{History, HistoryEpoch};
use crate::report::write_whole;

/// Gaps that the summary names.
const SHOWN: usize = 5;

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// CSV files in any order: values by day (Coin Metrics' community file or our own columns),
    /// difficulty epochs (`epoch,first_time,bits`), blocks (`height,time,bits`), earlier histories
    #[arg(value_name = "FILE.csv", required = true)]
    files: Vec<PathBuf>,
    /// The history: one row for each difficulty epoch
    #[arg(long, value_name = "HISTORY.csv")]
    out: PathBuf,
    /// Replaces a file that is there and differs
    #[arg(long)]
    force: bool,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

/// Makes a history and tells what it holds.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let imported = import(&arguments.files)?;
    imported.doubts.lines().iter().for_each(|line| complain(&format!("warning: {line}")));
    let text = imported.history.text();
    let written = write(arguments, &imported, &text)?;
    if arguments.json {
        say_json(&object(&arguments.out, &imported, written))
    } else {
        say(summary(&arguments.out, &imported, written).trim_end())
    }
}

/// Writes the history unless it is there already; says whether it wrote.
fn write(arguments: &Arguments, imported: &Imported, text: &str) -> Result<bool, Failure> {
    let (out, files) = (&arguments.out, arguments.files.as_slice());
    let refused = |obstacle: Obstacle| {
        Failure::new(INPUT, format!("--out: {} {}", out.display(), obstacle.in_words()))
    };
    let needed =
        imported.has_to_be_written(out, (files, text), arguments.force).map_err(refused)?;
    if needed {
        write_whole(out, text.as_bytes())?;
    }
    Ok(needed)
}

/// First and last epoch; a history that was made has at least one.
fn ends(history: &History) -> Option<(&HistoryEpoch, &HistoryEpoch)> {
    history.epochs.first().zip(history.epochs.last())
}

/// What was made, in a few lines.
fn summary(out: &Path, imported: &Imported, written: bool) -> String {
    let mut text = String::new();
    let rows = imported.history.epochs.len();
    if let Some((first, last)) = ends(&imported.history) {
        let unchanged = if written { "" } else { ", as it was" };
        let _ = writeln!(
            text,
            "{}: {rows} epochs, {} (from {}) to {} (from {}){unchanged}",
            out.display(),
            first.epoch,
            date(first.first_time),
            last.epoch,
            date(last.first_time),
        );
    }
    let cases: Vec<String> = imported
        .filled
        .iter()
        .take(SHOWN)
        .map(|gap| format!("epoch {}: {} of {}", gap.epoch, gap.lacking, gap.run))
        .collect();
    let more = if imported.filled.len() > SHOWN { "; …" } else { "" };
    let colon = if cases.is_empty() { "" } else { ": " };
    let count = imported.filled.len();
    let _ = writeln!(text, "gaps bridged: {count}{colon}{}{more}", cases.join("; "));
    let before = imported.before.len();
    let _ = writeln!(text, "left out before the first price: {before} epochs");
    for (epoch, missing) in &imported.after {
        let _ = writeln!(text, "left out at the end: epoch {epoch}: {missing}");
    }
    text
}

/// What was made, as JSON.
fn object(out: &Path, imported: &Imported, written: bool) -> Value {
    let end = |epoch: &HistoryEpoch| {
        json!({"epoch": epoch.epoch, "first_height": epoch.first_height,
               "date": date(epoch.first_time)})
    };
    let ends = ends(&imported.history).map(|(first, last)| (end(first), end(last)));
    let (first, last) = ends.unwrap_or_default();
    let files = imported.sources.iter().map(
        |source| json!({"file": source.file, "layout": source.layout.name(), "rows": source.rows}),
    );
    let filled = imported.filled.iter().map(|gap| {
        json!({"epoch": gap.epoch, "lacking": gap.lacking, "days": gap.run.days(),
               "from": crate::clock::iso_date(gap.run.from),
               "to": crate::clock::iso_date(gap.run.to)})
    });
    let after = imported
        .after
        .iter()
        .map(|(epoch, missing)| json!({"epoch": epoch, "why": missing.to_string()}));
    let warnings = imported
        .doubts
        .kinds()
        .map(|kind| json!({"kind": kind.name, "count": kind.count, "first": kind.first}));
    json!({
        "out": out.display().to_string(),
        "written": written,
        "rows": imported.history.epochs.len(),
        "first": first,
        "last": last,
        "gaps_bridged": filled.collect::<Vec<_>>(),
        "left_out_before": imported.before.len(),
        "left_out_after": after.collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "warnings": warnings.collect::<Vec<_>>(),
    })
}
