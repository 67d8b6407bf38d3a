//! Electricity: tariffs, weather, carbon.

use crate::units::{Energy, Power, Tariff};

/// Tariff level relative to the first day: e^(drift·t).
#[must_use]
pub fn tariff_level(annual_drift: f64, years: f64) -> f64 {
    libm::exp(annual_drift * years)
}

/// Tariff a miner pays: contract·level·((1 − s) + s·spot) + carbon, s the share bought at spot.
#[inline]
#[must_use]
pub fn tariff_today(
    contract: Tariff,
    level: f64,
    spot_share: f64,
    spot: f64,
    carbon: Tariff,
) -> Tariff {
    contract * level * (1.0 + spot_share * (spot - 1.0)) + carbon
}

/// Power left by a weather shock `age` days old: falls linearly to 1 − depth at `onset`, back to 1 at
/// `recovery` (shape after the Texas storms of 2021 to 2026; a piecewise-linear assumption).
#[must_use]
pub fn weather_availability(depth: f64, age: f64, onset: f64, recovery: f64) -> f64 {
    let worst = onset.max(1.0);
    let depth_now = if age < worst {
        depth * (age + 1.0) / (worst + 1.0)
    } else {
        depth * ((recovery - age) / (recovery - worst).max(1.0)).clamp(0.0, 1.0)
    };
    1.0 - depth_now.clamp(0.0, 1.0)
}

/// Relative rise of a region's tariffs: slope · AI load added beyond displaced mining / mining load.
///
/// A linear supply curve around today's load (assumption; the slope is a parameter).
#[must_use]
pub fn ai_tariff_push(slope: f64, added: Power, mining: Power) -> f64 {
    if mining.0 > 0.0 { slope * (added / mining) } else { 0.0 }
}

/// Carbon cost of a joule: price (USD/t) · intensity (kg/MWh).
#[must_use]
pub(crate) fn carbon_cost(usd_per_tonne: f64, kg_per_mwh: f64) -> Tariff {
    Tariff::from_usd_per_mwh(usd_per_tonne * kg_per_mwh / 1_000.0)
}

/// Emissions in million tonnes of CO₂.
#[must_use]
pub fn emissions_mt(energy: Energy, kg_per_mwh: f64) -> f64 {
    energy.mwh() * kg_per_mwh / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_bites_at_its_onset_and_is_over_at_its_recovery() {
        assert!((weather_availability(0.4, 7.0, 7.0, 25.0) - 0.6).abs() < 1e-12);
        assert!((weather_availability(0.4, 25.0, 7.0, 25.0) - 1.0).abs() < 1e-12);
        assert!(weather_availability(0.4, 400.0, 7.0, 25.0) == 1.0);
        assert!(weather_availability(0.4, 1.0, 7.0, 25.0) > 0.6);
    }

    #[test]
    fn a_contract_without_spot_ignores_spot() {
        let t = tariff_today(Tariff(1.0), 1.0, 0.0, 9.0, Tariff::ZERO);
        assert_eq!(t, Tariff(1.0));
    }

    #[test]
    fn twenty_dollars_a_tonne_at_288_grams_cost_5_76_dollars_a_megawatt_hour() {
        assert!((carbon_cost(20.0, 288.0).usd_per_mwh() - 5.76).abs() < 1e-12);
    }
}
