//! Estimates from replicates and their uncertainty.

mod interaction;
mod order;
mod paths;

pub use interaction::{Interaction, interaction};
pub use order::QuantileError;
pub use order::Ranks;
pub(crate) use paths::MANY_TIMES_EVEN;
pub use paths::PathShare;
pub use paths::Paths;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Probabilities of the reported quantiles.
pub(crate) const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One metric over the replicates of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Replicates with a finite value.
    pub n: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation (divisor n − 1); none for one replicate.
    pub sd: Option<f64>,
    /// Monte Carlo standard error of the mean, sd/√n.
    pub mcse: Option<f64>,
    /// Quantiles at [`QUANTILES`].
    pub quantiles: [f64; 5],
    /// How well each is known; none at all where no quantile has enough values for an interval.
    pub quantile_errors: Option<Box<[Option<QuantileError>; 5]>>,
}

/// Paired effect of a treatment on one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedEffect {
    /// Pairs with finite values on both sides.
    pub n: usize,
    /// Mean with the treatment.
    pub treatment_mean: f64,
    /// Its Monte Carlo standard error; as all of them none for one pair.
    pub treatment_mcse: Option<f64>,
    /// Mean without it.
    pub control_mean: f64,
    /// Its Monte Carlo standard error.
    pub control_mcse: Option<f64>,
    /// Mean of treatment − control.
    pub difference: f64,
    /// Median of treatment − control.
    pub median: f64,
    /// Standard deviation of the differences.
    pub sd: Option<f64>,
    /// Monte Carlo standard error of the mean difference, sd/√n.
    pub mcse: Option<f64>,
    /// What it would be had treatment and control not shared their random numbers:
    /// √((s²_T + s²_C)/n).
    pub unpaired_mcse: Option<f64>,
    /// 95 % t-interval of the mean difference.
    pub interval: Option<Interval>,
    /// Ratio of means: mean difference in per cent of the size of the control's mean. Paths count by the size
    /// of their control; where each is to count the same, see `paths`.
    pub relative_percent: Option<f64>,
    /// Its Monte Carlo standard error, per cent.
    pub relative_mcse: Option<f64>,
    /// Its 95 % interval.
    pub relative_interval: Option<Interval>,
    /// Variance of the difference of two independent replicates over that of a pair: how many
    /// times fewer replicates pairing needs for the same interval.
    pub variance_reduction: Option<f64>,
    /// What single paths say.
    pub paths: Paths,
}

/// Mean of a slice; 0 when empty.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Unbiased variance s² = Σ(x − x̄)²/(n − 1); none for fewer than two values.
#[must_use]
pub fn variance(values: &[f64]) -> Option<f64> {
    let centre = mean(values);
    let squares: f64 = values.iter().map(|value| (value - centre) * (value - centre)).sum();
    (values.len() > 1).then(|| squares / (values.len() - 1) as f64)
}

/// Quantile of sorted values by linear interpolation at position (n − 1)·p (type 7 of Hyndman and
/// Fan 1996, The American Statistician 50:361); none when empty.
#[must_use]
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = last as f64 * p.clamp(0.0, 1.0);
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let weight = position - below as f64;
    Some(sorted[below] + weight * (sorted[above] - sorted[below]))
}

/// The five [`QUANTILES`] of finite values; none when there are none.
#[must_use]
pub fn quantiles(mut values: Vec<f64>) -> Option<[f64; 5]> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    quantiles_of(&values)
}

fn quantiles_of(sorted: &[f64]) -> Option<[f64; 5]> {
    let mut five = [0.0; 5];
    for (slot, p) in five.iter_mut().zip(QUANTILES) {
        *slot = quantile(sorted, p)?;
    }
    Some(five)
}

/// Monte Carlo standard error of a mean, s/√n; none for fewer than two values.
#[must_use]
pub fn standard_error(values: &[f64]) -> Option<f64> {
    Some((variance(values)? / values.len() as f64).sqrt())
}

/// t₀.₉₇₅ with n − 1 degrees of freedom; none for fewer than two values.
fn t_factor(n: f64) -> Option<f64> {
    Some(StudentsT::new(0.0, 1.0, n - 1.0).ok()?.inverse_cdf(0.975))
}

impl Description {
    /// 95 % t-interval of the mean; none for fewer than two values.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        let half = t_factor(self.n as f64)? * self.mcse?;
        Some(Interval { low: self.mean - half, high: self.mean + half })
    }
}

/// Describes one metric; none without a finite value.
#[must_use]
pub fn describe(values: &[f64]) -> Option<Description> {
    describe_with(values, &mut Ranks::default())
}

/// As [`describe`], with ranks that are worked out once for many metrics.
#[must_use]
pub(crate) fn describe_with(values: &[f64], ranks: &mut Ranks) -> Option<Description> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let (mean, sd) = (mean(&finite), variance(&finite).map(f64::sqrt));
    finite.sort_by(f64::total_cmp);
    let errors = ranks.errors(&finite);
    Some(Description {
        n: finite.len(),
        mean,
        sd,
        mcse: sd.map(|sd| sd / (finite.len() as f64).sqrt()),
        quantiles: quantiles_of(&finite)?,
        quantile_errors: errors.iter().any(Option::is_some).then(|| Box::new(errors)),
    })
}

/// Effect from pairs (treatment, control) that share their random numbers; none without a finite
/// pair.
///
/// The relative effect is the ratio of means r = D̄/C̄, with the interval of the ratio estimator:
/// the residuals uᵢ = dᵢ − r·cᵢ have mean zero, and `r ± t₀.₉₇₅(n − 1)·s_u/(√n·|C̄|)` (Cochran 1977,
/// Sampling Techniques, section 2.11). It stays finite when single controls are zero, which a mean
/// of ratios does not. The mean of ratios is another estimand, in [`Paths`].
///
/// # Examples
/// ```
/// use hashflight::statistics::samples::paired_effect;
///
/// let effect = paired_effect(&[(9.0, 10.0), (18.0, 20.0), (27.0, 30.0)]).expect("finite pairs");
/// assert_eq!((effect.difference, effect.relative_percent), (-2.0, Some(-10.0)));
/// // Differences −1, −2, −3 have an sd of 1: the error of their mean is 1/√3.
/// assert!((effect.mcse.expect("three pairs") - 3.0_f64.sqrt().recip()).abs() < 1e-12);
/// ```
#[must_use]
pub fn paired_effect(pairs: &[(f64, f64)]) -> Option<PairedEffect> {
    paired_effect_with(pairs, &mut Ranks::default())
}

/// As [`paired_effect`], with ranks that are worked out once for many metrics.
#[must_use]
pub(crate) fn paired_effect_with(pairs: &[(f64, f64)], ranks: &mut Ranks) -> Option<PairedEffect> {
    let (treatment, control): (Vec<f64>, Vec<f64>) =
        pairs.iter().filter(|(t, c)| t.is_finite() && c.is_finite()).copied().unzip();
    if treatment.is_empty() {
        return None;
    }
    let differences: Vec<f64> = treatment.iter().zip(&control).map(|(t, c)| t - c).collect();
    let difference = mean(&differences);
    let control_mean = mean(&control);
    let ratio = (control_mean != 0.0).then(|| difference / control_mean);
    let relative_mcse = ratio.and_then(|ratio| {
        let residuals: Vec<f64> =
            differences.iter().zip(&control).map(|(d, c)| d - ratio * c).collect();
        standard_error(&residuals).map(|error| 100.0 * error / control_mean.abs())
    });
    let n = differences.len();
    let mcse = standard_error(&differences);
    // Of the size of the control, so that the sign is the difference's also where controls are losses.
    let relative_percent = ratio.map(|ratio| 100.0 * ratio * control_mean.signum());
    Some(PairedEffect {
        n,
        treatment_mean: mean(&treatment),
        treatment_mcse: standard_error(&treatment),
        control_mean,
        control_mcse: standard_error(&control),
        difference,
        median: median(&differences),
        sd: variance(&differences).map(f64::sqrt),
        mcse,
        unpaired_mcse: unpaired_error(&treatment, &control),
        interval: t_interval(n, Some(difference), mcse),
        relative_percent,
        relative_mcse,
        relative_interval: t_interval(n, relative_percent, relative_mcse),
        variance_reduction: variance_reduction(&treatment, &control, &differences),
        paths: Paths::from_pairs(&treatment, &control, ranks),
    })
}

fn median(values: &[f64]) -> f64 {
    let mut rising = values.to_vec();
    rising.sort_by(f64::total_cmp);
    quantile(&rising, 0.5).unwrap_or(f64::NAN)
}

/// 95 % t-interval of a mean of n values with its standard error.
fn t_interval(n: usize, centre: Option<f64>, error: Option<f64>) -> Option<Interval> {
    let (centre, half) = (centre?, t_factor(n as f64)? * error?);
    Some(Interval { low: centre - half, high: centre + half })
}

/// √((s²_T + s²_C)/n); none for one pair.
fn unpaired_error(treatment: &[f64], control: &[f64]) -> Option<f64> {
    let unpaired = variance(treatment)? + variance(control)?;
    Some((unpaired / treatment.len() as f64).sqrt())
}

/// `(s²_T + s²_C)/s²_D`; none for one pair or when all differences are equal.
fn variance_reduction(treatment: &[f64], control: &[f64], differences: &[f64]) -> Option<f64> {
    let unpaired = variance(treatment)? + variance(control)?;
    let paired = variance(differences)?;
    (paired > 0.0).then(|| unpaired / paired)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_agrees_with_hand_arithmetic() {
        let d = describe(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!((d.n, d.mean), (8, 5.0));
        assert!((d.sd.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-15);
        assert!((d.mcse.unwrap() - (32.0_f64 / 7.0 / 8.0).sqrt()).abs() < 1e-15);
        for (got, expected) in d.quantiles.iter().zip([2.7, 4.0, 4.5, 5.5, 8.3]) {
            assert!((got - expected).abs() < 1e-12, "{got} is not {expected}");
        }
    }

    #[test]
    fn the_t_interval_uses_the_tabulated_quantile() {
        // n = 4: t(0.975, 3) = 3.182446305; s = 2, so the half width is 3.182446305.
        let values = [
            10.0 - 3.0_f64.sqrt(),
            10.0 + 3.0_f64.sqrt(),
            10.0 - 3.0_f64.sqrt(),
            10.0 + 3.0_f64.sqrt(),
        ];
        let interval = describe(&values).unwrap().interval().unwrap();
        assert!((interval.high - 10.0 - 3.182_446_305).abs() < 1e-6);
    }

    #[test]
    fn a_paired_effect_agrees_with_hand_arithmetic() {
        // Differences 1, 2, 3: mean 2, sd 1, t(0.975, 2) = 4.302652730, half width 2.484137...
        let effect = paired_effect(&[(11.0, 10.0), (22.0, 20.0), (33.0, 30.0)]).unwrap();
        assert_eq!((effect.n, effect.difference, effect.sd), (3, 2.0, Some(1.0)));
        let interval = effect.interval.unwrap();
        assert!((interval.high - interval.low - 2.0 * 4.302_652_730 / 3.0_f64.sqrt()).abs() < 1e-6);
        assert!((effect.relative_percent.unwrap() - 10.0).abs() < 1e-12);
        // d = 0.1 c exactly, so the ratio has no error at all.
        let relative = effect.relative_interval.unwrap();
        assert!((relative.high - relative.low).abs() < 1e-9);
        // Variances: treatment 121, control 100, differences 1.
        assert!((effect.variance_reduction.unwrap() - 221.0).abs() < 1e-9);
        let errors =
            [effect.treatment_mcse, effect.control_mcse, effect.mcse, effect.unpaired_mcse];
        for (error, variance) in errors.into_iter().zip([121.0, 100.0, 1.0, 221.0_f64]) {
            assert!((error.unwrap() - (variance / 3.0).sqrt()).abs() < 1e-12);
        }
    }

    #[test]
    fn the_interval_of_a_ratio_agrees_with_hand_arithmetic() {
        // d = 1, 1; c = 1, 3: r = 0.5, u = 0.5, -0.5, s_u = sqrt(0.5), t(0.975, 1) = 12.7062047.
        let effect = paired_effect(&[(2.0, 1.0), (4.0, 3.0)]).unwrap();
        let half = 100.0 * 12.706_204_7 * 0.5_f64.sqrt() / 2.0_f64.sqrt() / 2.0;
        let interval = effect.relative_interval.unwrap();
        assert!((interval.high - 50.0 - half).abs() < 1e-4);
        assert!((interval.low - 50.0 + half).abs() < 1e-4);
    }

    #[test]
    fn one_replicate_has_no_interval() {
        let effect = paired_effect(&[(3.0, 2.0)]).unwrap();
        assert_eq!((effect.sd, effect.interval, effect.relative_interval), (None, None, None));
        assert_eq!(effect.relative_percent, Some(50.0));
        let description = describe(&[1.0]).unwrap();
        assert_eq!((description.sd, description.mcse), (None, None));
        assert!(description.quantiles.iter().all(|quantile| (quantile - 1.0).abs() < 1e-15));
    }

    #[test]
    fn values_that_are_not_finite_are_left_out_and_not_counted() {
        assert_eq!(describe(&[1.0, f64::NAN, 3.0]).unwrap().n, 2);
        assert_eq!(describe(&[f64::INFINITY]), None);
        assert_eq!(paired_effect(&[(1.0, f64::NAN), (2.0, 1.0)]).unwrap().n, 1);
    }

    #[test]
    fn a_relative_effect_has_the_sign_of_its_difference_whatever_the_control() {
        let gain = paired_effect(&[(-5.0, -10.0), (-16.0, -20.0)]).unwrap();
        assert_eq!((gain.difference, gain.relative_percent), (4.5, Some(30.0)));
        let interval = gain.relative_interval.unwrap();
        assert!((interval.low + interval.high - 60.0).abs() < 1e-9);
        let mirrored = paired_effect(&[(5.0, 10.0), (16.0, 20.0)]).unwrap();
        assert_eq!(mirrored.relative_percent, Some(-30.0));
        assert_eq!(mirrored.relative_mcse, gain.relative_mcse);
        assert_eq!(gain.paths.mean_percent, Some(35.0));
    }

    #[test]
    fn a_control_of_zero_has_no_relative_effect() {
        let effect = paired_effect(&[(1.0, 0.0), (2.0, 0.0)]).unwrap();
        assert_eq!((effect.relative_percent, effect.relative_interval), (None, None));
    }
}
