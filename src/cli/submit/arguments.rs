//! What `submit` is asked for, and what that means: tasks, resources, arrays.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::limits::{Given, doubts, memory_for, merge_limit};
use crate::cli::arguments::{ExperimentArguments, threads};
use crate::cli::failure::{Failure, INPUT};
use crate::files::quoting::{plain_word, quoted_line, script_path};
use crate::study::cluster::engine::Engine;
use crate::study::cluster::engines;
use crate::study::cluster::scheduler::Scheduler;
use crate::study::cluster::slurm::{Resources, default_budget};
use crate::study::cluster::tasks::{Sizing, TaskTable, deal};
use crate::study::cluster::wishes::Wishes;
use crate::study::cluster::{Place, options, submitted_command};
use crate::study::error::Error;
use crate::study::execution::cost::{self, Cost};
use crate::study::experiment::Experiment;
use crate::study::results::folder::Folder;
use crate::study::results::pace::observed_seconds_per_run;
use crate::study::results::plan::Plan;
use crate::world::simulation;

/// Elements of an array where the site does not tell: the default of Slurm's `MaxArraySize`.
const MAX_ARRAY: u32 = 1001;
/// How often a task may start again because its time was up, unless it is said.
const MAX_REQUEUE: u32 = 5;
/// Shortest time limit chosen here, s: short jobs start no sooner, and nodes differ in speed.
const SHORTEST_LIMIT: f64 = 1800.0;

/// Arguments of `submit`.
#[derive(Debug, Args)]
pub struct Arguments {
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
    pub dry_run: bool,
    /// Submits although jobs of an earlier submission are queued; work may be done twice
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    tasks: TaskSize,
    #[command(flatten)]
    site: Site,
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
#[command(next_help_heading = "Site")]
struct Site {
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
    pub fn engine(&self) -> Engine {
        let named = self.engine.as_deref();
        let found = Engine::ALL.iter().find(|(name, _)| Some(*name) == named);
        found.map_or(Engine::Slurm, |(_, engine)| *engine)
    }

    /// The results folder whose jobs are to be cancelled, if that is what is asked for.
    pub fn to_cancel(&self) -> Option<&Path> {
        self.cancel.then_some(&*self.experiment.experiment)
    }

    /// What the user asked the site for.
    pub fn wishes(&self) -> Wishes {
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

    /// The results folder, and the experiment if one was named.
    pub fn folder(&self) -> Result<(Folder, Option<Experiment>), Failure> {
        let path = &self.experiment.experiment;
        if path.is_dir() {
            self.refuse_overrides()?;
            self.check_root(path)?;
            return Ok((Folder::open(path)?, None));
        }
        let experiment = self.experiment.load()?;
        let (plan, inputs) = Plan::from_experiment(&experiment)?;
        let root = self.out.clone();
        let root = root.unwrap_or_else(|| Path::new("results").join(&experiment.name));
        // Before anything is made: a folder that no script can name stays unmade.
        self.check_root(&root)?;
        let folder = if self.dry_run {
            Folder::preview(&root, plan)?
        } else {
            Folder::prepare(&root, plan, &inputs, false)?
        };
        Ok((folder, Some(experiment)))
    }

    /// Refuses a folder that the scheduler's scripts cannot name.
    fn check_root(&self, root: &Path) -> Result<(), Failure> {
        let absolute = std::path::absolute(root).map_err(Error::disk(root))?;
        let named =
            script_path(&absolute).and_then(|root| engines::check_root(self.engine(), root));
        named.map_err(|problem| Failure::new(INPUT, problem))
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

    /// What the runs take, from a few that are made here.
    pub fn cost(folder: &Folder, experiment: Option<&Experiment>) -> Result<Cost, Failure> {
        let inputs = match experiment {
            Some(experiment) => Plan::from_experiment(experiment)?.1,
            None => folder.inputs(),
        };
        Ok(cost::measure(&folder.plan, &inputs, &simulation::run, threads(None))?)
    }

    /// Deals the missing shards to tasks.
    pub fn table(
        &self,
        folder: &Folder,
        experiment: Option<&Experiment>,
        missing: &[u32],
        place: &Place,
        cost: &Cost,
    ) -> TaskTable {
        let sizing =
            self.tasks.tasks.map_or(Sizing::Minutes(self.tasks.task_minutes), Sizing::Tasks);
        let per_run = match (observed_seconds_per_run(folder), sizing) {
            (Some(seconds), _) => Some(seconds),
            (None, Sizing::Tasks(_)) => None,
            (None, _) => Some(cost.seconds_per_run),
        };
        let seconds_per_shard = per_run.map(|seconds| seconds * f64::from(folder.plan.shard_units));
        let mut tasks = sizing.tasks(missing.len(), seconds_per_shard, self.site.cpus);
        if let (Sizing::Minutes(_), Some(most)) = (sizing, self.tasks.max_array)
            && self.engine() != Engine::Slurm
        {
            // All stand in one script.
            tasks = tasks.min(most as usize);
        }
        TaskTable {
            plan_digest: folder.digest.clone(),
            command: experiment
                .map(|_| self.command_of_the_whole())
                .or_else(|| submitted_command(folder)),
            binary: place.binary.clone(),
            seconds_per_shard,
            tasks: deal(missing, tasks),
        }
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

    /// What a task asks of the site.
    pub fn resources(&self, table: &TaskTable, cost: &Cost) -> Resources {
        let site = &self.site;
        let expected = table.task_seconds(site.cpus).unwrap_or(0.0);
        // Whole minutes, of which Slurm counts.
        let chosen = ((3.0 * expected).max(SHORTEST_LIMIT) / 60.0).ceil() as u32 * 60;
        let limit = site.time.unwrap_or(chosen);
        let named = [
            ("partition", &site.partition),
            ("account", &site.account),
            ("qos", &site.qos),
            ("constraint", &site.constraint),
        ];
        let named = named.into_iter().filter_map(|(option, value)| Some((option, value.as_ref()?)));
        let named = named.map(|(option, value)| format!("--{option}={value}"));
        let memory =
            |needed, processors| site.mem.clone().unwrap_or_else(|| memory_for(needed, processors));
        Resources {
            processors: site.cpus,
            memory: memory(cost.task_memory_mb(site.cpus), site.cpus),
            merge_memory: memory(cost.last_memory_mb(), site.cpus),
            limit,
            merge_limit: limit.max(merge_limit(cost)),
            budget: self.tasks.time_budget.unwrap_or_else(|| default_budget(limit)),
            max_requeue: self.tasks.max_requeue.unwrap_or(MAX_REQUEUE),
            throttle: self.tasks.throttle,
            site: named.chain(site.extra.iter().cloned()).collect(),
        }
    }

    /// Why limits that were given cannot suffice.
    pub fn doubts(&self, resources: &Resources, cost: &Cost) -> Vec<String> {
        let Site { mem, time, cpus, .. } = &self.site;
        let (memory, limit, budget) = (mem.as_deref(), *time, resources.budget);
        doubts(&Given { memory, limit, budget, processors: *cpus }, cost)
    }

    /// Elements that an array may have; indices go from 0 to one less than the site's limit.
    pub fn longest_array(&self, scheduler: &Scheduler) -> u32 {
        let asked = || scheduler.max_array_size();
        self.tasks.max_array.or_else(asked).unwrap_or(MAX_ARRAY).max(1)
    }
}
