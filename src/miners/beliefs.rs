//! Beliefs: today's hashprice as everyone can compute it, and the smoothed one that plans rest on.

use bevy_ecs::prelude::{Res, ResMut, Resource};

use crate::chain::Chain;
use crate::market::state::{Bitcoin, Fees, Outlook};
use crate::model::mining::hashprice;
use crate::model::stochastic::decay;
use crate::units::Hashprice;

use super::Miners;

/// Expected revenue per hash at today's price, fees and difficulty, before pool fees.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct SpotHashprice(pub Hashprice);

/// Updates both.
pub fn update_beliefs(
    miners: Res<Miners>,
    chain: Res<Chain>,
    bitcoin: Res<Bitcoin>,
    fees: Res<Fees>,
    mut spot: ResMut<SpotHashprice>,
    mut outlook: ResMut<Outlook>,
) {
    spot.0 = hashprice(chain.subsidy() + fees.per_block, bitcoin.price, chain.difficulty());
    let kept = decay(1.0, miners.spec.investment.belief_half_life_days);
    outlook.hashprice = spot.0 + (outlook.hashprice - spot.0) * kept;
}
