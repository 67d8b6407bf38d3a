//! Closures in phases: how many sites are closed on which day, against the expectation of the schedule,
//! and what it does to those who stay.

use crate::support::paired::{SEED, effect, mean_of};
use crate::support::{AI_OFF, Change, setup};
use bevy_ecs::prelude::World;
use hashflight::history::hindcast::closure_schedule::ScheduledClosure;
use hashflight::world::miners::state::Site;
use hashflight::world::simulation::{begin, run, schedule};

/// Nobody comes, fails or is away for another reason.
const QUIET: [Change; 4] = [
    AI_OFF,
    ("miners.population.count", "1000"),
    ("miners.turnover.grace_days", "36500"),
    ("miners.turnover.monthly_entry_rate", "0"),
];
/// Half of the sites close within sixty days and are back after thirty to ninety.
const CLOSURE: [Change; 4] = [
    ("miners.closures.span_days", "[60]"),
    ("miners.closures.share", "[0.5]"),
    ("miners.closures.return_days", "[30]"),
    ("miners.closures.return_span_days", "[60]"),
];

fn closure(from: f64) -> ScheduledClosure {
    ScheduledClosure { from, to: from + 60.0, share: 0.5, away: [30.0, 90.0] }
}

fn closed_share(world: &mut World) -> f64 {
    let sites: Vec<bool> = world.query::<&Site>().iter(world).map(|site| site.closed).collect();
    sites.iter().filter(|&&closed| closed).count() as f64 / sites.len() as f64
}

/// Four standard errors of a share of a thousand sites, and the two days by which whole days may differ
/// from the schedule's moments.
fn margin(expected: f64) -> f64 {
    4.0 * (expected * (1.0 - expected) / 1_000.0).sqrt() + 2.0 * 0.5 / 60.0
}

#[test]
fn sites_close_and_come_back_as_the_schedule_says() {
    for (from, first_day) in [(10.0, "[10]"), (-40.0, "[-40]"), (-200.0, "[-200]")] {
        let phase = [("miners.closures.day", first_day)];
        let mut world = begin(&setup(&[&QUIET[..], &CLOSURE, &phase].concat()), SEED, 0);
        let mut day = schedule::day();
        for today in 0..170_u32 {
            let expected = closure(from).closed(f64::from(today) + 0.5);
            let closed = closed_share(&mut world);
            let within = (closed - expected).abs() < margin(expected);
            assert!(within, "phase from {from}, day {today}: {closed} closed, {expected} expected");
            day.run(&mut world);
        }
    }
}

#[test]
fn who_left_before_the_first_day_comes_on_top_of_the_network() {
    let phase = [("miners.closures.day", "[-60]"), ("simulation.horizon_days", "100")];
    let record_daily =
        [("simulation.record_every_days", "1"), ("market.energy.uptime_sd_log", "0")];
    let closing = setup(&[&QUIET[..], &CLOSURE, &phase, &record_daily].concat());
    let calm = setup(&[&QUIET[..], &phase[1..], &record_daily].concat());
    let [closing, calm] = [closing, calm].map(|setup| run(&setup, SEED, 0, false).records);
    assert!((closing[0].hash_rate / calm[0].hash_rate - 1.0).abs() < 1e-9);
    let away = (closing[0].idle_on_site - calm[0].idle_on_site) / calm[0].hash_rate;
    let closed = closure(-60.0).closed(0.5);
    assert!((away - closed / (1.0 - closed)).abs() < 0.25, "{away} of the network is away");
    // All are back after ninety days, and more hash than where nobody was ever away.
    let more = closing[95].hash_rate / calm[95].hash_rate;
    assert!(more > 1.2, "{more}");
}

#[test]
fn who_stays_earns_more_while_others_are_closed_and_less_when_they_are_back() {
    let calm = [AI_OFF, ("miners.population.count", "250")];
    let phase = [("miners.closures.day", "[10]")];
    let treatment = [&CLOSURE[..], &phase].concat();
    effect(&calm, &treatment, mean_of("hashprice_usd_per_ph_day")).must_rise();
    let forever = [("miners.closures.return_days", "[0]")];
    let gone = [&treatment[..], &forever].concat();
    effect(&[&calm[..], &treatment].concat(), &gone, mean_of("hash_rate_ehs")).must_fall();
}
