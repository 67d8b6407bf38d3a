//! A file of clusters: which entities count as one, and when.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::error::ADVICE;
use crate::clock::unix_day;
use crate::files::error::{FileError, FilePlace};
use crate::files::foreign::{header_hint, shortened};
use crate::files::sheet::{Row, Sheet};

/// What the header of a file of clusters holds.
const LAYOUT: &str = "entity,cluster, and perhaps from,to";
/// Lines that a note names.
const NAMED: usize = 5;

/// An entity that counts to a cluster for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cluster {
    /// Name in the counts.
    pub entity: String,
    /// Name of the one that it counts to.
    pub into: String,
    /// First day since 1970-01-01, or epoch; none for all before.
    pub from: Option<Moment>,
    /// Last day or epoch; none for all after.
    pub to: Option<Moment>,
    file: String,
    line: u64,
}

/// A day or an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Days since 1970-01-01.
    Day(i64),
    /// Number of the difficulty epoch.
    Epoch(i64),
}

impl Moment {
    const fn key(self) -> (bool, i64) {
        match self {
            Self::Day(day) => (true, day),
            Self::Epoch(epoch) => (false, epoch),
        }
    }
}

/// When a row is, as far as a file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct When {
    /// Days since 1970-01-01.
    pub day: Option<i64>,
    /// Number of the difficulty epoch.
    pub epoch: Option<i64>,
}

impl Cluster {
    /// Whether the entity counts to the cluster then; none where the row does not say.
    pub(super) fn holds(&self, when: When) -> Option<bool> {
        let compared = |end: Moment| match end {
            Moment::Day(end) => Some((when.day?, end)),
            Moment::Epoch(end) => Some((when.epoch?, end)),
        };
        let begun =
            self.from.map_or(Some(true), |from| compared(from).map(|(at, end)| at >= end))?;
        let lasts = self.to.map_or(Some(true), |to| compared(to).map(|(at, end)| at <= end))?;
        Some(begun && lasts)
    }
}

/// The cluster that an entity counts to at a time, if any.
///
/// # Errors
/// When two hold it, or dates are given for rows without days or epochs for days.
pub(crate) fn cluster_of<'c>(
    clusters: &[&'c Cluster],
    when: When,
) -> Result<Option<&'c Cluster>, FileError> {
    let mut found: Option<&Cluster> = None;
    for cluster in clusters {
        let refused = |problem: String| FileError::Row {
            file: cluster.file.clone(),
            place: FilePlace::Line(cluster.line),
            problem,
        };
        match (cluster.holds(when), found) {
            (Some(true), Some(other)) if other.into != cluster.into => {
                return Err(refused(format!(
                    "`{}` is in cluster `{}` and, by line {}, in `{}` at the same time",
                    shortened(&cluster.entity),
                    shortened(&cluster.into),
                    other.line,
                    shortened(&other.into)
                )));
            }
            (Some(true), _) => found = Some(cluster),
            (Some(false), _) => {}
            (None, _) => {
                let needed = match (when.day, when.epoch) {
                    (Some(_), _) => {
                        "the counts are by day: give `from` and `to` as dates YYYY-MM-DD"
                    }
                    (None, Some(_)) => {
                        "the counts are by epoch: give `from` and `to` as numbers of epochs"
                    }
                    (None, None) => "the counts have no time: leave `from` and `to` empty",
                };
                return Err(refused(needed.to_owned()));
            }
        }
    }
    Ok(found)
}

/// Reads a file of clusters: `entity,cluster`, and perhaps `from,to`, the first and the last day
/// (or epoch, for counts by epoch), both of which count.
///
/// # Errors
/// It cannot be read, or a row says nothing or something impossible.
pub(super) fn read(path: &Path) -> Result<Vec<Cluster>, FileError> {
    let bytes = fs::read(path).map_err(FileError::disk(path))?;
    let mut sheet = Sheet::of(path.display().to_string(), bytes, ADVICE)?;
    let find = |name: &str| sheet.column(name).map(|column| column.place);
    let (Some(entity), Some(cluster)) = (find("entity"), find("cluster")) else {
        let (found, hint) = (sheet.shown_header(), header_hint(sheet.header().iter()));
        return Err(sheet.refused(format!("the header is `{found}`; {LAYOUT} is needed{hint}")));
    };
    let places = [Some(entity), Some(cluster), find("from"), find("to")];
    let mut clusters = Vec::new();
    let file = sheet.file.clone();
    while let Some(row) = sheet.next_row()? {
        clusters.push(cluster_in(&file, &row, places)?);
    }
    if clusters.is_empty() {
        let problem = format!("has a header and no cluster below it; rows {LAYOUT} are needed");
        return Err(sheet.refused(problem));
    }
    Ok(clusters)
}

/// A note on lines that say what one before them says.
pub(crate) fn doubled(clusters: &[Cluster]) -> Option<String> {
    let mut before = BTreeMap::new();
    let mut again = Vec::new();
    for cluster in clusters {
        let ends = [cluster.from, cluster.to].map(|end| end.map(Moment::key));
        let first = before.entry((&cluster.entity, &cluster.into, ends)).or_insert(cluster);
        if !std::ptr::eq(*first, cluster) {
            let (line, file, earlier) = (cluster.line, &cluster.file, first.line);
            again.push(format!("line {line} of {file} (as line {earlier} of {})", first.file));
        }
    }
    in_lines(&again, "say again what was said before and count once")
}

/// A note on clusters whose days or epochs no row of their entity meets.
pub(super) fn idle(
    clusters: &[Cluster],
    named: impl Fn(&str) -> bool,
    met: &[bool],
) -> Option<String> {
    let unmet = clusters.iter().zip(met).filter(|(_, met)| !**met).map(|(cluster, _)| cluster);
    let unmet: Vec<String> = unmet
        .filter(|cluster| named(&cluster.entity))
        .map(|cluster| {
            format!("line {} of {} (`{}`)", cluster.line, cluster.file, shortened(&cluster.entity))
        })
        .collect();
    let nothing = if met.contains(&true) { "" } else { ": nothing was merged by clusters" };
    in_lines(&unmet, &format!("meet no row of their entity between `from` and `to`{nothing}"))
}

/// Lines, five at most, and what they do; none without lines.
fn in_lines(lines: &[String], what: &str) -> Option<String> {
    let more = lines.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let named = lines.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    (!lines.is_empty()).then(|| format!("clusters: {named}{rest} {what}"))
}

fn cluster_in(file: &str, row: &Row, places: [Option<usize>; 4]) -> Result<Cluster, FileError> {
    let cell = |at: usize| places[at].map_or("", |place| row.record.text(place));
    let (line, refused) = (row.line(), |problem: String| row.problem(problem));
    let moment = |at: usize, name: &str| {
        let text = cell(at);
        let read = || unix_day(text).map(Moment::Day).or(text.parse().map(Moment::Epoch).ok());
        if text.is_empty() {
            return Ok(None);
        }
        read().map(Some).ok_or_else(|| {
            let text = shortened(text);
            refused(format!(
                "`{name}` is `{text}`: a date YYYY-MM-DD or the number of an epoch is needed"
            ))
        })
    };
    let (from, to) = (moment(2, "from")?, moment(3, "to")?);
    let backwards = match (from, to) {
        (Some(Moment::Day(from)), Some(Moment::Day(to)))
        | (Some(Moment::Epoch(from)), Some(Moment::Epoch(to))) => from > to,
        (Some(_), Some(_)) => return Err(refused("`from` and `to` are of two kinds".to_owned())),
        _ => false,
    };
    if backwards {
        return Err(refused("`from` is after `to`".to_owned()));
    }
    if cell(1).is_empty() {
        return Err(refused("`cluster` is empty; a name is needed".to_owned()));
    }
    let [entity, into] = [cell(0), cell(1)].map(str::to_owned);
    Ok(Cluster { entity, into, from, to, file: file.to_owned(), line })
}
