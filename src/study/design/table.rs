//! A design as CSV.

use csv::WriterBuilder;

use super::Design;
use super::read::OWN_COLUMNS;

impl Design {
    /// The factors' columns, then `block` and `row`, which counts from 1 to the end.
    ///
    /// Numbers have as many digits as give the same bits when read; names are quoted where needed.
    ///
    /// # Errors
    /// What the CSV writer says; none is known for text in memory.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = WriterBuilder::new().from_writer(Vec::new());
        let names = self.factors().iter().map(|factor| factor.name.as_str());
        writer.write_record(names.chain(OWN_COLUMNS))?;
        for (number, (block, point)) in (1_u64..).zip(self.rows()) {
            for value in point {
                writer.write_field(format!("{value:?}"))?;
            }
            writer.write_record([block.to_string(), number.to_string()])?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}
