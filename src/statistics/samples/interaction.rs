//! Whether one effect depends on another change: the difference of two paired effects, path by path.

use super::paths::change_percent;
use super::{Interval, PairedEffect, Ranks, mean, paired_effect_with, standard_error, t_interval};

/// The difference of two effects on one metric, (t₁ − c₁) − (t₂ − c₂), over paths that all four
/// scenarios have.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction {
    /// The two effects as treatment and control: their means, the mean of their difference with its
    /// interval, and the paths in which the first is below the second.
    pub absolute: PairedEffect,
    /// Difference of the two ratios of means, 100·(D̄₁/|C̄₁| − D̄₂/|C̄₂|), percentage points.
    pub ratio_points: Option<f64>,
    /// Its Monte Carlo standard error.
    pub ratio_mcse: Option<f64>,
    /// Its 95 % interval.
    pub ratio_interval: Option<Interval>,
    /// Paths that have both changes in per cent.
    pub relative: usize,
    /// Of the differences of each path's two changes in per cent: mean, interval and so on, percentage
    /// points; none unless every path has both.
    pub path_points: Option<PairedEffect>,
}

/// The interaction from quadruples t₁, c₁, t₂, c₂ that share their random numbers; none without a
/// finite one.
///
/// The interval of the difference of ratios is that of its linearisation: the residuals
/// uᵢ = (d₁ᵢ − r₁c₁ᵢ)/|C̄₁| − (d₂ᵢ − r₂c₂ᵢ)/|C̄₂| have mean zero (Cochran 1977, Sampling Techniques,
/// section 6.19).
#[must_use]
pub fn interaction(quadruples: &[[f64; 4]], ranks: &mut Ranks) -> Option<Interaction> {
    let finite = quadruples.iter().filter(|four| four.iter().all(|value| value.is_finite()));
    let finite: Vec<[f64; 4]> = finite.copied().collect();
    let effects: Vec<(f64, f64)> = finite.iter().map(|[t, c, u, d]| (t - c, u - d)).collect();
    let absolute = paired_effect_with(&effects, ranks)?;
    let changes = |&[t, c, u, d]: &[f64; 4]| Some((change_percent(t, c)?, change_percent(u, d)?));
    let changes: Vec<(f64, f64)> = finite.iter().filter_map(changes).collect();
    let relative = changes.len();
    let whole = relative == finite.len();
    let control = |place: usize| mean(&finite.iter().map(|four| four[place]).collect::<Vec<_>>());
    let controls = [control(1), control(3)];
    let ratios = [absolute.treatment_mean / controls[0], absolute.control_mean / controls[1]];
    let known = controls.iter().all(|control| *control != 0.0);
    let ratio_points = known
        .then(|| 100.0 * (ratios[0] * controls[0].signum() - ratios[1] * controls[1].signum()));
    let residual = |(four, effect): (&[f64; 4], &(f64, f64))| {
        100.0 * (effect.0 - ratios[0] * four[1]) / controls[0].abs()
            - 100.0 * (effect.1 - ratios[1] * four[3]) / controls[1].abs()
    };
    let residuals: Vec<f64> = finite.iter().zip(&effects).map(residual).collect();
    let ratio_mcse = ratio_points.and_then(|_| standard_error(&residuals));
    Some(Interaction {
        ratio_interval: t_interval(finite.len(), ratio_points, ratio_mcse),
        ratio_points,
        ratio_mcse,
        relative,
        path_points: if whole { paired_effect_with(&changes, ranks) } else { None },
        absolute,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interaction_agrees_with_hand_arithmetic() {
        // Effects −4 and −2 on 10 and 8; −9 and −3 on 30 and 12.
        let four = [[6.0, 10.0, 6.0, 8.0], [21.0, 30.0, 9.0, 12.0]];
        let found = interaction(&four, &mut Ranks::default()).unwrap();
        // Differences −2 and −6: mean −4, s = √8, s/√2 = 2, t(0.975, 1) = 12.7062047.
        let absolute = &found.absolute;
        assert_eq!((absolute.n, absolute.difference), (2, -4.0));
        let interval = absolute.interval.unwrap();
        assert!((interval.high + 4.0 - 2.0 * 12.706_204_7).abs() < 1e-4, "{interval:?}");
        // −13/40 + 5/20 = −7.5 points.
        assert!((found.ratio_points.unwrap() + 7.5).abs() < 1e-12, "{found:?}");
        // Residuals: (−4 + 3.25)/20 − (−2 + 2)/10 = −0.0375, and 0.0375: s/√2 = 3.75 points.
        assert!((found.ratio_mcse.unwrap() - 3.75).abs() < 1e-12, "{found:?}");
        // −40 + 25 and −30 + 25: mean −10 points.
        let paths = found.path_points.unwrap();
        assert!((paths.difference + 10.0).abs() < 1e-12, "{paths:?}");
        assert_eq!((absolute.paths.falls.count, found.relative), (2, 2));
    }

    #[test]
    fn two_effects_that_add_up_do_not_interact() {
        let four: Vec<[f64; 4]> = (1..20)
            .map(|path| {
                let base = 100.0 + 7.0 * f64::from(path % 5);
                [base - 8.0, base - 3.0, base - 5.0, base]
            })
            .collect();
        let found = interaction(&four, &mut Ranks::default()).unwrap();
        assert_eq!((found.absolute.difference, found.absolute.sd), (0.0, Some(0.0)));
        assert_eq!(found.absolute.paths.falls.count, 0);
    }

    #[test]
    fn a_control_of_zero_leaves_the_absolute_interaction_alone() {
        let four = [[1.0, 0.0, 2.0, 1.0], [1.0, 0.0, 3.0, 1.0]];
        let found = interaction(&four, &mut Ranks::default()).unwrap();
        assert_eq!((found.ratio_points, found.ratio_interval), (None, None));
        assert_eq!((found.path_points, found.relative), (None, 0));
        assert_eq!(found.absolute.difference, -0.5);
        assert_eq!(interaction(&[[f64::NAN; 4]], &mut Ranks::default()), None);
    }
}
