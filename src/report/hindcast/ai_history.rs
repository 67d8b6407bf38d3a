//! What a hindcast let for AI, against the deals on record, as a table.

use crate::history::hindcast::ai_history::AiHistoryRow;
use crate::history::hindcast::deals::scores::DealRow;
use crate::report::source::FigureData;

/// Halls for AI by quarter: of the paths, and on record.
#[derive(Clone, Debug)]
pub struct AiHistory<'t> {
    /// One line on the hindcast.
    pub title: &'t str,
    /// First midnight, seconds since 1970-01-01.
    pub start: i64,
    /// Quantities at the ends of quarters.
    pub rows: Vec<AiHistoryRow>,
    /// Number of paths.
    pub paths: usize,
}

/// Columns of the table.
const COLUMNS: [&str; 9] =
    ["quantity", "unit", "quarter", "day", "fact", "model_mean", "model_05", "model_95", "paths"];

/// Columns of the table of deals.
const DEALS: [&str; 10] = [
    "period",
    "quantity",
    "unit",
    "deals",
    "fact",
    "model_mean",
    "model_05",
    "model_95",
    "log_score",
    "log_score_by_power",
];

/// One row a period and quantity; a cell is empty where there is nothing.
#[must_use]
pub(crate) fn deals_csv(rows: &[DealRow]) -> FigureData {
    let mut table = FigureData::new(DEALS);
    for row in rows {
        let keys = [row.period.clone().into(), row.name.into(), row.unit.into(), row.deals.into()];
        let model = [0, 1, 2].map(|place| row.model.map(|model| model[place]).into());
        let scores = [row.log_score.into(), row.log_score_by_power.into()];
        table.row(keys.into_iter().chain([row.fact.into()]).chain(model).chain(scores));
    }
    table
}

impl AiHistory<'_> {
    /// One row a quantity and quarter; a cell is empty where there is nothing.
    #[must_use]
    pub(crate) fn csv(&self) -> FigureData {
        let mut table = FigureData::new(COLUMNS);
        for row in &self.rows {
            let keys = [row.name.into(), row.unit.into(), row.quarter.to_string().into()];
            let model = [0, 1, 2].map(|place| row.model.map(|model| model[place]).into());
            let day = [row.day.into(), row.fact.into()];
            let cells = keys.into_iter().chain(day).chain(model).chain([self.paths.into()]);
            table.row(cells);
        }
        table
    }

    /// The rows of a quantity.
    pub(crate) fn of(&self, name: &str) -> impl Iterator<Item = &AiHistoryRow> {
        self.rows.iter().filter(move |row| row.name == name)
    }
}
