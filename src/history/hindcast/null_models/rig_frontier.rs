//! Energy per hash of the best rig shipping, over time.

use crate::units::{DAY, DAYS_PER_YEAR, Efficiency};

/// Releases in order of time, and the trend after the last one.
///
/// Between releases the frontier is log-linear: a generation takes over step by step while its
/// production grows. This looks ahead to the next release, as buyers do to whom rigs are
/// announced and sold months before they ship.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// (Unix s, ln J/H), times rising.
    points: Vec<(f64, f64)>,
    /// Change of the log per second after the last release.
    trend: f64,
}

impl Frontier {
    /// From releases (time in Unix s, efficiency) in any order and the share by which energy per hash
    /// falls in a year after the last; none without a release, with an efficiency that is not above
    /// zero, with two releases at one time, or with a fall of 1 or more.
    #[must_use]
    pub fn new(releases: &[(f64, Efficiency)], annual_fall: f64) -> Option<Self> {
        let mut points: Vec<_> =
            releases.iter().map(|&(time, efficiency)| (time, libm::log(efficiency.0))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let trend = libm::log(1.0 - annual_fall) / (DAYS_PER_YEAR * DAY.0);
        let rising = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let finite = points.iter().all(|(time, log)| time.is_finite() && log.is_finite());
        (!points.is_empty() && rising && finite && trend.is_finite())
            .then_some(Self { points, trend })
    }

    /// The best rig's energy per hash at a time (Unix s): log-linear between releases, constant
    /// before the first, falling at the trend after the last.
    #[must_use]
    pub fn efficiency(&self, time: f64) -> Efficiency {
        let after = self.points.partition_point(|point| point.0 <= time);
        let earlier = after.checked_sub(1).and_then(|index| self.points.get(index));
        let log = match (earlier, self.points.get(after)) {
            (Some(&(t0, e0)), Some(&(t1, e1))) => e0 + (e1 - e0) * (time - t0) / (t1 - t0),
            (Some(&(t0, e0)), None) => e0 + self.trend * (time - t0),
            (None, Some(&(_, e1))) => e1,
            // There is at least one point.
            (None, None) => f64::NAN,
        };
        Efficiency(libm::exp(log))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: f64 = DAYS_PER_YEAR * DAY.0;

    fn frontier() -> Frontier {
        let at = Efficiency::from_j_per_th;
        Frontier::new(&[(2.0 * YEAR, at(25.0)), (0.0, at(100.0))], 0.22).expect("sound releases")
    }

    #[test]
    fn halfway_between_two_releases_the_frontier_is_their_geometric_mean() {
        assert!((frontier().efficiency(YEAR).j_per_th() - 50.0).abs() < 1e-9);
    }

    #[test]
    fn a_year_after_the_last_release_rigs_need_22_percent_less() {
        assert!((frontier().efficiency(3.0 * YEAR).j_per_th() - 25.0 * 0.78).abs() < 1e-9);
    }

    #[test]
    fn before_the_first_release_the_frontier_stands_still() {
        assert!((frontier().efficiency(-YEAR).j_per_th() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn releases_that_make_no_sense_are_refused() {
        let at = Efficiency::from_j_per_th;
        assert_eq!(Frontier::new(&[], 0.22), None);
        assert_eq!(Frontier::new(&[(0.0, at(0.0))], 0.22), None);
        assert_eq!(Frontier::new(&[(0.0, at(9.0)), (0.0, at(8.0))], 0.22), None);
        assert_eq!(Frontier::new(&[(0.0, at(9.0))], 1.0), None);
    }
}
