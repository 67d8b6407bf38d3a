//! The program on a real Slurm, with faults: `tests/slurm/faults.sh`, one to three minutes.
//!
//! Where Slurm is not installed the test says so and does nothing, unless
//! `HASHFLIGHT_REQUIRE_SLURM=1`: then it installs it, as root and through apt, or fails.

use std::process::Command;

const INSTALLED: &str = "command -v munged slurmctld slurmd sbatch";

fn bash(arguments: &[&str]) -> Command {
    let mut command = Command::new("bash");
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

fn succeeds(arguments: &[&str]) -> bool {
    bash(arguments).output().is_ok_and(|output| output.status.success())
}

#[test]
fn whatever_happens_on_a_cluster_the_merged_bytes_are_those_of_one_process() {
    let required = std::env::var("HASHFLIGHT_REQUIRE_SLURM").is_ok_and(|value| value == "1");
    let lab = tempfile::Builder::new().prefix("hashflight-slurm-").tempdir().expect("a folder");
    let script = |name: &str| format!("tests/slurm/{name}");
    if required {
        let mut install = bash(&[&script("cluster.sh"), "install"]);
        let done = install.env("SLURM_LAB", lab.path()).status().expect("bash is there");
        assert!(done.success(), "HASHFLIGHT_REQUIRE_SLURM=1, but Slurm cannot be had here");
    } else if !succeeds(&["-c", INSTALLED]) {
        eprintln!("SKIPPED: Slurm is not installed; HASHFLIGHT_REQUIRE_SLURM=1 as root gets it");
        return;
    }
    let program = std::env::var("HASHFLIGHT_BINARY");
    let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_hashflight").to_owned());
    let faults = bash(&[&script("faults.sh")])
        .env("HASHFLIGHT", std::path::absolute(program).expect("a path"))
        .env("SLURM_LAB", lab.path())
        .output()
        .expect("bash is there");
    let report = String::from_utf8_lossy(&faults.stdout);
    eprintln!("{report}");
    let complaints = String::from_utf8_lossy(&faults.stderr);
    assert!(faults.status.success(), "{report}\n{complaints}");
}
