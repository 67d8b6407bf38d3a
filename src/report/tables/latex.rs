//! A table of metrics for LaTeX.

use super::{
    EffectCells, FALLS, HeadlineRow, InteractionCells, MetricTable, PATH_MEAN, PATH_MEDIAN, RATIO,
    VARIANCE_RATIO,
};
use crate::files::digest;
use crate::report::latex::{escape, number};

impl MetricTable {
    /// A `tabular` in booktabs style, and below it a note of what the columns are.
    #[must_use]
    pub fn latex(&self) -> String {
        let effects = EffectCells::COLUMNS * self.contrasts.len();
        let interactions = InteractionCells::HEADINGS.len() * self.interactions.len();
        let columns = self.scenarios.len() + effects + interactions;
        let rows: String = self.rows.iter().map(latex_row).collect();
        let title = self.title.map(|title| format!("% {title}\n")).unwrap_or_default();
        let note = match self.notes.as_slice() {
            [] => String::new(),
            notes => format!(
                "\\par\\smallskip\n{{\\footnotesize\\textit{{Note.}} {}\\par}}\n",
                escape(&notes.join(" "))
            ),
        };
        format!(
            "{title}% {}\n% data blake3 {} ({}.csv)\n% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{ll{}}}\n\\toprule\n{} \\\\\n\\midrule\n{rows}\\bottomrule\n\\end{{tabular}}\n{note}",
            self.origin,
            digest(self.csv().as_bytes()),
            self.name,
            "r".repeat(columns),
            self.latex_header().join(" & "),
        )
    }

    fn latex_header(&self) -> Vec<String> {
        let interval = |name: &str| format!("{} {{[}}95\\,\\%{{]}}", escape(name));
        let mut header = vec![String::new(), String::new()];
        header.extend(self.scenarios.iter().map(|name| escape(name)));
        for (treatment, control) in &self.contrasts {
            let (treatment, control) = (escape(treatment), escape(control));
            header.push(format!("{treatment} $-$ {control} {{[}}95\\,\\%{{]}}"));
            header.extend([RATIO, PATH_MEAN, PATH_MEDIAN, FALLS].map(interval));
            header.push(VARIANCE_RATIO.to_owned());
        }
        for [first, second] in &self.interactions {
            let [difference, others @ ..] = InteractionCells::HEADINGS;
            let of = format!("({}) $-$ ({})", escape(first), escape(second));
            header.push(format!("{of}: {}", interval(difference)));
            header.extend(others.map(interval));
        }
        header
    }
}

fn latex_row(row: &HeadlineRow) -> String {
    let mut cells = vec![escape(row.label), escape(row.unit)];
    cells.extend(row.means_as(number));
    cells.extend(row.effects.iter().flat_map(|effect| effect.cells(number)));
    cells.extend(row.interactions.iter().flat_map(|found| found.cells(number)));
    format!("{} \\\\\n", cells.join(" & "))
}
