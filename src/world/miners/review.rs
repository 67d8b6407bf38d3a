//! Reviews: whose turn it is, and what every review of the day sees.

use bevy_ecs::prelude::Res;
use bevy_ecs::system::SystemParam;

use crate::clock::Clock;
use crate::model::market::energy::tariff_today;
use crate::model::mining::investment::Expectation;
use crate::units::{BtcPrice, Tariff};
use crate::world::market::Market;
use crate::world::market::state::{Bitcoin, Outlook, PowerGrid};

use super::Miners;
use super::appetite::Appetite;
use super::campuses::Campuses;
use super::cash_flows::cost_per_energy;
use super::pools::PoolBook;
use super::state::Site;

/// What every review of the day sees.
pub struct ReviewDay<'a> {
    /// Behaviour.
    pub miners: &'a Miners,
    /// Market parameters.
    pub market: &'a Market,
    /// Tariffs.
    pub grid: &'a PowerGrid,
    /// Expected hashprice.
    pub outlook: &'a Outlook,
    /// Pool fees.
    pub book: &'a PoolBook,
    /// Factor of appetite on orders.
    pub appetite: f64,
    /// Factor on the elasticity of orders.
    pub elasticity: f64,
    /// Bitcoin price.
    pub price: BtcPrice,
    /// Today.
    pub day: u32,
}

/// The resources behind a review.
#[derive(SystemParam)]
pub struct ReviewViews<'w> {
    clock: Res<'w, Clock>,
    miners: Res<'w, Miners>,
    market: Res<'w, Market>,
    grid: Res<'w, PowerGrid>,
    outlook: Res<'w, Outlook>,
    book: Res<'w, PoolBook>,
    appetite: Res<'w, Appetite>,
    bitcoin: Res<'w, Bitcoin>,
}

impl ReviewViews<'_> {
    /// What every review of today sees.
    #[must_use]
    pub fn day(&self) -> ReviewDay<'_> {
        ReviewDay {
            miners: &self.miners,
            market: &self.market,
            grid: &self.grid,
            outlook: &self.outlook,
            book: &self.book,
            appetite: self.appetite.orders(),
            elasticity: self.appetite.elasticity(),
            price: self.bitcoin.price,
            day: self.clock.day,
        }
    }
}

impl ReviewDay<'_> {
    /// Sites whose review falls on this day: those of every n-th campus, so that the load is even and an owner
    /// plans for a place at once, however many sites it is cut into.
    pub(crate) fn whose_turn<'c>(
        &self,
        campuses: &'c Campuses,
    ) -> impl Iterator<Item = usize> + use<'c> {
        let every = self.miners.spec.investment.review_days as usize;
        let turn = (self.day as usize % every..campuses.0.len()).step_by(every);
        turn.flat_map(|campus| campuses.sites(campus))
    }

    /// What the miner expects rigs to earn and cost.
    #[must_use]
    pub fn expectation(
        &self,
        contract: Tariff,
        region: u32,
        pool: u32,
        site: &Site,
    ) -> Expectation {
        let place = region as usize;
        let tariff =
            tariff_today(contract, self.grid.level[place], 0.0, 1.0, self.grid.carbon[place]);
        let spec = &self.miners.spec;
        let hashprice = self.outlook.hashprice * (site.optimism * site.revenue_factor);
        Expectation {
            net_hashprice: hashprice * self.book.kept[pool as usize],
            cost: tariff * spec.operation.pue + cost_per_energy(spec),
        }
    }
}
