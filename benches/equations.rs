//! Time of single equations: `cargo bench --bench equations`; with `-- --test` each runs once.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use hashflight::model::attack::attack_offer::{AttackOffer, OfferOrigin, Running};
use hashflight::model::attack::double_spend::{Formula, double_spend};
use hashflight::model::attack::majority::{AttackTerms, Purchase, cheapest_attack};
use hashflight::model::attack::optimal_selfish_mining::{PUBLISHED_BRANCH, optimal_revenue};
use hashflight::model::attack::site_supply::SiteSupply;
use hashflight::model::concentration::indices::{Control, concentration};
use hashflight::numerics::ranking::Ranking;
use hashflight::units::{Efficiency, HashRate, Power, RigPrice, Seconds, Tariff, UsdPerWatt};

fn races(criterion: &mut Criterion) {
    for confirmations in [6, 10_000] {
        for formula in [Formula::Exact, Formula::Nakamoto, Formula::Rosenfeld] {
            let name = format!("double spend, {formula:?}, {confirmations} confirmations");
            criterion.bench_function(&name, |bench| {
                bench.iter(|| double_spend(formula, black_box(0.49), black_box(confirmations)));
            });
        }
    }
    criterion.bench_function("optimal selfish mining, 0.4", |bench| {
        bench.iter(|| optimal_revenue(black_box(0.4), black_box(0.0), PUBLISHED_BRANCH));
    });
}

/// Sixty stocks of rigs: four origins, fifteen efficiencies.
fn offers() -> Vec<AttackOffer> {
    let origins =
        [OfferOrigin::IdleOnSite, OfferOrigin::Displaced, OfferOrigin::Running, OfferOrigin::New];
    let kinds = origins.iter().flat_map(|origin| (0..15).map(move |class| (*origin, class)));
    kinds
        .map(|(origin, class)| AttackOffer {
            origin,
            stock: HashRate::from_ehs(20.0 + f64::from(class)),
            price: RigPrice::from_usd_per_th(20.0 - f64::from(class)),
            impact: 0.5,
            efficiency: Efficiency::from_j_per_th(14.0 + 2.0 * f64::from(class)),
            tariff: Tariff::from_usd_per_mwh(45.0),
        })
        .collect()
}

fn attack(criterion: &mut Criterion) {
    let terms = AttackTerms {
        ratio: 1.0,
        running: Running { duration: Seconds::from_days(7.0), pue: 1.1, operations_share: 0.1 },
        sites: SiteSupply {
            vacant: Power::from_mw(1_000.0),
            vacant_cost: UsdPerWatt::from_musd_per_mw(0.1),
            buildable: Power::from_mw(20_000.0),
            build_cost: UsdPerWatt::from_musd_per_mw(0.35),
        },
    };
    let (offers, mut purchase) = (offers(), Purchase::with_capacity(60));
    criterion.bench_function("cheapest attack, 60 offers", |bench| {
        bench.iter(|| {
            let honest = black_box(HashRate::from_ehs(1_060.0));
            cheapest_attack(honest, black_box(&offers), &terms, &mut purchase)
        });
    });
}

fn shares(criterion: &mut Criterion) {
    let weights: Vec<f64> = (0..10_000).map(|rank| libm::sin(f64::from(rank)).abs()).collect();
    let mut buffer = Ranking::with_capacity(weights.len());
    criterion.bench_function("concentration, 10,000 weights", |bench| {
        bench.iter(|| {
            let weights = black_box(&weights).iter().copied();
            concentration(weights, Control::MAJORITY, &mut buffer)
        });
    });
}

criterion_group!(equations, races, attack, shares);
criterion_main!(equations);
