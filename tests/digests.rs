//! The published digests: in the shipped experiments at a small size, every column holds the values
//! whose digests `tests/pinned/columns.csv` lists and `docs/digests.md` sums up, in every build and
//! on every machine.
//!
//! `HASHFLIGHT_BINARY` names another build of the program, as a release build. A deliberate change
//! of the model changes the list, and a column that is new or gone makes it longer or shorter; then
//! `HASHFLIGHT_REPIN=1 cargo test --test digests` writes list and page, and says on the page what
//! has changed since the list of the last commit.

mod support;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use hashflight::study::execution::verify;
use hashflight::study::results::folder::{Folder, KINDS};
use support::columns::{Changes, Key, List, assert_pinned, from_csv, read, repin, to_csv};
use support::repository;

/// Experiments of the list.
const EXPERIMENTS: [&str; 6] =
    ["baseline", "ai-counterfactual", "btc-crash", "ai-boom", "halving-2028", "retarget-lab"];
/// What makes them small.
const SIZE: [&str; 6] =
    ["--miners", "200", "--replicates", "2", "--set", "simulation.horizon_days=300"];
const LIST: &str = "tests/pinned/columns.csv";
const PAGE: &str = "docs/digests.md";
/// Most columns of a file that the page names as changed.
const MOST_NAMES: usize = 12;

/// Runs an experiment and takes the digests of all columns of its files.
fn run(experiment: &str, results: &Path) -> List {
    let built = std::env::var("HASHFLIGHT_BINARY").ok();
    let program = built.unwrap_or_else(|| env!("CARGO_BIN_EXE_hashflight").to_owned());
    let file = repository(&format!("experiments/{experiment}.toml"));
    let output = Command::new(repository(&program))
        .arg("run")
        .arg(&file)
        .args(SIZE)
        .args(["--no-report", "--out"])
        .arg(results)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = Folder::open(results).expect("a run leaves results");
    let found = verify::columns(&folder).expect("they are merged");
    assert_eq!((found.files.len(), found.changed_files.len()), (KINDS.len(), 0));
    let list = found.files.into_iter().flat_map(|(file, digests)| {
        let key = move |column| [experiment.to_owned(), file.clone(), column];
        digests.into_iter().map(move |found| (key(found.column), found.digest))
    });
    list.collect()
}

#[test]
fn shipped_experiments_give_the_published_values() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let found = EXPERIMENTS.iter().flat_map(|name| run(name, &root.path().join(name)));
    let found: List = found.collect();
    if repin() {
        return write(&found);
    }
    assert_pinned(&read(&repository(LIST)), &found, "digests");
    let page = fs::read_to_string(repository(PAGE)).expect("the page is there");
    let advice = "HASHFLIGHT_REPIN=1 cargo test --test digests writes this table";
    assert_eq!(section(&page, "files"), table(&found), "{advice}");
}

/// Writes list and page. Where nothing has changed, or there was no list, the page keeps what it says
/// of changes.
fn write(found: &List) {
    let last = committed(LIST).map_or_else(List::new, |text| from_csv(&text));
    let changes = Changes::between(&last, found);
    let page = fs::read_to_string(repository(PAGE)).expect("the page is there");
    let said = if last.is_empty() {
        section(&page, "changes").to_owned()
    } else if changes == Changes::default() {
        section(&committed(PAGE).unwrap_or_else(|| page.clone()), "changes").to_owned()
    } else {
        what_has_changed(&changes, EXPERIMENTS.len())
    };
    let page = with_section(&page, "files", &table(found));
    let page = with_section(&page, "changes", &said);
    fs::write(repository(LIST), to_csv(found)).expect("the repository can be written");
    fs::write(repository(PAGE), page).expect("the repository can be written");
}

/// A file as the last commit has it, or as it is where there are no commits.
fn committed(path: &str) -> Option<String> {
    let show = ["show", &format!("HEAD:./{path}")].map(str::to_owned);
    let shown = Command::new("git").current_dir(repository("")).args(show).output();
    match shown {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).ok(),
        _ => fs::read_to_string(repository(path)).ok(),
    }
}

/// Where the text between two marks of the page is.
fn place(page: &str, name: &str) -> std::ops::Range<usize> {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let place = || Some(page.find(&begin)? + begin.len()..page.find(&end)?);
    place().unwrap_or_else(|| panic!("{PAGE} has no section {name}"))
}

fn section<'p>(page: &'p str, name: &str) -> &'p str {
    &page[place(page, name)]
}

fn with_section(page: &str, name: &str, text: &str) -> String {
    let mut page = page.to_owned();
    page.replace_range(place(&page, name), text);
    page
}

/// The page's table: for every file the number of its columns and one digest of their digests.
fn table(list: &List) -> String {
    let mut files: BTreeMap<[&str; 2], (usize, String)> = BTreeMap::new();
    for ([experiment, file, column], digest) in list {
        let (count, lines) = files.entry([experiment, file]).or_default();
        *count += 1;
        let _ = writeln!(lines, "{column},{digest}");
    }
    let mut table =
        "| experiment | file | columns | digest of their digests |\n|---|---|---|---|\n".to_owned();
    for ([experiment, file], (count, lines)) in files {
        let digest = &blake3::hash(lines.as_bytes()).to_hex()[..16];
        let _ = writeln!(table, "| `{experiment}.toml` | `{file}` | {count} | `{digest}` |");
    }
    table
}

/// Changes in few words: a line for the experiments that share them.
fn what_has_changed(changes: &Changes, experiments: usize) -> String {
    let mut lines: BTreeMap<(Reverse<usize>, Vec<&str>), Vec<String>> = BTreeMap::new();
    for (word, keys) in
        [("changed", &changes.changed), ("new", &changes.new), ("gone", &changes.gone)]
    {
        for ((file, columns), of) in shared(keys) {
            let part = format!("`{file}`: {word} {}", in_few_words(&columns));
            lines.entry((Reverse(of.len()), of)).or_default().push(part);
        }
    }
    let mut text = String::new();
    for ((_, of), parts) in lines {
        let names: Vec<_> = of.iter().map(|name| format!("`{name}`")).collect();
        let all = of.len() == experiments;
        let of = if all { format!("all {experiments} experiments") } else { names.join(", ") };
        let _ = writeln!(text, "- {of}: {}", parts.join("; "));
    }
    text
}

/// The experiments that share a list of columns of a file.
fn shared(keys: &[Key]) -> BTreeMap<(&str, Vec<&str>), Vec<&str>> {
    let mut columns: BTreeMap<[&str; 2], Vec<&str>> = BTreeMap::new();
    for [experiment, file, column] in keys {
        columns.entry([experiment, file]).or_default().push(column);
    }
    let mut shared: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for ([experiment, file], columns) in columns {
        shared.entry((file, columns)).or_default().push(experiment);
    }
    shared
}

/// Names of columns, or their number where they are many.
fn in_few_words(columns: &[&str]) -> String {
    let mut names = BTreeSet::new();
    for column in columns {
        let reductions = column.rsplit_once('_').map(|(series, _)| {
            (series, ["mean", "last", "min", "max"].map(|end| format!("{series}_{end}")))
        });
        let whole = reductions.filter(|(_, all)| all.iter().all(|name| columns.contains(&&**name)));
        let name =
            whole.map_or_else(|| format!("`{column}`"), |(series, _)| format!("`{series}_*`"));
        names.insert(name);
    }
    if names.len() > MOST_NAMES {
        return format!("{} columns", columns.len());
    }
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// A list of columns, all of one digest.
fn list(digest: &str, columns: &[&str]) -> List {
    let entry = |column: &&str| {
        let key: Vec<String> = column.split(' ').map(str::to_owned).collect();
        (key.try_into().expect("experiment, file, column"), digest.to_owned())
    };
    columns.iter().map(entry).collect()
}

#[test]
fn a_new_or_lost_column_is_no_changed_result() {
    let before = list("1", &["a runs old", "a runs x", "b runs x"]);
    let now = list("1", &["a runs new", "a runs x", "b runs x"]);
    assert_eq!(Changes::between(&before, &before).complaint("digests"), None);
    let complaint = Changes::between(&before, &now).complaint("digests").expect("they differ");
    assert_eq!(
        complaint,
        "no result has changed, but columns are new or gone; HASHFLIGHT_REPIN=1 cargo test \
         --test digests lists them so\n  new: a, runs, new\n  gone: a, runs, old"
    );
}

#[test]
fn a_changed_column_is_named_with_experiment_and_file() {
    let before = list("1", &["a runs x", "a runs y", "b series x"]);
    let mut now = before.clone();
    now.extend(list("2", &["b series x"]));
    now.extend(list("2", &["b series new"]));
    let complaint = Changes::between(&before, &now).complaint("digests").expect("they differ");
    assert!(
        complaint.starts_with("results have changed, other values in columns: 1;"),
        "{complaint}"
    );
    assert!(complaint.ends_with("\n  changed: b, series, x\n  new: b, series, new"), "{complaint}");
}

#[test]
fn a_list_is_read_as_it_was_written() {
    let list = list("0123456789abcdef", &["a runs x", "a runs ai.enabled", "b series x"]);
    let text = to_csv(&list);
    assert!(
        text.starts_with("experiment,file,column,digest\na,runs,ai.enabled,0123456789abcdef\n")
    );
    assert_eq!(from_csv(&text), list);
}

#[test]
fn the_page_says_in_few_words_what_has_changed_where() {
    let many: Vec<String> = (0..13).map(|number| format!("b runs z{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let before =
        list("1", &[&["a runs x", "a runs y", "b runs x", "b runs y"], &many[..]].concat());
    let mut now = list("1", &["a runs y", "b runs y", "a series s", "b series s", "a series t"]);
    let reduced =
        ["a runs u_mean", "a runs u_last", "a runs u_min", "a runs u_max", "a runs v_max"];
    now.extend(list("1", &reduced));
    now.extend(list("2", &many));
    assert_eq!(
        what_has_changed(&Changes::between(&before, &now), 2),
        "- all 2 experiments: `runs`: gone `x`\n\
         - `a`: `runs`: new `u_*`, `v_max`; `series`: new `s`, `t`\n\
         - `b`: `runs`: changed 13 columns; `series`: new `s`\n"
    );
}

#[test]
fn the_table_counts_columns_and_takes_one_digest_of_theirs() {
    let table = table(&list("1", &["a runs x", "a runs y", "a series x"]));
    let digest = |lines: &str| blake3::hash(lines.as_bytes()).to_hex()[..16].to_owned();
    let (runs, series) = (digest("x,1\ny,1\n"), digest("x,1\n"));
    let rows: Vec<_> = table.lines().skip(2).collect();
    assert_eq!(rows[0], format!("| `a.toml` | `runs` | 2 | `{runs}` |"));
    assert_eq!(rows[1], format!("| `a.toml` | `series` | 1 | `{series}` |"));
}
