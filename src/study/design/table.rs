//! A design as CSV.

use super::Design;
use super::read::OWN_COLUMNS;
use crate::files::sheet::csv_line;

impl Design {
    /// The factors' columns, then `block` and `row`, which counts from 1 to the end.
    ///
    /// Numbers have as many digits as give the same bits when read; names are quoted where needed.
    #[must_use]
    pub fn csv(&self) -> String {
        let names = self.factors().iter().map(|factor| factor.name.as_str());
        let mut text = csv_line(names.chain(OWN_COLUMNS));
        for (number, (block, point)) in (1_u64..).zip(self.rows()) {
            let values = point.iter().map(|value| format!("{value:?}"));
            text += &csv_line(values.chain([block.to_string(), number.to_string()]));
        }
        text
    }
}
