//! Scripts for schedulers other than Slurm, to be printed and looked through: they run the same
//! tasks out of the same table, which is all that a scheduler has to know.

use super::TaskPlace;
use super::engine::Engine;
use super::options::mebibytes;
use super::slurm::Resources;
use super::wishes::Wishes;
use crate::files::quoting::quoted;

/// What is to be run, where, and what was asked for.
pub(crate) struct Order<'a> {
    /// The submission.
    pub place: &'a TaskPlace,
    /// What a task needs.
    pub resources: &'a Resources,
    /// What the user asked for.
    pub wishes: &'a Wishes,
    /// Tasks.
    pub tasks: u32,
}

/// The script that runs the tasks; the merge is called by hand after it.
#[must_use]
pub(crate) fn script(engine: Engine, order: &Order) -> String {
    let print = match engine {
        Engine::Slurm => return String::new(),
        Engine::Pbs => pbs,
        Engine::Lsf => lsf,
        Engine::Sge => sge,
        Engine::K8s => k8s,
        Engine::Hq => hq,
        Engine::Parallel => parallel,
    };
    print(order)
}

/// Refuses results folders whose name an engine would not take as it is.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_root(engine: Engine, root: &str) -> Result<(), String> {
    match engine {
        Engine::Slurm => super::slurm::check_root(root),
        Engine::K8s if root.contains(':') => Err(format!(
            "{root}: Kubernetes mounts nothing at a path with a colon; use another --out"
        )),
        _ => Ok(()),
    }
}

/// What stands above every script.
fn head(order: &Order, note: &str) -> String {
    let place = order.place;
    let (number, plan, root) = (place.number, place.short_digest(), quoted(&place.root));
    let tasks = order.tasks;
    [
        format!("# {tasks} tasks of submission {number:03}, plan {plan}. "),
        "Printed by `hashflight submit`, not submitted.\n".to_owned(),
        format!("# {note}\n"),
        format!("# Afterwards: hashflight merge {root} && hashflight report {root}\n"),
    ]
    .concat()
}

/// The command of a task, whose index is left to the environment.
fn run(order: &Order) -> String {
    let place = order.place;
    let (program, root) = (quoted(&place.path_of_binary()), quoted(&place.root));
    format!("{program} run {root} {} --time-limit {}", options(order), order.resources.limit)
}

fn options(order: &Order) -> String {
    let Order { place, resources, .. } = order;
    format!(
        "--submission {} --time-budget {} --threads {}",
        place.number, resources.budget, resources.processors
    )
}

/// Runs a task in the results folder.
fn in_folder(order: &Order) -> String {
    format!("cd {} || exit 74\nexec {}\n", quoted(&order.place.root), run(order))
}

const UNTESTED: &str =
    "Never tried on a real system: look it through, and submit it from the results folder.";

/// A directive for each of those that were given.
fn directives(start: &str, given: &[(&str, &Option<String>)]) -> String {
    let given = given.iter().filter_map(|(option, value)| Some((option, value.as_ref()?)));
    given.fold(String::new(), |lines, (option, value)| {
        lines + start + " " + option + " " + value + "\n"
    })
}

/// PBS reads its directives up to the first command.
fn pbs(order: &Order) -> String {
    let Order { place, resources, wishes, tasks } = order;
    let throttle = wishes.throttle.map_or_else(String::new, |most| format!("%{most}"));
    // An array of one element is refused by PBS.
    let (array, index) = if *tasks > 1 {
        (format!("#PBS -J 0-{}{throttle}\n", tasks - 1), "")
    } else {
        (String::new(), "export HASHFLIGHT_TASK=0\n")
    };
    [
        "#!/bin/bash\n".to_owned(),
        head(order, UNTESTED) + &array,
        // Fifteen signs are all that older versions take.
        format!("#PBS -N hf-{}-{}\n", place.token, place.number),
        directives("#PBS", &[("-q", &wishes.partition), ("-A", &wishes.account)]),
        format!("#PBS -l select=1:ncpus={}", resources.processors),
        format!(":mem={}b\n", resources.memory.to_lowercase()),
        format!("#PBS -l walltime={}\n", walltime(resources.limit)),
        format!("#PBS -r y\n#PBS -j oe\n#PBS -o submissions/{:03}/logs/\n{index}", place.number),
        in_folder(order),
    ]
    .concat()
}

fn lsf(order: &Order) -> String {
    let Order { place, resources, wishes, tasks } = order;
    let throttle = wishes.throttle.map_or_else(String::new, |most| format!("%{most}"));
    let queue = wishes.partition.as_ref().map(|names| format!("\"{}\"", names.replace(',', " ")));
    [
        "#!/bin/bash\n".to_owned(),
        head(order, UNTESTED),
        format!("#BSUB -J \"{}[1-{tasks}]{throttle}\"\n", place.job_name()),
        directives("#BSUB", &[("-q", &queue), ("-P", &wishes.account)]),
        format!("#BSUB -n {}\n#BSUB -R \"span[hosts=1]\"\n", resources.processors),
        format!("#BSUB -M {}B\n#BSUB -W {}\n", resources.memory, resources.limit.div_ceil(60)),
        "# Starts a task again after a lost node, and when work is left.\n".to_owned(),
        "#BSUB -r\n#BSUB -Q \"75\"\n".to_owned(),
        format!("#BSUB -o submissions/{:03}/logs/%J_%I.log\n", place.number),
        in_folder(order),
    ]
    .concat()
}

fn sge(order: &Order) -> String {
    let Order { place, resources, wishes, tasks } = order;
    let throttle = wishes.throttle.map_or_else(String::new, |most| format!("#$ -tc {most}\n"));
    let memory = mebibytes(&resources.memory).div_ceil(u64::from(resources.processors));
    [
        "#!/bin/bash\n".to_owned(),
        head(order, UNTESTED),
        format!("#$ -S /bin/bash\n#$ -N {}\n", place.job_name()),
        format!("#$ -t 1-{tasks}\n{throttle}"),
        directives("#$", &[("-q", &wishes.partition), ("-A", &wishes.account)]),
        "# The name of the parallel environment is the site's: ask `qconf -spl`.\n".to_owned(),
        format!("#$ -pe smp {}\n", resources.processors),
        "# Memory of each slot; some sites call it m_mem_free or mem_free.\n".to_owned(),
        format!("#$ -l h_vmem={memory}M\n#$ -l h_rt={}\n", walltime(resources.limit)),
        format!("#$ -r y\n#$ -j y\n#$ -cwd\n#$ -o submissions/{:03}/logs\n", place.number),
        in_folder(order),
    ]
    .concat()
}

/// An indexed job; texts are written as JSON, which is YAML, so that no name can leave its place.
/// The first line makes the file a program that submits itself, and a comment to Kubernetes.
fn k8s(order: &Order) -> String {
    let Order { place, resources, wishes, tasks } = order;
    let text = |text: &str| serde_json::Value::from(text).to_string();
    // In a command, Kubernetes takes $(…) for a variable and $$ for $.
    let word = |word: &str| text(&word.replace('$', "$$"));
    let note =
        "Never tried on a real cluster: fill in image and volume claim, and look it through.";
    let number = place.number;
    format!(
        "#!/usr/bin/env -S kubectl create -f
{head}apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  completions: {tasks}
  parallelism: {parallelism}
  completionMode: Indexed
  backoffLimitPerIndex: {again}
  podFailurePolicy:
    rules:
      - {{action: Ignore, onPodConditions: [{{type: DisruptionTarget, status: \"True\"}}]}}
      # Wrong input, another plan, disagreement, the disk: no use in trying again.
      - action: FailIndex
        onExitCodes: {{containerName: run, operator: In, values: [2, 65, 70, 74]}}
  template:
    spec:
      restartPolicy: Never
      activeDeadlineSeconds: {limit}
      terminationGracePeriodSeconds: 60
      containers:
        - name: run
          image: IMAGE # any with a C library not older than the program's
          command: [{binary}, run, {root}, --submission, \"{number}\", --threads, \"{processors}\",
                    --time-budget, \"{budget}\", --time-limit, \"{limit}\"]
          resources: {{requests: {{cpu: {processors}, memory: {memory}i}}, limits: {{memory: {memory}i}}}}
          volumeMounts: [{{name: results, mountPath: {mount}}}]
      volumes:
        - {{name: results, persistentVolumeClaim: {{claimName: CLAIM}}}} # ReadWriteMany
",
        head = head(order, note),
        name = place.job_name(),
        parallelism = wishes.throttle.unwrap_or(*tasks).min(*tasks),
        again = wishes.max_requeue.unwrap_or(3),
        binary = word(&place.path_of_binary()),
        root = word(&place.root),
        mount = text(&place.root),
        limit = resources.limit,
        budget = resources.budget,
        processors = resources.processors,
        // Slurm's K, M, G, T are powers of 1024, which Kubernetes writes Ki, Mi, Gi, Ti.
        memory = resources.memory,
    )
}

fn hq(order: &Order) -> String {
    let Order { place, resources, tasks, .. } = order;
    let note = "Needs a running HyperQueue server with workers. Slurm's or PBS's allocations are its own affair.";
    format!(
        "#!/bin/bash\n{}cd {} || exit 74\nexec hq submit --name {} --array 0-{} --cpus {} --resource mem={} \\\n  \
         --time-limit {}s --crash-limit 5 \\\n  \
         --stdout none --stderr \"submissions/{:03}/logs/%{{TASK_ID}}.%{{INSTANCE_ID}}.log\" \\\n  {}\n",
        head(order, note),
        quoted(&place.root),
        place.job_name(),
        tasks.saturating_sub(1),
        resources.processors,
        mebibytes(&resources.memory),
        resources.limit,
        place.number,
        run(order),
    )
}

fn parallel(order: &Order) -> String {
    let Order { place, resources, wishes, tasks } = order;
    let jobs = wishes.throttle.map_or_else(
        || format!("$(( ($(nproc) + {0} - 1) / {0} ))", resources.processors),
        |most| most.to_string(),
    );
    // Tries, the first one included.
    let tries = wishes.max_requeue.map_or(3, |again| again.saturating_add(1));
    let memory = wishes.memory.as_ref().map(|size| format!(" --memfree {size}"));
    let limit = wishes.time.map(|limit| format!(" --timeout {limit}"));
    let hard = wishes.time.map(|limit| format!(" --time-limit {limit}"));
    // From the folder itself, whose name may hold what parallel would replace, such as {}.
    let run = format!(
        "{} run . {}{}",
        place.binary_from_root(),
        options(order),
        hard.unwrap_or_default()
    );
    format!(
        "#!/bin/bash\n{}cd {} || exit 74\n\
         # The quotes below are for the shell that parallel starts.\n\
         seq 0 {} | parallel --jobs {jobs} --retries {tries}{}{} --joblog submissions/{:03}/logs/joblog \\\n  \
         {} --task {{}}\n",
        head(
            order,
            "For one machine; with --sshloginfile and --workdir . for several that share the folder.",
        ),
        quoted(&place.root),
        tasks.saturating_sub(1),
        memory.unwrap_or_default(),
        limit.unwrap_or_default(),
        place.number,
        quoted(&run),
    )
}

/// Seconds as `hours:minutes:seconds`.
fn walltime(seconds: u32) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_have_the_names_of_the_command_line() {
        for (name, engine) in Engine::ALL {
            assert_eq!(engine.name(), name);
        }
    }

    #[test]
    fn times_of_more_than_a_day_stay_in_hours() {
        assert_eq!(walltime(93_784), "26:03:04");
    }
}
