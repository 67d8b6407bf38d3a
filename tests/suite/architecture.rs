//! The shape of the house: imports point downwards only, each crate has its place, and nothing in
//! the model depends on the machine, the clock on the wall or the order of a hash map.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders from the ground up; those of one row must not import one another.
const ORDER: [&[&str]; 11] = [
    &["units"],
    &["clock", "random", "files", "numerics"],
    &["statistics"],
    &["model"],
    &["world"],
    &["study"],
    &["history"],
    &["analysis"],
    &["report"],
    &["cli"],
    &["main"],
];

/// What is inside a folder, from the ground up; those of one row must not import one another.
const INSIDE: [(&str, &[&[&str]]); 6] = [
    ("model", &[&["chain"], &["market"], &["mining"], &["hosting", "attack", "concentration"]]),
    ("world", &[&["market"], &["chain"], &["miners"], &["security"], &["simulation"]]),
    (
        "study",
        &[
            &["error"],
            &["design", "store"],
            &["experiment"],
            &["results"],
            &["execution"],
            &["cluster"],
        ],
    ),
    ("history", &[&["series"], &["import"], &["hindcast"], &["calibration"]]),
    ("analysis", &[&["points", "summary", "measure"], &["sensitivity", "discovery"]]),
    (
        "report",
        &[
            &["numbers", "files"],
            &["latex", "record", "export", "calibration"],
            &["source"],
            &["tables", "discovery", "sensitivity", "measure", "hindcast"],
            &["figures"],
            &["analyses"],
        ],
    ),
];

/// Modules whose results must be the same bits on every machine.
const EXACT: [&str; 6] = ["units", "clock", "random", "numerics", "model", "world"];

/// Crates and the only files, or folders, that may use them.
const PLACES: [(&str, &[&str]); 20] = [
    ("bevy_ecs", &["clock", "random", "world"]),
    ("bytemuck", &["world/miners"]),
    (
        "multiversion",
        &["world/miners/accounting", "world/miners/investment", "world/miners/operation"],
    ),
    ("ruint", &["model/chain/difficulty", "model/chain/retarget_rules"]),
    ("csv", &["files"]),
    ("rand", &[]),
    ("rand_distr", &[]),
    (
        "statrs",
        &["statistics/samples", "statistics/forecast_comparison", "study/experiment/stopping"],
    ),
    ("rayon", &["study/execution/runner"]),
    ("parquet", &["study/store"]),
    ("blake3", &["files", "study", "report", "analysis"]),
    ("toml", &["study", "history"]),
    ("strsim", &["study/error"]),
    ("plotters", &["report/figures"]),
    ("resvg", &["report/figures"]),
    ("svg2pdf", &["report/figures"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("signal_hook", &["cli/interrupt"]),
    ("tracing_subscriber", &["cli"]),
];

/// A source file without comments and without its tests.
struct Source {
    /// Path below `src`, without extension.
    place: String,
    lines: Vec<(usize, String)>,
}

impl Source {
    fn read(root: &Path, path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a source file is text");
        let below = path.strip_prefix(root).expect("it lies below src").with_extension("");
        let tested = text.find("#[cfg(test)]\nmod ").or(text.find("#[cfg(test)]\npub"));
        let code = &text[..tested.unwrap_or(text.len())];
        let lines = code
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.split("//").next().unwrap_or("").to_owned()))
            .filter(|(_, line)| !line.trim().is_empty());
        Self { place: below.to_string_lossy().replace('\\', "/"), lines: lines.collect() }
    }

    /// The module that the file belongs to.
    fn module(&self) -> &str {
        self.place.split('/').next().unwrap_or_default()
    }

    /// Where it stands: folders and name.
    fn path(&self) -> Vec<String> {
        let path = self.place.trim_end_matches("/mod");
        path.split('/').map(str::to_owned).collect()
    }

    /// What it imports or names of the house, each as a path from the root, and the line.
    fn imports(&self) -> Vec<(usize, Vec<String>)> {
        let mut text = String::new();
        let mut starts = Vec::new();
        for (number, line) in &self.lines {
            starts.push((text.len(), *number));
            text.push_str(line);
            text.push('\n');
        }
        let line_of = |at: usize| starts[starts.partition_point(|(start, _)| *start <= at) - 1].1;
        let paths = named_paths(&text, &self.path());
        paths.into_iter().map(|(at, path)| (line_of(at), path)).collect()
    }

    fn is_at(&self, place: &str) -> bool {
        self.place.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Lines that hold `word` as a whole word, as `file:line: text`.
    fn mentions(&self, word: &str) -> impl Iterator<Item = String> {
        let lines = self.lines.iter().filter(move |(_, line)| has_word(line, word));
        lines.map(|(number, line)| format!("src/{}.rs:{number}: {}", self.place, line.trim()))
    }
}

/// Whether `word` stands in the line and is not the tail of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    })
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    files.iter().map(|path| Source::read(&root, path)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a source folder can be listed").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The paths that a text of code names after `crate::`, `hashflight::` or `super::`, from the root, and
/// where; `own` is the path of the file. Braces of `use` are opened.
fn named_paths(text: &str, own: &[String]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for prefix in ["crate::", "hashflight::", "super::"] {
        for (at, _) in text.match_indices(prefix) {
            let before = text[..at].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || before == '_' || before == ':' {
                continue;
            }
            let mut rest = &text[at..];
            let mut base = Vec::new();
            if prefix == "super::" {
                base = own.to_vec();
                while let Some(inner) = rest.strip_prefix("super::") {
                    base.pop();
                    rest = inner;
                }
            } else {
                rest = &rest[prefix.len()..];
            }
            open_braces(rest, &base, &mut |path| found.push((at, path)));
        }
    }
    found
}

/// Follows a path, into all of its branches; returns what comes after it.
fn open_braces<'a>(
    mut rest: &'a str,
    base: &[String],
    found: &mut dyn FnMut(Vec<String>),
) -> &'a str {
    let mut path = base.to_vec();
    loop {
        rest = rest.trim_start();
        if let Some(mut inner) = rest.strip_prefix('{') {
            loop {
                inner = inner.trim_start().trim_start_matches(',').trim_start();
                match inner.strip_prefix('}') {
                    Some(after) => return after,
                    None if inner.is_empty() => return inner,
                    None => inner = open_braces(inner, &path, found),
                }
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        path.push(rest[..end].to_owned());
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(after) => rest = after,
            None => break,
        }
    }
    found(path);
    rest.trim_start_matches(|c| c != ',' && c != '}' && c != ';')
}

fn level(rows: &[&[&str]], name: &str) -> Option<usize> {
    rows.iter().position(|row| row.contains(&name))
}

#[test]
fn imports_point_downwards_only() {
    let mut upwards = Vec::new();
    for source in sources().iter().filter(|source| source.place != "lib") {
        let own = source.module();
        let at =
            level(&ORDER, own).unwrap_or_else(|| panic!("src/{own} has no place in the order"));
        for (number, path) in source.imports() {
            let Some(other) = level(&ORDER, &path[0]).filter(|_| path[0] != own) else { continue };
            if other >= at {
                upwards.push(format!("src/{}.rs:{number}: {}", source.place, path.join("::")));
            }
        }
    }
    assert!(upwards.is_empty(), "imports upwards or sideways:\n{}", upwards.join("\n"));
}

#[test]
fn imports_inside_a_folder_point_downwards_only() {
    let mut upwards = Vec::new();
    for source in &sources() {
        let own = source.path();
        let Some((_, rows)) = INSIDE.iter().find(|(folder, _)| *folder == own[0]) else { continue };
        let Some(part) = own.get(1) else { continue };
        let place = &source.place;
        let at = level(rows, part).unwrap_or_else(|| panic!("src/{place}.rs has no place in it"));
        for (number, path) in source.imports() {
            let inside = path.get(1).filter(|other| path[0] == own[0] && *other != part);
            let Some(other) = inside.and_then(|other| level(rows, other)) else { continue };
            if other >= at {
                upwards.push(format!("src/{place}.rs:{number}: {}", path.join("::")));
            }
        }
    }
    assert!(upwards.is_empty(), "imports upwards or sideways:\n{}", upwards.join("\n"));
}

/// Files that each file imports, by their paths from the root; of what is above a file only siblings
/// count, since a folder's own file and its parts are read together.
fn graph(sources: &[Source]) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let files: BTreeSet<Vec<String>> = sources.iter().map(Source::path).collect();
    let file_of = |mut path: Vec<String>| {
        while !path.is_empty() && !files.contains(&path) {
            path.pop();
        }
        path
    };
    let imports = |source: &Source| {
        let own = source.path();
        let others = source.imports().into_iter().map(|(_, path)| file_of(path));
        let others = others.filter(|other| !own.starts_with(other) && !other.is_empty());
        (own.clone(), others.collect())
    };
    sources.iter().map(imports).collect()
}

#[test]
fn no_circle_of_files_has_to_be_known_whole() {
    let graph = graph(&sources());
    let reached = |from: &Vec<String>| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(file) = next.pop() {
            for other in graph.get(&file).into_iter().flatten() {
                if seen.insert(other.clone()) {
                    next.push(other.clone());
                }
            }
        }
        seen
    };
    let all: BTreeMap<_, _> = graph.keys().map(|file| (file, reached(file))).collect();
    let circle = |file: &Vec<String>| {
        let mates =
            all[file].iter().filter(|other| all.get(other).is_some_and(|r| r.contains(file)));
        mates.map(|mate| mate.join("/")).collect::<BTreeSet<_>>()
    };
    let found: BTreeSet<_> = graph.keys().map(circle).filter(|mates| mates.len() > 1).collect();
    assert!(found.is_empty(), "circles of files: {found:?}");
}

/// Names of types that files may share: every verb has its arguments, and traits name their parts.
const SHARED_NAMES: [&str; 2] = ["Arguments", "Output"];

/// The types that a file declares.
fn declared_types(source: &Source) -> impl Iterator<Item = &str> {
    source.lines.iter().filter_map(|(_, line)| {
        let line = line.trim_start();
        let line = line.strip_prefix("pub").map_or(line, |rest| {
            rest.strip_prefix('(')
                .and_then(|rest| rest.split_once(')'))
                .map_or(rest, |(_, rest)| rest)
        });
        let mut words = line.split_whitespace();
        let kind = words.next()?;
        let name = words.next().filter(|_| ["struct", "enum", "trait", "type"].contains(&kind))?;
        name.split(|c: char| !c.is_alphanumeric()).next().filter(|name| !name.is_empty())
    })
}

#[test]
fn no_name_of_a_type_stands_for_two_things() {
    let sources = sources();
    let mut places = BTreeMap::<&str, BTreeSet<&str>>::new();
    for source in &sources {
        for name in declared_types(source).filter(|name| !SHARED_NAMES.contains(name)) {
            places.entry(name).or_default().insert(&source.place);
        }
    }
    let twice: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(places.len() > 500 && places.contains_key("Record"), "{}", places.len());
}

#[test]
fn the_scan_of_imports_sees_what_it_should() {
    let own = ["study", "results", "plan"].map(str::to_owned);
    let paths = |text: &str| {
        let found = named_paths(text, &own).into_iter();
        found.map(|(_, path)| path.join("::")).collect::<Vec<_>>()
    };
    assert_eq!(
        paths("use crate::{world::{chain, market::Price as P}, model};\nfn"),
        ["world::chain", "world::market::Price", "model"]
    );
    assert_eq!(paths("let x = crate::units::Btc(1.0);"), ["units::Btc"]);
    assert_eq!(
        paths("use super::super::error::{Error,\n    ConfigError};"),
        ["study::error::Error", "study::error::ConfigError"]
    );
    assert!(level(&ORDER, "report") > level(&ORDER, "study") && level(&ORDER, "nothing").is_none());
    assert!(has_word("use rand::Rng;", "rand::") && !has_word("use my_rand::Rng;", "rand::"));
    assert!(sources().len() > 80);
}

#[test]
fn every_crate_stays_in_its_place() {
    let mut strays = Vec::new();
    for source in &sources() {
        for (name, places) in PLACES {
            if !places.iter().any(|place| source.is_at(place)) {
                strays.extend(source.mentions(&format!("{name}::")));
            }
        }
    }
    assert!(strays.is_empty(), "crates out of place:\n{}", strays.join("\n"));
}

#[test]
fn only_the_calls_to_the_scheduler_start_processes() {
    let sources = sources();
    let others = sources.iter().filter(|source| !source.is_at("study/cluster/scheduler"));
    let strays: Vec<_> = others.flat_map(|source| source.mentions("Command::new")).collect();
    assert!(strays.is_empty(), "{}", strays.join("\n"));
}

/// What must not stand in code whose bits count, and what would go wrong.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    (
        "gives other last digits on another processor; use crate libm",
        &[
            ".exp()",
            ".exp2()",
            ".exp_m1()",
            ".ln()",
            ".ln_1p()",
            ".log(",
            ".log2()",
            ".log10()",
            ".powf(",
            ".powi(",
            ".cbrt()",
            ".hypot(",
            ".sin()",
            ".cos()",
            ".tan()",
            ".sin_cos()",
            ".asin()",
            ".acos()",
            ".atan()",
            ".atan2(",
            ".sinh()",
            ".cosh()",
            ".tanh()",
            ".mul_add(",
            "f64::exp",
            "f64::ln",
            "f64::powf",
            "f64::powi",
        ],
    ),
    ("has no order of its own", &["HashMap", "HashSet"]),
    ("is not part of the input", &["SystemTime", "Instant", "std::env", "std::time", "thread_rng"]),
    ("makes one replicate depend on another", &["thread_local!", "OnceLock", "LazyLock", "Mutex"]),
];

#[test]
fn nothing_in_the_model_depends_on_the_machine() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| EXACT.contains(&source.module())) {
        for (why, words) in FORBIDDEN {
            for word in words {
                let lines = source.lines.iter().filter(|(_, line)| line.contains(word));
                let place = &source.place;
                found.extend(lines.map(|(n, _)| format!("src/{place}.rs:{n}: `{word}` {why}")));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_equations_read_no_files_and_hold_no_configuration() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.module() == "model") {
        for word in ["std::fs", "std::io", "std::path", "serde", "bevy_ecs", "crate::random"] {
            found.extend(source.mentions(word));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_the_turnover_spawns_and_nobody_despawns() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| EXACT.contains(&source.module())) {
        found.extend(source.mentions("despawn"));
        if !source.is_at("world/miners/spawn") {
            found.extend(source.mentions("world.spawn("));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_model_draws_for_named_needs_only() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| EXACT.contains(&source.module())) {
        if source.module() != "random" {
            found.extend(source.mentions("Stream::"));
        }
    }
    assert!(found.is_empty(), "addresses of draws outside src/random:\n{}", found.join("\n"));
}
