//! The documents say what the code does: generated sections are generated, names exist, links lead
//! somewhere. `UPDATE_DOCS=1 cargo test --test suite documents` rewrites what is generated.

use std::any::{TypeId, type_name_of_val};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use bevy_ecs::prelude::{IntoSystem, World};
use bevy_ecs::system::System;
use hashflight::study::experiment::config::Tree;
use hashflight::world::chain::find_blocks;
use hashflight::world::market::{ai_demand, energy, fees, price, rigs};
use hashflight::world::miners::{
    accounting, appetite, beliefs, census, closures, conversion, investment, operation, pools,
    strategic, turnover,
};
use hashflight::world::simulation::column::Column;
use hashflight::world::simulation::columns::SERIES;
use hashflight::world::simulation::leases::LEASES;
use hashflight::world::simulation::record::record_day;
use hashflight::world::simulation::regions::REGIONS;
use hashflight::world::simulation::retarget_metrics::OUTCOMES;
use hashflight::world::simulation::schedule::{self, Step};

const PROTOCOL: &str = "docs/ODD.md";
const MECHANISMS: &str = "docs/MECHANISMS.md";

pub(crate) fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

pub(crate) fn read(relative: &str) -> String {
    fs::read_to_string(path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// Compares the section between two markers with what the code says, or rewrites it.
fn assert_generated(file: &str, section: &str, wanted: &str) {
    let text = read(file);
    let (begin, end) = (format!("<!-- begin {section} -->\n"), format!("<!-- end {section} -->"));
    let place = || Some((text.find(&begin)? + begin.len(), text.find(&end)?));
    let (from, to) = place().unwrap_or_else(|| panic!("{file} has no section {section}"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let updated = format!("{}{wanted}{}", &text[..from], &text[to..]);
        fs::write(path(file), updated).unwrap_or_else(|error| panic!("{file}: {error}"));
    } else {
        let advice =
            "differs from the code; UPDATE_DOCS=1 cargo test --test suite documents rewrites it";
        assert_eq!(&text[from..to], wanted, "section {section} of {file} {advice}");
    }
}

#[test]
fn the_protocol_shows_schedule_and_parameters_as_they_are() {
    assert_generated(PROTOCOL, "schedule", &schedule_table());
    assert_generated(PROTOCOL, "parameters", &parameter_table());
}

fn schedule_table() -> String {
    let mut table = "| | phase | processes, in order |\n|---|---|---|\n".to_owned();
    for (place, step) in Step::ALL.iter().enumerate() {
        let processes: Vec<_> =
            step.processes().iter().map(|process| format!("`{process}`")).collect();
        let _ = writeln!(table, "| {} | {step:?} | {} |", place + 1, processes.join(", "));
    }
    table
}

fn parameter_table() -> String {
    let tree = Tree::baseline().expect("the built-in baseline is valid, as other tests show");
    let mut table =
        "| key | baseline | unit | plausible | meaning |\n|---|---|---|---|---|\n".to_owned();
    for parameter in tree.parameters() {
        let value = parameter.value.as_ref().map(ToString::to_string).unwrap_or_default();
        let range = match parameter.range {
            Some([low, high]) => format!("{low} to {high}"),
            None => parameter.choices.join(", "),
        };
        let (key, unit, meaning) = (&parameter.key, &parameter.unit, &parameter.meaning);
        let _ = writeln!(table, "| `{key}` | {value} | {unit} | {range} | {meaning} |");
    }
    table
}

const COLUMNS: &str = "docs/columns.md";

#[test]
fn every_column_is_explained_as_it_is_declared() {
    assert_generated(COLUMNS, "series", &column_table(SERIES));
    assert_generated(COLUMNS, "outcomes", &column_table(OUTCOMES));
    assert_generated(COLUMNS, "regions", &state_table(REGIONS));
    assert_generated(COLUMNS, "leases", &state_table(LEASES));
}

/// Columns all of which are states on the day and reduced nowhere.
fn state_table<Row>(columns: &[Column<Row>]) -> String {
    let mut table = "| column | unit | meaning |\n|---|---|---|\n".to_owned();
    for Column { name, unit, meaning, .. } in columns {
        let _ = writeln!(table, "| `{name}` | {unit} | {meaning} |");
    }
    table
}

fn column_table<Row>(columns: &[Column<Row>]) -> String {
    let mut table =
        "| column | unit | meaning | what it stands for | reductions |\n|---|---|---|---|---|\n"
            .to_owned();
    for Column { name, unit, meaning, nature, .. } in columns {
        let suffixes: Vec<_> = nature.reductions().iter().map(|one| one.suffix()).collect();
        let (stands_for, reductions) = (nature.in_words(), suffixes.join(", "));
        let _ = writeln!(table, "| `{name}` | {unit} | {meaning} | {stands_for} | {reductions} |");
    }
    table
}

/// Name and type of a system.
fn system<Marker, F: IntoSystem<(), (), Marker>>(function: F) -> (String, TypeId) {
    let name = type_name_of_val(&function).rsplit("::").next().unwrap_or_default().to_owned();
    (name, IntoSystem::into_system(function).system_type())
}

#[test]
fn the_steps_name_the_systems_that_run_in_the_order_in_which_they_run() {
    let known = [
        system(schedule::begin_day),
        system(price::move_price),
        system(fees::move_fees),
        system(schedule::post_fees),
        system(energy::move_power),
        system(ai_demand::move_ai_demand),
        system(rigs::price_rigs),
        system(appetite::move_appetite),
        system(closures::begin_closures),
        system(investment::install_deliveries),
        system(beliefs::update_beliefs),
        system(strategic::switch_strategists),
        system(operation::run_rigs),
        system(find_blocks),
        system(pools::share_rewards),
        system(accounting::settle_day),
        system(strategic::total_revenues),
        system(investment::review_investment),
        system(conversion::award::award_tenders),
        system(conversion::projects::advance_projects),
        system(conversion::pipelines::develop_power),
        system(rigs::scrap_idle),
        system(turnover::close_insolvent),
        system(turnover::reopen_sites),
        system(turnover::admit_entrants),
        system(census::take_census),
        system(record_day),
    ];
    let mut day = schedule::day();
    day.initialize(&mut World::new()).expect("the schedule has a total order");
    let running: Vec<&str> = day
        .systems()
        .expect("the schedule was initialized")
        .map(|(_, system)| known.iter().find(|(_, id)| *id == system.system_type()))
        .map(|found| found.map_or("a system this test does not know", |(name, _)| name.as_str()))
        .collect();
    let named: Vec<&str> = Step::ALL.iter().flat_map(|step| step.processes()).copied().collect();
    assert_eq!(running, named);
}

/// Folders with Markdown files.
const FOLDERS: [&str; 8] = [
    "",
    "docs/",
    "docs/decisions/",
    "experiments/",
    "experiments/data/",
    "paper/",
    ".github/",
    ".github/ISSUE_TEMPLATE/",
];

/// Markdown files of the repository.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let entries = fs::read_dir(path(folder)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let markdown = names.filter(|name| name.strip_suffix(".md").is_some());
        found.extend(markdown.map(|name| format!("{folder}{name}")));
    }
    found.push("results/reference/README.md".to_owned());
    found.sort();
    found
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    let documents = documents();
    assert!(documents.len() >= 15, "only {documents:?}");
    for document in documents {
        let folder = path(&document).parent().map(Path::to_path_buf).unwrap_or_default();
        for target in links(&read(&document)) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !file.starts_with("mailto:") {
                assert!(folder.join(file).exists(), "{document} links to {file}");
            }
        }
    }
}

/// Targets of `[text](target)` and `![text](target)`.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1);
    targets.filter_map(|rest| rest.split([')', ' ', '\n']).next()).collect()
}

/// Folders below which every path that a document names must exist; others may hold what a reader is
/// yet to make.
const CODE: [&str; 5] = ["src/", "tests/", "benches/", "examples/", "docs/"];

/// Paths of code and documents that a text names, in links, in backticks or as plain words.
fn code_paths(text: &str) -> impl Iterator<Item = &str> {
    let is_path = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let words = text.split(move |c: char| !is_path(c));
    let words = words.map(|word| word.trim_start_matches("../").trim_end_matches('.'));
    words.filter(|word| CODE.iter().any(|folder| word.starts_with(folder)))
}

#[test]
fn every_path_of_code_that_a_document_names_exists() {
    let mut checked = 0;
    for document in documents() {
        for named in code_paths(&read(&document)) {
            assert!(path(named).exists(), "{document} names {named}");
            checked += 1;
        }
    }
    assert!(checked >= 300, "only {checked} paths");
}

/// Links whose text is one name in backticks: the name, and the file that it leads to.
fn named_links(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let links = text.split("[`").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once("`](")?;
        Some((name, rest.split([')', '#']).next()?))
    });
    links.filter(|(name, file)| name.chars().all(is_of_name) && !file.contains("://"))
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn a_name_that_is_a_link_s_text_stands_in_the_file_that_the_link_leads_to() {
    let mut checked = 0;
    for document in documents() {
        let folder = path(&document).parent().map(Path::to_path_buf).unwrap_or_default();
        for (name, file) in named_links(&read(&document)) {
            let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
            let found = text.split(|c| !is_of_name(c)).any(|word| word == name);
            assert!(found, "{document}: there is no {name} in {file}");
            checked += 1;
        }
    }
    assert!(checked >= 150, "only {checked} names");
}

/// Folders of the source, down to the second level, without `src/`.
fn source_folders() -> Vec<String> {
    let below = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(path(folder)).into_iter().flatten().flatten();
        let folders = entries.filter(|entry| entry.path().is_dir());
        folders.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    };
    let first = below("src");
    let second = first.iter().flat_map(|folder| below(&format!("src/{folder}")));
    let mut all: Vec<_> = first.iter().cloned().chain(second).collect();
    all.sort();
    all
}

#[test]
fn the_picture_of_the_house_has_every_folder_and_fits_150_lines() {
    let text = read("docs/ARCHITECTURE.md");
    assert!(text.lines().count() <= 150);
    let picture = text.split("```").nth(1).unwrap_or_default();
    let folders = source_folders().into_iter().filter(|folder| folder != "fonts");
    let absent: Vec<_> =
        folders.filter(|folder| !picture.contains(&format!(" {folder}/"))).collect();
    assert!(absent.is_empty(), "the picture lacks {absent:?}");
}

/// Cells of the rows of all tables, header and rule left out.
pub(crate) fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let rule = |line: &str| line.starts_with("|-") || line.starts_with("| -");
    let header = |place: usize| lines.get(place + 1).is_some_and(|next| rule(next));
    let table = lines.iter().enumerate().filter(|(_, line)| line.starts_with('|'));
    table
        .filter(|&(place, line)| !rule(line) && !header(place))
        .map(|(_, line)| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

#[test]
fn there_is_one_row_for_each_of_58_mechanisms() {
    let text = read(MECHANISMS);
    let rows = rows(&text);
    let numbers: Vec<_> = rows.iter().filter_map(|row| row[0].parse::<u32>().ok()).collect();
    assert_eq!(numbers, (1..=58).collect::<Vec<_>>());
    for row in rows {
        assert_eq!(row.len(), 6, "{row:?}");
        let status = row[5];
        let honest = ["works: test `", "in the model; no sign test yet", "not yet"];
        assert!(honest.iter().any(|start| status.starts_with(start)), "row {}: {status}", row[0]);
    }
}

/// Parts of a text in backticks.
pub(crate) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// All Rust sources of the library and its tests as one text.
fn sources() -> String {
    let mut folders = vec![path("src"), path("tests"), path("benches")];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text += &fs::read_to_string(path).unwrap_or_default();
            }
        }
    }
    text
}

#[test]
fn every_test_that_a_document_names_exists() {
    let sources = sources();
    let mechanisms = read(MECHANISMS);
    let validation = read("docs/VALIDATION.md");
    let works = rows(&mechanisms).into_iter().map(|row| row[5]);
    let named: Vec<&str> = works
        .filter(|status| status.starts_with("works"))
        .chain(rows(&validation).into_iter().map(|row| row[2]))
        .flat_map(quoted)
        .filter(|name| name.contains('_') && !name.contains(['/', '.', ':']))
        .collect();
    assert!(named.len() >= 20, "only {named:?}");
    for name in named {
        assert!(sources.contains(&format!("fn {name}(")), "there is no test {name}");
    }
}

#[test]
fn the_readme_fits_120_lines_and_nothing_names_the_place_where_it_was_written() {
    assert!(read("README.md").lines().count() <= 120);
    let folder = "results/reference";
    let files = fs::read_dir(path(folder)).into_iter().flatten().flatten();
    let names = files.filter_map(|entry| entry.file_name().into_string().ok());
    let figures = names.filter(|name| name.strip_suffix(".svg").is_some());
    let figures: Vec<_> = figures.map(|name| format!("{folder}/{name}")).collect();
    assert!(figures.len() >= 7, "only {figures:?}");
    for document in documents().into_iter().chain(figures) {
        let text = read(&document);
        // The folders of a rig: temporary ones, users' homes, and wherever this clone lies.
        let clone = path("").to_string_lossy().into_owned();
        let alien = ["tmp", "root", "home"].map(|folder| format!("/{folder}/"));
        for alien in alien.into_iter().chain([clone]) {
            assert!(!text.contains(&alien), "{document} names {alien}");
        }
    }
}
