//! The rules npv, real_option and logit in runs of ai-counterfactual's world: pairs that share all random
//! numbers, two seeds.

use super::{Estimate, SEEDS, SIGMAS};
use crate::signs_hosting::ask_for_offers;
use crate::support::paired::last_of;
use crate::support::{Change, experiment};
use hashflight::world::miners::conversion::leases::Route;
use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::{Setup, begin, run, schedule};

/// Replicates under each seed.
const REPLICATES: u32 = 6;

const NPV: Change<'static> = ("ai.conversion.rule", "npv");
const OPTION: Change<'static> = ("ai.conversion.rule", "real_option");
const LOGIT: Change<'static> = ("ai.conversion.rule", "logit");

/// Nobody minds risk and npv asks for no margin: what is left of volatility is the value of waiting.
const NEUTRAL: [Change<'static>; 2] =
    [("ai.conversion.risk_aversion", "0"), ("ai.conversion.npv_hurdle", "0")];
/// Nothing is uncertain to those who decide.
const CALM: [Change<'static>; 2] =
    [("ai.conversion.lease_volatility", "0"), ("ai.conversion.mining_volatility", "0")];

/// The world with AI of ai-counterfactual, cut into 600 sites, for a year and a half.
fn world(changes: &[Change]) -> Setup {
    let size = [("miners.population.count", "600"), ("simulation.horizon_days", "546")];
    experiment("ai-counterfactual", &[&size, changes].concat()).base
}

/// IT power under contract in the end, run by run in the same order.
fn contracted(changes: &[Change]) -> Vec<f64> {
    let setup = world(changes);
    runs()
        .map(|(seed, replicate)| last_of("ai_contracted_mw")(&run(&setup, seed, replicate, false)))
        .collect()
}

fn runs() -> impl Iterator<Item = (u64, u32)> {
    SEEDS.into_iter().flat_map(|seed| (0..REPLICATES).map(move |replicate| (seed, replicate)))
}

/// Every column of the first replicate of each seed, as bits: what cannot be had on a day is NaN in both.
fn bits(changes: &[Change]) -> Vec<Vec<u64>> {
    let setup = world(changes);
    SEEDS
        .into_iter()
        .flat_map(|seed| {
            let trajectory = run(&setup, seed, 0, false);
            SERIES.iter().map(move |column| {
                trajectory.series(column).into_iter().map(f64::to_bits).collect::<Vec<_>>()
            })
        })
        .collect()
}

/// First-year rents that places ask for after a month without tenders, with campus and route.
fn asked(changes: &[Change], seed: u64) -> Vec<(u32, Route, f64)> {
    let mut setup = world(changes);
    setup.ai.demand.tender_share = 0.0;
    let mut world = begin(&setup, seed, 0);
    let mut day = schedule::day();
    for _ in 0..31 {
        day.run(&mut world);
    }
    let offers = ask_for_offers(&mut world);
    offers.into_iter().map(|(_, offer)| (offer.campus, offer.route, offer.rent_musd)).collect()
}

/// Rents that the same places ask for under two sets of changes, on the routes that count.
fn rents_of_pairs(
    one: &[Change],
    other: &[Change],
    counts: impl Fn(Route) -> bool,
) -> Vec<(f64, f64)> {
    let mut pairs = Vec::new();
    for seed in SEEDS {
        let others = asked(other, seed);
        for (campus, route, rent) in asked(one, seed) {
            let same = others.iter().find(|(place, kind, _)| (*place, *kind) == (campus, route));
            pairs.extend(same.filter(|_| counts(route)).map(|&(_, _, other)| (rent, other)));
        }
    }
    assert!(pairs.len() > 100, "{} pairs", pairs.len());
    pairs
}

/// At the baseline waiting is worth more than npv's margin: every place asks for more, and fewer sign.
#[test]
fn every_place_asks_for_more_under_the_option_and_fewer_sign() {
    let pairs = rents_of_pairs(&[NPV], &[OPTION], |_| true);
    assert!(pairs.iter().all(|(npv, option)| option > npv));
    let (npv, option) = (contracted(&[NPV]), contracted(&[OPTION]));
    let gap = Estimate::of_pairs(&npv, &option);
    let ratio = pairs.iter().map(|(npv, option)| option / npv).sum::<f64>() / pairs.len() as f64;
    println!("npv {:?}, less the option {gap:?}; rents {ratio:.4} times", Estimate::of(&npv));
    assert!(gap.is_positive(), "{gap:?}");
}

/// Control of the one above: without volatility what npv asks for beyond cost, its margin, is all that is left of
/// the difference, and its sign turns.
#[test]
fn without_volatility_the_option_asks_for_less_than_npv_with_its_margin() {
    let calm = |rule| [&CALM[..], &[rule]].concat();
    let pairs = rents_of_pairs(&calm(NPV), &calm(OPTION), |_| true);
    assert!(pairs.iter().all(|(npv, option)| option < npv));
    let gap = Estimate::of_pairs(&contracted(&calm(NPV)), &contracted(&calm(OPTION)));
    println!("without volatility: npv less the option {gap:?}");
    assert!(!gap.is_positive() && gap.mean < 0.0, "{gap:?}");
}

/// V/K = 1 where nothing is uncertain and payouts are equal: the option is npv without a margin.
#[test]
fn without_volatility_and_margin_the_option_is_npv_bit_for_bit() {
    let rule = |rule| [&CALM[..], &NEUTRAL, &[rule]].concat();
    assert!(bits(&rule(OPTION)) == bits(&rule(NPV)));
    let uneasy =
        [&CALM[..], &NEUTRAL, &[OPTION, ("ai.conversion.lease_volatility", "0.2")]].concat();
    assert!(bits(&uneasy) != bits(&rule(NPV)), "the runs tell no rule from another");
}

/// Npv of those whom risk does not move hangs on no volatility; the option's trigger rises with it.
fn gaps_over(key: &str, levels: [&str; 3], rest: &[Change]) {
    let of = |level, rule| [&CALM[..], &NEUTRAL, rest, &[(key, level), rule]].concat();
    let npv = contracted(&of("0", NPV));
    assert!(bits(&of("0", NPV)) == bits(&of(levels[2], NPV)), "npv answers {key}");
    let mut before = npv;
    for level in levels {
        let option = contracted(&of(level, OPTION));
        let more = Estimate::of_pairs(&before, &option);
        println!("{key} {level}: the option signs {:?}, less by {more:?}", Estimate::of(&option));
        assert!(more.is_positive(), "{key} {level}: {more:?}");
        before = option;
    }
}

#[test]
fn the_gap_between_option_and_npv_grows_with_the_volatility_of_leases() {
    gaps_over("ai.conversion.lease_volatility", ["0.1", "0.2", "0.4"], &[]);
}

/// Only the mining that is given up has this volatility, a small part of what a hall costs; so the steps are wide.
#[test]
fn the_gap_between_option_and_npv_grows_with_the_volatility_of_mining() {
    gaps_over("ai.conversion.mining_volatility", ["1", "2.5", "5"], &[]);
}

#[test]
fn a_choice_without_noise_is_npv_bit_for_bit() {
    let quiet = ("ai.conversion.logit_scale", "0");
    assert!(bits(&[LOGIT, quiet]) == bits(&[NPV]));
    assert!(bits(&[LOGIT]) != bits(&[NPV]), "noise of the baseline changes nothing");
}

/// Noise of mean zero and standard deviation π/√6 times its scale (Gumbel), over cost, leaves the mean ask where it was
/// and lowers the least of many, to which a tender goes. How much is signed is another matter: the least ask comes from
/// places that noise picks, whatever they can build. So no sign is claimed for it, only that it differs.
#[test]
fn noise_keeps_the_mean_ask_lowers_the_least_and_signs_differently() {
    // Whoever asks can pay and build, so that none drops out for what it asks.
    let rich = [
        ("ai.conversion.purse_equity_share", "10"),
        ("ai.conversion.build_base_mw", "1000000"),
        ("ai.conversion.min_hall_mw", "0.01"),
        ("ai.demand.least_part", "0"),
    ];
    let of = |rule| [&rich[..], &[rule]].concat();
    let pairs = rents_of_pairs(&of(NPV), &of(LOGIT), |route| route == Route::Retrofit);
    let relative: Vec<f64> = pairs.iter().map(|(npv, logit)| logit / npv - 1.0).collect();
    let noise = Estimate::of(&relative);
    let spread = noise.error * (relative.len() as f64).sqrt();
    let scale = world(&[]).ai.conversion.logit_scale * std::f64::consts::PI / 6.0_f64.sqrt();
    let least = |rents: &mut dyn Iterator<Item = f64>| rents.fold(f64::INFINITY, f64::min);
    let (npv, logit) =
        (least(&mut pairs.iter().map(|pair| pair.0)), least(&mut pairs.iter().map(|pair| pair.1)));
    println!(
        "noise {noise:?}, spread {spread:.4} of {scale:.4} over cost; least ask {npv:.4} and {logit:.4}"
    );
    assert!(noise.mean.abs() < SIGMAS * noise.error, "{noise:?}");
    // What is asked for is cost with a margin and what is given up: the noise over it is smaller than over cost.
    assert!(spread < scale && spread > 0.5 * scale, "{spread} of {scale}");
    assert!(logit < npv, "{logit} {npv}");
    let (plain, noisy) = (contracted(&[NPV]), contracted(&[LOGIT]));
    let differ = plain.iter().zip(&noisy).filter(|(a, b)| (*a - *b).abs() > 1.0).count();
    println!("logit signs more by {:?}; {differ} runs differ", Estimate::of_pairs(&noisy, &plain));
    assert!(4 * differ > 3 * plain.len(), "{differ} of {}", plain.len());
}
