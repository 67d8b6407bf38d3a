//! Published costs of attacks, with the inputs that reproduce them and what they leave out.
//! The reasoning stands in docs/VALIDATION.md.

use std::path::PathBuf;

use hashflight::model::attack::attack_proceeds::rental;
use hashflight::model::attack::direct_attack::{
    AttackBasis, DirectCost, DirectTerms, direct_attack_cost, hash_rate_needed,
};
use hashflight::model::attack::supply_curve::RigStock;
use hashflight::units::{
    Efficiency, HashRate, Hashprice, RigPrice, Seconds, Tariff, Usd, UsdPerWatt,
};

const HOUR: Seconds = Seconds(3_600.0);

fn close(value: f64, expected: f64, relative: f64) -> bool {
    (value - expected).abs() <= relative * expected.abs()
}

fn week_long_attack(site_musd_per_mw: f64) -> DirectCost {
    let terms = DirectTerms {
        efficiency: Efficiency::from_j_per_th(18.4),
        price: RigPrice::from_usd_per_th(4.38),
        site_cost: UsdPerWatt::from_musd_per_mw(site_musd_per_mw),
        tariff: Tariff::from_usd_per_mwh(40.0),
        pue: 1.0,
        duration: Seconds::from_days(7.0),
    };
    let honest = HashRate::from_ehs(1_050.0);
    direct_attack_cost(hash_rate_needed(honest, 1.0, AttackBasis::Add), &terms)
}

/// Harvey (2025): 4.6 + 1.34 + 0.13 billion USD for a week at about 1.05 ZH/s added and 4 c/kWh.
/// Hardware and power follow at 4.38 USD/TH and 18.4 J/TH. Sites at 0.07 million USD per MW do
/// too, but builders ask five times as much.
#[test]
fn harvey_2025_follows_with_sites_at_a_fifth_of_what_builders_ask() {
    let cost = week_long_attack(0.0694);
    assert!(close(cost.hardware.0, 4.6e9, 0.01), "{:?}", cost.hardware);
    assert!(close(cost.site.0, 1.34e9, 0.01), "{:?}", cost.site);
    assert!(close(cost.energy.0, 0.13e9, 0.01), "{:?}", cost.energy);
    assert!(close(cost.gross.0, 6.07e9, 0.01));
    assert!(close(cost.power.mw(), 19_320.0, 1e-3));
    let at_builders_price = week_long_attack(0.35);
    assert!(close(at_builders_price.site / cost.site, 5.04, 0.01));
    assert!(close(at_builders_price.gross / cost.gross, 1.89, 0.01));
}

/// Coin Metrics (Nuzzi, Waters and Andrade 2024): about 7 million rigs and 20 billion USD.
/// At the 560 EH/s of February 2024, outpaced by 51 to 49, that is 83 TH/s and 34 USD/TH a
/// rig: 1.7 times the index price of 20 USD/TH, which is what buying a whole stock costs when
/// the log price rises by one. Sites and power are left out.
#[test]
fn coin_metrics_2024_follows_from_the_index_price_and_the_price_impact_of_the_baseline() {
    let needed = hash_rate_needed(HashRate::from_ehs(560.0), 51.0 / 49.0, AttackBasis::Add);
    let per_rig = HashRate(83e12);
    assert!(close(needed / per_rig, 7.0e6, 0.01));
    let index = RigPrice::from_usd_per_th(20.0);
    let stock = RigStock::new(needed, index, 1.0, RigPrice::ZERO, 1.0);
    assert!(close(stock.purchase_cost(needed).0, 20e9, 0.01), "{:?}", stock.purchase_cost(needed));
    let sites = needed * Efficiency::from_j_per_th(30.0) * UsdPerWatt::from_musd_per_mw(0.35);
    assert!(close(sites.0, 6.1e9, 0.01), "left out: {sites:?}");
}

fn daily(day: &str, column: &str) -> Option<f64> {
    let folder = std::env::var_os("HASHFLIGHT_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")),
        PathBuf::from,
    );
    let path = folder.join("btc_daily.csv");
    let Ok(mut reader) = csv::Reader::from_path(&path) else {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    };
    let header = reader.headers().expect("the data have a header").clone();
    let place = header.iter().position(|name| name == column).expect("the column is there");
    let mut rows = reader.records().map(|row| row.expect("rows of the data are well formed"));
    let row = rows.find(|row| &row[0] == day).expect("the day is there");
    Some(row[place].parse().expect("columns of the data are numbers"))
}

/// crypto51 (May 2018): 564,909 USD an hour for the network's 33,633 PH/s. That is what the hash
/// rate earned, less four to nine per cent: rent at parity with hashprice, and no premium for an
/// order as large as the network.
#[test]
fn crypto51_of_2018_is_rent_at_what_the_hash_rate_earned() {
    let hash_rate = HashRate::from_ehs(33.633);
    for day in ["2018-05-26", "2018-05-27", "2018-05-28", "2018-05-29", "2018-05-30"] {
        let Some(hashprice) = daily(day, "hashprice_usd_ph_day") else { return };
        let parity = rental(hash_rate, Hashprice::from_usd_per_ph_day(hashprice), 0.0, HOUR);
        let ratio = 564_909.0 / parity.0;
        assert!((0.91..0.96).contains(&ratio), "{day}: {ratio}");
    }
}

/// Ethereum Classic, 31 July 2020: 12,028 USD an hour was quoted for its hash rate (crypto51), so
/// 144,000 USD for the 12 hours; 192,000 USD (17.5 BTC) were spent (Bitquery). An attack of that
/// size pays a third more than the quote, hence the baseline's rental premium.
#[test]
fn ethereum_classic_2020_cost_a_third_more_than_its_quoted_flow() {
    // 4 TH/s of Ethash at the hashprice that the quote implies.
    let (hash_rate, quote) = (HashRate(4e12), Usd(12_028.0));
    let hashprice = quote / (hash_rate * HOUR);
    let flow = |premium| rental(hash_rate, hashprice, premium, HOUR * 12.0);
    assert!(close(flow(0.0).0, 144_000.0, 0.005), "{:?}", flow(0.0));
    let premium = 192_000.0 / flow(0.0).0 - 1.0;
    assert!(close(premium, 0.33, 0.01), "{premium}");
    assert!(close(flow(0.3).0, 192_000.0, 0.03), "the baseline's premium");
}
