//! The equations. Every function here is pure: no world, no random numbers, no files, no
//! configuration. Random draws arrive as uniforms in (0, 1). Transcendental functions come from the
//! crate `libm`, whose bits do not depend on the machine.

pub mod ai_hosting;
pub mod asert;
pub mod attack;
pub mod attack_offer;
pub mod attack_proceeds;
pub mod binomial;
pub mod block_time;
pub mod bracketed_root;
pub mod central_binomial;
pub mod concentration;
pub mod count_estimates;
pub mod difficulty;
pub mod difficulty_response;
pub mod direct_attack;
pub mod double_spend;
pub mod economic_security;
pub mod economics;
pub mod efficiency_bins;
pub mod elementary_effects;
pub mod energy;
pub mod fixed_order;
pub mod investment;
pub mod issuance;
pub mod largest_shares;
pub mod ledger;
pub mod mining;
pub mod moments;
pub mod oligopoly;
pub mod optimal_selfish_mining;
pub mod population;
pub mod price;
pub mod ranking;
pub mod rare_entities;
pub mod real_option;
pub mod retarget_rules;
pub mod rig_fleet;
pub mod rigs;
pub mod sampling;
pub mod selfish_mining;
pub mod site_supply;
pub mod sobol_indices;
pub mod stochastic;
pub mod supply_curve;
