use hashflight::simulation::{Setup, run};
fn main() {
    let mut setup: Setup =
        serde_json::from_str(&std::fs::read_to_string("/tmp/setup_halving.json").unwrap()).unwrap();
    setup.miners.population.count = 2000;
    for a in std::env::args().skip(1) {
        let (k, v) = a.split_once('=').unwrap();
        let v: f64 = v.parse().unwrap();
        match k {
            "rate" => setup.miners.investment.monthly_rate = v,
            "cap" => setup.market.rigs.capacity_ehs_per_month = v,
            "pipe" => setup.miners.population.pipeline_ehs_per_month = v,
            "hurdle" => setup.miners.investment.hurdle_months = v,
            _ => panic!(),
        }
    }
    let r = hashflight::market::replay::load(
        std::path::Path::new("/work/shared/data/history.csv"),
        1713571200 / 86400,
        528,
    )
    .unwrap();
    setup.market.price.replay_usd = r.price_usd;
    setup.market.fees.replay_btc = r.fee_btc;
    let hist: std::collections::BTreeMap<i64, f64> =
        serde_json::from_str(&std::fs::read_to_string("/tmp/hist.json").unwrap()).unwrap();
    let t = run(&setup, 1, 0, false);
    let mut sums = (0.0, 0.0, 0);
    for (i, rec) in t.records.iter().enumerate() {
        let h = *hist.range(..=(rec.day as i64)).next_back().unwrap().1;
        sums.0 += rec.hash_rate.ehs();
        sums.1 += h;
        sums.2 += 1;
        if i % 4 == 0 {
            println!(
                "{:4} sim {:7.1} hist {:7.1} diff {:5.1}% price {:8.0} hp {:5.1} new {:5.2} used {:5.2} idle {:6.1} stock {:6.1} deliv {:6.1} eff {:5.2} vac {:6.0} margin {:.2} insolv {}",
                rec.day,
                rec.hash_rate.ehs(),
                h,
                100.0 * (rec.hash_rate.ehs() / h - 1.0),
                rec.btc_price.0,
                rec.hashprice.usd_per_ph_day(),
                rec.rig_price_new.usd_per_th(),
                rec.rig_price_used.usd_per_th(),
                rec.idle_on_site.ehs(),
                rec.idle_stock.ehs(),
                rec.in_delivery.ehs(),
                rec.fleet_efficiency_j_per_th,
                rec.vacant_power.mw(),
                rec.mining_margin,
                rec.insolvencies
            );
        }
    }
    println!(
        "mean sim {:.1} hist {:.1} ratio {:.3}",
        sums.0 / sums.2 as f64,
        sums.1 / sums.2 as f64,
        sums.0 / sums.1
    );
}
