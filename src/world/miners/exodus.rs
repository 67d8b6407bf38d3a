//! Scheduled departures: a share of all miners switches off and leaves, whatever mining pays, at once
//! (the exodus) or in phases (closures), for good or until its machines run elsewhere. A phase may have
//! begun before the first day: who left in it and is not back yet is away on the first day.
//!
//! They stand for what is decided outside the model, such as a wholesale turn to AI hosting or a
//! ban. The machines stay on their sites, switched off. Nobody's choice is modelled, so nobody's books
//! suffer: whoever takes the sites over clears their debts and arrears.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::clock::Clock;
use crate::random::{Draws, Need};
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

/// When a miner leaves in a phase, and when its machines run again, if ever; days.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Absence {
    from: f64,
    until: Option<f64>,
}

impl Absence {
    /// Whether it began before the first day and lasts beyond it.
    fn covers_first_day(self) -> bool {
        self.from < 0.0 && self.until.is_none_or(|day| day >= 1.0)
    }

    /// Whether the miner is to be closed today: it leaves, or had left before the first day.
    fn begins(self, clock: Clock) -> bool {
        clock.is(self.from) || clock.day == 0 && self.covers_first_day()
    }
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
        let exodus = (turnover.exodus_day >= 0.0).then_some(exodus);
        exodus.into_iter().chain((0..closures.day.len()).map(phase))
    }

    /// Whether anybody may have to be closed today.
    fn covers(&self, clock: Clock) -> bool {
        let days = self.day.floor()..=self.day + self.span_days;
        days.contains(&f64::from(clock.day)) || clock.day == 0 && self.day < 0.0
    }

    /// This miner's absence, if it leaves in this phase.
    fn absence(&self, miner: u32, draws: &Draws) -> Option<Absence> {
        if draws.draw(Need::Departure(miner, self.number)) >= self.share {
            return None;
        }
        let [when, back] = draws.draw_pair(Need::Absence(miner, self.number));
        let from = (self.day + self.span_days * when).floor();
        let away = (self.return_days + self.return_span_days * back).floor();
        Some(Absence { from, until: (self.return_days >= 1.0).then_some(from + away) })
    }
}

/// Whether a phase that began before the first day holds a miner closed on it.
#[must_use]
pub fn is_away_at_first(spec: &Spec, miner: u32, draws: &Draws) -> bool {
    let mut absences = Phase::all(spec).filter_map(|phase| phase.absence(miner, draws));
    absences.any(Absence::covers_first_day)
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
            let absence = phase.absence(index as u32, &draws);
            let Some(absence) = absence.filter(|absence| absence.begins(*clock)) else { continue };
            let mut miner = table.miner(index);
            if miner.site.closed {
                continue;
            }
            leave(&miners, &mut miner, &mut flows);
            if let Some(day) = absence.until {
                reopenings.add(day as u32, index as u32);
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
