//! The equations. Every function here is pure: no world, no random numbers, no files, no
//! configuration. Random draws arrive as uniforms in (0, 1). Transcendental functions come from the
//! crate `libm`, whose bits do not depend on the machine.

pub mod attack;
pub mod attack_proceeds;
pub mod concentration;
pub mod direct_attack;
pub mod economic_security;
pub mod efficiency_bins;
pub mod moments;
pub mod oligopoly;
pub mod ranking;
pub mod supply_curve;
