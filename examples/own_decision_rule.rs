//! A decision rule of one's own beside two of the model's: the lowest rent at which a site would host AI,
//! by the model's own equations and the baseline's numbers. A run takes none but the rules that a file
//! can name; docs/extending.md says what a new one touches.
//!
//! `cargo run --example own_decision_rule`

use std::error::Error;

use hashflight::model::chain::hashprice::margin_per_hash;
use hashflight::model::hosting::ai_hosting::{
    HallTerms, certainty_equivalent, lease_value_per_rent, mining_value, reservation_rent,
};
use hashflight::model::hosting::real_option::ExchangeOption;
use hashflight::study::experiment::document::Document;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::units::{DAY, DAYS_PER_YEAR, Efficiency, HashRate, Hashprice, Tariff};
use hashflight::world::miners::conversion::choose::financing;
use hashflight::world::miners::spec::ConversionSpec;
use hashflight::world::simulation::Setup;

/// What a lease must be worth to a site that spends `capex` and gives up `forgone` of mining, both in
/// million USD per IT MW.
type Rule = fn(spec: &ConversionSpec, capex: f64, forgone: f64) -> f64;

/// One's own: what is given up is a loss, and weighs 2.25 times (Tversky and Kahneman 1992).
const LOSS_AVERSE: Rule = |_, capex, forgone| capex + 2.25 * forgone;
/// Net present value with a margin.
const NPV: Rule = |spec, capex, forgone| capex * (1.0 + spec.npv_hurdle) + forgone;
/// The value of waiting (McDonald and Siegel 1986).
const OPTION: Rule = |spec, capex, forgone| {
    let option = ExchangeOption {
        yield_v: spec.equity_return,
        yield_k: spec.mining_discount_rate,
        vol_v: spec.lease_volatility,
        vol_k: spec.mining_volatility * forgone / (capex + forgone),
        correlation: spec.correlation,
    };
    (capex + forgone) * option.trigger_ratio()
};

/// Certain value of mining on with rigs of 20 J/TH, million USD per MW of utility power.
fn mining(setup: &Setup, tariff: Tariff) -> f64 {
    let (spec, plans) = (&setup.ai.conversion, &setup.miners.investment);
    let (rig, pue) = (Efficiency::from_j_per_th(20.0), setup.miners.operation.pue);
    let margin = margin_per_hash(Hashprice::from_usd_per_ph_day(50.0), rig, tariff, pue);
    let yearly = (HashRate(1.0 / (rig.0 * pue)) * DAY * margin).0 * DAYS_PER_YEAR;
    let (rate, decline) = (spec.mining_discount_rate, plans.expected_annual_decline);
    let value = mining_value(yearly, rate, decline, plans.rig_life_years);
    certainty_equivalent(value, spec.risk_aversion, spec.mining_volatility)
}

fn main() -> Result<(), Box<dyn Error>> {
    let setup = Experiment::resolve(Document::baseline()?, &Overrides::default())?.base;
    let (spec, demand) = (&setup.ai.conversion, &setup.ai.demand);
    let lease = HallTerms {
        delay_years: spec.retrofit_months / 12.0,
        term_years: 15.0,
        escalator: demand.escalator,
        noi_margin: demand.noi_margin,
        success: 1.0 - spec.failure_probability,
        default_rate: demand.default_per_year,
    };
    let worth = lease_value_per_rent(&lease, &financing(spec));
    let haircut = certainty_equivalent(1.0, spec.risk_aversion, spec.lease_volatility);
    let capex = spec.retrofit_capex_musd * (1.0 - spec.tenant_funded_share);
    println!("Lowest rent, million USD per IT MW and year, at a hashprice of 50 USD/PH/day");
    println!("{:>10} {:>8} {:>8} {:>12}", "USD/MWh", "NPV", "option", "loss-averse");
    for usd_per_mwh in [20.0, 40.0, 60.0, 80.0, 100.0] {
        let forgone = mining(&setup, Tariff::from_usd_per_mwh(usd_per_mwh)) / spec.it_over_utility;
        let [npv, option, own] = [NPV, OPTION, LOSS_AVERSE]
            .map(|rule| reservation_rent(rule(spec, capex, forgone), worth, haircut));
        println!("{usd_per_mwh:>10} {npv:>8.3} {option:>8.3} {own:>12.3}");
    }
    Ok(())
}
