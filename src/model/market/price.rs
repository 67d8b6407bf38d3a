//! Bitcoin price: diffusion, jumps, and the impact of miners' sales.

use crate::units::{Btc, BtcPrice, DAYS_PER_YEAR, Usd};

use crate::numerics::sampling::{normal, poisson};

/// Daily log return of a geometric Brownian motion: (μ − σ²/2)·Δt + σ·√Δt·z, Δt a day in years.
///
/// `drift` μ and `volatility` σ a year, `z` standard normal (Black and Scholes 1973).
#[must_use]
pub fn diffusion_log_return(drift: f64, volatility: f64, z: f64) -> f64 {
    let dt = 1.0 / DAYS_PER_YEAR;
    (drift - 0.5 * volatility * volatility) * dt + volatility * dt.sqrt() * z
}

/// Daily log jump of a compound Poisson process, compensated so that the mean price is unmoved:
/// N·m + √N·s·z − λ·Δt·(e^(m + s²/2) − 1), N ~ Poisson(λΔt) (Merton 1976, eq. 1–3).
///
/// `jumps_per_year` λ, `mean_log` m, `sd_log` s; `u_count`, `u_size` uniforms.
#[must_use]
pub fn jump_log_return(
    jumps_per_year: f64,
    mean_log: f64,
    sd_log: f64,
    u_count: f64,
    u_size: f64,
) -> f64 {
    let rate = jumps_per_year / DAYS_PER_YEAR;
    let count = f64::from(poisson(u_count, rate));
    let compensation = rate * (libm::exp(mean_log + 0.5 * sd_log * sd_log) - 1.0);
    count * mean_log + count.sqrt() * sd_log * normal(u_size) - compensation
}

/// Log price impact of net sales: −sign(Q)·Y·σ_d·√(|Q|·P / V), the square-root law (Tóth et al. 2011,
/// Phys. Rev. X 1, 021006; Donier and Bonart 2015 for bitcoin).
///
/// `net_sales` Q beyond what the market absorbs (negative: withheld), `volume` V a day, `daily_volatility` σ_d.
#[must_use]
pub fn sales_impact(
    coefficient: f64,
    daily_volatility: f64,
    net_sales: Btc,
    price: BtcPrice,
    volume: Usd,
) -> f64 {
    let share = (net_sales * price) / volume;
    -coefficient * daily_volatility * share.abs().sqrt().copysign(share)
}

/// Standard deviation of a daily log return, from a yearly one.
#[must_use]
pub fn daily_volatility(annual: f64) -> f64 {
    annual / DAYS_PER_YEAR.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selling_450_btc_moves_the_price_by_a_thousandth() {
        let impact = sales_impact(1.0, 0.025, Btc(450.0), BtcPrice(65_000.0), Usd(20e9));
        assert!((impact + 0.000_956).abs() < 1e-6);
    }

    #[test]
    fn withheld_coins_lift_the_price_as_much_as_sold_ones_press_it() {
        let sold = sales_impact(1.0, 0.025, Btc(100.0), BtcPrice(1e5), Usd(2e10));
        let held = sales_impact(1.0, 0.025, Btc(-100.0), BtcPrice(1e5), Usd(2e10));
        assert!((sold + held).abs() < 1e-18 && sold < 0.0);
    }

    #[test]
    fn without_volatility_the_price_grows_at_its_drift() {
        let year = diffusion_log_return(0.1, 0.0, 1.7) * DAYS_PER_YEAR;
        assert!((year - 0.1).abs() < 1e-12);
    }

    #[test]
    fn jumps_leave_the_mean_price_unmoved() {
        let (rate, mean, sd) = (200.0, -0.03, 0.05);
        let n = 400;
        let mut total = 0.0;
        for i in 0..n {
            for j in 0..n {
                let (a, b) = ((f64::from(i) + 0.5) / 400.0, (f64::from(j) + 0.5) / 400.0);
                total += libm::exp(jump_log_return(rate, mean, sd, a, b));
            }
        }
        assert!((total / 160_000.0 - 1.0).abs() < 2e-4);
    }
}
