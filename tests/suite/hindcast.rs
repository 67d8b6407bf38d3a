//! Hindcasts: the first day knows the past and nothing else, and the model's errors on four windows of
//! history are smaller than those of null models.
//!
//! Where the real prices are absent, what can be tested without them uses the real chain with a made-up
//! price.

use std::path::Path;

use crate::support::made_up::chain_with_made_up_price;
use crate::support::repository;
use hashflight::clock::unix_day;
use hashflight::history::hindcast::ai_deals::Quarter;
use hashflight::history::hindcast::{Hindcast, WindowRequest};
use hashflight::history::series::History;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::world::miners::state::Site;
use hashflight::world::simulation::run;
use tempfile::TempDir;

fn load(name: &str, data: &Path, from: Option<u32>, to: Option<u32>) -> Hindcast {
    let window =
        WindowRequest { data: Some(data.to_owned()), from, to, ..WindowRequest::default() };
    let path = repository(&format!("experiments/{name}.toml"));
    let overrides = Overrides { miners: Some(200), ..Overrides::default() };
    Hindcast::load(&path, &window, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

/// A hindcast with as many miners as its file says.
fn load_whole(name: &str, data: &Path) -> Hindcast {
    let window = WindowRequest { data: Some(data.to_owned()), ..WindowRequest::default() };
    let path = repository(&format!("experiments/{name}.toml"));
    Hindcast::load(&path, &window, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// An experiment's input as JSON, apart from what names the file and the length of the window.
fn input(experiment: &Experiment) -> serde_json::Value {
    let mut input = serde_json::to_value(&experiment.base).expect("a setup is JSON");
    for (section, key) in [("/market/price", "replay_file"), ("/simulation", "horizon_days")] {
        let section = input.pointer_mut(section).and_then(|section| section.as_object_mut());
        section.expect("a section").remove(key);
    }
    input
}

#[test]
fn the_first_day_is_the_midnight_after_the_first_epoch_s_last_block() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    for name in
        ["hindcast-2018", "hindcast-ban-2021", "hindcast-bear-2022", "hindcast-halving-2024"]
    {
        let hindcast = load(name, &data, None, None);
        let history = &hindcast.history.epochs;
        let next = hindcast.history.position(hindcast.spec.from).expect("in the history") + 1;
        let (known, forecast) = (&history[next - 1], &history[next]);
        let base = &hindcast.experiment.base;
        let start = i64::from(base.chain.unix_time);
        assert!((0..86_400).contains(&(start - forecast.first_time)), "{name}");
        let blocks = base.chain.height - forecast.first_height;
        let expected = (start - forecast.first_time) as f64 / 600.0;
        assert!((f64::from(blocks) - expected).abs() < 0.5 * expected + 2.0, "{name}: {blocks}");
        assert_eq!(base.chain.bits, format!("{:08x}", forecast.bits.bits()), "{name}");
        let population = &base.miners.population;
        // Sites of Sichuan are about to come back as the ban's window begins.
        let reopening = if name == "hindcast-ban-2021" { 0.02 } else { 1e-12 };
        assert!(
            (population.hash_rate_ehs / known.hash_rate.ehs() - 1.0).abs() < reopening,
            "{name}"
        );
        let a_year_ago = history[next - 27].hash_rate.ehs();
        let past = population.past_hash_rate_ehs[0];
        assert!((past / a_year_ago - 1.0).abs() < 0.15, "{name}: {past} and {a_year_ago}");
    }
}

#[test]
fn of_what_came_later_only_price_and_fees_reach_the_model() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let mut history = History::read(&data).expect("sound");
    let write = |history: &History, name: &str| {
        let path = folder.path().join(name);
        let mut file = std::fs::File::create(&path).expect("created");
        history.write(&mut file).expect("written");
        path
    };
    let same = write(&history, "same.csv");
    let first = history.position(302).expect("in the history");
    for epoch in &mut history.epochs[first..] {
        epoch.hash_rate = epoch.hash_rate * 1.7;
    }
    let other = write(&history, "other.csv");
    let before = load("hindcast", &same, Some(300), Some(310));
    let after = load("hindcast", &other, Some(300), Some(310));
    assert_eq!(input(&before.experiment), input(&after.experiment));
    assert_eq!(
        before.experiment.base.market.price.replay_usd,
        after.experiment.base.market.price.replay_usd
    );
}

#[test]
fn the_network_of_the_first_day_has_the_hash_rate_of_history() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    for (from, to) in [(268, 276), (337, 358), (440, 453)] {
        let hindcast = load("hindcast", &data, Some(from), Some(to));
        let base = &hindcast.experiment.base;
        let day_zero = run(base, 1, 0, false).records[0];
        let wanted = base.miners.population.hash_rate_ehs;
        assert!((day_zero.hash_rate.ehs() / wanted - 1.0).abs() < 1e-9, "epoch {from}");
    }
}

#[test]
fn who_is_away_when_a_window_begins_is_not_closed_again_and_comes_back() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    // Epoch 346 ended on 8 September 2021, when most of those who had left China were still away.
    let hindcast = load("hindcast-ban-2021", &data, Some(346), Some(358));
    let base = &hindcast.experiment.base;
    let began = *base.miners.closures.day.last().expect("China's is the last phase");
    assert!((-115.0..-105.0).contains(&began), "{began}");
    let mut world = hashflight::world::simulation::begin(base, 1, 0);
    let sites = world.query::<&Site>().iter(&world).filter(|site| site.closed).count();
    assert!((50..100).contains(&sites), "{sites} of 200 sites are away");
    let day_zero = run(base, 1, 0, false).records[0];
    let wanted = base.miners.population.hash_rate_ehs;
    assert!((day_zero.hash_rate.ehs() / wanted - 1.0).abs() < 1e-9);
    // The hash rate of a year before, all of it open, counts with the share that is open now.
    let place = hindcast.history.position(346).expect("in the history");
    let a_year_ago = hindcast.history.epochs[place - 26].hash_rate.ehs();
    let share = base.miners.population.past_hash_rate_ehs[0] / a_year_ago;
    assert!((0.5..0.8).contains(&share), "{share}");
}

#[test]
fn storms_that_are_declared_by_date_fall_on_their_day() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let base = load("hindcast-bear-2022", &data, None, None).experiment.base;
    let storm = unix_day("2022-12-21").expect("a date");
    let days = storm as f64 - f64::from(base.chain.unix_time) / 86_400.0;
    assert_eq!(base.market.energy.storm_days, [days]);
    let later = load("hindcast-bear-2022", &data, Some(385), Some(390)).experiment.base;
    assert!(later.market.energy.storm_days.is_empty(), "{:?}", later.market.energy.storm_days);
}

#[test]
fn every_epoch_to_the_history_s_last_can_be_forecast_from_the_one_before() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let last = History::read(&data).expect("sound").epochs.last().expect("not empty").epoch;
    let out = folder.path().join("steps");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hashflight"))
        .arg("hindcast")
        .arg(repository("experiments/hindcast.toml"))
        .args(["--from", &(last - 3).to_string(), "--to", &last.to_string(), "--one-step"])
        .args(["--miners", "100", "--replicates", "6", "--json", "--data"])
        .arg(&data)
        .arg("--out")
        .arg(&out)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let board: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one object");
    let error = board.pointer("/model/rmse_one_step").and_then(serde_json::Value::as_f64);
    assert!(error.is_some_and(|error| (0.005..0.5).contains(&error)), "{error:?}");
    let plan = std::fs::read_to_string(out.join("one-step/plan.json")).expect("it is there");
    for epoch in last - 3..last {
        assert!(plan.contains(&format!("\"hindcast-{epoch}-{}\"", epoch + 1)), "epoch {epoch}");
    }
}

#[test]
fn the_manufacturers_capacity_follows_the_fleet_s_retirement() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let capacity = |retirement: &str| {
        let window = WindowRequest {
            data: Some(data.clone()),
            from: Some(400),
            to: Some(402),
            ..WindowRequest::default()
        };
        let set = vec![("miners.population.annual_retirement".to_owned(), retirement.to_owned())];
        let overrides = Overrides { miners: Some(200), set, ..Overrides::default() };
        let path = repository("experiments/hindcast.toml");
        let hindcast = Hindcast::load(&path, &window, &overrides).expect("valid");
        let population = &hindcast.experiment.base.miners.population;
        let ratio = hindcast.spec.capacity_over_additions / 12.0;
        let capacity = hindcast.experiment.base.market.rigs.capacity_ehs_per_month / ratio;
        let ehs = [&[population.hash_rate_ehs], &population.past_hash_rate_ehs[..]].concat();
        (capacity, ehs)
    };
    for retirement in [0.0, 0.25] {
        let (additions, ehs) = capacity(&retirement.to_string());
        let of_year = |pair: &[f64]| pair[0] - (1.0 - retirement) * pair[1];
        let most = ehs.windows(2).map(of_year).fold(0.0, f64::max);
        assert!((additions - most).abs() < 1e-9 * ehs[0], "{additions} of {ehs:?}");
    }
}

#[test]
fn how_many_epochs_and_years_make_the_first_day_may_be_stated_and_need_not() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let own = |more: &str| {
        let path = folder.path().join("own.toml");
        let text = format!(
            "extends = \"baseline\"\n[miners]\nowners = []\n[hindcast]\nfrom = 400\nto = 402\n\
             training_epochs = 104\ncapacity_over_additions = 1.2\nleast_capacity_share = 0.01\n\
             frontier_annual_fall = 0.22\n{more}\n[[hindcast.frontier]]\ndate = \"2013-01-15\"\n\
             efficiency_j_per_th = 2000.0\n"
        );
        std::fs::write(&path, text).expect("written");
        let window = WindowRequest { data: Some(data.clone()), ..WindowRequest::default() };
        let overrides = Overrides { miners: Some(200), ..Overrides::default() };
        Hindcast::load(&path, &window, &overrides)
    };
    let known = |hindcast: &Hindcast, back: usize| {
        let last = hindcast.history.position(400).expect("in the history");
        hindcast.history.epochs[last - back].hash_rate.ehs()
    };
    let plain = own("").expect("valid");
    let population = &plain.experiment.base.miners.population;
    assert!((population.hash_rate_ehs / known(&plain, 0) - 1.0).abs() < 1e-12);
    assert_eq!(population.past_hash_rate_ehs.len(), 6);
    let other = own("recent_epochs = 2\npast_years = 4").expect("valid");
    let population = &other.experiment.base.miners.population;
    let mean = (known(&other, 0) * known(&other, 1)).sqrt();
    assert!((population.hash_rate_ehs / mean - 1.0).abs() < 1e-12);
    assert_eq!(population.past_hash_rate_ehs.len(), 4);
    assert_eq!(other.experiment.base.market.rigs.past_frontier_j_per_th.len(), 4);
    let message = own("recent_epochs = 27").expect_err("refused").to_string();
    assert!(message.contains("hindcast.recent_epochs = 27: must be a whole number from 1 to 26"));
}

#[test]
fn a_window_that_history_does_not_hold_is_refused_with_what_it_holds() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let last = History::read(&data).expect("sound").epochs.last().expect("not empty").epoch;
    let attempt = |from, to| {
        let window = WindowRequest {
            data: Some(data.clone()),
            from: Some(from),
            to: Some(to),
            ..WindowRequest::default()
        };
        let path = repository("experiments/hindcast.toml");
        Hindcast::load(&path, &window, &Overrides::default()).expect_err("refused").to_string()
    };
    let message = attempt(300, 9_999);
    assert!(message.contains("hindcast.to = 9999"), "{message}");
    assert!(message.contains(&format!("138 to {last}")), "{message}");
    assert!(attempt(300, 300).contains("must be after hindcast.from = 300"));
    assert!(attempt(139, 150).contains("at least 28 epochs before"));
}

#[test]
fn a_hindcast_without_a_history_says_where_one_comes_from() {
    let path = repository("experiments/hindcast-2018.toml");
    let error = Hindcast::load(&path, &WindowRequest::default(), &Overrides::default());
    let message = error.expect_err("refused").to_string();
    assert!(message.contains("hashflight import"), "{message}");
    let error = Experiment::load(&path, &Overrides::default()).expect_err("refused").to_string();
    assert!(error.contains("hashflight hindcast"), "{error}");
}

/// Runs a window through the program and returns its scores.
fn scores(window: &str, data: &Path, folder: &Path) -> serde_json::Value {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_hashflight"))
        .arg("hindcast")
        .arg(repository(&format!("experiments/{window}.toml")))
        .args(["--replicates", "40", "--set", "simulation.record_every_days=7", "--json"])
        .arg("--data")
        .arg(data)
        .arg("--out")
        .arg(folder.join(window))
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for file in ["hindcast.json", "tables/hindcast.csv", "tables/hindcast.tex"] {
        assert!(folder.join(window).join(file).is_file(), "{window}: {file}");
    }
    serde_json::from_slice(&output.stdout).expect("one JSON object and nothing else")
}

#[test]
fn the_model_beats_all_null_models_but_the_merit_order_in_four_windows_and_is_level_with_that() {
    let Some(data) = crate::support::history("history.csv") else { return };
    let folder = TempDir::new().expect("a folder");
    let (mut beaten, mut covered, mut epochs) = (0, 0.0, 0.0);
    for window in
        ["hindcast-2018", "hindcast-ban-2021", "hindcast-bear-2022", "hindcast-halving-2024"]
    {
        let board = scores(window, &data, folder.path());
        let number = |pointer: &str| {
            let value = board.pointer(pointer).and_then(serde_json::Value::as_f64);
            value.unwrap_or_else(|| panic!("{window}: no {pointer} in {board}"))
        };
        let model = number("/model/rmse_log_hash_rate");
        let nulls = ["random_walk", "drift", "hashprice", "hashprice_no_trend", "merit_order"]
            .map(|null| number(&format!("/nulls/{null}/rmse_free_run")));
        println!("{window}: {model:.3} against {nulls:.3?}");
        assert!(model > number("/sampling_floor") / 2.0_f64.sqrt(), "{window}: too good");
        let share = number("/predictive_checks/deepest_fall/share_at_or_above");
        assert!((0.0..=1.0).contains(&share), "{window}: {share}");
        if window == "hindcast-2018" {
            // From 53.3 EH/s in epoch 269 to 36.6 in 274.
            let fall = number("/predictive_checks/deepest_fall/observed");
            assert!((fall - 0.378).abs() < 1e-3, "{fall}");
        }
        let [others @ .., merit_order] = nulls;
        assert!(others.iter().all(|&null| model < null), "{window}: {model} against {nulls:?}");
        // Level: within what scores move by from one ensemble to the next.
        assert!(model < merit_order + 0.01, "{window}: {model} against {merit_order}");
        beaten += u32::from(model < merit_order);
        covered += number("/model/coverage_90") * number("/window/epochs");
        epochs += number("/window/epochs");
    }
    assert!(beaten >= 1, "better than all null models in {beaten} windows");
    let coverage = covered / epochs;
    assert!((0.80..=0.97).contains(&coverage), "{coverage:.2} of {epochs} epochs in the 90 % band");
}

/// What was let by mid-2024 and nothing later describes the first day, and the files agree with each other.
#[test]
fn the_market_for_halls_starts_with_the_deals_of_its_first_day() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let hindcast = load_whole("hindcast-ai-2024", &data);
    let base = &hindcast.experiment.base;
    assert_eq!(base.chain.first_day, "2024-07-06");
    let record = hindcast.ai_record.as_ref().expect("the experiment names its deals");
    let until = |quarter: &str| {
        let quarter = Quarter::parse(quarter).expect("a quarter");
        record.until(quarter).map(|deal| deal.it_mw).sum::<f64>()
    };
    let day_zero = run(base, 1, 0, false).records[0];
    for power in [day_zero.ai_contracted, day_zero.ai_in_us, day_zero.ai_of_large] {
        assert!((power.mw() - until("2024Q2")).abs() < 1e-6, "{power:?}");
    }
    assert_eq!(day_zero.ai_of_small.mw(), 0.0);
    // The file of quarters has the sums of the file of deals.
    let quarters = std::fs::read_to_string(repository("experiments/data/ai_quarters.csv"));
    let quarters = quarters.expect("shipped");
    let rows: Vec<Vec<&str>> =
        quarters.lines().skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), record.energised.len());
    for row in rows {
        assert_eq!(until(row[0]).to_string(), row[1], "{}", row[0]);
    }
}

#[test]
fn a_file_of_deals_needs_that_of_quarters_and_cells_that_say_something() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let shipped = std::fs::read_to_string(repository("experiments/data/ai_deals.csv"));
    let shipped = shipped.expect("shipped");
    let refusal = |keys: &str, deals: &str| {
        std::fs::write(folder.path().join("deals.csv"), deals).expect("written");
        let file = folder.path().join("mine.toml");
        std::fs::write(&file, format!("extends = \"hindcast\"\n[hindcast]\n{keys}"))
            .expect("written");
        let window = WindowRequest { data: Some(data.clone()), ..WindowRequest::default() };
        let loaded = Hindcast::load(&file, &window, &Overrides::default());
        loaded.expect_err("refused").to_string()
    };
    let alone = refusal("ai_deals = \"deals.csv\"", &shipped);
    assert!(alone.contains("hindcast.ai_quarters"), "{alone}");
    let quarters = repository("experiments/data/ai_quarters.csv");
    let both = format!("ai_deals = \"deals.csv\"\nai_quarters = \"{}\"", quarters.display());
    for (from, to, said) in [
        ("2024-06,", "June 2024,", "`June 2024` is not a month, such as 2024-06, or a date"),
        (",retrofit,", ",both,", "`both` is not new, retrofit or empty"),
        (",yes,", ",maybe,", "`maybe` is not yes or no"),
        (",200,", ",-200,", "column `it_mw`: `-200` is not a number above zero"),
    ] {
        let message = refusal(&both, &shipped.replacen(from, to, 1));
        assert!(message.contains("deals.csv: line 2") && message.contains(said), "{message}");
    }
}

/// Beyond the last epoch price and fees are each path's own; until then they are history's.
#[test]
fn a_hindcast_may_go_on_beyond_history_with_prices_that_are_drawn() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let mut base = load("hindcast-ai-2024", &data, None, None).experiment.base;
    let replayed = base.market.price.replay_days;
    let horizon = base.simulation.horizon_days;
    let until = unix_day("2026-06-30").expect("a date") - unix_day("2024-07-06").expect("a date");
    assert_eq!(i64::from(horizon), until);
    assert!((400..horizon).contains(&replayed), "{replayed}");
    // Without sales of miners the price is the one from outside.
    base.market.price.impact_coefficient = 0.0;
    let paths = [0, 1].map(|replicate| run(&base, 3, replicate, false).records);
    for (one, other) in paths[0].iter().zip(&paths[1]) {
        let same = one.btc_price == other.btc_price;
        assert_eq!(same, one.day <= replayed, "day {}", one.day);
    }
    // A window without a day until which it goes on ends with history.
    let alone = load("hindcast-halving-2024", &data, None, None).experiment.base;
    assert_eq!(alone.market.price.replay_days, 0);
}

/// The draws that a matched hindcast leaves are of paths that ended so, and an experiment that starts from them has on its
/// first day what they hold.
#[test]
fn an_experiment_starts_from_the_state_in_which_matched_paths_end() {
    let folder = TempDir::new().expect("a folder");
    let data = chain_with_made_up_price(folder.path());
    let out = folder.path().join("matched");
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_hashflight"))
        .arg("hindcast")
        .arg(repository("experiments/hindcast-history.toml"))
        .args(["--from", "440", "--to", "446", "--match", "8", "--replicates", "12"])
        .args(["--miners", "60", "--data"])
        .arg(&data)
        .arg("--out")
        .arg(&out)
        .status()
        .expect("the program starts");
    assert!(status.success());
    let table = std::fs::read_to_string(out.join("tables/matched.csv")).expect("a table");
    let rows: Vec<Vec<String>> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    let column = |name: &str| rows[0].iter().position(|own| own == name).expect(name);
    let number = |row: &[String], name: &str| row[column(name)].parse::<f64>().expect("a number");
    assert_eq!(rows.len(), 13);
    let weights: f64 = rows[1..].iter().map(|row| number(row, "weight")).sum();
    assert!((weights - 1.0).abs() < 1e-9, "{weights}");
    let by_misfit = |row: &&Vec<String>| (number(row, "misfit") * 1e9) as i64;
    let best = rows[1..].iter().min_by_key(by_misfit).expect("paths");
    let heaviest = rows[1..].iter().max_by_key(|row| (number(row, "weight") * 1e9) as i64);
    assert_eq!(Some(best), heaviest);

    let file = folder.path().join("from.toml");
    let text = "extends = \"baseline\"\n[experiment]\nparameters = \"posterior\"\nposterior = \"matched/matched.parquet\"\n";
    std::fs::write(&file, text).expect("written");
    let overrides = Overrides { miners: Some(200), ..Overrides::default() };
    let experiment = Experiment::load(&file, &overrides).expect("an experiment");
    let sets = experiment.parameter_sets.as_ref().expect("draws");
    assert_eq!(sets.sets.len(), 8);
    let set: Vec<(&str, f64)> =
        sets.of(0).map(|(key, value)| (key, value.as_f64().expect("a number"))).collect();
    let held = |key: &str| set.iter().find(|(own, _)| *own == key).expect(key).1;
    let book = held("miners.population.order_book_ehs");
    assert!(rows[1..].iter().any(|row| number(row, "miners.population.order_book_ehs") == book));
    let stated: Vec<(String, String)> =
        set.iter().map(|(key, value)| ((*key).to_owned(), value.to_string())).collect();
    let mut one = Overrides { miners: Some(200), set: stated, ..Overrides::default() };
    one.set.push(("simulation.horizon_days".to_owned(), "7".to_owned()));
    let base =
        Experiment::load(&repository("experiments/baseline.toml"), &one).expect("valid").base;
    let first = run(&base, 1, 0, false).records[0];
    assert!((first.in_delivery.ehs() / book - 1.0).abs() < 1e-9, "{:?}", first.in_delivery);
    assert_eq!(first.appetite.log_orders, held("miners.appetite.opening_log"));
    assert_eq!(first.appetite.log_mean, held("miners.appetite.opening_mean_log"));
    assert_eq!(first.appetite.log_elasticity, held("miners.appetite.opening_elasticity_log"));
}
