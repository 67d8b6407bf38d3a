//! What miners and other owners of powered sites have let for AI: deals, and what is energised by quarter.

use std::path::Path;

use crate::clock::unix_day;
use crate::files::error::FileError;
use crate::files::sheet::{Row, Sheet, SheetColumn};
use crate::history::series::sheet;
use crate::units::{DAYS_PER_MONTH, Power};
use crate::world::market::spec::{COUNTRY_CODE, is_country};

/// Columns of the file of deals that are read; others may stand beside them.
const DEALS: [&str; 10] = [
    "owner",
    "signed",
    "it_mw",
    "mines",
    "owner_mw",
    "country",
    "kind",
    "route",
    "first_power",
    "first_year_rent_musd",
];
/// Columns of the file of quarters that are read.
const QUARTERS: [&str; 2] = ["quarter", "energised_it_mw"];

/// A quarter of a year, counted from the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter(i64);

impl Quarter {
    /// Of a month, `YYYY-MM`, or a day, `YYYY-MM-DD`.
    #[must_use]
    pub fn of_date(date: &str) -> Option<Self> {
        Self::of_day(unix_day(date).or_else(|| unix_day(&format!("{date}-01")))?)
    }

    /// Of a day, counted from 1970-01-01.
    #[must_use]
    pub fn of_day(day: i64) -> Option<Self> {
        let date = crate::clock::iso_date(day);
        let (year, month) = (date.get(..4)?.parse::<i64>().ok()?, date.get(5..7)?.parse().ok()?);
        let month: i64 = month;
        Some(Self(4 * year + (month - 1) / 3))
    }

    /// Reads `YYYYQn`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, number) = text.split_once('Q')?;
        let (year, number) = (year.parse::<i64>().ok()?, number.parse::<i64>().ok()?);
        ((1..=9999).contains(&year) && (1..=4).contains(&number))
            .then_some(Self(4 * year + number - 1))
    }

    /// Its last day, counted from 1970-01-01.
    #[must_use]
    pub fn last_day(self) -> Option<i64> {
        let next = self.0 + 1;
        let first = format!("{:04}-{:02}-01", next.div_euclid(4), 3 * next.rem_euclid(4) + 1);
        unix_day(&first).map(|day| day - 1)
    }

    /// Quarters that end between two days, counted from 1970-01-01, and the days on which they do.
    #[must_use]
    pub fn ends_between(first: i64, last: i64) -> Vec<(Self, i64)> {
        let mut ends = Vec::new();
        let mut next = Self::of_day(first);
        while let Some((quarter, day)) = next.and_then(|own| Some((own, own.last_day()?))) {
            if day > last {
                break;
            }
            ends.push((quarter, day));
            next = Some(quarter.next());
        }
        ends
    }

    /// The next one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl std::fmt::Display for Quarter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:04}Q{}", self.0.div_euclid(4), self.0.rem_euclid(4) + 1)
    }
}

/// A deal.
#[derive(Clone, Debug, PartialEq)]
pub struct AiDeal {
    /// Name of the owner.
    pub name: String,
    /// Quarter in which it was signed.
    pub signed: Quarter,
    /// Last day on which it may have been signed, counted from 1970-01-01.
    pub signed_by: i64,
    /// IT power, MW.
    pub it_mw: f64,
    /// Whether its owner mined bitcoin itself.
    pub mines: bool,
    /// Utility power of its owner, pipelines included.
    pub owner: Power,
    /// Whether it is in the United States.
    pub in_us: bool,
    /// Whether it is built new, on pipeline power, and not in a mining hall; none where that is not known.
    pub new_hall: Option<bool>,
    /// Least and most months from signing to first power, as far as both dates are known; none where one is not.
    pub months: Option<[f64; 2]>,
    /// First-year rent of colocation, million USD per IT MW and year; none where it does not follow from what is known.
    pub rent_musd: Option<f64>,
}

/// What is known of deals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AiRecord {
    /// Deals.
    pub deals: Vec<AiDeal>,
    /// IT power energised at the end of quarters, MW.
    pub energised: Vec<(Quarter, f64)>,
}

impl AiRecord {
    /// Reads the file of deals and that of quarters.
    ///
    /// # Errors
    /// A file cannot be read, lacks a column, or says something impossible.
    pub fn read(deals: &Path, quarters: &Path) -> Result<Self, FileError> {
        let deals = rows(deals, DEALS, |row, columns, _| deal(row, columns))?;
        Ok(Self { deals, energised: rows(quarters, QUARTERS, energised)? })
    }

    /// Deals signed up to the end of a quarter.
    pub fn until(&self, quarter: Quarter) -> impl Iterator<Item = &AiDeal> {
        self.deals.iter().filter(move |deal| deal.signed <= quarter)
    }

    /// Deals that may have been signed after a day: those of before stand among the contracts of a first day.
    #[must_use]
    pub fn after(&self, day: i64) -> Vec<AiDeal> {
        self.deals.iter().filter(|deal| deal.signed_by > day).cloned().collect()
    }

    /// IT power energised at the end of a quarter, MW.
    #[must_use]
    pub fn energised_mw(&self, quarter: Quarter) -> Option<f64> {
        self.energised.iter().find(|(at, _)| *at == quarter).map(|(_, mw)| *mw)
    }
}

/// All rows of a file with these columns; each is read in sight of those before it.
fn rows<const N: usize, T>(
    path: &Path,
    names: [&str; N],
    read: impl Fn(&Row, &[SheetColumn; N], &[T]) -> Result<T, FileError>,
) -> Result<Vec<T>, FileError> {
    let mut sheet: Sheet = sheet::open(path)?;
    let layout = names.join(",");
    let mut columns = Vec::with_capacity(N);
    for name in names {
        columns.push(sheet.needed(name, &layout)?);
    }
    let Ok(columns) = <[SheetColumn; N]>::try_from(columns) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    while let Some(row) = sheet.needed_row()? {
        let next = read(&row, &columns, &found)?;
        found.push(next);
    }
    Ok(found)
}

fn deal(row: &Row, columns: &[SheetColumn; DEALS.len()]) -> Result<AiDeal, FileError> {
    let [name, signed, it, mines, owner, country, kind, route, power, rent] = columns;
    let refused = |column: &SheetColumn, allowed: &str| row.refused(column, allowed);
    let colocation = match row.text(kind) {
        "colocation" => true,
        "gpu_cloud" => false,
        _ => return Err(refused(kind, "colocation or gpu_cloud")),
    };
    let known_rent = !row.text(rent).is_empty() && colocation;
    if !is_country(row.text(country)) {
        return Err(refused(country, COUNTRY_CODE));
    }
    if row.text(name).is_empty() {
        return Err(refused(name, "a name"));
    }
    let month_or_day = || refused(signed, "a month, such as 2024-06, or a date");
    let on = days_of(row.text(signed)).filter(|_| row.text(signed).len() > YEAR);
    let on = on.ok_or_else(month_or_day)?;
    let powered = match row.text(power) {
        "" => None,
        text => Some(
            days_of(text)
                .filter(|days| days[1] >= on[0])
                .ok_or_else(|| refused(power, "a year, a month or a date, not before signing"))?,
        ),
    };
    Ok(AiDeal {
        name: row.text(name).to_owned(),
        signed: Quarter::of_day(on[0]).ok_or_else(month_or_day)?,
        signed_by: on[1],
        months: powered.map(|[first, last]| {
            [first - on[1], last + 1 - on[0]].map(|days| (days.max(1)) as f64 / DAYS_PER_MONTH)
        }),
        it_mw: row.positive(it)?,
        mines: match row.text(mines) {
            "yes" => true,
            "no" => false,
            _ => return Err(refused(mines, "yes or no")),
        },
        owner: Power::from_mw(row.positive(owner)?),
        in_us: row.text(country) == "US",
        new_hall: match row.text(route) {
            "new" => Some(true),
            "retrofit" => Some(false),
            "" => None,
            _ => return Err(refused(route, "new, retrofit or empty")),
        },
        rent_musd: if known_rent { Some(row.positive(rent)?) } else { None },
    })
}

/// Characters of a year.
const YEAR: usize = 4;

/// First and last day, counted from 1970-01-01, of a year, a month or a date.
fn days_of(text: &str) -> Option<[i64; 2]> {
    if let Some(day) = unix_day(text) {
        return Some([day, day]);
    }
    let number = |text: &str| text.parse::<u32>().ok();
    let after = match text.split_once('-') {
        Some((year, month)) if number(month)? >= 12 => format!("{:04}-01-01", number(year)? + 1),
        Some((year, month)) => format!("{year}-{:02}-01", number(month)? + 1),
        None => format!("{:04}-01-01", number(text)? + 1),
    };
    let from = if text.len() == YEAR { format!("{text}-01-01") } else { format!("{text}-01") };
    Some([unix_day(&from)?, unix_day(&after)? - 1])
}

fn energised(
    row: &Row,
    [quarter, power]: &[SheetColumn; QUARTERS.len()],
    before: &[(Quarter, f64)],
) -> Result<(Quarter, f64), FileError> {
    let at = Quarter::parse(row.text(quarter));
    let at = at.ok_or_else(|| row.refused(quarter, "a quarter, such as 2024Q3"))?;
    if before.iter().any(|(earlier, _)| *earlier == at) {
        return Err(row.refused(quarter, "a quarter that does not stand above"));
    }
    Ok((at, row.number(power, "a number, 0 or more", |mw| mw >= 0.0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_counted_wrong_is_refused_by_line_and_column() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let good = "Core Scientific,2024-06,200,yes,900,US,colocation,new,2025,1.2";
        let read = |deal: &str, quarters: &str| {
            let deals = write("deals.csv", &format!("{}\n{good}\n{deal}\n", DEALS.join(",")));
            let quarters = write("quarters.csv", &format!("{}\n{quarters}", QUARTERS.join(",")));
            AiRecord::read(&deals, &quarters).map_err(|error| error.to_string())
        };
        assert_eq!(read(good, "2024Q2,5\n2024Q3,6\n").unwrap().deals.len(), 2);
        let wrong = [
            (good.replace("US", "USA"), "capital letters"),
            (good.replace("colocation", "Colocation"), "colocation or gpu_cloud"),
            (good.replace("2024-06", "2024-06-99"), "a month"),
            (good.replace("2024-06", "2024-06x"), "a month"),
            (good.replace("yes", "Yes"), "yes or no"),
            (good.replace("200", "-200"), "it_mw"),
            (good.replace("Core Scientific", ""), "owner"),
            (good.replace("2025", "2023"), "not before signing"),
            (good.replace("2025", "soon"), "a year, a month"),
        ];
        for (row, part) in wrong {
            let message = read(&row, "2024Q2,5\n").unwrap_err();
            assert!(message.contains(part) && message.contains('3'), "{row}: {message}");
        }
        let message = read(good, "2024Q2,5\n2024Q2,6\n").unwrap_err();
        assert!(message.contains("does not stand above"), "{message}");
    }

    #[test]
    fn months_to_first_power_span_what_the_dates_leave_open() {
        let day = |date| unix_day(date).unwrap();
        assert_eq!(days_of("2024-12"), Some([day("2024-12-01"), day("2024-12-31")]));
        assert_eq!(days_of("2024"), Some([day("2024-01-01"), day("2024-12-31")]));
        assert_eq!(days_of("2024-02-29"), Some([day("2024-02-29"); 2]));
        for none in ["", "2024-13", "2024-00", "24", "2024-2-1", "2024-02-30", "20245"] {
            assert_eq!(days_of(none), None, "{none}");
        }
    }

    #[test]
    fn quarters_are_read_written_and_end_on_their_last_day() {
        let quarter = Quarter::parse("2024Q2").unwrap();
        assert_eq!(Quarter::of_date("2024-06"), Some(quarter));
        assert_eq!(Quarter::of_date("2024-04-30"), Some(quarter));
        assert_eq!(quarter.last_day(), unix_day("2024-06-30"));
        assert_eq!(Quarter::parse("2024Q4").unwrap().last_day(), unix_day("2024-12-31"));
        assert_eq!(quarter.next().to_string(), "2024Q3");
        let none = [Quarter::parse("2024Q5"), Quarter::parse("2024"), Quarter::of_date("2024-13")];
        assert_eq!(none, [None; 3]);
    }

    #[test]
    fn only_quarters_that_end_between_two_days_are_told() {
        let day = |date| unix_day(date).unwrap();
        let ends = Quarter::ends_between(day("2024-07-06"), day("2025-03-30"));
        let ends: Vec<_> =
            ends.into_iter().map(|(quarter, day)| (quarter.to_string(), day)).collect();
        let wanted = [("2024Q3", day("2024-09-30")), ("2024Q4", day("2024-12-31"))];
        assert_eq!(ends, wanted.map(|(name, day)| (name.to_owned(), day)));
    }
}
