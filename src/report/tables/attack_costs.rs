//! What an attack costs by what the attacker may use and how long it prepares.

use super::Headline;

/// What the table is of.
pub(super) const TITLE: &str = "Attack cost by what the attacker may use and how long it prepares";

/// A row of costs in billion USD, by the column of `runs.parquet`.
const fn cost(metric: &'static str, label: &'static str) -> Headline {
    Headline(metric, label, "billion USD", 1e9)
}

/// A row of the share of the target that can be had.
const fn reach(metric: &'static str, label: &'static str) -> Headline {
    Headline(metric, label, "%", 0.01)
}

pub(super) const ROWS: &[Headline] = &[
    cost("attack_mix_short_usd_mean", "Cheapest mix, short, mean"),
    cost("attack_mix_medium_usd_mean", "Cheapest mix, medium, mean"),
    cost("attack_mix_long_usd_mean", "Cheapest mix, long, mean"),
    cost("attack_no_sale_short_usd_mean", "Nobody who mines sells, short, mean"),
    cost("attack_no_sale_medium_usd_mean", "Nobody who mines sells, medium, mean"),
    cost("attack_no_sale_long_usd_mean", "Nobody who mines sells, long, mean"),
    cost("attack_hired_only_usd_mean", "Hired only, mean"),
    reach("attack_no_sale_short_reach_mean", "Reach: nobody who mines sells, short, mean"),
    reach("attack_no_sale_medium_reach_mean", "Reach: nobody who mines sells, medium, mean"),
    reach("attack_no_sale_long_reach_mean", "Reach: nobody who mines sells, long, mean"),
    reach("attack_hired_only_reach_mean", "Reach: hired only, mean"),
    cost("attack_mix_short_usd_last", "Cheapest mix, short, last day"),
    cost("attack_mix_medium_usd_last", "Cheapest mix, medium, last day"),
    cost("attack_mix_long_usd_last", "Cheapest mix, long, last day"),
    cost("attack_no_sale_short_usd_last", "Nobody who mines sells, short, last day"),
    cost("attack_no_sale_medium_usd_last", "Nobody who mines sells, medium, last day"),
    cost("attack_no_sale_long_usd_last", "Nobody who mines sells, long, last day"),
    cost("attack_hired_only_usd_last", "Hired only, last day"),
    reach("attack_no_sale_short_reach_last", "Reach: nobody who mines sells, short, last day"),
    reach("attack_no_sale_medium_reach_last", "Reach: nobody who mines sells, medium, last day"),
    reach("attack_no_sale_long_reach_last", "Reach: nobody who mines sells, long, last day"),
    reach("attack_hired_only_reach_last", "Reach: hired only, last day"),
];

/// What the rows mean, and what is no number.
pub(super) fn notes() -> Vec<String> {
    [
        "Gross cost. Cheapest mix: everything that can be bought or hired. Nobody who mines sells: \
         nor lets, nor takes a bribe; idle, displaced and new rigs with their sites. Hired only: \
         rented, bribed and of pools, nothing bought; time to prepare changes nothing. Short, \
         medium and long are the three of security.preparation_days_compared.",
        "An attack that cannot be had in time has no cost: -- (0 of n) where no path has one; a mean \
         needs every recorded day of the path after the first; \"(m of n)\" counts the paths that a \
         number is of, and those of two scenarios need not be the same, while an effect is of paths \
         that have both. Reach is the share of the hash rate needed that can be had, and is there for \
         all paths.",
    ]
    .map(str::to_owned)
    .to_vec()
}
