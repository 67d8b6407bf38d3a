//! A competitive supply of hash rate without AI: miners who are all alike buy rigs with halls for them whenever these
//! pay back within the hurdle, from manufacturers who sell at cost and deliver the next day. What a hash earns may fall
//! freely but is thrown back at the hashprice at which a new rig pays back, however high the price of bitcoin goes:
//! a reflecting barrier (Prat and Walter 2021).
//!
//! **Arithmetic of a finite speed.** Orders add g = `monthly_rate` over a month of days a day to log hash rate while
//! they pay, neither more (their elasticity is 0) nor less, and nothing in between. Hash rate ordered is felt after
//! ℓ days: two until it runs, then until difficulty follows, with Bitcoin's rule the epoch in which rigs come and the
//! next at most, since an epoch's difficulty is the mean of the one before. So an excess u over the barrier is gone
//! after u/g + ℓ days, orders of the last ℓ days push hashprice below the barrier by at most g·ℓ, and a price with
//! volatility σ keeps an excess of the exponential law of a Brownian path that drifts by −g, mean σ²/(2g), on top of
//! what the price does in the meantime, σ√ℓ. Speed trades one against the other: the barrier is sharp when both are
//! small against what the price does in the whole time. Luck of blocks, 2.2 % an epoch, counts as price.

use super::{Estimate, SEEDS, SIGMAS};
use crate::support::{AI_OFF, Change, UNNAMED, setup};
use hashflight::units::DAYS_PER_MONTH;
use hashflight::world::market::state::{IdleStock, Manufacturers, Outlook};
use hashflight::world::miners::state::Flows;
use hashflight::world::simulation::{Setup, begin, schedule};

const REPLICATES: u32 = 6;
/// Days from order to the day on which a rig runs: one of production, whose slot ends on the day after.
const DELIVERY: f64 = 2.0;
/// Standard deviation of log difficulty from an epoch's luck, 2,015 intervals.
const LUCK: f64 = 0.0223;

/// Miners alike, one kind of rig that never improves, sold at cost and from one day to the next, paid for by outside
/// capital; tariffs so low that everything runs; orders that hang on payback alone.
const COMPETITION: [Change<'static>; 55] = [
    UNNAMED,
    AI_OFF,
    ("miners.population.count", "40"),
    ("miners.population.unnamed_owners", "40"),
    ("miners.population.efficiency_sd_log", "0"),
    ("miners.population.vintage_sd_log", "0"),
    ("miners.population.pipeline_over_additions", "0"),
    ("miners.population.spare_power_share", "0"),
    ("miners.operation.response_half_life_days", "0"),
    ("miners.operation.restart_margin", "0"),
    ("miners.operation.spot_share", "0"),
    ("miners.treasury.initial_debt_share", "0"),
    ("miners.treasury.sale_share_private", "1"),
    ("miners.investment.review_days", "1"),
    ("miners.investment.hurdle_sd_log", "0"),
    ("miners.investment.monthly_rate", "0.1"),
    ("miners.investment.payback_elasticity", "0"),
    ("miners.investment.eagerness_limit", "1"),
    ("miners.investment.belief_half_life_days", "0.1"),
    ("miners.investment.expected_annual_decline", "0"),
    ("miners.investment.optimism_sd_log", "0"),
    ("miners.investment.monthly_site_growth", "10"),
    ("miners.investment.site_lead_days", "0"),
    ("miners.investment.external_share_private", "1"),
    ("miners.investment.rig_life_years", "50"),
    ("miners.investment.idle_sale_share", "0"),
    ("miners.investment.idle_departure_rate", "0"),
    ("miners.investment.power_surrender_rate", "0"),
    ("miners.appetite.sd_log", "0"),
    ("miners.appetite.mean_sd_log", "0"),
    ("miners.appetite.elasticity_sd_log", "0"),
    ("miners.turnover.monthly_entry_rate", "0"),
    ("miners.turnover.grace_days", "36500"),
    ("market.price.process", "gbm"),
    ("market.price.annual_volatility", "0"),
    ("market.price.impact_coefficient", "0"),
    ("market.fees.sd_log", "0"),
    ("market.fees.spikes_per_year", "0"),
    ("market.energy.median_tariff_usd_per_mwh", "10"),
    ("market.energy.tariff_sd_log", "0"),
    ("market.energy.stranded_share", "0"),
    ("market.energy.annual_tariff_drift", "0"),
    ("market.energy.weather_shocks_per_year", "0"),
    ("market.energy.uptime_sd_log", "0"),
    ("market.energy.connections_mw_per_year", "1000000000"),
    ("market.rigs.frontier_efficiency_j_per_th", "15"),
    ("market.rigs.past_frontier_j_per_th", "[15, 15, 15, 15, 15, 15]"),
    ("market.rigs.annual_improvement", "0"),
    ("market.rigs.shipped_over_frontier", "1"),
    ("market.rigs.scarcity_without_queue", "0"),
    ("market.rigs.delivery_lag_days", "1"),
    ("market.rigs.capacity_ehs_per_month", "1000000"),
    ("market.rigs.annual_capacity_growth", "0"),
    ("market.rigs.queue_capacity_growth", "0"),
    ("miners.population.pipeline_sd_log", "0"),
];

/// No purchases: the control.
const SHUT: Change<'static> = ("miners.investment.monthly_rate", "0");
/// A difficulty that follows hash rate within days.
const QUICK: Change<'static> = ("chain.rule", "asert");

/// A competitive world whose hashprice is `opening` times the barrier on the first day.
fn competition(opening: f64, changes: &[Change]) -> Setup {
    let mut setup = setup(&[&COMPETITION[..], changes].concat());
    for region in &mut setup.market.regions {
        region.tariff_factor = 1.0;
    }
    for pool in &mut setup.miners.pools {
        pool.fee = 0.0;
    }
    let first = hashprice_of(&begin(&setup, SEEDS[0], 0));
    setup.market.price.initial_usd *= opening * barriers(&setup).grow / first;
    setup
}

fn hashprice_of(world: &bevy_ecs::world::World) -> f64 {
    world.resource::<Outlook>().hashprice.usd_per_ph_day()
}

/// Hashprices, USD per PH and day, at which a new rig pays back: on free power, and with a hall for it.
#[derive(Clone, Copy)]
struct Barriers {
    fill: f64,
    grow: f64,
}

/// From prices and the hurdle: cost over the days of the hurdle, and power. A PH of 15 J/TH is 15 kW, and its hall
/// holds PUE times that.
fn barriers(setup: &Setup) -> Barriers {
    let kw = setup.market.rigs.frontier_efficiency_j_per_th;
    let days = setup.miners.investment.hurdle_months * 365.25 / 12.0;
    let rig = setup.market.rigs.production_cost_usd_per_w * kw * 1e3;
    let operation = &setup.miners.operation;
    let hall = setup.miners.investment.site_cost_musd_per_mw * kw * operation.pue * 1e3;
    let tariff = setup.market.energy.median_tariff_usd_per_mwh;
    let energy = kw * 24.0 / 1e3 * (tariff * operation.pue + operation.fixed_opex_usd_per_mwh);
    Barriers { fill: rig / days + energy, grow: (rig + hall) / days + energy }
}

/// A day: log hashprice over the barrier, and dollars spent on halls and rigs.
#[derive(Clone, Copy)]
struct Day {
    above: f64,
    halls: f64,
    rigs: f64,
    /// Whether no used rigs were there.
    only_new: bool,
}

fn path(setup: &Setup, (seed, replicate): (u64, u32), days: u32) -> Vec<Day> {
    let barrier = barriers(setup).grow;
    let rigs = &setup.market.rigs;
    let cost = rigs.production_cost_usd_per_w * rigs.frontier_efficiency_j_per_th;
    let mut world = begin(setup, seed, replicate);
    let mut day = schedule::day();
    let mut before = (0.0, 0.0);
    (0..days)
        .map(|_| {
            let only_new = world.resource::<IdleStock>().total().0 <= 0.0;
            day.run(&mut world);
            let price = world.resource::<Manufacturers>().price.usd_per_th();
            assert!((price / cost - 1.0).abs() < 1e-9, "manufacturers do not sell at cost");
            let flows = world.resource::<Flows>();
            let spent = (flows.construction.0, flows.rigs_bought.0);
            let halls = spent.0 - before.0;
            let rigs = spent.1 - before.1;
            before = spent;
            Day { above: libm::log(hashprice_of(&world) / barrier), halls, rigs, only_new }
        })
        .collect()
}

fn runs() -> impl Iterator<Item = (u64, u32)> {
    SEEDS.into_iter().flat_map(|seed| (0..REPLICATES).map(move |replicate| (seed, replicate)))
}

/// Growth g of log hash rate a day while rigs pay back.
fn speed(setup: &Setup) -> f64 {
    setup.miners.investment.monthly_rate / DAYS_PER_MONTH
}

/// The largest number of a series.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}

/// After a jump up of the price hashprice comes back to the barrier by the arithmetic above, and no further down than
/// that; without purchases it stays where the jump left it.
#[test]
fn after_a_jump_of_the_price_hashprice_returns_to_the_barrier_and_without_purchases_does_not() {
    let jump = [("market.price.shock_day", "30"), ("market.price.shock_log", "0.5")];
    let setup = competition(0.95, &jump);
    let shut = competition(0.95, &[&jump[..], &[SHUT]].concat());
    let excess = 0.5 + libm::log(0.95);
    let lag = DELIVERY + 28.0;
    let back = (30.0 + excess / speed(&setup) + lag) as usize;
    let luck = 4.0 * LUCK;
    let mut ends = (Vec::new(), Vec::new());
    for run in runs() {
        let days = path(&setup, run, 500);
        let peak = largest(days.iter().map(|day| day.above));
        assert!((peak - excess).abs() < luck, "peak {peak}");
        let after = &days[back..];
        let (low, high) = (
            -largest(after.iter().map(|day| -day.above)),
            largest(after.iter().map(|day| day.above)),
        );
        assert!(high < luck, "{run:?}: {high} above the barrier");
        assert!(low > -speed(&setup) * lag - luck, "{run:?}: {low} below it");
        let mean = |days: &[Day]| days.iter().map(|day| day.above).sum::<f64>() / days.len() as f64;
        ends.0.push(mean(after));
        ends.1.push(mean(&path(&shut, run, 500)[back..]));
    }
    let (open, closed) = (Estimate::of(&ends.0), Estimate::of(&ends.1));
    println!("{excess:.3} above; from day {back} on {open:?}, without purchases {closed:?}");
    // Rigs wear out at a fiftieth a year.
    assert!((closed.mean - excess).abs() < SIGMAS * closed.error + 500.0 / (50.0 * 365.25));
}

/// The days on which halls are built are those on which hashprice stands at the barrier, and no others; rigs that wore
/// out are replaced, on power that is there, from a lower one on.
#[test]
fn halls_are_built_on_days_at_the_barrier_and_on_no_others() {
    let setup = competition(0.95, &[("market.price.annual_volatility", "0.5")]);
    let Barriers { fill, grow } = barriers(&setup);
    let filling = libm::log(fill / grow);
    let (mut at, mut near, mut below) = (0, 0, 0);
    for run in runs() {
        for day in path(&setup, run, 730) {
            assert_eq!(day.halls > 0.0, day.above > 0.0, "{run:?}: {}", day.above);
            // Used rigs are cheaper than new ones: while there are any, they replace what wears out below that barrier.
            if day.only_new {
                assert_eq!(day.rigs > 0.0, day.above > filling, "{run:?}: {}", day.above);
            }
            at += u32::from(day.above > 0.0 && day.above < 0.02);
            near += u32::from(day.above < 0.0 && day.above > -0.02);
            below += u32::from(day.above < filling);
        }
    }
    println!(
        "{at} days just above the barrier, {near} just below, {below} below that of free power ({filling:.3})"
    );
    // Enough days close to it for a barrier elsewhere by a fiftieth to be seen.
    assert!(at > 50 && near > 50 && below > 0, "{at} {near} {below}");
}

/// A fall of the price stops building at once, and nothing is built until hashprice meets the barrier again.
#[test]
fn after_a_fall_of_the_price_nothing_is_built() {
    let fall = [("market.price.shock_day", "30"), ("market.price.shock_log", "-0.3")];
    let setup = competition(1.1, &fall);
    for run in runs() {
        let days = path(&setup, run, 500);
        let built = |days: &[Day]| days.iter().map(|day| day.halls).sum::<f64>();
        assert!(built(&days[..29]) > 0.0, "{run:?}: nothing before the fall");
        assert_eq!(built(&days[29..]), 0.0, "{run:?}");
        let last = days[499].above;
        assert!(last < -0.1 && last > -0.5, "{run:?}: {last}");
    }
}

/// A path kept at or below 0 by the least that must be taken off it: x(t) − max(0, max x(s) for s ≤ t) (Skorokhod 1961;
/// the regulated revenue per hash of Prat and Walter 2021, section II).
fn reflected(free: &[f64]) -> Vec<f64> {
    let mut taken: f64 = 0.0;
    free.iter()
        .map(|&x| {
            taken = taken.max(x);
            x - taken
        })
        .collect()
}

/// The value below which a share of values lies.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(share * (sorted.len() - 1) as f64) as usize]
}

/// All days of all runs: hashprice with purchases, without, and the latter reflected at the barrier.
struct Paths {
    open: Vec<f64>,
    shut: Vec<f64>,
    reflected: Vec<f64>,
}

fn paths(changes: &[Change]) -> Paths {
    let volatile = [&[("market.price.annual_volatility", "0.5")], changes].concat();
    let open = competition(0.95, &volatile);
    let shut = competition(0.95, &[&volatile[..], &[SHUT]].concat());
    let mut all = Paths { open: Vec::new(), shut: Vec::new(), reflected: Vec::new() };
    for run in runs() {
        let of = |setup| path(setup, run, 730).into_iter().map(|day| day.above).collect::<Vec<_>>();
        let free = of(&shut);
        all.reflected.extend(reflected(&free));
        all.open.extend(of(&open));
        all.shut.extend(free);
    }
    all
}

fn root_mean_square(one: &[f64], other: &[f64]) -> f64 {
    let square: f64 = one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
    (square / one.len() as f64).sqrt()
}

/// Holds paths to the barrier by the arithmetic above, with a lag of difficulty in days.
fn assert_reflected(name: &str, changes: &[Change], lag: f64) {
    let Paths { open, shut, reflected } = paths(changes);
    let setup = competition(0.95, changes);
    let g = speed(&setup);
    let sigma = 0.5 / 365.25_f64.sqrt();
    let (slow, late) = (sigma * sigma / (2.0 * g), sigma * (lag + DELIVERY).sqrt());
    let upper = 3.0 * slow + 1.645 * (late + LUCK);
    let off = 2.0 * slow + late + g * (lag + DELIVERY) + LUCK;
    let ends =
        |values: &[f64]| (quantile(values, 0.05), quantile(values, 0.5), quantile(values, 0.95));
    println!(
        "{name}: with purchases {:.3?}, without {:.3?}, reflected {:.3?}",
        ends(&open),
        ends(&shut),
        ends(&reflected)
    );
    let (near, far) = (root_mean_square(&open, &reflected), root_mean_square(&shut, &reflected));
    println!(
        "  95 % below {upper:.3} by arithmetic; from the reflected path {near:.3} (at most {off:.3}), without purchases {far:.3}"
    );
    assert!(quantile(&open, 0.95) < upper, "the upper tail passes the barrier");
    assert!(quantile(&shut, 0.95) > upper, "there is a barrier without purchases");
    assert!(quantile(&open, 0.05) < quantile(&shut, 0.05), "the lower tail is cut");
    assert!(near < off && near < far / 3.0, "not the reflected path");
}

/// Newcomers alone are a barrier as well, at their own hurdle: none comes on a day below it, and where they come hashprice
/// stays near the reflected path.
#[test]
fn newcomers_alone_keep_hashprice_under_the_barrier_of_their_own_hurdle() {
    let entry = [
        SHUT,
        QUICK,
        ("market.price.annual_volatility", "0.5"),
        ("miners.turnover.monthly_entry_rate", "0.6"),
        ("miners.turnover.entry_eagerness_limit", "1"),
        ("miners.turnover.entry_days", "1"),
        ("miners.turnover.entrant_sd_log", "0"),
    ];
    let mut open = competition(0.95, &entry);
    open.miners.turnover.entry_hurdle_months = open.miners.investment.hurdle_months;
    let mut shut = open.clone();
    shut.miners.turnover.monthly_entry_rate = 0.0;
    let mut all = (Vec::new(), Vec::new(), Vec::new());
    for run in runs() {
        let days = path(&open, run, 730);
        assert!(days.iter().all(|day| day.halls == 0.0 || day.above > 0.0), "{run:?}");
        let free: Vec<f64> = path(&shut, run, 730).iter().map(|day| day.above).collect();
        all.2.extend(reflected(&free));
        all.0.extend(days.iter().map(|day| day.above));
        all.1.extend(free);
    }
    let (near, far) = (root_mean_square(&all.0, &all.2), root_mean_square(&all.1, &all.2));
    println!("newcomers: {near:.3} from the reflected path, without them {far:.3}");
    assert!(near < far / 3.0, "{near} against {far}");
}

#[test]
fn the_upper_tail_of_hashprice_is_cut_at_the_barrier_and_the_lower_is_not() {
    // Half of a deviation of ASERT is gone after two days of blocks.
    assert_reflected(
        "quick difficulty",
        &[QUICK, ("miners.investment.monthly_rate", "0.3")],
        2.0 / libm::log(2.0),
    );
}

#[test]
fn under_bitcoins_difficulty_the_barrier_is_as_sharp_as_its_epochs_let_it() {
    assert_reflected("bitcoin's difficulty", &[], 14.0);
}
