//! What a majority attack takes, pays and risks, and what lesser attacks do.

pub mod attack_offer;
pub mod attack_proceeds;
pub mod attainable;
pub mod direct_attack;
pub mod double_spend;
pub(crate) mod economic_security;
pub mod majority;
pub mod optimal_selfish_mining;
pub(crate) mod selfish_mining;
pub mod site_supply;
pub mod supply_curve;
