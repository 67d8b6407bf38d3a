//! What a figure is drawn from: the needed columns of the scenarios it compares.

use std::collections::BTreeMap;

use super::axis::Axis;
use super::calendar::{Date, time_axis};
use super::canvas;
use super::canvas::DrawError;
use super::miners::MinersView;
use super::palette::{CONTROL, Stroke, TREATMENT};
use super::regions::RegionsView;
use crate::analysis::summary::series::{Ensemble, SeriesFile};
use crate::study::results::report_error::ReportError;

/// The scenarios compared: one, or a treatment and its control.
#[derive(Clone, Debug)]
pub struct View {
    /// With the change.
    pub treatment: String,
    /// Without it.
    pub control: Option<String>,
    /// Date of day 0.
    pub first_day: (Date, String),
    /// What figures of it do not show, in sentences.
    pub left_out: Vec<String>,
}

/// One scenario's columns.
#[derive(Clone)]
pub struct Arm<'f> {
    /// Name.
    pub name: String,
    /// The same, short enough for a legend.
    pub label: String,
    /// Its line in every figure.
    pub stroke: Stroke,
    columns: BTreeMap<&'static str, Ensemble<'f>>,
}

impl<'f> Arm<'f> {
    /// A column that the figure declares.
    ///
    /// # Errors
    /// When the figure does not declare it.
    pub fn column(&self, name: &str) -> Result<&Ensemble<'f>, DrawError> {
        self.columns.get(name).ok_or_else(|| DrawError(format!("column `{name}` was not loaded")))
    }

    /// Number of replicates.
    #[must_use]
    pub fn replicates(&self) -> usize {
        self.columns.values().next().map_or(0, Ensemble::replicates)
    }
}

/// The columns of the scenarios compared.
pub struct Data<'f> {
    /// With the change, or the only scenario.
    pub treatment: Arm<'f>,
    /// Without it.
    pub control: Option<Arm<'f>>,
    /// Recorded days.
    pub days: Vec<f64>,
    /// Snapshot of the treatment's miners, when the figure needs it.
    pub miners: MinersView,
    /// Regions of the treatment, when the figure needs them.
    pub regions: RegionsView,
    recorded: Vec<i32>,
    first_day: (Date, String),
}

impl<'f> Data<'f> {
    /// Opens the columns a figure needs, and no others.
    ///
    /// # Errors
    /// When a column is missing, a file damaged, or the scenarios record different days.
    pub fn load(
        series: &'f SeriesFile,
        view: &View,
        columns: &[&'static str],
        (miners, regions): (Option<&MinersView>, Option<&RegionsView>),
    ) -> Result<Self, ReportError> {
        let recorded = series.days(&view.treatment)?;
        let treatment = load_arm(series, &view.treatment, TREATMENT, columns)?;
        let control = match &view.control {
            None => None,
            Some(name) => {
                series.check_days(name, &recorded)?;
                Some(load_arm(series, name, CONTROL, columns)?)
            }
        };
        Ok(Self {
            treatment,
            control,
            days: recorded.iter().map(|day| f64::from(*day)).collect(),
            miners: miners.cloned().unwrap_or_default(),
            regions: regions.cloned().unwrap_or_default(),
            recorded,
            first_day: view.first_day.clone(),
        })
    }

    /// Treatment, then control.
    pub(crate) fn arms(&self) -> impl DoubleEndedIterator<Item = &Arm<'f>> {
        std::iter::once(&self.treatment).chain(&self.control)
    }

    /// Whether all columns of the treatment are zero on all days, as those of AI halls where there are none.
    ///
    /// # Errors
    /// When a column was not loaded or cannot be read.
    pub(crate) fn is_zero(&self, columns: &[&str]) -> Result<bool, DrawError> {
        for name in columns {
            let mut zero = true;
            self.treatment.column(name)?.by_day(|_, values| {
                zero &= values.iter().all(|value| *value == 0.0);
            })?;
            if !zero {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Replicates of the treatment.
    #[must_use]
    pub fn replicates(&self) -> usize {
        self.treatment.replicates()
    }

    /// How many replicates stand behind what is drawn, in words.
    #[must_use]
    pub fn runs(&self) -> String {
        let mut counts: Vec<usize> = self.arms().map(Arm::replicates).collect();
        counts.dedup();
        in_words(&counts)
    }

    /// The same of the treatment alone.
    #[must_use]
    pub(crate) fn runs_of_treatment(&self) -> String {
        in_words(&[self.replicates()])
    }

    /// The last recorded day, `YYYY-MM-DD`.
    #[must_use]
    pub(crate) fn last_date(&self) -> String {
        self.date(self.recorded.last().copied().unwrap_or(0))
    }

    /// The date of a day, `YYYY-MM-DD`.
    #[must_use]
    pub(crate) fn date(&self, day: i32) -> String {
        self.first_day.0.after(day)
    }

    /// The recorded days and their dates, `YYYY-MM-DD`.
    pub fn dates(&self) -> impl Iterator<Item = (i32, String)> {
        self.recorded.iter().map(|day| (*day, self.first_day.0.after(*day)))
    }

    /// The time axis and its title.
    #[must_use]
    pub fn time(&self, most_ticks: usize) -> (Axis, String) {
        time_axis(self.first_day.0, &self.first_day.1, &self.recorded, most_ticks)
    }
}

/// Numbers of replicates in words.
fn in_words(counts: &[usize]) -> String {
    let plural = if counts == [1] { "" } else { "s" };
    let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
    format!("{} replicate{plural}", counts.join(" | "))
}

fn load_arm<'f>(
    series: &'f SeriesFile,
    scenario: &str,
    stroke: Stroke,
    columns: &[&'static str],
) -> Result<Arm<'f>, ReportError> {
    let columns = columns
        .iter()
        .map(|column| Ok((*column, series.ensemble(scenario, column)?)))
        .collect::<Result<_, ReportError>>()?;
    Ok(Arm { name: scenario.to_owned(), label: canvas::label(scenario), stroke, columns })
}
