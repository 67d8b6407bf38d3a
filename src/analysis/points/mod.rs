//! Points of a design and an output of a model at each of them: from two CSV files, of any model,
//! or from a results folder.

mod choice;
pub mod design;
mod error;
mod outputs;
mod results;
mod runs;
mod sheet;
mod words;

use std::path::PathBuf;

use serde_json::{Value, json};

pub use design::DesignTable;
pub use error::PointsError;
pub use outputs::{Failed, Outputs};
use results::DesignedResults;
pub(crate) use sheet::rows_in_words;
pub use words::{in_words, title};

/// Where points and outputs stand.
#[derive(Clone, Debug)]
pub enum PointsSource {
    /// Two files.
    Files {
        /// CSV of factors, `block` and `row`.
        design: PathBuf,
        /// CSV of `row` and outputs.
        outputs: PathBuf,
    },
    /// Merged results of an experiment with a design.
    Results {
        /// Folder.
        folder: PathBuf,
        /// Name of the design; none for the only one that serves.
        design: Option<String>,
        /// Which runs of a point are meant.
        arms: Arms,
    },
}

/// Which runs of a point are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arms {
    /// Those of the only arm.
    Only,
    /// Those of this arm.
    One(String),
    /// Differences, replicate by replicate.
    Contrast {
        /// Arm with the change.
        treatment: String,
        /// Arm without it.
        control: String,
    },
}

impl Arms {
    /// ` (arm)` or ` (treatment − control)` behind the name of an output; nothing for the only arm.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Only => String::new(),
            Self::One(arm) => format!(" ({arm})"),
            Self::Contrast { treatment, control } => format!(" ({treatment} − {control})"),
        }
    }
}

/// What points are for; some designs serve one purpose only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Sensitivity indices: Saltelli and Morris designs.
    Indices,
    /// Scenario discovery: points that vary all factors together, categories included.
    Discovery,
}

impl Purpose {
    /// How a point that is missing or failed may be left out.
    #[must_use]
    pub(crate) const fn way_without(self) -> &'static str {
        match self {
            Self::Indices => {
                "--drop-failed leaves their base rows or trajectories out of all blocks"
            }
            Self::Discovery => {
                "run them again; a box found without them would be one of the points that did not fail"
            }
        }
    }
}

/// The results that points come from.
#[derive(Clone, Debug)]
pub struct AnalysedResults {
    /// Experiment.
    pub experiment: String,
    /// Design.
    pub design: String,
    /// Which runs of a point.
    pub arms: Arms,
    /// Digest of the plan.
    pub plan_digest: String,
}

impl AnalysedResults {
    /// One object: experiment, design, plan, and the arm or the contrast where there is one.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut object = json!({
            "experiment": self.experiment,
            "design": self.design,
            "plan_digest": self.plan_digest,
        });
        match &self.arms {
            Arms::Only => {}
            Arms::One(arm) => object["arm"] = arm.clone().into(),
            Arms::Contrast { treatment, control } => {
                object["contrast"] = json!({ "treatment": treatment, "control": control });
            }
        }
        object["estimand"] = self.estimand().into();
        object
    }

    /// What the output at a point is of.
    #[must_use]
    pub(crate) const fn estimand(&self) -> &'static str {
        match self.arms {
            Arms::Only | Arms::One(_) => "mean over replicates",
            Arms::Contrast { .. } => {
                "mean over replicates of treatment − control, in the unit of the output, no relative change"
            }
        }
    }
}

/// A design whose outputs can be asked for.
pub struct Points {
    /// The design.
    pub design: DesignTable,
    failed: Failed,
    source: Opened,
}

enum Opened {
    File(PathBuf),
    Results(Box<DesignedResults>),
}

impl PointsSource {
    /// Reads the design; `failed` says what happens to points that are missing or failed.
    ///
    /// # Errors
    /// When a file cannot be read or says something impossible, or no design serves the purpose.
    pub fn open(&self, purpose: Purpose, failed: Failed) -> Result<Points, PointsError> {
        match self {
            Self::Files { design, outputs } => {
                let design = DesignTable::read(design, purpose)?;
                Ok(Points { design, failed, source: Opened::File(outputs.clone()) })
            }
            Self::Results { folder, design, arms } => {
                let asked = (purpose, failed);
                let (results, design) =
                    DesignedResults::open(folder, design.as_deref(), arms, asked)?;
                Ok(Points { design, failed, source: Opened::Results(Box::new(results)) })
            }
        }
    }
}

impl Points {
    /// Reads an output at every point; none asked for means the only one.
    ///
    /// # Errors
    /// When it cannot be read, is not clear, or is missing or failed at a point.
    pub fn outputs(&self, wanted: Option<&str>) -> Result<Outputs, PointsError> {
        match &self.source {
            Opened::File(path) => Outputs::read(path, wanted, &self.design, self.failed),
            Opened::Results(results) => results.outputs(wanted, &self.design, self.failed),
        }
    }

    /// The results that the points come from; none for files.
    #[must_use]
    pub(crate) fn subject(&self) -> Option<AnalysedResults> {
        match &self.source {
            Opened::File(_) => None,
            Opened::Results(results) => Some(results.subject.clone()),
        }
    }
}
