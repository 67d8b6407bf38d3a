//! Memory does not grow with the number of runs: bytes that are allocated at once are counted
//! while results of one size and of several times that size are merged, reported and verified.
//!
//! One test, alone in its program, because the count is of the whole program.
#![allow(unsafe_code, reason = "an allocator that counts cannot be written without")]

#[path = "support/sweep.rs"]
mod sweep;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hashflight::experiment::Folder;
use hashflight::experiment::status::Status;
use hashflight::experiment::verify::verify;
use hashflight::report::report;
use hashflight::simulation::Setup;
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
}
