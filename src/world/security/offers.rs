//! What an attacker could buy or hire, and on which terms.

use super::layers::largest_template;
use super::{NetworkView, SecuritySpec};
use crate::model::attack::attack_offer::{
    AttackOffer, OfferOrigin, Running, bribe_price, pool_price, rental_price,
};
use crate::model::attack::attack_proceeds::remaining_earnings;
use crate::model::attack::majority::{AttackTerms, deliverable};
use crate::model::attack::site_supply::SiteSupply;
use crate::model::mining::efficiency_bins::{HashRateByBin, bin_of, cost_midpoint, midpoint};
use crate::units::{DAYS_PER_YEAR, HashRate, Hashprice, Power, Seconds, Tariff, UsdPerWatt};

/// What the attacker of the experiment wants and pays, with so long to prepare.
pub(crate) fn terms(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    preparation_days: f64,
) -> AttackTerms {
    AttackTerms {
        ratio: spec.ratio,
        running: Running {
            duration: duration(spec),
            pue: view.pue,
            operations_share: spec.operations_share,
        },
        sites: SiteSupply {
            vacant: view.vacant_power,
            vacant_cost: UsdPerWatt::from_musd_per_mw(spec.vacant_site_cost_musd_per_mw),
            buildable: buildable(spec, preparation_days),
            build_cost: UsdPerWatt::from_musd_per_mw(spec.site_cost_musd_per_mw),
        },
    }
}

/// Sites that can be built in the time to prepare; without a limit where the rate is zero.
fn buildable(spec: &SecuritySpec, preparation_days: f64) -> Power {
    if spec.site_mw_per_day > 0.0 {
        Power::from_mw(spec.site_mw_per_day * preparation_days)
    } else {
        Power(f64::MAX)
    }
}

fn duration(spec: &SecuritySpec) -> Seconds {
    Seconds::from_days(spec.duration_days)
}

/// Every stock of rigs that can be bought, the empty ones left out: running rigs by power
/// cost first, then what stands idle, displaced ones and new ones.
pub(crate) fn to_buy(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    preparation_days: f64,
    offers: &mut Vec<AttackOffer>,
) {
    offers.clear();
    offers.extend(running(spec, view, 1.0));
    offers.extend(idle_and_new(spec, view, preparation_days));
}

/// What can be had where nobody who mines sells, lets or takes a bribe: rigs that stand switched
/// off, displaced ones and new ones. None of the ways to a running rig is open.
pub(crate) fn of_nobody_who_mines(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    preparation_days: f64,
    offers: &mut Vec<AttackOffer>,
) {
    offers.clear();
    offers.extend(idle_and_new(spec, view, preparation_days));
}

/// What can be hired, with no rig bought: the rented, bribed and pooled parts of the running hash
/// rate as in [`to_buy_or_hire`]. Time to prepare changes none of them.
pub(crate) fn to_hire(spec: &SecuritySpec, view: &NetworkView<'_>, offers: &mut Vec<AttackOffer>) {
    offers.clear();
    offers.extend(hired(spec, view, for_sale_or_bound(spec, view)));
}

/// The same with what can be hired. A running rig is either for rent, open to a bribe, bound
/// to its pool, or for sale: the attacker never gets it twice.
pub(crate) fn to_buy_or_hire(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    preparation_days: f64,
    offers: &mut Vec<AttackOffer>,
) {
    let split = for_sale_or_bound(spec, view);
    offers.clear();
    offers.extend(running(spec, view, split.free - split.bound));
    offers.extend(idle_and_new(spec, view, preparation_days));
    offers.extend(hired(spec, view, split));
}

/// Shares of the running hash rate that is neither for rent nor open to a bribe.
#[derive(Clone, Copy)]
struct Split {
    /// All of it.
    free: f64,
    /// The part that stays with the largest group of pools.
    bound: f64,
    /// Fee of that group.
    fee: f64,
}

fn for_sale_or_bound(spec: &SecuritySpec, view: &NetworkView<'_>) -> Split {
    let free = (1.0 - spec.rentable_share - spec.bribable_share).max(0.0);
    let pool = largest_template(view);
    Split { free, bound: free * pool.share * spec.pool_stay_share, fee: pool.fee }
}

/// The rented, bribed and pooled parts of the running hash rate.
fn hired(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    split: Split,
) -> impl Iterator<Item = AttackOffer> {
    let staying = split.free * spec.pool_stay_share;
    rented(spec, view)
        .into_iter()
        .chain(bribed(spec, view, spec.bribable_share))
        .chain(pool_members(spec, view, split.bound, (staying, split.fee)))
}

/// Running rigs whose miners are bribed: `share` of each class of power cost.
pub(crate) fn bribed(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    share: f64,
) -> impl Iterator<Item = AttackOffer> {
    by_cost(view, share, OfferOrigin::Bribed).map(|(cost, offer)| AttackOffer {
        price: bribe_price(
            view.hashprice,
            duration(spec),
            remaining_earnings(view.hashprice, cost, view.earning_years),
            spec.bribe_internalised,
            spec.success_probability,
            spec.price_fall,
        ),
        ..offer
    })
}

/// Running rigs, bought out where they stand: at least what such a rig fetches used.
fn running(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    share: f64,
) -> impl Iterator<Item = AttackOffer> {
    let used = view.used_price[bin_of(view.fleet_efficiency)];
    by_cost(view, share, OfferOrigin::Running).map(move |(cost, offer)| {
        let worth = remaining_earnings(view.hashprice, cost, view.earning_years).max(used);
        AttackOffer {
            price: worth * (1.0 + spec.buyout_premium),
            impact: spec.price_impact,
            ..offer
        }
    })
}

/// `share` of the running rigs in each class of power cost, and what their power
/// costs per hash with cooling; the price is still open. The classes count what is switched on;
/// what really runs is less by the same part everywhere.
fn by_cost(
    view: &NetworkView<'_>,
    share: f64,
    origin: OfferOrigin,
) -> impl Iterator<Item = (Hashprice, AttackOffer)> {
    let on: HashRate = view.on_by_cost.iter().copied().sum();
    let (running, efficiency) = (view.honest * share, view.fleet_efficiency);
    filled(view.on_by_cost).map(move |(bin, rigs)| {
        let cost = cost_midpoint(bin);
        let stock = running * (rigs / on);
        let tariff = cost / efficiency;
        (
            cost * view.pue,
            AttackOffer { origin, stock, efficiency, tariff, ..AttackOffer::default() },
        )
    })
}

/// The classes that hold rigs.
fn filled(stock: &HashRateByBin) -> impl Iterator<Item = (usize, HashRate)> {
    stock.iter().copied().enumerate().filter(|(_, stock)| *stock > HashRate::ZERO)
}

fn rented(spec: &SecuritySpec, view: &NetworkView<'_>) -> Option<AttackOffer> {
    stocked(AttackOffer {
        origin: OfferOrigin::Rented,
        stock: view.honest * spec.rentable_share,
        price: rental_price(view.hashprice, spec.rental_premium, duration(spec)),
        impact: spec.price_impact,
        efficiency: view.fleet_efficiency,
        tariff: view.mean_tariff,
    })
}

/// Members of the largest group of pools, `share` of all hash rate: the part `staying` of the group,
/// whose operators give up their `fee`.
fn pool_members(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    share: f64,
    (staying, fee): (f64, f64),
) -> Option<AttackOffer> {
    let business = Seconds::from_days(spec.pool_business_years * DAYS_PER_YEAR);
    stocked(AttackOffer {
        origin: OfferOrigin::Pool,
        stock: view.honest * share,
        price: pool_price(view.hashprice, duration(spec), fee, business, staying),
        impact: 0.0,
        efficiency: view.fleet_efficiency,
        tariff: view.mean_tariff,
    })
}

fn idle_and_new(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    preparation_days: f64,
) -> impl Iterator<Item = AttackOffer> {
    let own = Tariff::from_usd_per_mwh(spec.tariff_usd_per_mwh);
    used(spec, view, view.idle_on_site, OfferOrigin::IdleOnSite, view.mean_tariff)
        .chain(used(spec, view, view.displaced, OfferOrigin::Displaced, own))
        .chain(new(spec, view, preparation_days, own))
}

fn new(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    preparation_days: f64,
    tariff: Tariff,
) -> Option<AttackOffer> {
    stocked(AttackOffer {
        origin: OfferOrigin::New,
        stock: deliverable(
            view.delivery_per_day,
            Seconds::from_days(preparation_days),
            view.delivery_lag,
        ),
        price: view.new_price,
        impact: spec.price_impact,
        efficiency: view.new_efficiency,
        tariff,
    })
}

fn used(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    stock: &HashRateByBin,
    origin: OfferOrigin,
    tariff: Tariff,
) -> impl Iterator<Item = AttackOffer> {
    filled(stock).map(move |(bin, stock)| AttackOffer {
        origin,
        stock,
        price: view.used_price[bin],
        impact: spec.price_impact,
        efficiency: midpoint(bin),
        tariff,
    })
}

fn stocked(offer: AttackOffer) -> Option<AttackOffer> {
    (offer.stock > HashRate::ZERO).then_some(offer)
}
