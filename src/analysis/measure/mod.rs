//! Measures concentration from block counts: reads a CSV file, lays out windows, measures each with
//! intervals, and writes them as CSV, as a table and as a figure.

mod bootstrap;
mod clusters;
mod counts;
mod error;
pub mod largest_shares;
mod layout;
mod names;
mod read;
mod span;
mod time;
mod totals;
mod window;

use std::path::{Path, PathBuf};

use crate::model::concentration::indices::{Concentration, Control, measures};
use crate::numerics::ranking::Ranking;
use crate::statistics::count_estimates::unbiased_simpson;
use crate::statistics::samples::Interval;
use largest_shares::{Held, NakamotoInference};

use bootstrap::CountBootstrap;
pub use counts::Merge;
pub use error::MeasureError;
pub use span::WindowSpan;
pub use window::Start;

/// Probability that an interval misses the truth.
const ERROR: f64 = 0.05;
/// Largest value of the Herfindahl–Hirschman index.
const HHI_SCALE: f64 = 10_000.0;

/// What to measure.
#[derive(Clone, Debug)]
pub struct MeasureRequest {
    /// Length of a window; none for the shortest the file allows.
    pub span: Option<WindowSpan>,
    /// Entities counted in Gini and Theil; none for those of the window.
    pub population: Option<usize>,
    /// What counts as control.
    pub control: Control,
    /// Entities to count as one.
    pub merges: Vec<Merge>,
    /// Files of clusters: entities to count as one for a time.
    pub clusters: Vec<PathBuf>,
    /// Bootstrap resamples of each window.
    pub resamples: u32,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Worker threads; the result does not depend on them.
    pub threads: usize,
}

/// All windows of a file, measured.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Length of the windows.
    pub span: WindowSpan,
    /// Windows, in order of time; those without blocks are left out.
    pub rows: Vec<MeasureRow>,
    /// What a reader should know: gaps, incomplete windows.
    pub notes: Vec<String>,
    /// blake3 of the file.
    pub digest: String,
    /// What counts as control.
    pub control: Control,
}

/// One window.
#[derive(Clone, Debug)]
pub struct MeasureRow {
    /// First day, or epoch.
    pub start: Start,
    /// Blocks.
    pub blocks: u64,
    /// Entities with at least one block.
    pub entities: usize,
    /// All measures of the counts.
    pub concentration: Concentration,
    /// HHI without the upward bias of counts.
    pub hhi_unbiased: Option<f64>,
    /// Interval and p-values of the Nakamoto coefficient.
    pub nakamoto: NakamotoInference,
    /// 95 % intervals of the others.
    pub intervals: Intervals,
}

/// 95 % intervals of one window; none where the counts allow none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Intervals {
    /// Herfindahl–Hirschman index, 0 to 10,000.
    pub hhi: Option<Interval>,
    /// Gini coefficient; only with a population.
    pub gini: Option<Interval>,
    /// Shannon entropy, bits.
    pub shannon_bits: Option<Interval>,
    /// Theil index, nats; only with a population.
    pub theil: Option<Interval>,
    /// Share of the largest entity.
    pub top1_share: Option<Interval>,
    /// Share of the three largest.
    pub top3_share: Option<Interval>,
}

/// Reads and measures a file.
///
/// # Errors
/// When the file cannot be read, is of no known layout, holds a wrong or doubled row, cannot be
/// laid out in the windows asked for, or has more entities than the population.
pub fn measure(path: &Path, request: &MeasureRequest) -> Result<Measurement, MeasureError> {
    let merging = counts::Merging { merges: &request.merges, clusters: &request.clusters };
    let file = read::read(path, request.span, merging)?;
    let (windows, mut notes) = window::windows(&file)?;
    notes.splice(0..0, file.notes.iter().cloned());
    if let Some(population) = request.population {
        let crowded = windows.iter().find(|window| window.entities() > population);
        if let Some(window) = crowded {
            return Err(MeasureError::Population {
                population,
                start: window.start.text(),
                entities: window.entities(),
            });
        }
    }
    let rows = rows(&windows, request);
    Ok(Measurement { span: file.span, rows, notes, digest: file.digest, control: request.control })
}

/// Measures the windows on several threads; every window has its own random numbers.
fn rows(windows: &[window::CountWindow], request: &MeasureRequest) -> Vec<MeasureRow> {
    let each = windows.len().div_ceil(request.threads.max(1)).max(1);
    let measure_some = |some: &[window::CountWindow]| {
        let mut bootstrap = CountBootstrap::new(request.seed, request.resamples);
        let mut ranking = Ranking::default();
        let row = |window| row(window, request, &mut bootstrap, &mut ranking);
        some.iter().map(row).collect::<Vec<_>>()
    };
    let mut rows = Vec::with_capacity(windows.len());
    std::thread::scope(|scope| {
        let parts: Vec<_> =
            windows.chunks(each).map(|part| scope.spawn(move || measure_some(part))).collect();
        for part in parts {
            match part.join() {
                Ok(measured) => rows.extend(measured),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    rows
}

fn row(
    window: &window::CountWindow,
    request: &MeasureRequest,
    bootstrap: &mut CountBootstrap,
    ranking: &mut Ranking,
) -> MeasureRow {
    let counts = &window.counts;
    let ranked = ranking.rank(counts.iter().map(|&count| f64::from(count)));
    let concentration = measures(ranked, request.control, request.population.unwrap_or(0));
    let held = Held::from_ascending(counts);
    let nakamoto = held.nakamoto(concentration.nakamoto as usize, request.control, ERROR);
    let share = |k| held.share_interval(k, ERROR).map(|(low, high)| Interval { low, high });
    MeasureRow {
        start: window.start,
        blocks: held.blocks(),
        entities: window.entities(),
        concentration,
        hhi_unbiased: unbiased_simpson(counts).map(|simpson| HHI_SCALE * simpson),
        nakamoto,
        intervals: Intervals {
            top1_share: share(1),
            top3_share: share(3),
            ..bootstrap.intervals(window.start.number(), counts, request.population)
        },
    }
}
