//! Recurring cash flows of a site: what it pays or receives every second until its next review. Each
//! is declared here once: what it is, which way it goes, and what it is charged on; components,
//! daily accounts, sums, plans and the balance of dollars follow from the declaration.

use bevy_ecs::change_detection::ContiguousMut;
use bevy_ecs::prelude::{Bundle, Component, Mut};
use bytemuck::TransparentWrapper;

use super::spec::MinersSpec;
use crate::model::mining::rig_fleet::RigFleet;
use crate::units::{RentPerWatt, Tariff, Usd, UsdPerSecond};

/// Which way a recurring cash flow goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Received.
    Income,
    /// Paid for operation.
    OperatingCost,
    /// Paid to lenders of a project.
    DebtService,
}

/// What a recurring cash flow is charged on.
#[derive(Clone, Copy, Debug)]
pub enum ChargeBasis {
    /// On the energy that all rigs of an open site could use: USD per MWh.
    RigEnergy(fn(&MinersSpec) -> f64),
    /// On an AI hall, by its contract.
    Hall,
}

/// A recurring cash flow.
#[derive(Clone, Copy, Debug)]
pub struct CashFlow {
    /// Name.
    pub name: &'static str,
    /// Meaning, one sentence.
    pub meaning: &'static str,
    /// Direction.
    pub direction: Direction,
    /// What it is charged on.
    pub basis: ChargeBasis,
}

/// Number of recurring cash flows.
pub const FLOWS: usize = 3;

/// Place of the fixed operating cost.
pub const FIXED_OPEX: usize = place_of("fixed_opex");
/// Place of the net operating income of an AI hall.
pub const LEASE: usize = place_of("lease");
/// Place of the service of project debt.
pub const PROJECT_SERVICE: usize = place_of("project_service");

/// Place of the cash flow of a name; found at compile time.
const fn place_of(name: &str) -> usize {
    let mut place = 0;
    while !same(CASH_FLOWS[place].name.as_bytes(), name.as_bytes()) {
        place += 1;
    }
    place
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

/// All recurring cash flows, each at its place.
pub const CASH_FLOWS: [CashFlow; FLOWS] = [
    CashFlow {
        name: "fixed_opex",
        meaning: "operating cost that does not depend on what runs",
        direction: Direction::OperatingCost,
        basis: ChargeBasis::RigEnergy(|spec| spec.operation.fixed_opex_usd_per_mwh),
    },
    CashFlow {
        name: "lease",
        meaning: "net operating income of an AI hall",
        direction: Direction::Income,
        basis: ChargeBasis::Hall,
    },
    CashFlow {
        name: "project_service",
        meaning: "service of the debt of an AI hall",
        direction: Direction::DebtService,
        basis: ChargeBasis::Hall,
    },
];

/// A recurring cash flow of a site: a column for each place.
#[derive(Component, Clone, Copy, Debug, Default, TransparentWrapper)]
#[repr(transparent)]
pub struct Recurring<const PLACE: usize>(pub UsdPerSecond);

/// The columns to read.
pub type ReadFlows = (&'static Recurring<0>, &'static Recurring<1>, &'static Recurring<2>);
/// The columns to write.
pub(crate) type WriteFlows =
    (Mut<'static, Recurring<0>>, Mut<'static, Recurring<1>>, Mut<'static, Recurring<2>>);
/// The columns to write, as the engine hands them out.
pub(crate) type FlowColumns<'w> = (
    ContiguousMut<'w, Recurring<0>>,
    ContiguousMut<'w, Recurring<1>>,
    ContiguousMut<'w, Recurring<2>>,
);
/// The columns as slices.
pub(crate) type FlowSlices<'a> = (&'a [Recurring<0>], &'a [Recurring<1>], &'a [Recurring<2>]);

/// The columns as one array of slices.
#[inline(always)]
#[must_use]
pub fn as_array<'a>(columns: &FlowSlices<'a>) -> [&'a [UsdPerSecond]; FLOWS] {
    [
        Recurring::peel_slice(columns.0),
        Recurring::peel_slice(columns.1),
        Recurring::peel_slice(columns.2),
    ]
}

/// Row `i` of the columns, to be changed.
#[must_use]
pub fn row<'a>(columns: &'a mut FlowColumns<'_>, i: usize) -> [&'a mut UsdPerSecond; FLOWS] {
    [
        &mut columns.0.bypass_change_detection()[i].0,
        &mut columns.1.bypass_change_detection()[i].0,
        &mut columns.2.bypass_change_detection()[i].0,
    ]
}

/// The flows of one site.
#[must_use]
pub const fn values(site: (&Recurring<0>, &Recurring<1>, &Recurring<2>)) -> [UsdPerSecond; FLOWS] {
    [site.0.0, site.1.0, site.2.0]
}

/// A new site's columns: it has rigs, but no hall.
#[must_use]
pub fn opening(spec: &MinersSpec, rigs: &RigFleet) -> impl Bundle {
    let mut flows = [UsdPerSecond::ZERO; FLOWS];
    charge_rigs(&mut flows.each_mut(), spec, rigs, true);
    (Recurring::<0>(flows[0]), Recurring::<1>(flows[1]), Recurring::<2>(flows[2]))
}

/// Sets the flows that are charged on rigs; a closed site has none.
pub(crate) fn charge_rigs(
    flows: &mut [&mut UsdPerSecond; FLOWS],
    spec: &MinersSpec,
    rigs: &RigFleet,
    open: bool,
) {
    for (flow, declared) in flows.iter_mut().zip(&CASH_FLOWS) {
        if let ChargeBasis::RigEnergy(usd_per_mwh) = declared.basis {
            // USD a joule of capacity are USD a second and watt.
            let rate = RentPerWatt(Tariff::from_usd_per_mwh(usd_per_mwh(spec)).0);
            **flow = if open { rigs.power() * rate } else { UsdPerSecond::ZERO };
        }
    }
}

/// What rigs cost beside power.
#[must_use]
pub(crate) fn rig_costs(spec: &MinersSpec, rigs: &RigFleet) -> UsdPerSecond {
    rigs.power() * RentPerWatt(cost_per_energy(spec).0)
}

/// Operating cost of rigs beside power, by the energy they use when all of them run.
#[must_use]
pub(crate) fn cost_per_energy(spec: &MinersSpec) -> Tariff {
    let costs = CASH_FLOWS.iter().filter(|flow| flow.direction == Direction::OperatingCost);
    let rates = costs.filter_map(|flow| match flow.basis {
        ChargeBasis::RigEnergy(usd_per_mwh) => Some(Tariff::from_usd_per_mwh(usd_per_mwh(spec))),
        ChargeBasis::Hall => None,
    });
    rates.fold(Tariff::ZERO, |sum, rate| sum + rate)
}

/// What a site pays.
#[must_use]
pub fn outlays(flows: &[&mut UsdPerSecond; FLOWS]) -> UsdPerSecond {
    let paid = flows.iter().zip(&CASH_FLOWS).filter(|(_, of)| of.direction != Direction::Income);
    paid.map(|(flow, _)| **flow).sum()
}

/// Sum of the flows that go in a direction.
#[inline(always)]
#[must_use]
pub fn sum_of(flows: &[Usd; FLOWS], direction: Direction) -> Usd {
    let mut sum = Usd::ZERO;
    for (&flow, declared) in flows.iter().zip(&CASH_FLOWS) {
        if declared.direction == direction {
            sum += flow;
        }
    }
    sum
}
