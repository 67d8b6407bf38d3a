//! A factor: a name and the law of its values.

pub use crate::statistics::distribution::Distribution;

/// An input of a model that a design varies.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Name: the column of the design.
    pub name: String,
    /// Law of its values.
    pub distribution: Distribution,
}
