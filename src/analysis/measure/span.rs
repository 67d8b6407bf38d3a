//! Length of windows.

use std::fmt;

/// Length of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowSpan {
    /// So many UTC days from the first day of the file on.
    Days(u32),
    /// A difficulty epoch.
    Epoch,
    /// All rows of the file.
    All,
}

impl WindowSpan {
    /// Whether windows are days.
    #[must_use]
    pub(crate) const fn is_of_days(self) -> bool {
        matches!(self, Self::Days(_))
    }
}

impl fmt::Display for WindowSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "{days}d"),
            Self::Epoch => f.write_str("epoch"),
            Self::All => f.write_str("all"),
        }
    }
}
