//! Account: rewards, power, opex, rent, debt service and coin sales of a day.

use bevy_ecs::prelude::{Mut, Query, Res, ResMut};
use bevy_ecs::query::QueryData;
use multiversion::multiversion;

use crate::model::mining::ledger::{Books, CostBasis, DayTerms, settle};
use crate::numerics::fixed_order;
use crate::units::{Btc, BtcPerHash, BtcPrice, DAY, Energy, Usd, UsdPerSecond};
use crate::world::chain::MAX_POOLS;
use crate::world::market::state::{Bitcoin, MinerSales};

use super::Miners;
use super::cash_flows::{Direction, FLOWS, ReadFlows, as_array, sum_of};
use super::pools::PoolBook;
use super::state::{
    Arrears, Cash, Coins, Debt, Flows, PoolIndex, RunningHashRate, RunningPower, SaleShare,
    TariffToday,
};

/// Columns that accounting reads and writes.
#[derive(QueryData)]
#[query_data(mutable, contiguous(all))]
pub struct AccountColumns {
    hash_rate: &'static RunningHashRate,
    power: &'static RunningPower,
    tariff: &'static TariffToday,
    pool: &'static PoolIndex,
    recurring: ReadFlows,
    sale_share: &'static SaleShare,
    debt: Mut<'static, Debt>,
    cash: Mut<'static, Cash>,
    coins: Mut<'static, Coins>,
    arrears: Mut<'static, Arrears>,
}

/// The same columns as plain slices, all of one length.
pub struct AccountSlices<'a> {
    /// Hash rate today.
    pub hash_rate: &'a [RunningHashRate],
    /// Facility power today.
    pub power: &'a [RunningPower],
    /// Tariff today.
    pub tariff: &'a [TariffToday],
    /// Pool.
    pub pool: &'a [PoolIndex],
    /// Recurring cash flows, each at its place.
    pub recurring: [&'a [UsdPerSecond]; FLOWS],
    /// Share of new coins sold.
    pub sale_share: &'a [SaleShare],
    /// Corporate debt.
    pub debt: &'a mut [Debt],
    /// Cash.
    pub cash: &'a mut [Cash],
    /// Coins.
    pub coins: &'a mut [Coins],
    /// Days in arrears.
    pub arrears: &'a mut [Arrears],
}

/// What all miners face when they settle a day.
#[derive(Clone, Copy, Debug)]
pub struct AccountConditions {
    /// Coins credited per hash, by pool.
    pub reward: [BtcPerHash; MAX_POOLS],
    /// Price, cash policy, interest.
    pub terms: DayTerms,
}

/// Sums over miners of one day.
#[derive(Clone, Copy, Debug, Default)]
pub struct DayTotals {
    /// Coins credited.
    pub mined: Btc,
    /// Coins sold.
    pub sold: Btc,
    /// Power bills.
    pub power: Usd,
    /// Recurring cash flows, each at its place.
    pub recurring: [Usd; FLOWS],
    /// Debt service, that of projects included.
    pub service: Usd,
    /// Part of the service that repays corporate debt.
    pub repaid: Usd,
    /// Paid out to owners.
    pub dividends: Usd,
    /// Energy.
    pub energy: Energy,
}

/// Settles the day of every miner.
pub fn settle_day(
    miners: Res<Miners>,
    bitcoin: Res<Bitcoin>,
    book: Res<PoolBook>,
    mut sales: ResMut<MinerSales>,
    mut flows: ResMut<Flows>,
    mut query: Query<AccountColumns>,
) {
    let conditions =
        AccountConditions { reward: book.reward, terms: miners.day_terms(bitcoin.price) };
    sales.sold = Btc::ZERO;
    for mut columns in query.contiguous_iter_mut().into_iter().flatten() {
        let mut slices = AccountSlices {
            hash_rate: columns.hash_rate,
            power: columns.power,
            tariff: columns.tariff,
            pool: columns.pool,
            recurring: as_array(&columns.recurring),
            sale_share: columns.sale_share,
            debt: columns.debt.bypass_change_detection(),
            cash: columns.cash.bypass_change_detection(),
            coins: columns.coins.bypass_change_detection(),
            arrears: columns.arrears.bypass_change_detection(),
        };
        let totals = account(&conditions, &mut slices);
        sales.sold += totals.sold;
        flows.add_day(&totals, bitcoin.price);
    }
}

/// Miners settled in one block, so that the day's flows stay in the first-level cache.
const BLOCK: usize = 256;

/// Flows of one block of miners, by kind.
struct BlockFlows {
    mined: [f64; BLOCK],
    sold: [f64; BLOCK],
    power: [f64; BLOCK],
    recurring: [[f64; BLOCK]; FLOWS],
    service: [f64; BLOCK],
    repaid: [f64; BLOCK],
    dividends: [f64; BLOCK],
    energy: [f64; BLOCK],
}

/// Settles all miners in `slices`, branch-free; compiled for several instruction sets, which give
/// the same bits. Sums run over blocks of 256 miners in a fixed order.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2",))]
pub fn account(day: &AccountConditions, slices: &mut AccountSlices<'_>) -> DayTotals {
    let mut totals = DayTotals::default();
    let n = slices.cash.len();
    let zero = [0.0; BLOCK];
    let mut flows = BlockFlows {
        mined: zero,
        sold: zero,
        power: zero,
        recurring: [zero; FLOWS],
        service: zero,
        repaid: zero,
        dividends: zero,
        energy: zero,
    };
    let mut from = 0;
    while from < n {
        let to = (from + BLOCK).min(n);
        settle_block(day, slices, from, to, &mut flows);
        totals.add_block(&flows, to - from);
        from = to;
    }
    totals
}

/// Settles miners `from..to`.
#[inline(always)]
fn settle_block(
    day: &AccountConditions,
    slices: &mut AccountSlices<'_>,
    from: usize,
    to: usize,
    flows: &mut BlockFlows,
) {
    let m = to - from;
    let (hash_rate, power) = (&slices.hash_rate[from..to], &slices.power[from..to]);
    let (tariff, pool) = (&slices.tariff[from..to], &slices.pool[from..to]);
    let recurring = slices.recurring.map(|flow| &flow[from..to]);
    let sale_share = &slices.sale_share[from..to];
    let (debt, cash) = (&mut slices.debt[from..to], &mut slices.cash[from..to]);
    let (coins, arrears) = (&mut slices.coins[from..to], &mut slices.arrears[from..to]);
    for i in 0..m {
        let energy = power[i].0 * DAY;
        let flow = recurring.map(|flow| flow[i] * DAY);
        let costs = CostBasis {
            mined: hash_rate[i].0 * DAY * day.reward[pool[i].0 as usize % MAX_POOLS],
            power: energy * tariff[i].0,
            income: sum_of(&flow, Direction::Income),
            operating_cost: sum_of(&flow, Direction::OperatingCost),
            project_service: sum_of(&flow, Direction::DebtService),
            sale_share: sale_share[i].0,
        };
        let before =
            Books { cash: cash[i].0, coins: coins[i].0, debt: debt[i].0, arrears: arrears[i].0 };
        let (after, moved) = settle(&costs, &before, &day.terms);
        cash[i].0 = after.cash;
        coins[i].0 = after.coins;
        debt[i].0 = after.debt;
        arrears[i].0 = after.arrears;
        flows.mined[i] = costs.mined.0;
        flows.sold[i] = moved.sold.0;
        flows.power[i] = costs.power.0;
        for (sums, flow) in flows.recurring.iter_mut().zip(flow) {
            sums[i] = flow.0;
        }
        flows.service[i] = moved.service.0;
        flows.repaid[i] = moved.repaid.0;
        flows.dividends[i] = moved.dividends.0;
        flows.energy[i] = energy.0;
    }
}

impl DayTotals {
    #[inline(always)]
    fn add_block(&mut self, flows: &BlockFlows, m: usize) {
        self.mined.0 += fixed_order::sum(&flows.mined[..m]);
        self.sold.0 += fixed_order::sum(&flows.sold[..m]);
        self.power.0 += fixed_order::sum(&flows.power[..m]);
        for (sum, flow) in self.recurring.iter_mut().zip(&flows.recurring) {
            sum.0 += fixed_order::sum(&flow[..m]);
        }
        self.service.0 += fixed_order::sum(&flows.service[..m]);
        self.repaid.0 += fixed_order::sum(&flows.repaid[..m]);
        self.dividends.0 += fixed_order::sum(&flows.dividends[..m]);
        self.energy.0 += fixed_order::sum(&flows.energy[..m]);
    }
}

impl Flows {
    /// Adds a day's totals.
    pub fn add_day(&mut self, day: &DayTotals, price: BtcPrice) {
        self.coins_mined += day.mined;
        self.coins_sold += day.sold;
        self.coin_sales += day.sold * price;
        self.power += day.power;
        for (sum, &flow) in self.recurring.iter_mut().zip(&day.recurring) {
            *sum += flow;
        }
        self.debt_service += day.service;
        self.repaid += day.repaid;
        self.dividends += day.dividends;
        self.energy += day.energy;
    }
}
