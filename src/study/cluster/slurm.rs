//! Scripts for Slurm: one job array per part of the task table, and a job that merges after them.
//!
//! The lines `#SBATCH …` are read by sbatch itself, in which shell quotes do not hold. They carry
//! nothing but numbers and words made here. What the user names for the site (partition, account,
//! constraint, …) goes to sbatch as arguments, past any shell; paths stand in the body alone, in
//! quotes.

use std::path::PathBuf;

use super::TaskPlace;
use super::options::clock;
use crate::files::quoting::{quoted, quoted_line};

/// Longest time that the signal before the time limit is sent ahead of it, s. Slurm may send it up
/// to a minute early, and a unit may take a while to end.
const LEAD: u32 = 180;
/// After this a request to end is repeated, s; a second one ends the program at once. Longer than
/// the program takes to end a shard that is nearly done.
const PATIENCE: u32 = 6;

/// What a job asks of the site.
#[derive(Clone, Debug, PartialEq)]
pub struct Resources {
    /// Processors of a task, its worker threads.
    pub processors: u32,
    /// Memory of a task, as Slurm writes it, such as `4G`.
    pub memory: String,
    /// Memory of the merge with its report.
    pub merge_memory: String,
    /// Time limit of a task, s.
    pub limit: u32,
    /// Time limit of the merge with its report, s.
    pub merge_limit: u32,
    /// Time after which a task begins no shard, s.
    pub budget: u32,
    /// How often a task may start again because its time was up.
    pub max_requeue: u32,
    /// Most tasks at once.
    pub throttle: Option<u32>,
    /// Words for sbatch: partition, account and whatever else the site wants.
    pub site: Vec<String>,
}

/// A part of the task table that is submitted as one array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// Name of the job, unique to plan, submission and part.
    pub name: String,
    /// Name of the script's file.
    pub script: String,
    /// First task of the part.
    pub offset: u32,
    /// Tasks of the part.
    pub tasks: u32,
    /// Most tasks of the part at once.
    pub throttle: Option<u32>,
    /// The array, by its place, that has to end before this one begins.
    pub after: Option<usize>,
}

/// Refuses results folders whose name Slurm would not take as it is: it replaces `%` and drops `\` in
/// the names of logs, those parts included that it puts before them itself (seen in 22.05), and a
/// job whose log cannot be opened fails without a word.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_root(root: &str) -> Result<(), String> {
    if root.contains(['%', '\\']) {
        return Err(format!(
            "{root}: Slurm replaces % and \\ in the names of logs; use another --out"
        ));
    }
    Ok(())
}

/// Splits a table of so many tasks into arrays of at most `longest` elements, of about one size.
/// What may be at work at once is shared among them; where there are more arrays than that, each
/// waits for an earlier one.
#[must_use]
pub fn arrays(place: &TaskPlace, tasks: u32, longest: u32, throttle: Option<u32>) -> Vec<Array> {
    let parts = tasks.div_ceil(longest.max(1));
    let side_by_side = throttle.map_or(parts, |most| most.clamp(1, parts.max(1)));
    let mut offset = 0;
    let mut array = |part: u32| {
        let share = |all: u32, among: u32, of: u32| all / among + u32::from(of < all % among);
        let (first, size) = (offset, share(tasks, parts, part));
        offset += size;
        Array {
            name: format!("{}-a{part}", place.job_name()),
            script: format!("array{part}.sbatch"),
            offset: first,
            tasks: size,
            throttle: throttle.map(|most| share(most, side_by_side, part % side_by_side)),
            after: part.checked_sub(side_by_side).map(|before| before as usize),
        }
    };
    (0..parts).map(&mut array).collect()
}

/// Words after `sbatch` for a script: what only the command line can carry, and the script.
#[must_use]
pub fn words(place: &TaskPlace, resources: &Resources, script: &str) -> Vec<String> {
    let mut words = resources.site.clone();
    words.push(place.file(script).display().to_string());
    words
}

/// Words after `sbatch` for an array, given the numbers of the jobs before it. It begins however
/// the one that it waits for ends.
#[must_use]
pub(crate) fn array_words(
    place: &TaskPlace,
    resources: &Resources,
    array: &Array,
    jobs: &[String],
) -> Vec<String> {
    let before = array.after.and_then(|before| jobs.get(before));
    let mut all: Vec<_> =
        before.map(|job| format!("--dependency=afterany:{job}")).into_iter().collect();
    all.extend(words(place, resources, &array.script));
    all
}

/// Words after `sbatch` for the merge. It follows the arrays however they end (a dependency on
/// their success would wait for ever after one failure) and sees for itself whether all is there.
#[must_use]
pub(crate) fn merge_words(
    place: &TaskPlace,
    resources: &Resources,
    jobs: &[String],
) -> Vec<String> {
    let after = format!("--dependency=afterany:{}", jobs.join(":"));
    let mut all = vec![after, "--kill-on-invalid-dep=yes".to_owned()];
    all.extend(words(place, resources, MERGE));
    all
}

/// Name of the merge's script.
pub(crate) const MERGE: &str = "merge.sbatch";

/// The script of an array.
#[must_use]
pub(crate) fn array_script(place: &TaskPlace, resources: &Resources, array: &Array) -> String {
    let last = array.tasks - 1;
    let throttle = array.throttle.map_or_else(String::new, |most| format!("%{most}"));
    let (number, plan) = (place.number, place.short_digest());
    let (first, end) = (array.offset, array.offset + last);
    let header = format!(
        "#!/bin/bash
# Tasks {first} to {end} of submission {number:03}, plan {plan}. Written by `hashflight submit`.
#
# May be edited, and submitted again by hand, from the results folder:
#   cd {root} && sbatch {words}
# Shards that are there are passed over, and a shard has the same bytes whichever task makes it:
# a task that runs twice costs time and nothing else.

#SBATCH --job-name={name}
# An element is a task, a row of tasks.json counted from the offset below.
#SBATCH --array=0-{last}{throttle}
{request}# Slurm starts an element again after a node failure or a preemption ...
#SBATCH --requeue
# ... and must not overwrite its log then.
#SBATCH --open-mode=append
# A first sign, to this script alone, before the time limit: leave at the next run, and go on later.
#SBATCH --signal=B:USR1@{lead}
# From the folder that sbatch is called in. A job whose log folder is missing dies without a word.
#SBATCH --output={folder}/logs/%A_%a.log
",
        root = quoted(&place.root),
        words = quoted_line(&words(place, resources, &array.script)),
        name = array.name,
        request = request(resources.processors, &resources.memory, resources.limit),
        lead = lead(resources.limit),
        folder = place.folder().display(),
    );
    header + &array_body(place, resources, array)
}

fn array_body(place: &TaskPlace, resources: &Resources, array: &Array) -> String {
    format!(
        "
set -u
cd {root} || exit 74
element=\"${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}\"
restart=\"${{SLURM_RESTART_COUNT:-0}}\"
echo \"[$(date -Is)] $element on ${{SLURMD_NODENAME:-?}}, restart $restart\"

{binary} run . --submission {number} --offset {offset} --task \"$SLURM_ARRAY_TASK_ID\" \\
  --time-budget {budget} --time-limit {limit} &
program=$!
signalled='' cancelled=''
trap 'signalled=yes; kill -USR1 \"$program\" 2>/dev/null' USR1
# Cancelled, preempted or out of time. Slurm tells the program too, and a second TERM ends it at
# once: so it is repeated only if the first did not help.
trap 'signalled=yes cancelled=yes; (sleep {PATIENCE}; kill -TERM \"$program\" 2>/dev/null) &' TERM
while :; do # a signal interrupts `wait`
  signalled=''
  wait \"$program\"
  code=$?
  [ -n \"$signalled\" ] || break
done
# A signal in the moment in which the program ends makes bash lose its exit code (seen in 5.2). The
# signal stands for it then; if it was time that was up, another start finds what is left, if any.
if [ \"$code\" -eq -1 ]; then
  code=75
  [ -z \"$cancelled\" ] || code=143
fi
echo \"[$(date -Is)] exit code $code\"

# 75: time is up, runs were finished, more are left. Never after TERM: scancel is final. Slurm's own
# count of restarts holds preemptions and lost nodes, too: here time-ups are counted, a line for each.
time_ups=\"{folder}/logs/$element.time-ups\"
if [ \"$code\" -eq 75 ] && [ -z \"$cancelled\" ] && date -Is >>\"$time_ups\" \
  && [ \"$(wc -l <\"$time_ups\")\" -le {max_requeue} ]; then
  trap - TERM
  scontrol requeue \"$element\" && sleep 60 # Slurm ends this script
fi
exit \"$code\"
",
        root = quoted(&place.root),
        binary = place.binary_from_root(),
        number = place.number,
        offset = array.offset,
        budget = resources.budget,
        limit = resources.limit,
        folder = place.folder().display(),
        max_requeue = resources.max_requeue,
    )
}

/// The script of the merge.
#[must_use]
pub(crate) fn merge_script(place: &TaskPlace, resources: &Resources) -> String {
    let (number, plan) = (place.number, place.short_digest());
    format!(
        "#!/bin/bash
# Merges submission {number:03}, plan {plan}, after all its arrays. Written by `hashflight submit`.
#
# By hand, from the results folder:
#   cd {root} && sbatch {words}
# It follows the arrays however they end: what counts is which shards are there.

#SBATCH --job-name={name}
{request}#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output={folder}/logs/merge.log

set -u
cd {root} || exit 74
program={binary}
\"$program\" merge .
code=$?
if [ \"$code\" -ne 0 ]; then
  # 75 if shards are missing: `hashflight submit` again runs these and no others.
  \"$program\" status .
  [ $? -eq 75 ] && exit 75
  exit \"$code\"
fi
exec \"$program\" report .
",
        root = quoted(&place.root),
        words = quoted_line(&words(place, resources, MERGE)),
        name = place.merge_name(),
        request = request(resources.processors, &resources.merge_memory, resources.merge_limit),
        folder = place.folder().display(),
        binary = place.binary_from_root(),
    )
}

/// What a job of one process on one node asks for.
fn request(processors: u32, memory: &str, limit: u32) -> String {
    format!(
        "#SBATCH --nodes=1\n\
         #SBATCH --ntasks=1\n\
         # Worker threads, each on a shard of its own.\n\
         #SBATCH --cpus-per-task={processors}\n\
         #SBATCH --mem={memory}\n\
         #SBATCH --time={}\n",
        clock(limit),
    )
}

/// How long before the limit the first sign comes, s: no more than a quarter of the time.
const fn lead(limit: u32) -> u32 {
    if limit / 4 < LEAD { limit / 4 } else { LEAD }
}

/// The time after which no shard is begun, s, if none is given: until the first sign.
#[must_use]
pub(crate) const fn default_budget(limit: u32) -> u32 {
    limit - lead(limit)
}

impl TaskPlace {
    /// What the names of all jobs of the submission begin with: plan, token, number. No name out of
    /// an experiment file gets here.
    #[must_use]
    pub(crate) fn job_name(&self) -> String {
        format!("hashflight-{}-{}-s{}", self.short_digest(), self.token, self.number)
    }

    /// Name of the merge's job.
    #[must_use]
    pub(crate) fn merge_name(&self) -> String {
        format!("{}-merge", self.job_name())
    }

    /// A file of the submission, from the results folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> TaskPlace {
        let digest = "0123456789abcdef".to_owned();
        let (root, token) = ("/results".to_owned(), "fedcba98".to_owned());
        TaskPlace { root, plan: digest.clone(), binary: digest, number: 2, token }
    }

    #[test]
    fn arrays_are_split_at_the_limit_and_together_hold_every_task_once() {
        let parts = arrays(&place(), 2500, 1001, None);
        let bounds: Vec<_> = parts.iter().map(|part| (part.offset, part.tasks)).collect();
        assert_eq!(bounds, [(0, 834), (834, 833), (1667, 833)]);
        assert_eq!(parts[2].name, "hashflight-01234567-fedcba98-s2-a2");
        assert_eq!(arrays(&place(), 1, 1001, None).len(), 1);
        assert!(parts.iter().all(|part| part.throttle.is_none() && part.after.is_none()));
    }

    #[test]
    fn the_throttle_is_of_all_arrays_together() {
        for (tasks, longest, most) in [(250, 100, 10), (250, 100, 2), (2500, 100, 10), (5, 1, 1)] {
            let parts = arrays(&place(), tasks, longest, Some(most));
            // An array begins once the one it waits for has ended: those of a chain never run together.
            let mut chains = vec![0; parts.len()];
            let mut heaviest = vec![0; parts.len()];
            for (index, part) in parts.iter().enumerate() {
                chains[index] = part.after.map_or(index, |before| chains[before]);
                let own = part.throttle.unwrap();
                assert!(own > 0 && part.tasks <= longest);
                heaviest[chains[index]] = own.max(heaviest[chains[index]]);
            }
            let at_once: u32 = heaviest.iter().sum();
            assert_eq!(at_once, most, "{tasks} tasks in arrays of {longest}");
            assert_eq!(parts.iter().map(|part| part.tasks).sum::<u32>(), tasks);
        }
    }

    #[test]
    fn names_that_slurm_would_change_are_refused() {
        assert!(check_root("/scratch/it's $(mine)").is_ok());
        assert!(check_root("/scratch/%A").is_err() && check_root("/scratch/a\\b").is_err());
    }

    #[test]
    fn a_task_has_time_to_leave() {
        assert_eq!(default_budget(3600), 3420);
        assert_eq!(default_budget(60), 45);
    }
}
