//! What a place offers to a tenant: its quality, what a hall costs there and how long it takes.

use crate::numerics::normal::normal_cdf;
use crate::numerics::sampling::normal;

/// How a place's quality hangs on what is known of it. All plain numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QualityWeights {
    /// Quality of the median place of 100 MW in a region that is fully ready.
    pub ready: f64,
    /// Spread between places, in normal deviates.
    pub spread: f64,
    /// Gain per unit of log size.
    pub size: f64,
    /// Loss where a mining hall is turned over.
    pub mining_site: f64,
    /// Gain where halls, fibre and staff served graphics cards.
    pub gpu_operator: f64,
}

/// What kind of place it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlaceKind {
    /// A mining hall is turned over.
    pub mines: bool,
    /// The owner ran graphics cards.
    pub gpu_operator: bool,
}

/// Highest probability with a quantile: a numerical bound.
const HIGHEST: f64 = 1.0 - 1e-12;
/// Size at which size neither gains nor loses, MW: a unit, no behaviour.
const SIZE_UNIT_MW: f64 = 100.0;

/// Quality of a place for AI, 0 to 1: q = Φ(Φ⁻¹(b·R) + s·z + c·ln(MW/100) − m + o), fibre, firmness of power,
/// water and size in one score (a form of our own; weights are assumptions).
///
/// `readiness` R of the region in 0..=1, where 0 permits none and gives 0; `deviate` z, standard normal;
/// `megawatts` > 0 of the whole place; `kind`: m counts where a mining hall is turned over, o at a former
/// operator of graphics cards.
#[must_use]
pub fn site_quality(
    weights: &QualityWeights,
    readiness: f64,
    deviate: f64,
    megawatts: f64,
    kind: PlaceKind,
) -> f64 {
    let base = weights.ready * readiness;
    if base <= 0.0 || megawatts <= 0.0 {
        return 0.0;
    }
    let size = weights.size * libm::log(megawatts / SIZE_UNIT_MW);
    let loss = if kind.mines { weights.mining_site } else { 0.0 };
    let gain = if kind.gpu_operator { weights.gpu_operator } else { 0.0 };
    normal_cdf(normal(base.min(HIGHEST)) + weights.spread * deviate + size - loss + gain)
}

/// Capital cost of a hall at a place, million USD per IT MW: K₀·f·(1 + a(½ − q))·(1 − ℓ)^log₂(1 + n)
/// (learning: Wright 1936).
///
/// `base` K₀; `factor` f of the place; `quality` q with weight `slope` a; `learning` ℓ per doubling of the
/// `delivered` n halls of its owner.
#[must_use]
pub fn hall_cost(
    base: f64,
    factor: f64,
    quality: f64,
    slope: f64,
    learning: f64,
    delivered: f64,
) -> f64 {
    let place = base * factor * (1.0 + slope * (0.5 - quality));
    place * libm::pow(1.0 - learning, libm::log2(1.0 + delivered))
}

/// Months until power is firm: max(0, W − t)·(S/S₀)^c, what is left of the wait in a queue that others
/// lengthen.
///
/// `wait` W, months from the first day in a queue as long as then; `supply_ratio` S/S₀ > 0, what others
/// connect over what they did; `congestion` c its power; `months` t since the first day.
#[must_use]
pub fn months_to_firm_power(wait: f64, supply_ratio: f64, congestion: f64, months: f64) -> f64 {
    (wait - months).max(0.0) * libm::pow(supply_ratio, congestion)
}

/// Months over which a hall fills after its first power: IT MW over the pace, one step at least.
///
/// `it_mw` of the hall; `pace` > 0 in IT MW a month. Returns the number of monthly steps.
#[must_use]
pub fn filling_steps(it_mw: f64, pace: f64) -> u32 {
    libm::ceil(it_mw / pace).clamp(1.0, LONGEST_FILLING) as u32
}

/// Most steps in which a hall fills: a bound of memory.
const LONGEST_FILLING: f64 = 240.0;

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: QualityWeights = QualityWeights {
        ready: 0.75,
        spread: 0.56,
        size: 0.25,
        mining_site: 0.5,
        gpu_operator: 0.3,
    };
    const OPEN: PlaceKind = PlaceKind { mines: false, gpu_operator: false };
    const MINE: PlaceKind = PlaceKind { mines: true, gpu_operator: false };

    #[test]
    fn the_median_place_of_100_mw_has_the_quality_of_its_region() {
        assert!((site_quality(&WEIGHTS, 1.0, 0.0, 100.0, OPEN) - 0.75).abs() < 1e-9);
        assert!((site_quality(&WEIGHTS, 0.4, 0.0, 100.0, OPEN) - 0.3).abs() < 1e-9);
    }

    #[test]
    fn quality_rises_with_size_and_luck_and_falls_in_a_mining_hall() {
        let q = |z, mw, kind| site_quality(&WEIGHTS, 0.9, z, mw, kind);
        assert!(q(0.0, 400.0, OPEN) > q(0.0, 100.0, OPEN));
        assert!(q(1.0, 100.0, OPEN) > q(0.0, 100.0, OPEN));
        assert!(q(0.0, 100.0, MINE) < q(0.0, 100.0, OPEN));
        let gpu = PlaceKind { gpu_operator: true, ..OPEN };
        assert!(q(0.0, 100.0, gpu) > q(0.0, 100.0, OPEN));
        // Φ(Φ⁻¹(0.675) − 0.5) = Φ(0.453762 − 0.5).
        assert!((q(0.0, 100.0, MINE) - 0.481_561).abs() < 1e-5, "{}", q(0.0, 100.0, MINE));
    }

    #[test]
    fn where_none_is_permitted_quality_is_nothing() {
        assert_eq!(site_quality(&WEIGHTS, 0.0, 3.0, 1e4, OPEN), 0.0);
        assert_eq!(site_quality(&WEIGHTS, 1.0, 3.0, 0.0, OPEN), 0.0);
    }

    #[test]
    fn a_worse_place_costs_more_and_experience_saves() {
        assert_eq!(hall_cost(10.0, 1.0, 0.5, 0.25, 0.05, 0.0), 10.0);
        assert!((hall_cost(10.0, 1.2, 0.1, 0.25, 0.0, 0.0) - 13.2).abs() < 1e-12);
        assert!((hall_cost(10.0, 1.0, 0.5, 0.25, 0.05, 3.0) - 9.025).abs() < 1e-12);
    }

    #[test]
    fn a_queue_shortens_with_time_and_lengthens_with_others() {
        assert_eq!(months_to_firm_power(24.0, 1.0, 0.3, 10.0), 14.0);
        assert_eq!(months_to_firm_power(24.0, 1.0, 0.3, 30.0), 0.0);
        assert!((months_to_firm_power(24.0, 2.0, 1.0, 0.0) - 48.0).abs() < 1e-12);
        // Power asked for three years later waits as long, in a queue twice as long twice as long.
        assert!((months_to_firm_power(36.0 + 24.0, 2.0, 1.0, 36.0) - 48.0).abs() < 1e-12);
    }

    #[test]
    fn a_hall_of_150_fills_in_eight_months() {
        assert_eq!(filling_steps(150.0, 20.0), 8);
        assert_eq!((filling_steps(3.0, 20.0), filling_steps(1e9, 20.0)), (1, 240));
    }
}
