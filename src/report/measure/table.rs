//! Measured windows as CSV, as JSON and as a table for people.

use serde_json::{Map, Value, json};

use crate::analysis::measure::{MeasureRow, Measurement};
use crate::files::sheet::csv_line;
use crate::report::numbers::{decimals_for, fixed, grouped};
use crate::statistics::samples::Interval;

/// Columns behind `window_start`: those of the contract first, then those added since.
const COLUMNS: [&str; 27] = [
    "blocks",
    "entities",
    "nakamoto",
    "nakamoto_low",
    "nakamoto_high",
    "hhi",
    "hhi_low",
    "hhi_high",
    "gini",
    "shannon_bits",
    "theil",
    "top1_share",
    "top3_share",
    "p_fewer",
    "p_more",
    "hhi_unbiased",
    "gini_low",
    "gini_high",
    "shannon_bits_low",
    "shannon_bits_high",
    "theil_low",
    "theil_high",
    "top1_share_low",
    "top1_share_high",
    "top3_share_low",
    "top3_share_high",
    "population",
];

/// The values of [`COLUMNS`].
fn values(row: &MeasureRow) -> [Option<f64>; COLUMNS.len()] {
    let ends = |interval: Option<Interval>| [interval.map(|i| i.low), interval.map(|i| i.high)];
    let (measured, intervals) = (&row.concentration, &row.intervals);
    let [hhi_low, hhi_high] = ends(intervals.hhi);
    let [gini_low, gini_high] = ends(intervals.gini);
    let [shannon_low, shannon_high] = ends(intervals.shannon_bits);
    let [theil_low, theil_high] = ends(intervals.theil);
    let [top1_low, top1_high] = ends(intervals.top1_share);
    let [top3_low, top3_high] = ends(intervals.top3_share);
    [
        Some(row.blocks as f64),
        Some(row.entities as f64),
        Some(measured.nakamoto),
        Some(row.nakamoto.low as f64),
        row.nakamoto.high.map(|high| high as f64),
        Some(measured.hhi),
        hhi_low,
        hhi_high,
        Some(measured.gini),
        Some(measured.shannon_bits),
        Some(measured.theil),
        Some(measured.top1_share),
        Some(measured.top3_share),
        Some(row.nakamoto.p_fewer),
        Some(row.nakamoto.p_more),
        row.hhi_unbiased,
        gini_low,
        gini_high,
        shannon_low,
        shannon_high,
        theil_low,
        theil_high,
        top1_low,
        top1_high,
        top3_low,
        top3_high,
        Some(measured.entities as f64),
    ]
}

/// One line per window in full precision; an empty cell is an interval that the counts do not give.
#[must_use]
pub fn csv(measured: &Measurement) -> String {
    let mut text = csv_line(std::iter::once("window_start").chain(COLUMNS));
    for row in &measured.rows {
        let cells = values(row).into_iter().map(|value| value.map(full).unwrap_or_default());
        text += &csv_line(std::iter::once(row.start.text()).chain(cells));
    }
    text
}

/// All digits; with an exponent where they would hide behind zeros.
fn full(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-5 { format!("{value:e}") } else { value.to_string() }
}

/// One object: what was measured, notes, and an object per window with the columns as keys.
#[must_use]
pub fn json(measured: &Measurement) -> Value {
    let row = |row: &MeasureRow| {
        let mut object = Map::from_iter([("window_start".to_owned(), row.start.text().into())]);
        let names = COLUMNS.iter().map(|name| (*name).to_owned());
        object.extend(names.zip(values(row).map(|value| value.map_or(Value::Null, number))));
        Value::Object(object)
    };
    json!({
        "window": measured.span.to_string(),
        "threshold": measured.control.threshold,
        "strictly_more": measured.control.strictly,
        "data_digest": measured.digest,
        "notes": measured.notes,
        "windows": measured.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

/// Whole numbers without a point.
fn number(value: f64) -> Value {
    let whole = value as i64;
    if value.abs() < 1e15 && whole as f64 == value { whole.into() } else { value.into() }
}

/// Cells of a row for people: numbers rounded, intervals in brackets.
fn cells(row: &MeasureRow) -> [String; 9] {
    let measured = &row.concentration;
    let p = |value: f64| {
        if value < 0.001 {
            "<0.001".to_owned()
        } else {
            fixed(value, decimals_for(value, 2).min(3))
        }
    };
    let high = row.nakamoto.high.map_or("-".to_owned(), |high| high.to_string());
    let hhi = row.intervals.hhi.map_or(String::new(), |interval| {
        let ends = [interval.low, interval.high].map(|end| grouped(&fixed(end, 0), ","));
        format!(" [{}, {}]", ends[0], ends[1])
    });
    [
        row.start.text(),
        row.blocks.to_string(),
        row.entities.to_string(),
        format!("{} [{}, {high}]", measured.nakamoto, row.nakamoto.low),
        format!("{} / {}", p(row.nakamoto.p_fewer), p(row.nakamoto.p_more)),
        format!("{}{hhi}", grouped(&fixed(measured.hhi, 0), ",")),
        fixed(measured.gini, 3),
        fixed(measured.shannon_bits, 3),
        fixed(measured.top1_share, 3),
    ]
}

const HEADS: [&str; 9] = [
    "window",
    "blocks",
    "entities",
    "Nakamoto [95 %]",
    "p fewer / more",
    "HHI [95 %]",
    "Gini",
    "bits",
    "largest",
];

/// A table of at most `most` windows, the last ones; says how many are left out.
#[must_use]
pub fn text(measured: &Measurement, most: usize) -> String {
    let hidden = measured.rows.len().saturating_sub(most);
    let rows: Vec<_> = measured.rows[hidden..].iter().map(cells).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([HEADS[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
        padded.collect::<Vec<_>>().join("  ")
    };
    let mut lines = vec![line(HEADS.to_vec())];
    lines.extend(rows.iter().map(|row| line(row.iter().map(String::as_str).collect())));
    if hidden > 0 {
        lines
            .push(format!("({hidden} earlier windows are not shown; --out FILE.csv has them all)"));
    }
    lines.push(verdict(measured));
    lines.push(KEY.to_owned());
    lines.join("\n")
}

/// What the heads of the table mean.
const KEY: &str = "[low, high]: 95 % interval, - where the counts give no end; p fewer: that fewer entities have control; \
                   p more: that more are needed; bits: Shannon entropy; largest: share of the largest entity; Gini counts \
                   only entities with a row unless --population is given";

/// How much the windows say about the Nakamoto coefficient.
fn verdict(measured: &Measurement) -> String {
    let sure = |row: &&MeasureRow| Some(row.nakamoto.low) == row.nakamoto.high;
    let sure = measured.rows.iter().filter(sure).count();
    let all = measured.rows.len();
    format!(
        "The Nakamoto coefficient is significant (its 95 % interval is one number) in {sure} of {all} windows."
    )
}
