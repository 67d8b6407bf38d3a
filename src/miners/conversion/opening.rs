//! Contracts signed before the first day: finished halls stand on power of their own and earn rent
//! from day 1; the rest are
//! under construction, on the pipeline as far as it goes, else in mining halls.

use bevy_ecs::prelude::Query;

use crate::market::state::{HostingKind, Tender};
use crate::miners::access::{Miner, MinerColumns, table};
use crate::miners::population::pinned_owners;
use crate::miners::spec::OwnerSpec;
use crate::miners::state::Bid;
use crate::units::Power;

use super::projects::{Desk, DeskViews};

/// Term of contracts signed before the first day, years (the most common one: CoreWeave–Core
/// Scientific 2024, Fluidstack leases of 2025 run 10 to 12).
const TERM_YEARS: f64 = 12.0;

/// Signs them all. Runs once, on day 0.
pub fn sign_opening_contracts(mut views: DeskViews, mut query: Query<MinerColumns>) {
    let (Some(mut desk), Some(mut table)) = (views.desk(), table(&mut query)) else { return };
    let named = pinned_owners(&desk.miners.spec);
    let mut sites = vec![Vec::new(); named.len()];
    for site in table.sites().iter().filter(|site| (site.owner as usize) < named.len()) {
        sites[site.owner as usize].push(site.miner);
    }
    for (index, owner) in named.iter().enumerate() {
        let tender = opening_tender(&desk, index as u32, owner);
        for (site, part) in parts(owner, &sites[index]) {
            desk.open(&mut table.miner(site as usize), &tender, part);
        }
    }
}

/// IT power of one site's opening contract.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Energised(Power),
    Contracted(Power),
}

/// Splits an owner's opening contracts over its sites: whole sites to each kind, in proportion.
fn parts(owner: &OwnerSpec, sites: &[u32]) -> Vec<(u32, Part)> {
    let (on, due) = (owner.ai_energised_mw, owner.ai_contracted_mw);
    if on + due <= 0.0 || sites.is_empty() {
        return Vec::new();
    }
    let n = sites.len();
    let lit = libm::round(n as f64 * on / (on + due)) as usize;
    let lit = lit.max(usize::from(on > 0.0 && n > 1)).min(n - usize::from(due > 0.0 && n > 1));
    let share = |total: f64, count: usize| Power::from_mw(total / count.max(1) as f64);
    sites
        .iter()
        .enumerate()
        .map(|(k, &site)| {
            let part = if k < lit {
                Part::Energised(share(on + if lit == n { due } else { 0.0 }, lit))
            } else {
                Part::Contracted(share(due + if lit == 0 { on } else { 0.0 }, n - lit))
            };
            (site, part)
        })
        .filter(
            |(_, part)| matches!(part, Part::Energised(it) | Part::Contracted(it) if it.0 > 0.0),
        )
        .collect()
}

fn opening_tender(desk: &Desk<'_>, index: u32, owner: &OwnerSpec) -> Tender {
    Tender {
        id: 0,
        kind: HostingKind::Colocation,
        open: Power::from_mw(owner.ai_contracted_mw + owner.ai_energised_mw),
        rent_musd: desk.terms.colocation_rent_musd,
        term_years: TERM_YEARS,
        tenant: index % desk.terms.tenants as u32,
        backed: true,
        closes: 0,
    }
}

impl Desk<'_> {
    fn open(&mut self, miner: &mut Miner<'_>, tender: &Tender, part: Part) {
        match part {
            Part::Energised(it) => {
                let utility = it / self.spec.it_over_utility;
                miner.site.capacity += utility;
                miner.hall.utility = utility;
                self.flows.power_built += utility;
                *miner.bid = Bid { it, standing: true, ..Bid::default() };
                self.sign(miner, tender);
            }
            Part::Contracted(it) => {
                let utility = it / self.spec.it_over_utility;
                let on_pipeline = miner.site.pipeline >= utility;
                let most = miner.mining_capacity() * self.spec.it_over_utility;
                *miner.bid = Bid {
                    it: if on_pipeline { it } else { it.min(most) },
                    takes_mining: !on_pipeline,
                    capex_musd: if on_pipeline {
                        self.spec.new_build_capex_musd
                    } else {
                        self.spec.retrofit_capex_musd
                    },
                    months: if on_pipeline {
                        self.spec.new_build_months
                    } else {
                        self.spec.retrofit_months
                    },
                    ..Bid::default()
                };
                self.sign(miner, tender);
            }
        }
    }
}
