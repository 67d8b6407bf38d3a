//! Security observers against published tables, closed forms and reason.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hashflight::model::attack::{Offer, Origin, Purchase, Terms, cheapest_attack};
use hashflight::model::concentration::{Concentration, Control, measures, nakamoto};
use hashflight::model::direct_attack::{
    Basis, DirectCost, DirectTerms, direct_attack_cost, hash_rate_needed,
};
use hashflight::model::efficiency_bins::{BINS, HashRateByBin, RigPriceByBin, bin_of};
use hashflight::model::ranking::Ranking;
use hashflight::security::{NetworkView, Scratch, SecurityRecord, Spec, observe};
use hashflight::units::{
    Btc, BtcPrice, Efficiency, HashRate, Hashprice, Power, RigPrice, Seconds, Tariff, UsdPerWatt,
};
use proptest::prelude::*;

/// A network of about the size of late 2025.
#[derive(Clone, Debug)]
struct Network {
    owners: Vec<f64>,
    pools: Vec<HashRate>,
    templates: Vec<u8>,
    regions: Vec<HashRate>,
    idle_on_site: HashRateByBin,
    displaced: HashRateByBin,
    used_price: RigPriceByBin,
    new_price: RigPrice,
    honest: HashRate,
}

impl Network {
    fn late_2025() -> Self {
        let mut idle_on_site = [HashRate::ZERO; BINS];
        let mut displaced = [HashRate::ZERO; BINS];
        for (bin, share) in (14..24).zip(1..) {
            idle_on_site[bin] = HashRate::from_ehs(f64::from(share));
            displaced[bin] = HashRate::from_ehs(f64::from(share) / 2.0);
        }
        let used_price = std::array::from_fn(|bin| {
            RigPrice::from_usd_per_th((12.0 - 0.4 * bin as f64).max(2.0))
        });
        Self {
            owners: vec![180e18, 90e18, 60e18, 0.0, 730e18],
            pools: [330.0, 210.0, 250.0, 170.0, 100.0].map(HashRate::from_ehs).to_vec(),
            templates: vec![0, 1, 2, 1, 1],
            regions: [400.0, 360.0, 300.0].map(HashRate::from_ehs).to_vec(),
            idle_on_site,
            displaced,
            used_price,
            new_price: RigPrice::from_usd_per_th(12.0),
            honest: HashRate::from_ehs(1_060.0),
        }
    }

    fn dead() -> Self {
        let mut network = Self::late_2025();
        network.honest = HashRate::ZERO;
        network.owners.fill(0.0);
        network.pools.fill(HashRate::ZERO);
        network.regions.fill(HashRate::ZERO);
        network
    }

    fn view(&self) -> NetworkView<'_> {
        NetworkView {
            honest: self.honest,
            by_owner: &self.owners,
            by_pool: &self.pools,
            pool_template: &self.templates,
            by_region: &self.regions,
            idle_on_site: &self.idle_on_site,
            displaced: &self.displaced,
            used_price: &self.used_price,
            remaining_earnings: RigPrice::from_usd_per_th(30.0),
            new_price: self.new_price,
            new_efficiency: Efficiency::from_j_per_th(15.0),
            delivery_per_day: HashRate::from_ehs(1.0),
            delivery_lag: Seconds::from_days(90.0),
            hashprice: Hashprice::from_usd_per_ph_day(50.0),
            btc_price: BtcPrice(114_000.0),
            subsidy: Btc(3.125),
            fees: Btc(0.025),
            blocks_per_day: 144.0,
            fleet_efficiency: Efficiency::from_j_per_th(20.0),
            mean_tariff: Tariff::from_usd_per_mwh(45.0),
            pue: 1.05,
        }
    }

    fn observed(&self, spec: &Spec) -> SecurityRecord {
        observe(spec, &self.view(), &mut Scratch::with_capacity(self.owners.len()))
    }
}

fn spec() -> Spec {
    Spec {
        ratio: 1.0,
        duration_days: 7.0,
        preparation_days: 365.0,
        tariff_usd_per_mwh: 50.0,
        site_cost_musd_per_mw: 0.35,
        site_mw_per_day: 20.0,
        operations_share: 0.2,
        price_impact: 0.5,
        buyout_premium: 0.25,
        rental_premium: 0.3,
        price_fall: 0.4,
        resale_share: 0.5,
    }
}

fn close(value: f64, expected: f64, relative: f64) -> bool {
    (value - expected).abs() <= relative * expected.abs()
}

#[test]
fn the_items_sum_to_the_totals() {
    let record = Network::late_2025().observed(&spec());
    let hardware = record.attack_idle + record.attack_used + record.attack_new;
    let gross = hardware + record.attack_site + record.attack_energy + record.attack_operations;
    assert!(close(record.attack_hardware.0, hardware.0, 1e-12));
    assert!(close(record.attack_gross.0, gross.0, 1e-12));
    let net = gross - record.attack_rewards - record.attack_resale;
    assert!(close(record.attack_net.0, net.0, 1e-12));
    assert!(close(record.attack_operations.0, 0.2 * record.attack_energy.0, 1e-12));
    assert!(close(record.attack_resale.0, hardware.0 * 0.5 * 0.6, 1e-12));
    let rewards = 3.15 * 114_000.0 * 144.0 * 7.0 * 0.5 * 0.6;
    assert!(close(record.attack_rewards.0, rewards, 1e-12));
    assert!([record.attack_idle, record.attack_used, record.attack_new].iter().all(|c| c.0 > 0.0));
}

#[test]
fn renting_the_network_for_a_day_costs_its_revenue_and_the_premium() {
    let record = Network::late_2025().observed(&spec());
    let day = 24.0 * record.attack_rental_per_hour.0;
    assert!(close(day, 1_060_000.0 * 50.0 * 1.3, 1e-9));
}

#[test]
fn the_idle_ratio_counts_machines_on_site_and_in_stock() {
    let record = Network::late_2025().observed(&spec());
    assert!(close(record.idle_attack_ratio, 55.0 * 1.5 / 1_060.0, 1e-9));
}

#[test]
fn a_dead_network_leaves_finite_numbers() {
    let mut network = Network::dead();
    for stock in [HashRate::from_ehs(1.0), HashRate::ZERO] {
        network.idle_on_site.fill(stock);
        network.displaced.fill(stock);
        let record = network.observed(&spec());
        let numbers = format!("{record:?}");
        assert!(!numbers.contains("NaN") && !numbers.contains("inf"), "{numbers}");
        assert!(record.attack_gross.0.abs() < 1e-9 && record.attack_rewards.0.abs() < 1e-9);
    }
}

#[test]
fn an_empty_view_is_observed_without_panic() {
    let mut network = Network::dead();
    network.owners.clear();
    network.pools.clear();
    network.templates.clear();
    network.regions.clear();
    assert!(network.observed(&spec()).nakamoto_owner.abs() < f64::EPSILON);
}

#[test]
fn pools_that_share_a_template_count_as_one() {
    let record = Network::late_2025().observed(&spec());
    let counted = [
        record.nakamoto_owner,
        record.nakamoto_pool,
        record.nakamoto_proxy,
        record.nakamoto_region,
    ];
    assert_eq!(counted.map(|count| count as u32), [1, 2, 2, 2]);
    let mut merged = Network::late_2025();
    merged.templates[0] = 1;
    assert!((merged.observed(&spec()).nakamoto_proxy - 1.0).abs() < f64::EPSILON);
}

#[test]
fn the_buffers_carry_nothing_from_one_day_to_the_next() {
    let (first, second) = (Network::late_2025(), Network::dead());
    let mut scratch = Scratch::with_capacity(5);
    let fresh = first.observed(&spec());
    let _ = observe(&spec(), &first.view(), &mut scratch);
    let _ = observe(&spec(), &second.view(), &mut scratch);
    assert_eq!(observe(&spec(), &first.view(), &mut scratch), fresh);
}

#[test]
fn time_to_attack_is_the_slower_of_makers_and_builders() {
    let network = Network::late_2025();
    let days =
        |site_mw_per_day| network.observed(&Spec { site_mw_per_day, ..spec() }).time_to_attack_days;
    assert!(close(days(2.0), 2.0 * days(4.0), 1e-9));
    assert!(days(1e6) > 90.0 && days(1e6) <= 365.0 + 1e-6);
    assert!(close(days(1e6), days(1e9), 1e-12));
}

#[test]
fn without_time_to_prepare_nothing_new_is_bought() {
    let record = Network::late_2025().observed(&Spec { preparation_days: 60.0, ..spec() });
    assert!(record.attack_new.0.abs() < f64::EPSILON);
    assert!(record.attack_used.0 > 0.0);
}

fn terms(impact: f64, ratio: f64) -> Terms {
    Terms {
        ratio,
        duration: Seconds::from_days(7.0),
        site_cost: UsdPerWatt::from_musd_per_mw(0.35),
        site_power_per_day: Power::from_mw(20.0),
        pue: 1.04,
        operations_share: 0.0,
        price_impact: impact,
    }
}

fn offer(origin: Origin, ehs: f64, usd_per_th: f64) -> Offer {
    Offer {
        origin,
        stock: HashRate::from_ehs(ehs),
        price: RigPrice::from_usd_per_th(usd_per_th),
        efficiency: Efficiency::from_j_per_th(18.4),
        tariff: Tariff::from_usd_per_mwh(40.0),
    }
}

fn direct(honest: HashRate, basis: Basis, terms: &Terms) -> DirectCost {
    let machine = DirectTerms {
        efficiency: Efficiency::from_j_per_th(18.4),
        price: RigPrice::from_usd_per_th(4.38),
        site_cost: terms.site_cost,
        tariff: Tariff::from_usd_per_mwh(40.0),
        pue: terms.pue,
        duration: terms.duration,
    };
    direct_attack_cost(hash_rate_needed(honest, terms.ratio, basis), &machine)
}

#[test]
fn one_source_without_impact_costs_what_the_closed_form_says() {
    let (honest, terms) = (HashRate::from_ehs(1_050.0), terms(0.0, 1.0));
    let offers = [offer(Origin::Displaced, 5_000.0, 4.38)];
    let bill = cheapest_attack(honest, &offers, &terms, &mut Purchase::default());
    let expected = direct(honest, Basis::Add, &terms);
    assert!(close(bill.hardware().0, expected.hardware.0, 1e-9));
    assert!(close(bill.site.0, expected.site.0, 1e-9));
    assert!(close(bill.energy.0, expected.energy.0, 1e-9));
    assert!(close(bill.gross().0, expected.gross.0, 1e-9));
    assert!(close(bill.site_power.0, expected.power.0, 1e-9));
}

/// Harvey (2025): 4.6 bn hardware, 1.34 bn sites, 0.13 bn a week of power for about 1.05 ZH/s at
/// 4 c/kWh. Hardware and power follow at 4.38 USD/TH and 18.4 J/TH. His sites do not: 19.3 GW at
/// 0.35 million USD per MW cost five times as much; his total needs 0.07.
#[test]
fn harveys_hardware_and_power_follow_and_his_sites_are_five_times_too_cheap() {
    let terms = Terms { pue: 1.0, ..terms(0.0, 1.0) };
    let cost = direct(HashRate::from_ehs(1_050.0), Basis::Add, &terms);
    assert!(close(cost.hardware.0, 4.6e9, 0.01));
    assert!(close(cost.energy.0, 0.13e9, 0.01));
    assert!(close(cost.site.0 / 1.34e9, 5.05, 0.01));
    assert!(close(cost.power.mw(), 19_320.0, 1e-3));
}

#[test]
fn converting_half_costs_half_of_adding_a_whole() {
    let (honest, terms) = (HashRate::from_ehs(1_050.0), terms(0.0, 1.0));
    let [add, convert] = [Basis::Add, Basis::Convert].map(|b| direct(honest, b, &terms).gross);
    assert!(close(add.0, 2.0 * convert.0, 1e-12));
}

#[test]
fn buying_out_the_honest_side_alone_takes_the_converted_share_of_it() {
    for ratio in [1.0, 1.5] {
        let (honest, terms) = (HashRate::from_ehs(1_000.0), terms(0.7, ratio));
        let offers = [offer(Origin::Running, 1_000.0, 20.0)];
        let bill = cheapest_attack(honest, &offers, &terms, &mut Purchase::default());
        let needed = hash_rate_needed(honest, ratio, Basis::Convert);
        assert!(close(bill.hash_rate.0, needed.0, 1e-9));
        assert!(bill.site.0.abs() < f64::EPSILON);
    }
}

#[test]
fn the_attacker_outpaces_what_is_left_of_the_honest_side() {
    let honest = HashRate::from_ehs(1_000.0);
    let offers = [
        offer(Origin::IdleOnSite, 100.0, 3.0),
        offer(Origin::Displaced, 100.0, 3.0),
        offer(Origin::Running, 1_000.0, 20.0),
        offer(Origin::New, 300.0, 16.0),
    ];
    for ratio in [0.8, 1.0, 1.3] {
        let mut purchase = Purchase::default();
        let terms = terms(0.5, ratio);
        let bill = cheapest_attack(honest, &offers, &terms, &mut purchase);
        let left = honest - purchase.bought()[2];
        assert!(close(bill.hash_rate.0, ratio * left.0, 1e-9));
        assert!(bill.shortfall.0.abs() < f64::EPSILON);
        for (offer, &bought) in offers.iter().zip(purchase.bought()) {
            let marginal = terms.source(offer).marginal_cost(bought);
            let relative = marginal / bill.shadow_price - 1.0;
            assert!(bought.0 <= 0.0 || bought.0 >= offer.stock.0 || relative.abs() < 1e-6);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn more_idle_machines_never_make_the_attack_dearer(
        bin in 0..BINS, ehs in 0.0..500.0_f64, on_site in any::<bool>(), impact in 0.0..2.0_f64
    ) {
        let spec = Spec { price_impact: impact, ..spec() };
        let before = Network::late_2025();
        let mut after = before.clone();
        let stock = if on_site { &mut after.idle_on_site } else { &mut after.displaced };
        stock[bin] += HashRate::from_ehs(ehs);
        let [before, after] = [before, after].map(|network| network.observed(&spec));
        prop_assert!(after.attack_gross.0 <= before.attack_gross.0 * (1.0 + 1e-9));
        prop_assert!(after.idle_attack_ratio >= before.idle_attack_ratio);
    }

    #[test]
    fn dearer_new_machines_never_make_the_attack_cheaper(factor in 1.0..5.0_f64) {
        let mut dearer = Network::late_2025();
        dearer.new_price = dearer.new_price * factor;
        let before = Network::late_2025().observed(&spec()).attack_gross;
        prop_assert!(dearer.observed(&spec()).attack_gross.0 >= before.0 * (1.0 - 1e-9));
    }

    #[test]
    fn more_time_to_prepare_never_makes_the_attack_dearer(
        days in 0.0..700.0_f64, more in 0.0..700.0_f64
    ) {
        let network = Network::late_2025();
        let [short, long] = [days, days + more].map(|preparation_days| {
            network.observed(&Spec { preparation_days, ..spec() }).attack_gross
        });
        prop_assert!(long.0 <= short.0 * (1.0 + 1e-9));
    }

    #[test]
    fn buying_out_alone_is_never_cheaper_than_the_cheapest_mix(
        ratio in 0.5..2.0_f64, impact in 0.0..2.0_f64
    ) {
        let spec = Spec { ratio, price_impact: impact, ..spec() };
        let record = Network::late_2025().observed(&spec);
        prop_assert!(record.attack_convert.0 >= record.attack_gross.0 * (1.0 - 1e-9));
    }
}

/// A file of the public history, or nothing and a loud note when it is not there.
fn history(name: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let folder = std::env::var_os("HASHFLIGHT_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")),
        PathBuf::from,
    );
    let path = folder.join(name);
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    };
    Some(reader.deserialize().map(|row| row.expect("rows of the data are well formed")).collect())
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().expect("columns of the data are numbers")
}

/// Entities of the full file 2018 to 2023, which the published Gini and Theil indices count.
const POPULATION: usize = 236;

#[test]
fn every_published_day_of_2018_to_2020_is_reproduced() {
    let (Some(blocks), Some(published)) =
        (history("pool_blocks_daily_2018_2020.csv"), history("edi_metrics_daily_2018_2020.csv"))
    else {
        return;
    };
    let mut by_day: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in &blocks {
        by_day.entry(row["date"].clone()).or_default().push(number(row, "blocks"));
    }
    let mut ranking = Ranking::default();
    for row in &published {
        let ranked = ranking.rank(by_day[&row["date"]].iter().copied());
        let measured = measures(ranked, Control::MAJORITY, POPULATION);
        assert_eq!(nakamoto(ranked, Control::TAU).to_string(), row["tau"], "{row:?}");
        assert_published(&measured, row);
    }
    assert_eq!(published.len(), 1_096);
}

/// The file has eight significant digits.
fn assert_published(measured: &Concentration, row: &BTreeMap<String, String>) {
    assert_eq!(measured.nakamoto.to_string(), row["nc"], "{row:?}");
    let pairs = [
        (measured.hhi, "hhi"),
        (measured.shannon_bits, "entropy"),
        (measured.gini, "gini"),
        (measured.theil, "theil"),
        (measured.top1_share, "mpr"),
    ];
    for (value, column) in pairs {
        assert!(close(value, number(row, column), 6e-8), "{column}: {value} in {row:?}");
    }
}

#[test]
fn the_fixture_prices_its_running_fleet_by_what_it_earns() {
    let network = Network::late_2025();
    let view = network.view();
    assert!(view.remaining_earnings > network.used_price[bin_of(view.fleet_efficiency)]);
}
