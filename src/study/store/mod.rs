//! Tables of runs, of recorded days and of miners, as Parquet files.

pub mod column_digest;
pub mod columns;
pub mod reader;
pub mod table;
pub mod writer;
