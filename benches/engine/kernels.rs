//! The two daily kernels on plain arrays of their own, without the engine: its limit.

use std::hint::black_box;

use hashflight::units::HashRate;
use hashflight::world::chain::MAX_POOLS;
use hashflight::world::miners::accounting::{AccountConditions, AccountSlices, account};
use hashflight::world::miners::operation::{
    OperatingConditions, OperationSlices, add_by_pool, operate,
};
use hashflight::world::miners::state::{
    Arrears, Cash, Coins, ContractTariff, Debt, OperatingThreshold, PoolIndex, RegionIndex,
    RunningHashRate, RunningPower, SaleShare, SpotShare, TariffToday, Uptime,
};

use super::reference::Model;

/// The miners' columns as vectors.
pub struct Columns {
    model: Model,
    contract: Vec<ContractTariff>,
    spot_share: Vec<SpotShare>,
    region: Vec<RegionIndex>,
    pool: Vec<PoolIndex>,
    uptime: Vec<Uptime>,
    threshold: Vec<OperatingThreshold>,
    running: Vec<RunningHashRate>,
    power: Vec<RunningPower>,
    tariff: Vec<TariffToday>,
    sale_share: Vec<SaleShare>,
    debt: Vec<Debt>,
    cash: Vec<Cash>,
    coins: Vec<Coins>,
    arrears: Vec<Arrears>,
}

fn wrapped<T: Copy, C>(values: &[T], wrap: fn(T) -> C) -> Vec<C> {
    values.iter().copied().map(wrap).collect()
}

impl Columns {
    /// The columns of day 0.
    pub fn from_model(model: &Model) -> Self {
        let m = &model.miners;
        Self {
            model: model.clone(),
            contract: wrapped(&m.contract, ContractTariff),
            spot_share: wrapped(&m.spot_share, SpotShare),
            region: wrapped(&m.region, RegionIndex),
            pool: wrapped(&m.pool, PoolIndex),
            uptime: wrapped(&m.uptime, Uptime),
            threshold: wrapped(&m.threshold, OperatingThreshold),
            running: wrapped(&m.running, RunningHashRate),
            power: wrapped(&m.power, RunningPower),
            tariff: wrapped(&m.tariff, TariffToday),
            sale_share: wrapped(&m.sale_share, SaleShare),
            debt: wrapped(&m.debt, Debt),
            cash: wrapped(&m.cash, Cash),
            coins: wrapped(&m.coins, Coins),
            arrears: wrapped(&m.arrears, Arrears),
        }
    }

    /// One day's operation, pools' tables included.
    pub fn operate(&mut self) {
        let (model, grid) = (&self.model, &self.model.grid);
        let operation = &model.policy.spec.operation;
        let conditions = OperatingConditions {
            net_hashprice: model.kept.map(|kept| model.spot * kept),
            level: grid.level,
            spot: grid.spot,
            carbon: grid.carbon,
            availability: grid.usable(),
            pue: operation.pue,
            restart_factor: 1.0 / (1.0 + operation.restart_margin),
        };
        let mut slices = OperationSlices {
            hash_rate: [0, 1, 2, 3].map(|slot: usize| &model.miners.hash_rate[slot][..]),
            efficiency: [0, 1, 2, 3].map(|slot: usize| &model.miners.efficiency[slot][..]),
            contract: &self.contract,
            spot_share: &self.spot_share,
            region: &self.region,
            pool: &self.pool,
            uptime: &self.uptime,
            threshold: &mut self.threshold,
            running: &mut self.running,
            power: &mut self.power,
            tariff: &mut self.tariff,
        };
        operate(&conditions, &mut slices);
        let mut by_pool = [HashRate::ZERO; MAX_POOLS];
        add_by_pool(slices.pool, slices.running, &mut by_pool);
        black_box(by_pool);
    }

    /// One day's accounts.
    pub fn account(&mut self) {
        let model = &self.model;
        let conditions = AccountConditions {
            reward: model.reward,
            terms: model.policy.day_terms(model.bitcoin.price),
        };
        let mut slices = AccountSlices {
            hash_rate: &self.running,
            power: &self.power,
            tariff: &self.tariff,
            pool: &self.pool,
            recurring: model.miners.recurring.each_ref().map(Vec::as_slice),
            sale_share: &self.sale_share,
            debt: &mut self.debt,
            cash: &mut self.cash,
            coins: &mut self.coins,
            arrears: &mut self.arrears,
        };
        black_box(account(&conditions, &mut slices));
    }
}
