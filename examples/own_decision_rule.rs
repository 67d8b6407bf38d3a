//! A decision rule of one's own beside two of the model's: the lowest rent at which a mining hall would be
//! turned over to AI, by the model's own equations and the baseline's numbers. A run takes none but the
//! rules that a file can name; docs/extending.md says what a new one touches.
//!
//! `cargo run --example own_decision_rule`

use std::error::Error;

use hashflight::model::chain::hashprice::margin_per_hash;
use hashflight::model::hosting::reservation::{
    Capital, LeaseTerms, asked_by_net_value, asked_by_option, cost_at_delivery,
    forgone_by_retrofit, growth_option, machines_value, reservation_rent, risk_adjusted_rate,
    value_of_rent,
};
use hashflight::study::experiment::document::Document;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::units::{DAY, DAYS_PER_YEAR, Efficiency, HashRate, Hashprice, Tariff};
use hashflight::world::miners::conversion::offers::lease_for_mining;
use hashflight::world::miners::spec::ConversionSpec;
use hashflight::world::simulation::Setup;

/// What a lease must be worth to a campus that spends `cost` and gives up `forgone` of mining, both in
/// million USD per IT MW.
type Rule = fn(spec: &ConversionSpec, cost: f64, forgone: f64) -> f64;

/// One's own: what is given up is a loss, and weighs 2.25 times (Tversky and Kahneman 1992).
const LOSS_AVERSE: Rule = |_, cost, forgone| cost + 2.25 * forgone;
/// Net present value with a margin.
const NPV: Rule = |spec, cost, forgone| asked_by_net_value(cost, forgone, 0.0, spec.npv_hurdle);
/// The value of waiting (McDonald and Siegel 1986).
const OPTION: Rule =
    |spec, cost, forgone| asked_by_option(cost, forgone, 0.0, &lease_for_mining(spec));

/// Mining given up with machines of 20 J/TH that are sold for nothing, million USD per IT MW.
fn mining(setup: &Setup, tariff: Tariff) -> f64 {
    let (spec, plans) = (&setup.ai.conversion, &setup.miners.investment);
    let (rig, pue) = (Efficiency::from_j_per_th(20.0), setup.miners.operation.pue);
    let uptime = setup.miners.operation.uptime;
    let margin = margin_per_hash(Hashprice::from_usd_per_ph_day(50.0), rig, tariff, pue);
    // Dollars of a watt are million dollars of a megawatt.
    let yearly = (HashRate(1.0 / (rig.0 * pue)) * DAY * margin).0 * DAYS_PER_YEAR * uptime;
    let rate =
        risk_adjusted_rate(spec.mining_discount_rate, spec.risk_aversion, spec.mining_volatility);
    let life = plans.rig_life_years * spec.remaining_life_share;
    let machines = machines_value(yearly, rate, plans.expected_annual_decline, life);
    let long_run = spec.long_run_tariff_usd_per_mwh - tariff.usd_per_mwh();
    let spread = spec.long_run_margin_sd_usd_per_mwh;
    let growth = growth_option(long_run, spread, 8760.0 * uptime, rate);
    forgone_by_retrofit(machines, 0.0, growth, (rate, life), spec.it_over_utility)
}

fn main() -> Result<(), Box<dyn Error>> {
    let setup = Experiment::resolve(Document::baseline()?, &Overrides::default())?.base;
    let (spec, demand) = (&setup.ai.conversion, &setup.ai.demand);
    let late = (1.0 - spec.on_time_probability) * spec.slip_months;
    let lease = LeaseTerms {
        delay_years: (spec.retrofit_months + late) / 12.0,
        term_years: 15.0,
        escalator: demand.escalator,
        noi_margin: demand.noi_margin,
        success: 1.0 - spec.failure_probability,
        default_rate: demand.default_backed_per_year,
        volatility: spec.lease_volatility,
    };
    let capital = Capital {
        loan_to_cost: spec.loan_to_cost,
        debt_rate: spec.debt_rate,
        equity_return: spec.equity_return,
    };
    let worth = value_of_rent(&lease, &capital, spec.risk_aversion);
    let cost = cost_at_delivery(
        spec.retrofit_capex_musd,
        spec.backing_cost_musd,
        spec.tenant_funded_share,
        capital.rate(),
        lease.delay_years,
    );
    println!("Lowest rent, million USD per IT MW and year, at a hashprice of 50 USD/PH/day");
    println!("{:>10} {:>8} {:>8} {:>12}", "USD/MWh", "NPV", "option", "loss-averse");
    for usd_per_mwh in [20.0, 40.0, 60.0, 80.0, 100.0] {
        let forgone = mining(&setup, Tariff::from_usd_per_mwh(usd_per_mwh));
        let [npv, option, own] = [NPV, OPTION, LOSS_AVERSE]
            .map(|rule| reservation_rent(rule(spec, cost, forgone), worth));
        println!("{usd_per_mwh:>10} {npv:>8.3} {option:>8.3} {own:>12.3}");
    }
    Ok(())
}
