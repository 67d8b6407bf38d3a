//! Hash rate answers hashprice: a regression of its change on the last epoch's hashprice h and on
//! the change of price,
//!
//! Δln H(n) = a + b·(ln h(n − 1) − m) + c·Δln P(n),
//!
//! with m the mean of ln h(n − 1) over the training span, which only makes `a` the change at usual
//! hashprice. Ordinary least squares on the epochs of the training span. In a free run h falls as
//! the predicted difficulty rises, so that growth brakes itself.
//!
//! With `a` (a trend) the model extrapolates the growth of the training span; without, hash rate
//! rises only while hashprice is above its mean. Neither is better throughout the history.

use super::{EpochFacts, Forecast, NullModelError, TRAINING_EPOCHS, roll, training_span, window};

/// How the regression is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regression {
    /// Epochs before the origin that it is estimated from, at most.
    pub training: usize,
    /// Whether `a` is estimated; without, it is zero.
    pub trend: bool,
}

impl Regression {
    /// On the usual training span, with a trend.
    pub const STANDARD: Self = Self { training: TRAINING_EPOCHS, trend: true };
    /// The same without a trend.
    pub const TRENDLESS: Self = Self { trend: false, ..Self::STANDARD };
}

/// What the regression finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coefficients {
    /// a, change per epoch at mean hashprice and constant price.
    pub constant: f64,
    /// b, per unit of log hashprice.
    pub hashprice: f64,
    /// c, per unit of log price.
    pub price: f64,
    /// m, mean log hashprice (USD per hash) of the training span.
    pub mean_log_hashprice: f64,
}

impl Coefficients {
    /// Δln H at a last hashprice and a change of price, both in logs.
    fn change(&self, log_hashprice: f64, price_change: f64) -> f64 {
        self.constant
            + self.hashprice * (log_hashprice - self.mean_log_hashprice)
            + self.price * price_change
    }
}

/// What the regression sees of an epoch: Δln H, ln h of the epoch before, Δln P.
#[derive(Clone, Copy, Debug)]
struct RegressionRow {
    change: f64,
    log_hashprice: f64,
    price_change: f64,
}

impl RegressionRow {
    fn from_epochs(before: &EpochFacts, epoch: &EpochFacts) -> Self {
        Self {
            change: libm::log(epoch.hash_rate / before.hash_rate),
            log_hashprice: libm::log(before.hashprice_at(before.difficulty).0),
            price_change: libm::log(epoch.price / before.price),
        }
    }
}

/// Coefficients from the training span before an epoch.
///
/// # Errors
/// When the epoch is not in the history or too early in it, or when the training span does not tell
/// the coefficients apart.
pub fn fit(
    history: &[EpochFacts],
    regression: Regression,
    from: usize,
) -> Result<Coefficients, NullModelError> {
    window(history, from, from)?;
    let span = training_span(regression.training, from - 1)?;
    let past = &history[from - 1 - span..from];
    let rows: Vec<_> =
        past.windows(2).map(|pair| RegressionRow::from_epochs(&pair[0], &pair[1])).collect();
    least_squares(&rows, regression.trend).ok_or(NullModelError::NoVariation { epochs: span })
}

/// Ordinary least squares by the normal equations of two regressors: with a trend of their
/// deviations from means, without one of ln h − m and Δln P themselves.
fn least_squares(rows: &[RegressionRow], trend: bool) -> Option<Coefficients> {
    let mean = |of: fn(&RegressionRow) -> f64| rows.iter().map(of).sum::<f64>() / rows.len() as f64;
    let m = mean(|row| row.log_hashprice);
    let origin = |mean: f64| if trend { mean } else { 0.0 };
    let (y0, p0) = (origin(mean(|row| row.change)), origin(mean(|row| row.price_change)));
    let (mut hh, mut hp, mut pp, mut hy, mut py) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for row in rows {
        let (h, p, y) = (row.log_hashprice - m, row.price_change - p0, row.change - y0);
        hh += h * h;
        hp += h * p;
        pp += p * p;
        hy += h * y;
        py += p * y;
    }
    let determinant = hh * pp - hp * hp;
    let hashprice = (hy * pp - py * hp) / determinant;
    let price = (py * hh - hy * hp) / determinant;
    let told_apart = determinant > SMALLEST_DETERMINANT * hh * pp;
    told_apart.then_some(Coefficients {
        constant: y0 - price * p0,
        hashprice,
        price,
        mean_log_hashprice: m,
    })
}

/// 1 − r² of two regressors below which rounding would rule their coefficients.
const SMALLEST_DETERMINANT: f64 = 1e-9;

/// Forecast of `from..=to` from the end of `from − 1`.
///
/// # Errors
/// As for [`fit`], and when the window is not in the history.
pub fn free_run(
    history: &[EpochFacts],
    regression: Regression,
    from: usize,
    to: usize,
) -> Result<Forecast, NullModelError> {
    window(history, from, to)?;
    let coefficients = fit(history, regression, from)?;
    let mut last_difficulty = history[from - 1].difficulty;
    roll(history, from, to, |step| {
        let before = &history[step.epoch - 1];
        let log_hashprice = libm::log(before.hashprice_at(last_difficulty).0);
        let price_change = libm::log(step.facts.price / before.price);
        last_difficulty = step.difficulty;
        step.last_log_hash_rate + coefficients.change(log_hashprice, price_change)
    })
}
