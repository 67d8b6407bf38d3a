//! Which sites could host AI at all: about a fifth, the larger ones sooner.

use crate::model::hosting::decision_rules::suitability_odds;
use crate::random::{Draws, Need};
use crate::units::Power;
use crate::world::market::spec::RegionSpec;
use crate::world::miners::spawn::Prospect;
use crate::world::miners::spec::{Class, ConversionSpec};

/// Suitability of a site in (0, 1], or 0 for a site that cannot host.
///
/// The chance is the suitable share times the region's readiness, higher for large sites and former GPU
/// operators; a site smaller than the smallest hall never qualifies.
#[must_use]
pub fn draw(
    spec: &ConversionSpec,
    region: &RegionSpec,
    site: &Prospect,
    miner: u32,
    draws: &Draws,
) -> f64 {
    let power = site.capacity + site.pipeline;
    let [chance, quality] = draws.draw_pair(Need::Suitability(miner));
    let hall = power * (spec.convertible_share * spec.it_over_utility);
    let large = power > Power::from_mw(spec.suitable_above_mw);
    let size = if large { spec.large_site_odds } else { 1.0 };
    let gpu = if site.class == Class::GpuOperator { spec.gpu_operator_odds } else { 1.0 };
    let odds = suitability_odds(spec.suitable_share, size, gpu, region.ai_readiness);
    if hall >= Power::from_mw(spec.min_hall_mw) && chance < odds { quality } else { 0.0 }
}
