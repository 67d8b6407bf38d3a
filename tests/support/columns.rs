//! Pinned lists of the digests of columns, and what differs between two of them. A new column is no
//! changed result.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Experiment, file, column.
pub type Key = [String; 3];
/// Digests of columns.
pub type List = BTreeMap<Key, String>;

/// First line of a list.
const HEADER: &str = "experiment,file,column,digest";
/// Most columns that a message names.
const MOST: usize = 40;

/// Whether lists are to be written rather than compared.
pub fn repin() -> bool {
    std::env::var_os("HASHFLIGHT_REPIN").is_some()
}

/// A list as its file holds it.
pub fn to_csv(list: &List) -> String {
    let line = |(key, digest): (&Key, &String)| format!("{},{digest}\n", key.join(","));
    format!("{HEADER}\n{}", list.iter().map(line).collect::<String>())
}

/// The list that a file holds.
pub fn from_csv(text: &str) -> List {
    assert_eq!(text.lines().next(), Some(HEADER));
    let entry = |line: &str| match line.split(',').collect::<Vec<_>>()[..] {
        [experiment, file, column, digest] => {
            ([experiment, file, column].map(str::to_owned), digest.to_owned())
        }
        _ => panic!("{line}: is not {HEADER}"),
    };
    text.lines().skip(1).map(entry).collect()
}

/// Reads a list.
pub fn read(path: &Path) -> List {
    from_csv(
        &fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    )
}

/// How two lists differ.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Columns that hold other values.
    pub changed: Vec<Key>,
    /// Columns that were not there before.
    pub new: Vec<Key>,
    /// Columns that are there no more.
    pub gone: Vec<Key>,
}

impl Changes {
    /// What has changed between two lists.
    pub fn between(before: &List, now: &List) -> Self {
        let keys = |list: &List, wanted: &dyn Fn(&Key, &String) -> bool| -> Vec<Key> {
            list.iter()
                .filter(|(key, digest)| wanted(key, digest))
                .map(|(key, _)| key.clone())
                .collect()
        };
        Self {
            changed: keys(now, &|key, digest| before.get(key).is_some_and(|old| old != digest)),
            new: keys(now, &|key, _| !before.contains_key(key)),
            gone: keys(before, &|key, _| !now.contains_key(key)),
        }
    }

    /// What to say of them: first whether a result has changed. `program` is the test program that
    /// writes the list.
    pub fn complaint(&self, program: &str) -> Option<String> {
        let write = format!("HASHFLIGHT_REPIN=1 cargo test --test {program}");
        let mut text = match (&self.changed[..], &self.new[..], &self.gone[..]) {
            ([], [], []) => return None,
            ([], ..) => {
                format!("no result has changed, but columns are new or gone; {write} lists them so")
            }
            (changed, ..) => format!(
                "results have changed, other values in columns: {}; if that is meant, {write} lists them",
                changed.len()
            ),
        };
        for (word, keys) in [("changed", &self.changed), ("new", &self.new), ("gone", &self.gone)] {
            for [experiment, file, column] in keys.iter().take(MOST) {
                let _ = write!(text, "\n  {word}: {experiment}, {file}, {column}");
            }
            if keys.len() > MOST {
                let _ = write!(text, "\n  {word}: {} more", keys.len() - MOST);
            }
        }
        Some(text)
    }
}

/// Fails if a list is not the pinned one.
pub fn assert_pinned(pinned: &List, found: &List, program: &str) {
    if let Some(complaint) = Changes::between(pinned, found).complaint(program) {
        panic!("{complaint}");
    }
}
