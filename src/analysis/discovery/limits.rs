//! Boxes: what is allowed of each factor, and which points lie inside.

/// A factor at all points.
#[derive(Clone, Debug)]
pub struct FactorValues {
    /// Value at each point; of categories the number.
    pub values: Vec<f64>,
    /// How many categories there are; none for numbers.
    pub categories: Option<usize>,
}

/// What a box allows of one factor.
#[derive(Clone, Debug, PartialEq)]
pub enum Limits {
    /// Numbers from `low` to `high`, both included; infinite where nothing is cut.
    Range {
        /// Smallest allowed.
        low: f64,
        /// Largest allowed.
        high: f64,
    },
    /// For each category whether it is allowed.
    Categories(Vec<bool>),
}

/// One cut: the smallest unit that can be given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// From below.
    Low,
    /// From above.
    High,
    /// Categories.
    Categories,
}

/// A cut of one factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Number of the factor.
    pub factor: usize,
    /// Where it is cut.
    pub side: Side,
}

impl Limits {
    /// Everything allowed.
    #[must_use]
    pub fn whole(factor: &FactorValues) -> Self {
        factor
            .categories
            .map_or(Self::Range { low: f64::NEG_INFINITY, high: f64::INFINITY }, |count| {
                Self::Categories(vec![true; count])
            })
    }

    /// Whether a value is allowed.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        match self {
            Self::Range { low, high } => (*low..=*high).contains(&value),
            Self::Categories(allowed) => {
                allowed.get(value as usize).is_some_and(|allowed| *allowed)
            }
        }
    }

    /// Where the factor is cut.
    #[must_use]
    pub fn sides(&self) -> Vec<Side> {
        match self {
            Self::Range { low, high } => {
                let low = low.is_finite().then_some(Side::Low);
                low.into_iter().chain(high.is_finite().then_some(Side::High)).collect()
            }
            Self::Categories(allowed) => {
                let cut = allowed.iter().any(|allowed| !allowed);
                cut.then_some(Side::Categories).into_iter().collect()
            }
        }
    }

    /// The same without one cut.
    #[must_use]
    pub fn without(&self, side: Side) -> Self {
        match (self, side) {
            (Self::Range { high, .. }, Side::Low) => {
                Self::Range { low: f64::NEG_INFINITY, high: *high }
            }
            (Self::Range { low, .. }, _) => Self::Range { low: *low, high: f64::INFINITY },
            (Self::Categories(allowed), _) => Self::Categories(vec![true; allowed.len()]),
        }
    }
}

/// All cuts of a box.
#[must_use]
pub(super) fn cuts(limits: &[Limits]) -> Vec<Cut> {
    let of = |(factor, limits): (usize, &Limits)| {
        limits.sides().into_iter().map(move |side| Cut { factor, side }).collect::<Vec<_>>()
    };
    limits.iter().enumerate().flat_map(of).collect()
}

/// Factors that a box cuts.
#[must_use]
pub(super) fn restricted(limits: &[Limits]) -> usize {
    limits.iter().filter(|limits| !limits.sides().is_empty()).count()
}

/// Points of `pool` that lie inside, in its order.
#[must_use]
pub(super) fn inside(factors: &[FactorValues], limits: &[Limits], pool: &[usize]) -> Vec<usize> {
    let holds = |point: usize| {
        factors.iter().zip(limits).all(|(factor, limits)| limits.holds(factor.values[point]))
    };
    pool.iter().copied().filter(|&point| holds(point)).collect()
}

/// A limit between a point outside and the next one inside.
#[must_use]
pub(super) fn between(outside: f64, inside: f64) -> f64 {
    let middle = outside + 0.5 * (inside - outside);
    // Between neighbouring floats there is nothing: the inner one is the limit.
    if middle == outside || !middle.is_finite() { inside } else { middle }
}
