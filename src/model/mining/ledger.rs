//! A miner's books over one day.

use crate::units::{Btc, BtcPrice, Usd};

/// What flows on a day before any decision about coins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostBasis {
    /// Coins credited by the pool.
    pub mined: Btc,
    /// Power bill.
    pub power: Usd,
    /// Income beside coins.
    pub income: Usd,
    /// Operating cost beside power.
    pub operating_cost: Usd,
    /// Service of project debt.
    pub project_service: Usd,
    /// Share of new coins sold at once.
    pub sale_share: f64,
}

/// Stocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Books {
    /// Cash; negative while in arrears.
    pub cash: Usd,
    /// Coins.
    pub coins: Btc,
    /// Corporate debt.
    pub debt: Usd,
    /// Days in arrears.
    pub arrears: f64,
}

/// What all miners face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayTerms {
    /// Bitcoin price.
    pub price: BtcPrice,
    /// Interest on corporate debt, a day.
    pub interest: f64,
    /// Share of corporate debt repaid a day.
    pub amortisation: f64,
    /// Cash kept, days of outlays.
    pub floor_days: f64,
    /// Cash beyond which owners are paid, days of outlays.
    pub ceiling_days: f64,
    /// Share of the surplus paid out in a day.
    pub payout: f64,
}

/// What moved because of the day's decisions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// Coins sold, by policy and by need.
    pub sold: Btc,
    /// Debt service paid.
    pub service: Usd,
    /// Part of it that repays corporate debt.
    pub repaid: Usd,
    /// Paid out to owners.
    pub dividends: Usd,
}

/// Settles a day.
///
/// Outlays: power + operating cost + interest + repayment + project service. Coins sold by policy:
/// share·mined. If cash would end below the floor (days of outlays), more coins are sold to reach it,
/// as far as they go. A surplus above the ceiling is paid out at a constant rate, except on a day
/// without outlays: working capital waits for the site to open. A negative end balance counts a day
/// of arrears, a non-negative one clears them.
#[inline(always)]
#[must_use]
pub fn settle(flow: &CostBasis, before: &Books, terms: &DayTerms) -> (Books, Moved) {
    let repaid = before.debt * terms.amortisation;
    let service = before.debt * terms.interest + repaid + flow.project_service;
    let outlays = flow.power + flow.operating_cost + service;
    let by_policy = flow.mined * flow.sale_share;
    let stock = before.coins + flow.mined - by_policy;
    let cash = before.cash + flow.income + by_policy * terms.price - outlays;
    let gap = (outlays * terms.floor_days - cash).max(Usd::ZERO);
    let by_need = (gap / terms.price).min(stock);
    let cash = cash + by_need * terms.price;
    let surplus = (cash - outlays * terms.ceiling_days).max(Usd::ZERO);
    let dividends = surplus * if outlays.0 > 0.0 { terms.payout } else { 0.0 };
    let cash = cash - dividends;
    let arrears = if cash.0 < 0.0 { before.arrears + 1.0 } else { 0.0 };
    (
        Books { cash, coins: stock - by_need, debt: before.debt - repaid, arrears },
        Moved { sold: by_policy + by_need, service, repaid, dividends },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TERMS: DayTerms = DayTerms {
        price: BtcPrice(100_000.0),
        interest: 0.0002,
        amortisation: 0.0005,
        floor_days: 15.0,
        ceiling_days: 180.0,
        payout: 0.03,
    };

    proptest! {
        #[test]
        fn cash_and_coins_are_conserved(
            mined in 0.0_f64..10.0, power in 0.0_f64..1e6, lease in 0.0_f64..1e6,
            cash in -1e6_f64..1e8, coins in 0.0_f64..1e3, debt in 0.0_f64..1e8, share in 0.0_f64..1.0,
        ) {
            let flow = CostBasis {
                mined: Btc(mined), power: Usd(power), operating_cost: Usd(0.1 * power), income: Usd(lease),
                project_service: Usd(1_000.0), sale_share: share,
            };
            let before = Books { cash: Usd(cash), coins: Btc(coins), debt: Usd(debt), arrears: 0.0 };
            let (after, moved) = settle(&flow, &before, &TERMS);
            let income = flow.income + moved.sold * TERMS.price;
            let spent = flow.power + flow.operating_cost + moved.service + moved.dividends;
            prop_assert!((after.cash - (before.cash + income - spent)).0.abs() < 1e-6 * cash.abs().max(1e6));
            prop_assert!((after.coins - (before.coins + flow.mined - moved.sold)).0.abs() < 1e-9);
            prop_assert!(after.coins.0 >= -1e-12 && moved.sold.0 >= 0.0);
            prop_assert!((before.debt - after.debt - moved.repaid).0.abs() < 1e-6);
        }
    }

    #[test]
    fn working_capital_waits_for_the_site_to_open() {
        let flow = CostBasis {
            mined: Btc::ZERO,
            power: Usd::ZERO,
            income: Usd::ZERO,
            operating_cost: Usd::ZERO,
            project_service: Usd::ZERO,
            sale_share: 1.0,
        };
        let before = Books { cash: Usd(1e6), coins: Btc::ZERO, debt: Usd::ZERO, arrears: 0.0 };
        let (after, moved) = settle(&flow, &before, &TERMS);
        assert_eq!((after, moved.dividends), (before, Usd::ZERO));
    }

    #[test]
    fn coins_are_sold_before_a_miner_falls_into_arrears() {
        let flow = CostBasis {
            mined: Btc::ZERO,
            power: Usd(50_000.0),
            income: Usd::ZERO,
            operating_cost: Usd::ZERO,
            project_service: Usd::ZERO,
            sale_share: 0.0,
        };
        let before = Books { cash: Usd::ZERO, coins: Btc(1.0), debt: Usd::ZERO, arrears: 3.0 };
        let (after, moved) = settle(&flow, &before, &TERMS);
        assert_eq!((moved.sold, after.coins), (Btc(1.0), Btc(0.0)));
        assert_eq!((after.cash, after.arrears), (Usd(50_000.0), 0.0));
    }
}
