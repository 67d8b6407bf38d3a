//! The posterior of a calibration beside its priors, as a table.

use super::numbers::{aligned, decimals_for, fixed};
use crate::files::sheet::csv_line;
use crate::history::calibration::CalibrationSpec;
use crate::history::calibration::method::{Population, Prior};
use crate::statistics::distribution::Distribution;
use crate::study::experiment::config::Tree;
use crate::study::results::report_error::ReportError;

/// Quantiles of a posterior beside the bounds of its priors.
#[derive(Clone, Debug)]
pub struct PosteriorTable {
    /// One row a parameter, in the order of the priors.
    pub rows: Vec<PosteriorRow>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct PosteriorRow {
    /// Dotted key.
    pub key: String,
    /// Unit of its values; `1` for a pure number.
    pub unit: String,
    /// Least and greatest value of the prior.
    pub bounds: [f64; 2],
    /// Whether the prior is one of the value's logarithm.
    pub logarithmic: bool,
    /// 5, 25, 50, 75, 95 % of the posterior.
    pub quantiles: [f64; 5],
    /// Value in the baseline, if it has one.
    pub baseline: Option<f64>,
}

impl PosteriorRow {
    fn from_population(
        place: usize,
        prior: &Prior,
        population: &Population,
        baseline: &Tree,
    ) -> Self {
        let known = baseline.parameters().iter().find(|parameter| parameter.key == prior.key);
        Self {
            key: prior.key.clone(),
            unit: known.map_or_else(|| "1".to_owned(), |parameter| parameter.unit.clone()),
            bounds: prior.bounds(),
            logarithmic: matches!(prior.law, Distribution::LogUniform { .. }),
            quantiles: [0.05, 0.25, 0.5, 0.75, 0.95].map(|at| population.quantile(place, at)),
            baseline: baseline.json(&prior.key).and_then(|value| value.as_f64()),
        }
    }

    /// Where a value lies between the bounds on the prior's own scale: 0 at the lower, 1 at the
    /// upper.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        let on_scale = |value: f64| if self.logarithmic { libm::log(value) } else { value };
        let [low, high] = self.bounds.map(on_scale);
        (on_scale(value) - low) / (high - low)
    }
}

/// The table of a population.
///
/// # Errors
/// If the baseline cannot be read.
pub(crate) fn posterior_table(
    spec: &CalibrationSpec,
    population: &Population,
) -> Result<PosteriorTable, ReportError> {
    let tree = Tree::baseline().map_err(|error| ReportError::Input(error.to_string()))?;
    let priors = spec.method.priors().iter().enumerate();
    let row = |(place, prior)| PosteriorRow::from_population(place, prior, population, &tree);
    Ok(PosteriorTable { rows: priors.map(row).collect() })
}

impl PosteriorTable {
    /// One row a parameter, all digits.
    #[must_use]
    pub fn csv(&self) -> String {
        let header = ["key", "prior_low", "prior_high", "q05", "q25", "q50", "q75", "q95"];
        let mut text = csv_line(header);
        for row in &self.rows {
            let numbers = row.bounds.iter().chain(&row.quantiles).map(f64::to_string);
            text += &csv_line(std::iter::once(row.key.clone()).chain(numbers));
        }
        text
    }

    /// Columns for people.
    #[must_use]
    pub fn text(&self) -> String {
        let header = ["parameter", "prior from", "to", "5 %", "25 %", "median", "75 %", "95 %"];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        rows.extend(self.rows.iter().map(|row| {
            let decimals = decimals_for(row.quantiles[2], 3);
            let numbers = row.bounds.iter().chain(&row.quantiles);
            let cells = numbers.map(|&number| fixed(number, decimals));
            std::iter::once(row.key.clone()).chain(cells).collect()
        }));
        aligned(&rows).join("\n")
    }
}
