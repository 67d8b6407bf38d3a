//! Contracts signed before the first day: finished halls stand on power of their own and earn rent; the
//! rest are under construction, on the owner's pipeline as far as it goes, else in its mining halls.
//! Every contract is opened whole, and with the lead time that it has used already.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::clock::{SECONDS_PER_DAY, unix_day};
use crate::units::Power;
use crate::world::chain::Chain;
use crate::world::market::state::{HostingKind, Tender};
use crate::world::miners::access::{MinerColumns, MinerTable, table};
use crate::world::miners::population::pinned_owners;
use crate::world::miners::spec::{ConversionSpec, MinersSpec, OwnerSpec};
use crate::world::miners::state::{Bid, Owners};

use super::projects::{Contract, ContractDay, ContractViews};

/// Signs them all. Runs once, on day 0.
pub(crate) fn sign_opening_contracts(
    mut views: ContractViews,
    chain: Res<Chain>,
    mut owners: ResMut<Owners>,
    mut query: Query<MinerColumns>,
) {
    let (Some(mut today), Some(mut table)) = (views.day(), table(&mut query)) else { return };
    let first_day = i64::try_from(chain.midnight()).unwrap_or_default() / SECONDS_PER_DAY;
    let named = pinned_owners(&today.miners.spec);
    let mut sites = vec![Vec::new(); named.len()];
    for site in table.sites().iter().filter(|site| (site.owner as usize) < named.len()) {
        sites[site.owner as usize].push(site.miner);
    }
    for (index, owner) in named.iter().enumerate() {
        let tender = opening_tender(&today, index as u32, owner);
        let room = HallRoom::from_owner(&today.miners.spec, owner);
        let Some(opening) = OpeningContracts::from_owner(owner, &room, today.spec) else {
            continue;
        };
        opening.gather_pipeline(&mut table, &sites[index]);
        let age = days_since_signature(owner, first_day).unwrap_or(0);
        opening.sign(&mut today, &mut owners, &mut table, (&sites[index], &tender, age));
    }
    today.projects.signed_on.sort_unstable();
}

/// Days from the signature of an owner's AI contracts to the first day, 0 where that came before; none
/// where it is not told.
#[must_use]
pub(crate) fn days_since_signature(owner: &OwnerSpec, first_day: i64) -> Option<u32> {
    u32::try_from((first_day - unix_day(&owner.ai_signed)?).max(0)).ok()
}

/// What an owner's sites have for AI halls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HallRoom {
    /// Number of sites; each has one hall.
    pub sites: u32,
    /// Power under development on all of them.
    pub pipeline: Power,
    /// Utility power that mines on each.
    pub mining: Power,
}

impl HallRoom {
    /// Of an owner as the experiment describes it.
    #[must_use]
    pub(crate) fn from_owner(spec: &MinersSpec, owner: &OwnerSpec) -> Self {
        let installed = owner.hash_rate_ehs / spec.operation.uptime;
        let rigs = Power::from_mw(installed * owner.efficiency_j_per_th);
        let built = rigs * spec.operation.pue / (1.0 - spec.population.spare_power_share);
        Self {
            sites: owner.sites,
            pipeline: Power::from_mw(owner.pipeline_mw),
            mining: built / f64::from(owner.sites),
        }
    }

    /// Most utility power of halls under construction: a finished hall takes one site.
    #[must_use]
    pub(crate) fn most(&self, owner: &OwnerSpec) -> Power {
        let taken = u32::from(owner.ai_energised_mw > 0.0);
        self.pipeline + self.mining * f64::from(self.sites.saturating_sub(taken))
    }

    /// Whether the contracts that are not energised fit.
    #[must_use]
    pub(crate) fn fits(&self, owner: &OwnerSpec, spec: &ConversionSpec) -> bool {
        contracted(owner, spec) <= self.most(owner) * (1.0 + ROUNDING)
    }
}

/// Utility power of what an owner has contracted and not energised.
#[must_use]
pub fn contracted(owner: &OwnerSpec, spec: &ConversionSpec) -> Power {
    Power::from_mw(owner.ai_contracted_mw) / spec.it_over_utility
}

/// How an owner's opening contracts lie on its sites: finished halls on the first, those under
/// construction on the others, in equal parts.
#[derive(Clone, Copy, Debug, PartialEq)]
struct OpeningContracts {
    /// Sites with a finished hall; the others have one under construction.
    lit: u32,
    /// IT power of each finished hall.
    lit_it: Power,
    /// IT power of each hall under construction.
    due_it: Power,
    /// Utility power of each hall under construction that comes from the pipeline.
    from_pipeline: Power,
    /// The rest of it, which comes from mining.
    from_mining: Power,
    /// Pipeline that is left on each site with a finished hall once some had to move.
    left: Option<Power>,
}

impl OpeningContracts {
    /// Of an owner with this room; none for an owner without contracts.
    fn from_owner(owner: &OwnerSpec, room: &HallRoom, spec: &ConversionSpec) -> Option<Self> {
        let (on, due) = (owner.ai_energised_mw, owner.ai_contracted_mw);
        if on + due <= 0.0 {
            return None;
        }
        let n = room.sites;
        let lit = lit_sites(owner, room, spec);
        let count = n - lit;
        let each = |total: f64, count: u32| Power::from_mw(total / f64::from(count.max(1)));
        let due_it = each(due, count);
        let wanted = due_it / spec.it_over_utility;
        let share = room.pipeline / f64::from(count.max(1));
        let from_pipeline = wanted.min(share);
        // An owner's sites share its pipeline: what one hall lacks, sites without one give.
        let moves = lit > 0 && from_pipeline > room.pipeline / f64::from(n);
        let rest = room.pipeline - from_pipeline * f64::from(count);
        let left = moves.then(|| rest.max(Power::ZERO) / f64::from(lit));
        Some(Self {
            lit,
            lit_it: each(on, lit),
            due_it,
            from_pipeline,
            from_mining: wanted - from_pipeline,
            left,
        })
    }

    /// Moves the owner's pipeline to where it is needed.
    fn gather_pipeline(&self, table: &mut MinerTable<'_, '_>, sites: &[u32]) {
        let Some(left) = self.left else { return };
        for (place, &site) in (0..).zip(sites) {
            let pipeline = if place < self.lit { left } else { self.from_pipeline };
            table.miner(site as usize).site.pipeline = pipeline;
        }
    }

    /// Opens every hall.
    fn sign(
        &self,
        today: &mut ContractDay<'_>,
        owners: &mut Owners,
        table: &mut MinerTable<'_, '_>,
        (sites, tender, age): (&[u32], &Tender, u32),
    ) {
        for (place, &site) in (0..).zip(sites) {
            let mut miner = table.miner(site as usize);
            if place < self.lit {
                let (it, mined) = (self.lit_it, Power::ZERO);
                let utility = it / today.spec.it_over_utility;
                miner.site.capacity += utility;
                miner.hall.utility = utility;
                today.flows.power_built += utility;
                *miner.bid = Bid { it, standing: true, ..Bid::default() };
                today.contract(&mut miner, tender, &Contract { it, mined, age, stands: true });
                today.energise(&mut miner, owners);
            } else if self.due_it.0 > 0.0 {
                let (it, mined) = (self.due_it, self.from_mining);
                *miner.bid = self.terms(today.spec);
                today.contract(&mut miner, tender, &Contract { it, mined, age, stands: false });
            }
        }
    }

    /// Cost and lead time of the halls under construction: of a new building on the pipeline, of a
    /// retrofit in mining halls; of one in both by power, and as slow as the slower.
    fn terms(&self, spec: &ConversionSpec) -> Bid {
        let (new, retrofit) = (spec.new_build_capex_musd, spec.retrofit_capex_musd);
        let (capex_musd, months) = if self.from_mining.0 <= 0.0 {
            (new, spec.new_build_months)
        } else if self.from_pipeline.0 <= 0.0 {
            (retrofit, spec.retrofit_months)
        } else {
            let built = self.from_pipeline / (self.from_pipeline + self.from_mining);
            let slower = spec.new_build_months.max(spec.retrofit_months);
            (new * built + retrofit * (1.0 - built), slower)
        };
        Bid { capex_musd, months, ..Bid::default() }
    }
}

/// Sites with a finished hall: in proportion to IT power, but at least one, and so many others that the
/// halls under construction have room.
fn lit_sites(owner: &OwnerSpec, room: &HallRoom, spec: &ConversionSpec) -> u32 {
    let (on, due) = (owner.ai_energised_mw, owner.ai_contracted_mw);
    let sites = f64::from(room.sites);
    let beyond = contracted(owner, spec) - room.pipeline;
    let dark = libm::ceil(beyond / room.mining * (1.0 - ROUNDING));
    let dark = dark.max(f64::from(u8::from(due > 0.0))).min(sites);
    let fewest = f64::from(u8::from(on > 0.0));
    libm::round(sites * on / (on + due)).min(sites - dark).max(fewest) as u32
}

/// Slack for sums of power: a numerical tolerance.
const ROUNDING: f64 = 1e-9;

fn opening_tender(today: &ContractDay<'_>, index: u32, owner: &OwnerSpec) -> Tender {
    Tender {
        id: 0,
        kind: HostingKind::Colocation,
        open: Power::from_mw(owner.ai_contracted_mw + owner.ai_energised_mw),
        rent_musd: today.terms.colocation_rent_musd,
        term_years: today.terms.opening_term_years,
        tenant: index % today.terms.tenants as u32,
        backed: today.terms.opening_backed,
        closes: 0,
    }
}
