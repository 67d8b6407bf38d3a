//! The snapshot in `miners.parquet`.

use super::super::error::ReportError;
use super::super::load::Table;

/// Miners of one scenario and replicate on the last day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Miners {
    /// Replicate.
    pub replicate: i32,
    /// Tariff, USD/MWh.
    pub tariff: Vec<f64>,
    /// Mean efficiency of a miner's machines, J/TH.
    pub efficiency: Vec<f64>,
    /// What each does.
    pub activity: Vec<String>,
}

impl Miners {
    /// Reads the first replicate that the snapshot has of a scenario; empty when it has none.
    ///
    /// # Errors
    /// When a column is missing or the file damaged.
    pub fn read(table: &Table, scenario: &str) -> Result<Self, ReportError> {
        let mut mine = Vec::with_capacity(table.rows());
        table.strings("scenario", |name| mine.push(name == scenario))?;
        let numbers = table.integers("replicate")?;
        let replicate = mine.iter().zip(&numbers).find(|(mine, _)| **mine).map_or(0, |(_, n)| *n);
        for (mine, number) in mine.iter_mut().zip(numbers) {
            *mine &= number == replicate;
        }
        let pick = |column: &str| -> Result<Vec<f64>, ReportError> {
            let values = table.numbers(column)?;
            Ok(values.into_iter().zip(&mine).filter(|(_, mine)| **mine).map(|(v, _)| v).collect())
        };
        let mut activity = Vec::new();
        let mut row = 0;
        table.strings("activity", |name| {
            if mine.get(row).is_some_and(|mine| *mine) {
                activity.push(name.to_owned());
            }
            row += 1;
        })?;
        let tariff = pick("tariff_usd_per_mwh")?;
        Ok(Self { replicate, tariff, efficiency: pick("efficiency_j_per_th")?, activity })
    }

    /// Adds the snapshot to a digest.
    pub fn digest(&self, digest: &mut blake3::Hasher) {
        for (tariff, efficiency) in self.tariff.iter().zip(&self.efficiency) {
            digest.update(&tariff.to_le_bytes());
            digest.update(&efficiency.to_le_bytes());
        }
        for activity in &self.activity {
            digest.update(activity.as_bytes());
        }
    }
}
