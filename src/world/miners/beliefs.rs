//! Beliefs: today's hashprice as everyone can compute it, and the smoothed one that plans rest on.

use bevy_ecs::prelude::{Res, ResMut, Resource};

use crate::model::chain::hashprice::hashprice;
use crate::model::market::stochastic::decay;
use crate::units::Hashprice;
use crate::world::chain::Chain;
use crate::world::market::state::{Bitcoin, Fees, Outlook};

use super::Miners;

/// Expected revenue per hash at the going price, fees and difficulty, before pool fees.
#[derive(Resource, Clone, Copy, Debug, Default)]
pub struct SpotHashprice {
    /// Today's.
    pub now: Hashprice,
    /// Trailing mean on which operators switch rigs.
    pub trailing: Hashprice,
}

/// Updates today's hashprice, the operators' trailing one and the outlook of buyers and sellers.
pub fn update_beliefs(
    miners: Res<Miners>,
    chain: Res<Chain>,
    bitcoin: Res<Bitcoin>,
    fees: Res<Fees>,
    mut spot: ResMut<SpotHashprice>,
    mut outlook: ResMut<Outlook>,
) {
    let now = hashprice(chain.subsidy() + fees.per_block, bitcoin.price, chain.difficulty());
    let response = decay(1.0, miners.spec.operation.response_half_life_days);
    let belief = decay(1.0, miners.spec.investment.belief_half_life_days);
    spot.now = now;
    spot.trailing = now + (spot.trailing - now) * response;
    outlook.hashprice = now + (outlook.hashprice - now) * belief;
}
