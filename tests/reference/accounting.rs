//! Accounting: pools credit coins, and every miner settles its day.
#![allow(clippy::large_stack_arrays, reason = "a block of flows, as the engine has it")]

use hashflight::model::mining::ledger::{Books, CostBasis, settle};
use hashflight::numerics::fixed_order;
use hashflight::units::{Btc, BtcPerHash, DAY, Energy, Usd};
use hashflight::world::miners::accounting::DayTotals;
use hashflight::world::miners::cash_flows::{Direction, FLOWS};

use super::Model;

/// Miners of one partial sum.
const BLOCK: usize = 256;
/// Kinds of flow that are summed.
const SUMS: usize = 7 + FLOWS;

impl Model {
    /// Coins per hash of every pool's members; the pool carries the luck of those that pay what is
    /// expected.
    pub fn share_rewards(&mut self) {
        let found = self.blocks.reward_by_pool(self.fees_per_block);
        let expected = self.blocks.expected_reward_per_hash_with(self.fees_per_block);
        for (pool, &found) in found.iter().enumerate() {
            let spec = self.policy.spec.pools.get(pool);
            let work = self.network.by_pool[pool] * DAY;
            let pays_expected = spec.is_none_or(|spec| spec.pays_expected);
            let due = if pays_expected { expected * work } else { found };
            self.reward[pool] = BtcPerHash::ZERO;
            if work.0 > 0.0 {
                self.reward[pool] = due * self.kept[pool] / work;
            }
            self.reserve[pool] += found - self.reward[pool] * work;
        }
    }

    /// Every miner's books, and the day's flows over all of them.
    pub fn settle_day(&mut self) {
        let mut sums = [0.0; SUMS];
        for from in (0..self.miners.count()).step_by(BLOCK) {
            let block = from..(from + BLOCK).min(self.miners.count());
            let mut flows = [[0.0; BLOCK]; SUMS];
            for (k, i) in block.clone().enumerate() {
                let day = self.settle(i);
                for (flow, value) in flows.iter_mut().zip(day) {
                    flow[k] = value;
                }
            }
            for (sum, flow) in sums.iter_mut().zip(&flows) {
                *sum += fixed_order::sum(&flow[..block.len()]);
            }
        }
        let ([mined, sold, power, service, repaid, dividends, energy, ..], recurring) =
            (sums, &sums[SUMS - FLOWS..]);
        let totals = DayTotals {
            mined: Btc(mined),
            sold: Btc(sold),
            power: Usd(power),
            recurring: std::array::from_fn(|place| Usd(recurring[place])),
            service: Usd(service),
            repaid: Usd(repaid),
            dividends: Usd(dividends),
            energy: Energy(energy),
        };
        self.sales.sold = totals.sold;
        self.flows.add_day(&totals, self.bitcoin.price);
    }

    /// One miner's books; returns what flowed.
    fn settle(&mut self, i: usize) -> [f64; SUMS] {
        let m = &mut self.miners;
        let energy = m.power[i] * DAY;
        let costs = CostBasis {
            mined: m.running[i] * DAY * self.reward[m.pool[i] as usize],
            power: energy * m.tariff[i],
            income: m.flows_of(i, Direction::Income),
            operating_cost: m.flows_of(i, Direction::OperatingCost),
            project_service: m.flows_of(i, Direction::DebtService),
            sale_share: m.sale_share[i],
        };
        let (cash, coins, debt, arrears) = (m.cash[i], m.coins[i], m.debt[i], m.arrears[i]);
        let terms = self.policy.day_terms(self.bitcoin.price);
        let (after, moved) = settle(&costs, &Books { cash, coins, debt, arrears }, &terms);
        m.cash[i] = after.cash;
        m.coins[i] = after.coins;
        m.debt[i] = after.debt;
        m.arrears[i] = after.arrears;
        let first = [
            costs.mined.0,
            moved.sold.0,
            costs.power.0,
            moved.service.0,
            moved.repaid.0,
            moved.dividends.0,
            energy.0,
        ];
        let recurring = m.recurring.each_ref().map(|flow| (flow[i] * DAY).0);
        std::array::from_fn(|k| first.get(k).copied().unwrap_or_else(|| recurring[k - first.len()]))
    }
}
