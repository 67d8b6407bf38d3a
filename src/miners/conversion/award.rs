//! Tenants award their tenders: to the best-ranked bidders whose reservation rent the tender meets.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::clock::Clock;
use crate::market::Market;
use crate::market::state::{AiDemand, IdleStock, Tender};
use crate::miners::access::{MinerColumns, table};
use crate::miners::state::Flows;
use crate::miners::{Miners, TenantLoad};
use crate::random::Draws;
use crate::units::Power;

use super::projects::{Desk, ProjectBook};

/// Days between attempts to place a tender that found no bidder.
const RETRY_DAYS: u32 = 30;

/// Awards open tenders: on the day they are issued, and once a month while they stay open.
pub fn award_tenders(
    (clock, draws, miners, market): (Res<Clock>, Res<Draws>, Res<Miners>, Res<Market>),
    mut demand: ResMut<AiDemand>,
    (mut stock, mut tenants): (ResMut<IdleStock>, ResMut<TenantLoad>),
    (mut projects, mut flows): (ResMut<ProjectBook>, ResMut<Flows>),
    mut query: Query<MinerColumns>,
) {
    let (Some(spec), Some(terms)) = (&miners.ai, &market.ai) else { return };
    let retry = clock.day % RETRY_DAYS == 0;
    if !demand.tenders.iter().any(|tender| retry || issued_on(tender, clock.day)) {
        return;
    }
    let mut desk = Desk {
        day: clock.day,
        draws: &draws,
        miners: &miners,
        spec,
        terms,
        stock: &mut stock,
        tenants: &mut tenants,
        projects: &mut projects,
        flows: &mut flows,
    };
    let mut ranking: Vec<(usize, f64)> = Vec::new();
    demand.offered = Power::ZERO;
    let Some(mut table) = table(&mut query) else { return };
    for (index, bid) in table.bids().iter().enumerate().filter(|(_, bid)| bid.it.0 > 0.0) {
        demand.offered += bid.it;
        ranking.push((index, bid.score));
    }
    ranking.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let smallest = Power::from_mw(spec.min_hall_mw);
    for tender in &mut demand.tenders {
        for &(index, _) in &ranking {
            let mut miner = table.miner(index);
            let meets =
                miner.bid.it.0 > 0.0 && miner.bid.reservation(tender.kind) <= tender.rent_musd;
            if meets && tender.open >= smallest {
                tender.open = (tender.open - desk.sign(&mut miner, tender)).max(Power::ZERO);
            }
        }
        if tender.open < smallest {
            tender.open = Power::ZERO;
        }
    }
}

const fn issued_on(tender: &Tender, day: u32) -> bool {
    tender.id >> 8 == day
}
