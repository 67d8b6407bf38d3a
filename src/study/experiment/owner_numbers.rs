//! What the numbers of a named owner may be, and what is plausible: most mistakes are of units.

use crate::world::miners::spec::OwnerSpec;

/// A number of a named owner.
pub(crate) struct OwnerNumber {
    /// Name in the file.
    pub field: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// What is allowed.
    pub allowed: [f64; 2],
    /// What is plausible: about three times beyond what filings of listed miners show for 2025.
    pub plausible: [f64; 2],
    /// Its value.
    pub of: fn(&OwnerSpec) -> f64,
}

/// All of them.
pub(crate) const OWNER_NUMBERS: [OwnerNumber; 9] = [
    number("hash_rate_ehs", "EH/s", [1e-6, 1e5], [0.01, 200.0], |owner| owner.hash_rate_ehs),
    number("efficiency_j_per_th", "J/TH", [1.0, 1e4], [8.0, 120.0], |o| o.efficiency_j_per_th),
    number("tariff_usd_per_mwh", "USD/MWh", [0.0, 1e3], [5.0, 200.0], |o| o.tariff_usd_per_mwh),
    number("pipeline_mw", "MW", [0.0, 5e4], [0.0, 1e4], |owner| owner.pipeline_mw),
    number("coins_btc", "BTC", [0.0, 21e6], [0.0, 2e5], |owner| owner.coins_btc),
    number("cash_musd", "million USD", [0.0, 1e6], [0.0, 1e4], |owner| owner.cash_musd),
    number("debt_musd", "million USD", [0.0, 1e6], [0.0, 2e4], |owner| owner.debt_musd),
    number("ai_energised_mw", "IT MW", [0.0, 2e4], [0.0, 3e3], |owner| owner.ai_energised_mw),
    number("ai_contracted_mw", "IT MW", [0.0, 2e4], [0.0, 5e3], |owner| owner.ai_contracted_mw),
];

const fn number(
    field: &'static str,
    unit: &'static str,
    allowed: [f64; 2],
    plausible: [f64; 2],
    of: fn(&OwnerSpec) -> f64,
) -> OwnerNumber {
    OwnerNumber { field, unit, allowed, plausible, of }
}

impl OwnerNumber {
    /// Whether a value lies within bounds.
    #[must_use]
    pub(super) fn within([low, high]: [f64; 2], value: f64) -> bool {
        (low..=high).contains(&value)
    }
}
