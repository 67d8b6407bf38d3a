//! Columns of the security record.

use super::column::{Column, Nature};
use super::columns_network::Record;
use crate::model::attack::attainable::AttainableAttack;

/// A column of security, all of which are states on the day.
const fn column(
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    value: fn(&Record) -> f64,
) -> Column<Record> {
    Column { name, unit, meaning, nature: Nature::State, value }
}

/// A column of the cost of an attack that may not be to be had.
const fn cost(
    name: &'static str,
    meaning: &'static str,
    value: fn(&Record) -> f64,
) -> Column<Record> {
    Column { name, unit: "USD", meaning, nature: Nature::StateIfAny, value }
}

/// The cost of an attack, NaN where it cannot be had.
fn gross(attack: AttainableAttack) -> f64 {
    attack.gross.map_or(f64::NAN, |gross| gross.0)
}

/// What a majority attack costs by what the attacker may use and how long it prepares: short, medium
/// and long are the three of `security.preparation_days_compared`.
pub(crate) const COMPARED: &[Column<Record>] = &[
    cost(
        "attack_mix_short_usd",
        "gross cost of the cheapest mix of everything, short preparation",
        |r| gross(r.security.compared.mix[0]),
    ),
    cost("attack_mix_medium_usd", "the same, medium preparation", |r| {
        gross(r.security.compared.mix[1])
    }),
    cost("attack_mix_long_usd", "the same, long preparation", |r| {
        gross(r.security.compared.mix[2])
    }),
    cost(
        "attack_no_sale_short_usd",
        "gross cost where nobody who mines sells, lets or takes a bribe: idle, displaced and new rigs with their sites; short preparation",
        |r| gross(r.security.compared.no_sale[0]),
    ),
    cost("attack_no_sale_medium_usd", "the same, medium preparation", |r| {
        gross(r.security.compared.no_sale[1])
    }),
    cost("attack_no_sale_long_usd", "the same, long preparation", |r| {
        gross(r.security.compared.no_sale[2])
    }),
    cost(
        "attack_hired_only_usd",
        "gross cost with nothing bought: hash rate rented, bribed and of pools, whatever the preparation",
        |r| gross(r.security.compared.hired_only),
    ),
    column(
        "attack_no_sale_short_reach",
        "1",
        "share of the hash rate needed that idle, displaced and new rigs provide in time, the frugal ones taking the sites first; short preparation",
        |r| r.security.compared.no_sale[0].reach,
    ),
    column("attack_no_sale_medium_reach", "1", "the same, medium preparation", |r| {
        r.security.compared.no_sale[1].reach
    }),
    column("attack_no_sale_long_reach", "1", "the same, long preparation", |r| {
        r.security.compared.no_sale[2].reach
    }),
    column(
        "attack_hired_only_reach",
        "1",
        "share of the target that hash rate rented, bribed and of pools provides",
        |r| r.security.compared.hired_only.reach,
    ),
];

/// What a majority attack costs and needs.
pub(crate) const ATTACK: &[Column<Record>] = &[
    column("attack_idle_usd", "USD", "rigs from miners' idle and displaced stock", |r| {
        r.security.attack.bill.idle.0
    }),
    column(
        "attack_used_usd",
        "USD",
        "rigs in use, bought out from running miners; second-hand ones are in attack_idle_usd",
        |r| r.security.attack.bill.used.0,
    ),
    column("attack_new_usd", "USD", "new rigs at delivery limits", |r| {
        r.security.attack.bill.new.0
    }),
    column("attack_rented_usd", "USD", "hash rate rented for the attack", |r| {
        r.security.attack.bill.rented.0
    }),
    column("attack_bribed_usd", "USD", "bribes to running miners", |r| {
        r.security.attack.bill.bribed.0
    }),
    column("attack_pool_usd", "USD", "pool operators and the members who stay with them", |r| {
        r.security.attack.bill.pool.0
    }),
    column("attack_hired_usd", "USD", "hash rate hired: rented, bribed and pooled", |r| {
        r.security.attack.bill.hired().0
    }),
    column("attack_hardware_usd", "USD", "all rigs", |r| r.security.attack.bill.hardware().0),
    column("attack_site_usd", "USD", "sites and power connection", |r| {
        r.security.attack.bill.site.0
    }),
    column("attack_energy_usd", "USD", "electricity during the attack", |r| {
        r.security.attack.bill.energy.0
    }),
    column("attack_operations_usd", "USD", "operating cost other than power", |r| {
        r.security.attack.bill.operations.0
    }),
    column(
        "attack_gross_usd",
        "USD",
        "rigs, hired hash rate, sites, electricity and operations",
        |r| r.security.attack.gross.0,
    ),
    column(
        "attack_rewards_usd",
        "USD",
        "block rewards that the attacker keeps, at the fallen price",
        |r| r.security.attack.rewards.0,
    ),
    column("attack_resale_usd", "USD", "resale of hardware after the attack", |r| {
        r.security.attack.resale.0
    }),
    column("attack_net_usd", "USD", "gross cost minus rewards minus resale", |r| {
        r.security.attack.net.0
    }),
    column("attack_buy_usd", "USD", "gross cost with rigs bought and nothing hired", |r| {
        r.security.attack.buy.0
    }),
    column(
        "attack_add_usd",
        "USD",
        "gross cost of adding idle and new rigs alone, as many as can be had in time",
        |r| r.security.attack.add.0,
    ),
    column(
        "attack_add_reach",
        "1",
        "share of the hash rate needed that idle and new rigs provide in time",
        |r| r.security.attack.add_reach,
    ),
    column(
        "attack_convert_usd",
        "USD",
        "buying out a majority of the running hash rate instead of adding to it",
        |r| r.security.attack.convert.0,
    ),
    column(
        "attack_bribe_usd",
        "USD",
        "bribing a majority of the running hash rate, if every miner can be bribed",
        |r| r.security.attack.bribe.0,
    ),
    column(
        "attack_rental_usd_per_hour",
        "USD/h",
        "rental of the honest hash rate for an hour",
        |r| r.security.attack.rental_per_hour.0,
    ),
    column("attack_hash_rate_ehs", "EH/s", "attacker's hash rate", |r| {
        r.security.attack.bill.hash_rate.ehs()
    }),
    column(
        "attack_needed_added_ehs",
        "EH/s",
        "hash rate that outpaces the honest side when it is added",
        |r| r.security.attack.needed_added.ehs(),
    ),
    column(
        "attack_needed_converted_ehs",
        "EH/s",
        "hash rate that outpaces the honest side when it is taken from it",
        |r| r.security.attack.needed_converted.ehs(),
    ),
    column(
        "attack_shortfall_ehs",
        "EH/s",
        "hash rate that nothing on offer can provide in time",
        |r| r.security.attack.bill.shortfall.ehs(),
    ),
    column("attack_running_mw", "MW", "attacker's power on sites of miners who run now", |r| {
        r.security.attack.bill.power.running.mw()
    }),
    column("attack_idle_mw", "MW", "attacker's power on sites where rigs stand idle", |r| {
        r.security.attack.bill.power.idle.mw()
    }),
    column("attack_vacant_mw", "MW", "attacker's power in vacant halls", |r| {
        r.security.attack.bill.power.vacant.mw()
    }),
    column("attack_built_mw", "MW", "attacker's power on new sites", |r| {
        r.security.attack.bill.power.built.mw()
    }),
    column("idle_attack_ratio", "1", "idle usable hash rate over honest hash rate", |r| {
        r.security.attack.idle_ratio
    }),
    column("time_to_attack_days", "day", "time to gather hardware and power", |r| {
        r.security.attack.time.days()
    }),
];

/// What deters it, what a coalition without a majority can do, and concentration by layer.
pub(crate) const SECURITY: &[Column<Record>] = &[
    column(
        "deterred_flow_usd",
        "USD",
        "largest stake that the flow of rewards deters from an attack",
        |r| r.security.deterrence.flow.0,
    ),
    column(
        "deterred_owner_usd",
        "USD",
        "largest stake that deters owners who attack with their own rigs",
        |r| r.security.deterrence.owner.0,
    ),
    column(
        "deterred_scrap_usd",
        "USD",
        "largest stake that deters an attacker with rigs at the price of idle ones",
        |r| r.security.deterrence.scrap.0,
    ),
    column(
        "finality_wait_days",
        "day",
        "wait after which reversing a payment of the value at risk does not pay; a million blocks means never, do not average over it",
        |r| r.security.deterrence.finality_wait.days(),
    ),
    column("budget_over_value_per_day", "1/day", "security budget over the value at risk", |r| {
        r.security.deterrence.budget_over_value
    }),
    column(
        "latent_confirmations",
        "1",
        "confirmations against a double spend by all idle rigs; at most 1,008, a week",
        |r| r.security.deterrence.latent_confirmations,
    ),
    column("coalition_share", "1", "coalition's share of the hash rate", |r| {
        r.security.deviation.share
    }),
    column(
        "selfish_revenue_share",
        "1",
        "coalition's share of blocks when it mines selfishly",
        |r| r.security.deviation.selfish_revenue,
    ),
    column(
        "selfish_weeks_to_profit",
        "weeks",
        "weeks until selfish mining has paid, across retargets; at most 104, which means never, do not average over it",
        |r| r.security.deviation.selfish_weeks,
    ),
    column(
        "double_spend_probability",
        "1",
        "probability that the coalition reverses a payment",
        |r| r.security.deviation.double_spend,
    ),
    column("nakamoto_owner", "1", "smallest number of owners that control the hash rate", |r| {
        r.security.owner.nakamoto
    }),
    column("nakamoto_pool", "1", "smallest number of pools that control the hash rate", |r| {
        r.security.pool.nakamoto
    }),
    column("nakamoto_proxy", "1", "the same for pools merged by block template", |r| {
        r.security.template.nakamoto
    }),
    column("nakamoto_region", "1", "smallest number of regions that control the hash rate", |r| {
        r.security.region.nakamoto
    }),
    column(
        "nakamoto_maker",
        "1",
        "smallest number of manufacturers whose rigs control the hash rate",
        |r| r.security.manufacturer.nakamoto,
    ),
    column(
        "nakamoto_tenant",
        "1",
        "smallest number of tenants that control the AI capacity under contract",
        |r| r.security.tenant.nakamoto,
    ),
    column("hhi_owner", "1", "Herfindahl-Hirschman index of owners, 0 to 10,000", |r| {
        r.security.owner.hhi
    }),
    column("hhi_pool", "1", "Herfindahl-Hirschman index of pools, 0 to 10,000", |r| {
        r.security.pool.hhi
    }),
    column(
        "hhi_proxy",
        "1",
        "Herfindahl-Hirschman index of pools merged by block template, 0 to 10,000",
        |r| r.security.template.hhi,
    ),
    column("hhi_region", "1", "Herfindahl-Hirschman index of regions, 0 to 10,000", |r| {
        r.security.region.hhi
    }),
    column(
        "hhi_maker",
        "1",
        "Herfindahl-Hirschman index of manufacturers of rigs, 0 to 10,000",
        |r| r.security.manufacturer.hhi,
    ),
    column("gini_owner", "1", "Gini coefficient of owners", |r| r.security.owner.gini),
    column("entropy_owner_bits", "bit", "Shannon entropy of owners", |r| {
        r.security.owner.shannon_bits
    }),
    column("theil_owner", "1", "Theil index of owners", |r| r.security.owner.theil),
    column("gini_pool", "1", "Gini coefficient of pools", |r| r.security.pool.gini),
    column("entropy_pool_bits", "bit", "Shannon entropy of pools", |r| {
        r.security.pool.shannon_bits
    }),
    column("theil_pool", "1", "Theil index of pools", |r| r.security.pool.theil),
    column("top1_owner_share", "1", "share of the largest owner", |r| r.security.owner.top1_share),
    column("top1_pool_share", "1", "share of the largest pool", |r| r.security.pool.top1_share),
    column("top1_proxy_share", "1", "share of the largest group of pools by block template", |r| {
        r.security.template.top1_share
    }),
    column("top1_maker_share", "1", "share of the largest manufacturer of rigs", |r| {
        r.security.manufacturer.top1_share
    }),
    column(
        "top1_tenant_share",
        "1",
        "share of the largest tenant, of AI capacity under contract",
        |r| r.security.tenant.top1_share,
    ),
    column("top3_owner_share", "1", "share of the three largest owners", |r| {
        r.security.owner.top3_share
    }),
    column("top3_pool_share", "1", "share of the three largest pools", |r| {
        r.security.pool.top3_share
    }),
];
