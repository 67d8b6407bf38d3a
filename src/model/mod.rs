//! The equations. Every function here is pure: no world, no random numbers, no files, no
//! configuration. Random draws arrive as uniforms in (0, 1). Transcendental functions come from the
//! crate `libm`, whose bits do not depend on the machine.

pub mod ai_hosting;
pub mod asert;
pub mod attack;
pub mod attack_proceeds;
pub mod block_time;
pub mod central_binomial;
pub mod concentration;
pub mod difficulty;
pub mod difficulty_response;
pub mod direct_attack;
pub mod double_spend;
pub mod economic_security;
pub mod economics;
pub mod efficiency_bins;
pub mod energy;
pub mod fixed_order;
pub mod investment;
pub mod issuance;
pub mod ledger;
pub mod mining;
pub mod moments;
pub mod oligopoly;
pub mod optimal_selfish_mining;
pub mod population;
pub mod price;
pub mod ranking;
pub mod real_option;
pub mod rig_fleet;
pub mod rigs;
pub mod sampling;
pub mod selfish_mining;
pub mod stochastic;
pub mod supply_curve;
