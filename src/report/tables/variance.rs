//! What the effects vary by: the table of variance parts.

use super::{HEADLINES, Headline, attack_costs, origin_line, printable};
use crate::analysis::sensitivity::IndexEstimate;
use crate::analysis::sensitivity::variance::EffectVariance;
use crate::analysis::summary::Summary;
use crate::files::digest;
use crate::files::sheet::csv_line;
use crate::report::latex::{escape, number};
use crate::report::numbers::{aligned, fixed};

/// Parts in the order of [`EffectVariance::estimates`].
const PARTS: [&str; 4] = ["sd, %", "contrasts, %", "parameters, %", "paths, %"];
/// What the columns are.
const NOTE: &str = "Variance of the relative effect of a pair over contrasts that count the same, draws of the parameters and paths: \
     standard deviation and shares with 95 % intervals from resampled draws. Contrasts: of their means. Parameters: between draws \
     within a contrast (one-way analysis of variance). Paths: between paths of one draw.";

/// Metrics whose effects are taken apart: those of the headline table and of the attack costs.
pub(crate) fn metrics() -> impl Iterator<Item = &'static str> {
    HEADLINES.iter().chain(attack_costs::ROWS).map(|headline| headline.0)
}

/// The parts for every metric that has some.
#[derive(Clone, Debug)]
pub struct VarianceTable {
    rows: Vec<EffectVariance>,
    origin: String,
}

impl VarianceTable {
    /// Of the results behind a summary; none without parts.
    #[must_use]
    pub fn new(rows: Vec<EffectVariance>, summary: &Summary) -> Option<Self> {
        let first = rows.first()?;
        let of = format!(
            "{} pairs of {} contrasts and {} draws",
            first.pairs, first.contrasts, first.draws
        );
        let origin = printable(&origin_line(summary, &format!("parts of variance over {of}")));
        Some(Self { rows, origin })
    }

    /// A row a metric.
    #[must_use]
    pub fn csv(&self) -> String {
        let header = ["metric", "label", "contrasts", "draws", "pairs", "mean, %"];
        let parts =
            PARTS.iter().flat_map(|part| ["", " low", " high"].map(|end| [part, end].concat()));
        let header: Vec<String> = header.iter().map(|&name| name.to_owned()).chain(parts).collect();
        let mut text = csv_line(header.iter().map(String::as_str));
        for row in &self.rows {
            let counts = [row.contrasts, row.draws, row.pairs].map(|count| count.to_string());
            let numbers = row.parts().flatten();
            let numbers = std::iter::once(row.mean).chain(numbers).map(|number| number.to_string());
            let names = [row.metric.clone(), label(&row.metric).to_owned()];
            let fields: Vec<String> = names.into_iter().chain(counts).chain(numbers).collect();
            text += &csv_line(fields.iter().map(String::as_str));
        }
        text
    }

    /// The same, rounded, in columns of text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![header()];
        lines.extend(self.rows.iter().map(|row| {
            let show = |text: &str| text.to_owned();
            std::iter::once(label(&row.metric).to_owned()).chain(row.cells(show)).collect()
        }));
        format!("What the effects vary by\n{}\n{NOTE}\n", aligned(&lines).join("\n"))
    }

    /// A `tabular` in booktabs style, and below it a note of what the columns are.
    #[must_use]
    pub fn latex(&self) -> String {
        let line = |cells: Vec<String>| cells.join(" & ") + " \\\\\n";
        let header = line(header().iter().map(|cell| escape(cell)).collect());
        let rows: String = self
            .rows
            .iter()
            .map(|row| {
                line(std::iter::once(escape(label(&row.metric))).chain(row.cells(number)).collect())
            })
            .collect();
        format!(
            "% {}\n% data blake3 {} (variance.csv)\n% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{lrrrrr}}\n\\toprule\n\
             {header}\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n\\par\\smallskip\n{{\\footnotesize\\textit{{Note.}} \
             {}\\par}}\n",
            self.origin,
            digest(self.csv().as_bytes()),
            escape(NOTE)
        )
    }
}

impl EffectVariance {
    /// Value and ends of the standard deviation and of the shares, %.
    fn parts(&self) -> impl Iterator<Item = [f64; 3]> {
        let ends = |of: &IndexEstimate| [of.value, of.low, of.high];
        let scales = [1.0, 100.0, 100.0, 100.0];
        self.estimates.iter().map(ends).zip(scales).map(|(ends, scale)| ends.map(|end| scale * end))
    }

    /// Mean and parts, rounded.
    fn cells(&self, show: impl Fn(&str) -> String) -> Vec<String> {
        let decimals = [2, 0, 0, 0];
        let cell = |([value, low, high], decimals): ([f64; 3], usize)| {
            let [value, low, high] = [value, low, high].map(|end| show(&fixed(end, decimals)));
            format!("{value} [{low}, {high}]")
        };
        let parts = self.parts().zip(decimals).map(cell);
        std::iter::once(show(&fixed(self.mean, 2))).chain(parts).collect()
    }
}

fn label(metric: &str) -> &'static str {
    let all = HEADLINES.iter().chain(attack_costs::ROWS);
    all.into_iter().find(|Headline(name, ..)| *name == metric).map_or("", |headline| headline.1)
}

fn header() -> Vec<String> {
    let parts = PARTS.map(|part| format!("{part} [95 %]"));
    ["effect", "mean, %"].map(str::to_owned).into_iter().chain(parts).collect()
}
