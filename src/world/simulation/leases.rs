//! What is written down of each lease of an AI hall, once, on the last day: the fields of the record, and
//! the columns that are read off it.

use bevy_ecs::prelude::World;

use super::column::Column;
use crate::units::Power;
use crate::world::market::state::HostingKind;
use crate::world::miners::campuses::Campuses;
use crate::world::miners::conversion::leases::{HallStage, Lease, Leases, Route};
use crate::world::miners::state::Owners;

/// A lease as it stands on the last day, whatever became of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeaseRecord {
    /// Serial number, in order of signing.
    pub lease: u32,
    /// Index of the owner who signed: [`Trajectory::owner_name`](super::Trajectory) tells who that is.
    pub owner: u32,
    /// Index of the region.
    pub region: u32,
    /// Kind of business.
    pub kind: HostingKind,
    /// What the hall is made of.
    pub route: Route,
    /// What has become of it.
    pub stage: HallStage,
    /// Day of signature, counted from the first; not positive for contracts of before.
    pub signed: i64,
    /// Day of first power, as it is known on the last day.
    pub ready: f64,
    /// Day on which the term ends.
    pub ends: u32,
    /// IT power under the lease.
    pub it: Power,
    /// IT power that is energised.
    pub on: Power,
    /// Utility power of the hall that mined before.
    pub mined: Power,
    /// Utility power of its owner on the first day, pipelines included; none of owners who came later.
    pub owner_power: Power,
    /// First-year rent, million USD per IT MW and year.
    pub rent_musd: f64,
}

impl LeaseRecord {
    fn of(lease: &Lease, number: usize, campuses: &Campuses, owners: &Owners) -> Self {
        Self {
            lease: number as u32,
            owner: lease.signer,
            region: campuses.0[lease.campus as usize].region,
            kind: lease.kind,
            route: lease.route,
            stage: lease.stage,
            signed: lease.signed,
            ready: lease.ready,
            ends: lease.ends,
            it: lease.it,
            on: lease.on,
            mined: lease.mined,
            owner_power: owners.0[lease.signer as usize].opening_power,
            rent_musd: lease.rent_musd,
        }
    }

    /// How the kind of business is written in files.
    #[must_use]
    pub const fn kind_name(&self) -> &'static str {
        match self.kind {
            HostingKind::Colocation => "colocation",
            HostingKind::GpuCloud => "gpu_cloud",
        }
    }

    /// How the route is written in files.
    #[must_use]
    pub const fn route_name(&self) -> &'static str {
        match self.route {
            Route::Standing => "standing",
            Route::Retrofit => "retrofit",
            Route::NewHall => "new",
        }
    }

    /// How the stage is written in files.
    #[must_use]
    pub const fn stage_name(&self) -> &'static str {
        match self.stage {
            HallStage::Building => "building",
            HallStage::Hosting => "hosting",
            HallStage::Vacant => "vacant",
            HallStage::Ended => "ended",
        }
    }
}

/// All leases of a world, in order of signing; none without AI hosting.
#[must_use]
pub(super) fn leases(world: &World) -> Vec<LeaseRecord> {
    let found = (world.get_resource::<Leases>(), world.get_resource(), world.get_resource());
    let (Some(leases), Some(campuses), Some(owners)) = found else { return Vec::new() };
    let record = |(number, lease)| LeaseRecord::of(lease, number, campuses, owners);
    leases.all.iter().enumerate().map(record).collect()
}

/// Columns of `leases.parquet` after the keys `scenario`, `replicate`, `lease` and the texts `owner`, `region`, `kind`,
/// `route` and `stage`.
pub const LEASES: &[Column<LeaseRecord>] = &[
    Column::state(
        "signed_day",
        "day",
        "day of signature; 0 or negative for contracts signed before the first day",
        |l| l.signed as f64,
    ),
    Column::state(
        "first_power_day",
        "day",
        "day of first power with all delays known, which may lie beyond the last day; of a project that was given up, \
         the day on which it was to come",
        |l| l.ready,
    ),
    Column::state("end_day", "day", "day on which the term ends", |l| f64::from(l.ends)),
    Column::state("it_mw", "MW", "IT power under the lease", |l| l.it.mw()),
    Column::state("energised_mw", "MW", "IT power of it that is energised on the last day", |l| {
        l.on.mw()
    }),
    Column::state("mined_mw", "MW", "utility power of the hall that mined before", |l| {
        l.mined.mw()
    }),
    Column::state(
        "owner_mw",
        "MW",
        "utility power of the owner who signed on the first day, pipelines included; 0 of owners who came later",
        |l| l.owner_power.mw(),
    ),
    Column::state(
        "first_year_rent_musd",
        "MUSD/(MW year)",
        "first-year rent per IT power; of GPU clouds the price of the computers' time",
        |l| l.rent_musd,
    ),
];
