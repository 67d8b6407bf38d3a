//! The program as a user calls it, watched: what it said, how it ended, whether it hung.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::support::repository;

/// Longest time that a call may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// Memory that a call may reserve, KiB: what asks for more is a finding and must not stop the
/// machine.
const MEMORY_KIB: u32 = 8 << 20;
/// Time between two looks at a child.
const LOOK: Duration = Duration::from_millis(1);

/// A call under way.
pub struct Call {
    child: Child,
    out: File,
    err: File,
    began: Instant,
}

/// What became of a call.
#[derive(Debug)]
pub struct Told {
    /// Exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether it had to be ended because it took too long.
    pub hung: bool,
}

impl Told {
    /// What must never happen, if it did: a panic, the end by a signal, no end at all.
    pub fn crash(&self) -> Option<&'static str> {
        if self.hung {
            return Some("hangs");
        }
        if self.err.contains("panicked at") || self.code == Some(101) {
            return Some("panics");
        }
        self.signal.map(|_| "aborts")
    }

    /// Everything it said.
    pub fn said(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }

    /// Its first words on standard error, for reports.
    pub fn first_words(&self) -> String {
        let line = self.err.lines().next().unwrap_or_default();
        line.chars().take(160).collect()
    }
}

/// Starts the program in a folder.
pub fn start(folder: &Path, arguments: &[&str]) -> Call {
    let built = std::env::var("HASHFLIGHT_BINARY").ok();
    let program = built.unwrap_or_else(|| env!("CARGO_BIN_EXE_hashflight").to_owned());
    let [out, err] = [(), ()].map(|()| tempfile::tempfile().expect("a temporary file"));
    let clone = |file: &File| Stdio::from(file.try_clone().expect("a second handle"));
    let child = Command::new("sh")
        .args(["-c", &format!("ulimit -v {MEMORY_KIB}; ulimit -c 0; exec \"$@\""), "sh"])
        .arg(repository(&program))
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .env_remove("SLURM_CPUS_PER_TASK")
        .stdin(Stdio::null())
        .stdout(clone(&out))
        .stderr(clone(&err))
        .spawn()
        .expect("the program starts");
    Call { child, out, err, began: Instant::now() }
}

/// Calls the program in a folder and waits for its end.
pub fn call(folder: &Path, arguments: &[&str]) -> Told {
    start(folder, arguments).wait()
}

impl Call {
    /// Number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Told {
        let status = self.watch(PATIENCE, || false);
        let hung = status.is_none();
        let status = status.unwrap_or_else(|| self.end());
        self.told(status, hung)
    }

    /// Kills it after some time, or as soon as `sign` is given; none if it ended by itself first.
    pub fn kill_after(
        mut self,
        delay: Duration,
        sign: impl Fn() -> bool,
    ) -> Result<Told, Duration> {
        if let Some(status) = self.watch(delay, sign) {
            Ok(self.told(status, false))
        } else {
            self.end();
            Err(self.began.elapsed())
        }
    }

    /// Watches it for some time, or until a sign; its status if it ends.
    fn watch(&mut self, time: Duration, sign: impl Fn() -> bool) -> Option<ExitStatus> {
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return Some(status);
            }
            if self.began.elapsed() >= time || sign() {
                return None;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Kills it, as by `kill -9`.
    fn end(&mut self) -> ExitStatus {
        let _ = self.child.kill();
        self.child.wait().expect("a child of ours")
    }

    fn told(mut self, status: ExitStatus, hung: bool) -> Told {
        let read = |file: &mut File| {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(0)).expect("a file of ours");
            file.read_to_end(&mut bytes).expect("a file of ours");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (out, err) = (read(&mut self.out), read(&mut self.err));
        Told { code: status.code(), out, err, signal: status.signal(), hung }
    }
}
