//! Time value of money: annuities, growing annuities, payback.

/// Present value of 1 a year for `years`, paid continuously, growing at `growth`, discounted at
/// `rate`: (1 − e^(−(r−g)T)) / (r − g), T when r = g.
#[must_use]
pub fn growing_annuity(rate: f64, growth: f64, years: f64) -> f64 {
    let spread = rate - growth;
    if spread.abs() < 1e-9 { years } else { -libm::expm1(-spread * years) / spread }
}

/// Yearly payment that repays a loan of 1 in `years` at interest `rate`: 1 / annuity.
#[must_use]
pub fn annuity_payment(rate: f64, years: f64) -> f64 {
    1.0 / growing_annuity(rate, 0.0, years)
}

/// Mean of e^(−d·t) over [0, T]: how much of today's revenue an investor counts on average over
/// the payback horizon when revenue falls at `decline` a year.
#[must_use]
pub(crate) fn mean_decline(decline: f64, years: f64) -> f64 {
    if years <= 0.0 { 1.0 } else { growing_annuity(decline, 0.0, years) / years }
}

/// Weighted cost of capital: share·debt rate + (1 − share)·equity return.
#[must_use]
pub(crate) fn cost_of_capital(debt_share: f64, debt_rate: f64, equity_return: f64) -> f64 {
    debt_share * debt_rate + (1.0 - debt_share) * equity_return
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annuity_at_no_interest_is_its_length() {
        assert!((growing_annuity(0.03, 0.03, 12.0) - 12.0).abs() < 1e-12);
        assert!((growing_annuity(0.0, 0.0, 12.0) - 12.0).abs() < 1e-12);
    }

    #[test]
    fn a_perpetuity_is_worth_one_over_the_rate() {
        assert!((growing_annuity(0.08, 0.0, 1e4) - 12.5).abs() < 1e-9);
    }

    #[test]
    fn payments_repay_the_loan() {
        let payment = annuity_payment(0.07, 15.0);
        assert!((payment * growing_annuity(0.07, 0.0, 15.0) - 1.0).abs() < 1e-12);
    }
}
