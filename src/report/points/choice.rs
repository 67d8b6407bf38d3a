//! Which design of an experiment is meant, whether it serves, and whether its runs are whole.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::super::error::ReportError;
use super::Purpose;

/// What `manifest.json` says about designs; other keys are left alone.
#[derive(Deserialize)]
pub struct Declarations {
    #[serde(default)]
    /// Designs of the experiment.
    pub designs: Vec<Declared>,
    #[serde(default)]
    /// Runs that failed.
    pub failed: Vec<FailedRun>,
}

/// A design.
#[derive(Deserialize)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// How points were placed.
    pub method: String,
    /// What was varied.
    pub factors: Vec<Factor>,
}

/// A factor of a design.
#[derive(Deserialize)]
pub struct Factor {
    /// Its dotted key.
    pub key: String,
    /// The law of its values.
    #[serde(default)]
    law: Law,
}

/// What counts of the law of a factor's values.
#[derive(Default, Deserialize)]
struct Law {
    /// The list of a discrete law.
    #[serde(default)]
    values: Vec<Value>,
}

impl Factor {
    /// The values of a discrete law in their order, as a design file writes them.
    pub fn listed(&self) -> Vec<String> {
        let written =
            |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.law.values.iter().map(written).collect()
    }
}

/// A run that failed.
#[derive(Deserialize)]
pub struct FailedRun {
    scenario: String,
    replicate: u64,
    message: String,
}

/// Reads what a manifest says about designs.
///
/// # Errors
/// When it is missing or is not JSON of this shape.
pub fn declarations(path: &Path) -> Result<Declarations, ReportError> {
    let text = fs::read_to_string(path).map_err(|source| ReportError::disk(path, source))?;
    serde_json::from_str(&text)
        .map_err(|source| ReportError::Manifest { path: path.to_owned(), source })
}

impl Purpose {
    /// Methods whose points serve.
    const fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Indices => &["saltelli", "morris"],
            Self::Discovery => &["lhs", "sobol", "saltelli", "grid", "list", "zip"],
        }
    }

    /// Why points of a method do not serve, and what does.
    fn objection(self, design: &Declared) -> String {
        let Declared { name, method, .. } = design;
        match self {
            Self::Indices => format!(
                "design `{name}` is of method `{method}`, which gives no indices; method \
                 `saltelli` gives Sobol indices and `morris` elementary effects (points of `lhs` \
                 and `sobol` are for `hashflight discover`)"
            ),
            Self::Discovery => format!(
                "design `{name}` is of method `{method}`, which moves one factor at a time; \
                 discovery needs points that vary all factors together, such as those of `lhs` or \
                 `sobol`"
            ),
        }
    }
}

/// The design that is asked for, or the only one that serves.
///
/// # Errors
/// When there is none, it does not serve, or several do.
pub fn choose<'d>(
    designs: &'d [Declared],
    wanted: Option<&str>,
    purpose: Purpose,
) -> Result<&'d Declared, String> {
    let names = |designs: &[&Declared]| {
        let names: Vec<_> = designs.iter().map(|design| format!("`{}`", design.name)).collect();
        names.join(", ")
    };
    let all: Vec<&Declared> = designs.iter().collect();
    let serves = |design: &&Declared| purpose.methods().contains(&design.method.as_str());
    if let Some(name) = wanted {
        return match designs.iter().find(|design| design.name == name) {
            Some(design) if serves(&design) => Ok(design),
            Some(design) => Err(purpose.objection(design)),
            None => Err(format!("--design-name: there is no design `{name}`; there is {}", {
                if all.is_empty() { "none".to_owned() } else { names(&all) }
            })),
        };
    }
    let serving: Vec<&Declared> = designs.iter().filter(serves).collect();
    match (serving.as_slice(), designs) {
        ([only], _) => Ok(only),
        ([], []) => Err(format!(
            "the experiment has no [[design]]; one of method `{}` is needed",
            purpose.methods().join("`, `")
        )),
        ([], [first, ..]) => Err(purpose.objection(first)),
        (several, _) => {
            Err(format!("say which design by --design-name; there is {}", names(several)))
        }
    }
}

/// Refuses runs that failed: they rarely do by chance, so what is left would mislead.
///
/// # Errors
/// When a run of one of these scenarios failed.
pub fn check_failed(failed: &[FailedRun], scenarios: &[Vec<String>]) -> Result<(), String> {
    let meant = |run: &&FailedRun| scenarios.iter().any(|point| point.contains(&run.scenario));
    let mut counting = failed.iter().filter(meant);
    let Some(first) = counting.next() else { return Ok(()) };
    let FailedRun { scenario, replicate, message } = first;
    Err(format!(
        "{} of the runs failed, the first being replicate {replicate} of `{scenario}` ({message}); \
         runs rarely fail by chance, so every point is needed",
        counting.count() + 1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(name: &str, method: &str) -> Declared {
        Declared { name: name.to_owned(), method: method.to_owned(), factors: Vec::new() }
    }

    #[test]
    fn the_only_design_that_serves_is_taken() {
        let designs = [declared("space", "lhs"), declared("indices", "saltelli")];
        assert_eq!(choose(&designs, None, Purpose::Indices).map(|d| &*d.name), Ok("indices"));
        let refused = |designs: &[Declared], wanted, purpose| {
            choose(designs, wanted, purpose).err().unwrap_or_default()
        };
        let message = refused(&designs, Some("space"), Purpose::Indices);
        assert!(message.contains("`lhs`") && message.contains("`saltelli`"), "{message}");
        let message = refused(&designs, None, Purpose::Discovery);
        assert!(message.contains("--design-name") && message.contains("`space`"), "{message}");
        assert!(refused(&designs, Some("x"), Purpose::Discovery).contains("`indices`"));
        assert!(refused(&[], None, Purpose::Discovery).contains("[[design]]"));
        let screening = [declared("screening", "morris")];
        assert!(refused(&screening, None, Purpose::Discovery).contains("one factor at a time"));
    }
}
