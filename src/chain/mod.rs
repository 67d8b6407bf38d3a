mod spec;
pub use spec::Spec;
