//! Manifests for made-up results: all keys, with the digests of the files that are there.

use std::fs;
use std::path::Path;

use hashflight::study::results::folder::{KINDS, LATER_KINDS};
use serde_json::{Value, json};

/// Writes a manifest of these keys, and of made-up ones for the rest.
pub fn write_manifest(folder: &Path, keys: &Value) {
    let mut manifest = json!({
        "experiment": "made-up", "title": "", "command": "", "scenarios": [], "settings": {},
        "contrasts": [], "out_of_range": [], "designs": [], "points": {}, "design_digest": null, "replicates": 1,
        "stopping": null, "runs": 0, "failed": [], "seed": 1, "plan_digest": "0123",
        "config_digest": "", "first_day": "2025-10-01", "host": "", "threads": 1,
        "wall_seconds": 0.0, "merged_unix_time": 0, "files": {}, "shards": {}, "tool": "",
        "revision": "", "dirty": false, "toolchain": "", "target": "", "profile": "",
    });
    for (key, value) in keys.as_object().expect("an object") {
        manifest[key] = value.clone();
    }
    seal(folder, manifest);
}

/// Changes a manifest and gives it the digests that belong to it and to the files that are there.
pub fn change_manifest(folder: &Path, change: impl FnOnce(&mut Value)) {
    let text = fs::read(folder.join("manifest.json")).expect("a manifest");
    let mut manifest: Value = serde_json::from_slice(&text).expect("JSON");
    manifest.as_object_mut().expect("an object").shift_remove("digest");
    change(&mut manifest);
    seal(folder, manifest);
}

fn seal(folder: &Path, mut manifest: Value) {
    let digest = |name: &str| {
        let bytes = fs::read(folder.join(name)).unwrap_or_default();
        Value::String(blake3::hash(&bytes).to_hex().to_string())
    };
    for kind in KINDS {
        let name = format!("{kind}.parquet");
        // Earlier layouts know neither regions nor leases.
        if LATER_KINDS.contains(&kind) && !folder.join(&name).exists() {
            continue;
        }
        manifest["files"][&name] = digest(&name);
    }
    if folder.join("design.csv").exists() {
        manifest["design_digest"] = digest("design.csv");
    }
    let text = hashflight::files::sealed::text(&manifest).expect("JSON");
    fs::write(folder.join("manifest.json"), text).expect("a file");
}
