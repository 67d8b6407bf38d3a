//! What a column of a result file is: its name, unit and meaning, what its number stands for, and how
//! it is read off a row.

/// A column of a result file.
#[derive(Clone, Copy)]
pub struct Column<Row> {
    /// Name, with the unit as suffix where there is one.
    pub name: &'static str,
    /// Unit, "1" for plain numbers.
    pub unit: &'static str,
    /// Meaning, one sentence.
    pub meaning: &'static str,
    /// What the number stands for.
    pub nature: Nature,
    /// The value in the unit above.
    pub value: fn(&Row) -> f64,
}

impl<Row> Column<Row> {
    /// A column whose number is a state.
    #[must_use]
    pub const fn state(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        value: fn(&Row) -> f64,
    ) -> Self {
        Self { name, unit, meaning, nature: Nature::State, value }
    }
}

/// What the number of a column stands for; it decides which reductions over a run say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// State on the recorded day.
    State,
    /// State on the recorded day, NaN where there is none: the one nature whose numbers may be none.
    StateIfAny,
    /// Sum or mean over the days since the last record: depends on how often is recorded.
    Interval,
    /// Sum since the start.
    Total,
    /// Sum since the start, added up from recorded days: depends on how often is recorded.
    SampledTotal,
    /// One number of the whole run.
    Run,
}

impl Nature {
    /// What it is, in words.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::State => "state on the day",
            Self::StateIfAny => "state on the day, missing where there is none",
            Self::Interval => "since the last record",
            Self::Total => "total since the start",
            Self::SampledTotal => "total since the start, from recorded days",
            Self::Run => "one number of the run",
        }
    }

    /// The reductions that say something: a total only grows, so that its mean is that of a ramp; the
    /// largest of a state that is not always there says nothing of the days without it.
    #[must_use]
    pub const fn reductions(self) -> &'static [Reduction] {
        match self {
            Self::State | Self::Interval => &Reduction::ALL,
            Self::StateIfAny => &[Reduction::Mean, Reduction::Last, Reduction::Min],
            Self::Total | Self::SampledTotal => &[Reduction::Last],
            Self::Run => &[],
        }
    }

    /// Whether a value is the same however often is recorded.
    #[must_use]
    pub const fn ignores_recording(self) -> bool {
        matches!(self, Self::State | Self::StateIfAny | Self::Total)
    }

    /// Whether a value may be NaN, for there being none.
    #[must_use]
    pub const fn may_be_none(self) -> bool {
        matches!(self, Self::StateIfAny)
    }
}

/// How a series becomes one number of `runs.parquet`; the column is named `<series>_<suffix>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Mean over the records after day 0; NaN where one of them has no value.
    Mean,
    /// Last record.
    Last,
    /// Smallest value over the records after day 0, of those that have one.
    Min,
    /// Largest value over the records after day 0, of those that have one.
    Max,
}

impl Reduction {
    /// All reductions, in column order.
    pub const ALL: [Self; 4] = [Self::Mean, Self::Last, Self::Min, Self::Max];

    /// Suffix of the column's name.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Last => "last",
            Self::Min => "min",
            Self::Max => "max",
        }
    }

    /// The reduced value; NaN for an empty series, and where there is none.
    #[must_use]
    pub fn of(self, values: &[f64]) -> f64 {
        let tail = values.get(1..).filter(|tail| !tail.is_empty()).unwrap_or(values);
        let reduced = match self {
            Self::Mean => tail.iter().sum::<f64>() / tail.len() as f64,
            Self::Last => values.last().copied().unwrap_or(f64::NAN),
            Self::Min => tail.iter().copied().reduce(f64::min).unwrap_or(f64::NAN),
            Self::Max => tail.iter().copied().reduce(f64::max).unwrap_or(f64::NAN),
        };
        // Sign and payload of a NaN that arithmetic leaves are the machine's.
        if reduced.is_nan() { f64::NAN } else { reduced }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A day without a value is no zero: it leaves the mean without one, and is passed over by the
    /// smallest and the largest.
    #[test]
    fn a_day_without_a_value_leaves_the_mean_without_one() {
        let of = |values: &[f64]| Reduction::ALL.map(|reduction| reduction.of(values));
        let [mean, last, min, max] = of(&[9.0, 4.0, f64::NAN, 2.0]);
        assert!(mean.is_nan() && mean.to_bits() == f64::NAN.to_bits());
        assert_eq!([last, min, max], [2.0, 2.0, 4.0]);
        assert!(of(&[1.0, 2.0, f64::NAN])[1].is_nan(), "the last day has none");
        let never = of(&[f64::NAN, -f64::NAN, -f64::NAN]);
        assert!(never.iter().all(|value| value.to_bits() == f64::NAN.to_bits()), "{never:?}");
        assert_eq!(of(&[f64::NAN, 3.0, 5.0])[0], 4.0, "day 0 is not of the mean");
    }
}
