//! Scheduled departures: a share of all miners switches off and leaves, whatever mining pays, at once
//! (the exodus) or in phases (closures), for good or until its machines run elsewhere.
//!
//! They stand for what is decided outside the model, such as a wholesale turn to AI hosting or a
//! ban. The machines stay on their sites, switched off. Nobody's choice is modelled, so nobody's books
//! suffer: whoever takes the sites over clears their debts and arrears.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::clock::Clock;
use crate::random::{Draws, Stream};
use crate::units::Usd;

use super::Miners;
use super::access::{Miner, MinerColumns, table};
use super::spec::Spec;
use super::state::{Bid, Flows};
use super::turnover::Reopenings;

/// A wave of departures: who leaves is drawn once, when each of them leaves and returns is too.
#[derive(Clone, Copy, Debug)]
struct Phase {
    day: f64,
    span_days: f64,
    share: f64,
    return_days: f64,
    return_span_days: f64,
    /// Number that keys its draws.
    number: u32,
}

impl Phase {
    /// The exodus, all at once, and the phases of closure.
    fn all(spec: &Spec) -> impl Iterator<Item = Self> {
        let (turnover, closures) = (&spec.turnover, &spec.closures);
        let exodus = Self {
            day: turnover.exodus_day,
            span_days: 0.0,
            share: turnover.exodus_share,
            return_days: turnover.exodus_return_days,
            return_span_days: 0.0,
            number: 0,
        };
        let phase = |index: usize| Self {
            day: closures.day[index],
            span_days: closures.span_days[index],
            share: closures.share[index],
            return_days: closures.return_days[index],
            return_span_days: closures.return_span_days[index],
            number: index as u32 + 1,
        };
        std::iter::once(exodus).chain((0..closures.day.len()).map(phase))
    }

    /// Whether anybody may leave today.
    fn covers(&self, clock: Clock) -> bool {
        let day = f64::from(clock.day);
        self.day >= 0.0 && (self.day.floor()..=self.day + self.span_days).contains(&day)
    }

    /// Whether this miner leaves today, and after how many days its machines run again.
    fn departure(&self, miner: u32, clock: Clock, draws: &Draws) -> Option<u32> {
        let leaves = draws.uniform(Stream::Exodus, miner, self.number, 0) < self.share;
        let [when, back] = draws.pair(Stream::Exodus, miner, self.number, 1);
        let today = clock.is((self.day + self.span_days * when).floor());
        let away = self.return_days + self.return_span_days * back;
        (leaves && today).then_some(away as u32)
    }
}

/// Closes the sites of those who leave, each with the same probability by a draw of its own; they
/// reopen when the phase says, or never.
pub fn leave_network(
    (clock, miners, draws): (Res<Clock>, Res<Miners>, Res<Draws>),
    mut flows: ResMut<Flows>,
    mut reopenings: ResMut<Reopenings>,
    mut query: Query<MinerColumns>,
) {
    let Some(mut table) = table(&mut query) else { return };
    for phase in Phase::all(&miners.spec).filter(|phase| phase.covers(*clock)) {
        for index in 0..table.count() {
            let Some(away) = phase.departure(index as u32, *clock, &draws) else { continue };
            let mut miner = table.miner(index);
            if miner.site.closed {
                continue;
            }
            leave(&miners, &mut miner, &mut flows);
            if phase.return_days >= 1.0 {
                reopenings.add(clock.day + away, index as u32);
            }
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
