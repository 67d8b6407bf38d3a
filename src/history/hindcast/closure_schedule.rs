//! How much of the capacity a schedule of closures holds closed.

/// A phase of closures: sites close at times spread evenly over a span and run again after a time that
/// is spread evenly too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScheduledClosure {
    /// First day of closing.
    pub from: f64,
    /// Last day of closing.
    pub to: f64,
    /// Share of all sites that close.
    pub share: f64,
    /// Shortest and longest time away, days; with a shortest of 0 none returns.
    pub away: [f64; 2],
}

/// Points by which means over times are taken.
const POINTS: u32 = 24;

impl ScheduledClosure {
    /// Share of all sites that the phase holds closed on a day.
    ///
    /// P(left by t) − P(back by t) with departures uniform on the span and times away uniform on theirs;
    /// the second probability is the mean of the first over times away (midpoints).
    #[must_use]
    pub fn closed(&self, day: f64) -> f64 {
        let left =
            |time: f64| ((time - self.from) / (self.to - self.from).max(1e-9)).clamp(0.0, 1.0);
        let [shortest, longest] = self.away;
        let back = if shortest > 0.0 {
            mean_over(shortest, longest, |away| left(day - away))
        } else {
            0.0
        };
        self.share * (left(day) - back)
    }
}

/// Share of capacity closed between two days, on average, where phases meet sites independently:
/// 1 − Π(1 − cₖ).
#[must_use]
pub fn closed_share(closures: &[ScheduledClosure], from: f64, to: f64) -> f64 {
    mean_over(from, to, |day| {
        1.0 - closures.iter().map(|closure| 1.0 - closure.closed(day)).product::<f64>()
    })
}

/// Mean of a function between two points, by midpoints.
fn mean_over(from: f64, to: f64, function: impl Fn(f64) -> f64) -> f64 {
    let step = (to - from) / f64::from(POINTS);
    let sum: f64 = (0..POINTS).map(|k| function(from + (f64::from(k) + 0.5) * step)).sum();
    sum / f64::from(POINTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOSURE: ScheduledClosure =
        ScheduledClosure { from: 10.0, to: 20.0, share: 0.5, away: [100.0, 200.0] };

    #[test]
    fn sites_close_evenly_and_all_come_back() {
        for (day, closed) in [(10.0, 0.0), (15.0, 0.25), (20.0, 0.5), (110.0, 0.5), (220.0, 0.0)] {
            assert!(
                (CLOSURE.closed(day) - closed).abs() < 1e-9,
                "day {day}: {}",
                CLOSURE.closed(day)
            );
        }
        assert!((CLOSURE.closed(165.0) - 0.25).abs() < 1e-9);
    }

    #[test]
    fn who_never_returns_stays_closed() {
        let gone = ScheduledClosure { away: [0.0, 0.0], ..CLOSURE };
        assert_eq!(gone.closed(1e6), 0.5);
    }

    #[test]
    fn closures_meet_sites_independently() {
        let closed = closed_share(&[CLOSURE, CLOSURE], 50.0, 60.0);
        assert!((closed - 0.75).abs() < 1e-9);
    }
}
