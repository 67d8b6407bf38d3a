//! One replicate as one row: every series under every reduction, then what is a number of the run.

use super::column::Reduction;
use super::columns::SERIES;
use super::retarget_metrics::OUTCOMES;
use super::trajectory::Trajectory;

impl Trajectory {
    /// The outcome row: every series column under every reduction, column-major, then [`OUTCOMES`].
    #[must_use]
    pub fn outcomes(&self) -> Vec<f64> {
        let reduced = SERIES.iter().flat_map(|column| {
            let values = self.series(column);
            Reduction::ALL.map(|reduction| reduction.of(&values))
        });
        reduced.chain(OUTCOMES.iter().map(|column| (column.value)(self))).collect()
    }
}
