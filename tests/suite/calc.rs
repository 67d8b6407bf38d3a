//! `calc` as its users meet it: published numbers, impossible inputs, words for people.

use std::process::{Command, Output};

use serde_json::Value;

/// Calls, their sources, and by key the value wanted with its relative tolerance.
const PUBLISHED: &str = include_str!("../published/calc.json");

/// All quantities, each with flags that it takes.
const EVERY: [&str; 18] = [
    "hashprice --price 1 --difficulty 1 --subsidy 1 --fees 0",
    "break-even-tariff --hashprice 1 --efficiency 1",
    "price-impact --btc 1 --price 1 --volume-usd 1 --daily-volatility 0.1",
    "double-spend --attacker-share 0.1 --confirmations 1",
    "confirmations --attacker-share 0.1 --risk 0.1",
    "selfish-mining --share 0.1 --gamma 0",
    "optimal-selfish-mining --share 0.1 --gamma 0 --longest-branch 10",
    "attack-duration --ratio 2 --confirmations 1",
    "attack-cost --hash-rate-ehs 1 --efficiency 1 --tariff-usd-mwh 1 --rig-price-usd-th 1 --site-usd-kw 1 --hours 1",
    "bribe --success 1 --price-fall 0",
    "retarget --bits 1d00ffff --timespan 1",
    "asert --anchor-bits 1d00ffff --height-delta 1 --time-delta 0",
    "difficulty-response --loss 0.5 --at 0",
    "subsidy --height 0",
    "real-option --rate 0.1 --drift 0 --volatility 0.1 --cost 1 --entry 1 --exit 0",
    "exchange-option --yield-v 0.1 --yield-k 0.1 --vol-v 0.1 --vol-k 0 --correlation 0",
    "oligopoly --costs 1,2",
    "concentration --shares 1,2",
];

fn calc(arguments: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hashflight"))
        .arg("calc")
        .args(arguments.split_whitespace())
        .args(more)
        .output()
        .expect("the program starts")
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The one JSON object that a call prints.
pub(crate) fn object(arguments: &str) -> Value {
    let output = calc(arguments, &["--json"]);
    assert!(output.status.success(), "{arguments}: {}", words(&output.stderr));
    assert!(output.stderr.is_empty(), "{arguments}");
    serde_json::from_slice(&output.stdout).expect("the program prints JSON")
}

fn is(found: &Value, wanted: &Value, tolerance: f64) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => (found - wanted).abs() <= tolerance * wanted.abs(),
        _ => found == wanted,
    }
}

#[test]
fn every_published_number_is_reproduced() {
    let cases: Vec<Value> = serde_json::from_str(PUBLISHED).expect("the file holds JSON");
    assert!(cases.len() >= 45);
    for case in &cases {
        let arguments = case["args"].as_str().expect("a case has a call");
        let answer = object(arguments);
        for (key, wanted) in case["expect"].as_object().expect("a case expects something") {
            let pointer = format!("/{}", key.replace('.', "/"));
            let found = answer.pointer(&pointer).unwrap_or_else(|| panic!("{arguments}: no {key}"));
            let tolerance = wanted[1].as_f64().expect("a tolerance is a number");
            assert!(is(found, &wanted[0], tolerance), "{arguments}: {key} {found}, not {wanted}");
        }
    }
}

#[test]
fn every_quantity_has_published_numbers() {
    for call in EVERY {
        let quantity = call.split(' ').next().expect("a call names its quantity");
        assert!(PUBLISHED.contains(&format!("\"{quantity} ")), "{quantity}");
    }
}

#[test]
fn the_flags_are_echoed_with_their_defaults() {
    let answer = object(
        "attack-cost --hash-rate-ehs 1 --efficiency 20 --tariff-usd-mwh 50 --rig-price-usd-th 10 --site-usd-kw 500 --hours 1",
    );
    let inputs = answer["inputs"].as_object().expect("inputs are an object");
    let keys: Vec<_> = inputs.keys().map(String::as_str).collect();
    let flags = [
        "hash_rate_ehs",
        "efficiency",
        "tariff_usd_mwh",
        "rig_price_usd_th",
        "site_usd_kw",
        "hours",
        "basis",
        "pue",
    ];
    assert_eq!(keys, flags);
    assert_eq!((&inputs["basis"], &inputs["pue"]), (&Value::from("add"), &Value::from(1.0)));
    let retarget = object("retarget --bits 170e1ef9 --timespan -5");
    assert_eq!(retarget["inputs"]["bits"], "170e1ef9");
    assert_eq!(retarget["inputs"]["timespan"], -5);
    let double_spend = object("double-spend --attacker-share 0.1 --confirmations 6");
    assert_eq!(double_spend["inputs"]["formula"], "exact");
    let measures = object("concentration --shares 1,2");
    assert_eq!(measures["inputs"]["threshold"], 0.5);
    assert_eq!(measures["inputs"]["at_least"], false);
}

#[test]
fn numbers_may_be_negative() {
    let falling =
        "real-option --rate 0.025 --drift -1e-2 --volatility 0.1 --cost 1 --entry 4 --exit -1";
    assert!(object(falling)["entry_trigger"].as_f64() > Some(1.0));
    let gain = object("difficulty-response --loss -1 --at 0 --epochs 1");
    assert_eq!(gain["epochs"][0]["days"], 7.0);
    object("exchange-option --yield-v 0.1 --yield-k -0.1 --vol-v 0.2 --vol-k 0 --correlation -0.5");
}

#[test]
fn impossible_inputs_are_refused_with_flag_value_and_what_is_allowed() {
    let cases = [
        ("hashprice --price 1 --difficulty 0 --subsidy 1 --fees 0", "--difficulty", "from 1"),
        ("hashprice --price -1 --difficulty 1 --subsidy 1 --fees 0", "--price", "from 0"),
        ("hashprice --price nan --difficulty 1 --subsidy 1 --fees 0", "--price", "from 0"),
        ("break-even-tariff --hashprice 1 --efficiency 0", "--efficiency", "above 0"),
        ("double-spend --attacker-share 1.5 --confirmations 6", "--attacker-share", "from 0 to 1"),
        (
            "double-spend --attacker-share 0.1 --confirmations -1",
            "--confirmations",
            "whole number from 0",
        ),
        ("double-spend --attacker-share 0.1 --confirmations 6 --formula no", "--formula", "exact"),
        ("confirmations --attacker-share 0.1 --risk 0", "--risk", "above 0 and below 1"),
        ("confirmations --attacker-share 0.1 --risk 1", "--risk", "above 0 and below 1"),
        ("selfish-mining --share -0.1 --gamma 0", "--share", "from 0 to 1"),
        ("optimal-selfish-mining --share 0.1 --gamma 2", "--gamma", "from 0 to 1"),
        ("attack-duration --ratio x --confirmations 1", "--ratio", "must be a number"),
        ("retarget --bits 1e00ffff --timespan 1", "--bits", "1d00ffff"),
        ("retarget --bits xyz --timespan 1", "--bits", "eight hexadecimal digits"),
        (
            "asert --anchor-bits 1d00ffff --height-delta 1.5 --time-delta 0",
            "--height-delta",
            "whole number from 0",
        ),
        ("difficulty-response --loss 1 --at 0", "--loss", "to 0.999999999"),
        ("difficulty-response --loss 0.5 --at 1.1", "--at", "from 0 to 1"),
        ("subsidy --height -1", "--height", "whole number from 0"),
        ("subsidy --height 8.4e5", "--height", "whole number from 0"),
        ("retarget --bits 1d00ffff --timespan 1.5", "--timespan", "whole number"),
        ("difficulty-response --loss 0.5 --at 0 --epochs 0", "--epochs", "whole number from 1"),
        (
            "attack-cost --hash-rate-ehs 1 --efficiency 1 --tariff-usd-mwh 1 --rig-price-usd-th 1 \
             --site-usd-kw 1 --hours 1 --pue 0.5",
            "--pue",
            "from 1",
        ),
        (
            "real-option --rate 0.1 --drift 0.1 --volatility 0.1 --cost 1 --entry 1 --exit 0",
            "--drift",
            "below --rate",
        ),
        (
            "real-option --rate 0.1 --drift 0 --volatility 0.1 --cost 1 --entry 1 --exit -2",
            "--exit",
            "--entry",
        ),
        (
            "exchange-option --yield-v 0.1 --yield-k 0.1 --vol-v 0.1 --vol-k 0 --correlation 2",
            "--correlation",
            "from -1 to 1",
        ),
        ("oligopoly --costs 1", "--costs", "two costs"),
        ("oligopoly --costs 1,0", "--costs", "above 0"),
        ("concentration --shares 0,0", "--shares", "above 0"),
        ("concentration --shares 1,-1", "--shares", "from 0"),
        ("concentration --shares 1 --threshold 0", "--threshold", "above 0"),
        (
            "price-impact --btc 1 --price 1 --volume-usd 0 --daily-volatility 0.1",
            "--volume-usd",
            "above 0",
        ),
        (
            "price-impact --btc 1e6 --price 1e5 --volume-usd 1e3 --daily-volatility 0.02",
            "--volume-usd",
            "too small",
        ),
        (
            "price-impact --btc 1 --price 1 --volume-usd 1 --daily-volatility 2.5",
            "--daily-volatility",
            "from 0 to 1",
        ),
        ("bribe --success 2 --price-fall 0", "--success", "from 0 to 1"),
        ("bribe --success 1", "--price-fall", "required"),
    ];
    for (arguments, flag, allowed) in cases {
        let output = calc(arguments, &["--json"]);
        let message = words(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        assert!(output.stdout.is_empty(), "{arguments}");
        assert!(message.contains(flag) && message.contains(allowed), "{arguments}: {message}");
    }
}

#[test]
fn people_read_one_line_a_result_with_its_unit() {
    for arguments in EVERY {
        let output = calc(arguments, &[]);
        assert!(output.status.success(), "{arguments}");
        let text = words(&output.stdout);
        for (key, value) in object(arguments).as_object().expect("an object") {
            let name = key.replace('_', " ");
            let own = ["inputs", "why_null"].contains(&key.as_str());
            assert!(own || text.contains(&name), "{arguments}: {value}\n{text}");
        }
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
    let text = |arguments: &str| words(&calc(arguments, &[]).stdout);
    assert!(text("attack-duration --ratio 2 --confirmations 1").contains("1.888889 honest block"));
    assert!(text("attack-duration --ratio 1 --confirmations 1").contains("never"));
    assert!(text("bribe --success 0 --price-fall 0").contains("unbounded"));
    assert!(text("confirmations --attacker-share 0.6 --risk 0.1").contains("never: half"));
    assert!(text("subsidy --height 840000").contains("312,500,000 satoshi"));
}

#[test]
fn extreme_inputs_leave_no_number_that_is_none() {
    let extremes = [
        "hashprice --price 1e30 --difficulty 1 --subsidy 1e30 --fees 1e30",
        "attack-cost --hash-rate-ehs 1e30 --efficiency 1e30 --tariff-usd-mwh 1e30 --rig-price-usd-th 1e30 --site-usd-kw 1e30 --hours 1e30",
        "difficulty-response --loss 0.5 --at 0 --elasticity 100 --epochs 200",
        "difficulty-response --loss -1e6 --at 0 --elasticity 1 --epochs 200",
        "real-option --rate 1e-12 --drift -10 --volatility 10 --cost 0 --entry 0 --exit 0",
        "real-option --rate 10 --drift 9.99999999 --volatility 1e-9 --cost 1e30 --entry 1e30 --exit -1e30",
        "exchange-option --yield-v -1 --yield-k -1 --vol-v 0.5 --vol-k 0.5 --correlation 1",
        "exchange-option --yield-v 0 --yield-k 0 --vol-v 0 --vol-k 0 --correlation 0",
        "double-spend --attacker-share 1e-300 --confirmations 1000000000000",
        "double-spend --attacker-share 0.49999999 --confirmations 1000000000000 --formula rosenfeld",
        "attack-duration --ratio 1.000000001 --confirmations 10000000",
        "oligopoly --costs 1e-30,1e30",
        "concentration --shares 1e-30,1e30",
        "asert --anchor-bits 01010000 --height-delta 4294967295 --time-delta -9223372036854775808",
        "subsidy --height 18446744073709551615",
    ];
    for arguments in extremes {
        let answer = object(arguments).to_string();
        assert!(!answer.contains("NaN") && !answer.contains("inf\""), "{arguments}: {answer}");
    }
}

#[test]
fn a_result_that_is_null_says_why() {
    for (arguments, key, words) in [
        ("selfish-mining --share 0.1 --gamma 0", "weeks_to_profit", "never"),
        ("attack-duration --ratio 0.5 --confirmations 6", "block_times", "never"),
        ("bribe --success 1 --price-fall 1", "premium", "unbounded"),
        ("confirmations --attacker-share 0.6 --risk 0.1", "confirmations", "never"),
        ("bribe --success 1e-320 --price-fall 0", "premium", "beyond the largest number"),
        ("bribe --success 0 --price-fall 0", "premium", "paid in nothing"),
        (
            "exchange-option --yield-v 1e-320 --yield-k 0.1 --vol-v 0.2 --vol-k 0 --correlation 0",
            "trigger_ratio",
            "beyond the largest number",
        ),
        (
            "exchange-option --yield-v 0 --yield-k 0.1 --vol-v 0.2 --vol-k 0 --correlation 0",
            "trigger_ratio",
            "waiting costs nothing",
        ),
    ] {
        let found = object(arguments);
        assert!(found[key].is_null(), "{found}");
        let why = found["why_null"][key].as_str().unwrap_or_default();
        assert!(why.contains(words), "{found}");
    }
    assert_eq!(object("subsidy --height 0").get("why_null"), None);
}

#[test]
fn shares_of_any_size_have_the_same_concentration_and_sums_other_than_one_are_named() {
    let asked = |shares: &str| {
        let output = calc(&format!("concentration --shares {shares}"), &["--json"]);
        assert!(output.status.success(), "{shares}");
        let found: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        (found, words(&output.stderr))
    };
    let (tiny, _) = asked("1e-320,1e-320");
    assert_eq!((&tiny["nakamoto"], &tiny["hhi"]), (&2.into(), &5_000.0.into()));
    let (partial, err) = asked("0.25,0.25");
    assert_eq!((&partial["hhi"], &partial["normalised_from_sum"]), (&5_000.0.into(), &0.5.into()));
    assert!(err.contains("sum to 0.5, not to 1"), "{err}");
    for whole in ["0.1,0.2,0.7", "3,2,1", "1,1", "1,0"] {
        let (found, err) = asked(whole);
        assert!(found.get("normalised_from_sum").is_none() && err.is_empty(), "{whole}: {err}");
    }
}
