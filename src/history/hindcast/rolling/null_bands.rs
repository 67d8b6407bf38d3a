//! Null models with bands of their own past errors: else the comparison of bands is unfair.

use crate::history::hindcast::null_models::{EpochFacts, NullModel, NullModelError};
use crate::history::hindcast::nulls::NullModels;
use crate::history::hindcast::predictive::Predictive;
use crate::model::chain::block_time::epoch_sampling_sd;

/// Epochs before a beginning whose errors make a band: four years, as null models are estimated on.
const ERRORS_FROM: usize = 104;
/// Fewer errors than this make no band: that of the longest lead that has as many grows with the root of time. One epoch
/// ahead there have to be as many, else bands would be made of nothing.
const FEWEST_ERRORS: usize = 12;

/// The laws of one null model at some beginnings: `laws[origin][lead − 1]`.
#[derive(Clone, Debug)]
pub struct NullLaws {
    /// The null model.
    pub null: NullModel,
    /// Normal laws around its free run.
    pub laws: Vec<Vec<Predictive>>,
}

/// Forecasts of one null model from every place of the history.
struct PastRuns {
    /// `runs[place][lead − 1]`: what is forecast from the end of the epoch at `place`; empty where nothing can be.
    runs: Vec<Vec<f64>>,
}

impl PastRuns {
    /// Up to the last of some beginnings. Where a null model cannot be estimated before them there is no past forecast; at
    /// a beginning there has to be one.
    fn of(
        models: &NullModels,
        null: NullModel,
        beginnings: &[usize],
        leads: usize,
    ) -> Result<Self, NullModelError> {
        let last = models.history().len() - 1;
        let run = |place: usize| {
            let to = (place + leads).min(last);
            match models.free_run(null, place + 1, to) {
                Ok(forecast) => Ok(forecast.log_hash_rate),
                Err(error @ NullModelError::Closure { .. }) => Err(error),
                Err(error) if beginnings.contains(&place) => Err(error),
                Err(_) => Ok(Vec::new()),
            }
        };
        let upto = beginnings.iter().copied().max().unwrap_or(0);
        Ok(Self { runs: (0..=upto).map(run).collect::<Result<_, _>>()? })
    }

    /// Errors at a lead whose targets are the last [`ERRORS_FROM`] epochs up to a place.
    fn errors(&self, observed: &[f64], place: usize, lead: usize) -> Vec<f64> {
        let targets = (place + 1).saturating_sub(ERRORS_FROM).max(lead)..=place;
        let error = |target: usize| {
            let forecast = self.runs.get(target - lead)?.get(lead - 1)?;
            Some(forecast - observed[target])
        };
        targets.filter_map(error).collect()
    }

    /// Standard deviations at leads 1, 2, … from a place on: root mean squares of errors, no less than luck makes.
    fn bands(
        &self,
        observed: &[f64],
        place: usize,
        leads: usize,
    ) -> Result<Vec<f64>, NullModelError> {
        let (found, needed) = (self.errors(observed, place, 1).len(), FEWEST_ERRORS);
        if found < needed {
            return Err(NullModelError::FewErrors { found, needed });
        }
        let mut last = (1, epoch_sampling_sd());
        let band = |lead: usize| {
            let errors = self.errors(observed, place, lead);
            if errors.len() < needed {
                return last.1 * (lead as f64 / last.0 as f64).sqrt();
            }
            let square: f64 = errors.iter().map(|error| error * error).sum();
            let rms = (square / errors.len() as f64).sqrt();
            last = (lead, rms.max(epoch_sampling_sd()));
            last.1
        };
        Ok((1..=leads).map(band).collect())
    }
}

/// Laws of all null models at beginnings (places of the last known epoch in the history), up to `leads` epochs ahead or to
/// the end of the history.
///
/// # Errors
/// If too little comes before a beginning to estimate from or to make a band of, or nothing after it.
pub fn null_laws(
    models: &NullModels,
    beginnings: &[usize],
    leads: usize,
) -> Result<Vec<NullLaws>, NullModelError> {
    let observed: Vec<f64> = models.history().iter().map(EpochFacts::log_hash_rate).collect();
    let laws = |null: NullModel| {
        let past = PastRuns::of(models, null, beginnings, leads)?;
        let laws = beginnings.iter().map(|&place| {
            let forecast = &past.runs[place];
            let bands = past.bands(&observed, place, forecast.len())?;
            let law = |(&mean, sd): (&f64, f64)| Predictive::Normal { mean, sd };
            Ok(forecast.iter().zip(bands).map(law).collect())
        });
        Ok(NullLaws { null, laws: laws.collect::<Result<_, NullModelError>>()? })
    };
    NullModel::ALL.into_iter().map(laws).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hash rate that grows by 0.1 an epoch, forecast to stand still: the error at lead k is −0.1·k.
    fn walk(epochs: usize, leads: usize) -> (Vec<f64>, PastRuns) {
        let observed: Vec<f64> = (0..epochs).map(|epoch| 0.1 * epoch as f64).collect();
        let run = |place: usize| vec![observed[place]; leads.min(epochs - 1 - place)];
        let runs = PastRuns { runs: (0..epochs).map(run).collect() };
        (observed, runs)
    }

    #[test]
    fn a_band_is_the_root_mean_square_of_errors_that_were_known() {
        let (observed, runs) = walk(60, 30);
        let bands = runs.bands(&observed, 40, 30).expect("enough errors");
        for (lead, band) in (1..).zip(&bands).take(29) {
            assert!((band - 0.1 * f64::from(lead)).abs() < 1e-12, "{lead}: {band}");
        }
        // At lead 30 the targets 30 to 40 are eleven errors, one too few: the band of 29 grows with the root.
        assert!((bands[29] - 2.9 * (30.0_f64 / 29.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_band_is_not_made_of_too_few_errors() {
        let (observed, runs) = walk(60, 5);
        // Errors of one epoch ahead up to place 11 are eleven.
        let few = Err(NullModelError::FewErrors { found: 11, needed: FEWEST_ERRORS });
        assert_eq!(runs.bands(&observed, 11, 5), few);
        assert!(runs.bands(&observed, 12, 5).is_ok());
    }

    #[test]
    fn what_comes_after_a_beginning_leaves_its_bands_alone() {
        let (observed, runs) = walk(60, 10);
        let mut other = observed.clone();
        for value in &mut other[41..] {
            *value += 7.0;
        }
        assert_eq!(runs.bands(&observed, 40, 10), runs.bands(&other, 40, 10));
    }
}
