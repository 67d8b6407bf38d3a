//! A table of metrics in columns of text: means, then a block for each effect and interaction.

use super::estimate::with_count;
use super::{
    EffectCells, FALLS, HeadlineRow, InteractionCells, MetricTable, PATH_MEAN, PATH_MEDIAN, RATIO,
    VARIANCE_RATIO, printable,
};
use crate::report::numbers::grouped;

impl MetricTable {
    /// The table in columns of text, and below it what to know of it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut header = vec!["metric".to_owned(), "unit".to_owned()];
        header.extend(self.scenarios.iter().map(|name| printable(name)));
        let mut text = self.title.map(|title| format!("{title}\n")).unwrap_or_default();
        text.push_str(&self.block(header, HeadlineRow::mean_cells));
        for (place, (treatment, control)) in self.contrasts.iter().enumerate() {
            let difference = format!("{} - {} [95 %]", printable(treatment), printable(control));
            let ratios = [RATIO, PATH_MEAN, PATH_MEDIAN, FALLS].map(with_interval);
            let header = ["metric".to_owned(), "unit".to_owned(), difference].into_iter();
            let header = header.chain(ratios).chain([VARIANCE_RATIO.to_owned()]);
            let cells = |row: &HeadlineRow| row.effects[place].cells(show).to_vec();
            text.push('\n');
            text.push_str(&self.block(header.collect(), cells));
        }
        for (place, [first, second]) in self.interactions.iter().enumerate() {
            let (first, second) = (printable(first), printable(second));
            text.extend(["\nInteraction: (", &first, ") - (", &second, ")\n"]);
            let names = InteractionCells::HEADINGS.map(with_interval);
            let header = ["metric", "unit"].map(str::to_owned).into_iter().chain(names);
            let cells = |row: &HeadlineRow| row.interactions[place].cells(show).to_vec();
            text.push_str(&self.block(header.collect(), cells));
        }
        if !self.notes.is_empty() {
            text.push('\n');
        }
        for note in &self.notes {
            text.push_str(&printable(note));
            text.push('\n');
        }
        text
    }

    /// A line for each row below a header.
    fn block(&self, header: Vec<String>, cells: impl Fn(&HeadlineRow) -> Vec<String>) -> String {
        let mut lines = vec![header];
        for row in &self.rows {
            let mut line = vec![row.label.to_owned(), row.unit.to_owned()];
            line.extend(cells(row));
            lines.push(line);
        }
        aligned(&lines)
    }
}

impl HeadlineRow {
    /// Means with their standard errors in brackets.
    fn mean_cells(&self) -> Vec<String> {
        self.means_as(show)
    }

    /// As text or LaTeX writes numbers.
    pub(crate) fn means_as(&self, show: impl Fn(&str) -> String) -> Vec<String> {
        let number = |text: &str| if text.is_empty() { "--".to_owned() } else { show(text) };
        let mean = |(mean, error): (&String, &String)| {
            let error =
                if error.is_empty() { error.clone() } else { format!(" ({})", show(error)) };
            number(mean) + &error
        };
        let cells = self.means.iter().zip(&self.errors).map(mean);
        cells.zip(&self.paths).map(|(cell, paths)| with_count(cell, *paths)).collect()
    }
}

impl InteractionCells {
    /// Headings of the cells.
    pub(crate) const HEADINGS: [&str; 4] = [
        "difference of effects",
        "of ratios of means, points",
        "mean over paths of the difference of changes, points",
        "paths in which the first effect is lower, %",
    ];
}

impl EffectCells {
    /// How many columns an effect has.
    pub(crate) const COLUMNS: usize = 6;
}

fn show(number: &str) -> String {
    grouped(number, ",")
}

fn with_interval(name: &str) -> String {
    format!("{name} [95 %]")
}

/// Pads cells to columns: the first two to the left, numbers to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
