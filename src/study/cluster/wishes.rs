//! What the user asked a site for, and which of it an engine can express: what it cannot is
//! refused, so that nobody believes in a limit that nobody keeps.

use super::engine::Engine;

/// What was asked for on the command line; `None` where nothing was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// `--partition`.
    pub partition: Option<String>,
    /// `--account`.
    pub account: Option<String>,
    /// `--qos`.
    pub qos: Option<String>,
    /// `--constraint`.
    pub constraint: Option<String>,
    /// `--mem`.
    pub memory: Option<String>,
    /// `--time`, s.
    pub time: Option<u32>,
    /// `--throttle`.
    pub throttle: Option<u32>,
    /// `--max-array`.
    pub max_array: Option<u32>,
    /// `--max-requeue`.
    pub max_requeue: Option<u32>,
    /// `--extra`.
    pub extra: Vec<String>,
}

/// Options that an engine has no words for, and why.
const fn wordless(engine: Engine) -> (&'static [&'static str], &'static str) {
    match engine {
        Engine::Slurm => (&[], ""),
        Engine::Pbs => (
            &["--qos", "--constraint", "--max-requeue", "--extra"],
            "PBS knows queues and accounts, and starts no task again by its exit code; write what \
             the site wants into the script",
        ),
        Engine::Lsf => (
            &["--qos", "--constraint", "--max-requeue", "--extra"],
            "LSF knows queues and projects, and starts tasks again as often as the queue allows; \
             write what the site wants into the script",
        ),
        Engine::Sge => (
            &["--qos", "--constraint", "--max-requeue", "--extra"],
            "Grid Engine knows queues and accounts, and starts no task again by this exit code; \
             write what the site wants into the script",
        ),
        Engine::K8s => (
            &["--partition", "--account", "--qos", "--constraint", "--extra"],
            "a Kubernetes job has no such thing; node selectors and priority classes may be \
             written into the file",
        ),
        Engine::Hq => (
            &[
                "--partition",
                "--account",
                "--qos",
                "--constraint",
                "--throttle",
                "--max-requeue",
                "--extra",
            ],
            "HyperQueue runs tasks on its workers: give it to `hq alloc add` or start fewer workers",
        ),
        Engine::Parallel => (
            &["--partition", "--account", "--qos", "--constraint", "--extra"],
            "GNU parallel runs tasks on machines that are there",
        ),
    }
}

impl Wishes {
    /// The options that were given.
    fn given(&self) -> Vec<&'static str> {
        [
            ("--partition", self.partition.is_some()),
            ("--account", self.account.is_some()),
            ("--qos", self.qos.is_some()),
            ("--constraint", self.constraint.is_some()),
            ("--mem", self.memory.is_some()),
            ("--time", self.time.is_some()),
            ("--throttle", self.throttle.is_some()),
            ("--max-array", self.max_array.is_some()),
            ("--max-requeue", self.max_requeue.is_some()),
            ("--extra", !self.extra.is_empty()),
        ]
        .into_iter()
        .filter_map(|(option, given)| given.then_some(option))
        .collect()
    }

    /// What the site is asked for, as words for sbatch.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let named = [
            ("partition", &self.partition),
            ("account", &self.account),
            ("qos", &self.qos),
            ("constraint", &self.constraint),
        ];
        let named = named.into_iter().filter_map(|(option, value)| Some((option, value.as_ref()?)));
        let named = named.map(|(option, value)| format!("--{option}={value}"));
        named.chain(self.extra.iter().cloned()).collect()
    }

    /// Refuses what an engine cannot express.
    ///
    /// # Errors
    /// Which options, and the way out.
    pub fn check(&self, engine: Engine) -> Result<(), String> {
        let (wordless, why) = wordless(engine);
        let refused: Vec<_> =
            self.given().into_iter().filter(|option| wordless.contains(option)).collect();
        if !refused.is_empty() {
            let (list, engine) = (refused.join(", "), engine.name());
            return Err(format!("{list}: --engine {engine} cannot express it: {why}"));
        }
        let several = self.partition.as_ref().filter(|name| name.contains(','));
        match several {
            Some(names) if engine == Engine::Pbs => {
                Err(format!("--partition {names}: --engine pbs takes one queue"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses more tasks than the longest array holds, where all stand in one script.
    ///
    /// # Errors
    /// Both numbers, and the way out.
    pub(crate) fn check_array(&self, tasks: u32) -> Result<(), String> {
        match self.max_array.filter(|most| tasks > *most) {
            Some(most) => Err(format!(
                "--max-array {most}: {tasks} tasks do not fit into the one array of this engine's \
                 script; give --tasks {most}, whose tasks are longer"
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_engine_cannot_express_is_refused_by_name() {
        let wishes = Wishes {
            qos: Some("low".to_owned()),
            throttle: Some(2),
            extra: vec!["--exclusive".to_owned()],
            ..Wishes::default()
        };
        assert_eq!(wishes.check(Engine::Slurm), Ok(()));
        for (name, engine) in Engine::ALL.into_iter().filter(|(name, _)| *name != "slurm") {
            let problem = wishes.check(engine).unwrap_err();
            assert!(problem.starts_with("--qos, ") && problem.contains(name), "{problem}");
            assert_eq!(problem.contains("--throttle"), engine == Engine::Hq, "{problem}");
            assert_eq!(Wishes::default().check(engine), Ok(()));
        }
    }

    #[test]
    fn an_array_that_is_too_long_is_refused_with_both_numbers() {
        let wishes = Wishes { max_array: Some(3), ..Wishes::default() };
        assert_eq!(wishes.check_array(3), Ok(()));
        assert!(wishes.check_array(5).unwrap_err().contains("--tasks 3"));
    }
}
