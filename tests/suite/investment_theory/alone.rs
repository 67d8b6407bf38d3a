//! One owner with one campus, in a market whose rent stands still: the rent from which it signs, found by halving
//! through the world's own tenders, offers and awards, against triggers worked out here.

use super::{exchange_trigger, first_yes};
use crate::signs_hosting::ask_for_offers;
use crate::support::{Change, UNNAMED, setup};
use hashflight::world::market::state::AiDemand;
use hashflight::world::miners::conversion::leases::Leases;
use hashflight::world::miners::conversion::offers::Offer;
use hashflight::world::simulation::{Setup, begin, schedule};

const SEED: u64 = 20_251_001;

/// One campus; tenders that differ in nothing, several a day; a tenant that looks at rent alone, and pays the market's;
/// places that do not differ; machines that earn nothing, so that what mining is given up is the right to mine.
const LONE: [Change<'static>; 43] = [
    UNNAMED,
    ("miners.population.count", "1"),
    ("miners.population.unnamed_owners", "1"),
    ("miners.population.hash_rate_ehs", "10"),
    ("miners.population.past_hash_rate_ehs", "[6, 4, 2, 1]"),
    ("miners.population.gpu_operator_share", "0"),
    ("miners.treasury.initial_cash_days", "3000"),
    ("market.price.initial_usd", "1000"),
    ("market.price.process", "gbm"),
    ("market.price.annual_volatility", "0"),
    ("market.energy.annual_tariff_drift", "0"),
    ("market.energy.stranded_share", "0"),
    ("ai.demand.demand_gw_per_year", "100"),
    ("ai.demand.growth_rate", "0"),
    ("ai.demand.incumbents_growth", "0"),
    ("ai.demand.tender_mean_mw", "20"),
    ("ai.demand.tender_sd_log", "0"),
    ("ai.demand.least_part", "0"),
    ("ai.demand.due_sd_log", "0"),
    ("ai.demand.quality_asked", "0"),
    ("ai.demand.valuation_sd_log", "0"),
    ("ai.demand.month_cost_musd", "0"),
    ("ai.demand.quality_cost_musd", "0"),
    ("ai.demand.record_value_musd", "0"),
    ("ai.demand.gpu_cloud_share", "0"),
    ("ai.demand.rent_level_sd_log", "0"),
    ("ai.demand.bust_per_year", "0"),
    ("ai.demand.term_years", "[15]"),
    ("ai.demand.term_probability", "[1]"),
    ("ai.demand.backed_share", "1"),
    ("ai.conversion.min_hall_mw", "0.01"),
    ("ai.conversion.capex_sd_log", "0"),
    ("ai.conversion.capex_quality_slope", "0"),
    ("ai.conversion.months_sd_log", "0"),
    ("ai.conversion.long_run_margin_sd_usd_per_mwh", "0"),
    ("ai.conversion.long_run_tariff_usd_per_mwh", "0"),
    ("ai.conversion.npv_hurdle", "0"),
    ("ai.conversion.rule", "npv"),
    ("ai.conversion.pipeline_growth", "0"),
    ("ai.demand.incumbents_elasticity", "1"),
    ("ai.demand.demand_elasticity", "1"),
    ("market.energy.carbon_price_usd_per_t", "0"),
    ("ai.demand.tariff_slope", "0"),
];

fn lone(changes: &[Change]) -> Setup {
    let mut setup = setup(&[&LONE[..], changes].concat());
    for region in &mut setup.market.regions {
        region.ai_readiness = 1.0;
    }
    setup
}

/// What the campus answers when asked, and its tariff, USD per MWh.
fn offer(setup: &Setup) -> (f64, Offer) {
    let mut setup = setup.clone();
    setup.ai.demand.tender_share = 0.0;
    let mut world = begin(&setup, SEED, 0);
    schedule::day().run(&mut world);
    let offers = ask_for_offers(&mut world);
    assert_eq!(offers.len(), 1, "one campus with one route: {offers:?}");
    offers[0]
}

/// Whether it has signed after two days of tenders at a market rent, million USD per IT MW and year.
fn signs(setup: &Setup, rent_musd: f64) -> bool {
    let mut setup = setup.clone();
    setup.ai.demand.market_rent_musd = rent_musd;
    let mut world = begin(&setup, SEED, 0);
    let mut day = schedule::day();
    for _ in 0..2 {
        day.run(&mut world);
    }
    assert!(world.resource::<AiDemand>().asked.mw() > 0.0, "no tender came");
    !world.resource::<Leases>().all.is_empty()
}

/// The market rent from which it signs.
fn least_rent(setup: &Setup) -> f64 {
    first_yes(0.0, 50.0, 45, |rent| signs(setup, rent))
}

/// Integral of e^(−rate·t) from 0 to `years` by Simpson's rule.
fn discounted(rate: f64, years: f64) -> f64 {
    let n = 2_000;
    let step = years / f64::from(n);
    let sum: f64 = (0..=n)
        .map(|k| {
            let weight = if k == 0 || k == n { 1.0 } else { 2.0 + 2.0 * f64::from(k % 2) };
            weight * libm::exp(-rate * step * f64::from(k))
        })
        .sum();
    sum * step / 3.0
}

/// What a hall costs, what it makes the owner give up and what a dollar of rent is worth: million USD per IT MW, from
/// the parameters.
struct Stakes {
    cost: f64,
    forgone: f64,
    dollar: f64,
}

fn stakes(setup: &Setup, tariff: f64) -> Stakes {
    let (ai, terms) = (&setup.ai.conversion, &setup.ai.demand);
    let debt_rate = ai.debt_rate + ai.private_debt_spread;
    let rate = ai.loan_to_cost * debt_rate + (1.0 - ai.loan_to_cost) * ai.equity_return;
    let delay = (ai.retrofit_months + (1.0 - ai.on_time_probability) * ai.slip_months) / 12.0;
    let paid =
        (ai.retrofit_capex_musd + ai.backing_cost_musd) * (1.0 - 0.5 * ai.tenant_funded_share);
    let risk = |volatility: f64| 0.5 * ai.risk_aversion * volatility * volatility;
    let flow = rate + risk(ai.lease_volatility) + terms.default_backed_per_year - terms.escalator;
    let mining_rate = ai.mining_discount_rate + risk(ai.mining_volatility);
    let mining = &setup.miners;
    let hours = 8760.0 * mining.operation.uptime;
    let margin = (ai.long_run_tariff_usd_per_mwh - tariff).max(0.0);
    let for_good = margin * hours / 1e6 / mining_rate;
    let worn = mining.investment.rig_life_years * ai.remaining_life_share;
    Stakes {
        cost: paid * discounted(rate, delay) / delay,
        forgone: for_good * libm::exp(-mining_rate * worn) / ai.it_over_utility,
        dollar: (1.0 - ai.failure_probability)
            * terms.noi_margin
            * libm::exp(-rate * delay)
            * discounted(flow, 15.0),
    }
}

/// Variance of V over K + F, of which F alone moves with mining.
fn variance(setup: &Setup, stakes: &Stakes) -> f64 {
    let ai = &setup.ai.conversion;
    let given = ai.mining_volatility * stakes.forgone / (stakes.cost + stakes.forgone);
    let lease = ai.lease_volatility;
    lease * lease + given * given - 2.0 * ai.correlation * lease * given
}

fn assert_close(what: &str, found: f64, wanted: f64) {
    println!("{what}: {found:.9}, theory {wanted:.9}");
    assert!((found / wanted - 1.0).abs() < 1e-8, "{what}: {found}, theory {wanted}");
}

/// Long-run tariffs at which mining earns nothing: below the campus's own, so that nothing is given up, and above.
const RIGHTS: [&str; 2] = ["0", "150"];

/// Marshall's trigger: a lease is worth what it costs, no more.
#[test]
fn a_miner_alone_signs_by_npv_where_a_lease_is_worth_what_is_given_up() {
    for right in RIGHTS {
        for hurdle in ["0", "0.25"] {
            let changes = [
                ("ai.conversion.long_run_tariff_usd_per_mwh", right),
                ("ai.conversion.npv_hurdle", hurdle),
            ];
            let setup = lone(&changes);
            let (tariff, offer) = offer(&setup);
            let stakes = stakes(&setup, tariff);
            let margin = 1.0 + setup.ai.conversion.npv_hurdle;
            let theory = (stakes.cost * margin + stakes.forgone) / stakes.dollar;
            assert_eq!(stakes.forgone > 0.0, right != "0");
            assert_close("npv asks for", offer.rent_musd, theory);
            assert_close("npv signs at", least_rent(&setup), theory);
        }
    }
}

/// McDonald and Siegel's trigger: Marshall's times b/(b − 1), at several volatilities of the lease. Its control is in
/// the numbers: beyond Marshall's trigger by a premium that grows with volatility.
#[test]
fn a_miner_alone_signs_by_the_option_at_mcdonald_and_siegels_trigger() {
    for right in RIGHTS {
        let mut last = 1.0;
        for volatility in ["0.05", "0.15", "0.4"] {
            let setup = lone(&[
                ("ai.conversion.long_run_tariff_usd_per_mwh", right),
                ("ai.conversion.lease_volatility", volatility),
                ("ai.conversion.rule", "real_option"),
            ]);
            let (tariff, offer) = offer(&setup);
            let stakes = stakes(&setup, tariff);
            let payout = setup.ai.conversion.equity_return;
            let premium = exchange_trigger(variance(&setup, &stakes), payout, payout);
            let marshall = (stakes.cost + stakes.forgone) / stakes.dollar;
            assert!(premium > last, "{premium} after {last}");
            assert_close("the option asks for", offer.rent_musd, premium * marshall);
            assert_close("the option signs at", least_rent(&setup), premium * marshall);
            last = premium;
        }
    }
}
