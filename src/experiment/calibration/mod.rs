//! Parameters that make the model agree with what was measured.

pub mod method;
