//! The points of a design that an experiment ran, and what came out at each.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::error::ReportError;
use super::super::load::Table;
use super::super::manifest::Manifest;
use super::design::Design;
use super::error::PointsError;
use super::outputs::Outputs;
use super::sheet::{ROW, Sheet};
use super::{Arms, Purpose, Subject};

/// Outcomes that a message names.
const NAMED: usize = 12;

/// What `manifest.json` says about designs; other keys are left alone.
#[derive(Deserialize)]
struct Declarations {
    #[serde(default)]
    designs: Vec<Declared>,
    #[serde(default)]
    failed: Vec<FailedRun>,
}

#[derive(Deserialize)]
struct Declared {
    name: String,
    method: String,
    factors: Vec<Factor>,
}

#[derive(Deserialize)]
struct Factor {
    key: String,
}

#[derive(Deserialize)]
struct FailedRun {
    scenario: String,
    replicate: u64,
    message: String,
}

/// A results folder of whose designs one was chosen.
pub struct Results {
    /// What the points are of.
    pub subject: Subject,
    runs: PathBuf,
    /// For each point the scenario that is meant, or treatment and control.
    scenarios: Vec<Vec<String>>,
    /// Swept parameters, which are no outcomes.
    swept: Vec<String>,
}

impl Results {
    /// Reads which scenarios stand at the points of a design.
    ///
    /// # Errors
    /// When a file is missing or contradicts the manifest, it is not clear which design and which
    /// arms are meant, the design does not serve the purpose, or a run that counts has failed.
    pub fn open(
        folder: &Path,
        wanted: Option<&str>,
        arms: &Arms,
        purpose: Purpose,
    ) -> Result<(Self, Design), PointsError> {
        let path = folder.join("manifest.json");
        let manifest = Manifest::read(&path)?;
        let declared = declarations(&path)?;
        let chosen = choose(&declared.designs, wanted, purpose)
            .map_err(|problem| PointsError::refused(&path, problem))?;
        let mut sheet = Sheet::read(&folder.join("design.csv"))?;
        let scenarios = Scenarios::read(&mut sheet, &chosen.name)?;
        let chosen_arms =
            scenarios.arms(&chosen.name, arms).map_err(|problem| sheet.refused(problem))?;
        let arm = sheet.column(ARM)?;
        sheet.records.retain(|record| record.get(arm) == Some(&*chosen_arms[0]));
        let keys: Vec<String> = chosen.factors.iter().map(|factor| factor.key.clone()).collect();
        let design = Design::of(&sheet, &keys, purpose)?;
        design.places()?;
        let scenarios = scenarios.of(&design, &chosen_arms)?;
        check_failed(&declared.failed, &scenarios)
            .map_err(|problem| PointsError::refused(&path, problem))?;
        let subject = Subject {
            experiment: manifest.experiment,
            design: chosen.name.clone(),
            arms: arms.clone(),
            plan_digest: manifest.plan_digest,
        };
        let swept = declared.designs.iter().flat_map(|design| &design.factors);
        let swept = swept.map(|factor| factor.key.clone()).collect();
        Ok((Self { subject, runs: folder.join("runs.parquet"), scenarios, swept }, design))
    }

    /// Reads an outcome at every point, as mean over replicates or as their paired difference.
    ///
    /// # Errors
    /// When there is no such outcome, a point has no finished run, or a replicate has no partner.
    pub fn outputs(&self, wanted: Option<&str>, design: &Design) -> Result<Outputs, PointsError> {
        let table = Table::open(&self.runs)?;
        let column = self.outcome(&table, wanted)?;
        let runs = Runs::read(&table, &column)?;
        let mut digest = blake3::Hasher::new();
        digest.update(column.as_bytes());
        let mut replicates = Vec::with_capacity(self.scenarios.len());
        for (point, scenarios) in design.points.iter().zip(&self.scenarios) {
            let values =
                runs.at(scenarios).map_err(|problem| PointsError::refused(&self.runs, problem))?;
            digest.update(format!("\n{}", point.row).as_bytes());
            for (replicate, value) in &values {
                digest.update(format!(" {replicate} ").as_bytes());
                digest.update(&value.to_le_bytes());
            }
            replicates.push(values.into_values().collect());
        }
        let file = self.runs.display().to_string();
        let digest = digest.finalize().to_hex().to_string();
        Outputs::of((file, column), digest, replicates, design)
    }

    /// The column that is asked for, or what may be asked for.
    fn outcome(&self, table: &Table, wanted: Option<&str>) -> Result<String, PointsError> {
        let mut columns = table.number_columns();
        columns.retain(|column| !self.swept.contains(column));
        let problem = match wanted {
            Some(name) if columns.iter().any(|column| column == name) => {
                return Ok(name.to_owned());
            }
            Some(name) => format!("--output: there is no outcome `{name}`"),
            None => "say which outcome by --output".to_owned(),
        };
        let words: Vec<&str> = wanted.unwrap_or_default().split('_').take(1).collect();
        let (mut near, far): (Vec<_>, Vec<_>) =
            columns.into_iter().partition(|column| column.starts_with(&words.concat()));
        near.extend(far);
        let more = near.len().saturating_sub(NAMED);
        near.truncate(NAMED);
        let problem = format!("{problem}; there is {} and {more} more", near.join(", "));
        Err(PointsError::refused(&self.runs, problem))
    }
}

fn declarations(path: &Path) -> Result<Declarations, ReportError> {
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
fn choose<'d>(
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
fn check_failed(failed: &[FailedRun], scenarios: &[Vec<String>]) -> Result<(), String> {
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

const SCENARIO: &str = "scenario";
const DESIGN: &str = "design";
const ARM: &str = "arm";

/// Which scenario stands for an arm at a row of a design.
struct Scenarios {
    arms: Vec<String>,
    names: HashMap<(String, u64), String>,
}

impl Scenarios {
    /// Keeps only the lines of one design, and notes their scenarios.
    fn read(sheet: &mut Sheet, design: &str) -> Result<Self, PointsError> {
        let [name, of, arm, row] = [
            sheet.column(SCENARIO)?,
            sheet.column(DESIGN)?,
            sheet.column(ARM)?,
            sheet.column(ROW)?,
        ];
        sheet.records.retain(|record| record.get(of) == Some(design));
        let mut found = Self { arms: Vec::new(), names: HashMap::new() };
        for record in &sheet.records {
            let own = record.get(arm).unwrap_or_default().to_owned();
            if !found.arms.contains(&own) {
                found.arms.push(own.clone());
            }
            let scenario = record.get(name).unwrap_or_default().to_owned();
            found.names.insert((own, sheet.row(record, row)?), scenario);
        }
        Ok(found)
    }

    /// The arms that are meant: one, or treatment and control.
    fn arms(&self, design: &str, wanted: &Arms) -> Result<Vec<String>, String> {
        let named: Vec<_> = self.arms.iter().map(|arm| format!("`{arm}`")).collect();
        let named = named.join(", ");
        let known = |flag: &str, arm: &String| {
            let found = self.arms.contains(arm).then(|| arm.clone());
            found.ok_or_else(|| {
                format!("{flag}: design `{design}` has no arm `{arm}`; there is {named}")
            })
        };
        match (wanted, self.arms.as_slice()) {
            (Arms::Only, [only]) => Ok(vec![only.clone()]),
            (Arms::Only, [one, other, ..]) => Err(format!(
                "design `{design}` has the arms {named}: say which by --arm {one}, or their \
                 difference by --contrast {one} {other}"
            )),
            (Arms::Only, []) => Err(format!("no line is of design `{design}`")),
            (Arms::One(arm), _) => Ok(vec![known("--arm", arm)?]),
            (Arms::Contrast { treatment, control }, _) if treatment == control => {
                Err(format!("--contrast: `{treatment}` is named twice; there is {named}"))
            }
            (Arms::Contrast { treatment, control }, _) => {
                Ok(vec![known("--contrast", treatment)?, known("--contrast", control)?])
            }
        }
    }

    /// Scenarios of the arms at every point.
    fn of(&self, design: &Design, arms: &[String]) -> Result<Vec<Vec<String>>, PointsError> {
        let at = |row: u64, arm: &String| {
            self.names
                .get(&(arm.clone(), row))
                .cloned()
                .ok_or_else(|| design.refused(format!("row {row} has no line of arm `{arm}`")))
        };
        let points = design.points.iter();
        points.map(|point| arms.iter().map(|arm| at(point.row, arm)).collect()).collect()
    }
}

/// One outcome of all runs.
struct Runs {
    values: HashMap<String, BTreeMap<i32, f64>>,
}

impl Runs {
    fn read(table: &Table, column: &str) -> Result<Self, ReportError> {
        let (replicates, numbers) = (table.integers("replicate")?, table.numbers(column)?);
        let mut values: HashMap<String, BTreeMap<i32, f64>> = HashMap::new();
        let mut run = replicates.into_iter().zip(numbers);
        table.strings(SCENARIO, |scenario| {
            if let Some((replicate, value)) = run.next() {
                values.entry(scenario.to_owned()).or_default().insert(replicate, value);
            }
        })?;
        Ok(Self { values })
    }

    /// Values of one scenario, or differences of two, by replicate.
    fn at(&self, scenarios: &[String]) -> Result<BTreeMap<i32, f64>, String> {
        let of = |scenario: &String| self.values.get(scenario).cloned().unwrap_or_default();
        let [treatment, control] = scenarios else {
            return Ok(scenarios.first().map(of).unwrap_or_default());
        };
        let (mut values, others) = (of(treatment), of(control));
        let numbers = values.keys().chain(others.keys());
        let alone = |number: &&i32| !(values.contains_key(number) && others.contains_key(number));
        if let Some(replicate) = numbers.clone().find(alone) {
            return Err(format!(
                "replicate {replicate} is there of only one of `{treatment}` and `{control}`; \
                 differences are taken replicate by replicate"
            ));
        }
        for (value, other) in values.values_mut().zip(others.values()) {
            *value -= other;
        }
        Ok(values)
    }
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

    #[test]
    fn differences_pair_replicates_and_refuse_what_has_no_partner() {
        let course = |values: &[(i32, f64)]| values.iter().copied().collect::<BTreeMap<_, _>>();
        let both = [
            ("t".to_owned(), course(&[(1, 5.0), (0, 3.0)])),
            ("c".to_owned(), course(&[(0, 1.0), (1, 10.0)])),
            ("short".to_owned(), course(&[(0, 1.0)])),
        ];
        let runs = Runs { values: both.into_iter().collect() };
        let at = |names: [&str; 2]| runs.at(&names.map(str::to_owned));
        assert_eq!(at(["t", "c"]), Ok(course(&[(0, 2.0), (1, -5.0)])));
        assert!(at(["t", "short"]).is_err_and(|problem| problem.contains("replicate 1")));
    }
}
