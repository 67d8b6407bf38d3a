//! A folder of results: plan, shards, journals, receipts, merged files and their digests.

pub mod attempts;
pub mod differences;
pub mod explain;
pub mod failures;
pub mod folder;
pub(crate) mod healing;
pub mod journal;
mod kept;
pub mod load;
pub mod manifest;
pub mod merge;
pub mod merged;
pub(crate) mod named_plan;
pub mod pace;
pub mod plan;
mod prepare;
pub mod provenance;
pub mod receipt;
pub mod report_error;
pub mod rounds;
pub mod seal;
pub mod shard;
pub(crate) mod task_index;
pub(crate) mod unit_order;
pub mod unit_rows;
