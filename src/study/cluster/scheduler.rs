//! The calls to Slurm: sbatch, squeue, scancel, scontrol, sacct. Nothing else here starts a process.
//!
//! Every call has a time limit. An sbatch that ran into it may have been heard all the same, so that
//! the queue is asked for the job's name, which no other submission has, before it is handed over
//! again.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use super::queue::Element;
use crate::files::quoting::quoted_line;
use crate::study::error::Error;

/// Time that a call may take. Clients of Slurm give up after `MessageTimeout`, 10 s by default,
/// and repeat some messages.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pauses before calls are repeated, s.
const PAUSES: [u64; 4] = [2, 5, 15, 30];
/// Complaints of clients that pass by themselves.
const PASSING: [&str; 7] = [
    "Unable to contact",
    "timed out",
    "temporarily",
    "try again",
    "Connection refused",
    "Zero Bytes",
    "Transport endpoint",
];

/// Slurm, as its client programs answer.
#[derive(Clone, Debug)]
pub struct Scheduler {
    /// Folder of the programs; `None` for those on the PATH.
    pub programs: Option<PathBuf>,
    /// Time that a call may take.
    pub patience: Duration,
    /// Pauses before calls are repeated.
    pub pauses: Vec<Duration>,
}

impl Default for Scheduler {
    fn default() -> Self {
        let pauses = PAUSES.map(Duration::from_secs).to_vec();
        Self { programs: None, patience: PATIENCE, pauses }
    }
}

/// What a call came to.
enum SchedulerAnswer {
    /// It succeeded and printed this.
    Done(String),
    /// It failed and complained so.
    Failed(String),
    /// It had not ended in time.
    Silent,
}

impl SchedulerAnswer {
    /// What was printed, or the complaint.
    fn output(self) -> Result<String, String> {
        match self {
            Self::Done(output) => Ok(output),
            Self::Failed(complaint) => Err(complaint),
            Self::Silent => Err("no answer in time".to_owned()),
        }
    }
}

impl Scheduler {
    /// One that is asked in passing: a short answer at once, or none.
    #[must_use]
    pub(crate) fn in_passing() -> Self {
        Self { patience: Duration::from_secs(5), pauses: Vec::new(), ..Self::default() }
    }

    /// The site's limit of array elements; `None` if it does not tell.
    #[must_use]
    pub(crate) fn max_array_size(&self) -> Option<u32> {
        let config = self.call("scontrol", &["show", "config"], None).ok()?.output().ok()?;
        let line = config.lines().find(|line| line.trim_start().starts_with("MaxArraySize"))?;
        line.split('=').nth(1)?.trim().parse().ok()
    }

    /// Whether Slurm's programs are here at all.
    #[must_use]
    pub(crate) fn is_here(&self) -> bool {
        let in_folder = |folder: &Path| folder.join("squeue").is_file();
        match &self.programs {
            Some(folder) => in_folder(folder),
            None => std::env::var_os("PATH")
                .is_some_and(|path| std::env::split_paths(&path).any(|folder| in_folder(&folder))),
        }
    }

    /// This user's jobs of these names, element by element: those that wait or run, or with `ended`
    /// those that ended lately, too.
    ///
    /// # Errors
    /// [`Error::Scheduler`] if the queue does not answer after some attempts.
    pub fn elements(&self, names: &[String], ended: bool) -> Result<Vec<Element>, Error> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let (list, user) = (names.join(","), user());
        let mut words = vec!["-h", "-r"];
        words.extend(user.iter().flat_map(|user| ["-u", user.as_str()]));
        words.extend(["-n", &list, "-o", "%F|%K|%T|%r"]);
        if ended {
            words.extend(["-t", "all"]);
        }
        let mut elements: Vec<_> = self.ask(&words)?.lines().filter_map(Element::parse).collect();
        elements.sort_by(|one, other| (&one.job, one.index).cmp(&(&other.job, other.index)));
        elements.dedup();
        Ok(elements)
    }

    /// Numbers of this user's jobs of these names, those that ended lately included.
    ///
    /// # Errors
    /// As [`Scheduler::elements`].
    pub fn known(&self, names: &[String]) -> Result<BTreeSet<String>, Error> {
        Ok(self.elements(names, true)?.into_iter().map(|element| element.job).collect())
    }

    /// What the site's accounts say of these jobs; nothing where there are none.
    #[must_use]
    pub(crate) fn accounted(&self, jobs: &[String]) -> Vec<Element> {
        if jobs.is_empty() {
            return Vec::new();
        }
        let list = jobs.join(",");
        let words = ["-n", "-P", "-X", "-j", &list, "-o", "JobID,State"];
        let answer = self.call("sacct", &words, None).ok().and_then(|answer| answer.output().ok());
        answer.unwrap_or_default().lines().filter_map(Element::parse_accounted).collect()
    }

    /// Takes jobs off the queue, those that run included.
    ///
    /// # Errors
    /// [`Error::Scheduler`] with scancel's own complaint.
    pub fn cancel(&self, jobs: &[String]) -> Result<(), Error> {
        let words: Vec<&str> = jobs.iter().map(String::as_str).collect();
        self.call("scancel", &words, None)?.output().map(drop).map_err(|problem| Error::Scheduler {
            call: format!("scancel {}", quoted_line(&words)),
            problem,
        })
    }

    /// Hands a script over and returns the job's number. The words come after `sbatch`, and
    /// relative paths in them count from `folder`. After an answer that got lost, a job counts as
    /// ours if it has the name, is this user's, and is none of those `before` the call.
    ///
    /// # Errors
    /// [`Error::Scheduler`] with sbatch's own complaint, or if it stays unknown whether the job was
    /// taken.
    pub fn submit(
        &self,
        folder: &Path,
        name: &str,
        words: &[String],
        before: &BTreeSet<String>,
    ) -> Result<String, Error> {
        let mut all = vec!["--parsable"];
        all.extend(words.iter().map(String::as_str));
        let mut last = String::new();
        for pause in self.attempts() {
            sleep(pause);
            match self.call("sbatch", &all, Some(folder))? {
                SchedulerAnswer::Done(output) => return job_number(&output),
                SchedulerAnswer::Failed(complaint) if !is_passing(&complaint) => {
                    return Err(refused(&all, &complaint));
                }
                // Nobody was there to hear it.
                SchedulerAnswer::Failed(complaint) if complaint.contains("Unable to contact") => {
                    last = complaint;
                    continue;
                }
                unsure => last = unsure.output().err().unwrap_or_default(),
            }
            let known = self.known(&[name.to_owned()])?;
            if let Some(job) = known.difference(before).next() {
                return Ok(job.clone());
            }
        }
        Err(refused(&all, &last))
    }

    /// What squeue prints.
    fn ask(&self, words: &[&str]) -> Result<String, Error> {
        let mut last = String::new();
        for pause in self.attempts() {
            sleep(pause);
            match self.call("squeue", words, None)?.output() {
                Ok(output) => return Ok(output),
                Err(complaint) => last = complaint,
            }
        }
        let call = format!("squeue {}", quoted_line(words));
        let problem = format!("{last}; what is queued is not known");
        Err(Error::Scheduler { call, problem })
    }

    /// Pauses before the attempts, none before the first.
    fn attempts(&self) -> impl Iterator<Item = Duration> + '_ {
        std::iter::once(Duration::ZERO).chain(self.pauses.iter().copied())
    }

    /// Calls a program of Slurm without a shell, and waits for it no longer than allowed.
    fn call(
        &self,
        program: &str,
        words: &[&str],
        folder: Option<&Path>,
    ) -> Result<SchedulerAnswer, Error> {
        let path = self.programs.as_ref().map_or_else(|| program.into(), |bin| bin.join(program));
        let mut command = Command::new(path);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        scrub(&mut command);
        let child = command.spawn().map_err(|error| Error::Scheduler {
            call: program.to_owned(),
            problem: format!("{error}; is Slurm installed here?"),
        })?;
        Ok(wait(child, self.patience))
    }
}

/// Number of this user, as the system tells it; squeue takes it in place of a name.
#[must_use]
pub fn user() -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").ok().map(|data| data.uid().to_string())
    }
    #[cfg(not(unix))]
    None
}

/// Takes away the variables by which Slurm's clients let the surroundings override a script, and
/// which a job inherits if it is submitted from within another; the site's configuration stays.
fn scrub(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let theirs = ["SBATCH_", "SLURM_", "SQUEUE_", "SCONTROL_", "SACCT_"];
        if theirs.iter().any(|prefix| text.starts_with(prefix)) && text != "SLURM_CONF" {
            command.env_remove(&name);
        }
    }
}

/// Waits for a program, and ends it when its time is over.
fn wait(mut child: Child, patience: Duration) -> SchedulerAnswer {
    let (out, err) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let text = |pipe: std::thread::JoinHandle<String>| pipe.join().unwrap_or_default();
                let (out, err) = (text(out), text(err));
                return if status.success() {
                    SchedulerAnswer::Done(out)
                } else {
                    SchedulerAnswer::Failed(err)
                };
            }
            Ok(None) if began.elapsed() < patience => sleep(Duration::from_millis(10)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return SchedulerAnswer::Silent;
            }
        }
    }
}

/// Reads a pipe to its end beside the program that fills it.
fn collect(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).trim().to_owned()
    })
}

fn is_passing(complaint: &str) -> bool {
    PASSING.iter().any(|text| complaint.contains(text))
}

/// The number in `number` or `number;cluster`.
fn job_number(output: &str) -> Result<String, Error> {
    let number = output.lines().last().unwrap_or_default().split(';').next().unwrap_or_default();
    if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(number.to_owned());
    }
    let problem = format!("its answer is no job number: {output}");
    Err(Error::Scheduler { call: "sbatch".to_owned(), problem })
}

fn refused(words: &[&str], complaint: &str) -> Error {
    let problem = if complaint.is_empty() { "failed without a word" } else { complaint };
    let call = format!("sbatch {}", quoted_line(words));
    Error::Scheduler { call, problem: problem.to_owned() }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    /// A folder of programs that stand in for Slurm's, and a scheduler that calls them.
    fn stand_in(programs: &[(&str, &str)]) -> (TempDir, Scheduler) {
        let folder = tempfile::tempdir().unwrap();
        for (name, body) in programs {
            let path = folder.path().join(name);
            fs::write(&path, format!("#!/bin/sh\ncd '{}'\n{body}\n", folder.path().display()))
                .unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let scheduler = Scheduler {
            programs: Some(folder.path().to_owned()),
            patience: Duration::from_millis(1500),
            pauses: vec![Duration::from_millis(10); 2],
        };
        (folder, scheduler)
    }

    fn submit(scheduler: &Scheduler) -> Result<String, Error> {
        scheduler.submit(Path::new("/"), "name", &["script".to_owned()], &BTreeSet::new())
    }

    fn calls(folder: &TempDir) -> usize {
        fs::read_to_string(folder.path().join("calls")).unwrap_or_default().lines().count()
    }

    #[test]
    fn a_silent_sbatch_that_was_heard_is_not_repeated() {
        let sbatch = "echo >> calls; touch heard; exec sleep 60";
        let squeue = "[ -e heard ] && echo 41; true";
        let (folder, scheduler) = stand_in(&[("sbatch", sbatch), ("squeue", squeue)]);
        assert_eq!(submit(&scheduler).unwrap(), "41");
        assert_eq!(calls(&folder), 1);
    }

    #[test]
    fn an_sbatch_that_was_not_heard_is_repeated() {
        let sbatch = "echo >> calls; [ $(wc -l < calls) = 3 ] && { echo '77;lab'; exit; }\n\
                      echo 'sbatch: error: Socket timed out on send/recv operation' >&2; exit 1";
        let (folder, scheduler) = stand_in(&[("sbatch", sbatch), ("squeue", "true")]);
        assert_eq!(submit(&scheduler).unwrap(), "77");
        assert_eq!(calls(&folder), 3);
    }

    #[test]
    fn a_refusal_is_final_and_a_dead_controller_is_given_up_in_the_end() {
        let refusal =
            "echo >> calls; echo 'sbatch: error: invalid partition specified' >&2; exit 1";
        let (folder, scheduler) = stand_in(&[("sbatch", refusal), ("squeue", "true")]);
        assert!(submit(&scheduler).unwrap_err().to_string().contains("invalid partition"));
        assert_eq!(calls(&folder), 1);
        let dead = "echo >> calls; echo 'Unable to contact slurm controller' >&2; exit 1";
        let (folder, scheduler) = stand_in(&[("sbatch", dead), ("squeue", "exit 1")]);
        assert!(submit(&scheduler).is_err());
        assert_eq!(calls(&folder), 3);
    }

    #[test]
    fn while_the_queue_is_silent_nothing_is_handed_over_again() {
        let sbatch = "echo >> calls; echo 'timed out' >&2; exit 1";
        let (folder, scheduler) = stand_in(&[("sbatch", sbatch), ("squeue", "exit 1")]);
        assert!(submit(&scheduler).unwrap_err().to_string().contains("is not known"));
        assert_eq!(calls(&folder), 1);
    }

    #[test]
    fn a_job_that_was_there_before_the_call_is_no_answer() {
        let sbatch = "echo >> calls; echo 'Socket timed out' >&2; exit 1";
        let (folder, scheduler) =
            stand_in(&[("sbatch", sbatch), ("squeue", "echo '41|0|RUNNING|'")]);
        let before = scheduler.known(&["name".to_owned()]).unwrap();
        let words = ["script".to_owned()];
        let error = scheduler.submit(Path::new("/"), "name", &words, &before).unwrap_err();
        assert!(error.to_string().contains("timed out"), "{error}");
        assert_eq!(calls(&folder), 3);
    }

    #[test]
    fn the_site_tells_its_limit_and_this_users_queue() {
        let scontrol = "echo 'MaxArraySize            = 1001'";
        let squeue = "echo \"$@\" >> asked; printf '7|0|RUNNING|None\\n7|0|RUNNING|None\\n9\\n'";
        let (folder, scheduler) = stand_in(&[("scontrol", scontrol), ("squeue", squeue)]);
        assert_eq!(scheduler.max_array_size(), Some(1001));
        let names = ["a".to_owned(), "b".to_owned()];
        let jobs: Vec<_> = scheduler.known(&names).unwrap().into_iter().collect();
        assert_eq!(jobs, ["7", "9"]);
        let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
        assert!(asked.contains("-n a,b") && asked.contains("-u "), "{asked}");
        let (_folder, nothing) = stand_in(&[]);
        assert_eq!(nothing.max_array_size(), None);
        assert!(!nothing.is_here() && scheduler.is_here());
        let error = nothing.elements(&names, false).unwrap_err();
        assert!(error.to_string().contains("is Slurm installed"), "{error}");
    }
}
