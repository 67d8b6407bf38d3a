//! What a coalition without a majority can do: mine selfishly, or race a payment.

use super::layers::largest_template;
use super::{Coalition, NetworkView, SecurityRecord, SecuritySpec};
use crate::model::attack::double_spend::{Formula, double_spend, latent_share};
use crate::model::attack::selfish_mining::{
    newcomer_weeks_to_profit, relative_revenue, weeks_to_profit,
};

/// Weeks beyond which (two years) profit counts as never.
const NEVER_WEEKS: f64 = 104.0;

/// Records what the experiment's coalition could gain today.
pub(crate) fn record_deviation(
    spec: &SecuritySpec,
    view: &NetworkView<'_>,
    record: &mut SecurityRecord,
) {
    let share = match spec.coalition {
        Coalition::LargestPool => record.pool.top1_share,
        Coalition::TemplateGroup => largest_template(view).share,
        Coalition::LatentIdle => latent_share(record.attack.idle_ratio),
    };
    let weeks = match spec.coalition {
        Coalition::LatentIdle => newcomer_weeks_to_profit(share, spec.tie_share),
        Coalition::LargestPool | Coalition::TemplateGroup => weeks_to_profit(share, spec.tie_share),
    };
    let deviation = &mut record.deviation;
    deviation.share = share;
    deviation.selfish_revenue = relative_revenue(share, spec.tie_share);
    deviation.selfish_weeks = weeks.map_or(NEVER_WEEKS, |weeks| weeks.min(NEVER_WEEKS));
    deviation.double_spend = double_spend(Formula::Exact, share, u64::from(spec.confirmations));
}
