//! Which task this process is to run, as schedulers tell it: by environment variables.

use serde_json::{Value, json};

/// Reads an environment variable.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A variable that holds the index of an array's element.
struct IndexVariable {
    variable: &'static str,
    /// Index of the first element.
    first: u32,
    /// What stands there outside arrays.
    none: Option<&'static str>,
}

const fn from_zero(variable: &'static str) -> IndexVariable {
    IndexVariable { variable, first: 0, none: None }
}

/// In the order in which they are asked: our own, Slurm, PBS, LSF, Grid Engine, Kubernetes,
/// HyperQueue, AWS Batch.
const SOURCES: [IndexVariable; 8] = [
    from_zero("HASHFLIGHT_TASK"),
    from_zero("SLURM_ARRAY_TASK_ID"),
    from_zero("PBS_ARRAY_INDEX"),
    IndexVariable { variable: "LSB_JOBINDEX", first: 1, none: Some("0") },
    IndexVariable { variable: "SGE_TASK_ID", first: 1, none: Some("undefined") },
    from_zero("JOB_COMPLETION_INDEX"),
    from_zero("HQ_TASK_ID"),
    from_zero("AWS_BATCH_JOB_ARRAY_INDEX"),
];

/// The index of this process in its array, from 0.
///
/// # Errors
/// If no variable holds one, or the first that is set holds something else.
pub(crate) fn task_index(lookup: &Lookup) -> Result<u32, String> {
    for source in &SOURCES {
        let Some(text) = lookup(source.variable).filter(|text| !text.is_empty()) else { continue };
        if source.none == Some(text.as_str()) {
            continue;
        }
        let index = text.parse::<u32>().ok().and_then(|index| index.checked_sub(source.first));
        return index.ok_or_else(|| {
            format!("{}={text}: expected a whole number from {}", source.variable, source.first)
        });
    }
    let names: Vec<_> = SOURCES.iter().map(|source| source.variable).collect();
    Err(format!("which task? Give --task, or one of the variables {}", names.join(", ")))
}

/// What the scheduler calls this job, for receipts; null outside schedulers.
#[must_use]
pub(crate) fn scheduled_job(lookup: &Lookup) -> Value {
    const JOBS: [(&str, &str, &str, &str); 6] = [
        ("slurm", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_RESTART_COUNT"),
        ("slurm", "SLURM_JOB_ID", "", "SLURM_RESTART_COUNT"),
        ("pbs", "PBS_JOBID", "PBS_ARRAY_INDEX", ""),
        ("lsf", "LSB_JOBID", "LSB_JOBINDEX", "LSB_RESTART"),
        ("hq", "HQ_JOB_ID", "HQ_TASK_ID", "HQ_INSTANCE_ID"),
        ("sge", "JOB_ID", "SGE_TASK_ID", "RESTARTED"),
    ];
    let named = JOBS.iter().find(|(_, job, ..)| lookup(job).is_some());
    let Some((engine, job, element, restart)) = named else { return Value::Null };
    json!({
        "engine": engine,
        "job": lookup(job),
        "array_task": lookup(element),
        "restart": lookup(restart).unwrap_or_else(|| "0".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(variables: &[(&str, &str)]) -> Result<u32, String> {
        task_index(&|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_scheduler_counts_in_its_own_way() {
        for (variable, text) in [
            ("HASHFLIGHT_TASK", "3"),
            ("SLURM_ARRAY_TASK_ID", "3"),
            ("PBS_ARRAY_INDEX", "3"),
            ("LSB_JOBINDEX", "4"),
            ("SGE_TASK_ID", "4"),
            ("JOB_COMPLETION_INDEX", "3"),
            ("HQ_TASK_ID", "3"),
            ("AWS_BATCH_JOB_ARRAY_INDEX", "3"),
        ] {
            assert_eq!(index(&[(variable, text)]), Ok(3), "{variable}");
        }
    }

    #[test]
    fn no_index_is_an_error_and_never_everything() {
        assert!(index(&[]).unwrap_err().contains("--task"));
        assert!(index(&[("LSB_JOBINDEX", "0"), ("SGE_TASK_ID", "undefined")]).is_err());
        assert!(index(&[("SLURM_ARRAY_TASK_ID", "")]).is_err());
    }

    #[test]
    fn an_index_that_is_none_is_named() {
        let error = index(&[("SLURM_ARRAY_TASK_ID", "x"), ("HQ_TASK_ID", "1")]).unwrap_err();
        assert_eq!(error, "SLURM_ARRAY_TASK_ID=x: expected a whole number from 0");
        assert!(index(&[("SGE_TASK_ID", "0")]).is_err());
        assert!(index(&[("PBS_ARRAY_INDEX", "-1")]).is_err());
    }

    #[test]
    fn our_own_variable_comes_first() {
        let both = [("SLURM_ARRAY_TASK_ID", "5"), ("HASHFLIGHT_TASK", "2")];
        assert_eq!(index(&both), Ok(2));
        let outside = [("LSB_JOBINDEX", "0"), ("HQ_TASK_ID", "7")];
        assert_eq!(index(&outside), Ok(7));
    }

    #[test]
    fn receipts_name_job_element_and_restart() {
        let lookup = |name: &str| match name {
            "SLURM_ARRAY_JOB_ID" => Some("17".to_owned()),
            "SLURM_ARRAY_TASK_ID" => Some("3".to_owned()),
            "SLURM_RESTART_COUNT" => Some("2".to_owned()),
            _ => None,
        };
        let job = scheduled_job(&lookup);
        assert_eq!(job, json!({"engine": "slurm", "job": "17", "array_task": "3", "restart": "2"}));
        assert!(scheduled_job(&|_| None).is_null());
    }
}
