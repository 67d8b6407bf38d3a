//! Elementary effects of factors, to screen many factors with few runs.
//!
//! d = (y₁ − y₀)/((x₁ − x₀)/r), the change of the output y when one factor x alone moves, per range
//! r of the factor (Morris 1991, Technometrics 33:161, section 2). Over trajectories: μ = mean(d),
//! μ* = mean(|d|), which lets no signs cancel (Campolongo, Cariboni and Saltelli 2007,
//! Environmental Modelling & Software 22:1509), and σ the standard deviation (divisor n − 1), which
//! shows interaction and curvature. All are in the unit of y.

/// How the effects of one factor are spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct EffectSummary {
    /// Mean of absolute effects.
    pub mu_star: f64,
    /// Mean effect.
    pub mu: f64,
    /// Standard deviation of effects.
    pub sigma: f64,
}

/// The change of an output per range of the factor; `change` and `range` in the factor's unit.
#[inline]
#[must_use]
pub(crate) fn elementary_effect(output_change: f64, change: f64, range: f64) -> f64 {
    output_change * (range / change)
}

/// Summary of effects; none for fewer than two.
#[must_use]
pub(crate) fn effect_summary(effects: impl Iterator<Item = f64> + Clone) -> Option<EffectSummary> {
    let all = effects.clone().count() as f64;
    let mu = effects.clone().sum::<f64>() / all;
    let mu_star = effects.clone().map(f64::abs).sum::<f64>() / all;
    let squares: f64 = effects.map(|effect| (effect - mu) * (effect - mu)).sum();
    (all > 1.0).then(|| EffectSummary { mu_star, mu, sigma: (squares / (all - 1.0)).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn effects_agree_with_hand_arithmetic() {
        let found = effect_summary([1.0, -3.0, 5.0].into_iter()).unwrap();
        assert_eq!(found, EffectSummary { mu_star: 3.0, mu: 1.0, sigma: 4.0 });
        assert_eq!(effect_summary([1.0].into_iter()), None);
    }

    #[test]
    fn a_step_down_has_the_effect_of_the_step_up() {
        // y = 3 x on a range from 2 to 10, half a range up or down.
        assert_eq!(elementary_effect(12.0, 4.0, 8.0), 24.0);
        assert_eq!(elementary_effect(-12.0, -4.0, 8.0), 24.0);
    }

    proptest! {
        #[test]
        fn linear_models_have_mu_star_of_the_coefficient_and_no_sigma(
            coefficient in -8_i32..=8, starts in prop::collection::vec(0_u8..2, 2..20)
        ) {
            let slope = f64::from(coefficient);
            let effects = starts.iter().map(|&start| {
                let x = 0.25 * f64::from(start);
                elementary_effect(slope * (x + 0.5) - slope * x, 0.5, 1.0)
            });
            let found = effect_summary(effects).unwrap();
            prop_assert_eq!((found.mu_star, found.mu, found.sigma), (slope.abs(), slope, 0.0));
        }

        #[test]
        fn the_mean_of_absolute_effects_is_no_less_than_the_absolute_mean(
            effects in prop::collection::vec(-9.0..9.0_f64, 2..20)
        ) {
            let found = effect_summary(effects.into_iter()).unwrap();
            prop_assert!(found.mu_star >= found.mu.abs() - 1e-12 && found.sigma >= 0.0);
        }
    }
}
