//! What a file states of a day, and where.

/// Where something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellPlace {
    /// Number of the file.
    pub file: u32,
    /// Line, the header being 1.
    pub line: u64,
}

/// What a file states by day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ReportedQuantity {
    /// Hash rate, TH/s.
    HashRate,
    /// Difficulty.
    Difficulty,
}

/// A cell that states one of them.
#[derive(Clone, Debug)]
pub(crate) struct ReportedValue {
    /// Days since 1970-01-01.
    pub day: i64,
    /// What it states.
    pub quantity: ReportedQuantity,
    /// The number.
    pub value: f64,
    /// As it is written.
    pub text: String,
    /// Name of its column.
    pub column: String,
    /// Where it stands.
    pub place: CellPlace,
}
