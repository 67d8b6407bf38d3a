//! What `submit` is asked for.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::cli::arguments::{ExperimentArguments, threads};
use crate::cli::failure::{Failure, INPUT};
use crate::files::quoting::{plain_word, quoted_line};
use crate::study::cluster::engine::Engine;
use crate::study::cluster::options;
use crate::study::cluster::submission::{Request, SubmissionSubject};
use crate::study::cluster::tasks::Sizing;
use crate::study::cluster::wishes::Wishes;

/// Arguments of `submit`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The experiment, or a results folder in its place
    #[command(flatten)]
    experiment: ExperimentArguments,
    /// Scheduler; all but slurm are printed, not submitted
    #[arg(long, value_name = "ENGINE", required_unless_present = "cancel", value_parser = PossibleValuesParser::new(Engine::ALL.map(|(name, _)| name)))]
    engine: Option<String>,
    /// Takes the jobs of a results folder, named in EXPERIMENT's place, off Slurm's queue
    #[arg(long, conflicts_with_all = ["dry_run", "force", "script", "out"])]
    cancel: bool,
    /// Writes the script of an engine that is only printed to a file, and nothing else into it
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Results folder [default: results/<name of the experiment>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prints scripts and table, and touches nothing
    #[arg(long)]
    dry_run: bool,
    /// Submits although jobs of an earlier submission are queued; work may be done twice
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    tasks: TaskSize,
    #[command(flatten)]
    site: SiteArguments,
}

/// How the work is cut.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tasks")]
struct TaskSize {
    /// Number of tasks [default: as many as --task-minutes makes]
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..=1_000_000), conflicts_with = "task_minutes")]
    tasks: Option<u32>,
    /// Minutes that a task should take
    #[arg(long, value_name = "M", default_value_t = 20.0, value_parser = parse_minutes)]
    task_minutes: f64,
    /// Most tasks at once, in all
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    throttle: Option<u32>,
    /// Most elements of an array [default: what the site says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_000_001))]
    max_array: Option<u32>,
    /// Seconds after which a task begins no shard [default: some minutes less than --time]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=31_622_400))]
    time_budget: Option<u32>,
    /// How often a task may start again because its time was up [default: 5; k8s: 3 for any reason]
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    max_requeue: Option<u32>,
}

/// What the site is asked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "SiteArguments")]
struct SiteArguments {
    /// Partition, or several with commas
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    partition: Option<String>,
    /// Account
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    account: Option<String>,
    /// Quality of service
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    qos: Option<String>,
    /// Features of nodes, as sbatch takes them
    #[arg(long, value_name = "FEATURES", value_parser = parse_features)]
    constraint: Option<String>,
    /// Time limit of a task, as sbatch takes it [default: three times what it should take]
    #[arg(long, value_name = "TIME", value_parser = options::parse_limit)]
    time: Option<u32>,
    /// Memory of a task, and of the merge [default: what a few runs here took and some more]
    #[arg(long, value_name = "MEMORY", value_parser = options::parse_memory)]
    mem: Option<String>,
    /// Processors of a task, each for a shard of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=4096))]
    cpus: u32,
    /// A further option of sbatch; may be repeated
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true, value_parser = options::parse_extra)]
    extra: Vec<String>,
}

fn parse_minutes(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|minutes| (0.01..=10_080.0).contains(minutes));
    number.ok_or_else(|| "expected minutes, from 0.01 to 10080 (a week)".to_owned())
}

fn parse_name(text: &str) -> Result<String, String> {
    plain_word(text, "_.,-@+")
}

fn parse_features(text: &str) -> Result<String, String> {
    if let Some(group) = text.strip_prefix(['(', '[']) {
        plain_word(group, "_.,-&|*()[]:")?;
        return Ok(text.to_owned());
    }
    plain_word(text, "_.,-&|*()[]:")
}

impl Arguments {
    /// The scheduler.
    fn engine(&self) -> Engine {
        let named = self.engine.as_deref();
        let found = Engine::ALL.iter().find(|(name, _)| Some(*name) == named);
        found.map_or(Engine::Slurm, |(_, engine)| *engine)
    }

    /// The results folder whose jobs are to be cancelled, if that is what is asked for.
    pub(crate) fn to_cancel(&self) -> Option<&Path> {
        self.cancel.then_some(&*self.experiment.experiment)
    }

    /// What is asked for.
    pub(crate) fn request(&self) -> Request {
        let (site, tasks) = (&self.site, &self.tasks);
        let minutes = Sizing::Minutes(tasks.task_minutes);
        Request {
            engine: self.engine(),
            wishes: self.wishes(),
            sizing: tasks.tasks.map_or(minutes, Sizing::Tasks),
            processors: site.cpus,
            time_budget: tasks.time_budget,
            command: (!self.names_results()).then(|| self.command_of_the_whole()),
            threads: threads(None),
            shown: self.dry_run,
            force: self.force,
        }
    }

    /// What the user asked the site for.
    fn wishes(&self) -> Wishes {
        let (site, tasks) = (&self.site, &self.tasks);
        Wishes {
            partition: site.partition.clone(),
            account: site.account.clone(),
            qos: site.qos.clone(),
            constraint: site.constraint.clone(),
            memory: site.mem.clone(),
            time: site.time,
            throttle: tasks.throttle,
            max_array: tasks.max_array,
            max_requeue: tasks.max_requeue,
            extra: site.extra.clone(),
        }
    }

    /// Whether a results folder stands in the experiment's place.
    fn names_results(&self) -> bool {
        self.experiment.experiment.is_dir()
    }

    /// What is to be submitted.
    pub(crate) fn subject(&self, request: &Request) -> Result<SubmissionSubject, Failure> {
        if self.names_results() {
            self.refuse_overrides()?;
            return Ok(SubmissionSubject::standing(&self.experiment.experiment, request)?);
        }
        let experiment = self.experiment.load()?;
        let root = self.out.clone();
        let root = root.unwrap_or_else(|| Path::new("results").join(&experiment.name));
        Ok(SubmissionSubject::of(&experiment, &root, request)?)
    }

    /// What is in a results folder is decided already.
    fn refuse_overrides(&self) -> Result<(), Failure> {
        let ExperimentArguments { replicates, seed, miners, set, .. } = &self.experiment;
        if self.out.is_none()
            && replicates.is_none()
            && seed.is_none()
            && miners.is_none()
            && set.is_empty()
        {
            return Ok(());
        }
        let message = "--out, --replicates, --seed, --miners and --set belong to an experiment; \
                       a results folder has its plan";
        Err(Failure::new(INPUT, message))
    }

    /// The `run` that would do all of it here.
    fn command_of_the_whole(&self) -> String {
        let ExperimentArguments { experiment, replicates, seed, miners, set, .. } =
            &self.experiment;
        let mut words =
            vec!["hashflight".to_owned(), "run".to_owned(), experiment.display().to_string()];
        let numbers = [
            ("--replicates", replicates.map(u64::from)),
            ("--seed", *seed),
            ("--miners", miners.map(u64::from)),
        ];
        for (option, number) in numbers {
            words.extend(number.into_iter().flat_map(|n| [option.to_owned(), n.to_string()]));
        }
        words.extend(set.iter().flat_map(|(k, v)| ["--set".to_owned(), format!("{k}={v}")]));
        let out = self.out.iter().map(|out| out.display().to_string());
        words.extend(out.flat_map(|out| ["--out".to_owned(), out]));
        quoted_line(&words)
    }
}
