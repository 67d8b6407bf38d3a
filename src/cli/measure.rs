//! `measure`: concentration from block counts.

use std::path::{Path, PathBuf};

use clap::Args;

use super::arguments::{invocation, threads};
use super::failure::{Failure, INPUT};
use super::output::{complain, say, say_json};
use crate::analysis::measure::{MeasureRequest, Measurement, Merge, WindowSpan, measure};
use crate::model::concentration::indices::Control;
use crate::report::analyses::MeasurementFiles;
use crate::report::measure::table::{json, text};

/// Windows that the table shows.
const SHOWN: usize = 40;

/// Arguments of `measure`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// CSV of counts (`date,entity,blocks` or `epoch,entity,blocks`) or of blocks
    /// (`height,time,pool`), or JSON of mempool.space (/api/v1/mining/pools/1w, /api/v1/blocks)
    #[arg(value_name = "COUNTS.csv")]
    counts: PathBuf,
    /// Length of a window: 1d, 7d, 30d, epoch or all [default: 1d; epoch for counts by epoch]
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    window: Option<WindowSpan>,
    /// Entities counted in Gini and Theil, those without blocks included
    #[arg(long, value_name = "N", value_parser = parse_population, allow_negative_numbers = true)]
    population: Option<usize>,
    /// Share of blocks that means control
    #[arg(long, value_name = "X", default_value = "0.5", value_parser = parse_threshold)]
    threshold: f64,
    /// Control begins at the threshold, not above it
    #[arg(long)]
    at_least: bool,
    /// Counts entities as one, such as pools that share a template: their names (those with commas in
    /// double quotes), or a CSV file of clusters `entity,cluster,from,to`; may be repeated
    #[arg(long, value_name = "NAME=A,B,C|CLUSTERS.csv", value_parser = parse_merge)]
    merge: Vec<MergeArgument>,
    /// Bootstrap resamples of each window, 100 to 100,000
    #[arg(long, value_name = "N", default_value_t = 1_000, allow_negative_numbers = true,
          value_parser = parse_resamples)]
    resamples: u32,
    /// Seed of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true)]
    seed: u64,
    /// Writes every window to a CSV file, and a figure of the same name beside it
    #[arg(long, value_name = "M.csv", value_parser = parse_out)]
    out: Option<PathBuf>,
    /// Writes the figure here; the ending says how [default: beside --out, SVG]
    #[arg(long, value_name = "FILE.svg|png|pdf", value_parser = parse_figure)]
    figure: Option<PathBuf>,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

fn parse_span(text: &str) -> Result<WindowSpan, String> {
    match text {
        "1d" => Ok(WindowSpan::Days(1)),
        "7d" => Ok(WindowSpan::Days(7)),
        "30d" => Ok(WindowSpan::Days(30)),
        "epoch" => Ok(WindowSpan::Epoch),
        "all" => Ok(WindowSpan::All),
        _ => Err("expected 1d, 7d, 30d, epoch or all".to_owned()),
    }
}

fn parse_population(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| "expected a whole number from 1 to 1,000,000".to_owned())
}

fn parse_resamples(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (100..=100_000).contains(number));
    number.ok_or_else(|| "expected a whole number from 100 to 100,000".to_owned())
}

fn parse_threshold(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "expected a share above 0 and below 1, such as 0.5".to_owned())
}

/// What counts as one.
#[derive(Clone, Debug)]
enum MergeArgument {
    Names(Merge),
    Clusters(PathBuf),
}

impl MergeArgument {
    fn names(&self) -> Option<Merge> {
        if let Self::Names(merge) = self { Some(merge.clone()) } else { None }
    }

    fn clusters(&self) -> Option<PathBuf> {
        if let Self::Clusters(path) = self { Some(path.clone()) } else { None }
    }
}

/// Reads `NAME=A,B,C`, where names with commas stand in double quotes, or the name of a file.
fn parse_merge(text: &str) -> Result<MergeArgument, String> {
    let advice = "expected NAME=A,B,C, such as antpool=antpool,braiinspool or X='\"Alpha, Inc.\",Beta', or a \
                  file of clusters ending in .csv";
    let Some((name, parts)) = text.split_once('=') else {
        let path = PathBuf::from(text);
        return if ending(&path) == "csv" {
            Ok(MergeArgument::Clusters(path))
        } else {
            Err(advice.to_owned())
        };
    };
    let merge = Merge::from_names(name, parts).ok_or(advice)?;
    Ok(MergeArgument::Names(merge))
}

fn parse_out(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let taken = parse_figure(text).is_ok();
    (!taken)
        .then_some(path)
        .ok_or_else(|| "expected a CSV file; --figure is for figures".to_owned())
}

fn parse_figure(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let known = ["svg", "png", "pdf"].contains(&ending(&path).as_str());
    known.then_some(path).ok_or_else(|| "expected a file ending in .svg, .png or .pdf".to_owned())
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Measures a file and prints the windows.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let request = MeasureRequest {
        span: arguments.window,
        population: arguments.population,
        control: Control { threshold: arguments.threshold, strictly: !arguments.at_least },
        merges: arguments.merge.iter().filter_map(MergeArgument::names).collect(),
        clusters: arguments.merge.iter().filter_map(MergeArgument::clusters).collect(),
        resamples: arguments.resamples,
        seed: arguments.seed,
        threads: threads(None),
    };
    let measured = measure(&arguments.counts, &request)?;
    for note in &measured.notes {
        complain(note);
    }
    write(arguments, &measured)?;
    if arguments.json { say_json(&json(&measured)) } else { say(&text(&measured, SHOWN)) }
}

/// Writes the files that were asked for, and none in the place of another.
fn write(arguments: &Arguments, measured: &Measurement) -> Result<(), Failure> {
    let files = MeasurementFiles::new(arguments.out.clone(), arguments.figure.clone());
    let clusters = arguments.merge.iter().filter_map(MergeArgument::clusters);
    let mut inputs = clusters.chain([arguments.counts.clone()]);
    if let Some(input) = inputs.find(|input| files.takes_place_of(input)) {
        let problem = format!("{} is the input; name another file", input.display());
        return Err(Failure::new(INPUT, format!("--out or --figure: {problem}")));
    }
    if let Some(path) = files.foreign() {
        let problem = format!(
            "--figure: {} would hold the numbers of the figure, but is there and is no table of \
             windows; name another file",
            path.display()
        );
        return Err(Failure::new(INPUT, problem));
    }
    Ok(files.write(measured, &invocation(1).command)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_are_read_and_refused() {
        let merge = parse_merge("antpool=antpool, braiinspool").unwrap().names().unwrap();
        assert_eq!((merge.name.as_str(), merge.parts.len()), ("antpool", 2));
        let merge = parse_merge("X=\"Alpha, Inc.\",Beta").unwrap().names().unwrap();
        assert_eq!(merge.parts, ["Alpha, Inc.", "Beta"]);
        assert!(parse_merge("a/clusters.CSV").unwrap().clusters().is_some());
        for bad in ["antpool", "=a,b", "a=", "a=b,,c"] {
            assert!(parse_merge(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn thresholds_are_shares() {
        assert_eq!(parse_threshold("0.66"), Ok(0.66));
        for bad in ["0", "1", "-0.1", "NaN", "inf", "51%"] {
            assert!(parse_threshold(bad).is_err(), "{bad}");
        }
    }
}
