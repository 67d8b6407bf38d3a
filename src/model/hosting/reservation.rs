//! The lowest rent at which a place would host, under three rival rules.
//!
//! Rents are of the first year, million USD per IT MW and year; values million USD per IT MW unless said
//! otherwise; rates a year. Functions are total: what is not a number stays so.

use super::real_option::ExchangeOption;
use crate::model::mining::economics::{cost_of_capital, growing_annuity};
use crate::numerics::normal::{normal_cdf, normal_density};

/// Discount rate of a risky flow: r + ½γσ², the certainty equivalent of mean–variance preferences acting
/// over time (Markowitz 1952).
///
/// `rate` r a year, `risk_aversion` γ, `volatility` σ of log value a year^½.
#[must_use]
pub fn risk_adjusted_rate(rate: f64, risk_aversion: f64, volatility: f64) -> f64 {
    rate + 0.5 * risk_aversion * volatility * volatility
}

/// How a hall is paid for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capital {
    /// Debt over cost, λ.
    pub loan_to_cost: f64,
    /// Interest r_d, a year.
    pub debt_rate: f64,
    /// Return asked by owners r_e, a year.
    pub equity_return: f64,
}

impl Capital {
    /// Discount rate r = λ·r_d + (1 − λ)·r_e.
    #[must_use]
    pub fn rate(&self) -> f64 {
        cost_of_capital(self.loan_to_cost, self.debt_rate, self.equity_return)
    }
}

/// A lease that a place could sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeaseTerms {
    /// Years d from signing to the first rent.
    pub delay_years: f64,
    /// Term T, years.
    pub term_years: f64,
    /// Yearly escalator g.
    pub escalator: f64,
    /// Net operating income over rent, m.
    pub noi_margin: f64,
    /// Probability s that the hall is finished.
    pub success: f64,
    /// Yearly hazard of the tenant's default.
    pub default_rate: f64,
    /// Standard deviation σ_L of the log value of a lease, a year.
    pub volatility: f64,
}

/// Cost at delivery: (K + w)(1 − ½τ)(1 − e^(−rd))/(rd): paid evenly until then, half of the tenant's part
/// counting as lent by it.
///
/// `capex` K and `backing` w (what a backer's warrants cost), `tenant_share` τ paid by the tenant, `rate` r,
/// `delay_years` d ≥ 0 (at 0 the cost itself).
#[must_use]
pub fn cost_at_delivery(capex: f64, backing: f64, tenant_share: f64, rate: f64, delay: f64) -> f64 {
    let spread = rate * delay;
    let discount =
        if spread.abs() < SMALL { 1.0 - 0.5 * spread } else { -libm::expm1(-spread) / spread };
    (capex + backing) * (1.0 - 0.5 * tenant_share) * discount
}

/// Below this a series replaces (1 − e^(−x))/x: a numerical tolerance.
const SMALL: f64 = 1e-8;

/// Present value of a dollar of first-year rent: s·m·e^(−rd)·A(r + ½γσ_L² + default, g, T).
///
/// `capital` gives r; `risk_aversion` γ. The flow is discounted for risk, the wait at r.
#[must_use]
pub fn value_of_rent(lease: &LeaseTerms, capital: &Capital, risk_aversion: f64) -> f64 {
    let rate = capital.rate();
    let risky = risk_adjusted_rate(rate, risk_aversion, lease.volatility);
    lease.success
        * lease.noi_margin
        * libm::exp(-rate * lease.delay_years)
        * growing_annuity(risky + lease.default_rate, lease.escalator, lease.term_years)
}

/// Average rent over a term per dollar of first-year rent: ((1 + g)^T − 1)/(g·T) with yearly steps, 1 at
/// g = 0. Published rents are term averages.
///
/// `escalator` g a year, `term_years` T > 0.
#[must_use]
pub fn term_average(escalator: f64, term_years: f64) -> f64 {
    if escalator.abs() < SMALL {
        return 1.0;
    }
    (libm::pow(1.0 + escalator, term_years) - 1.0) / (escalator * term_years)
}

/// Value asked by the net present value: K(1 + h) + F − Res (Fisher 1930, "The Theory of Interest", with a
/// margin). `cost` K at delivery, `forgone` F, `residual` Res, `hurdle` h.
#[must_use]
pub fn asked_by_net_value(cost: f64, forgone: f64, residual: f64, hurdle: f64) -> f64 {
    cost * (1.0 + hurdle) + forgone - residual
}

/// Value asked by a noisy choice: the net value with hurdle h + s·ε, ε of a standard Gumbel law less its
/// mean (McFadden 1974, in "Frontiers in Econometrics").
///
/// `scale` s of the noise over cost; `u`, a uniform in (0, 1).
#[must_use]
pub fn asked_by_noisy_choice(
    cost: f64,
    forgone: f64,
    residual: f64,
    hurdle: f64,
    (scale, u): (f64, f64),
) -> f64 {
    let gumbel = -libm::log(-libm::log(u)) - EULER;
    asked_by_net_value(cost, forgone, residual, hurdle + scale * gumbel).max(0.0)
}

/// Mean of the standard Gumbel law.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Value asked by the option to wait: (K + F)·β/(β − 1) − Res, the trigger at which giving up K + F for the
/// lease is best (McDonald and Siegel 1986, QJE 101, equations 4 to 6).
///
/// `option`: the lease V against what is given up, whose volatility only its part F has: σ_K·F/(K + F).
#[must_use]
pub fn asked_by_option(cost: f64, forgone: f64, residual: f64, option: &ExchangeOption) -> f64 {
    let given = cost + forgone;
    let risky = forgone / given.max(LEAST_VALUE);
    let option = ExchangeOption { vol_k: option.vol_k * risky, ..*option };
    given * option.trigger_ratio().min(HIGHEST_TRIGGER) - residual
}

/// A trigger at which nobody exchanges, and finite: a numerical bound.
const HIGHEST_TRIGGER: f64 = 1e9;
/// Least value of which a share is taken: a numerical bound.
const LEAST_VALUE: f64 = 1e-12;

/// Value today of what a hall is worth once its lease is over: a·K·e^(−r·n), million USD per IT MW.
///
/// `share` a of cost `capex` K that is left then; `rate` r; `years` n until then.
#[must_use]
pub fn residual_value(capex: f64, share: f64, rate: f64, years: f64) -> f64 {
    share * capex * libm::exp(-rate * years)
}

/// Rent whose value is what is asked: max(0, asked)/Val; infinite where rent is worth nothing.
#[must_use]
pub fn reservation_rent(asked: f64, value_of_rent: f64) -> f64 {
    if value_of_rent > 0.0 { asked.max(0.0) / value_of_rent } else { f64::INFINITY }
}

/// Hurdle under bounded imitation: h₀(1 − χ·share); the most it takes off is h₀ itself (a form after
/// Banerjee 1992, QJE 107; its size is an assumption).
///
/// `hurdle` h₀; `imitation` χ in 0..=1; `signed_share` of power whose owner has signed.
#[must_use]
pub fn imitated_hurdle(hurdle: f64, imitation: f64, signed_share: f64) -> f64 {
    hurdle * (1.0 - imitation * signed_share)
}

/// Value of the machines of a megawatt: m·A(r_M + d, 0, L), million USD per MW.
///
/// `margin` m of a year, million USD per MW; `rate` r_M; `decline` d of margins a year; `life_years` L left.
#[must_use]
pub fn machines_value(margin: f64, rate: f64, decline: f64, life_years: f64) -> f64 {
    margin.max(0.0) * growing_annuity(rate + decline, 0.0, life_years)
}

/// Value of a megawatt's right to mine for good: [xΦ(x/s) + sφ(x/s)]·hours/r_M, million USD per MW: a
/// perpetual strip of options to run at a normally distributed margin (Bachelier 1900).
///
/// `margin` x, the long-run margin in USD per MWh at this tariff; `spread` s ≥ 0 of it; `hours` a year that
/// machines run; `rate` r_M > 0.
#[must_use]
pub fn growth_option(margin: f64, spread: f64, hours: f64, rate: f64) -> f64 {
    let strip = if spread > 0.0 {
        let z = margin / spread;
        margin * normal_cdf(z) + spread * normal_density(z)
    } else {
        margin.max(0.0)
    };
    strip * hours / rate / USD_PER_MUSD
}

const USD_PER_MUSD: f64 = 1e6;

/// Mining that a retrofit gives up, million USD per IT MW: [max(V − V_resale, 0) + G·e^(−r_M·L)]/κ: what
/// the machines earn above what they fetch, and the right to mine once they are worn.
///
/// `machines` V, `resale` V_resale and `growth` G in million USD per utility MW; `rate` r_M; `life_years` L;
/// `it_over_utility` κ > 0.
#[must_use]
pub fn forgone_by_retrofit(
    machines: f64,
    resale: f64,
    growth: f64,
    (rate, life_years): (f64, f64),
    it_over_utility: f64,
) -> f64 {
    let now = (machines - resale).max(0.0);
    (now + growth * libm::exp(-rate * life_years)) / it_over_utility
}

/// Mining and other uses that a new hall gives up, million USD per IT MW:
/// [φ·max(G − k, 0) + (1 − φ)·p]/κ.
///
/// `growth` G and `site_cost` k of a mining hall, million USD per MW; `mining_share` φ of such power that
/// would mine; `land_price` p of powered land otherwise.
#[must_use]
pub fn forgone_by_new_hall(
    growth: f64,
    site_cost: f64,
    mining_share: f64,
    land_price: f64,
    it_over_utility: f64,
) -> f64 {
    let mining = mining_share * (growth - site_cost).max(0.0);
    (mining + (1.0 - mining_share) * land_price) / it_over_utility
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain case: K 10, F .5, a year's delay, fifteen years.
    const CAPITAL: Capital = Capital { loan_to_cost: 0.82, debt_rate: 0.07, equity_return: 0.15 };
    const LEASE: LeaseTerms = LeaseTerms {
        delay_years: 1.0,
        term_years: 15.0,
        escalator: 0.03,
        noi_margin: 0.85,
        success: 1.0,
        default_rate: 0.0,
        volatility: 0.15,
    };

    #[test]
    fn the_plain_case_asks_for_1_38_in_the_first_year() {
        let r = CAPITAL.rate();
        assert!((r - 0.0844).abs() < 1e-12);
        let cost = cost_at_delivery(10.0, 0.0, 0.0, r, 1.0);
        assert!((cost - 9.589_626).abs() < 1e-6, "{cost}");
        let asked = asked_by_net_value(cost, 0.5, 0.0, 0.1);
        assert!((asked - 11.048_589).abs() < 1e-6, "{asked}");
        let value = value_of_rent(&LEASE, &CAPITAL, 0.0);
        assert!((value - 8.010_258).abs() < 1e-6, "{value}");
        let rent = reservation_rent(asked, value);
        assert!((rent - 1.379_305).abs() < 1e-6, "{rent}");
    }

    #[test]
    fn published_term_averages_are_a_quarter_above_the_first_year() {
        // 1.76 on average over fifteen years at 3 % is 1.415 in the first.
        assert!((1.76 / term_average(0.03, 15.0) - 1.415).abs() < 0.005);
        assert_eq!(term_average(0.0, 15.0), 1.0);
    }

    #[test]
    fn a_megawatt_of_the_present_fleet_gives_up_four_fifths_of_a_million_per_it_megawatt() {
        let rate = risk_adjusted_rate(0.08, 1.0, 0.55);
        assert!((rate - 0.23125).abs() < 1e-12);
        // 52 USD/PH/day at 19.9 J/TH, cooling 1.05, a pool fee of 1 %.
        let revenue: f64 = 52.0 * 0.99 / (19.9 * 24.0 / 1000.0 * 1.05);
        assert!((revenue - 102.656).abs() < 1e-3, "{revenue}");
        let hours = 8760.0 * 0.95;
        let margin = (revenue - 47.2 - 8.0) * hours / 1e6;
        assert!((margin - 0.3949).abs() < 1e-4, "{margin}");
        let machines = machines_value(margin, rate, 0.2, 2.9);
        assert!((machines - 0.6536).abs() < 1e-4, "{machines}");
        let resale = (revenue - 55.0 - 8.0) * hours / 1e6 * 10.0 / 12.0;
        assert!((resale - 0.2750).abs() < 1e-4, "{resale}");
        let growth = growth_option(55.0 - 47.2, 12.0, hours, rate);
        assert!((growth - 0.3478).abs() < 1e-4, "{growth}");
        let forgone = forgone_by_retrofit(machines, resale, growth, (rate, 2.9), 0.7);
        assert!((forgone - 0.795).abs() < 1e-3, "{forgone}");
        // A new hall gives up the price of the land where mining would not pay for its hall.
        let new = forgone_by_new_hall(growth, 0.35, 0.3, 0.45, 0.7);
        assert!((new - 0.45).abs() < 1e-12, "{new}");
    }

    /// First-year rent that the median place of 2025 asks for.
    fn median(new: bool, backed: bool, change: &Change) -> f64 {
        let capital = Capital {
            loan_to_cost: if backed { 0.82 } else { 0.70 },
            debt_rate: change.debt_rate + if backed { 0.0 } else { 0.02 },
            equity_return: 0.15,
        };
        let (capex, months, forgone) =
            if new { (9.5, 17.0, change.forgone) } else { (7.5, 10.84, 0.795) };
        let lease = LeaseTerms {
            delay_years: months / 12.0,
            success: 0.95,
            default_rate: if backed { 0.002 } else { 0.02 },
            ..LEASE
        };
        let backing = if backed { change.backing } else { 0.0 };
        let cost = cost_at_delivery(capex, backing, 0.15, capital.rate(), lease.delay_years);
        let asked = if change.option {
            let option = ExchangeOption {
                yield_v: 0.15,
                yield_k: 0.15,
                vol_v: 0.15,
                vol_k: 0.55,
                correlation: 0.2,
            };
            asked_by_option(cost, forgone, 0.0, &option)
        } else {
            asked_by_net_value(cost, forgone, 0.0, 0.1)
        };
        reservation_rent(asked, value_of_rent(&lease, &capital, change.risk_aversion))
    }

    struct Change {
        debt_rate: f64,
        risk_aversion: f64,
        backing: f64,
        forgone: f64,
        option: bool,
    }

    const AS_IS: Change =
        Change { debt_rate: 0.07, risk_aversion: 1.0, backing: 0.8, forgone: 0.45, option: false };

    #[test]
    fn the_median_place_asks_for_about_what_is_paid_so_that_the_choice_binds() {
        let near =
            |got: f64, wanted: f64| assert!((got / wanted - 1.0).abs() < 0.03, "{got} {wanted}");
        near(median(true, true, &AS_IS), 1.53);
        near(median(true, true, &Change { backing: 0.0, forgone: 0.0, ..AS_IS }), 1.36);
        near(median(false, true, &AS_IS), 1.27);
        near(median(true, false, &AS_IS), 1.88);
        near(median(true, true, &Change { option: true, ..AS_IS }), 1.85);
        near(median(false, true, &Change { option: true, ..AS_IS }), 1.54);
        near(median(true, true, &Change { debt_rate: 0.04, ..AS_IS }), 1.25);
        near(median(true, true, &Change { debt_rate: 0.12, ..AS_IS }), 2.06);
        near(median(true, true, &Change { risk_aversion: 0.0, ..AS_IS }), 1.41);
        near(median(true, true, &Change { risk_aversion: 3.0, ..AS_IS }), 1.79);
    }

    #[test]
    fn a_noisy_choice_asks_on_average_for_the_net_value() {
        let n = 10_000;
        let mean: f64 = (0..n)
            .map(|i| (f64::from(i) + 0.5) / f64::from(n))
            .map(|u| asked_by_noisy_choice(10.0, 0.5, 0.0, 0.1, (0.1, u)))
            .sum::<f64>()
            / f64::from(n);
        assert!((mean - 11.5).abs() < 0.01, "{mean}");
        assert_eq!(
            asked_by_noisy_choice(10.0, 0.5, 0.0, 0.1, (0.0, 0.3)),
            asked_by_net_value(10.0, 0.5, 0.0, 0.1)
        );
    }

    #[test]
    fn without_risk_the_option_asks_for_what_is_given_up() {
        let option = ExchangeOption {
            yield_v: 0.15,
            yield_k: 0.15,
            vol_v: 0.0,
            vol_k: 0.0,
            correlation: 0.0,
        };
        assert_eq!(asked_by_option(10.0, 3.0, 1.0, &option), 12.0);
        let never = ExchangeOption { yield_v: 0.0, vol_v: 0.15, ..option };
        assert_eq!(asked_by_option(0.0, 0.0, 0.0, &never), 0.0);
    }

    #[test]
    fn imitation_takes_off_the_hurdle_at_most() {
        assert_eq!(imitated_hurdle(0.1, 1.0, 1.0), 0.0);
        assert!((imitated_hurdle(0.1, 0.5, 0.4) - 0.08).abs() < 1e-15);
        assert_eq!(imitated_hurdle(0.1, 0.0, 0.9), 0.1);
    }

    #[test]
    fn a_cost_without_delay_is_the_cost_and_small_delays_are_smooth() {
        assert_eq!(cost_at_delivery(10.0, 0.0, 0.0, 0.08, 0.0), 10.0);
        let tiny = cost_at_delivery(10.0, 0.0, 0.0, 0.08, 1e-6);
        assert!((tiny - 10.0).abs() < 1e-5);
    }
}
