//! Real options: when to enter and leave a business, when to give up one asset for another.

/// Prices at which a business is entered and left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Triggers {
    /// Price flow from which one enters.
    pub entry: f64,
    /// Price flow below which one leaves; 0 when leaving costs more than staying at a price of zero.
    pub exit: f64,
}

/// A business that can be entered and left. Money in one unit, rates a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Business {
    /// Discount rate r > 0.
    pub rate: f64,
    /// Drift μ < r of the price.
    pub drift: f64,
    /// Volatility σ ≥ 0 of the price.
    pub volatility: f64,
    /// Operating cost C ≥ 0, a year.
    pub cost: f64,
    /// Cost I ≥ 0 of entering.
    pub entry: f64,
    /// Cost E ≥ −I of leaving; negative when something is got back.
    pub exit: f64,
}

/// Halvings of an interval that leave nothing between two neighbouring numbers.
const BISECTIONS: u32 = 200;

impl Business {
    /// Entry and exit triggers (Dixit 1989, "Entry and exit decisions under uncertainty", section II).
    ///
    /// The price follows `dP = μP·dt + σP·dz`. With `β > 1` and `−α < 0` the roots of
    /// `½σ²x(x − 1) + μx − r = 0`, an active business is worth `B·P^(−α) + P/(r − μ) − C/r`, an idle
    /// one `A·P^β`. Their difference equals I at the entry trigger H and −E at the exit trigger L
    /// (value matching), its slope is zero at both (smooth pasting).
    ///
    /// The slopes give A and B for any `u = ln(H/L)`; the two values then give H and one equation
    /// in u, `N(u)/M(u) = (C/r − E)/(C/r + I)`, whose left side falls from 1 to 0.
    ///
    /// Limits: without uncertainty or drift Marshall's `H = C + rI`, `L = C − rE`; without sunk cost
    /// (E = −I) both are C + rI; for `E ≥ C/r` one never leaves.
    #[must_use]
    pub(crate) fn triggers(&self) -> Triggers {
        let perpetual_cost = self.cost / self.rate;
        let (stake, recovered) = (perpetual_cost + self.entry, perpetual_cost - self.exit);
        let spread = self.rate - self.drift;
        let roots = Roots::from_drift(self.rate, self.drift, self.volatility);
        if stake <= 0.0 {
            return Triggers { entry: 0.0, exit: 0.0 };
        }
        if recovered <= 0.0 {
            let premium = 1.0 - 1.0 / roots.beta;
            return Triggers { entry: spread * stake / premium, exit: 0.0 };
        }
        if recovered >= stake {
            let reversible = self.rate * stake;
            return Triggers { entry: reversible, exit: reversible };
        }
        let log_ratio = roots.log_ratio(recovered / stake);
        let entry = spread * stake / roots.values(log_ratio).0;
        Triggers { entry, exit: entry * libm::exp(-log_ratio) }
    }
}

/// Roots `β` and `−α` of `½σ²x(x − 1) + μx − r = 0`; infinite in the limits without uncertainty.
#[derive(Clone, Copy, Debug)]
struct Roots {
    alpha: f64,
    beta: f64,
    /// β − 1, which may be tiny.
    beyond_one: f64,
}

impl Roots {
    fn from_drift(rate: f64, drift: f64, volatility: f64) -> Self {
        let variance = volatility * volatility;
        let slope = drift - 0.5 * variance;
        let root = (slope * slope + 2.0 * rate * variance).sqrt();
        // Of two equal forms the one in which nothing cancels; 1/0 is the right limit, 0/0 is not.
        let alpha = match slope {
            s if s < 0.0 => 2.0 * rate / (root - s),
            _ if variance > 0.0 => (slope + root) / variance,
            _ => f64::INFINITY,
        };
        let beta = match slope {
            s if s > 0.0 => 2.0 * rate / (root + s),
            _ if variance > 0.0 => (root - slope) / variance,
            _ => f64::INFINITY,
        };
        // (β − 1)(α + 1) = 2(r − μ)/σ².
        let beyond_one = 2.0 * (rate - drift) / (variance * (alpha + 1.0));
        let plain = beta - 1.0;
        Self { alpha, beta, beyond_one: if beyond_one.is_finite() { beyond_one } else { plain } }
    }

    /// What active minus idle business and perpetual cost is worth at H and at L, per
    /// `H/(r − μ)`, when slopes vanish at both and `H/L = e^u`, u > 0.
    fn values(&self, u: f64) -> (f64, f64) {
        let Self { alpha, beta, beyond_one } = *self;
        let share = libm::expm1(-beyond_one * u) / libm::expm1(-(alpha + beta) * u);
        // α·B·P^(−α) per H/(r − μ), at L and at H; the rest of the slope is β·A·P^β.
        let at_exit = share * libm::exp(-u);
        let at_entry = at_exit * libm::exp(-alpha * u);
        let idle = (1.0 - at_entry) / beta;
        let entry = 1.0 + at_entry / alpha - idle;
        let exit = libm::exp(-u) + at_exit / alpha - idle * libm::exp(-beta * u);
        (entry, exit)
    }

    /// The u at which the ratio of the two [`Self::values`] is `wanted`, between 0 and 1.
    fn log_ratio(&self, wanted: f64) -> f64 {
        let too_large = |u: f64| {
            let (entry, exit) = self.values(u);
            exit <= wanted * entry
        };
        let (mut low, mut high) = (0.0, 1.0);
        while !too_large(high) {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if too_large(middle) { high = middle } else { low = middle }
        }
        high
    }
}

/// Roots nearer to one have lost too many digits of what is beyond one.
const NEAR_ONE: f64 = 1e-6;

/// The option to give up K for V.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExchangeOption {
    /// Payout rate δ_V of V that waiting forgoes, a year.
    pub yield_v: f64,
    /// Payout rate δ_K of K, a year.
    pub yield_k: f64,
    /// Volatility σ_V ≥ 0 of V, a year.
    pub vol_v: f64,
    /// Volatility σ_K ≥ 0 of K, a year.
    pub vol_k: f64,
    /// Correlation ρ of the two, −1 to 1.
    pub correlation: f64,
}

impl ExchangeOption {
    /// Variance of the ratio, `s² = σ_V² + σ_K² − 2ρσ_Vσ_K`, without cancellation.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let apart = self.vol_v - self.vol_k;
        apart * apart + 2.0 * (1.0 - self.correlation) * self.vol_v * self.vol_k
    }

    /// The larger root β of `½s²β(β − 1) + (δ_K − δ_V)β − δ_K = 0` (McDonald and Siegel 1986, "The
    /// value of waiting to invest", QJE 101, equations 4 to 6).
    ///
    /// Infinite without uncertainty when δ_K ≤ δ_V. Not a number when no real root exists, which
    /// takes δ_V < 0.
    #[must_use]
    pub fn beta(&self) -> f64 {
        let (variance, drift) = (self.variance(), self.yield_k - self.yield_v);
        let slope = drift - 0.5 * variance;
        let root = (slope * slope + 2.0 * self.yield_k * variance).sqrt();
        if slope > 0.0 {
            2.0 * self.yield_k / (slope + root)
        } else if variance > 0.0 {
            (root - slope) / variance
        } else {
            f64::INFINITY
        }
    }

    /// Trigger ratio V/K from which exchanging is best, `β/(β − 1)`; infinite (never) for δ_V ≤ 0,
    /// 1 without uncertainty when δ_K ≤ δ_V, else δ_K/δ_V then.
    #[must_use]
    pub fn trigger_ratio(&self) -> f64 {
        if self.yield_v <= 0.0 {
            return f64::INFINITY;
        }
        let beta = self.beta();
        let (variance, yield_v) = (self.variance(), self.yield_v);
        let slope = 0.5 * variance + self.yield_k - yield_v;
        if beta - 1.0 < NEAR_ONE && slope > 0.0 {
            // β − 1 as a root of its own: in the difference all its digits may be lost.
            let beyond_one =
                2.0 * yield_v / (slope + (slope * slope + 2.0 * variance * yield_v).sqrt());
            return 1.0 + 1.0 / beyond_one;
        }
        1.0 / (1.0 - 1.0 / beta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CENTRAL: Business =
        Business { rate: 0.025, drift: 0.0, volatility: 0.1, cost: 1.0, entry: 4.0, exit: 0.0 };

    fn close(value: f64, expected: f64, tolerance: f64) -> bool {
        (value / expected - 1.0).abs() < tolerance
    }

    #[test]
    fn dixits_central_case() {
        let Triggers { entry, exit } = CENTRAL.triggers();
        assert!((entry - 1.466_7).abs() < 1e-4 && (exit - 0.765_7).abs() < 1e-4, "{entry} {exit}");
    }

    #[test]
    fn without_uncertainty_the_triggers_are_marshalls() {
        for volatility in [0.0, 1e-9, 1e-6] {
            let business = Business { volatility, exit: 2.0, ..CENTRAL };
            let Triggers { entry, exit } = business.triggers();
            assert!(close(entry, 1.1, 1e-4) && close(exit, 0.95, 1e-4), "{entry} {exit}");
        }
        let growing = Business { volatility: 0.0, drift: 0.01, ..CENTRAL }.triggers();
        assert!(close(growing.entry, 1.1, 1e-9), "{growing:?}");
        let shrinking = Business { volatility: 0.0, drift: -0.01, ..CENTRAL }.triggers();
        assert!(close(shrinking.exit, 1.0, 1e-9), "{shrinking:?}");
    }

    #[test]
    fn without_sunk_cost_there_is_no_gap() {
        let Triggers { entry, exit } = Business { exit: -4.0, ..CENTRAL }.triggers();
        assert!(close(entry, 1.1, 1e-12) && close(exit, 1.1, 1e-12));
        let nearly = Business { exit: -4.0 + 1e-6, ..CENTRAL }.triggers();
        assert!(close(nearly.entry, 1.1, 0.01) && nearly.exit < nearly.entry);
    }

    #[test]
    fn who_pays_more_to_leave_than_to_stay_never_leaves() {
        let Triggers { entry, exit } = Business { exit: 40.0, ..CENTRAL }.triggers();
        let beta = 0.5 + (0.25_f64 + 5.0).sqrt();
        assert_eq!(exit, 0.0);
        assert!(close(entry, 0.025 * 44.0 * beta / (beta - 1.0), 1e-12));
        let nearly = Business { exit: 39.999_999, ..CENTRAL }.triggers();
        assert!(close(nearly.entry, entry, 1e-4) && nearly.exit < 1e-4);
    }

    #[test]
    fn the_exchange_trigger_is_mcdonald_and_siegels() {
        let option =
            ExchangeOption { yield_v: 0.1, yield_k: 0.1, vol_v: 0.2, vol_k: 0.0, correlation: 0.0 };
        assert!((option.beta() - 2.791_288).abs() < 1e-6);
        assert!((option.trigger_ratio() - 1.558_258).abs() < 1e-6);
    }

    #[test]
    fn a_tiny_payout_keeps_its_digits_in_the_trigger() {
        let of = |yield_v| ExchangeOption {
            yield_v,
            yield_k: 0.1,
            vol_v: 0.2,
            vol_k: 0.0,
            correlation: 0.0,
        };
        // β − 1 = δ_V/(s²/2 + δ_K) to first order, here 0.12.
        for yield_v in [1e-12, 1e-18, 1e-300] {
            assert!(close(of(yield_v).trigger_ratio() * yield_v, 0.12, 1e-9), "{yield_v}");
        }
        let (near, far) = (of(1.19e-7).trigger_ratio(), of(1.21e-7).trigger_ratio());
        assert!(close(near / far, 1.21 / 1.19, 1e-6), "{near} {far}");
    }

    #[test]
    fn a_certain_exchange_waits_until_the_payouts_are_equal() {
        let certain = ExchangeOption {
            yield_v: 0.04,
            yield_k: 0.1,
            vol_v: 0.0,
            vol_k: 0.0,
            correlation: 0.0,
        };
        assert!(close(certain.trigger_ratio(), 2.5, 1e-12));
        let now = ExchangeOption { yield_v: 0.1, yield_k: 0.04, ..certain };
        assert_eq!(now.trigger_ratio(), 1.0);
        let never = ExchangeOption { yield_v: 0.0, ..certain };
        assert!(never.trigger_ratio().is_infinite());
        let locked = ExchangeOption { vol_v: 0.3, vol_k: 0.3, correlation: 1.0, ..certain };
        assert!(close(locked.trigger_ratio(), 2.5, 1e-12));
    }

    /// Value and slope of active minus idle at a price, from constants fitted at the entry trigger.
    fn matching(business: &Business, triggers: Triggers) -> [f64; 4] {
        let Business { rate, drift, cost, .. } = *business;
        let Roots { alpha, beta, .. } = Roots::from_drift(rate, drift, business.volatility);
        let (h, l) = (triggers.entry, triggers.exit);
        // Smooth pasting at H and L, solved for the two constants.
        let ratio = l / h;
        let (b_l, a_l) = (libm::pow(ratio, -alpha), libm::pow(ratio, beta));
        let flow = h / (rate - drift);
        // −α·b − β·a + flow = 0;  −α·b·b_l − β·a·a_l + flow·ratio = 0.
        let b = flow * (ratio - a_l) / (alpha * (b_l - a_l));
        let a = (flow - alpha * b) / beta;
        let value_h = b - a + flow - cost / rate;
        let value_l = b * b_l - a * a_l + flow * ratio - cost / rate;
        [value_h, business.entry, value_l, -business.exit]
    }

    fn any_business() -> impl Strategy<Value = Business> {
        (0.01_f64..0.2, -0.1_f64..0.9, 0.05_f64..0.6, 0.1_f64..10.0, 0.1_f64..50.0, 0.0_f64..0.9)
            .prop_map(|(rate, part, volatility, cost, entry, back)| Business {
                rate,
                drift: rate * part,
                volatility,
                cost,
                entry,
                exit: -entry + back * (entry + cost / rate),
            })
    }

    proptest! {
        #[test]
        fn values_match_and_slopes_vanish_at_both_triggers(business in any_business()) {
            let triggers = business.triggers();
            prop_assume!(triggers.exit > 1e-3 * triggers.entry && triggers.exit < 0.99 * triggers.entry);
            let [value_h, entry, value_l, exit] = matching(&business, triggers);
            let scale = business.cost / business.rate + business.entry;
            prop_assert!((value_h - entry).abs() < 1e-7 * scale, "{} {}", value_h, entry);
            prop_assert!((value_l - exit).abs() < 1e-7 * scale, "{} {}", value_l, exit);
        }

        #[test]
        fn uncertainty_widens_the_gap_beyond_marshalls(business in any_business(), more in 0.01_f64..0.5) {
            let Triggers { entry, exit } = business.triggers();
            prop_assert!(entry.is_finite() && exit >= 0.0);
            prop_assert!(entry >= (business.cost + business.rate * business.entry) * (1.0 - 1e-9));
            prop_assert!(exit <= (business.cost - business.rate * business.exit) * (1.0 + 1e-9));
            let wilder = Business { volatility: business.volatility + more, ..business }.triggers();
            prop_assert!(wilder.entry >= entry * (1.0 - 1e-9) && wilder.exit <= exit * (1.0 + 1e-9));
        }

        #[test]
        fn the_exchange_trigger_solves_its_quadratic_and_rises_with_uncertainty(
            yield_v in 0.001_f64..0.3, yield_k in 0.0_f64..0.3,
            vol_v in 0.0_f64..1.0, vol_k in 0.0_f64..1.0, correlation in -1.0_f64..=1.0,
        ) {
            let option = ExchangeOption { yield_v, yield_k, vol_v, vol_k, correlation };
            let (beta, variance) = (option.beta(), option.variance());
            prop_assert!(beta > 1.0 && option.trigger_ratio() >= 1.0);
            prop_assume!(beta.is_finite());
            let quadratic = 0.5 * variance * beta * (beta - 1.0) + (yield_k - yield_v) * beta - yield_k;
            let scale = 0.5 * variance * beta * beta + (yield_k + yield_v) * beta;
            prop_assert!(quadratic.abs() <= 1e-12 * scale);
            let wilder = ExchangeOption { correlation: -1.0, ..option };
            prop_assert!(wilder.trigger_ratio() >= option.trigger_ratio() * (1.0 - 1e-12));
        }
    }
}
