//! The whole report on made-up results.

use std::fs;
use std::path::Path;

mod hindcast_figure;
mod posterior_figure;
pub mod synthetic;

use serde_json::json;

use crate::report::synthetic::{Plan, Values, value, write_parquet, write_results};
use crate::support::manifest::{change_manifest, write_manifest};
use hashflight::analysis::summary::Summary;
use hashflight::analysis::summary::series::SeriesFile;
use hashflight::report::figures::FIGURES;
use hashflight::report::{MetricTable, ReportRecord, ReportSummary, report};
use hashflight::study::results::load::ResultTable;
use hashflight::study::results::manifest::Manifest;

const PAIR: Plan =
    Plan { scenarios: &["ai-on", "ai-off"], contrast: true, replicates: 8, horizon: 1095 };
/// Files of a report besides figures: summaries, tables and the record.
const TABLES: usize = 9;
const HOSTILE: &str = "a_b&c%$#{}~^\\";

fn made(plan: &Plan) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_results(folder.path(), plan);
    folder
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

fn summary_of(folder: &Path) -> Summary {
    let manifest = Manifest::read(&folder.join("manifest.json")).unwrap();
    Summary::from_runs(&manifest, &ResultTable::open(&folder.join("runs.parquet")).unwrap())
        .unwrap()
}

/// What the metadata of an SVG, a PNG and a PDF say of a figure's origin.
fn origins(folder: &Path, name: &str) -> [String; 3] {
    let file = |form: &str| fs::read(folder.join(format!("figures/{name}.{form}"))).unwrap();
    let svg = String::from_utf8(file("svg")).unwrap();
    let (_, rest) = svg.split_once("<metadata>").unwrap();
    let png = String::from_utf8_lossy(&file("png")).into_owned();
    let (_, source) = png.split_once("iTXtSource\0\0\0\0\0").unwrap();
    let pdf = String::from_utf8_lossy(&file("pdf")).into_owned();
    let (_, words) = pdf.split_once("/Keywords <FEFF").unwrap();
    let digits: Vec<char> = words.split_once('>').unwrap().0.chars().collect();
    let unit = |four: &[char]| u16::from_str_radix(&four.iter().collect::<String>(), 16).unwrap();
    let units: Vec<u16> = digits.chunks_exact(4).map(unit).collect();
    let first = |text: &str| text.split(';').next().unwrap().to_owned();
    [first(rest), first(source), first(&String::from_utf16(&units).unwrap())]
}

/// Asserts that a figure carries the digest of the numbers beside it, in all forms, and returns
/// them.
fn assert_sourced(folder: &Path, name: &str) -> Vec<csv::StringRecord> {
    let csv = fs::read(folder.join(format!("figures/{name}.csv"))).unwrap();
    let expected = format!("data blake3 {} ({name}.csv)", blake3::hash(&csv).to_hex());
    assert_eq!(origins(folder, name), [expected.as_str(); 3], "{name}");
    let rows: Vec<_> = csv::Reader::from_reader(&csv[..]).records().map(Result::unwrap).collect();
    assert!(!rows.is_empty(), "{name}");
    rows
}

fn assert_whole(report: &ReportSummary, files: usize) {
    assert_eq!(report.files.len(), files);
    for file in &report.files {
        assert!(fs::metadata(file).unwrap().len() > 100, "{} is empty", file.display());
    }
}

#[test]
fn a_report_holds_every_figure_in_three_forms_and_all_tables() {
    let folder = made(&PAIR);
    let report = report(folder.path()).unwrap();
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert_whole(&report, TABLES + 4 * FIGURES.len());
    for figure in &FIGURES {
        let svg = read(folder.path(), &format!("figures/{}.svg", figure.name));
        assert!(svg.contains("font-family=\"Liberation Sans, Arial, Helvetica, sans-serif\""));
        assert!(svg.contains("<metadata>data blake3 ") && svg.contains("hashflight run "));
        let png = fs::read(folder.path().join(format!("figures/{}.png", figure.name))).unwrap();
        assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 1004);
        let pdf = fs::read(folder.path().join(format!("figures/{}.pdf", figure.name))).unwrap();
        assert!(pdf.starts_with(b"%PDF"));
    }
}

#[test]
fn every_figure_carries_the_digest_of_the_numbers_beside_it() {
    let folder = made(&PAIR);
    report(folder.path()).unwrap();
    let scenarios: &[&str] = &["ai-on", "ai-off"];
    for figure in &FIGURES {
        let rows = assert_sourced(folder.path(), figure.name);
        let path = folder.path().join(format!("figures/{}.csv", figure.name));
        let names = csv::Reader::from_path(path).unwrap().headers().unwrap().clone();
        for column in figure.columns.iter().filter(|_| figure.name != "attack_waterfall") {
            assert!(names.iter().any(|name| name.starts_with(column)), "{}: {column}", figure.name);
        }
        assert!(rows.iter().all(|row| scenarios.contains(&&row[0])), "{}", figure.name);
    }
    // In full precision, what the summary has of the same numbers.
    let summary = summary_of(folder.path());
    let metric = summary.metric("attack_gross_usd_last").unwrap();
    let mean = summary.descriptions[metric][1].as_ref().unwrap().mean;
    let rows = assert_sourced(folder.path(), "attack_waterfall");
    let gross = |row: &&csv::StringRecord| &row[0] == "ai-off" && &row[5] == "attack_gross_usd";
    let drawn: f64 = rows.iter().find(gross).unwrap()[6].parse().unwrap();
    assert!((drawn / mean - 1.0).abs() < 1e-12, "{drawn} {mean}");
}

#[test]
fn metadata_name_the_scenarios_replicates_and_days_that_are_drawn() {
    let folder = made(&PAIR);
    report(folder.path()).unwrap();
    for (figure, words) in [
        ("hash_rate_difficulty", "Shown: ai-on (8 replicates) against ai-off (8 replicates), 157 "),
        (
            "attack_cost_components",
            "Shown: ai-on (8 replicates) alone, 157 recorded days from day 0",
        ),
        ("attack_waterfall", "against ai-off (8 replicates), day 1092 (2028-09-27) alone."),
        ("paired_effect", "replicates of the same number paired, 157 recorded days"),
        ("ai_supply_curve", "alone, day 0 (2025-10-01) and day 1092 (2028-09-27)."),
        ("miners_map", "Shown: replicate 0 of ai-on alone, one run of 8: "),
    ] {
        let svg = read(folder.path(), &format!("figures/{figure}.svg"));
        let (_, about) = svg.split_once("<desc>").unwrap();
        let about = about.split("</desc>").next().unwrap();
        assert!(about.contains(words), "{figure}: {about}");
    }
    let map = read(folder.path(), "figures/miners_map.svg");
    assert!(map.contains("on the last day (ai-on)</title>"));
    let latex = read(folder.path(), "tables/headline.tex");
    let digest = blake3::hash(read(folder.path(), "tables/headline.csv").as_bytes()).to_hex();
    assert!(latex.contains(&format!("% data blake3 {digest} (headline.csv)")), "{latex}");
}

#[test]
fn a_report_that_was_cut_short_or_changed_since_is_known_for_one() {
    let folder = made(&Plan { replicates: 2, horizon: 70, ..PAIR });
    let results = folder.path();
    let files = report(results).unwrap().files;
    assert_eq!(files.last().unwrap(), &results.join("report.json"));
    let record = || ReportRecord::read(results).unwrap().unwrap();
    assert_eq!(record().files.len(), files.len() - 1);
    assert!(ReportRecord::is_current(results) && record().changed(results).is_empty());
    for file in &files[..files.len() - 1] {
        let whole = fs::read(file).unwrap();
        let name = file.strip_prefix(results).unwrap().to_str().unwrap();
        fs::write(file, &whole[1..]).unwrap();
        assert_eq!(record().changed(results), [name]);
        fs::remove_file(file).unwrap();
        assert_eq!(record().changed(results), [name]);
        fs::write(file, whole).unwrap();
    }
    assert!(ReportRecord::is_current(results));
    // Of other results, the record is gone before the first of their files is written.
    let manifest = read(results, "manifest.json").replace("hashflight run", "hashflight  run");
    fs::write(results.join("manifest.json"), manifest).unwrap();
    assert_eq!(record().changed(results), ["manifest.json"]);
    fs::remove_file(results.join("series.parquet")).unwrap();
    assert!(report(results).is_err() && !results.join("report.json").exists());
}

#[test]
fn a_report_leaves_nothing_in_the_making_and_writes_through_no_link() {
    let folder = made(&Plan { replicates: 2, horizon: 70, ..PAIR });
    let results = folder.path();
    let victim = results.join("victim");
    fs::write(&victim, "theirs").unwrap();
    fs::create_dir(results.join("figures")).unwrap();
    #[cfg(unix)]
    for name in ["summary.csv", "summary.csv.partial", "figures/miners_map.png"] {
        std::os::unix::fs::symlink(&victim, results.join(name)).unwrap();
    }
    // Left by a process that is gone, and by a living one.
    let [dead, living] = [u32::MAX - 1, std::process::id()].map(|process| {
        let host = hashflight::files::host();
        results.join(format!("figures/miners_map.png.{host}~{process}~1x2.tmp"))
    });
    fs::write(&dead, "half").unwrap();
    fs::write(&living, "half").unwrap();
    report(results).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "theirs");
    assert!(!results.join("summary.csv").is_symlink() && !dead.exists() && living.exists());
    fs::remove_file(living).unwrap();
    for part in ["", "figures", "tables"] {
        let names = fs::read_dir(results.join(part)).unwrap().flatten();
        let names = names.map(|entry| entry.file_name().into_string().unwrap());
        let left: Vec<String> =
            names.filter(|name| name.rsplit('.').next() == Some("tmp")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn every_axis_names_its_quantity_and_unit() {
    let folder = made(&PAIR);
    report(folder.path()).unwrap();
    let expected: [(&str, &[&str]); 10] = [
        ("hash_rate_difficulty", &["Hash rate (EH/s)", "Difficulty (10¹²)", "Year"]),
        ("attack_cost_components", &["(billion USD)", "idle rigs", "net of rewards and resale"]),
        ("attack_waterfall", &["Cheapest attack, 2028-", "rigs in use", "means of 8 replicates"]),
        ("paired_effect", &["Hash rate (%)", "Attack cost, gross (%)", "φ, idle/honest", "2027"]),
        ("power_by_use", &["(GW)", "hosting AI", "mining, ai-off"]),
        ("power_by_region", &["Connected power (GW), means of 8", "hosting AI", "texas"]),
        ("concentration_by_layer", &["Nakamoto coefficient (entities", "(0–10,000)", "regions"]),
        ("miners_map", &["Tariff (USD/MWh)", "(J/TH)", "break-even e* at ", "hosting ("]),
        ("idle_stock", &["(EH/s)", "(USD per TH/s)", "range of 8 replicates"]),
        ("ai_supply_curve", &["IT power offered, ai-on (GW)", "per IT MW", "2028-09-27, mean"]),
    ];
    for (figure, labels) in expected {
        let svg = read(folder.path(), &format!("figures/{figure}.svg"));
        for label in labels {
            assert!(svg.contains(label), "{figure}: no `{label}`");
        }
    }
}

#[test]
fn text_is_at_least_seven_points_and_lines_at_least_six_tenths() {
    let folder = made(&PAIR);
    report(folder.path()).unwrap();
    let number = |element: &str, attribute: &str| -> Option<f64> {
        let (_, rest) = element.split_once(attribute)?;
        rest.split('"').next()?.parse().ok()
    };
    let points = |units: f64| units * 72.0 / 600.0;
    for figure in &FIGURES {
        let svg = read(folder.path(), &format!("figures/{}.svg", figure.name));
        let texts = svg.lines().filter_map(|element| number(element, " font-size=\""));
        let drawn = svg.lines().filter(|element| element.contains(" stroke=\"#"));
        let lines = drawn.filter_map(|element| number(element, " stroke-width=\""));
        assert!(points(texts.fold(f64::INFINITY, f64::min)) >= 7.0, "{}", figure.name);
        assert!(points(lines.fold(f64::INFINITY, f64::min)) >= 0.6, "{}", figure.name);
    }
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let (once, again) = (made(&PAIR), made(&PAIR));
    let files = report(once.path()).unwrap().files;
    report(again.path()).unwrap();
    for file in files {
        let name = file.strip_prefix(once.path()).unwrap();
        assert!(
            fs::read(&file).unwrap() == fs::read(again.path().join(name)).unwrap(),
            "{}",
            name.display()
        );
    }
}

#[test]
fn the_summary_agrees_with_the_series_it_reduces() {
    let folder = made(&PAIR);
    let summary = summary_of(folder.path());
    let metric = summary.metric("hash_rate_ehs_last").unwrap();
    let last = |scenario: usize, replicate: i32| value("hash_rate_ehs", scenario, replicate, 1092);
    let differences: Vec<f64> = (0..8).map(|r| last(0, r) - last(1, r)).collect();
    let expected = differences.iter().sum::<f64>() / 8.0;
    let effect = summary.effects[metric][0].as_ref().unwrap();
    assert_eq!(effect.n, 8);
    assert!((effect.difference - expected).abs() < 1e-9);
    let interval = effect.interval.unwrap();
    // t(0.975, 7) = 2.364624252
    let half = 2.364_624_252 * effect.sd.unwrap() / 8.0_f64.sqrt();
    assert!((interval.high - expected - half).abs() < 1e-6);
    assert_eq!(summary.metrics[metric].unit, "EH/s");
    assert!(effect.variance_reduction.unwrap() > 1.0, "pairing should help here");
}

#[test]
fn replicates_are_paired_by_number_whatever_their_order() {
    let folder = made(&Plan { replicates: 2, ..PAIR });
    let text = |names: &[&str]| Values::Text(names.iter().map(|name| (*name).to_owned()).collect());
    let columns = [
        ("scenario".to_owned(), text(&["ai-on", "ai-off", "ai-off", "ai-on", "ai-on"])),
        ("replicate".to_owned(), Values::Whole(vec![3, 1, 3, 1, 2])),
        ("difficulty_last".to_owned(), Values::Real(vec![10.0, 1.0, 4.0, 2.0, 99.0])),
    ];
    write_parquet(&folder.path().join("runs.parquet"), &columns);
    change_manifest(folder.path(), |_| ());
    let summary = summary_of(folder.path());
    let effect = summary.effects[0][0].as_ref().unwrap();
    assert_eq!((effect.n, effect.difference), (2, 3.5));
    assert_eq!(summary.finished, [3, 2]);
}

#[test]
fn one_replicate_gives_nulls_and_not_nan() {
    let folder = made(&Plan { replicates: 1, ..PAIR });
    report(folder.path()).unwrap();
    let json: serde_json::Value =
        serde_json::from_str(&read(folder.path(), "summary.json")).unwrap();
    let effect = &json["contrasts"][0]["metrics"]["hash_rate_ehs_last"];
    assert!(effect["difference"].is_f64() && effect["low"].is_null() && effect["sd"].is_null());
    assert_eq!(json["scenarios"][0]["metrics"]["hash_rate_ehs_last"]["unit"], "EH/s");
    for file in ["summary.csv", "differences.csv", "tables/headline.csv", "tables/headline.tex"] {
        assert!(!read(folder.path(), file).contains("NaN"), "{file}");
    }
}

#[test]
fn quantiles_have_intervals_where_there_are_enough_replicates() {
    let folder = made(&Plan { replicates: 40, horizon: 70, ..PAIR });
    report(folder.path()).unwrap();
    let text = read(folder.path(), "summary.json");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    // Written piece by piece, a metric a line.
    assert!(text.contains("\n      \"difficulty_last\":{\"unit\":\"1\",\"n\":40,\"mean\":"));
    let metric = &json["scenarios"][1]["metrics"]["difficulty_last"];
    let mut values: Vec<f64> = (0..40).map(|r| value("difficulty", 1, r, 70)).collect();
    values.sort_by(f64::total_cmp);
    // Binomial(40, 1/2): P(B < 14) = 1.9 %, P(B < 15) = 4.0 %; Binomial(40, 1/4): P(B < 5) = 1.6 %,
    // P(B < 6) = 4.3 %, P(B ≥ 16) = 2.6 %, P(B ≥ 17) = 1.2 %.
    assert_eq!((&metric["q50_low"], &metric["q50_high"]), (&values[13].into(), &values[26].into()));
    assert_eq!((&metric["q25_low"], &metric["q25_high"]), (&values[4].into(), &values[16].into()));
    assert!(metric.get("q05_low").is_none() && metric["q50_mcse"].as_f64().unwrap() > 0.0);
    let mut table = csv::Reader::from_path(folder.path().join("summary.csv")).unwrap();
    let names = table.headers().unwrap().clone();
    let at = |row: &csv::StringRecord, name: &str| {
        row[names.iter().position(|other| other == name).unwrap()].to_owned()
    };
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    let same = |row: &&csv::StringRecord| {
        at(row, "metric") == "difficulty_last" && at(row, "scenario") == "ai-off"
    };
    let row = rows.iter().find(same).unwrap();
    assert_eq!((at(row, "q75_high"), at(row, "q95_low")), (values[35].to_string(), String::new()));
}

#[test]
fn what_pairing_saves_is_in_the_differences() {
    let folder = made(&PAIR);
    report(folder.path()).unwrap();
    let mut table = csv::Reader::from_path(folder.path().join("differences.csv")).unwrap();
    let names = table.headers().unwrap().clone();
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    let row = rows.iter().find(|row| &row[2] == "hash_rate_ehs_last").unwrap();
    let at = |name: &str| -> f64 {
        row[names.iter().position(|other| other == name).unwrap()].parse().unwrap()
    };
    let saved = at("unpaired_mcse") / at("mcse");
    assert!((saved * saved / at("variance_reduction") - 1.0).abs() < 1e-9 && saved > 1.0);
    let own = libm::hypot(at("treatment_mcse"), at("control_mcse"));
    assert!((own / at("unpaired_mcse") - 1.0).abs() < 1e-9);
}

#[test]
fn one_scenario_is_drawn_alone_and_the_effect_is_left_out() {
    let folder = made(&Plan { scenarios: &["only"], contrast: false, replicates: 3, horizon: 40 });
    let report = report(folder.path()).unwrap();
    assert_whole(&report, TABLES + 4 * (FIGURES.len() - 1));
    let alone = "figure paired_effect: left out, the experiment has no contrast";
    assert_eq!(report.notes, [alone]);
    assert!(!report.headline_text.contains("95 %"));
    assert!(read(folder.path(), "figures/idle_stock.svg").contains("Days since 2025-10-01"));
}

/// Results of a layout that knew no regions are drawn without them.
#[test]
fn results_without_regions_are_drawn_without_their_figure() {
    let folder = made(&Plan { replicates: 2, horizon: 70, ..PAIR });
    fs::remove_file(folder.path().join("regions.parquet")).unwrap();
    change_manifest(folder.path(), |manifest| {
        manifest["files"].as_object_mut().unwrap().shift_remove("regions.parquet");
    });
    let report = report(folder.path()).unwrap();
    assert_whole(&report, TABLES + 4 * (FIGURES.len() - 1));
    let left = "figure power_by_region: left out, regions of `ai-on` were not recorded";
    assert_eq!(report.notes, [left]);
}

/// The figure's numbers are means over replicates, on the first and on the last day.
#[test]
fn regions_are_drawn_on_the_first_and_the_last_of_their_days() {
    let folder = made(&PAIR);
    report(folder.path()).unwrap();
    let rows = assert_sourced(folder.path(), "power_by_region");
    let place = |row: &csv::StringRecord| [row[2].to_owned(), row[4].to_owned()];
    let last = (PAIR.horizon / 28 * 28).to_string();
    let days = ["0", &last].map(str::to_owned);
    let names = ["texas", "ethiopia", "us_north"];
    let wanted: Vec<_> =
        days.iter().flat_map(|day| names.map(|name| [day.clone(), name.to_owned()])).collect();
    assert_eq!(rows.iter().map(place).collect::<Vec<_>>(), wanted);
    let of = |replicate| 0.5 * value("hosting_mw", 0, replicate, PAIR.horizon / 28 * 28);
    let mean = (0..PAIR.replicates).map(of).sum::<f64>() / f64::from(PAIR.replicates);
    let shown: f64 = rows[3][8].parse().unwrap();
    assert!((shown - mean).abs() < 1e-9 * mean, "{shown} against {mean}");
}

/// Puts into the manifest what each scenario sets.
fn settings(folder: &Path, scenarios: &[&str], of: impl Fn(&str) -> serde_json::Value) {
    change_manifest(folder, |manifest| {
        for scenario in scenarios {
            manifest["settings"][scenario] = of(scenario);
        }
    });
}

/// The one comparison that an experiment with such settings gets.
fn comparison(
    scenarios: &'static [&'static str],
    name: &str,
    of: impl Fn(&str) -> serde_json::Value,
) -> String {
    let folder = made(&Plan { scenarios, contrast: true, replicates: 4, horizon: 70 });
    settings(folder.path(), scenarios, of);
    let report = report(folder.path()).unwrap();
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert_whole(&report, TABLES + 4 * (FIGURES.len() + 1));
    let svg = read(folder.path(), &format!("figures/{name}.svg"));
    assert!(!svg.contains("NaN") && svg.contains("<metadata>data blake3 "));
    let rows = assert_sourced(folder.path(), name);
    assert!(rows.iter().all(|row| scenarios.contains(&&row[2])), "{rows:?}");
    svg
}

#[test]
fn an_experiment_that_varies_the_rule_gets_its_comparison() {
    let scenarios: &[&str] = &["bitcoin-calm", "asert-calm", "bitcoin-storm", "asert-storm"];
    let svg = comparison(scenarios, "retarget_comparison", |scenario| {
        let (rule, shock) = scenario.split_once('-').unwrap();
        let days: &[f64] = if shock == "storm" { &[60.0] } else { &[] };
        serde_json::json!({ "chain.rule": rule, "market.energy.storm_days": days })
    });
    for label in ["bitcoin", "asert", "calm", "storm", "(a) Recovery", "(c) Hash rate"] {
        assert!(svg.contains(label), "no `{label}`");
    }
}

#[test]
fn an_experiment_that_varies_share_and_time_gets_its_map() {
    let scenarios: &[&str] = &["1.0-30", "1.0-365", "3.0-30", "3.0-365"];
    let svg = comparison(scenarios, "attack_phase_map", |scenario| {
        let (ratio, days) = scenario.split_once('-').unwrap();
        let [ratio, days] = [ratio, days].map(|number| number.parse::<f64>().unwrap());
        serde_json::json!({ "security.ratio": ratio, "security.preparation_days": days })
    });
    for label in ["50", "75", "30", "365", "(a) Cheapest attack", "Days to prepare"] {
        assert!(svg.contains(label), "no `{label}`");
    }
}

#[test]
fn a_hostile_name_harms_no_file() {
    let scenarios: &[&str] = &["<b>\n\\end{tabular}\u{1}", HOSTILE];
    let folder = made(&Plan { scenarios, contrast: true, replicates: 2, horizon: 400 });
    let report = report(folder.path()).unwrap();
    assert_whole(&report, TABLES + 4 * FIGURES.len());
    let latex = read(folder.path(), "tables/headline.tex");
    assert_eq!(latex.matches("\\end{tabular}").count(), 1);
    assert!(latex.contains(
        "a\\_b\\&c\\%\\$\\#\\{\\}\\textasciitilde{}\\textasciicircum{}\\textbackslash{}"
    ));
    let mut table = csv::Reader::from_path(folder.path().join("summary.csv")).unwrap();
    let scenario = |row: Result<csv::StringRecord, csv::Error>| row.unwrap()[0].to_owned();
    let mut names: Vec<String> = table.records().map(scenario).collect();
    names.dedup();
    assert_eq!(names, scenarios);
}

#[test]
fn the_latex_table_has_equal_rows() {
    let folder = made(&PAIR);
    let latex = MetricTable::headline(&summary_of(folder.path())).latex();
    let rows: Vec<&str> = latex.lines().filter(|line| line.ends_with("\\\\")).collect();
    assert_eq!(rows.len(), 22);
    assert!(rows.iter().all(|row| row.matches(" & ").count() == 9), "{latex}");
    assert!(latex.contains("\\begin{tabular}{llrrrrrrrr}"));
}

/// Contrasts in place of those of the manifest.
fn contrast(folder: &Path, pairs: &[(&str, &str)]) {
    let one = |(t, c): &(&str, &str)| json!({ "treatment": t, "control": c });
    change_manifest(folder, |manifest| manifest["contrasts"] = pairs.iter().map(one).collect());
}

/// `runs.parquet` with one outcome of some scenarios, replicate by replicate.
fn write_outcome(folder: &Path, metric: &str, scenarios: &[(&str, Vec<f64>)]) {
    let names =
        scenarios.iter().flat_map(|(name, values)| values.iter().map(|_| (*name).to_owned()));
    let numbers = scenarios.iter().flat_map(|(_, values)| 0..i32::try_from(values.len()).unwrap());
    let values = scenarios.iter().flat_map(|(_, values)| values.iter().copied());
    let columns = [
        ("scenario".to_owned(), Values::Text(names.collect())),
        ("replicate".to_owned(), Values::Whole(numbers.collect())),
        (metric.to_owned(), Values::Real(values.collect())),
    ];
    write_parquet(&folder.join("runs.parquet"), &columns);
    change_manifest(folder, |_| ());
}

/// The cells of a CSV file's first row whose first cells are these, by column.
fn row_of(folder: &Path, file: &str, keys: &[&str]) -> std::collections::BTreeMap<String, String> {
    let mut table = csv::Reader::from_path(folder.join(file)).unwrap();
    let names = table.headers().unwrap().clone();
    let rows = table.records().map(Result::unwrap);
    let mut rows = rows.filter(|row| row.iter().zip(keys).all(|(cell, key)| cell == *key));
    let row = rows.next().unwrap_or_else(|| panic!("{file}: no row {keys:?}"));
    names.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
}

/// One path of ten is large and falls, nine small ones rise: the ratio of means says −8.3 %, the mean
/// over paths +8 %.
#[test]
fn an_effect_names_what_it_is_of_and_shows_how_often_it_falls() {
    let folder = made(&Plan { replicates: 10, horizon: 70, ..PAIR });
    let small = |value: f64| vec![value; 9];
    let treatment = [vec![900e9], small(11e9)].concat();
    let control = [vec![1000e9], small(10e9)].concat();
    let values = [("ai-on", treatment), ("ai-off", control)];
    write_outcome(folder.path(), "attack_gross_usd_mean", &values);
    let report = report(folder.path()).unwrap();
    let keys = ["ai-on", "ai-off", "attack_gross_usd_mean"];
    let row = row_of(folder.path(), "differences.csv", &keys);
    let at = |name: &str| row[name].parse::<f64>().unwrap();
    assert!((at("relative_percent") + 100.0 * 91.0 / 1090.0).abs() < 1e-9);
    assert!((at("path_percent_mean") - 8.0).abs() < 1e-9 && at("path_percent_median") == 10.0);
    assert!(at("path_percent_low") > 3.0 && at("path_percent_high") < 13.0);
    assert_eq!((row["n_relative"].as_str(), row["falling_share"].as_str()), ("10", "0.1"));
    assert!((at("top_tenth_share") - 1000.0 / 1090.0).abs() < 1e-12);
    let text = &report.headline_text;
    for words in [
        "Attack cost, gross, mean",
        "ratio of means, % [95 %]",
        "mean over paths of the change, % [95 %]",
        "paths in which it falls, % [95 %]",
        "Few paths decide the ratio of means where the largest tenth of paths hold more than 2 times",
        "equal ones do not",
    ] {
        assert!(text.contains(words), "no `{words}`:\n{text}");
    }
    let headline = row_of(folder.path(), "tables/headline.csv", &["attack_gross_usd_mean"]);
    assert_eq!(headline["ai-on - ai-off mean over paths %"], "8.0");
    assert_eq!(headline["ai-on - ai-off falls in % of paths"], "10");
    let latex = read(folder.path(), "tables/headline.tex");
    assert!(latex.contains("mean over paths of the change, \\%") && latex.contains("Note."));
    let json: serde_json::Value =
        serde_json::from_str(&read(folder.path(), "summary.json")).unwrap();
    let effect = &json["contrasts"][0]["metrics"]["attack_gross_usd_mean"];
    assert!((effect["path_percent_mean"].as_f64().unwrap() - 8.0).abs() < 1e-9);
    assert!(json["estimands"]["relative_percent"].as_str().unwrap().starts_with("ratio of means"));
    let notes = json["notes"].to_string();
    assert!(notes.contains("Few paths decide"), "{notes}");
    let svg = read(folder.path(), "figures/paired_effect.svg");
    assert!(svg.contains("mean over paths (line: ratio of means)"));
}

#[test]
fn a_mean_over_paths_that_some_lack_is_not_given() {
    let folder = made(&Plan { replicates: 3, horizon: 70, ..PAIR });
    let values = [("ai-on", vec![1e9, 2e9, 3e9]), ("ai-off", vec![0.0, 4e9, 4e9])];
    write_outcome(folder.path(), "attack_net_usd_last", &values);
    let report = report(folder.path()).unwrap();
    let keys = ["ai-on", "ai-off", "attack_net_usd_last"];
    let row = row_of(folder.path(), "differences.csv", &keys);
    assert_eq!([&row["n"], &row["n_relative"], &row["path_percent_mean"]], ["3", "2", ""]);
    assert!(report.headline_text.contains("-- (2 of 3)"), "{}", report.headline_text);
}

/// Four paths: in one the attack cannot be had without the treatment, in one never. The two others fall and
/// rise by a tenth: the ratio of means says -1 of 30, the mean over paths nothing.
#[test]
fn an_attack_that_cannot_be_had_is_counted_and_is_no_zero() {
    let folder = made(&Plan { replicates: 4, horizon: 70, ..PAIR });
    let none = f64::NAN;
    let treatment = vec![18e9, 11e9, 7e9, none];
    let control = vec![20e9, 10e9, none, none];
    let metric = "attack_no_sale_long_usd_mean";
    write_outcome(folder.path(), metric, &[("ai-on", treatment), ("ai-off", control)]);
    let report = report(folder.path()).unwrap();
    let row = row_of(folder.path(), "tables/attack_costs.csv", &[metric]);
    for (column, cell) in [
        ("ai-on", "12.00"),
        ("ai-off", "15.00"),
        ("ai-on - ai-off paths", "2"),
        ("ai-on paths", "4"),
        ("ai-on paths with a value", "3"),
        ("ai-off paths with a value", "2"),
        ("ai-on - ai-off falls in % of paths", "50"),
    ] {
        assert_eq!(row[column], cell, "{column}");
    }
    let number = |column: &str| row[column].parse::<f64>().unwrap();
    assert!((number("ai-on - ai-off %") + 100.0 / 30.0).abs() < 0.5, "{row:?}");
    assert!(number("ai-on - ai-off mean over paths %").abs() < 0.5, "{row:?}");
    let text = &report.attack_costs_text;
    for words in [
        "Attack cost by what the attacker may use and how long it prepares\n",
        "Nobody who mines sells, long, mean",
        "(3 of 4)",
        "(2 of 4)",
        "has no cost",
        "equal ones do not",
    ] {
        assert!(text.contains(words), "no `{words}`:\n{text}");
    }
    assert!(!text.contains("NaN"), "{text}");
    let csv = read(folder.path(), "tables/attack_costs.csv");
    assert!(!csv.contains("NaN"), "{csv}");
    let latex = read(folder.path(), "tables/attack_costs.tex");
    let digest = blake3::hash(csv.as_bytes()).to_hex();
    assert!(latex.contains(&format!("% data blake3 {digest} (attack_costs.csv)")), "{latex}");
}

#[test]
fn an_attack_that_no_path_can_have_is_a_dash_with_its_count() {
    let folder = made(&Plan { replicates: 3, horizon: 70, ..PAIR });
    let none = || vec![f64::NAN; 3];
    let metric = "attack_hired_only_usd_last";
    write_outcome(folder.path(), metric, &[("ai-on", none()), ("ai-off", none())]);
    let report = report(folder.path()).unwrap();
    let text = &report.attack_costs_text;
    assert!(text.contains("-- (0 of 3)"), "{text}");
    let row = row_of(folder.path(), "tables/attack_costs.csv", &[metric]);
    assert_eq!([&row["ai-on"], &row["ai-off"], &row["ai-on - ai-off %"]], ["", "", ""]);
}

#[test]
fn results_without_attack_costs_by_assumption_have_no_such_table() {
    let folder = made(&Plan { replicates: 3, horizon: 70, ..PAIR });
    let ones = || vec![1e9; 3];
    write_outcome(folder.path(), "attack_gross_usd_last", &[("ai-on", ones()), ("ai-off", ones())]);
    let report = report(folder.path()).unwrap();
    assert!(report.attack_costs_text.is_empty() && !report.headline_text.is_empty());
    assert!(!folder.path().join("tables/attack_costs.csv").exists());
}

#[test]
fn what_tables_and_figures_leave_out_is_said_in_them() {
    let scenarios: &[&str] = &["a", "b", "c", "d", "e", "f", "z"];
    let folder = made(&Plan { scenarios, contrast: true, replicates: 2, horizon: 70 });
    let pairs: Vec<(&str, &str)> = ["e", "f", "a", "b", "c", "d"].map(|name| (name, "z")).to_vec();
    contrast(folder.path(), &pairs);
    let report = report(folder.path()).unwrap();
    let words = "The headline table shows 4 of 6 contrasts; all are in differences.csv.";
    assert!(report.headline_text.contains(words), "{}", report.headline_text);
    let shown = "The headline table shows 6 of 7 scenarios; all are in summary.csv.";
    assert!(report.headline_text.contains(shown), "{}", report.headline_text);
    assert!(read(folder.path(), "tables/headline.tex").contains(words));
    assert!(read(folder.path(), "summary.json").contains(words));
    // The contrasts stated first, and their scenarios.
    let header = read(folder.path(), "tables/headline.csv");
    let header = header.lines().next().unwrap();
    assert!(header.starts_with("metric,label,unit,a,b,c,e,f,z,e - z,"), "{header}");
    let svg = read(folder.path(), "figures/idle_stock_2.svg");
    assert!(svg.contains("Contrast 2 of 6, 4 of them drawn; all are in"), "{svg}");
    assert!(report.notes.iter().any(|note| note.contains("4 of 6 contrasts are drawn")));
}

#[test]
fn a_figure_of_one_scenario_of_several_says_so() {
    let scenarios: &[&str] = &["a", "b", "c"];
    let folder = made(&Plan { scenarios, contrast: false, replicates: 2, horizon: 70 });
    let report = report(folder.path()).unwrap();
    let said = "1 of 3 scenarios is drawn; all are in summary.csv and";
    assert!(read(folder.path(), "figures/idle_stock.svg").contains(said));
    assert!(report.notes.iter().any(|note| note.starts_with("figures of `a`: 1 of 3")));
}

#[test]
fn four_contrasts_around_a_square_give_their_interaction() {
    let scenarios: &[&str] = &["crash-on", "crash-off", "calm-on", "calm-off"];
    let folder = made(&Plan { scenarios, contrast: true, replicates: 3, horizon: 70 });
    let pairs = [
        ("crash-on", "calm-on"),
        ("crash-off", "calm-off"),
        ("crash-on", "crash-off"),
        ("calm-on", "calm-off"),
    ];
    contrast(folder.path(), &pairs);
    let values = [
        ("crash-on", vec![5e9, 6e9, 7e9]),
        ("crash-off", vec![4e9, 4e9, 4e9]),
        ("calm-on", vec![10e9, 10e9, 10e9]),
        ("calm-off", vec![8e9, 8e9, 8e9]),
    ];
    write_outcome(folder.path(), "attack_gross_usd_last", &values);
    let report = report(folder.path()).unwrap();
    let keys = ["crash-on - calm-on", "crash-off - calm-off", "attack_gross_usd_last"];
    let row = row_of(folder.path(), "interactions.csv", &keys);
    let at = |name: &str| row[name].parse::<f64>().unwrap();
    // Effects −5, −4, −3 and −4, −4, −4: differences −1, 0, 1.
    assert_eq!((at("n"), at("difference"), at("sd")), (3.0, 0.0, 1e9));
    assert_eq!((at("first_difference"), at("second_difference")), (-4e9, -4e9));
    // −40 % and −50 %: ten points less deep with AI, as ratio of means and over paths.
    assert!((at("relative_points") - 10.0).abs() < 1e-9);
    assert!((at("path_points_mean") - 10.0).abs() < 1e-9 && at("n_relative") == 3.0);
    assert!(at("low") < 0.0 && at("high") > 0.0 && at("path_points_low") < 10.0);
    assert!((at("falling_share") - 1.0 / 3.0).abs() < 1e-12);
    let text = &report.headline_text;
    assert!(text.contains("Interaction: (crash-on - calm-on) - (crash-off - calm-off)"), "{text}");
    // All four contrasts are shown, none left out without a word.
    let headline = row_of(folder.path(), "tables/headline.csv", &["attack_gross_usd_last"]);
    let name = "(crash-on - calm-on) - (crash-off - calm-off) ratios of means, points";
    assert_eq!(headline[name], "10");
    assert!(headline.contains_key("calm-on - calm-off") && !text.contains("shows 3 of 4"));
    let json = read(folder.path(), "summary.json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let found = &json["interactions"][0];
    assert_eq!(found["first"]["treatment"], "crash-on");
    assert_eq!(found["metrics"]["attack_gross_usd_last"]["n"], 3);
    assert!(read(folder.path(), "tables/headline.tex").contains("difference of effects"));
}

#[test]
fn unfinished_results_are_reported_and_said_to_be_so() {
    let folder = made(&Plan { replicates: 2, ..PAIR });
    change_manifest(folder.path(), |manifest| manifest["replicates"] = json!(5));
    let report = report(folder.path()).unwrap();
    assert_eq!(report.notes.len(), 2, "{:?}", report.notes);
    assert_eq!(report.notes[0], "ai-on: 2 of 5 replicates are finished");
}

#[test]
fn missing_results_ask_for_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let error = report(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("manifest.json: no such file") && error.contains("hashflight run"),
        "{error}"
    );
    write_results(folder.path(), &Plan { replicates: 1, horizon: 70, ..PAIR });
    for name in ["regions.parquet", "miners.parquet", "series.parquet", "runs.parquet"] {
        fs::remove_file(folder.path().join(name)).unwrap();
        let error = report(folder.path()).unwrap_err().to_string();
        assert!(error.contains(&format!("{name}: no such file")), "{error}");
    }
}

#[test]
fn results_that_contradict_the_manifest_are_refused() {
    let refused = |change: &dyn Fn(&str) -> String| {
        let folder = made(&Plan { replicates: 1, horizon: 70, ..PAIR });
        change_manifest(folder.path(), |manifest| {
            *manifest = serde_json::from_str(&change(&manifest.to_string())).unwrap();
        });
        report(folder.path()).unwrap_err().to_string()
    };
    let unknown = refused(&|text| text.replace("\"control\":\"ai-off\"", "\"control\":\"off\""));
    assert!(unknown.contains("manifest.json: `contrasts` names `off`"), "{unknown}");
    let foreign = refused(&|text| text.replace("ai-off", "no-ai"));
    assert!(
        foreign.contains("runs.parquet: scenario `ai-off` is not in the manifest"),
        "{foreign}"
    );
    let date = refused(&|text| text.replace("2025-10-01", "2025-13-01"));
    assert!(date.contains("manifest.json: `first_day` is `2025-13-01`"), "{date}");
    let unknown = refused(&|text| text.replacen('{', "{\"new\":1,", 1));
    assert!(
        unknown.contains("manifest.json: is damaged: key `new` is missing or unknown"),
        "{unknown}"
    );
    // A date that is not there is no date of the baseline.
    let missing = refused(&|text| text.replace("\"first_day\"", "\"another_day\""));
    assert!(missing.contains("manifest.json: ") && missing.contains("first_day"), "{missing}");
    let lacks = refused(&|text| text.replace("\"seed\":1,", ""));
    assert!(lacks.contains("manifest.json: is not as expected: missing field `seed`"), "{lacks}");
}

#[test]
fn a_missing_column_is_named() {
    let folder = made(&Plan { replicates: 1, horizon: 70, ..PAIR });
    let series = SeriesFile::open(&folder.path().join("series.parquet")).unwrap();
    let error = series.ensemble("ai-on", "nothing").err().unwrap().to_string();
    assert!(
        error.contains("column `nothing` of type DOUBLE is needed and is not there"),
        "{error}"
    );
    let error = series.ensemble("ai-on", "day").err().unwrap().to_string();
    assert!(error.contains("has type INT32"), "{error}");
}

#[test]
fn a_series_is_read_across_row_groups() {
    let folder = made(&PAIR);
    let series = SeriesFile::open(&folder.path().join("series.parquet")).unwrap();
    let ensemble = series.ensemble("ai-off", "difficulty").unwrap();
    assert_eq!((ensemble.replicates(), ensemble.days), (8, 157));
    for replicate in 0..8 {
        let expected: Vec<f64> =
            (0..157).map(|step| value("difficulty", 1, replicate, 7 * step)).collect();
        assert_eq!(ensemble.replicate(replicate).unwrap(), Some(expected));
    }
    assert_eq!(ensemble.replicate(8).unwrap(), None);
}

#[test]
fn few_values_in_memory_give_the_same_days_as_all_of_them() {
    let folder = made(&Plan { horizon: 70, ..PAIR });
    let days = |window: usize| {
        let file = SeriesFile::open(&folder.path().join("series.parquet")).unwrap();
        let file = file.with_window(window);
        let ensembles = ["ai-on", "ai-off"].map(|name| file.ensemble(name, "difficulty").unwrap());
        let (mut single, mut paired) = (Vec::new(), Vec::new());
        ensembles[0].by_day(|day, values| single.push((day, values.to_vec()))).unwrap();
        let both = ensembles[0].pairs_by_day(&ensembles[1], |day, pairs| {
            paired.push((day, pairs.to_vec()));
        });
        both.unwrap();
        (single, paired)
    };
    let all = days(usize::MAX);
    for (day, values) in &all.0 {
        let on = |scenario, replicate| {
            value("difficulty", scenario, replicate, 7 * i32::try_from(*day).unwrap())
        };
        let expected: Vec<f64> = (0..8).map(|replicate| on(0, replicate)).collect();
        assert_eq!(*values, expected);
        let pairs: Vec<_> = (0..8).map(|replicate| (on(0, replicate), on(1, replicate))).collect();
        assert_eq!(all.1[*day], (*day, pairs));
    }
    for window in [1, 17, 40] {
        assert!(days(window) == all, "{window}");
    }
}

#[test]
fn replicates_are_found_in_whatever_order_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("series.parquet");
    // Replicates out of order, and scenarios in turns as rounds leave them.
    let units = [("a", 2), ("b", 0), ("a", 0), ("b", 1), ("a", 1)];
    let rows: Vec<(&str, i32, i32)> =
        units.iter().flat_map(|(s, r)| [0, 7, 14].map(|day| (*s, *r, day))).collect();
    let real = |f: fn(&(&str, i32, i32)) -> f64| Values::Real(rows.iter().map(f).collect());
    let columns = [
        ("scenario".to_owned(), Values::Text(rows.iter().map(|row| row.0.to_owned()).collect())),
        ("replicate".to_owned(), Values::Whole(rows.iter().map(|row| row.1).collect())),
        ("day".to_owned(), Values::Whole(rows.iter().map(|row| row.2).collect())),
        ("difficulty".to_owned(), real(|row| f64::from(100 * row.1 + row.2))),
    ];
    write_parquet(&path, &columns);
    write_manifest(folder.path(), &json!({ "scenarios": ["a", "b"] }));
    let file = SeriesFile::open(&path).unwrap();
    assert_eq!(file.days("a").unwrap(), [0, 7, 14]);
    let ensemble = file.ensemble("a", "difficulty").unwrap();
    let (mut days, mut order) = (Vec::new(), Vec::new());
    ensemble.by_day(|_, values| days.push(values.to_vec())).unwrap();
    ensemble.in_order(|values| order.extend_from_slice(values)).unwrap();
    assert_eq!(days, [[0.0, 100.0, 200.0], [7.0, 107.0, 207.0], [14.0, 114.0, 214.0]]);
    assert_eq!(order, [0.0, 7.0, 14.0, 100.0, 107.0, 114.0, 200.0, 207.0, 214.0]);
}

/// Results with a design: each of the points with two arms, the first contrasted with the second.
fn designed(points: &[serde_json::Value]) -> tempfile::TempDir {
    let names: Vec<String> = (1..=points.len())
        .flat_map(|number| [format!("d-{number}.on"), format!("d-{number}.off")])
        .collect();
    let scenarios: Vec<&str> = names.iter().map(String::as_str).collect();
    let folder = made(&Plan { scenarios: &scenarios, contrast: false, replicates: 3, horizon: 70 });
    let keys: Vec<_> = points[0].as_object().unwrap().keys().map(|k| json!({ "key": k })).collect();
    let contrast = |arms: &[String]| json!({ "treatment": arms[0], "control": arms[1] });
    change_manifest(folder.path(), |manifest| {
        manifest["designs"] =
            json!([{ "name": "d", "method": "grid", "factors": keys, "points": points.len() }]);
        manifest["contrasts"] = names.chunks(2).map(contrast).collect();
        for (place, name) in names.iter().enumerate() {
            manifest["settings"][name] = points[place / 2].clone();
            manifest["points"][name] =
                json!({ "design": "d", "number": place / 2 + 1, "block": "A", "arm": "" });
        }
    });
    folder
}

fn has_figure(folder: &Path, name: &str) -> bool {
    folder.join(format!("figures/{name}.svg")).exists()
}

#[test]
fn a_grid_of_two_numbers_is_drawn_as_maps_with_units_and_marks_of_doubt() {
    let grid = [1e5, 2e5, 4e5].iter().flat_map(|price| {
        [0.5, 1.0, 2.0].map(
            |rent| json!({ "market.price.initial_usd": price, "ai.demand.market_rent_musd": rent }),
        )
    });
    let folder = designed(&grid.collect::<Vec<_>>());
    report(folder.path()).unwrap();
    let svg = read(folder.path(), "figures/phase_diagram.svg");
    for label in [
        "(a) Hash rate (%)",
        "(b) Attack cost, gross (%)",
        "(c) Nakamoto, owners (difference)",
        "(d) Energised for AI (IT GW)",
        "Price on the first day (USD/BTC)",
        "Market rent (million USD per IT MW and year)",
        "200,000",
    ] {
        assert!(svg.contains(label), "no `{label}`");
    }
    // Only the first scenario differs from the others: eight of nine effects on three outcomes are
    // exactly zero, and so is the first one on owners, whose number does not change in ten weeks.
    assert_eq!(svg.matches("<circle").count(), 3 * 8 + 1);
    let rows = assert_sourced(folder.path(), "phase_diagram");
    assert_eq!((rows.len(), &rows[0][0], &rows[0][1]), (9 * 4, "100000.0", "0.5"));
    assert_eq!(
        (&rows[0][2], &rows[0][3], &rows[0][4]),
        ("d-1.on", "d-1.off", "hash_rate_ehs_mean")
    );
    assert!(!has_figure(folder.path(), "rule_comparison"));
}

#[test]
fn a_grid_with_a_hole_is_no_map() {
    let points =
        [(1.0, 1.0), (1.0, 2.0), (1.0, 3.0), (2.0, 1.0), (2.0, 2.0), (2.0, 3.0), (3.0, 1.0)];
    let points = points.map(|(a, b)| json!({ "some.a": a, "some.b": b }));
    let folder = designed(&points);
    report(folder.path()).unwrap();
    assert!(!has_figure(folder.path(), "phase_diagram"));
    assert!(has_figure(folder.path(), "rule_comparison"));
}

#[test]
fn a_figure_of_points_says_which_contrasts_it_leaves_out() {
    let rule = |rule: &str| json!({ "ai.conversion.rule": rule });
    let folder = designed(&[rule("npv"), rule("logit")]);
    change_manifest(folder.path(), |manifest| {
        for name in ["d-1.on", "d-1.off", "d-2.on", "d-2.off"] {
            manifest["points"][name]["arm"] = name[4..].into();
        }
        let more = json!({ "treatment": "d-1.off", "control": "d-1.on" });
        manifest["contrasts"].as_array_mut().unwrap().push(more);
    });
    let report = report(folder.path()).unwrap();
    let svg = read(folder.path(), "figures/rule_comparison.svg");
    assert!(svg.contains("on minus off: 2 of 3 contrasts, one for each point"), "{svg}");
    let noted = report.notes.iter().any(|note| note.contains("2 of 3 contrasts"));
    assert!(noted, "{:?}", report.notes);
}

#[test]
fn few_points_are_drawn_as_rows_with_the_values_of_their_factors() {
    let rule = |rule: &str, on: bool| json!({ "ai.conversion.rule": rule, "some.switch": on });
    let folder = designed(&[rule("npv", true), rule("npv", false), rule("real_option", true)]);
    report(folder.path()).unwrap();
    let svg = read(folder.path(), "figures/rule_comparison.svg");
    for label in ["Rows: rule / switch", "real option", "(a) Hash rate (%)", "(d) Energised for AI"]
    {
        assert!(svg.contains(label), "no `{label}`");
    }
    // `npv` stands once in each of the two rows of panels, for the first of its two points.
    assert_eq!(svg.matches("\nnpv\n").count(), 2);
    assert_eq!(assert_sourced(folder.path(), "rule_comparison").len(), 3 * 4);
}
