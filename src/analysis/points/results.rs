//! The points of a design that an experiment ran, and what came out at each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::choice::{check_failed, choose};
use super::design::DesignTable;
use super::error::PointsError;
use super::outputs::{Failed, Outputs};
use super::runs::OutcomeRuns;
use super::sheet::{OutputSheet, ROW};
use super::{AnalysedResults, Arms, Purpose};
use crate::files::foreign::listed;
use crate::study::error::nearest;
use crate::study::results::folder::DESIGN as DESIGN_FILE;
use crate::study::results::load::ResultTable;
use crate::study::results::manifest::Manifest;
use crate::study::results::report_error::ReportError;

/// Outcomes that a message names.
const NAMED: usize = 12;

/// A results folder of whose designs one was chosen.
pub(crate) struct DesignedResults {
    /// What the points are of.
    pub subject: AnalysedResults,
    runs: PathBuf,
    /// For each point the scenario that is meant, or treatment and control.
    scenarios: Vec<Vec<String>>,
    /// Swept parameters, which are no outcomes.
    swept: Vec<String>,
    /// Scenarios with a failed run, which are left out.
    failed: BTreeSet<String>,
}

impl DesignedResults {
    /// Reads which scenarios stand at the points of a design.
    ///
    /// # Errors
    /// When a file is missing or contradicts the manifest, it is not clear which design and which
    /// arms are meant, the design does not serve the purpose, or a run that counts has failed.
    pub(super) fn open(
        folder: &Path,
        wanted: Option<&str>,
        arms: &Arms,
        (purpose, on_failure): (Purpose, Failed),
    ) -> Result<(Self, DesignTable), PointsError> {
        let path = folder.join("manifest.json");
        let manifest = Manifest::read(&path).map_err(ReportError::from)?;
        let chosen = choose(&manifest.designs, wanted, purpose)
            .map_err(|problem| PointsError::refused(&path, problem))?;
        manifest.check(folder, DESIGN_FILE).map_err(ReportError::from)?;
        let mut sheet = OutputSheet::read(&folder.join(DESIGN_FILE))?;
        let scenarios = Scenarios::read(&mut sheet, &chosen.name)?;
        let chosen_arms =
            scenarios.arms(&chosen.name, arms).map_err(|problem| sheet.refused(problem))?;
        let arm = sheet.column(ARM)?;
        sheet.records.retain(|record| record.get(arm) == Some(&*chosen_arms[0]));
        let factors = chosen.factors.iter();
        let factors: Vec<_> = factors.map(|factor| (factor.key.clone(), factor.listed())).collect();
        let design = DesignTable::from_sheet(&sheet, &factors, purpose)?;
        design.places()?;
        let scenarios = scenarios.of(&design, &chosen_arms)?;
        if on_failure == Failed::Refused {
            check_failed(&manifest.failed, &scenarios, purpose)
                .map_err(|problem| PointsError::refused(&path, problem))?;
        }
        let failed = manifest.failed.iter().map(|failure| failure.scenario.clone()).collect();
        let swept = manifest.designs.iter().flat_map(|design| &design.factors);
        let swept = swept.map(|factor| factor.key.clone()).collect();
        let subject = AnalysedResults {
            design: chosen.name.clone(),
            experiment: manifest.experiment,
            arms: arms.clone(),
            plan_digest: manifest.plan_digest,
        };
        let runs = folder.join("runs.parquet");
        Ok((Self { subject, runs, scenarios, swept, failed }, design))
    }

    /// Reads an outcome at every point, as mean over replicates or as their paired difference.
    ///
    /// # Errors
    /// When there is no such outcome, a point has no finished run, or a replicate has no partner.
    pub(super) fn outputs(
        &self,
        wanted: Option<&str>,
        design: &DesignTable,
        on_failure: Failed,
    ) -> Result<Outputs, PointsError> {
        let table = ResultTable::open(&self.runs)?;
        let column = self.outcome(&table, wanted)?;
        let runs = OutcomeRuns::read(&table, &column)?;
        let mut digest = blake3::Hasher::new();
        digest.update(column.as_bytes());
        let mut replicates = Vec::with_capacity(self.scenarios.len());
        for (point, scenarios) in design.points.iter().zip(&self.scenarios) {
            let failed = scenarios.iter().any(|scenario| self.failed.contains(scenario));
            let values = match runs.at(scenarios) {
                _ if failed => BTreeMap::new(),
                Ok(values) => values,
                Err(_) if on_failure == Failed::Dropped => BTreeMap::new(),
                Err(problem) => return Err(PointsError::refused(&self.runs, problem)),
            };
            digest.update(format!("\n{}", point.row).as_bytes());
            for (replicate, value) in &values {
                digest.update(format!(" {replicate} ").as_bytes());
                digest.update(&value.to_le_bytes());
            }
            replicates.push(values.into_values().collect());
        }
        let file = self.runs.display().to_string();
        let digest = digest.finalize().to_hex().to_string();
        let unit = table.unit(&column);
        let mut outputs =
            Outputs::from_replicates((file, column), digest, replicates, design, on_failure)?;
        outputs.unit = unit;
        Ok(outputs)
    }

    /// The column that is asked for, or what may be asked for.
    fn outcome(&self, table: &ResultTable, wanted: Option<&str>) -> Result<String, PointsError> {
        let mut columns = table.number_columns();
        columns.retain(|column| !self.swept.contains(column));
        let problem = match wanted {
            Some(name) if columns.iter().any(|column| column == name) => {
                return Ok(name.to_owned());
            }
            Some(name) => format!("--output: there is no outcome `{name}`"),
            None => "say which outcome by --output".to_owned(),
        };
        let meant = wanted.and_then(|name| nearest(name, columns.iter().map(String::as_str)));
        if let Some(meant) = meant {
            let problem = format!("{problem}; did you mean `{meant}`?");
            return Err(PointsError::refused(&self.runs, problem));
        }
        let words: Vec<&str> = wanted.unwrap_or_default().split('_').take(1).collect();
        let (mut near, far): (Vec<_>, Vec<_>) =
            columns.into_iter().partition(|column| column.starts_with(&words.concat()));
        near.extend(far);
        let more = near.len().saturating_sub(NAMED);
        near.truncate(NAMED);
        let more = if more > 0 { format!(" … and {more} more") } else { String::new() };
        let problem = format!("{problem}; there is {}{more}", near.join(", "));
        Err(PointsError::refused(&self.runs, problem))
    }
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
    fn read(sheet: &mut OutputSheet, design: &str) -> Result<Self, PointsError> {
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
        let named = listed(self.arms.iter().map(String::as_str));
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
    fn of(&self, design: &DesignTable, arms: &[String]) -> Result<Vec<Vec<String>>, PointsError> {
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
