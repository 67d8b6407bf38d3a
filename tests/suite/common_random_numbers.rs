//! Scenarios that share a seed share every random number they both need: what differs between them
//! is caused by what was changed.

use crate::support::{AI_OFF, UNNAMED, setup, small};
use bevy_ecs::prelude::World;
use hashflight::random::{Draws, Need};
use hashflight::study::experiment::config::Tree;
use hashflight::study::experiment::parameter::{Parameter, ParameterKind};
use hashflight::units::{DAY, Hashes};
use hashflight::world::chain::{Chain, DayOfBlocks, NetworkHashRate};
use hashflight::world::market::state::{AiDemand, Bitcoin, Fees, PowerGrid};
use hashflight::world::miners::conversion::leases::{HallStage, Leases};
use hashflight::world::miners::count::CountColumns;
use hashflight::world::miners::spec::Class;
use hashflight::world::miners::state::{
    ContractTariff, Flows, PoolIndex, RegionIndex, Site, SpotShare,
};
use hashflight::world::simulation::{Setup, begin, run, schedule};

const SEED: u64 = 11;

/// Another value of a parameter, as `--set` takes it: an end of its plausible range, or another choice.
fn another(parameter: &Parameter) -> String {
    let value = parameter.value.clone().expect("the baseline gives every parameter a value");
    match parameter.kind {
        ParameterKind::Boolean => (!value.as_bool().unwrap_or_default()).to_string(),
        ParameterKind::Text => {
            let other = parameter.choices.iter().find(|choice| value.as_str() != Some(choice));
            other.expect("a text of the AI section is a choice").clone()
        }
        ParameterKind::Numbers => {
            let mut list = value.as_array().cloned().unwrap_or_default();
            list.rotate_left(1);
            toml::Value::Array(list).to_string()
        }
        ParameterKind::Texts => panic!("no parameter of the AI section is a list of texts"),
        ParameterKind::Integer | ParameterKind::Number => {
            let [low, high] = parameter.range.expect("a number of the AI section has a range");
            let now = value.as_float().unwrap_or_default();
            format!("{:?}", if now < high { high } else { low })
        }
    }
}

/// Every parameter of AI hosting but its switch, with another value than the baseline's.
fn all_of_ai_changed() -> Vec<(String, String)> {
    let tree = Tree::baseline().unwrap_or_else(|error| panic!("{error}"));
    tree.parameters()
        .iter()
        .filter(|parameter| parameter.key.starts_with("ai.") && parameter.key != "ai.enabled")
        .map(|parameter| (parameter.key.clone(), another(parameter)))
        .collect()
}

#[test]
fn without_ai_hosting_none_of_its_parameters_matters_bit_for_bit() {
    let changed = all_of_ai_changed();
    assert!(changed.len() > 50, "only {} parameters of AI hosting", changed.len());
    let mut changes = vec![AI_OFF];
    let plain = run(&small(&changes), SEED, 0, true);
    changes.extend(changed.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    assert_eq!(run(&small(&changes), SEED, 0, true), plain);
    changes.remove(0);
    assert_ne!(run(&small(&changes), SEED, 0, true), run(&small(&[]), SEED, 0, true));
}

/// Two worlds of one replicate, day by day.
fn side_by_side(left: &Setup, right: &Setup, mut compare: impl FnMut(&mut World, &mut World)) {
    let (mut a, mut b) = (begin(left, SEED, 3), begin(right, SEED, 3));
    let mut day = (schedule::day(), schedule::day());
    for _ in 0..left.simulation.horizon_days {
        day.0.run(&mut a);
        day.1.run(&mut b);
        compare(&mut a, &mut b);
    }
}

#[test]
fn worlds_with_and_without_ai_hosting_share_every_shock_from_outside() {
    let (mut hosting, mut hash_rates_differ) = (false, false);
    side_by_side(&small(&[]), &small(&[AI_OFF]), |on, off| {
        let path = |world: &World| world.resource::<Bitcoin>().log_exogenous.to_bits();
        assert_eq!(path(on), path(off));
        let fees = |world: &World| {
            let fees = world.resource::<Fees>();
            [fees.log_level, fees.log_spike, fees.per_block.0].map(f64::to_bits)
        };
        assert_eq!(fees(on), fees(off));
        let power = |world: &World| {
            let grid = world.resource::<PowerGrid>();
            [grid.availability, grid.spot, grid.log_spot].map(|column| column.map(f64::to_bits))
        };
        assert_eq!(power(on), power(off));
        hosting |= world_hosts(on);
        assert!(!world_hosts(off));
        let network = |world: &World| world.resource::<NetworkHashRate>().total;
        hash_rates_differ |= network(on) != network(off);
    });
    assert!(hosting && hash_rates_differ, "AI hosting did nothing, so nothing was shown");
}

fn world_hosts(world: &World) -> bool {
    world.resource::<Leases>().all.iter().any(|lease| lease.stage != HallStage::Ended)
}

/// Work that the blocks `from..=to` take, in expected blocks: what their draws say.
fn luck(draws: &Draws, from: u32, to: u32) -> f64 {
    (from..=to).map(|height| -libm::log(draws.draw(Need::Block(height)))).sum()
}

#[test]
fn a_block_takes_the_same_work_whatever_miners_do() {
    let setups = [small(&[]), small(&[AI_OFF])];
    let first = setups[0].chain.height;
    let mut done = [0.0; 2];
    side_by_side(&setups[0], &setups[1], |on, off| {
        for (world, done) in [on, off].into_iter().zip(&mut done) {
            let work: Hashes = world.resource::<NetworkHashRate>().total * DAY;
            *done += work.0 * world.resource::<DayOfBlocks>().blocks_expected_per_hash;
            let (height, draws) = (world.resource::<Chain>().height(), world.resource::<Draws>());
            let found = luck(draws, first + 1, height);
            let next = found + luck(draws, height + 1, height + 1);
            assert!(found <= *done * (1.0 + 1e-9) && *done <= next * (1.0 + 1e-9));
        }
    });
    assert_ne!(done[0].to_bits(), done[1].to_bits());
}

/// What is drawn for a miner, hash rates aside: they are scaled to the network.
#[derive(Clone, Debug, PartialEq)]
struct Drawn {
    tariff: f64,
    spot_share: f64,
    region: u32,
    pool: u32,
    hurdle_months: f64,
    optimism: f64,
    class: Class,
    efficiency: [f64; 4],
}

fn drawn(world: &mut World) -> Vec<Drawn> {
    let mut query =
        world.query::<(&ContractTariff, &SpotShare, &RegionIndex, &PoolIndex, CountColumns)>();
    query
        .iter(world)
        .map(|(tariff, spot_share, region, pool, miner)| Drawn {
            tariff: tariff.0.0,
            spot_share: spot_share.0,
            region: region.0,
            pool: pool.0,
            hurdle_months: miner.site.hurdle_months,
            optimism: miner.site.optimism,
            class: miner.site.class,
            efficiency: miner.rigs().efficiency.map(|e| e.0),
        })
        .collect()
}

#[test]
fn a_larger_population_keeps_the_draws_of_its_first_miners() {
    // One site to an owner: a larger owner would otherwise take the next miners' places.
    let sized = |count| {
        let one_site = ("miners.population.max_site_mw", "100000");
        setup(&[("miners.population.count", count), UNNAMED, one_site])
    };
    let (few, many) = (sized("100"), sized("120"));
    let (few, many) = (drawn(&mut begin(&few, SEED, 0)), drawn(&mut begin(&many, SEED, 0)));
    assert_eq!((few.len(), many.len()), (100, 120));
    for (few, many) in few.iter().zip(&many) {
        assert_eq!(Drawn { class: few.class, ..many.clone() }, *few);
    }
    assert_ne!(many[99], many[119]);
}

#[test]
fn switching_ai_hosting_off_moves_no_miners_draws() {
    let changes = [
        ("miners.turnover.monthly_entry_rate", "0.05"),
        ("miners.turnover.entry_hurdle_months", "60"),
    ];
    let (on, off) = (small(&changes), small(&[changes[0], changes[1], AI_OFF]));
    assert_eq!(drawn(&mut begin(&on, SEED, 3)), drawn(&mut begin(&off, SEED, 3)));
    let mut entrants = 0;
    side_by_side(&on, &off, |on, off| {
        let of = |world: &mut World| -> Vec<(u32, Drawn)> {
            let sites: Vec<Site> = world.query::<&Site>().iter(world).copied().collect();
            // Rigs come and go with decisions; all else was drawn once and for all.
            let drawn = drawn(world).into_iter().map(|one| Drawn { efficiency: [0.0; 4], ..one });
            sites.iter().map(|site| site.miner).zip(drawn).collect()
        };
        let (on, off) = (of(on), of(off));
        let common = on.len().min(off.len());
        entrants = common - 150;
        assert_eq!(on[..common], off[..common]);
    });
    assert!(entrants > 0, "nobody entered, so nothing was shown about newcomers");
}

#[test]
fn tenders_ask_for_the_same_whatever_miners_offer() {
    let few = small(&[("ai.conversion.quality_ready", "0.1")]);
    let many = small(&[("ai.conversion.quality_ready", "0.9")]);
    let (mut compared, mut signed) = (0, [0.0; 2]);
    side_by_side(&few, &many, |few, many| {
        signed = [&few, &many].map(|world| world.resource::<Flows>().ai_signed.0);
        let (few, many) = (few.resource::<AiDemand>(), many.resource::<AiDemand>());
        assert_eq!(few.tenders, many.tenders);
        compared += few.tenders.len();
    });
    assert!(compared > 0, "no tender was issued");
    assert!(signed[0] < signed[1], "miners offered the same: {signed:?}");
}

#[test]
fn a_replicate_is_the_same_whichever_were_run_before_it() {
    let setup = small(&[("simulation.horizon_days", "120")]);
    let alone = run(&setup, SEED, 5, true);
    for replicate in 0..3 {
        assert_ne!(run(&setup, SEED, replicate, true), alone);
    }
    assert_eq!(run(&setup, SEED, 5, true), alone);
}

#[test]
fn replicates_draw_independent_prices() {
    let setup = small(&[("simulation.record_every_days", "1"), ("simulation.horizon_days", "60")]);
    let returns = |replicate: u32| -> Vec<f64> {
        let records = run(&setup, SEED, replicate, false).records;
        let change = |pair: &[hashflight::world::simulation::trajectory::Record]| {
            libm::log(pair[1].btc_price / pair[0].btc_price)
        };
        records.windows(2).map(change).collect()
    };
    let paths: Vec<_> = (0..12).map(returns).collect();
    let (mut sum, mut square, mut n) = (0.0, 0.0, 0.0);
    for (left, right) in paths.iter().zip(&paths[1..]) {
        for (a, b) in left.iter().zip(right) {
            sum += a * b;
            square += a * b * a * b;
            n += 1.0;
        }
    }
    let standard_error = f64::sqrt(square);
    assert!(sum.abs() < 4.0 * standard_error, "{} over {n} days", sum / standard_error);
}
