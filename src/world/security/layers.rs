//! Concentration of hash rate by layer, and of AI capacity over tenants.

use super::{NetworkView, Scratch, SecurityRecord, SecuritySpec};
use crate::model::concentration::indices::{Concentration, Control, concentration};
use crate::numerics::ranking::Ranking;

/// Block templates that can be told apart.
pub(crate) const TEMPLATES: usize = u8::MAX as usize + 1;

/// Measures every layer.
pub(crate) fn record_concentration(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    scratch: &mut Scratch,
    record: &mut SecurityRecord,
) {
    let control = Control { threshold: spec.control_threshold, strictly: spec.control_strictly };
    let ranking = &mut scratch.ranking;
    let templates = merge_templates(view, &mut scratch.by_template);
    record.template = measure(templates.iter().copied(), control, ranking);
    record.owner = measure(view.by_owner.iter().copied(), control, ranking);
    record.pool = measure(view.by_pool.iter().map(|pool| pool.0), control, ranking);
    record.region = measure(view.by_region.iter().map(|region| region.0), control, ranking);
    record.manufacturer =
        measure(view.by_manufacturer.iter().map(|manufacturer| manufacturer.0), control, ranking);
    record.tenant = measure(view.by_tenant.iter().copied(), control, ranking);
}

fn measure(
    weights: impl IntoIterator<Item = f64>,
    control: Control,
    ranking: &mut Ranking,
) -> Concentration {
    concentration(weights, control, ranking)
}

/// Hash rate by block template, the largest template number in use last.
fn merge_templates<'a>(view: &NetworkView<'_>, by_template: &'a mut [f64]) -> &'a [f64] {
    by_template.fill(0.0);
    let mut templates = 0;
    for (pool, &template) in view.by_pool.iter().zip(view.pool_template) {
        by_template[usize::from(template)] += pool.0;
        templates = templates.max(usize::from(template) + 1);
    }
    &by_template[..templates]
}

/// A group of pools that share block templates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct TemplateGroup {
    /// Share of the running hash rate.
    pub share: f64,
    /// Mean fee, weighted by hash rate.
    pub fee: f64,
}

/// The largest group of pools by template; none without hash rate.
pub(crate) fn largest_template(view: &NetworkView<'_>) -> TemplateGroup {
    let all: f64 = view.by_pool.iter().map(|pool| pool.0).sum();
    let group = |template: u8| {
        let pools = view.by_pool.iter().zip(view.pool_template).zip(view.pool_fee);
        let members = pools.filter(move |((_, of), _)| **of == template);
        members
            .fold((0.0, 0.0), |(sum, fees), ((pool, _), fee)| (sum + pool.0, fees + pool.0 * fee))
    };
    let (largest, fees) = view
        .pool_template
        .iter()
        .take(view.by_pool.len())
        .map(|&template| group(template))
        .fold((0.0, 0.0), |most, next| if next.0 > most.0 { next } else { most });
    if largest > 0.0 {
        TemplateGroup { share: largest / all, fee: fees / largest }
    } else {
        TemplateGroup::default()
    }
}
