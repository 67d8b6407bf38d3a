//! Designs in an experiment file: where points lie, how scenarios are named, what is refused.

use std::collections::BTreeSet;

use hashflight::study::design::Distribution;
use hashflight::study::experiment::sweep::{Law, Placing};
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::study::results::plan::Plan;

const PRICE: &str = "market.price.initial_usd";

fn load(text: &str) -> Result<Experiment, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, format!("extends = \"baseline\"\n{text}")).expect("a file in it");
    Experiment::load(&path, &Overrides::default()).map_err(|error| {
        let message = error.to_string();
        message[message.find("mine.toml").unwrap_or(0)..].to_owned()
    })
}

/// A design `d` by a method and its factors.
fn design(method: &str, factors: &[&str]) -> String {
    let factors: Vec<_> = factors.iter().map(|f| format!("[[design.factor]]\n{f}\n")).collect();
    format!("[[design]]\nname = \"d\"\nmethod = {method}\n{}", factors.concat())
}

fn points(text: &str) -> Experiment {
    load(text).unwrap_or_else(|message| panic!("{message}\nin\n{text}"))
}

/// The values of a key, scenario by scenario, as JSON.
fn values(experiment: &Experiment, key: &str) -> Vec<serde_json::Value> {
    experiment.scenarios.iter().map(|s| s.set.get(key).cloned().unwrap_or_default()).collect()
}

const TWO_PRICES: &str = "key = \"market.price.initial_usd\"\nvalues = [60000, 90000]";
const THREE_RULES: &str =
    "key = \"ai.conversion.rule\"\nvalues = [\"npv\", \"real_option\", \"logit\"]";

#[test]
fn a_grid_has_every_combination_the_last_factor_fastest() {
    let grid = points(&design("\"grid\"", &[TWO_PRICES, THREE_RULES]));
    let rules = ["npv", "real_option", "logit"];
    assert_eq!(values(&grid, "ai.conversion.rule"), [rules, rules].concat());
    assert_eq!(values(&grid, PRICE), [6e4, 6e4, 6e4, 9e4, 9e4, 9e4]);
    let names: Vec<_> = grid.scenarios.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["d-1", "d-2", "d-3", "d-4", "d-5", "d-6"]);
}

#[test]
fn steps_divide_a_range_evenly_or_by_ratio() {
    let steps = |law: &str| {
        let factor = format!("key = \"{PRICE}\"\nlow = 10000\nhigh = 160000\nsteps = 3\n{law}");
        let all = values(&points(&design("\"grid\"", &[&factor])), PRICE);
        all.iter().filter_map(serde_json::Value::as_f64).collect::<Vec<_>>()
    };
    assert_eq!(steps(""), [10_000.0, 85_000.0, 160_000.0]);
    let ratios = steps("distribution = \"loguniform\"");
    assert!((ratios[1] - 40_000.0).abs() < 1e-6 && [ratios[0], ratios[2]] == [1e4, 1.6e5]);
}

#[test]
fn a_zip_walks_all_factors_together_and_one_at_a_time_one_by_one() {
    let rules = "key = \"ai.conversion.rule\"\nvalues = [\"npv\", \"logit\"]";
    let zip = points(&design("\"zip\"", &[TWO_PRICES, rules]));
    assert_eq!(values(&zip, PRICE), [6e4, 9e4]);
    assert_eq!(values(&zip, "ai.conversion.rule"), ["npv", "logit"]);
    let walk = points(&design("\"one-at-a-time\"", &[TWO_PRICES, rules]));
    let sets: Vec<_> = walk.scenarios.iter().map(|s| s.set.keys().count()).collect();
    assert_eq!(sets, [0, 1, 1, 1, 1]);
    assert_eq!(values(&walk, PRICE)[1..3], [6e4, 9e4]);
    assert_eq!(values(&walk, "ai.conversion.rule")[3..], ["npv", "logit"]);
}

#[test]
fn a_list_runs_the_points_it_states() {
    let list = points(
        "[[design]]\nname = \"d\"\nmethod = \"list\"\n\
         points = [{}, { \"market.price.initial_usd\" = 5.0 }, { ai = { enabled = false } }]",
    );
    assert_eq!(list.scenarios.len(), 3);
    assert_eq!(list.scenarios[2].set.get("ai.enabled"), Some(&false.into()));
    let keys: Vec<_> = list.designs[0].factors.iter().map(|f| f.key.as_str()).collect();
    assert_eq!(keys, [PRICE, "ai"]);
}

/// Bounds that are not given are those of the parameter's plausible range in the baseline.
#[test]
fn sampled_designs_stay_in_the_range_and_have_the_methods_blocks() {
    let sampled = |method: &str| {
        let factors = [format!("key = \"{PRICE}\""), THREE_RULES.to_owned()];
        points(&design(method, &factors.each_ref().map(String::as_str)))
    };
    let blocks = |experiment: &Experiment| {
        let places = experiment.scenarios.iter().filter_map(|s| s.place.as_ref());
        places.map(|place| place.block.to_string()).collect::<Vec<_>>()
    };
    for (method, count) in [
        ("\"lhs\"\nsamples = 8", 8),
        ("\"sobol\"\nsamples = 8", 8),
        ("\"saltelli\"\nsamples = 8", 8 * 4),
        ("\"morris\"\nsamples = 8", 8 * 3),
    ] {
        let experiment = sampled(method);
        assert_eq!(experiment.scenarios.len(), count, "{method}");
        let Some(Law::Drawn(Distribution::Uniform { low, high })) =
            &experiment.designs[0].factors[0].law
        else {
            panic!("a uniform law")
        };
        let inside = |value: &serde_json::Value| {
            value.as_f64().is_some_and(|price| (*low..=*high).contains(&price))
        };
        assert!(values(&experiment, PRICE).iter().all(inside), "{method}");
        let rules = values(&experiment, "ai.conversion.rule");
        let rules: BTreeSet<_> = rules.iter().filter_map(|rule| rule.as_str()).collect();
        assert_eq!(rules.len(), 3, "{method}");
    }
    let saltelli = blocks(&sampled("\"saltelli\"\nsamples = 2"));
    assert_eq!(saltelli, ["A", "A", "B", "B", "AB1", "AB1", "AB2", "AB2"]);
    assert_eq!(blocks(&sampled("\"morris\"\nsamples = 2")), ["1", "1", "1", "2", "2", "2"]);
}

/// Each third of a Latin hypercube of 9 points takes each of three values three times.
#[test]
fn a_discrete_factor_takes_each_value_equally_often() {
    let experiment = points(&design("\"lhs\"\nsamples = 9", &[THREE_RULES]));
    for rule in ["npv", "real_option", "logit"] {
        let times = values(&experiment, "ai.conversion.rule").iter().filter(|v| *v == rule).count();
        assert_eq!(times, 3, "{rule}");
    }
}

#[test]
fn whole_parameters_get_whole_values() {
    let factor = "key = \"miners.population.count\"\nlow = 100\nhigh = 200";
    let experiment = points(&design("\"lhs\"\nsamples = 10", &[factor]));
    let counts = values(&experiment, "miners.population.count");
    assert!(counts.iter().all(|v| v.as_u64().is_some_and(|n| (100..=200).contains(&n))));
}

#[test]
fn several_designs_are_groups_of_their_own_and_seeds_make_other_points() {
    let sobol = |name: &str, seed: u32| {
        format!(
            "[[design]]\nname = \"{name}\"\nmethod = \"sobol\"\nsamples = 4\nseed = {seed}\n\
             [[design.factor]]\nkey = \"{PRICE}\"\n"
        )
    };
    let both = points(&format!("{}{}{}", sobol("a", 1), sobol("b", 2), sobol("c", 1)));
    let price = values(&both, PRICE);
    assert_eq!(both.scenarios[4].name, "b-1");
    assert_ne!(price[..4], price[4..8]);
    assert_eq!(price[..4], price[8..]);
    assert_eq!(both.designs[1].placing, Placing::Sobol { samples: 4, seed: 2 });
}

#[test]
fn the_plan_keeps_the_design_through_its_file() {
    let experiment =
        points(&design("\"morris\"\nsamples = 3\nlevels = 6", &[TWO_PRICES, THREE_RULES]));
    let (plan, _) = Plan::from_experiment(&experiment).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    let again: Plan = serde_json::from_str(&text).unwrap();
    assert!(again == plan && again.digest() == plan.digest());
    assert_eq!(again.designs[0].placing, Placing::Morris { samples: 3, seed: 1, levels: 6 });
    let csv = plan.design_csv();
    assert_eq!(csv.lines().count(), 1 + 9);
    assert!(csv.starts_with(
        "scenario,design,arm,market.price.initial_usd,ai.conversion.rule,block,row\n"
    ));
}

#[test]
fn mistakes_are_named_with_what_is_allowed() {
    let price = format!("key = \"{PRICE}\"");
    let cases = [
        (design("\"gird\"", &[TWO_PRICES]), "design[0].method = \"gird\": must be list, grid, zip"),
        (design("\"grid\"", &["key = \"market.price.inital_usd\"\nvalues = [1]"]), "did you mean \"market.price.initial_usd\"?"),
        (design("\"grid\"", &["key = \"market.price.initial_usd\"\nvalues = [-1]"]), "design[0].factor[0].values = -1: must be between"),
        (design("\"grid\"", &["key = \"market.price.initial_usd\"\nvalues = [1, 1]"]), "is listed twice"),
        (design("\"grid\"", &[&price]), "design[0].factor[0].values is missing"),
        (design("\"grid\"", &[]), "design[0].factor is missing"),
        (design("\"grid\"", &[TWO_PRICES, TWO_PRICES]), "another factor of the design is this one"),
        (design("\"zip\"", &[TWO_PRICES, THREE_RULES]), "need equally many values, these have 2, 3"),
        (design("\"lhs\"", &[&price]), "design[0].samples is missing"),
        (design("\"lhs\"\nsamples = 0", &[&price]), "must be a whole number from 1 to"),
        (design("\"lhs\"\nsamples = 4\nlevels = 4", &[&price]), "method lhs has no levels"),
        (design("\"grid\"\nsamples = 4", &[TWO_PRICES]), "method grid has no samples"),
        (design("\"morris\"\nsamples = 4\nlevels = 3", &[&price]), "design[0].levels = 3: must be an even whole number"),
        (design("\"lhs\"\nsamples = 4", &[&format!("{price}\nsteps = 3")]), "only grid, zip and one-at-a-time take steps"),
        (design("\"lhs\"\nsamples = 4", &[&format!("{price}\nlow = 9\nhigh = 8")]), "must be above 9 (low)"),
        (design("\"lhs\"\nsamples = 4", &[&format!("{price}\nsd = 3")]), "this law has no sd"),
        (design("\"lhs\"\nsamples = 4", &[&format!("{price}\ndistribution = \"beta\"")]), "must be uniform, loguniform, normal or triangular"),
        (design("\"lhs\"\nsamples = 4", &[&format!("{price}\ndistribution = \"normal\"\nmean = 3")]), "design[0].factor[0].sd is missing"),
        (design("\"lhs\"\nsamples = 4", &["key = \"ai.enabled\""]), "design[0].factor[0].values is missing"),
        (design("\"lhs\"\nsamples = 4\nsample = 3", &[&price]), "did you mean \"design[0].samples\"?"),
        (format!("{}{}", design("\"grid\"", &[TWO_PRICES]), design("\"grid\"", &[TWO_PRICES])), "another design has this name"),
        (
            format!("[[scenario]]\nname = \"x\"\nset = {{ \"{PRICE}\" = 1.0 }}\n{}", design("\"grid\"", &[TWO_PRICES])),
            "is set by the scenario and by the design",
        ),
        ("[[design]]\nname = \"../d\"\nmethod = \"list\"\npoints = [{}]".to_owned(), "must have 1 to 100 of A-Z"),
        ("[[design]]\nname = \"d\"\nmethod = \"list\"\npoints = [{ \"a.b\" = 1 }]".to_owned(), "no such key"),
        (
            design("\"lhs\"\nsamples = 4", &["key = \"ai.conversion.suitable_share\""]),
            "ai.conversion.suitable_share is no parameter any more: ",
        ),
        ("[[design]]\nname = \"d\"\nmethod = \"list\"\npoints = []".to_owned(), "must be a list of tables of dotted keys"),
        (
            "[[scenario]]\nname = \"a\"\n[[scenario]]\nname = \"b-2.a\"\n[[design]]\nname = \"d\"\n\
             method = \"list\"\npoints = [{}, {}]\n[[design]]\nname = \"d-1.b\"\nmethod = \"list\"\n\
             points = [{}, {}]"
                .to_owned(),
            "two scenarios would be called \"d-1.b-2.a\"",
        ),
        (
            design(
                "\"grid\"",
                &[
                    "key = \"market.price.initial_usd\"\nsteps = 65536",
                    "key = \"market.price.annual_drift\"\nsteps = 65536",
                    "key = \"market.price.annual_volatility\"\nsteps = 32768",
                    "key = \"market.price.jumps_per_year\"\nsteps = 32768",
                ],
            ),
            "has more than",
        ),
        (
            design("\"grid\"", &["key = \"miners.population.count\"\nlow = 1\nhigh = 3\nsteps = 6"]),
            "are more than the range has whole numbers",
        ),
        (
            "[experiment]\nreplicates = 60\n[replication]\nminimum = 100\nbatch = 5\n\
             [[replication.until]]\nmetric = \"hash_rate_ehs_mean\"\nhalf_width = 1"
                .to_owned(),
            "must not exceed the most replicates, experiment.replicates = 60",
        ),
        (
            "[replication]\nminimum = 5\nmaximum = 9\nbatch = 5\n[[replication.until]]\n\
             metric = \"hash_rate_ehs_mean\"\nhalf_width = 1\nof = \"difference\""
                .to_owned(),
            "scenario \"baseline\" is in no contrast",
        ),
        ("design = 3".to_owned(), "must be a list of tables, [[design]]"),
        ("[replication]\nminimum = 1\nbatch = 2\n[[replication.until]]\nmetric = \"hash_rate_ehs_mean\"\nhalf_width = 1".to_owned(), "replication.minimum = 1: must be a whole number from 2"),
        ("[replication]\nminimum = 5\nbatch = 2".to_owned(), "replication.until is missing"),
        ("[replication]\nminimum = 5\nbatch = 2\n[[replication.until]]\nmetric = \"attack_hired_only_usd_mean\"\nhalf_width = 1".to_owned(), "must have a value in every run"),
        ("[replication]\nminimum = 5\nbatch = 2\n[[replication.until]]\nmetric = \"hash_rate_ehs_maen\"\nhalf_width = 1".to_owned(), "did you mean \"hash_rate_ehs_mean\"?"),
        ("[replication]\nminimum = 5\nbatch = 2\n[[replication.until]]\nmetric = \"hash_rate_ehs_mean\"\nhalf_width = 0".to_owned(), "half_width = 0: must be a number above 0"),
    ];
    for (text, part) in cases {
        let message = load(&text).map(|_| ()).expect_err(&text);
        assert!(message.contains(part), "{message}\nfor\n{text}");
    }
}

/// A message about a point names it, however it was placed.
#[test]
fn a_point_that_contradicts_itself_is_named() {
    let text =
        design("\"grid\"", &["key = \"market.price.process\"\nvalues = [\"gbm\", \"replay\"]"]);
    let message = load(&text).map(|_| ()).expect_err("replay needs a file");
    assert!(message.contains("scenario \"d-2\"") && message.contains("replay_file"), "{message}");
}
