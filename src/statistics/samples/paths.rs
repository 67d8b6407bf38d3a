//! What single paths say of an effect: the change of each in per cent of its own control, in how
//! many the treatment is lower, and how much of the sum hangs on few of them.

use serde::Serialize;

use super::{Interval, Ranks, mean, quantile, standard_error, t_interval};

/// Standard normal quantile of 97.5 %.
const Z: f64 = 1.959_963_984_540_054;
/// Fewest paths of which a tenth is at least one.
const TEN: usize = 10;
/// Place of the median among the reported quantiles.
const MEDIAN: usize = 2;
/// A tenth of the paths that holds more than this many times what as many equal paths would hold
/// makes the ratio of means one of few paths.
pub(crate) const MANY_TIMES_EVEN: f64 = 2.0;

/// A share of paths.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PathShare {
    /// Paths that do.
    pub count: usize,
    /// Paths in all.
    pub of: usize,
}

/// What single paths say. The change of path i is 100·(tᵢ/cᵢ − 1) per cent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Paths {
    /// Paths that have a change in per cent: control not 0, treatment not of the other sign.
    pub relative: usize,
    /// Mean of the changes, each path counting the same; as all of the changes none unless every
    /// path has one, since the mean of some would be of another quantity.
    pub mean_percent: Option<f64>,
    /// Its Monte Carlo standard error.
    pub mcse: Option<f64>,
    /// Its 95 % t-interval.
    pub interval: Option<Interval>,
    /// Median of the changes.
    pub median_percent: Option<f64>,
    /// Its 95 % interval, by ranks.
    pub median_interval: Option<Interval>,
    /// Paths whose treatment is below their control; equal ones do not fall.
    pub falls: PathShare,
    /// Share of the sum of all controls, signs left away, that the largest tenth of paths hold; none
    /// for fewer than ten paths or where all controls are 0.
    pub top_tenth: Option<f64>,
}

impl PathShare {
    /// The share; 0 of none.
    #[must_use]
    pub fn value(self) -> f64 {
        self.count as f64 / self.of.max(1) as f64
    }

    /// Its 95 % interval (Wilson 1927, J. American Statistical Association 22:209; recommended by
    /// Brown, Cai and DasGupta 2001, Statistical Science 16:101).
    #[must_use]
    pub fn interval(self) -> Option<Interval> {
        let n = self.of as f64;
        let share = self.value();
        let squared = Z * Z / n;
        let centre = (share + squared / 2.0) / (1.0 + squared);
        let half = (share * (1.0 - share) / n + squared / (4.0 * n)).sqrt() * Z / (1.0 + squared);
        // All and none are exact ends, which rounding would miss.
        let low = if self.count == 0 { 0.0 } else { centre - half };
        let high = if self.count == self.of { 1.0 } else { centre + half };
        (self.of > 1).then_some(Interval { low, high })
    }
}

impl Paths {
    /// Of treatments and controls of the same paths.
    pub(crate) fn from_pairs(treatment: &[f64], control: &[f64], ranks: &mut Ranks) -> Self {
        let pairs = || treatment.iter().copied().zip(control.iter().copied());
        let changes: Vec<f64> = pairs().filter_map(|(t, c)| change_percent(t, c)).collect();
        let relative = changes.len();
        let of = control.len();
        let changes = if relative == of { changes } else { Vec::new() };
        let mean_percent = (!changes.is_empty()).then(|| mean(&changes));
        let mcse = standard_error(&changes);
        let mut rising = changes;
        rising.sort_by(f64::total_cmp);
        Self {
            relative,
            mean_percent,
            mcse,
            interval: t_interval(of, mean_percent, mcse),
            median_percent: quantile(&rising, 0.5),
            median_interval: ranks.errors(&rising)[MEDIAN].map(|error| error.interval),
            falls: PathShare { count: pairs().filter(|(t, c)| t < c).count(), of },
            top_tenth: top_tenth(control),
        }
    }

    /// Whether the largest tenth of paths hold more than [`MANY_TIMES_EVEN`] times an even share of
    /// the control's sum, so that the ratio of means hangs on few paths.
    #[must_use]
    pub(crate) fn hang_on_few(&self) -> bool {
        let even = tenth(self.falls.of) as f64 / self.falls.of.max(1) as f64;
        self.top_tenth.is_some_and(|share| share > MANY_TIMES_EVEN * even)
    }
}

/// Change of a path in per cent of the size of its own control; none where that is 0 or of the other sign, or
/// where the quotient is too large for a number.
#[must_use]
pub(crate) fn change_percent(treatment: f64, control: f64) -> Option<f64> {
    let crosses = treatment != 0.0 && (treatment < 0.0) != (control < 0.0);
    let change = 100.0 * (treatment - control) / control.abs();
    (control != 0.0 && !crosses && change.is_finite()).then_some(change)
}

/// A tenth of n paths, rounded up.
fn tenth(n: usize) -> usize {
    n.div_ceil(TEN)
}

fn top_tenth(control: &[f64]) -> Option<f64> {
    let mut sizes: Vec<f64> = control.iter().map(|value| value.abs()).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    let all: f64 = sizes.iter().sum();
    let top: f64 = sizes.iter().take(tenth(sizes.len())).sum();
    (sizes.len() >= TEN && all > 0.0 && all.is_finite()).then(|| top / all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::samples::paired_effect;

    fn close(got: Option<f64>, expected: f64) {
        assert!(got.is_some_and(|got| (got - expected).abs() < 1e-9), "{got:?} is not {expected}");
    }

    /// One large path falls, nine small ones rise: the ratio of means falls, the mean over paths
    /// rises.
    #[test]
    fn the_ratio_of_means_and_the_mean_over_paths_may_differ_in_sign() {
        let mut pairs = vec![(900.0, 1000.0)];
        pairs.extend([(11.0, 10.0); 9]);
        let effect = paired_effect(&pairs).unwrap();
        close(effect.relative_percent, 100.0 * (-100.0 + 9.0) / 1090.0);
        let paths = effect.paths;
        close(paths.mean_percent, 8.0);
        // Changes: −10 once, 10 nine times; s = √40, s/√10 = 2.
        close(paths.mcse, 2.0);
        // t(0.975, 9) = 2.262157163
        let interval = paths.interval.unwrap();
        assert!((interval.high - 8.0 - 2.0 * 2.262_157_163).abs() < 1e-6, "{interval:?}");
        assert_eq!((paths.median_percent, paths.relative), (Some(10.0), 10));
        assert_eq!(paths.falls, PathShare { count: 1, of: 10 });
        close(paths.top_tenth, 1000.0 / 1090.0);
        assert!(paths.hang_on_few());
    }

    #[test]
    fn a_share_has_the_interval_of_wilson() {
        // 24 of 100, by hand: centre 0.24962, half 0.08294.
        let interval = PathShare { count: 24, of: 100 }.interval().unwrap();
        assert!((interval.low - 0.166_9).abs() < 5e-4, "{interval:?}");
        assert!((interval.high - 0.332_3).abs() < 5e-4, "{interval:?}");
        // None of n: from 0 to z²/(n + z²).
        let none = PathShare { count: 0, of: 10 }.interval().unwrap();
        assert_eq!(none.low, 0.0);
        assert!((none.high - Z * Z / (10.0 + Z * Z)).abs() < 1e-12);
        assert_eq!(PathShare { count: 10, of: 10 }.interval().unwrap().high, 1.0);
    }

    #[test]
    fn equal_paths_do_not_fall() {
        let paths = paired_effect(&[(1.0, 1.0), (2.0, 3.0), (4.0, 3.0)]).unwrap().paths;
        assert_eq!(paths.falls, PathShare { count: 1, of: 3 });
    }

    #[test]
    fn a_path_without_a_relative_change_leaves_no_mean_of_the_others() {
        // A control of 0, and a change of sign: neither has a change in per cent.
        for without in [(1.0, 0.0), (1.0, -1.0), (-1e-200, 1e-200)] {
            let paths = paired_effect(&[(2.0, 1.0), without]).unwrap().paths;
            assert_eq!((paths.relative, paths.mean_percent), (1, None), "{without:?}");
            assert_eq!((paths.median_percent, paths.interval), (None, None), "{without:?}");
            assert_eq!(paths.falls.of, 2);
        }
        // All is lost, and a loss that grows: both have one.
        let paths = paired_effect(&[(0.0, 2.0), (-3.0, -2.0)]).unwrap().paths;
        assert_eq!((paths.relative, paths.mean_percent), (2, Some(-75.0)));
    }

    #[test]
    fn equal_controls_hang_on_nobody() {
        let pairs = [(1.0, 2.0); 25];
        let paths = paired_effect(&pairs).unwrap().paths;
        // Three of 25 paths are a tenth, rounded up.
        close(paths.top_tenth, 3.0 / 25.0);
        assert!(!paths.hang_on_few());
        assert_eq!(paired_effect(&pairs[..9]).unwrap().paths.top_tenth, None);
    }
}
