//! Tells the binary what it is built from: source revision, compiler, target. Development builds are
//! of no revision, so that a commit does not compile them anew; results for papers come from release
//! builds.

use std::process::Command;

fn main() {
    let from_cargo = |name: &str| std::env::var(name).unwrap_or_default();
    let profile = profile(&from_cargo("OUT_DIR")).unwrap_or_else(|| from_cargo("PROFILE"));
    let stamped = profile == "release";
    let revision = stamped.then(|| answer("git", &["rev-parse", "HEAD"])).flatten();
    let dirty = revision.is_some() && answer("git", &["status", "--porcelain"]).is_some();
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    for (name, value) in [
        ("REVISION", revision.unwrap_or_else(|| "unknown".to_owned())),
        ("DIRTY", dirty.to_string()),
        ("RUSTC", answer(&compiler, &["--version"]).unwrap_or_default()),
        ("TARGET", from_cargo("TARGET")),
        ("PROFILE", profile),
    ] {
        println!("cargo::rustc-env=HASHFLIGHT_{name}={value}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    if stamped {
        for path in ["src", "experiments", "Cargo.toml", "Cargo.lock"] {
            println!("cargo::rerun-if-changed={path}");
        }
        if let Some(log) = answer("git", &["rev-parse", "--git-path", "logs/HEAD"]) {
            println!("cargo::rerun-if-changed={log}");
        }
    }
}

/// The profile by the name of its folder, `…/release/build/…`; cargo itself tells only whether one is
/// like `release`.
fn profile(out_dir: &str) -> Option<String> {
    let parts: Vec<_> = std::path::Path::new(out_dir).iter().collect();
    let build = parts.iter().rposition(|part| *part == "build")?;
    Some(parts.get(build.checked_sub(1)?)?.to_string_lossy().into_owned())
}

/// What a command prints, trimmed; `None` if it fails or prints nothing.
fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
