//! What the user may ask a site for, as Slurm writes it: times, memory, further options.

/// Seconds as `days-hours:minutes:seconds`.
#[must_use]
pub fn clock(seconds: u32) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let time = format!("{:02}:{:02}:{:02}", hours % 24, minutes % 60, seconds % 60);
    if hours < 24 { time } else { format!("{}-{time}", hours / 24) }
}

/// Reads a time limit as Slurm writes it: `minutes`, `minutes:seconds`, `hours:minutes:seconds`,
/// `days-hours`, `days-hours:minutes`, `days-hours:minutes:seconds` (sbatch(1), `--time`).
///
/// # Errors
/// What is allowed.
pub(crate) fn parse_limit(text: &str) -> Result<u32, String> {
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (days.parse().ok(), rest),
        None => (Some(0), text),
    };
    let parts: Option<Vec<u64>> = rest.split(':').map(|part| part.parse().ok()).collect();
    let in_day = match (text.contains('-'), parts.as_deref()) {
        (true, Some([hours])) => Some([*hours, 0, 0]),
        (true, Some([hours, minutes])) => Some([*hours, *minutes, 0]),
        (false, Some([minutes])) => Some([0, *minutes, 0]),
        (false, Some([minutes, seconds])) => Some([0, *minutes, *seconds]),
        (_, Some([hours, minutes, seconds])) => Some([*hours, *minutes, *seconds]),
        _ => None,
    };
    // What is too large for the limit may be too large for the sum.
    let all = days.zip(in_day).map(|(days, [hours, minutes, seconds]): (u64, [u64; 3])| {
        let parts = [(days, 86_400), (hours, 3600), (minutes, 60), (seconds, 1)];
        parts.iter().fold(0_u64, |all, (n, of)| all.saturating_add(n.saturating_mul(*of)))
    });
    all.filter(|seconds| (60..=31_622_400).contains(seconds))
        .map(|seconds| seconds as u32)
        .ok_or_else(|| {
            "expected minutes, hours:minutes:seconds or days-hours:minutes:seconds, \
             from one minute to 366 days"
                .to_owned()
        })
}

/// Reads an amount of memory as Slurm writes it: a whole number and K, M (if none), G or T.
///
/// # Errors
/// What is allowed.
pub(crate) fn parse_memory(text: &str) -> Result<String, String> {
    let digits = text.trim_end_matches(['K', 'M', 'G', 'T']);
    let whole = digits.parse::<u32>().is_ok_and(|amount| amount > 0);
    if whole && text.len() - digits.len() <= 1 && digits.bytes().all(|b| b.is_ascii_digit()) {
        let unit = if digits.len() == text.len() { "M" } else { "" };
        return Ok(format!("{text}{unit}"));
    }
    Err("expected a whole number and K, M, G or T, such as 4G".to_owned())
}

/// An amount of memory as Slurm writes it, in whole MiB, rounded up.
#[must_use]
pub(crate) fn mebibytes(memory: &str) -> u64 {
    let amount = memory.trim_end_matches(char::is_alphabetic).parse::<u64>().unwrap_or(0);
    match memory.chars().last() {
        Some('K') => amount.div_ceil(1024),
        Some('G') => amount.saturating_mul(1024),
        Some('T') => amount.saturating_mul(1024 * 1024),
        _ => amount,
    }
}

/// Options of sbatch that submit and its scripts decide, or that would keep a job from being handed
/// over; what is given on the command line would beat the scripts.
const OURS: [&str; 32] = [
    "--array",
    "--job-name",
    "--output",
    "--error",
    "--dependency",
    "--chdir",
    "--wrap",
    "--signal",
    "--wait",
    "--parsable",
    "--requeue",
    "--no-requeue",
    "--open-mode",
    "--kill-on-invalid-dep",
    "--nodes",
    "--ntasks",
    "--cpus-per-task",
    "--mem",
    "--mem-per-cpu",
    "--mem-per-gpu",
    "--time",
    "--partition",
    "--account",
    "--qos",
    "--constraint",
    "--test-only",
    "--help",
    "--usage",
    "--version",
    "--uid",
    "--gid",
    "--clusters",
];
/// The same in their short forms.
const OURS_SHORT: &str = "aJoedDWNnctpAqCMhV";
/// Short options of sbatch that take a value: what follows in the word is that value.
const WITH_VALUE: &str = "AabBcCdDeFGiJLmMNnopqStwx";

/// Lets a further word for sbatch through: an option that the scripts do not decide, in no spelling
/// that sbatch would take for one: it knows short forms, several of them in one word, and any
/// beginning of a long form.
///
/// # Errors
/// Why it is refused.
pub(crate) fn parse_extra(text: &str) -> Result<String, String> {
    let name = text.split('=').next().unwrap_or_default();
    if !text.starts_with('-') || text.len() < 2 || text.chars().any(char::is_control) {
        return Err("expected one option of sbatch, such as --exclusive or --mail-type=END".into());
    }
    match decided(name) {
        Some(option) => Err(format!("{option} is decided by submit itself, or by its own options")),
        None => Ok(text.to_owned()),
    }
}

/// The option among ours that a word is, or holds.
fn decided(name: &str) -> Option<String> {
    if name.starts_with("--") {
        let ours = OURS.iter().find(|ours| **ours == name);
        let ours = ours.or_else(|| OURS.iter().find(|ours| ours.starts_with(name)));
        return ours.map(|ours| (*ours).to_owned());
    }
    for letter in name.chars().skip(1) {
        if OURS_SHORT.contains(letter) {
            return Some(format!("-{letter}"));
        }
        if WITH_VALUE.contains(letter) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_slurm_writes_them() {
        for (text, seconds) in [
            ("90", 5400),
            ("90:30", 5430),
            ("01:00:05", 3605),
            ("1-0", 86_400),
            ("1-2:03", 93_780),
            ("2-00:00:01", 172_801),
        ] {
            assert_eq!(parse_limit(text), Ok(seconds), "{text}");
            assert_eq!(parse_limit(&clock(seconds)), Ok(seconds), "{text}");
        }
        for bad in ["", "0", "x", "-5", "1:2:3:4", "10 ; reboot", "1-", "999999999999"] {
            assert!(parse_limit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn memory_and_extras_are_checked() {
        assert_eq!(parse_memory("500M"), Ok("500M".to_owned()));
        assert_eq!(parse_memory("500"), Ok("500M".to_owned()));
        let sizes = ["1500K", "500M", "3G", "2T"].map(mebibytes);
        assert_eq!(sizes, [2, 500, 3072, 2_097_152]);
        for bad in ["", "0G", "G", "4GB", "4 G", "+4G", "4G\n#SBATCH --uid=0", "4GG"] {
            assert!(parse_memory(bad).is_err(), "{bad:?}");
        }
        assert!(parse_extra("--exclusive").is_ok());
        for bad in ["evil.sh", "--wrap=date", "-a", "--array=0-9", "-", "--x\ny", "-J"] {
            assert!(parse_extra(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_option_of_ours_is_refused_in_every_spelling_that_sbatch_takes() {
        for bad in [
            "-a0-9",
            "-Jmine",
            "-o/dev/null",
            "-t10",
            "-n4",
            "-HJmine",
            "-QW",
            "-dsingleton",
            "--arr=0-9",
            "--arra=0-9",
            "--job=x",
            "--job-n=x",
            "--out=x",
            "--dep=singleton",
            "--wra=date",
            "--no-req",
            "--mem-per-cpu=1G",
            "--par=debug",
            "--ti=10",
            "--test",
            "--",
            "--n=2",
            "--cpus=2",
        ] {
            assert!(parse_extra(bad).is_err(), "{bad:?}");
        }
        for good in [
            "--exclusive",
            "--mail-type=END",
            "-wnode7",
            "-xJ",
            "-H",
            "--nice=100",
            "--gres=gpu:1",
            "--exclude=a",
            "--nodelist=a",
            "--reservation=r",
            "--time-min=10",
            "--export=NONE",
        ] {
            assert!(parse_extra(good).is_ok(), "{good:?}");
        }
    }
}
