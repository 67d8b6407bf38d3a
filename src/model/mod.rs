//! The equations. Every function here is pure: no world, no random numbers, no files, no
//! configuration. Random draws arrive as uniforms in (0, 1). Transcendental functions come from the
//! crate `libm`, whose bits do not depend on the machine.

pub mod attack;
pub mod chain;
pub mod concentration;
pub mod hosting;
pub mod market;
pub mod mining;
