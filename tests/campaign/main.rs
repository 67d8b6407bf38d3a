//! A campaign against the program: attempts killed at any moment, files of results damaged in any
//! way, inputs mangled in any way. Nothing may be lost, changed in silence, panic or hang.
//!
//! Small by default. By hand, on a release build:
//! `HASHFLIGHT_CAMPAIGN=large HASHFLIGHT_BINARY=target/release/hashflight cargo test --release
//! --test campaign -- --nocapture`: 300 kills, 1,000 damaged files, 10,000 mangled inputs. Each part
//! prints its seed and its counts; `HASHFLIGHT_CAMPAIGN_SEED=N` repeats a campaign, and
//! `HASHFLIGHT_CAMPAIGN_CASE=N` one case of it, `A-B` some.

#![cfg(unix)]

mod damage;
mod dice;
mod files;
mod fuzz;
mod kills;
mod mangle;
mod program;
#[path = "../support/mod.rs"]
mod support;
mod world;

use std::fmt::Display;

/// How much there is of a campaign: kills, damaged files, mangled inputs.
#[derive(Clone, Copy)]
struct Size {
    kills: u32,
    damages: u32,
    inputs: u32,
}

impl Size {
    /// What the environment asks for.
    fn asked() -> Self {
        match std::env::var("HASHFLIGHT_CAMPAIGN").as_deref() {
            Ok("large") => Self { kills: 300, damages: 1_000, inputs: 10_000 },
            _ => Self { kills: 8, damages: 14, inputs: 400 },
        }
    }
}

/// The seed of the campaign; printed, so that a campaign can be repeated.
fn seed(part: &str) -> u64 {
    let seed = number("HASHFLIGHT_CAMPAIGN_SEED").unwrap_or(20_251_001);
    println!("{part}: HASHFLIGHT_CAMPAIGN_SEED={seed}");
    seed
}

/// The cases to try: all, or those that the environment names, `N` or `FIRST-LAST`: a large campaign may
/// be run in pieces.
fn cases(count: u32) -> Vec<u32> {
    let name = "HASHFLIGHT_CAMPAIGN_CASE";
    let Ok(text) = std::env::var(name) else { return (0..count).collect() };
    let number = |part: &str| {
        part.parse().unwrap_or_else(|_| panic!("{name}={text}: a number or FIRST-LAST is needed"))
    };
    let (first, last) = text.split_once('-').unwrap_or((&text, &text));
    (number(first)..=number(last)).collect()
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text}: a whole number is needed")))
}

/// Prints what was found, and fails if it is anything.
fn conclude<T: Display>(part: &str, counts: &str, found: &[T]) {
    println!("{part}: {counts}");
    let lines: Vec<String> = found.iter().map(|one| format!("  {one}")).collect();
    assert!(found.is_empty(), "{part}: {} failures\n{}", found.len(), lines.join("\n"));
}

#[test]
fn a_kill_at_any_moment_loses_nothing() {
    kills::campaign(Size::asked().kills, seed("kills"));
}

#[test]
fn a_damaged_file_is_named_or_made_again_and_never_certified() {
    damage::campaign(Size::asked().damages, seed("damaged files"));
}

#[test]
fn a_mangled_input_is_refused_by_name_or_read_and_never_a_panic() {
    fuzz::campaign(Size::asked().inputs, seed("mangled inputs"));
}
