//! Security and decentralisation: observers that read the network and change nothing.
//!
//! The simulation fills a [`NetworkView`] on every recorded day; [`observe()`] prices the attack that
//! a [`SecuritySpec`] describes and measures concentration by owner, pool, block template and region.

mod attack;
mod comparison;
mod deterrence;
mod deviation;
mod layers;
mod observe;
mod offers;
mod record;
mod spec;
mod state;

pub use observe::observe;
pub use record::AttackRecord;
pub use record::ComparedAttacks;
pub use record::DeterrenceRecord;
pub use record::DeviationRecord;
pub use record::SecurityRecord;
pub use spec::{Coalition, SecuritySpec};
pub use state::{NetworkView, Scratch};
