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

/// Part of what is asked for that grids connect today: min(1, left/yearly), nothing where nothing is
/// connected in a year.
///
/// With `left` filled at the `yearly` flow and holding a year of it at most, what is asked for beyond the
/// flow is met in the proportion of the flow to it, whoever asks first (an assumption: queues for power
/// are served in turn, and every applicant's turn comes equally slowly).
#[must_use]
pub fn connected_share(left: Power, yearly: Power) -> f64 {
    if yearly.0 > 0.0 { (left / yearly).clamp(0.0, 1.0) } else { 0.0 }
}

/// What grids connect for miners in a year, relative to the first day: (1 − s) + s·max(0, (e^(g·t) − o·e^(h·t))/(1 − o)).
///
/// A `shared` part s of it lies in grids in which other data centres queue as well. These connect e^(g·t) times what they did on
/// the first day, with `growth` g, and the others, who had a part `others` o of it, take e^(h·t) times what they took, with
/// `others_growth` h: miners get what is left. Growth is a year, t in `years` (an assumption: the others are served first).
#[must_use]
pub fn connections_left(rivals: &ConnectionRivals, years: f64) -> f64 {
    let ConnectionRivals { shared, others, growth, others_growth } = *rivals;
    if shared <= 0.0 || others >= 1.0 {
        return 1.0 - shared.clamp(0.0, 1.0);
    }
    let left = libm::exp(growth * years) - others * libm::exp(others_growth * years);
    (1.0 - shared) + shared * (left / (1.0 - others)).max(0.0)
}

/// Other data centres that ask for the connections that miners ask for; parts and growth a year as [`connections_left`] has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConnectionRivals {
    /// Part s of miners' connections in grids in which others queue.
    pub shared: f64,
    /// Part o of what these grids connect that the others take on the first day.
    pub others: f64,
    /// Growth g of what these grids connect.
    pub growth: f64,
    /// Growth h of what the others take.
    pub others_growth: f64,
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
    fn other_data_centres_that_grow_faster_than_grids_leave_less_to_miners() {
        let of = |growth, others_growth, years| {
            let rivals = ConnectionRivals { shared: 0.4, others: 0.8, growth, others_growth };
            connections_left(&rivals, years)
        };
        assert_eq!(of(0.1, 0.3, 0.0), 1.0);
        // e^0.1 = 1.105171, e^0.2 = 1.221403: (1.105171 - 0.977122) / 0.2 = 0.640243.
        assert!((of(0.1, 0.2, 1.0) - (0.6 + 0.4 * 0.640_243)).abs() < 1e-6);
        assert!((of(0.2, 0.2, 2.0) - (0.6 + 0.4 * libm::exp(0.4))).abs() < 1e-12);
        assert_eq!(of(0.0, 0.5, 5.0), 0.6, "nothing is left where others take all");
        let alone = ConnectionRivals { shared: 0.0, others: 0.8, growth: 0.1, others_growth: 0.2 };
        assert_eq!(connections_left(&alone, 3.0), 1.0);
    }

    #[test]
    fn a_flow_that_is_half_of_what_is_asked_meets_half_of_it() {
        let (yearly, asked) = (Power::from_mw(365.0), Power::from_mw(2.0));
        let mut left = yearly;
        let mut met = 0.0;
        for day in 0..20_000 {
            left = (left + Power::from_mw(1.0)).min(yearly);
            let granted = asked * connected_share(left, yearly);
            left -= granted;
            if day >= 19_000 {
                met += granted / asked / 1_000.0;
            }
        }
        assert!((met - 0.5).abs() < 1e-3, "{met}");
        assert_eq!(connected_share(Power::ZERO, Power::ZERO), 0.0);
        assert_eq!(connected_share(yearly, yearly), 1.0);
    }

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
