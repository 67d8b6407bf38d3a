//! Bitcoin's own history: every retarget of the main chain up to September 2025 follows from the
//! rule, bit for bit.

use std::path::{Path, PathBuf};

use hashflight::model::chain::difficulty::{
    BLOCKS_PER_EPOCH, CompactTarget, EPOCH_TIMESPAN_S, retarget,
};

/// An epoch of `difficulty_epochs.csv`; the span is missing where no last block time is known.
struct Epoch {
    first_height: u32,
    first_time: i64,
    span: Option<i64>,
    bits: CompactTarget,
}

/// The chain facts of this repository.
fn shipped(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/data").join(file)
}

/// The larger collection beside the repository, when there is one.
fn shared(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("HASHFLIGHT_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is absent; set HASHFLIGHT_DATA to its folder", path.display());
    None
}

/// The named columns of a CSV file, row by row.
fn columns<const N: usize>(path: &Path, names: [&str; N]) -> Vec<[String; N]> {
    let mut reader = csv::Reader::from_path(path).expect("the file can be read");
    let headers = reader.headers().expect("the file has a header").clone();
    let places = names
        .map(|name| headers.iter().position(|header| header == name).expect("the column is there"));
    reader
        .records()
        .map(|row| row.expect("the row is well formed"))
        .map(|row| places.map(|place| row[place].to_owned()))
        .collect()
}

fn compact(text: &str) -> CompactTarget {
    text.parse().expect("the chain holds valid targets")
}

fn number(text: &str) -> i64 {
    text.parse().expect("times and heights are whole numbers")
}

fn epochs(path: &Path) -> Vec<Epoch> {
    columns(path, ["first_height", "first_time", "last_time", "bits"])
        .iter()
        .map(|[height, first, last, bits]| Epoch {
            first_height: number(height) as u32,
            first_time: number(first),
            span: (!last.is_empty()).then(|| number(last) - number(first)),
            bits: compact(bits),
        })
        .collect()
}

fn assert_vectors(path: &Path) {
    let rows =
        columns(path, ["retarget_timespan_s", "first_time", "last_time", "bits", "next_bits"]);
    assert_eq!(rows.len(), 76);
    for [span, first, last, bits, next] in &rows {
        assert_eq!(number(span), number(last) - number(first));
        assert_eq!(retarget(compact(bits), number(span)), compact(next), "{bits} after {span} s");
    }
}

#[test]
fn every_retarget_between_real_block_times_is_reproduced() {
    assert_vectors(&shipped("retarget_vectors.csv"));
}

#[test]
fn every_epoch_with_a_known_span_leads_to_the_next_target() {
    let epochs = epochs(&shipped("difficulty_epochs.csv"));
    let mut checked = 0;
    for pair in epochs.windows(2) {
        let Some(span) = pair[0].span else { continue };
        let height = pair[1].first_height;
        assert_eq!(height - pair[0].first_height, BLOCKS_PER_EPOCH);
        assert_eq!(retarget(pair[0].bits, span), pair[1].bits, "at height {height}");
        checked += 1;
    }
    assert_eq!((epochs.len(), checked), (455, 445));
}

/// Nine spans are unknown: eight at difficulty 1 that took longer than two weeks, and one that
/// raised the difficulty by the largest step. The rule gives the next target from the bounds.
#[test]
fn epochs_of_unknown_span_stopped_at_the_limit_or_at_the_largest_step() {
    let epochs = epochs(&shipped("difficulty_epochs.csv"));
    let mut unknown = 0;
    for pair in epochs.windows(2).filter(|pair| pair[0].span.is_none()) {
        let until_next_epoch = pair[1].first_time - pair[0].first_time;
        let at_limit = pair[0].bits == CompactTarget::LIMIT && until_next_epoch > EPOCH_TIMESPAN_S;
        assert!(at_limit || until_next_epoch < EPOCH_TIMESPAN_S / 4 + 3_600);
        let span = if at_limit { EPOCH_TIMESPAN_S } else { 0 };
        assert_eq!(retarget(pair[0].bits, span), pair[1].bits);
        unknown += 1;
    }
    assert_eq!(unknown, 9);
}

#[test]
fn the_shipped_facts_are_those_of_the_larger_collection() {
    let names = ["epoch", "first_height", "first_time", "last_time", "bits"];
    for file in ["difficulty_epochs.csv", "retarget_vectors.csv"] {
        let Some(path) = shared(file) else { continue };
        assert_eq!(columns(&shipped(file), names), columns(&path, names), "{file}");
    }
}

#[test]
fn the_larger_collection_confirms_spans_and_difficulties() {
    let Some(path) = shared("difficulty_epochs.csv") else { return };
    let names = [
        "bits",
        "difficulty",
        "retarget_timespan_s",
        "retarget_check",
        "next_difficulty_change_pct",
    ];
    for [bits, difficulty, span, check, change] in columns(&path, names) {
        let before = compact(&bits).difficulty();
        let published: f64 = difficulty.parse().expect("difficulties are numbers");
        assert!((before - published).abs() <= 0.501, "{bits}: {before} against {published}");
        if check == "verified" || check == "consistent" {
            let after = retarget(compact(&bits), number(&span)).difficulty();
            let published: f64 = change.parse().expect("changes are numbers");
            assert!((100.0 * (after / before - 1.0) - published).abs() < 5.1e-5, "{bits}");
        }
    }
}
