//! The shape of the house: imports point downwards only, each crate has its place, and nothing in
//! the model depends on the machine, the clock on the wall or the order of a hash map.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules from the ground up; those of one row must not import one another.
const ORDER: [&[&str]; 12] = [
    &["units"],
    &["clock", "files", "random"],
    &["model"],
    &["market"],
    &["chain"],
    &["miners"],
    &["security"],
    &["simulation"],
    &["experiment"],
    &["report"],
    &["cli"],
    &["main"],
];

/// Modules whose results must be the same bits on every machine.
const EXACT: [&str; 9] =
    ["units", "clock", "random", "model", "market", "chain", "miners", "security", "simulation"];

/// Crates and the only files, or folders, that may use them.
const PLACES: [(&str, &[&str]); 20] = [
    ("bevy_ecs", &["clock", "random", "market", "chain", "miners", "security", "simulation"]),
    ("bytemuck", &["miners"]),
    ("multiversion", &["miners/accounting", "miners/investment", "miners/operation"]),
    ("ruint", &["model/difficulty", "model/retarget_rules"]),
    (
        "csv",
        &["market/replay", "experiment/design", "experiment/history", "experiment/plan", "report"],
    ),
    ("rand", &[]),
    ("rand_distr", &[]),
    ("statrs", &["report/statistics", "experiment/stopping"]),
    ("rayon", &["experiment/runner"]),
    (
        "parquet",
        &[
            "experiment/store",
            "experiment/table",
            "report/load",
            "report/runs",
            "report/series",
            "report/error",
        ],
    ),
    ("blake3", &["experiment", "files", "report"]),
    ("toml", &["experiment"]),
    ("strsim", &["experiment/error"]),
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

fn level(module: &str) -> Option<usize> {
    ORDER.iter().position(|row| row.contains(&module))
}

/// Modules that a line of code names after `crate::` or `hashflight::`, braces included.
fn imported(line: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for prefix in ["crate::", "hashflight::"] {
        for (at, _) in line.match_indices(prefix) {
            let rest = &line[at + prefix.len()..];
            let list = rest.strip_prefix('{').map_or(rest, |list| list);
            let many = rest.starts_with('{');
            let parts = list.split([',', '}']).take(if many { usize::MAX } else { 1 });
            for part in parts {
                let name: String =
                    part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                modules.push(name);
            }
        }
    }
    modules
}

#[test]
fn imports_point_downwards_only() {
    let mut upwards = Vec::new();
    for source in sources().iter().filter(|source| source.place != "lib") {
        let own = source.module();
        let at = level(own).unwrap_or_else(|| panic!("src/{own} has no place in the order"));
        for (number, line) in &source.lines {
            for module in imported(line) {
                let Some(other) = level(&module).filter(|_| module != own) else { continue };
                if other >= at {
                    upwards.push(format!("src/{}.rs:{number}: {}", source.place, line.trim()));
                }
            }
        }
    }
    assert!(upwards.is_empty(), "imports upwards or sideways:\n{}", upwards.join("\n"));
}

#[test]
fn the_scan_of_imports_sees_what_it_should() {
    assert_eq!(imported("use crate::{chain, market, miners};"), ["chain", "market", "miners", ""]);
    assert_eq!(imported("let x = crate::units::Btc(1.0);"), ["units"]);
    assert!(level("report") > level("experiment") && level("nothing").is_none());
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
    let others = sources.iter().filter(|source| !source.is_at("experiment/submission/scheduler"));
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
        if !source.is_at("miners/spawn") {
            found.extend(source.mentions("world.spawn("));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
