//! Scheduled closures: a share of all sites switches off, whatever mining pays, for good or until
//! their rigs run elsewhere. They close in phases, each on one day or spread over a span. A phase may
//! have begun before the first day: a site that closed in it and has not reopened is closed on that day.
//!
//! They stand for what is decided outside the model, such as a wholesale turn to AI hosting or a
//! ban. The rigs stay on their sites, switched off. Nobody's choice is modelled, so nobody's books
//! suffer: whoever takes the sites over clears their debts and arrears.
//!
//! Phase 0, on a single day, has keys of its own (`miners.closures.single_*`); the lists of
//! `miners.closures` hold the others.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::clock::Clock;
use crate::random::{Draws, Need};
use crate::units::Usd;

use super::Miners;
use super::access::{Miner, MinerColumns, table};
use super::reopenings::Reopenings;
use super::spec::MinersSpec;
use super::state::Flows;

/// A phase of closures: who closes is drawn once, when each of them closes and reopens is too.
#[derive(Clone, Copy, Debug)]
struct ClosurePhase {
    day: f64,
    span_days: f64,
    share: f64,
    return_days: f64,
    return_span_days: f64,
    /// Number that keys its draws.
    number: u32,
}

/// When a site closes in a phase, and when its rigs run again, if ever; days.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ClosedTime {
    from: f64,
    until: Option<f64>,
}

impl ClosedTime {
    /// Whether it began before the first day and lasts beyond it.
    fn covers_first_day(self) -> bool {
        self.from < 0.0 && self.until.is_none_or(|day| day >= 1.0)
    }

    /// Whether the site is to close today: its day has come, or was before the first day.
    fn begins(self, clock: Clock) -> bool {
        clock.is(self.from) || clock.day == 0 && self.covers_first_day()
    }
}

impl ClosurePhase {
    /// The phase on a single day, and those of the lists.
    fn all(spec: &MinersSpec) -> impl Iterator<Item = Self> {
        let closures = &spec.closures;
        let single = Self {
            day: closures.single_day,
            span_days: 0.0,
            share: closures.single_share,
            return_days: closures.single_return_days,
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
        let single = (closures.single_day >= 0.0).then_some(single);
        single.into_iter().chain((0..closures.day.len()).map(phase))
    }

    /// Whether anybody may have to be closed today.
    fn covers(&self, clock: Clock) -> bool {
        let days = self.day.floor()..=self.day + self.span_days;
        days.contains(&f64::from(clock.day)) || clock.day == 0 && self.day < 0.0
    }

    /// When this miner's site is closed, if it closes in this phase.
    fn closed_time(&self, miner: u32, draws: &Draws) -> Option<ClosedTime> {
        if draws.draw(Need::Closure(miner, self.number)) >= self.share {
            return None;
        }
        let [when, back] = draws.draw_pair(Need::ClosureDays(miner, self.number));
        let from = (self.day + self.span_days * when).floor();
        let away = (self.return_days + self.return_span_days * back).floor();
        Some(ClosedTime { from, until: (self.return_days >= 1.0).then_some(from + away) })
    }
}

/// Whether a phase that began before the first day holds a miner closed on it.
#[must_use]
pub(crate) fn is_closed_at_first(spec: &MinersSpec, miner: u32, draws: &Draws) -> bool {
    let mut closed_times =
        ClosurePhase::all(spec).filter_map(|phase| phase.closed_time(miner, draws));
    closed_times.any(ClosedTime::covers_first_day)
}

/// Closes the sites of a phase, each with the same probability by a draw of its own; they reopen when
/// the phase says, or never.
pub fn begin_closures(
    (clock, miners, draws): (Res<Clock>, Res<Miners>, Res<Draws>),
    mut flows: ResMut<Flows>,
    mut reopenings: ResMut<Reopenings>,
    mut query: Query<MinerColumns>,
) {
    let Some(mut table) = table(&mut query) else { return };
    for phase in ClosurePhase::all(&miners.spec).filter(|phase| phase.covers(*clock)) {
        for index in 0..table.count() {
            let closed = phase.closed_time(index as u32, &draws);
            let Some(closed) = closed.filter(|closed| closed.begins(*clock)) else { continue };
            let mut miner = table.miner(index);
            if miner.site.closed {
                continue;
            }
            close(&miners, &mut miner, &mut flows);
            if let Some(day) = closed.until {
                reopenings.add(day as u32, index as u32);
            }
        }
    }
}

fn close(miners: &Miners, miner: &mut Miner<'_>, flows: &mut Flows) {
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
    let rigs = miner.rigs();
    miner.set_rigs(miners, &rigs);
}
