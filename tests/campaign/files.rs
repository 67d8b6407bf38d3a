//! Results folders as a whole: copies of them, and what they hold apart from time and place.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Keys of JSON files that say when, where or how fast, and digests of what holds such keys.
const PASSING: [&str; 9] = [
    "host",
    "threads",
    "wall_seconds",
    "merged_unix_time",
    "command",
    "digest",
    "manifest_digest",
    "manifest.json",
    "report_digest",
];
/// Folders that tell of attempts and determine no result.
const ATTEMPTS: [&str; 3] = ["receipts/", "submissions/", "bin/"];

/// Digest of every file by its path: equal for equal results.
pub type Snapshot = BTreeMap<String, String>;

/// All files below a folder, from it, in order.
pub fn list(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    collect(folder, folder, &mut found);
    found.sort();
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if let Ok(below) = path.strip_prefix(root) {
            found.push(below.to_string_lossy().into_owned());
        }
    }
}

/// What a results folder holds, apart from what tells of attempts and what was set aside.
pub fn snapshot(folder: &Path) -> Snapshot {
    let counts = |name: &String| {
        let aside = name.ends_with(".damaged") || name.ends_with(".conflict");
        !aside && !ATTEMPTS.iter().any(|attempts| name.starts_with(attempts))
    };
    let names = list(folder).into_iter().filter(counts);
    names.map(|name| (name.clone(), digest(&folder.join(&name)))).collect()
}

/// Digest of a file; of JSON without what passes.
fn digest(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let parsed = is_json.then(|| serde_json::from_slice(&bytes).ok()).flatten();
    let bytes = parsed.map_or(bytes, |value| lasting(value).to_string().into_bytes());
    blake3::hash(&bytes).to_hex().to_string()
}

/// A JSON value without what passes.
pub fn lasting(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(key, _)| !PASSING.contains(&key.as_str()))
            .map(|(key, value)| (key, lasting(value)))
            .collect(),
        Value::Array(list) => list.into_iter().map(lasting).collect(),
        other => other,
    }
}

/// The first few differences of two snapshots, in words.
pub fn difference(found: &Snapshot, wanted: &Snapshot) -> Option<String> {
    let lost = wanted.keys().filter(|name| !found.contains_key(*name));
    let more = found.keys().filter(|name| !wanted.contains_key(*name));
    let other =
        wanted.iter().filter(|(name, digest)| found.get(*name).is_some_and(|d| d != *digest));
    let mut words: Vec<String> = lost.map(|name| format!("{name} is lost")).collect();
    words.extend(more.map(|name| format!("{name} is left over")));
    words.extend(other.map(|(name, _)| format!("{name} differs")));
    let count = words.len();
    words.truncate(4);
    (count > 0).then(|| format!("{} ({count} in all)", words.join(", ")))
}

/// Copies a folder; files that nobody appends to are linked.
pub fn copy(from: &Path, to: &Path) {
    for name in list(from) {
        let (source, target) = (from.join(&name), to.join(&name));
        let folder = target.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).expect("a folder for copies");
        let grows = ["jsonl", "journal"].contains(&name.rsplit('.').next().unwrap_or_default());
        if grows || fs::hard_link(&source, &target).is_err() {
            fs::copy(&source, &target).expect("a copy");
        }
    }
    for folder in ["shards", "receipts"] {
        if from.join(folder).is_dir() {
            fs::create_dir_all(to.join(folder)).expect("a folder for copies");
        }
    }
}

/// Replaces the content of a file, of which links may stand elsewhere.
pub fn overwrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).expect("a file that is there");
    fs::write(path, bytes).expect("a file in its place");
}

/// Temporary files and journals that are left in a results folder, and shards of merged results.
pub fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let merged = folder.join("manifest.json").exists();
    let is_left = |name: &String| {
        let temporary = [".tmp", ".partial", ".journal"].iter().any(|end| name.ends_with(end));
        temporary || (merged && name.starts_with("shards/"))
    };
    list(folder).into_iter().filter(is_left).map(PathBuf::from).collect()
}
