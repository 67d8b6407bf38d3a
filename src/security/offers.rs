//! What an attacker could buy, and on which terms.

use super::{NetworkView, Spec};
use crate::model::attack::{Offer, Origin, Terms, deliverable};
use crate::model::efficiency_bins::{HashRateByBin, bin_of, midpoint};
use crate::units::{HashRate, Power, RigPrice, Seconds, Tariff, UsdPerWatt};

/// What the attacker of the experiment wants and pays.
pub(super) fn terms(spec: &Spec, view: &NetworkView<'_>) -> Terms {
    Terms {
        ratio: spec.ratio,
        duration: Seconds::from_days(spec.duration_days),
        site_cost: UsdPerWatt::from_musd_per_mw(spec.site_cost_musd_per_mw),
        site_power_per_day: Power::from_mw(spec.site_mw_per_day),
        pue: view.pue,
        operations_share: spec.operations_share,
        price_impact: spec.price_impact,
    }
}

/// Every stock of machines that exists or can be delivered in time, the empty ones left out. The
/// running fleet comes first.
pub(super) fn collect(spec: &Spec, view: &NetworkView<'_>, offers: &mut Vec<Offer>) {
    offers.clear();
    let own = Tariff::from_usd_per_mwh(spec.tariff_usd_per_mwh);
    offers.push(running(spec, view));
    offers.push(new(spec, view, own));
    offers.extend(used(view, view.idle_on_site, Origin::IdleOnSite, view.mean_tariff));
    offers.extend(used(view, view.displaced, Origin::Displaced, own));
    offers.retain(|offer| offer.stock > HashRate::ZERO);
}

/// Running machines, bought out where they stand: at least what such a machine fetches used.
fn running(spec: &Spec, view: &NetworkView<'_>) -> Offer {
    let used_price = view.used_price[bin_of(view.fleet_efficiency)];
    Offer {
        origin: Origin::Running,
        stock: view.honest,
        price: buyout_price(view.remaining_earnings.max(used_price), spec.buyout_premium),
        efficiency: view.fleet_efficiency,
        tariff: view.mean_tariff,
    }
}

/// Price at which a miner parts with a running machine: its worth and a premium.
fn buyout_price(worth: RigPrice, premium: f64) -> RigPrice {
    worth * (1.0 + premium)
}

fn new(spec: &Spec, view: &NetworkView<'_>, tariff: Tariff) -> Offer {
    let preparation = Seconds::from_days(spec.preparation_days);
    Offer {
        origin: Origin::New,
        stock: deliverable(view.delivery_per_day, preparation, view.delivery_lag),
        price: view.new_price,
        efficiency: view.new_efficiency,
        tariff,
    }
}

fn used<'a>(
    view: &'a NetworkView<'_>,
    stock: &'a HashRateByBin,
    origin: Origin,
    tariff: Tariff,
) -> impl Iterator<Item = Offer> + 'a {
    stock.iter().zip(view.used_price).enumerate().map(move |(bin, (&stock, &price))| Offer {
        origin,
        stock,
        price,
        efficiency: midpoint(bin),
        tariff,
    })
}
