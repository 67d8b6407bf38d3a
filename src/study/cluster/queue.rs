//! Jobs as squeue and sacct tell of them: what will still work, and what never will.

/// Reasons for which a waiting element stays where it is until somebody acts: after a crash of the
/// controller Slurm holds what it can no longer account for.
const STUCK: [&str; 5] = [
    "requeued held",
    "requeued in held state",
    "maxrequeue",
    "dependencyneversatisfied",
    "badconstraints",
];
/// States of what has ended.
const ENDED: [&str; 10] = [
    "COMPLETED",
    "FAILED",
    "CANCELLED",
    "TIMEOUT",
    "OUT_OF_MEMORY",
    "NODE_FAIL",
    "PREEMPTED",
    "BOOT_FAIL",
    "DEADLINE",
    "REVOKED",
];

/// A job, or an element of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Number of the job or the whole array.
    pub job: String,
    /// Index in the array; none for a job of its own.
    pub index: Option<u32>,
    /// State, as Slurm writes it; empty if it was not told.
    pub state: String,
    /// Why it waits or ended, as Slurm writes it.
    pub reason: String,
}

impl Element {
    /// Reads a line `job|index|state|reason`, of which the first part suffices.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut parts = line.trim().splitn(4, '|').map(str::trim);
        let job = parts.next().filter(|job| !job.is_empty())?.to_owned();
        let index = parts.next().and_then(|index| index.parse().ok());
        // sacct adds who cancelled: `CANCELLED by 1000`.
        let state = parts.next().unwrap_or_default().split(' ').next().unwrap_or_default();
        let reason = parts.next().unwrap_or_default().to_owned();
        Some(Self { job, index, state: state.to_owned(), reason })
    }

    /// Reads a line of sacct, `job_index|state`.
    #[must_use]
    pub(crate) fn parse_accounted(line: &str) -> Option<Self> {
        let (name, state) = line.trim().split_once('|')?;
        let (job, index) = name.split_once('_').unwrap_or((name, ""));
        Self::parse(&format!("{job}|{index}|{state}|"))
    }

    /// Whether it runs, or will without anybody's doing.
    #[must_use]
    pub(crate) fn is_live(&self) -> bool {
        !self.is_stuck() && !self.has_ended()
    }

    /// Whether it waits for what will not come by itself.
    #[must_use]
    pub(crate) fn is_stuck(&self) -> bool {
        let reason = self.reason.to_lowercase().replace('_', " ");
        self.state == "SPECIAL_EXIT" || STUCK.iter().any(|text| reason.contains(text))
    }

    /// Whether it runs.
    #[must_use]
    pub(crate) fn is_running(&self) -> bool {
        ["RUNNING", "COMPLETING", "CONFIGURING", "STAGE_OUT"].contains(&self.state.as_str())
    }

    /// Whether it is over.
    #[must_use]
    pub(crate) fn has_ended(&self) -> bool {
        ENDED.contains(&self.state.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(line: &str) -> Element {
        Element::parse(line).unwrap()
    }

    #[test]
    fn what_slurm_holds_after_a_crash_is_not_work_in_hand() {
        assert!(element("7|3|RUNNING|None").is_live());
        assert!(element("7|3|PENDING|Resources").is_live());
        assert!(element("7|3|PENDING|JobHeldUser").is_live(), "its owner may release it");
        for reason in ["launch_failed_requeued_held", "launch failed requeued held"] {
            assert!(element(&format!("7|3|PENDING|{reason}")).is_stuck(), "{reason}");
        }
        assert!(element("9|N/A|PENDING|DependencyNeverSatisfied").is_stuck());
        assert!(!element("7|3|TIMEOUT|TimeLimit").is_live());
    }

    #[test]
    fn lines_are_read_as_far_as_they_go() {
        let bare = element("41");
        assert!(bare.is_live() && bare.job == "41" && bare.index.is_none());
        assert_eq!(Element::parse("  "), None);
        let told = Element::parse_accounted("41_2|CANCELLED by 0").unwrap();
        assert_eq!(
            (told.job.as_str(), told.index, told.state.as_str()),
            ("41", Some(2), "CANCELLED")
        );
    }
}
