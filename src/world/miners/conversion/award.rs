//! Tenants award their tenders: to the offer of the least generalised cost, one an owner, if it beats what
//! incumbents would give them.

use bevy_ecs::prelude::{Query, ResMut};

use crate::model::hosting::tenders::{
    TenantWeights, awarded_rent, generalised_cost, outside_option,
};
use crate::units::Power;
use crate::world::market::spec::AiDemandSpec;
use crate::world::market::state::{AiDemand, Tender};
use crate::world::miners::access::{MinerColumns, MinerTable, table};
use crate::world::miners::campuses::Campuses;
use crate::world::miners::review::ReviewViews;

use super::bidders::{Bidders, OfferDay};
use super::contracts::{ContractDay, ContractViews, Deal};
use super::offers::Offer;

/// Awards the tenders of the day.
pub fn award_tenders(
    reviews: ReviewViews,
    mut views: ContractViews,
    mut demand: ResMut<AiDemand>,
    mut query: Query<MinerColumns>,
) {
    if demand.tenders.is_empty() {
        return;
    }
    let (Some(mut today), Some(mut table)) = (views.day(), table(&mut query)) else { return };
    let tenders = std::mem::take(&mut demand.tenders);
    for tender in &tenders {
        let left = place(&reviews, &demand, &mut today, &mut table, tender);
        demand.lost += left;
    }
    demand.tenders = tenders;
}

/// Weights of a tenant.
#[must_use]
pub fn tenant_weights(terms: &AiDemandSpec) -> TenantWeights {
    TenantWeights {
        month: terms.month_cost_musd,
        quality: terms.quality_cost_musd,
        record: terms.record_value_musd,
    }
}

/// An offer with its generalised cost.
type Scored = (f64, Offer);

/// Gives a tender to the best offer, if it beats the outside option; returns what goes elsewhere.
fn place(
    reviews: &ReviewViews,
    demand: &AiDemand,
    today: &mut ContractDay<'_>,
    table: &mut MinerTable<'_, '_>,
    tender: &Tender,
) -> Power {
    let weights = tenant_weights(today.terms);
    let level = demand.level(tender.kind);
    let outside = outside_option(level, tender.valuation, today.terms.incumbents_months, &weights);
    let day = today.offers(reviews, demand);
    let bidders = day.bidders(table, today.campuses, today.leases, today.owners);
    let best = best_of_owners(&day, &bidders, today.campuses, tender, &weights);
    let Some(&(cost, offer)) = best.first().filter(|(cost, _)| *cost <= outside) else {
        return tender.it;
    };
    let next = best.get(1).map_or(outside, |(next, _)| next.min(outside));
    let rent = awarded_rent(offer.rent_musd, cost, next, today.terms.bargaining_share);
    // A hall that stands is let whole.
    let it = match offer.vacant {
        Some(lease) => today.leases.all[lease as usize].it,
        None => tender.it.min(Power::from_mw(offer.it_mw)),
    };
    today.sign(table, &Deal::of_offer(&offer, tender, it, rent));
    (tender.it - it).max(Power::ZERO)
}

/// The best offer of each owner, from the least generalised cost up; of equals the lower campus.
fn best_of_owners(
    day: &OfferDay<'_>,
    bidders: &Bidders,
    campuses: &Campuses,
    tender: &Tender,
    weights: &TenantWeights,
) -> Vec<Scored> {
    let mut all: Vec<Scored> = (0..campuses.0.len() as u32)
        .flat_map(|index| day.offers(bidders, campuses, index, tender))
        .flatten()
        .map(|offer| {
            let delivered = bidders.owners[offer.owner as usize].delivered;
            let cost =
                generalised_cost(offer.rent_musd, offer.months, offer.quality, delivered, weights);
            (cost, offer)
        })
        .collect();
    all.sort_by(|(a, x), (b, y)| a.total_cmp(b).then(x.campus.cmp(&y.campus)));
    let mut seen = vec![false; bidders.owners.len()];
    all.retain(|(_, offer)| !std::mem::replace(&mut seen[offer.owner as usize], true));
    all
}
