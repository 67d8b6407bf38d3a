//! Where results come from: the manifest that stands beside them.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::Error;
use super::folder::{Folder, MANIFEST};
use super::receipt::Failure;
use super::shard::replace;

/// How this run was started.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The command line.
    pub command: String,
    /// Worker threads.
    pub threads: usize,
}

/// What this binary is: version, source revision, compiler.
#[must_use]
pub fn build() -> Value {
    json!({
        "tool": concat!("hashflight ", env!("CARGO_PKG_VERSION")),
        "revision": env!("HASHFLIGHT_REVISION"),
        "dirty": env!("HASHFLIGHT_DIRTY") == "true",
        "toolchain": env!("HASHFLIGHT_RUSTC"),
        "target": env!("HASHFLIGHT_TARGET"),
        "profile": env!("HASHFLIGHT_PROFILE"),
    })
}

/// BLAKE3 digest of this program's file, in hexadecimal; none where the system does not tell.
#[must_use]
pub fn binary() -> Option<String> {
    // The file that is running, even if another one has its name by now.
    let running = digest_file(Path::new("/proc/self/exe"));
    running.or_else(|_| digest_file(&std::env::current_exe().unwrap_or_default())).ok()
}

/// Name of this machine, fit for a file name.
#[must_use]
pub fn host() -> String {
    let named = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = named.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    let plain: String = name
        .trim()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .take(40)
        .collect();
    if plain.is_empty() { "unknown".to_owned() } else { plain }
}

/// Seconds since 1970.
#[must_use]
pub fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs())
}

/// BLAKE3 digest of a file, in hexadecimal.
///
/// # Errors
/// [`Error::Disk`] if it cannot be read.
pub fn digest_file(path: &Path) -> Result<String, Error> {
    let file = File::open(path).map_err(Error::disk(path))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file).map_err(Error::disk(path))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Writes the manifest: the last step of a merge.
///
/// # Errors
/// [`Error::Disk`] if it cannot be written.
pub fn write_manifest(
    folder: &Folder,
    invocation: &Invocation,
    seconds: f64,
    files: &Value,
    shards: &Value,
    failures: &[Failure],
) -> Result<(), Error> {
    let plan = &folder.plan;
    let names: Vec<_> = plan.scenarios.iter().map(|scenario| &scenario.name).collect();
    let settings: Map<String, Value> = plan
        .scenarios
        .iter()
        .map(|scenario| (scenario.name.clone(), Value::Object(scenario.set.clone())))
        .collect();
    let points: Map<String, Value> = plan
        .scenarios
        .iter()
        .filter_map(|scenario| Some((scenario.name.clone(), json!(scenario.place.as_ref()?))))
        .collect();
    let mut manifest = json!({
        "experiment": plan.experiment,
        "title": plan.title,
        "command": invocation.command,
        "scenarios": names,
        "settings": settings,
        "contrasts": plan.contrasts,
        "out_of_range": plan.out_of_range,
        "designs": plan.designs,
        "points": points,
        "replicates": plan.replicates,
        "stopping": plan.stopping,
        "failed": failures,
        "seed": plan.seed,
        "plan_digest": folder.digest,
        "config_digest": plan.config_digest(),
        "first_day": plan.config.pointer("/chain/first_day"),
        "host": host(),
        "threads": invocation.threads,
        "wall_seconds": seconds,
        "merged_unix_time": unix_seconds(),
        "files": files,
        "shards": shards,
    });
    if let (Some(manifest), Value::Object(build)) = (manifest.as_object_mut(), build()) {
        manifest.extend(build);
    }
    save_manifest(folder, &manifest)
}

/// Brings title and contrasts of the manifest up to the plan; tells whether they had changed.
///
/// # Errors
/// [`Error::Disk`] if it cannot be written.
pub fn retitle_manifest(folder: &Folder) -> Result<bool, Error> {
    let Some(mut manifest) = folder.manifest() else { return Ok(false) };
    let before = manifest.clone();
    manifest["title"] = json!(folder.plan.title);
    manifest["contrasts"] = json!(folder.plan.contrasts);
    let changed = manifest != before;
    if changed {
        save_manifest(folder, &manifest)?;
    }
    Ok(changed)
}

fn save_manifest(folder: &Folder, manifest: &Value) -> Result<(), Error> {
    let path = folder.root().join(MANIFEST);
    let text = serde_json::to_string_pretty(manifest).map_err(Error::damaged(&path))? + "\n";
    replace(folder.root(), MANIFEST, |file| {
        file.write_all(text.as_bytes()).map_err(Error::disk(&path))
    })
}
