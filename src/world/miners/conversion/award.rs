//! Tenants award their tenders: to the best-ranked bidders whose reservation rent the tender meets.

use bevy_ecs::prelude::{Query, ResMut};

use crate::model::hosting::decision_rules::rank_of_bidders;
use crate::units::Power;
use crate::world::market::state::{AiDemand, Tender};
use crate::world::miners::access::{MinerColumns, MinerTable, table};
use crate::world::miners::state::Bid;

use super::projects::{ContractDay, ContractViews};

/// Awards open tenders: on the day they are issued, and once a month or so while they stay open.
pub fn award_tenders(
    mut views: ContractViews,
    mut demand: ResMut<AiDemand>,
    mut query: Query<MinerColumns>,
) {
    let Some(mut today) = views.day() else { return };
    let (day, retry) = (today.day, today.day.is_multiple_of(today.terms.retry_days));
    if !demand.tenders.iter().any(|tender| retry || issued_on(tender, day)) {
        return;
    }
    let Some(mut table) = table(&mut query) else { return };
    let ranking = rank(table.bids());
    demand.offered = table.bids().iter().map(|bid| bid.it).sum();
    for tender in &mut demand.tenders {
        place(&mut today, &mut table, &ranking, tender);
    }
}

/// Miners with a bid, from the best to the worst.
fn rank(bids: &[Bid]) -> Vec<usize> {
    let bidders = bids.iter().enumerate().filter(|(_, bid)| bid.it.0 > 0.0);
    rank_of_bidders(bidders.map(|(index, bid)| (index, bid.score)))
}

/// Fills one tender from the ranking until less than the smallest hall is left.
fn place(
    today: &mut ContractDay<'_>,
    table: &mut MinerTable<'_, '_>,
    ranking: &[usize],
    tender: &mut Tender,
) {
    let smallest = Power::from_mw(today.spec.min_hall_mw);
    for &index in ranking {
        let bid = &table.bids()[index];
        let meets = bid.it.0 > 0.0 && bid.reservation(tender.kind) <= tender.rent_musd;
        if meets && tender.open >= smallest {
            let taken = today.sign(&mut table.miner(index), tender);
            tender.open = (tender.open - taken).max(Power::ZERO);
        }
    }
    if tender.open < smallest {
        tender.open = Power::ZERO;
    }
}

const fn issued_on(tender: &Tender, day: u32) -> bool {
    tender.id >> 8 == day
}
