//! Which sites could host AI at all: about a fifth, the larger ones sooner.

use crate::random::{Draws, Stream};
use crate::units::Power;
use crate::world::market::spec::RegionSpec;
use crate::world::miners::spawn::Prospect;
use crate::world::miners::spec::{Class, ConversionSpec};

/// Suitability of a site in (0, 1], or 0 for a site that cannot host.
///
/// The chance is the suitable share times the region's readiness, doubled above the size limit; a
/// site smaller than the smallest hall never qualifies.
#[must_use]
pub fn draw(
    spec: &ConversionSpec,
    region: &RegionSpec,
    site: &Prospect,
    miner: u32,
    draws: &Draws,
) -> f64 {
    let power = site.capacity + site.pipeline;
    let [chance, quality] = draws.pair(Stream::Population, miner, 4, 0);
    let hall = power * (spec.convertible_share * spec.it_over_utility);
    let size = if power > Power::from_mw(spec.suitable_above_mw) { 2.0 } else { 1.0 };
    let gpu = if site.class == Class::GpuOperator { 1.5 } else { 1.0 };
    let odds = spec.suitable_share * size * gpu * region.ai_readiness;
    if hall >= Power::from_mw(spec.min_hall_mw) && chance < odds { quality } else { 0.0 }
}
