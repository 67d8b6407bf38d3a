//! What figures of series and of points are drawn from, as tables.

use super::canvas::DrawError;
use super::data::{Arm, Data};
use super::design_points::{ComparedOutput, DrawnPoints, EffectForm, OUTPUTS};
use super::fan::{fan, means};
use crate::analysis::summary::Summary;
use crate::report::source::{Cell, FigureData};
use crate::statistics::samples::Interval;

/// Keys of a row of a scenario's series.
const DAY_KEYS: [&str; 4] = ["scenario", "replicates", "day", "date"];
/// Ends of the names of what a fan shows; few replicates have their extremes for the outer two.
const FAN: [&str; 5] = ["outer_low", "q25", "q50", "q75", "outer_high"];
/// What a row of a comparison says, behind the keys of the figure.
const STATED: [&str; 9] =
    ["scenario", "control", "metric", "unit", "statistic", "replicates", "value", "low", "high"];

/// The fans of a figure's columns: a line for each scenario and recorded day.
///
/// # Errors
/// When a column was not loaded or cannot be read.
pub(crate) fn fans(data: &Data, columns: &[&str]) -> Result<FigureData, DrawError> {
    let names = columns.iter().flat_map(|column| FAN.map(|end| format!("{column}_{end}")));
    let mut source = FigureData::new(DAY_KEYS.map(str::to_owned).into_iter().chain(names));
    for arm in data.arms() {
        let fans = columns
            .iter()
            .map(|column| fan(arm.column(column)?, 1.0))
            .collect::<Result<Vec<_>, DrawError>>()?;
        let values: Vec<&Vec<f64>> = fans.iter().flatten().collect();
        days(&mut source, data, arm, &values);
    }
    Ok(source)
}

/// The means of a figure's columns over replicates: a line for each scenario and recorded day.
///
/// # Errors
/// When a column was not loaded or cannot be read.
pub(crate) fn averages(data: &Data, columns: &[&str]) -> Result<FigureData, DrawError> {
    averages_of(data, data.arms(), columns)
}

/// The same of the treatment, or the only scenario, alone.
///
/// # Errors
/// As [`averages`].
pub(crate) fn averages_of_treatment(
    data: &Data,
    columns: &[&str],
) -> Result<FigureData, DrawError> {
    averages_of(data, [&data.treatment], columns)
}

fn averages_of<'d, 'f: 'd>(
    data: &Data,
    arms: impl IntoIterator<Item = &'d Arm<'f>>,
    columns: &[&str],
) -> Result<FigureData, DrawError> {
    let names = columns.iter().map(|column| format!("{column}_mean"));
    let mut source = FigureData::new(DAY_KEYS.map(str::to_owned).into_iter().chain(names));
    for arm in arms {
        let means = columns
            .iter()
            .map(|column| means(arm.column(column)?, 1.0))
            .collect::<Result<Vec<_>, DrawError>>()?;
        days(&mut source, data, arm, &means.iter().collect::<Vec<_>>());
    }
    Ok(source)
}

fn days(source: &mut FigureData, data: &Data, arm: &Arm, values: &[&Vec<f64>]) {
    for (place, (day, date)) in data.dates().enumerate() {
        let keys = [arm.name.as_str().into(), arm.replicates().into(), day.into(), date.into()];
        let numbers = values.iter().map(|series| series.get(place).copied().into());
        source.row(keys.into_iter().chain(numbers));
    }
}

/// Estimates by scenario or contrast, each with the keys by which a figure places it.
pub(crate) struct PlacedEstimates {
    source: FigureData,
}

impl PlacedEstimates {
    /// A table with these keys before what is stated.
    #[must_use]
    pub(super) fn new<C: AsRef<str>>(keys: impl IntoIterator<Item = C>) -> Self {
        let keys = keys.into_iter().map(|key| key.as_ref().to_owned());
        Self { source: FigureData::new(keys.chain(STATED.map(str::to_owned))) }
    }

    /// The mean of a metric in a scenario, if it has one.
    pub(super) fn mean(
        &mut self,
        keys: impl IntoIterator<Item = Cell>,
        summary: &Summary,
        (metric, scenario): (usize, usize),
    ) {
        let Some(description) = &summary.descriptions[metric][scenario] else { return };
        let (name, unit) = (&summary.metrics[metric].name, summary.metrics[metric].unit);
        let stated = [
            summary.manifest.scenarios[scenario].as_str().into(),
            "".into(),
            name.as_str().into(),
            unit.into(),
            "mean".into(),
            description.n.into(),
            description.mean.into(),
        ];
        self.source.row(keys.into_iter().chain(stated).chain(ends(description.interval())));
    }

    /// The table.
    #[must_use]
    pub(super) fn finish(self) -> FigureData {
        self.source
    }
}

fn ends(interval: Option<Interval>) -> [Cell; 2] {
    [interval.map(|interval| interval.low).into(), interval.map(|interval| interval.high).into()]
}

/// What the figures of a design show: a line for each point and outcome.
#[must_use]
pub(super) fn points(summary: &Summary, design: &DrawnPoints) -> FigureData {
    let mut table = PlacedEstimates::new(&design.keys);
    for point in &design.points {
        for output in &OUTPUTS {
            let raw = ComparedOutput { unit: (output.unit.0, 1.0), ..*output };
            let Some(metric) = summary.metric(output.column) else { continue };
            let Some(estimate) = raw.at(summary, point) else { continue };
            let stated = output.shown(point.contrast.is_some());
            let n = match (stated, point.contrast) {
                (EffectForm::Level, _) | (_, None) => {
                    summary.descriptions[metric][point.scenario].as_ref().map(|level| level.n)
                }
                (_, Some(contrast)) => {
                    summary.effects[metric][contrast].as_ref().map(|effect| effect.n)
                }
            };
            let control = point.contrast.filter(|_| stated != EffectForm::Level);
            let control = control.map(|at| summary.manifest.contrasts[at].control.as_str());
            let (unit, statistic) = match stated {
                EffectForm::Relative => ("%", "change of the mean"),
                EffectForm::Difference => (summary.metrics[metric].unit, "mean difference"),
                EffectForm::Level => (summary.metrics[metric].unit, "mean"),
            };
            let keys = point.values.iter().map(|value| match value {
                serde_json::Value::String(text) => Cell::from(text.as_str()),
                serde_json::Value::Null => Cell::from(""),
                other => Cell::from(other.to_string()),
            });
            let stated = [
                summary.manifest.scenarios[point.scenario].as_str().into(),
                control.unwrap_or_default().into(),
                output.column.into(),
                unit.into(),
                statistic.into(),
                n.unwrap_or_default().into(),
                estimate.value.into(),
            ];
            table.source.row(keys.chain(stated).chain(ends(estimate.interval)));
        }
    }
    table.finish()
}
