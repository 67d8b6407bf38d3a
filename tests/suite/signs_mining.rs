//! What mining must do when something changes, AI hosting apart: signs of paired runs that share
//! all random numbers, beyond two standard errors, or of one run where nothing is random.

use crate::support::paired::{
    Effect, SEED, effect, effect_of, effects, last_of, mean_of, on_day, series, world,
};
use crate::support::{AI_OFF, Change, UNNAMED, setup};
use hashflight::model::mining::rig_fleet::RigFleet;
use hashflight::world::market::state::PowerGrid;
use hashflight::world::miners::appetite::Appetite;
use hashflight::world::miners::count::CountColumns;
use hashflight::world::miners::state::Site;
use hashflight::world::simulation::{begin, run, schedule};

/// No weather, no noise, no jumps, no impact: the price stands still unless it is moved.
const CALM: [Change; 9] = [
    AI_OFF,
    ("market.price.process", "gbm"),
    ("market.price.annual_volatility", "0"),
    ("market.price.impact_coefficient", "0"),
    ("market.fees.sd_log", "0"),
    ("market.fees.spikes_per_year", "0"),
    ("market.energy.weather_shocks_per_year", "0"),
    ("market.energy.uptime_sd_log", "0"),
    ("simulation.record_every_days", "1"),
];
/// Manufacturers have next to no orders, so that their capacity is what is stated: they can always make what they took orders
/// for.
const SMALL_BOOK: Change = ("miners.population.pipeline_over_additions", "0.05");
/// Uptime moves.
const WANDERING: [Change; 2] =
    [("market.energy.uptime_sd_log", "0.05"), ("market.energy.uptime_half_life_days", "45")];
/// The price halves on day 60.
const HALVED: [Change; 2] =
    [("market.price.shock_day", "60"), ("market.price.shock_log", "-0.6931471805599453")];

#[test]
fn a_halved_price_idles_the_least_efficient_first() {
    let calm = run(&world(&CALM), SEED, 0, false);
    let halved = run(&world(&[&CALM[..], &HALVED].concat()), SEED, 0, false);
    for day in [75, 90, 105] {
        let [with, without] =
            [&halved, &calm].map(|run| on_day(run, "fleet_efficiency_j_per_th", day));
        assert!(with < 0.99 * without, "day {day}: {with} against {without} J/TH run");
    }
    let setup = world(&[&CALM[..], &HALVED].concat());
    let mut world = begin(&setup, SEED, 0);
    let mut day = schedule::day();
    let mut mixed = 0;
    for _ in 0..90 {
        day.run(&mut world);
    }
    let uptime = setup.miners.operation.uptime;
    // Rigs of sites whose review fell on this day have changed since they were switched.
    let reviewed = |site: &Site| site.campus.is_multiple_of(setup.miners.investment.review_days);
    for miner in world.query::<CountColumns>().iter(&world) {
        if miner.site.closed || reviewed(miner.site) {
            continue;
        }
        // What a site hashes is what its best classes hash together, so no worse one runs instead.
        let best = best_classes(&miner.rigs());
        let running = miner.running.0.0 / uptime;
        let classes = best.iter().position(|sum| (sum - running).abs() <= 1e-9 * best[4]);
        let on = classes.unwrap_or_else(|| panic!("{running:e} runs of {best:?}"));
        mixed += usize::from(on > 0 && running < 0.999 * best[4]);
    }
    assert!(mixed > 10, "only {mixed} sites run some rigs and idle others");
}

/// Hash rate of the best 0, 1, … 4 classes of a site.
fn best_classes(rigs: &RigFleet) -> [f64; 5] {
    let mut order = [0, 1, 2, 3];
    order.sort_by(|&a, &b| rigs.efficiency[a].0.total_cmp(&rigs.efficiency[b].0));
    let mut sums = [0.0; 5];
    for (k, slot) in order.into_iter().enumerate() {
        sums[k + 1] = sums[k] + rigs.hash_rate[slot].0;
    }
    sums
}

#[test]
fn a_fall_in_hash_rate_lengthens_blocks_until_the_retarget_and_then_pays_survivors() {
    let calm = run(&world(&CALM), SEED, 0, false);
    let halved = run(&world(&[&CALM[..], &HALVED].concat()), SEED, 0, false);
    let difficulty = series(&halved, "difficulty");
    let fall = (75..200).find(|&day| difficulty[day] < 0.97 * difficulty[74]);
    let fall = fall.expect("the retarget answers the fall");
    let interval = |run, days: std::ops::Range<usize>| {
        let n = days.len() as f64;
        series(run, "block_interval_s")[days].iter().sum::<f64>() / n
    };
    let [slow, usual] = [&halved, &calm].map(|run| interval(run, 75..fall));
    assert!(slow > 1.02 * usual, "{slow} s against {usual} s until day {fall}");
    let hashprice = series(&halved, "hashprice_usd_per_ph_day");
    assert!(hashprice[fall + 1] > 1.02 * hashprice[fall - 1], "the survivors' hashprice");
}

#[test]
fn a_fall_in_hash_rate_slows_issuance() {
    let issued = |run: &_| on_day(run, "issuance_deviation_btc", 105);
    effect(&CALM, &HALVED, issued).must_fall();
}

#[test]
fn lower_difficulty_brings_idle_rigs_back() {
    let halved = run(&world(&[&CALM[..], &HALVED].concat()), SEED, 0, false);
    let (idle, difficulty) = (series(&halved, "idle_on_site_ehs"), series(&halved, "difficulty"));
    let most = (60..200).max_by(|&a, &b| idle[a].total_cmp(&idle[b])).expect("there are days");
    assert!(difficulty[most + 60] < difficulty[60], "difficulty has not fallen");
    assert!(idle[most] > 20.0 && idle[most + 60] < 0.8 * idle[most], "{} EH/s idle", idle[most]);
}

#[test]
fn a_restart_margin_delays_restart() {
    let volatile = [AI_OFF, ("market.price.annual_volatility", "0.9")];
    let more = [("miners.operation.restart_margin", "0.3")];
    let control = [&volatile[..], &[("miners.operation.restart_margin", "0")]].concat();
    effect(&control, &more, mean_of("idle_on_site_ehs")).must_rise();
}

#[test]
fn a_storm_lowers_the_hash_rate_and_it_comes_back() {
    let storms = [("market.energy.weather_shocks_per_year", "3")];
    let [storm, calm] =
        [&storms[..], &[]].map(|change| run(&world(&[&CALM[..], change].concat()), SEED, 0, false));
    let ratio: Vec<f64> = series(&storm, "hash_rate_ehs")
        .iter()
        .zip(series(&calm, "hash_rate_ehs"))
        .map(|(with, without)| with / without)
        .collect();
    let worst = (0..600).min_by(|&a, &b| ratio[a].total_cmp(&ratio[b])).expect("there are days");
    assert!(ratio[worst] < 0.95, "{}", ratio[worst]);
    let best_after = ratio[worst..worst + 60].iter().copied().fold(0.0, f64::max);
    assert!(best_after > 0.98, "{best_after} at best in the 60 days after day {worst}");
    effect(&CALM, &storms, last_of("curtailed_mwh")).must_rise();
}

#[test]
fn the_halving_squeezes_margins() {
    let near = [&CALM[..], &[("chain.height", "1042140")]].concat();
    let halving = run(&world(&near), SEED, 0, false);
    let halved = halving.records.iter().position(|record| record.subsidy.0 < 2.0);
    let halved = halved.expect("the subsidy falls within two years");
    let margin = series(&halving, "mining_margin");
    assert!(margin[halved + 1] < margin[halved - 1] - 0.2, "{margin:?}");
    let far = run(&world(&CALM), SEED, 0, false);
    assert!(margin[halved + 1] < series(&far, "mining_margin")[halved + 1] - 0.2);
}

#[test]
fn dearer_power_means_less_hash_rate() {
    let drift = [("market.energy.annual_tariff_drift", "0.3")];
    effect(&[AI_OFF], &drift, last_of("hash_rate_ehs")).must_fall();
    effect(&[AI_OFF], &drift, last_of("mean_tariff_usd_per_mwh")).must_rise();
}

#[test]
fn a_price_on_carbon_lowers_emissions() {
    let price = [("market.energy.carbon_price_usd_per_t", "60")];
    effect(&[AI_OFF], &price, last_of("emissions_mt")).must_fall();
}

#[test]
fn cheaper_rigs_mean_more_hash_rate() {
    let cheap = [
        ("market.rigs.production_cost_usd_per_w", "0.18"),
        ("market.rigs.buyers_payback_months", "10"),
    ];
    effect(&[AI_OFF], &cheap, last_of("hash_rate_ehs")).must_rise();
    effect(&[AI_OFF], &cheap, mean_of("rig_price_new_usd_per_th")).must_fall();
}

#[test]
fn more_capacity_of_manufacturers_means_more_hash_rate_and_thinner_margins() {
    let more = [("market.rigs.capacity_ehs_per_month", "85")];
    let control = [AI_OFF, SMALL_BOOK, ("market.rigs.capacity_ehs_per_month", "15")];
    effect(&control, &more, last_of("hash_rate_ehs")).must_rise();
    effect(&control, &more, last_of("mining_margin")).must_fall();
}

/// Two sizes at which signs of the mining side are looked at.
const SIZES: [Change; 2] = [("miners.population.count", "200"), ("miners.population.count", "600")];
/// The price rises by four fifths on day 30.
const BOOM: [Change; 2] = [("market.price.shock_day", "30"), ("market.price.shock_log", "0.6")];
/// Appetite stands still.
const STEADY: [Change; 3] = [
    ("miners.appetite.sd_log", "0"),
    ("miners.appetite.mean_sd_log", "0"),
    ("miners.appetite.elasticity_sd_log", "0"),
];

#[test]
fn a_longer_queue_raises_prices_unless_scarcity_is_complete_without_one() {
    let price = mean_of("rig_price_new_usd_per_th");
    for size in SIZES {
        let control = [&[AI_OFF, size], &BOOM[..]].concat();
        // The queue of a small capacity is longer.
        let soon = |run: &_| on_day(run, "rig_price_new_usd_per_th", 126);
        let scarce =
            [&control[..], &[SMALL_BOOK, ("market.rigs.capacity_ehs_per_month", "15")]].concat();
        let ample = [("market.rigs.capacity_ehs_per_month", "85")];
        effects(&scarce, &ample, soon).into_iter().for_each(Effect::must_fall);
        let full = [("market.rigs.scarcity_without_queue", "1")];
        effects(&control, &full, &price).into_iter().for_each(Effect::must_rise);
        let slower = [("market.rigs.queue_capacity_growth", "0")];
        effects(&control, &slower, &price).into_iter().for_each(Effect::must_rise);
        // Disconnected: the queue is no part of the price.
        let deaf = |capacity: [Change; 2]| {
            let set = [full[0], ("market.rigs.buyers_payback_months", "0")];
            let run = run(&world(&[&control[..], &set, &capacity].concat()), SEED, 0, false);
            series(&run, "rig_price_new_usd_per_th")
        };
        let capacity = |ehs| [SMALL_BOOK, ("market.rigs.capacity_ehs_per_month", ehs)];
        assert_eq!(deaf(capacity("15")), deaf(capacity("85")));
    }
}

#[test]
fn faster_connections_raise_the_hash_rate_of_a_boom_unless_no_site_grows() {
    for size in SIZES {
        let slow = [&[AI_OFF, size, ("market.energy.connections_mw_per_year", "500")], &BOOM[..]];
        let faster = [("market.energy.connections_mw_per_year", "10000")];
        effects(&slow.concat(), &faster, last_of("hash_rate_ehs"))
            .into_iter()
            .for_each(Effect::must_rise);
        let fixed = [
            ("miners.investment.monthly_site_growth", "0"),
            ("miners.turnover.monthly_entry_rate", "0"),
        ];
        let control = [&slow.concat()[..], &fixed].concat();
        let [without, with] = [&control[..], &[&control[..], &faster].concat()]
            .map(|set| run(&world(set), SEED, 1, false).records);
        assert_eq!(without, with, "nobody asks for connections");
    }
}

#[test]
fn halls_that_take_longer_delay_the_growth_of_a_boom() {
    for size in SIZES {
        let quick = ("miners.investment.site_lead_days", "0");
        let short = ("market.rigs.delivery_lag_days", "60");
        let control = [&[AI_OFF, size, quick, short], &BOOM[..]].concat();
        let slow = [("miners.investment.site_lead_days", "270")];
        let power = |run: &_| on_day(run, "mining_mw", 273);
        effects(&control, &slow, power).into_iter().for_each(Effect::must_fall);
    }
}

#[test]
fn idle_rigs_that_leave_free_power() {
    let fall = [("market.price.shock_day", "60"), ("market.price.shock_log", "-0.5")];
    for size in SIZES {
        let stay = [&[AI_OFF, size, ("miners.investment.idle_departure_rate", "0")], &fall[..]];
        let leave = [("miners.investment.idle_departure_rate", "4")];
        effects(&stay.concat(), &leave, mean_of("idle_mw")).into_iter().for_each(Effect::must_fall);
        effects(&stay.concat(), &leave, mean_of("vacant_mw"))
            .into_iter()
            .for_each(Effect::must_rise);
    }
}

#[test]
fn power_on_which_nothing_pays_back_goes_back_to_the_grid() {
    let fall = [("market.price.shock_day", "60"), ("market.price.shock_log", "-0.5")];
    for size in SIZES {
        let kept = [&[AI_OFF, size, ("miners.investment.power_surrender_rate", "0")], &fall[..]];
        let given_up = [("miners.investment.power_surrender_rate", "1")];
        effects(&kept.concat(), &given_up, last_of("vacant_mw"))
            .into_iter()
            .for_each(Effect::must_fall);
        effects(&kept.concat(), &given_up, last_of("surrendered_mw"))
            .into_iter()
            .for_each(Effect::must_rise);
        // On cheap power everything pays back, and nobody gives anything up.
        let cheap = [
            UNNAMED,
            ("market.energy.median_tariff_usd_per_mwh", "3"),
            ("market.energy.tariff_sd_log", "0"),
            ("miners.investment.hurdle_months", "600"),
            ("miners.investment.expected_annual_decline", "0"),
        ];
        let control = [&kept.concat()[..], &cheap].concat();
        let [without, with] = [&control[..], &[&control[..], &given_up].concat()]
            .map(|set| run(&world(set), SEED, 1, false).records);
        let given = with.last().map(|record| record.surrendered_power.mw());
        assert!(without == with && given == Some(0.0), "{given:?} MW are given up");
    }
}

#[test]
fn data_centres_that_grow_faster_than_grids_slow_the_boom_unless_they_queue_elsewhere() {
    for size in SIZES {
        let scarce = [AI_OFF, size, ("market.energy.connections_mw_per_year", "1000")];
        let slow = ("market.energy.others_connections_growth", "0");
        let control = [&scarce[..], &[slow], &BOOM].concat();
        let fast = [("market.energy.others_connections_growth", "1")];
        effects(&control, &fast, last_of("hash_rate_ehs")).into_iter().for_each(Effect::must_fall);
        let apart = [&control[..], &[("market.energy.connections_shared_part", "0")]].concat();
        let [without, with] = [&apart[..], &[&apart[..], &fast].concat()]
            .map(|set| run(&world(set), SEED, 1, false).records);
        assert!(without == with, "nobody queues where miners do");
    }
}

#[test]
fn more_appetite_raises_orders_and_none_of_its_chance_reaches_anything_else() {
    for size in SIZES {
        let no_impact = ("market.price.impact_coefficient", "0");
        let steady = [&[AI_OFF, size, no_impact], &STEADY[..]].concat();
        let ordered = mean_of("in_delivery_ehs");
        // With a half-life of centuries appetite stays where the first day draws it.
        let moved = [
            ("miners.appetite.mean_sd_log", "0.8"),
            ("miners.appetite.mean_half_life_days", "36525"),
        ];
        let (mut product, mut square) = (0.0, 0.0);
        for replicate in 0..8 {
            let [with, without] = [&[&steady[..], &moved].concat()[..], &steady]
                .map(|set| (world(set), run(&world(set), SEED, replicate, false)));
            let drawn = begin(&with.0, SEED, replicate).resource::<Appetite>().log_mean;
            product += drawn * libm::log(ordered(&with.1) / ordered(&without.1));
            square += drawn * drawn;
            assert_eq!(on_day(&with.1, "btc_price_usd", 7), on_day(&without.1, "btc_price_usd", 7));
        }
        let response = product / square;
        assert!((0.2..2.0).contains(&response), "orders answer appetite by {response}");
    }
}

#[test]
fn better_rigs_mean_more_hash_rate() {
    let better = [("market.rigs.annual_improvement", "0.3")];
    let control = [AI_OFF, ("market.rigs.annual_improvement", "0.05")];
    effect(&control, &better, last_of("hash_rate_ehs")).must_rise();
    // The pace of progress makes the opening fleet's vintages too, so what counts is the change.
    let change = |run: &_| {
        let efficiency = series(run, "fleet_efficiency_j_per_th");
        efficiency[efficiency.len() - 1] / efficiency[0]
    };
    effect(&control, &better, change).must_fall();
}

#[test]
fn a_longer_delivery_lag_slows_growth() {
    let slow = [("market.rigs.delivery_lag_days", "270")];
    let control = [AI_OFF, ("market.rigs.delivery_lag_days", "60")];
    // The opening order book holds the same deliveries a month, so that only new orders differ.
    let growth = |run: &_| on_day(run, "hash_rate_ehs", 728) - on_day(run, "hash_rate_ehs", 273);
    let boom = [("market.price.shock_day", "270"), ("market.price.shock_log", "0.7")];
    effect(&[&control[..], &boom].concat(), &slow, growth).must_fall();
}

#[test]
fn a_high_price_attracts_entry() {
    let high = [("market.price.shock_day", "1"), ("market.price.shock_log", "0.5")];
    // Where grids connect as much as is asked for: else incumbents' halls leave newcomers less of it.
    let plenty = ("market.energy.connections_mw_per_year", "1000000");
    let control = [&[AI_OFF, plenty], &STEADY[..]].concat();
    effect(&control, &high, last_of("entrants")).must_rise();
}

#[test]
fn a_price_that_sinks_for_years_shrinks_the_network() {
    let sinking = [("market.price.annual_drift", "-0.8")];
    effect(&[AI_OFF], &sinking, last_of("hash_rate_ehs")).must_fall();
    let shrinks = world(&[AI_OFF, sinking[0]]);
    let first_year = |run: &_| on_day(run, "hash_rate_ehs", 364);
    let last = last_of("hash_rate_ehs");
    let falls = (0..6).filter(|&k| {
        let run = run(&shrinks, SEED, k, false);
        last(&run) < first_year(&run)
    });
    assert!(falls.count() >= 5, "the decline does not last");
}

#[test]
fn the_price_gives_way_to_forced_sales_the_more_the_steeper_its_impact() {
    // Miners empty their treasuries to hold a year of costs in cash.
    let forced = [
        AI_OFF,
        ("miners.treasury.cash_floor_days", "360"),
        ("miners.treasury.cash_ceiling_days", "720"),
        ("miners.treasury.sale_share_public", "1"),
        ("miners.treasury.sale_share_private", "1"),
        ("simulation.horizon_days", "60"),
    ];
    let control = [&forced[..], &[("market.price.impact_coefficient", "0.5")]].concat();
    let steeper = [("market.price.impact_coefficient", "2")];
    let impact = |run: &_| on_day(run, "price_impact_log", 7);
    let effect = effect(&control, &steeper, impact);
    effect.must_fall();
    assert!(effect.control < 0.0, "forced sales press the price: {effect:?}");
}

#[test]
fn fees_add_to_the_security_budget() {
    let fees = [("market.fees.initial_share", "0.03")];
    effect(&[AI_OFF], &fees, mean_of("security_budget_usd_per_day")).must_rise();
    effect(&[AI_OFF], &fees, mean_of("fee_share")).must_rise();
}

#[test]
fn a_crash_makes_miners_insolvent() {
    let crash = [("market.price.shock_day", "60"), ("market.price.shock_log", "-0.9")];
    effect(&[AI_OFF], &crash, last_of("insolvencies")).must_rise();
}

#[test]
fn idle_rigs_make_used_ones_cheaper_and_an_attack_with_them() {
    let crash = [("market.price.shock_day", "60"), ("market.price.shock_log", "-0.7")];
    effect(&[AI_OFF], &crash, mean_of("idle_attack_ratio")).must_rise();
    effect(&[AI_OFF], &crash, mean_of("attack_gross_usd")).must_fall();
    let slope = [("market.rigs.used_price_idle_slope", "8")];
    let control = [&[AI_OFF, ("market.rigs.used_price_idle_slope", "0")], &crash[..]].concat();
    effect(&control, &slope, mean_of("rig_price_used_usd_per_th")).must_fall();
}

#[test]
fn operators_who_wait_keep_rigs_on_after_a_fall() {
    let slow = [("miners.operation.response_half_life_days", "20")];
    let control =
        [&CALM[..], &HALVED, &[("miners.operation.response_half_life_days", "0")]].concat();
    let soon = |run: &_| on_day(run, "hash_rate_ehs", 66);
    effect_of(&world(&control), &world(&[&control[..], &slow].concat()), soon).must_rise();
}

#[test]
fn uptime_wanders_around_its_normal_level_as_its_parameters_say() {
    let (sd, half_life, n) = (0.05, 45_u32, 240_u32);
    let setup =
        setup(&[UNNAMED, AI_OFF, ("miners.population.count", "20"), WANDERING[0], WANDERING[1]]);
    let logs: Vec<[f64; 2]> = (0..n)
        .map(|replicate| {
            let mut world = begin(&setup, SEED, replicate);
            let mut day = schedule::day();
            [(); 2].map(|()| {
                (0..half_life).for_each(|_| day.run(&mut world));
                libm::log(world.resource::<PowerGrid>().uptime_factor)
            })
        })
        .collect();
    let moment = |of: fn(&[f64; 2]) -> f64| logs.iter().map(of).sum::<f64>() / f64::from(n);
    // From 0, the variance is s²(1 − 2^(−2t/h)) and half of the first deviation is left after h.
    let (first, second) = (sd * sd * 0.75, sd * sd * 0.9375);
    let error = 4.0 * (2.0 / f64::from(n)).sqrt();
    assert!((moment(|log| log[0] * log[0]) / first - 1.0).abs() < error);
    assert!((moment(|log| log[1] * log[1]) / second - 1.0).abs() < error);
    let covariance = moment(|log| log[0] * log[1]);
    let noise = 4.0 * ((0.25 * first * first + first * second) / f64::from(n)).sqrt();
    assert!((covariance - 0.5 * first).abs() < noise, "{covariance:e}");
    assert!(moment(|log| log[1]).abs() < 4.0 * sd / f64::from(n).sqrt());
}

#[test]
fn uptime_moves_the_hash_rate_in_proportion() {
    let with = world(&[&CALM[..], &WANDERING].concat());
    let mut up = begin(&with, SEED, 0);
    schedule::day().run(&mut up);
    let factor = up.resource::<PowerGrid>().uptime_factor;
    let [moved, still] =
        [with, world(&CALM)].map(|setup| on_day(&run(&setup, SEED, 0, false), "hash_rate_ehs", 1));
    assert!((factor - 1.0).abs() > 1e-3, "{factor}");
    assert!((moved / still / factor - 1.0).abs() < 1e-9, "{moved} and {still}, factor {factor}");
}

#[test]
fn the_last_height_that_is_allowed_runs() {
    let setup = setup(&[
        UNNAMED,
        ("miners.population.count", "50"),
        ("chain.height", "6929999"),
        ("simulation.horizon_days", "40"),
    ]);
    let run = hashflight::world::simulation::run(&setup, SEED, 0, false);
    for column in hashflight::world::simulation::columns::SERIES {
        let values = series(&run, column.name);
        assert!(values.iter().all(|value| value.is_finite()), "{}: {values:?}", column.name);
    }
    assert_eq!(run.records[0].subsidy.0, 0.0);
}

/// A year without AI hosting at the two sizes of the baseline's claims.
const BASELINE_SIZES: [[Change; 3]; 2] = [
    [AI_OFF, ("miners.population.count", "1000"), ("simulation.horizon_days", "364")],
    [AI_OFF, ("miners.population.count", "5000"), ("simulation.horizon_days", "364")],
];

#[test]
fn an_order_book_that_is_known_is_delivered_and_takes_the_place_of_the_ratio() {
    let book = |ehs| ("miners.population.order_book_ehs", ehs);
    for size in BASELINE_SIZES {
        let small = [&size[..], &[book("200")]].concat();
        let more = effects(&small, &[book("600")], last_of("hash_rate_ehs"));
        for effect in more {
            effect.must_rise();
            // Not all of 400 EH/s stay: prices of rigs rise, orders and old rigs fall.
            assert!(effect.mean > 20.0 && effect.mean < 400.0, "{effect:?}");
        }
        let ratio = [("miners.population.pipeline_over_additions", "0.2")];
        for effect in effects(&small, &ratio, last_of("hash_rate_ehs")) {
            assert_eq!((effect.mean, effect.standard_error), (0.0, 0.0), "the ratio is not read");
        }
        for effect in effects(&size, &ratio, last_of("hash_rate_ehs")) {
            effect.must_fall();
        }
    }
}

#[test]
fn appetite_that_is_known_on_the_first_day_means_orders_for_as_long_as_it_lasts() {
    let known = ("miners.appetite.opening_spread", "0");
    for size in BASELINE_SIZES {
        let control = [&size[..], &[known]].concat();
        let hash_rate = last_of("hash_rate_ehs");
        for key in ["miners.appetite.opening_log", "miners.appetite.opening_mean_log"] {
            for effect in effects(&control, &[(key, "0.8")], &hash_rate) {
                effect.must_rise();
                assert!(effect.mean < 0.3 * effect.control, "{key}: {effect:?}");
            }
        }
        // In a boom orders that answer paybacks more strongly are more.
        let boom = [&control[..], &BOOM].concat();
        let elastic = [("miners.appetite.opening_elasticity_log", "0.8")];
        effects(&boom, &elastic, &hash_rate).into_iter().for_each(Effect::must_rise);
        // Appetite that is forgotten at once is as if it had not been known.
        let forgotten = [&control[..], &[("miners.appetite.half_life_days", "0")]].concat();
        for effect in effects(&forgotten, &[("miners.appetite.opening_log", "0.8")], &hash_rate) {
            assert_eq!((effect.mean, effect.standard_error), (0.0, 0.0), "{effect:?}");
        }
    }
}
