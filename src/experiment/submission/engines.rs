//! Scripts for schedulers other than Slurm, to be printed and looked through: they run the same
//! tasks out of the same table, which is all that a scheduler has to know.

use super::Place;
use super::quoting::quoted;
use super::slurm::Resources;

/// A scheduler that tasks can be handed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Slurm: submitted.
    Slurm,
    /// PBS Professional and OpenPBS: printed.
    Pbs,
    /// IBM Spectrum LSF: printed.
    Lsf,
    /// Grid Engine and its heirs: printed.
    Sge,
    /// Kubernetes, an indexed job: printed.
    K8s,
    /// HyperQueue: printed.
    Hq,
    /// GNU parallel: printed.
    Parallel,
}

impl Engine {
    /// All, by the names they have on the command line.
    pub const ALL: [(&'static str, Self); 7] = [
        ("slurm", Self::Slurm),
        ("pbs", Self::Pbs),
        ("lsf", Self::Lsf),
        ("sge", Self::Sge),
        ("k8s", Self::K8s),
        ("hq", Self::Hq),
        ("parallel", Self::Parallel),
    ];

    /// Name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, engine)| *engine == self).map_or("", |(name, _)| name)
    }
}

/// The script that runs so many tasks; the merge is called by hand after it.
#[must_use]
pub fn script(engine: Engine, place: &Place, resources: &Resources, tasks: u32) -> String {
    let print = match engine {
        Engine::Slurm => return String::new(),
        Engine::Pbs => pbs,
        Engine::Lsf => lsf,
        Engine::Sge => sge,
        Engine::K8s => k8s,
        Engine::Hq => hq,
        Engine::Parallel => parallel,
    };
    print(place, resources, tasks)
}

/// What stands above every script.
fn head(place: &Place, tasks: u32, note: &str) -> String {
    format!(
        "# {tasks} tasks of submission {:03}, plan {}. Printed by `hashflight submit`, not submitted.\n\
         # {note}\n\
         # Afterwards: hashflight merge {root} && hashflight report {root}\n",
        place.number,
        place.short_digest(),
        root = quoted(&place.root),
    )
}

/// The command of a task, whose index is left to the environment.
fn run(place: &Place, resources: &Resources) -> String {
    format!(
        "{} run {} --submission {} --time-budget {} --threads {}",
        quoted(&place.path_of_binary()),
        quoted(&place.root),
        place.number,
        resources.budget,
        resources.processors,
    )
}

const UNTESTED: &str =
    "Never tried on a real system: look it through, and submit it from the results folder.";

fn pbs(place: &Place, resources: &Resources, tasks: u32) -> String {
    let throttle = resources.throttle.map_or_else(String::new, |most| format!("%{most}"));
    // An array of one element is refused by PBS.
    let array = if tasks > 1 {
        format!("#PBS -J 0-{}{throttle}\n", tasks - 1)
    } else {
        "export HASHFLIGHT_TASK=0\n".to_owned()
    };
    format!(
        "#!/bin/bash\n{}{array}#PBS -N {}\n#PBS -l select=1:ncpus={}:mem={}b\n#PBS -l walltime={}\n\
         #PBS -r y\n#PBS -j oe\ncd {} || exit 74\nexec {}\n",
        head(place, tasks, UNTESTED),
        place.job_name(),
        resources.processors,
        resources.memory.to_lowercase(),
        walltime(resources.limit),
        quoted(&place.root),
        run(place, resources),
    )
}

fn lsf(place: &Place, resources: &Resources, tasks: u32) -> String {
    let throttle = resources.throttle.map_or_else(String::new, |most| format!("%{most}"));
    format!(
        "#!/bin/bash\n{}#BSUB -J \"{}[1-{tasks}]{throttle}\"\n#BSUB -n {}\n#BSUB -R \"span[hosts=1]\"\n\
         #BSUB -M {}B\n#BSUB -W {}\n# Starts a task again after a lost node, and when work is left.\n\
         #BSUB -r\n#BSUB -Q \"75\"\n#BSUB -o submissions/{:03}/logs/%J_%I.log\n\
         cd {} || exit 74\nexec {}\n",
        head(place, tasks, UNTESTED),
        place.job_name(),
        resources.processors,
        resources.memory,
        resources.limit.div_ceil(60),
        place.number,
        quoted(&place.root),
        run(place, resources),
    )
}

fn sge(place: &Place, resources: &Resources, tasks: u32) -> String {
    let throttle = resources.throttle.map_or_else(String::new, |most| format!("#$ -tc {most}\n"));
    format!(
        "#!/bin/bash\n{}#$ -S /bin/bash\n#$ -N {}\n#$ -t 1-{tasks}\n{throttle}\
         # The name of the parallel environment is the site's: ask `qconf -spl`.\n#$ -pe smp {}\n\
         #$ -l h_rt={}\n#$ -r y\n#$ -j y\n#$ -cwd\n#$ -o submissions/{:03}/logs\n\
         cd {} || exit 74\nexec {}\n",
        head(place, tasks, UNTESTED),
        place.job_name(),
        resources.processors,
        walltime(resources.limit),
        place.number,
        quoted(&place.root),
        run(place, resources),
    )
}

/// An indexed job; texts are written as JSON, which is YAML, so that no name can leave its place.
fn k8s(place: &Place, resources: &Resources, tasks: u32) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let note =
        "Never tried on a real cluster: fill in image and volume claim, and look it through.";
    let number = place.number;
    format!(
        "{head}apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  completions: {tasks}
  parallelism: {parallelism}
  completionMode: Indexed
  backoffLimitPerIndex: 3
  podFailurePolicy:
    rules:
      - {{action: Ignore, onPodConditions: [{{type: DisruptionTarget, status: \"True\"}}]}}
      # Wrong input, another plan, disagreement, the disk: no use in trying again.
      - action: FailIndex
        onExitCodes: {{containerName: run, operator: In, values: [2, 65, 70, 74]}}
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 60
      containers:
        - name: run
          image: IMAGE # any with a C library not older than the program's
          command: [{binary}, run, {root}, --submission, \"{number}\", --threads, \"{processors}\"]
          resources: {{requests: {{cpu: {processors}, memory: {memory}i}}, limits: {{memory: {memory}i}}}}
          volumeMounts: [{{name: results, mountPath: {root}}}]
      volumes:
        - {{name: results, persistentVolumeClaim: {{claimName: CLAIM}}}} # ReadWriteMany
",
        head = head(place, tasks, note),
        name = place.job_name(),
        parallelism = resources.throttle.unwrap_or(tasks).min(tasks),
        binary = text(&place.path_of_binary()),
        root = text(&place.root),
        processors = resources.processors,
        // Slurm's K, M, G, T are powers of 1024, which Kubernetes writes Ki, Mi, Gi, Ti.
        memory = resources.memory,
    )
}

fn hq(place: &Place, resources: &Resources, tasks: u32) -> String {
    let note = "Needs a running HyperQueue server with workers. Slurm's or PBS's allocations are its own affair.";
    format!(
        "#!/bin/bash\n{}cd {} || exit 74\nexec hq submit --name {} --array 0-{} --cpus {} --crash-limit 5 \\\n  \
         --stdout none --stderr \"submissions/{:03}/logs/%{{TASK_ID}}.%{{INSTANCE_ID}}.log\" \\\n  {}\n",
        head(place, tasks, note),
        quoted(&place.root),
        place.job_name(),
        tasks.saturating_sub(1),
        resources.processors,
        place.number,
        run(place, resources),
    )
}

fn parallel(place: &Place, resources: &Resources, tasks: u32) -> String {
    let jobs = resources.throttle.map_or_else(
        || format!("$(( ($(nproc) + {0} - 1) / {0} ))", resources.processors),
        |most| most.to_string(),
    );
    format!(
        "#!/bin/bash\n{}cd {} || exit 74\n\
         # The quotes below are for the shell that parallel starts.\n\
         seq 0 {} | parallel --jobs {jobs} --retries 3 --joblog submissions/{:03}/logs/joblog \\\n  \
         {} --task {{}}\n",
        head(
            place,
            tasks,
            "For one machine; with --sshloginfile for several that share the folder."
        ),
        quoted(&place.root),
        tasks.saturating_sub(1),
        place.number,
        quoted(&run(place, resources)),
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
