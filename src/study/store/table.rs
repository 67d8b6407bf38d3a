//! The rows of result files in memory, and how a trajectory becomes rows.

use parquet::data_type::ByteArray;

use crate::world::simulation::Trajectory;
use crate::world::simulation::column::Reduction;
use crate::world::simulation::columns::SERIES;
use crate::world::simulation::leases::LEASES;
use crate::world::simulation::regions::REGIONS;
use crate::world::simulation::retarget_metrics::OUTCOMES;
use crate::world::simulation::trajectory::{Activity, LeaseRecord, MinerSnapshot, RegionRecord};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Text, UTF-8.
    Text,
    /// 32-bit integer.
    Integer,
    /// 64-bit floating point.
    Number,
    /// True or false.
    Boolean,
}

/// A column of a result file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Unit; empty for keys.
    pub unit: String,
    /// What it holds.
    pub kind: CellKind,
}

impl Field {
    fn new(name: impl Into<String>, unit: &str, kind: CellKind) -> Self {
        Self { name: name.into(), unit: unit.to_owned(), kind }
    }
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnCells {
    /// Text, UTF-8.
    Text(Vec<ByteArray>),
    /// 32-bit integers.
    Integer(Vec<i32>),
    /// 64-bit floating point.
    Number(Vec<f64>),
    /// True or false.
    Boolean(Vec<bool>),
}

impl ColumnCells {
    /// No values.
    #[must_use]
    pub const fn none(kind: CellKind) -> Self {
        match kind {
            CellKind::Text => Self::Text(Vec::new()),
            CellKind::Integer => Self::Integer(Vec::new()),
            CellKind::Number => Self::Number(Vec::new()),
            CellKind::Boolean => Self::Boolean(Vec::new()),
        }
    }

    /// One text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(vec![ByteArray::from(text)])
    }

    /// The number in a row; 0 where the column holds none.
    #[must_use]
    pub fn number(&self, row: usize) -> f64 {
        match self {
            Self::Number(values) => values[row],
            Self::Integer(values) => f64::from(values[row]),
            Self::Text(_) | Self::Boolean(_) => 0.0,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Boolean(values) => values.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that a value takes in memory and, before compression, about as many in a file.
    const fn width(kind: CellKind) -> usize {
        match kind {
            CellKind::Text => size_of::<ByteArray>(),
            CellKind::Integer => size_of::<i32>(),
            CellKind::Number => size_of::<f64>(),
            CellKind::Boolean => size_of::<bool>(),
        }
    }

    /// Makes room for `more` values: at least twice the room there was, as long as `most` suffice.
    fn make_room(&mut self, more: usize, most: usize) {
        fn grow<T>(values: &mut Vec<T>, more: usize, most: usize) {
            let needed = values.len() + more;
            if needed > values.capacity() {
                let wanted = needed.max(most.min(2 * values.capacity()));
                values.reserve_exact(wanted - values.len());
            }
        }
        match self {
            Self::Text(values) => grow(values, more, most),
            Self::Integer(values) => grow(values, more, most),
            Self::Number(values) => grow(values, more, most),
            Self::Boolean(values) => grow(values, more, most),
        }
    }

    /// Takes away the values from a row on.
    fn split_off(&mut self, row: usize) -> Self {
        match self {
            Self::Text(values) => Self::Text(values.split_off(row)),
            Self::Integer(values) => Self::Integer(values.split_off(row)),
            Self::Number(values) => Self::Number(values.split_off(row)),
            Self::Boolean(values) => Self::Boolean(values.split_off(row)),
        }
    }

    /// Forgets the values and keeps their room.
    fn clear(&mut self) {
        match self {
            Self::Text(values) => values.clear(),
            Self::Integer(values) => values.clear(),
            Self::Number(values) => values.clear(),
            Self::Boolean(values) => values.clear(),
        }
    }

    /// Appends the values of a column of the same kind.
    fn append(&mut self, other: Self) {
        match (self, other) {
            (Self::Text(values), Self::Text(more)) => values.extend(more),
            (Self::Integer(values), Self::Integer(more)) => values.extend(more),
            (Self::Number(values), Self::Number(more)) => values.extend(more),
            (Self::Boolean(values), Self::Boolean(more)) => values.extend(more),
            _ => debug_assert!(false, "columns of one schema are of one kind"),
        }
    }

    /// The bytes of one value: what digests are taken of.
    #[must_use]
    pub fn bytes(&self, row: usize) -> Vec<u8> {
        match self {
            Self::Text(values) => values[row].data().to_vec(),
            Self::Integer(values) => values[row].to_le_bytes().to_vec(),
            Self::Number(values) => values[row].to_bits().to_le_bytes().to_vec(),
            Self::Boolean(values) => vec![u8::from(values[row])],
        }
    }
}

/// Rows of one file: a column of cells for every field.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The cells, in the order of the schema.
    pub columns: Vec<ColumnCells>,
}

impl Table {
    /// No rows.
    #[must_use]
    pub fn empty(schema: &[Field]) -> Self {
        Self { columns: schema.iter().map(|field| ColumnCells::none(field.kind)).collect() }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, ColumnCells::len)
    }

    /// Appends the rows of a table of the same schema.
    pub fn append(&mut self, other: Self) {
        for (cells, more) in self.columns.iter_mut().zip(other.columns) {
            cells.append(more);
        }
    }

    /// Makes room for `more` rows of at most `most` that will ever be there.
    pub(crate) fn make_room(&mut self, more: usize, most: usize) {
        self.columns.iter_mut().for_each(|cells| cells.make_room(more, most));
    }

    /// Takes away the rows from `row` on.
    #[must_use]
    pub(crate) fn split_off(&mut self, row: usize) -> Self {
        Self { columns: self.columns.iter_mut().map(|cells| cells.split_off(row)).collect() }
    }

    /// Forgets the rows and keeps their room.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(ColumnCells::clear);
    }

    /// The scenario, as UTF-8, and the replicate of a row: the first two columns of every file.
    #[must_use]
    pub fn unit_of(&self, row: usize) -> Option<(&[u8], u32)> {
        match (self.columns.first()?, self.columns.get(1)?) {
            (ColumnCells::Text(scenarios), ColumnCells::Integer(replicates)) => {
                let replicate = u32::try_from(*replicates.get(row)?).ok()?;
                Some((scenarios.get(row)?.data(), replicate))
            }
            _ => None,
        }
    }

    /// BLAKE3 digest of one row, for comparisons.
    pub(crate) fn digest_row(&self, row: usize, hasher: &mut blake3::Hasher) {
        for cells in &self.columns {
            hasher.update(&cells.bytes(row));
        }
    }

    /// The first value that is no finite number: row and column. Of the columns that `may_be_none`
    /// names by their place, NaN is a value like others.
    #[must_use]
    pub(crate) fn first_not_finite(
        &self,
        may_be_none: impl Fn(usize) -> bool,
    ) -> Option<(usize, usize)> {
        self.columns.iter().enumerate().find_map(|(column, cells)| match cells {
            ColumnCells::Number(values) => {
                let good = |value: f64| value.is_finite() || value.is_nan() && may_be_none(column);
                values.iter().position(|value| !good(*value)).map(|row| (row, column))
            }
            _ => None,
        })
    }
}

/// Bytes that a row takes in memory.
#[must_use]
pub(crate) fn row_width(schema: &[Field]) -> usize {
    schema.iter().map(|field| ColumnCells::width(field.kind)).sum()
}

/// The keys every row starts with.
fn keys() -> Vec<Field> {
    vec![Field::new("scenario", "", CellKind::Text), Field::new("replicate", "", CellKind::Integer)]
}

/// Whether a column of results has no value where there is none to have: one of `series.parquet` whose
/// nature says so, or of `runs.parquet` that reduces it.
#[must_use]
pub(crate) fn may_be_none(column: &str) -> bool {
    let mut conditional = SERIES.iter().filter(|series| series.nature.may_be_none());
    conditional.any(|series| {
        column.strip_prefix(series.name).is_some_and(|rest| {
            rest.is_empty()
                || Reduction::ALL.iter().any(|one| rest.strip_prefix('_') == Some(one.suffix()))
        })
    })
}

/// Columns of `runs.parquet`.
#[must_use]
pub fn runs_schema() -> Vec<Field> {
    let outcomes = SERIES.iter().flat_map(|column| {
        Reduction::ALL.map(|reduction| {
            let name = format!("{}_{}", column.name, reduction.suffix());
            Field::new(name, column.unit, CellKind::Number)
        })
    });
    let more = OUTCOMES.iter().map(|column| Field::new(column.name, column.unit, CellKind::Number));
    keys().into_iter().chain(outcomes).chain(more).collect()
}

/// Columns of `series.parquet`.
#[must_use]
pub fn series_schema() -> Vec<Field> {
    let place =
        [Field::new("day", "day", CellKind::Integer), Field::new("height", "1", CellKind::Integer)];
    let series = SERIES.iter().map(|column| Field::new(column.name, column.unit, CellKind::Number));
    keys().into_iter().chain(place).chain(series).collect()
}

/// Columns of `regions.parquet`.
#[must_use]
pub fn regions_schema() -> Vec<Field> {
    let place =
        [Field::new("day", "day", CellKind::Integer), Field::new("region", "", CellKind::Text)];
    let state = REGIONS.iter().map(|column| Field::new(column.name, column.unit, CellKind::Number));
    keys().into_iter().chain(place).chain(state).collect()
}

/// Columns of `leases.parquet`.
#[must_use]
pub fn leases_schema() -> Vec<Field> {
    let lease = Field::new("lease", "", CellKind::Integer);
    let texts = ["owner", "region", "kind", "route", "stage"];
    let texts = texts.map(|name| Field::new(name, "", CellKind::Text));
    let numbers =
        LEASES.iter().map(|column| Field::new(column.name, column.unit, CellKind::Number));
    keys().into_iter().chain([lease]).chain(texts).chain(numbers).collect()
}

/// Columns of `miners.parquet`.
#[must_use]
pub fn miners_schema() -> Vec<Field> {
    let numbers = [
        ("tariff_usd_per_mwh", "USD/MWh"),
        ("efficiency_j_per_th", "J/TH"),
        ("power_mw", "MW"),
        ("hash_rate_ehs", "EH/s"),
    ];
    let mut fields = keys();
    fields.push(Field::new("miner", "", CellKind::Integer));
    fields.push(Field::new("owner", "", CellKind::Text));
    fields.extend(numbers.map(|(name, unit)| Field::new(name, unit, CellKind::Number)));
    fields.push(Field::new("activity", "", CellKind::Text));
    fields
}

/// The same text or number in every row.
fn keys_of(scenario: &str, replicate: u32, rows: usize) -> [ColumnCells; 2] {
    [
        ColumnCells::Text(vec![ByteArray::from(scenario); rows]),
        ColumnCells::Integer(vec![replicate.cast_signed(); rows]),
    ]
}

/// The outcome row of one replicate.
#[must_use]
pub fn run_row(scenario: &str, replicate: u32, trajectory: &Trajectory) -> Table {
    let outcomes = trajectory.outcomes().into_iter().map(|value| ColumnCells::Number(vec![value]));
    Table { columns: keys_of(scenario, replicate, 1).into_iter().chain(outcomes).collect() }
}

/// The recorded days of one replicate.
#[must_use]
pub fn series_rows(scenario: &str, replicate: u32, trajectory: &Trajectory) -> Table {
    let records = &trajectory.records;
    let place = [
        ColumnCells::Integer(records.iter().map(|record| record.day.cast_signed()).collect()),
        ColumnCells::Integer(records.iter().map(|record| record.height.cast_signed()).collect()),
    ];
    let series = SERIES.iter().map(|column| ColumnCells::Number(trajectory.series(column)));
    let keys = keys_of(scenario, replicate, records.len());
    Table { columns: keys.into_iter().chain(place).chain(series).collect() }
}

/// The regions of one replicate on the days on which they are recorded.
#[must_use]
pub fn region_rows(scenario: &str, replicate: u32, trajectory: &Trajectory) -> Table {
    let regions = &trajectory.regions;
    let name = |record: &RegionRecord| ByteArray::from(trajectory.region_name(record.region));
    let place = [
        ColumnCells::Integer(regions.iter().map(|record| record.day.cast_signed()).collect()),
        ColumnCells::Text(regions.iter().map(name).collect()),
    ];
    let state = REGIONS
        .iter()
        .map(|column| ColumnCells::Number(regions.iter().map(column.value).collect()));
    let keys = keys_of(scenario, replicate, regions.len());
    Table { columns: keys.into_iter().chain(place).chain(state).collect() }
}

/// The leases of one replicate as they stand on the last day.
#[must_use]
pub fn lease_rows(scenario: &str, replicate: u32, trajectory: &Trajectory) -> Table {
    let leases = &trajectory.leases;
    let text = |value: &dyn Fn(&LeaseRecord) -> ByteArray| {
        ColumnCells::Text(leases.iter().map(value).collect())
    };
    let names = [
        ColumnCells::Integer(leases.iter().map(|lease| lease.lease.cast_signed()).collect()),
        text(&|lease| owner_name(trajectory, lease.owner)),
        text(&|lease| ByteArray::from(trajectory.region_name(lease.region))),
        text(&|lease| ByteArray::from(lease.kind_name())),
        text(&|lease| ByteArray::from(lease.route_name())),
        text(&|lease| ByteArray::from(lease.stage_name())),
    ];
    let numbers =
        LEASES.iter().map(|column| ColumnCells::Number(leases.iter().map(column.value).collect()));
    let keys = keys_of(scenario, replicate, leases.len());
    Table { columns: keys.into_iter().chain(names).chain(numbers).collect() }
}

/// The miners of one replicate on the last day.
#[must_use]
pub fn miner_rows(scenario: &str, replicate: u32, trajectory: &Trajectory) -> Table {
    let miners = &trajectory.miners;
    let number =
        |value: fn(&MinerSnapshot) -> f64| ColumnCells::Number(miners.iter().map(value).collect());
    let columns = [
        ColumnCells::Integer(miners.iter().map(|miner| miner.miner.cast_signed()).collect()),
        ColumnCells::Text(miners.iter().map(|miner| owner_name(trajectory, miner.owner)).collect()),
        number(|miner| miner.tariff.usd_per_mwh()),
        number(|miner| miner.efficiency_j_per_th),
        number(|miner| miner.power.mw()),
        number(|miner| miner.hash_rate.ehs()),
        ColumnCells::Text(
            miners.iter().map(|miner| ByteArray::from(label(miner.activity))).collect(),
        ),
    ];
    let keys = keys_of(scenario, replicate, miners.len());
    Table { columns: keys.into_iter().chain(columns).collect() }
}

fn owner_name(trajectory: &Trajectory, owner: u32) -> ByteArray {
    ByteArray::from(trajectory.owner_name(owner).into_bytes())
}

/// How an activity is written in files.
const fn label(activity: Activity) -> &'static str {
    match activity {
        Activity::Mining => "mining",
        Activity::Idle => "idle",
        Activity::Converting => "converting",
        Activity::Hosting => "hosting",
        Activity::Closed => "closed",
    }
}
