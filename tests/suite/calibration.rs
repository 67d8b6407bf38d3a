//! The verb `calibrate`: the same posterior however often it is interrupted and however it is shared
//! out, and draws of a posterior in experiments. The method itself: tests/suite/calibration_theory.rs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::made_up::chain_with_made_up_price;
use crate::support::repository;
use hashflight::clock::{iso_date, unix_day};
use hashflight::history::calibration::distance::WindowTarget;
use hashflight::history::calibration::{CalibrationSpec, USUAL_REFERENCE};
use hashflight::history::hindcast::null_models::NullModel;
use hashflight::history::hindcast::{Hindcast, WindowRequest};
use hashflight::study::experiment::config::Tree;
use hashflight::study::experiment::posterior;
use hashflight::study::experiment::{Experiment, Overrides};
use hashflight::study::results::load::ResultTable;
use tempfile::TempDir;

const CALIBRATION: &str = r#"
[experiment]
name = "small"
seed = 7

[calibration]
windows = ["WINDOW"]
particles = 20
kept_share = 0.5
minimum_acceptance = 0.0
maximum_generations = 2
posterior = 30
record_every_days = 7

[[calibration.prior]]
key = "market.energy.median_tariff_usd_per_mwh"
distribution = "uniform"
low = 20.0
high = 90.0
source = "assumption: a test"

[[calibration.prior]]
key = "miners.investment.monthly_rate"
distribution = "loguniform"
low = 0.01
high = 0.2
source = "assumption: a test"
"#;

/// A small calibration and the history that it is of.
struct CalibrationSetup {
    folder: TempDir,
    history: PathBuf,
}

impl CalibrationSetup {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let history = chain_with_made_up_price(folder.path());
        let window = repository("experiments/hindcast-halving-2024.toml");
        let text = CALIBRATION.replace("WINDOW", &window.to_string_lossy());
        std::fs::write(folder.path().join("small.toml"), text).expect("written");
        Self { folder, history }
    }

    fn calibrate(&self, out: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_hashflight"))
            .current_dir(self.folder.path())
            .args(["calibrate", "small.toml", "--miners", "40", "--out", out, "--data"])
            .arg(&self.history)
            .args(more)
            .output()
            .expect("the program starts")
    }

    /// Two shares take turns until the posterior is there; returns how often what is not there yet was said, by exit
    /// code 75.
    fn by_turns(&self, out: &str) -> u32 {
        let mut left = 0;
        for turn in 0..20 {
            let code = self.calibrate(out, &["--shard", &format!("{}/2", turn % 2)]).status.code();
            assert!(matches!(code, Some(0 | 75)), "exit code {code:?}");
            left += u32::from(code == Some(75));
            if self.path(out).join("posterior.parquet").exists() {
                return left;
            }
        }
        panic!("no end");
    }

    fn posterior(&self, out: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(out).join("posterior.parquet")).expect("it is there")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn succeeds(output: &Output) -> bool {
    if !output.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success()
}

#[test]
fn threads_shares_and_interruptions_do_not_change_the_posterior() {
    let setup = CalibrationSetup::new();
    assert!(succeeds(&setup.calibrate("one", &["--threads", "1"])));
    assert!(succeeds(&setup.calibrate("two", &["--threads", "2"])));
    assert_eq!(setup.posterior("one"), setup.posterior("two"));

    let left = setup.by_turns("shared");
    assert!(left >= 3, "every generation waits for the other share");
    assert_eq!(setup.posterior("one"), setup.posterior("shared"));

    // A generation that was lost is run again.
    std::fs::remove_file(setup.path("two/population-02.json")).expect("it is there");
    std::fs::remove_dir_all(setup.path("two/generation-02")).expect("it is there");
    std::fs::remove_file(setup.path("two/posterior.parquet")).expect("it is there");
    assert!(succeeds(&setup.calibrate("two", &[])));
    assert_eq!(setup.posterior("one"), setup.posterior("two"));
}

#[test]
fn what_is_there_of_another_calibration_is_not_continued() {
    let setup = CalibrationSetup::new();
    assert!(succeeds(&setup.calibrate("out", &[])));
    let text = std::fs::read_to_string(setup.path("small.toml")).expect("written above");
    let other = text.replace("high = 90.0", "high = 80.0");
    std::fs::write(setup.path("small.toml"), other).expect("written");
    let output = setup.calibrate("out", &[]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(65), "{message}");
    assert!(message.contains("another calibration owns these results"), "{message}");
}

#[test]
fn a_prior_of_no_parameter_or_beyond_what_is_allowed_is_refused() {
    let setup = CalibrationSetup::new();
    let text = std::fs::read_to_string(setup.path("small.toml")).expect("written above");
    for (wrong, right, said) in [
        ("monthly_rate\"", "monthly_rat\"", "did you mean \"miners.investment.monthly_rate\"?"),
        ("high = 0.2", "high = 2.0", "low and high must lie between 0 and 1"),
        ("\"loguniform\"", "\"cauchy\"", "must be uniform, loguniform or normal"),
        ("particles = 20", "particles = 2", "must be a whole number from 20"),
        ("hindcast-halving-2024", "hindcast-halving-1924", "there is no file"),
    ] {
        std::fs::write(setup.path("small.toml"), text.replace(wrong, right)).expect("written");
        let output = setup.calibrate("refused", &[]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{right}: {message}");
        assert!(message.contains(said), "{right}: {message}");
        assert!(!setup.path("refused").exists(), "{right}");
    }
}

#[test]
fn the_reference_stands_in_the_file_and_a_new_null_model_moves_nothing() {
    let shipped =
        CalibrationSpec::load(&repository("experiments/calibration.toml")).expect("it is shipped");
    // What a file without names has been measured by since it was first possible; never to be added to.
    assert_eq!(shipped.reference, USUAL_REFERENCE);
    let folder = TempDir::new().expect("a folder");
    let data = Some(chain_with_made_up_price(folder.path()));
    let file = repository("experiments/hindcast-halving-2024.toml");
    let window = WindowRequest { data, ..WindowRequest::default() };
    let window = Hindcast::load(&file, &window, &Overrides::default()).expect("a window");
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let unit =
        |list: &[&str]| WindowTarget::from_window(&window, &names(list)).expect("a target").unit;
    let alone = NullModel::ALL.map(|null| unit(&[null.name()]));
    assert!(alone.iter().all(|unit| unit.is_finite() && *unit > 0.0), "{alone:?}");
    let best = alone.into_iter().fold(f64::INFINITY, f64::min);
    assert_eq!(unit(&USUAL_REFERENCE).to_bits(), best.to_bits());
    assert!(unit(&["random_walk"]) >= best);
}

#[test]
fn a_reference_must_name_null_models_and_belongs_to_the_calibration() {
    let setup = CalibrationSetup::new();
    let file = setup.path("small.toml");
    let text = std::fs::read_to_string(&file).expect("written above");
    let with = |line: &str| {
        let named = format!("record_every_days = 7\nreference = {line}\n");
        std::fs::write(&file, text.replace("record_every_days = 7\n", &named)).expect("written");
        let output = setup.calibrate("out", &[]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for wrong in ["\"oracle\"", "[]", "[\"drift\", \"drift\"]", "7"] {
        let (code, message) = with(wrong);
        assert_eq!(code, Some(2), "{wrong}: {message}");
        assert!(message.contains("must be one or some of random_walk, drift"), "{message}");
    }
    assert_eq!(with("\"drift\"").0, Some(0));
    let (code, message) = with("[\"merit_order\"]");
    assert_eq!(code, Some(65), "{message}");
    let (code, message) = (with("\"drift\"").0, "the same reference goes on");
    assert_eq!(code, Some(0), "{message}");
}

#[test]
fn a_strict_calibration_refuses_implausible_windows() {
    let setup = CalibrationSetup::new();
    let output = setup.calibrate("strict", &["--strict"]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("--miners: miners.population.count = 40 is outside"), "{message}");
    assert!(!setup.path("strict").exists());
}

/// An experiment with draws of the posterior.
#[test]
fn what_a_calibration_holds_is_in_every_run_and_must_be_a_parameter() {
    let setup = CalibrationSetup::new();
    let file = setup.path("small.toml");
    let text = std::fs::read_to_string(&file).expect("it is there");
    let with = |line: &str| {
        let set = format!("record_every_days = 7\n\n[calibration.set]\n{line}\n");
        std::fs::write(&file, text.replace("record_every_days = 7\n", &set)).expect("written");
    };
    with("\"miners.population.pipeline_sd_lgo\" = 0.0");
    let output = setup.calibrate("refused", &[]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("did you mean \"miners.population.pipeline_sd_log\""), "{message}");
    with("\"miners.population.pipeline_sd_log\" = -1.0");
    let message = setup.calibrate("refused", &[]).stderr;
    let message = String::from_utf8_lossy(&message);
    let said = "small.toml: miners.population.pipeline_sd_log = -1.0: must be between 0 and 3";
    assert!(message.contains(said), "{message}");
    with("\"miners.population.pipeline_sd_log\" = 0.125");
    assert!(succeeds(&setup.calibrate("held", &[])));
    let plan = setup.path("held/generation-00/plan.json");
    let plan = std::fs::read_to_string(plan).expect("the plan is there");
    assert!(plan.contains("\"pipeline_sd_log\": 0.125"), "the plan does not hold the value");
}

fn with_posterior(folder: &Path, more: &str) -> Experiment {
    let text = format!(
        "extends = \"ai-counterfactual\"\n[experiment]\nname = \"x\"\nreplicates = 3\n\
         parameters = \"posterior\"\n{more}"
    );
    let path = folder.join("x.toml");
    std::fs::write(&path, text).expect("written");
    Experiment::load(&path, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_baseline_has_the_medians_of_the_shipped_posterior() {
    let shipped = posterior::shipped().expect("a posterior is shipped");
    let tree = Tree::baseline().expect("the baseline is sound");
    for (column, key) in shipped.keys.iter().enumerate() {
        let stated = tree.json(key).and_then(|value| value.as_f64()).expect("a number");
        let share = |bound: f64| {
            let below = shipped.sets.iter().filter(|set| set[column] <= bound).count();
            below as f64 / shipped.sets.len() as f64
        };
        // The baseline has the weighted median of the particles to three digits; draws are a sample of these.
        let around = [0.995, 1.005].map(|rounding| share(stated * rounding));
        // What is sourced and history says nothing of keeps its value.
        let slack = if key == "market.energy.connections_mw_per_year" { 0.15 } else { 0.03 };
        assert!(
            around[0] <= 0.5 + slack && around[1] >= 0.5 - slack,
            "{key}: {stated}, {around:?} of the draws below"
        );
    }
}

#[test]
fn every_replicate_has_a_draw_and_what_is_stated_holds_in_all() {
    let folder = TempDir::new().expect("a folder");
    let shipped = posterior::shipped().expect("a posterior is shipped");
    let all = with_posterior(folder.path(), "").parameter_sets.expect("draws");
    assert_eq!(all.keys, shipped.keys);
    assert_ne!(all.sets[0], all.sets[1]);
    let stated = format!("[market.energy]\n{} = 77.0\n", "median_tariff_usd_per_mwh");
    let some = with_posterior(folder.path(), &stated).parameter_sets.expect("draws");
    assert_eq!(some.keys.len() + 1, all.keys.len());
    assert!(!some.keys.iter().any(|key| key.ends_with("median_tariff_usd_per_mwh")));
}

#[test]
fn draws_are_columns_of_the_results() {
    let folder = TempDir::new().expect("a folder");
    drop(with_posterior(folder.path(), "[simulation]\nhorizon_days = 30\n"));
    let out = folder.path().join("out");
    let output = Command::new(env!("CARGO_BIN_EXE_hashflight"))
        .arg("run")
        .arg(folder.path().join("x.toml"))
        .args(["--miners", "100", "--no-report", "--out"])
        .arg(&out)
        .output()
        .expect("the program starts");
    assert!(succeeds(&output));
    let plan: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("plan.json")).expect("it is there"))
            .expect("JSON");
    let keys = plan["plan"]["parameter_sets"]["keys"].as_array().expect("keys of draws");
    let table = hashflight::study::results::load::ResultTable::open(&out.join("runs.parquet"))
        .expect("Parquet");
    for (column, key) in keys.iter().enumerate() {
        let values = table.numbers_of(key.as_str().expect("a text"), 0..6).expect("a column");
        let drawn =
            |replicate: usize| plan["plan"]["parameter_sets"]["sets"][replicate][column].as_f64();
        // Two scenarios of three replicates: both arms of a pair have the same draw.
        for (row, value) in values.iter().enumerate() {
            assert_eq!(Some(*value), drawn(row % 3), "{key}, row {row}");
        }
    }
    let verified = Command::new(env!("CARGO_BIN_EXE_hashflight"))
        .arg("verify")
        .arg(&out)
        .output()
        .expect("the program starts");
    assert!(succeeds(&verified));
}

#[test]
fn effects_are_taken_apart_where_draws_have_several_paths() {
    let setup = CalibrationSetup::new();
    assert!(succeeds(&setup.calibrate("out", &[])));
    let run = |draws: &str, out: &str| {
        let text = format!(
            "extends = \"ai-counterfactual\"\n[experiment]\nname = \"x\"\nreplicates = 24\n{draws}\n\
             [simulation]\nhorizon_days = 60\n"
        );
        std::fs::write(setup.path("x.toml"), text).expect("written");
        let output = Command::new(env!("CARGO_BIN_EXE_hashflight"))
            .current_dir(setup.folder.path())
            .args(["run", "x.toml", "--miners", "100", "--out", out])
            .output()
            .expect("the program starts");
        assert!(succeeds(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said = run("parameters = \"posterior\"\nposterior = \"out/posterior.parquet\"", "drawn");
    assert!(said.contains("What the effects vary by"), "{said}");
    let table = std::fs::read_to_string(setup.path("drawn/tables/variance.csv")).expect("written");
    let mut rows =
        table.lines().map(|line| line.rsplit(',').map(str::to_owned).collect::<Vec<_>>());
    assert!(rows.next().is_some(), "{table}");
    let mut seen = 0;
    for row in rows {
        // From the end: ends and values of paths, parameters and contrasts, of which there is one.
        let number = |at: usize| row[at].parse::<f64>().expect("a number");
        assert!((number(2) + number(5) + number(8) - 100.0).abs() < 1e-9, "{row:?}");
        assert_eq!((number(8), number(15)), (0.0, 1.0), "{row:?}");
        assert!(number(14) < 12.0 && number(13) > 0.0, "draws and pairs: {row:?}");
        seen += 1;
    }
    assert!(seen > 5, "{table}");
    // What a scenario sets is not drawn: another size of its own leaves the draws what they are.
    let draws = |table: &str| -> Vec<String> {
        let fields = |line: &str| line.rsplit(',').nth(14).map(str::to_owned);
        table.lines().skip(1).filter_map(fields).collect()
    };
    let finer = "parameters = \"posterior\"\nposterior = \"out/posterior.parquet\"\n\
                 [[scenario]]\nname = \"finer\"\nset = { \"miners.population.count\" = 150 }\n\
                 [[scenario]]\nname = \"finer-off\"\n\
                 set = { \"miners.population.count\" = 150, \"ai.enabled\" = false }\n\
                 [[contrast]]\ntreatment = \"finer\"\ncontrol = \"finer-off\"\n";
    run(finer, "finer");
    let finer = std::fs::read_to_string(setup.path("finer/tables/variance.csv")).expect("written");
    assert_eq!(draws(&finer), draws(&table));
    // Medians alone: nothing was drawn, nothing is taken apart.
    assert!(!run("", "medians").contains("What the effects vary by"));
    assert!(!setup.path("medians/tables/variance.csv").exists());
}

/// The small calibration on many beginnings.
fn on_beginnings(setup: &CalibrationSetup, horizons: &str) {
    let text =
        CALIBRATION.replace("WINDOW", &repository("experiments/hindcast.toml").to_string_lossy());
    let lines = format!(
        "beginnings = \"300:308:4\"\nhorizons = {horizons}\npaths = 3\nrecord_every_days = 7\n"
    );
    let text = text.replace("record_every_days = 7\n", &lines);
    std::fs::write(setup.path("small.toml"), text).expect("written");
}

#[test]
fn a_calibration_on_many_beginnings_is_the_same_however_it_is_shared_out_and_owns_its_horizons() {
    let setup = CalibrationSetup::new();
    on_beginnings(&setup, "[1, 3]");
    assert!(succeeds(&setup.calibrate("one", &["--threads", "2"])));
    setup.by_turns("shared");
    assert_eq!(setup.posterior("one"), setup.posterior("shared"));
    let plan = std::fs::read_to_string(setup.path("one/generation-00/plan.json")).expect("there");
    // Twenty points of three paths each, from three beginnings.
    assert!(plan.contains("\"hindcast-308-311\"") && plan.contains("60"), "{}", &plan[..400]);
    on_beginnings(&setup, "[3]");
    let output = setup.calibrate("one", &[]);
    assert_eq!(output.status.code(), Some(65), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_calibration_of_one_generation_says_what_is_foreseen_where_it_has_not_looked() {
    let setup = CalibrationSetup::new();
    on_beginnings(&setup, "[1, 3]");
    let file = setup.path("small.toml");
    let text = std::fs::read_to_string(&file).expect("written above");
    let more = repository("experiments/hindcast-bear-2022.toml");
    let generations =
        text.lines().find(|line| line.starts_with("maximum_generations")).expect("a setting");
    let text = text
        .replace(generations, "maximum_generations = 0")
        .replace("hindcast.toml\"]", &format!("hindcast.toml\", {more:?}]"));
    assert!(text.contains("bear"), "{text}");
    std::fs::write(&file, text).expect("written");
    let output = setup.calibrate("one", &[]);
    assert!(succeeds(&output));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("each learnt in windows that share no epoch with it"), "{said}");
    assert!(said.contains("each learnt in windows that had ended before it"), "{said}");
    let before = std::fs::read_to_string(setup.path("one/learnt_before.json")).expect("there");
    let before: serde_json::Value = serde_json::from_str(&before).expect("JSON");
    // Nothing had ended before the first beginning.
    assert_eq!(before["beginnings"], serde_json::json!([304, 308]));
    let plan = std::fs::read_to_string(setup.path("one/generation-00/plan.json")).expect("there");
    assert!(plan.contains("\"hindcast-bear-2022\""), "the second window runs, too");
    let board = std::fs::read_to_string(setup.path("one/left_out.json")).expect("there");
    let board: serde_json::Value = serde_json::from_str(&board).expect("JSON");
    assert_eq!(board["beginnings"].as_array().map(Vec::len), Some(3), "{board:#}");
    setup.by_turns("shared");
    for name in ["left_out.json", "tables/left_out.csv", "tables/left_out_forecasts.csv"] {
        let [one, shared] = ["one", "shared"]
            .map(|out| std::fs::read(setup.path(out).join(name)).expect("it is there"));
        assert!(one == shared, "{name} differs by how runs are shared out");
    }
}

#[test]
fn beginnings_need_horizons() {
    let setup = CalibrationSetup::new();
    on_beginnings(&setup, "[1, 3]");
    let text = std::fs::read_to_string(setup.path("small.toml")).expect("written above");
    for (wrong, right, said) in [
        ("300:308:4", "300:308", "FROM:TO:STEP"),
        ("horizons = [1, 3]\n", "", "calibration.horizons"),
        ("[1, 3]", "[3, 1]", "a rising list of epochs from 1 to 3440"),
        ("[1, 3]", "[]", "a rising list of epochs from 1 to 3440"),
        ("paths = 3", "paths = 1", "from 2 to 1000"),
        ("beginnings = \"300:308:4\"\n", "", "needs calibration.beginnings"),
        ("[1, 3]", "[3000]", "the history to go on to epoch 3300"),
    ] {
        std::fs::write(setup.path("small.toml"), text.replace(wrong, right)).expect("written");
        let output = setup.calibrate("refused", &[]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{right}: {message}");
        assert!(message.contains(said), "{right}: {message}");
        assert!(!setup.path("refused").exists(), "{right}");
    }
}

/// Deals that were simulated with large tenders are told from those of small ones, a window without AI adds its own rows, and the
/// deals' posterior does not depend on threads or shares.
#[test]
fn deals_tell_the_size_of_tenders_that_made_them() {
    let setup = CalibrationSetup::new();
    let window = repository("experiments/hindcast-ai-2024.toml");
    let program = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_hashflight"))
            .current_dir(setup.folder.path())
            .args(arguments)
            .arg("--data")
            .arg(&setup.history)
            .output()
            .expect("the program starts");
        assert!(succeeds(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let file = window.to_string_lossy();
    let large = "ai.demand.tender_mean_mw=380";
    let arguments = ["hindcast", &*file, "--miners", "200", "--replicates", "1", "--seed", "5"];
    program(&[&arguments[..], &["--set", large, "--out", "truth"]].concat());
    let leases = ResultTable::open(&setup.path("truth/leases.parquet")).expect("leases");
    let numbers = |name: &str| leases.numbers_of(name, 0..leases.rows()).expect(name);
    let (signed, it, rent) =
        (numbers("signed_day"), numbers("it_mw"), numbers("first_year_rent_musd"));
    let mut owners = Vec::new();
    leases.strings("owner", |owner| owners.push(owner.to_owned())).expect("owners");
    let header =
        "owner,signed,it_mw,mines,owner_mw,country,kind,route,first_power,first_year_rent_musd";
    let first = unix_day("2024-07-06").expect("a date");
    let rows = (0..leases.rows()).filter(|&row| signed[row] > 0.0).map(|row| {
        let date = iso_date(first + signed[row] as i64);
        format!("{},{date},{},yes,500,US,colocation,new,,{}", owners[row], it[row], rent[row])
    });
    let rows: Vec<String> = rows.collect();
    assert!(rows.len() > 3, "the true world signs too little to tell: {rows:?}");
    std::fs::write(setup.path("deals.csv"), format!("{header}\n{}\n", rows.join("\n")))
        .expect("written");
    let text = std::fs::read_to_string(&window).expect("shipped");
    let quarters = repository("experiments/data/ai_quarters.csv");
    let text = text
        .replace(
            "extends = \"hindcast\"",
            &format!("extends = {:?}", repository("experiments/hindcast.toml")),
        )
        .replace("\"data/ai_deals.csv\"", "\"deals.csv\"")
        .replace("\"data/ai_quarters.csv\"", &format!("{quarters:?}"));
    std::fs::write(setup.path("window.toml"), text).expect("written");
    let placebo = repository("experiments/hindcast-2018.toml");
    let text = CALIBRATION
        .replace(
            "WINDOW\"]",
            &format!("window.toml\"]\ndeals = true\nplacebos = [{placebo:?}]\npaths = 2"),
        )
        .replace("maximum_generations = 2", "maximum_generations = 0")
        .replace("market.energy.median_tariff_usd_per_mwh", "ai.demand.tender_mean_mw")
        .replace("low = 20.0\nhigh = 90.0", "low = 60.0\nhigh = 400.0")
        .replace("particles = 20", "particles = 40");
    std::fs::write(setup.path("small.toml"), &text).expect("written");
    let calibrate = ["calibrate", "small.toml", "--miners", "200", "--out"];
    let told = program(&[&calibrate[..], &["one", "--threads", "2"]].concat());
    program(&[&calibrate[..], &["two", "--threads", "1"]].concat());
    assert!(told.contains("effect_log_hash_rate"), "{told}");
    assert_eq!(setup.posterior("one"), setup.posterior("two"));
    let read = |out: &str| {
        let file = setup.path(out).join("tables/identified.csv");
        std::fs::read_to_string(file).expect("a table")
    };
    assert_eq!(read("one"), read("two"));
    let table = read("one");
    let row = |start: &str| {
        let line = table.lines().find(|line| line.starts_with(start)).expect(start);
        line.split(',').skip(3).map(|cell| cell.parse().unwrap_or(f64::NAN)).collect::<Vec<f64>>()
    };
    let [prior, deals] = ["prior", "deals"]
        .map(|of| row(&format!("hindcast-ai-2024,{of},ai.demand.tender_mean_mw")));
    // Mean, and shift in standard deviations of the prior.
    assert!(deals[1] > prior[1] && deals[7] > 0.4, "{deals:?} against {prior:?}");
    // The rate at which miners order rigs shows in no deal.
    let orders = row("hindcast-ai-2024,deals,miners.investment.monthly_rate");
    assert!(orders[7].abs() < deals[7], "{orders:?}");
    let placebo = |of: &str| row(&format!("hindcast-2018,{of},effect_log_hash_rate"));
    assert!((placebo("prior")[0] - 40.0).abs() < 1e-9 && placebo("hash_rate")[1].is_finite());
    assert!(!table.contains("hindcast-2018,deals"), "a placebo has no deals");
    let without = |key: &str| {
        std::fs::write(setup.path("small.toml"), text.replace(&format!("{key}\n"), ""))
            .expect("written");
        CalibrationSpec::load(&setup.path("small.toml"))
    };
    assert_eq!(without("paths = 2").expect("a default").paths(), 8);
    let said = without("deals = true").expect_err("refused").to_string();
    assert!(said.contains("needs calibration.beginnings or calibration.deals"), "{said}");
    let text = text.replace("paths = 2\n", "").replace("deals = true\n", "");
    std::fs::write(setup.path("small.toml"), text).expect("written");
    let said = CalibrationSpec::load(&setup.path("small.toml")).expect_err("refused").to_string();
    assert!(said.contains("needs calibration.deals = true"), "{said}");
}
