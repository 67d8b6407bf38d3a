//! Memory does not grow with the number of runs: bytes that are allocated at once are counted
//! while results of one size and of several times that size are merged, reported and verified.
//!
//! One test, alone in its program, because the count is of the whole program.
#![allow(unsafe_code, reason = "an allocator that counts cannot be written without")]

#[path = "support/sweep.rs"]
mod sweep;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hashflight::report::report;
use hashflight::study::cluster::status::Status;
use hashflight::study::execution::verify::verify;
use hashflight::study::experiment::{DesignPlace, Scenario};
use hashflight::study::results::folder::Folder;
use hashflight::world::simulation::Setup;
use sweep::Sweep;

/// The system's allocator, counted.
struct Counted {
    now: AtomicUsize,
    peak: AtomicUsize,
}

impl Counted {
    fn add(&self, bytes: usize) {
        let now = self.now.fetch_add(bytes, Relaxed) + bytes;
        self.peak.fetch_max(now, Relaxed);
    }

    /// Most bytes beyond those held before, while something is done.
    fn peak_of(&self, work: impl FnOnce()) -> usize {
        let before = self.now.load(Relaxed);
        self.peak.store(before, Relaxed);
        work();
        self.peak.load(Relaxed) - before
    }
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.now.fetch_sub(layout.size(), Relaxed);
        self.add(size);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTED: Counted = Counted { now: AtomicUsize::new(0), peak: AtomicUsize::new(0) };

/// Stages whose memory is measured.
const STAGES: [&str; 5] = ["status of shards", "merge", "status", "verify", "report"];
/// Records of a run.
const RECORDS: u32 = 4;
/// Bytes for each run that are granted: the index of its rows in the series (24, twice while it
/// grows), the outcome at hand with its copies (ten numbers of 8), and a value for each record, which
/// are read in parts once they exceed 64 MiB (another test shows that parts give the same).
const INDEX_BYTES: usize = 128 + 8 * RECORDS as usize;
/// The same bytes for everything whose size varies by chance, such as footers and file lists.
const SLACK: usize = 4 << 20;

/// Peaks of all stages for so many replicates of two scenarios.
fn peaks(replicates: u32) -> [usize; 5] {
    let sweep = Sweep { replicates, records: RECORDS };
    let root = tempfile::tempdir().expect("a temporary folder");
    let folder = sweep.folder(root.path());
    sweep.run(&folder, 2);
    let status = || drop(Status::read(&folder).expect("a status"));
    [
        COUNTED.peak_of(status),
        COUNTED.peak_of(|| Sweep::merge(&folder)),
        COUNTED.peak_of(status),
        COUNTED.peak_of(|| check(sweep, &folder)),
        COUNTED.peak_of(|| drop(report(folder.root()).expect("a report"))),
    ]
}

fn check(sweep: Sweep, folder: &Folder) {
    let simulate =
        |setup: &Setup, seed: u64, replicate: u32, _: bool| sweep.simulate(setup, seed, replicate);
    let findings = verify(folder, &simulate, 4, 1).expect("a verification");
    assert!(findings.agree(), "{findings:?}");
}

/// A plan of so many scenarios in a design of three factors is kept and opened again: bytes at most
/// while it is opened, and afterwards.
fn peak_of_opening(count: u32) -> [usize; 2] {
    let root = tempfile::tempdir().expect("a temporary folder");
    let Folder { mut plan, .. } = Sweep { replicates: 1, records: 1 }.folder(root.path());
    let keys = ["market.price.initial_usd", "ai.conversion.convertible_share", "market.fees.share"];
    plan.scenarios = (0..count)
        .map(|number| Scenario {
            name: format!("design-{number:06}.with-an-arm"),
            set: keys
                .map(|key| (key.to_owned(), (0.1 * f64::from(number)).into()))
                .into_iter()
                .collect(),
            place: Some(DesignPlace {
                design: "design".into(),
                number,
                block: "A".into(),
                arm: "with-an-arm".into(),
            }),
        })
        .collect();
    let results = root.path().join("many");
    Folder::prepare(&results, plan, &[], true).expect("a results folder");
    let before = COUNTED.now.load(Relaxed);
    let mut folder = None;
    let peak = COUNTED.peak_of(|| folder = Folder::open(&results).ok());
    let held = COUNTED.now.load(Relaxed) - before;
    assert_eq!(folder.map(|folder| folder.plan.scenarios.len()), Some(count as usize));
    [peak, held]
}

/// A task of a sweep opens its whole plan, so a scenario must not cost much more than its numbers: a
/// name (24 + 28 bytes), three values of 72, the places of keys and values (32), and of the design (64).
/// A text of the plan would be 300 bytes a scenario more.
fn scenarios_of_a_plan_take_little_more_than_their_numbers() {
    let (few, many) = (2_000, 12_000);
    let (small, large) = (peak_of_opening(few), peak_of_opening(many));
    let each = [0, 1].map(|at| (large[at] - small[at]) / (many - few) as usize);
    eprintln!("a scenario: {} bytes while it is read, {} afterwards", each[0], each[1]);
    assert!(each[1] < 450, "{each:?}");
    // The list doubles while it grows.
    assert!(each[0] < 450 + 2 * size_of::<Scenario>(), "{each:?}");
}

#[test]
fn memory_does_not_grow_with_the_number_of_runs() {
    // Files of the small size fill more than one row group already.
    let (few, many) = (10_500, 21_000);
    let (small, large) = (peaks(few), peaks(many));
    let granted = INDEX_BYTES * 2 * (many - few) as usize + SLACK;
    for ((stage, small), large) in STAGES.iter().zip(small).zip(large) {
        eprintln!("{stage}: {:.1} MB, then {:.1} MB", small as f64 / 1e6, large as f64 / 1e6);
        assert!(large <= small + granted, "{stage}: {small} bytes grew to {large}");
        assert!(large < 350 << 20, "{stage}: {large} bytes");
    }
    scenarios_of_a_plan_take_little_more_than_their_numbers();
}
