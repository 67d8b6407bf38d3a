//! The exodus: on a scheduled day a share of all miners switches off and leaves, whatever mining pays.
//!
//! It stands for a departure decided outside the model, such as a wholesale turn to AI hosting or a
//! ban. The machines stay on their sites, switched off. Nobody's choice is modelled, so nobody's books
//! suffer: whoever takes the sites over clears their debts and arrears.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::clock::Clock;
use crate::random::{Draws, Stream};
use crate::units::Usd;

use super::Miners;
use super::access::{Miner, MinerColumns, table};
use super::state::{Bid, Flows};
use super::turnover::Reopenings;

/// Closes the sites of those who leave, each with the same probability by a draw of its own; they
/// reopen after `exodus_return_days`, or never.
pub fn leave_network(
    (clock, miners, draws): (Res<Clock>, Res<Miners>, Res<Draws>),
    mut flows: ResMut<Flows>,
    mut reopenings: ResMut<Reopenings>,
    mut query: Query<MinerColumns>,
) {
    let turnover = &miners.spec.turnover;
    if !clock.is(turnover.exodus_day) {
        return;
    }
    let Some(mut table) = table(&mut query) else { return };
    for index in 0..table.count() {
        let mut miner = table.miner(index);
        let leaves = draws.uniform(Stream::Exodus, index as u32, 0, 0) < turnover.exodus_share;
        if !leaves || miner.site.closed {
            continue;
        }
        leave(&miners, &mut miner, &mut flows);
        if turnover.exodus_return_days >= 1.0 {
            reopenings.add(clock.day + turnover.exodus_return_days as u32, index as u32);
        }
    }
}

fn leave(miners: &Miners, miner: &mut Miner<'_>, flows: &mut Flows) {
    let debt = miner.debt.0;
    let arrears = (Usd::ZERO - miner.cash.0).max(Usd::ZERO);
    flows.external += debt + arrears;
    flows.debt_service += debt;
    flows.repaid += debt;
    miner.cash.0 += arrears;
    miner.debt.0 = Usd::ZERO;
    miner.arrears.0 = 0.0;
    miner.site.closed = true;
    miner.uptime.0 = 0.0;
    *miner.bid = Bid::default();
    let rigs = miner.rigs();
    miner.set_rigs(miners, &rigs);
}
