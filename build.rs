//! Tells the binary what it is built from: source revision, compiler, target.

use std::process::Command;

fn main() {
    let revision = answer("git", &["rev-parse", "HEAD"]);
    let dirty = revision.is_some() && answer("git", &["status", "--porcelain"]).is_some();
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let from_cargo = |name: &str| std::env::var(name).unwrap_or_default();
    for (name, value) in [
        ("REVISION", revision.unwrap_or_else(|| "unknown".to_owned())),
        ("DIRTY", dirty.to_string()),
        ("RUSTC", answer(&compiler, &["--version"]).unwrap_or_default()),
        ("TARGET", from_cargo("TARGET")),
        ("PROFILE", from_cargo("PROFILE")),
    ] {
        println!("cargo::rustc-env=HASHFLIGHT_{name}={value}");
    }
    for path in ["build.rs", "src", "experiments", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={path}");
    }
    if let Some(log) = answer("git", &["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={log}");
    }
}

/// What a command prints, trimmed; `None` if it fails or prints nothing.
fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
