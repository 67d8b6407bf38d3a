//! Keys that have had other names: files that state the old one are read as if they stated the new
//! one, and are told so.

use toml::{Table, Value};

use super::dotted::{look_up, put, take};
use crate::study::error::ConfigError;

/// Old names with the new ones. Each is taken for one version more than the one that renamed it.
const RENAMED: [(&str, &str); 5] = [
    ("miners.turnover.exodus_day", "miners.closures.single_day"),
    ("miners.turnover.exodus_share", "miners.closures.single_share"),
    ("miners.turnover.exodus_return_days", "miners.closures.single_return_days"),
    ("market.rigs.maker_shares", "market.rigs.manufacturer_shares"),
    ("market.rigs.payback_months_tight", "market.rigs.buyers_payback_months"),
];

/// Keys that went, and what says now what they said.
const GONE: [(&str, &str); 19] = [
    (
        "market.rigs.payback_months_slack",
        "the price without a queue follows from market.rigs.scarcity_without_queue, the part of \
         market.rigs.buyers_payback_months (beyond cost) that it reaches",
    ),
    (
        "market.rigs.price_floor_usd_per_th",
        "no rig is sold below its cost, market.rigs.production_cost_usd_per_w times its joules a hash",
    ),
    (
        "miners.investment.annual_site_growth",
        "new halls come with the rigs ordered for them, and miners.investment.monthly_site_growth and \
         market.energy.connections_mw_per_year limit them",
    ),
    (
        "ai.demand.tenders_per_year",
        "what incumbents leave comes as tenders: ai.demand.demand_gw_per_year less \
         ai.demand.incumbents_gw_per_year, times ai.demand.tender_share",
    ),
    (
        "ai.demand.tender_open_days",
        "a tender is awarded on its day or goes to incumbents, as ai.demand.least_part and \
         the rents allow",
    ),
    (
        "ai.demand.retry_days",
        "a tender is awarded on its day or goes to incumbents, as ai.demand.least_part and \
         the rents allow",
    ),
    (
        "ai.demand.colocation_rent_musd",
        "the rent is of the first year now and follows demand and supply from \
         ai.demand.market_rent_musd, an average over a lease is a fifth higher",
    ),
    (
        "ai.demand.rent_sd_log",
        "rents differ by offers and tenants, see ai.demand.valuation_sd_log and \
         ai.conversion.capex_sd_log",
    ),
    (
        "ai.demand.rent_tightness_elasticity",
        "the rent follows demand over supply, see ai.demand.demand_elasticity and \
         ai.demand.incumbents_elasticity",
    ),
    (
        "ai.demand.rent_tightness_limit_log",
        "the rent follows demand over supply, see ai.demand.demand_elasticity and \
         ai.demand.incumbents_elasticity",
    ),
    (
        "ai.conversion.suitable_share",
        "what can host is an outcome of quality and cost: ai.conversion.quality_ready, \
         ai.conversion.quality_spread and ai.conversion.capex_sd_log",
    ),
    ("ai.conversion.suitable_above_mw", "size enters quality by ai.conversion.quality_size"),
    ("ai.conversion.large_site_odds", "size enters quality by ai.conversion.quality_size"),
    (
        "ai.conversion.gpu_operator_odds",
        "former operators of graphics cards have better places by \
         ai.conversion.quality_gpu_operator",
    ),
    (
        "ai.conversion.herding",
        "imitation takes off the hurdle and no more: ai.conversion.imitation",
    ),
    (
        "ai.conversion.herding_days",
        "imitation takes off the hurdle and no more: ai.conversion.imitation",
    ),
    (
        "ai.conversion.rank_record_weight",
        "tenants weigh record and waiting in money: ai.demand.record_value_musd and \
         ai.demand.month_cost_musd",
    ),
    (
        "ai.conversion.rank_lead_months",
        "tenants weigh record and waiting in money: ai.demand.record_value_musd and \
         ai.demand.month_cost_musd",
    ),
    (
        "miners.turnover.entrant_median_mw",
        "newcomers are as large as the mean campus of the first day, with \
         miners.turnover.entrant_sd_log around it",
    ),
];

/// What says now what a key that went said.
pub(crate) fn gone(key: &str) -> Option<&'static str> {
    GONE.iter().find(|(old, _)| *old == key).map(|(_, instead)| *instead)
}

/// Refuses a key that went, and says what says it now.
///
/// # Errors
/// If it is one.
pub(crate) fn refuse_gone(file: &str, key: &str) -> Result<(), ConfigError> {
    let refuse = |instead| {
        Err(ConfigError::file(file, format!("{key} is no parameter any more: {instead}")))
    };
    gone(key).map_or(Ok(()), refuse)
}

/// The name of a key today; says so if it had another in `file`.
pub(crate) fn heed(file: &str, key: String) -> String {
    match RENAMED.iter().find(|(old, _)| *old == key) {
        None => key,
        Some((old, new)) => {
            warn(file, old, new);
            (*new).to_owned()
        }
    }
}

/// Says that a key of a file has another name now.
fn warn(file: &str, old: &str, new: &str) {
    tracing::warn!(
        "{file}: {old} is called {new} now; the old name is taken until the next version"
    );
}

/// Puts today's names into a file, and says which old ones it had.
///
/// # Errors
/// If a key is stated under both.
pub(crate) fn rename(file: &str, table: &mut Table) -> Result<(), ConfigError> {
    let found = replace(table).map_err(|(old, new)| {
        ConfigError::file(file, format!("{old} is called {new} now; it has both names here"))
    })?;
    for (old, new) in found {
        warn(file, old, new);
    }
    Ok(())
}

/// Puts today's names in place of the old ones in a file: in its sections, in tables of dotted keys
/// such as `set`, and where an entry names a parameter as its `key`. Returns the old names it found.
///
/// # Errors
/// The old and the new name of a key that is stated under both.
fn replace(
    table: &mut Table,
) -> Result<Vec<(&'static str, &'static str)>, (&'static str, &'static str)> {
    let mut found = Vec::new();
    for (old, new) in RENAMED {
        if let Some(value) = take(table, old) {
            if look_up(table, new).is_some() {
                return Err((old, new));
            }
            put(table, new, value);
            found.push((old, new));
        }
    }
    rename_within(table, &mut found)?;
    Ok(found)
}

/// The same for dotted keys and named parameters, at any depth.
fn rename_within(
    table: &mut Table,
    found: &mut Vec<(&'static str, &'static str)>,
) -> Result<(), (&'static str, &'static str)> {
    for (old, new) in RENAMED {
        if table.contains_key(old) {
            if table.contains_key(new) {
                return Err((old, new));
            }
            // In its place: the order of keys is that of columns.
            let entries = std::mem::take(table).into_iter();
            *table = entries
                .map(|(key, value)| (if key == old { new.to_owned() } else { key }, value))
                .collect();
            found.push((old, new));
        }
        if let Some(Value::String(key)) =
            table.get_mut("key").filter(|key| key.as_str() == Some(old))
        {
            new.clone_into(key);
            found.push((old, new));
        }
    }
    table.iter_mut().try_for_each(|(_, value)| match value {
        Value::Table(inner) => rename_within(inner, found),
        Value::Array(list) => list
            .iter_mut()
            .filter_map(Value::as_table_mut)
            .try_for_each(|inner| rename_within(inner, found)),
        _ => Ok(()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(text: &str) -> (Table, usize) {
        let mut table: Table = text.parse().expect("TOML");
        let found = replace(&mut table).expect("no key twice");
        (table, found.len())
    }

    #[test]
    fn sections_dotted_keys_and_named_parameters_get_todays_names() {
        let old = "[miners.turnover]\nexodus_day = 3.0\n[[scenario]]\nname = \"a\"\n\
                   set = { \"miners.turnover.exodus_share\" = 0.2 }\n[[design]]\n\
                   [[design.factor]]\nkey = \"miners.turnover.exodus_share\"\n";
        let new = "[miners.turnover]\n[miners.closures]\nsingle_day = 3.0\n[[scenario]]\nname = \"a\"\n\
                   set = { \"miners.closures.single_share\" = 0.2 }\n[[design]]\n\
                   [[design.factor]]\nkey = \"miners.closures.single_share\"\n";
        let (wanted, none) = renamed(new);
        assert_eq!((renamed(old), none), ((wanted, 3), 0));
    }

    #[test]
    fn keys_that_went_are_no_parameters_and_what_replaces_them_is() {
        let tree = crate::study::experiment::config::Tree::baseline().expect("it is sound");
        let is_key = |key: &str| tree.parameters().iter().any(|parameter| parameter.key == key);
        for (old, instead) in GONE {
            assert!(!is_key(old), "{old} is there");
            let named = instead.split([' ', ',']).filter(|word| word.contains('.'));
            assert!(named.clone().count() > 0 && named.clone().all(is_key), "{instead}");
        }
    }

    #[test]
    fn a_key_under_both_names_is_refused() {
        let both = "[miners.turnover]\nexodus_day = 3.0\n[miners.closures]\nsingle_day = 3.0\n";
        let mut table: Table = both.parse().expect("TOML");
        let pair = ("miners.turnover.exodus_day", "miners.closures.single_day");
        assert_eq!(replace(&mut table), Err(pair));
        let mut flat: Table = format!("set = {{ \"{}\" = 1.0, \"{}\" = 2.0 }}", pair.0, pair.1)
            .parse()
            .expect("TOML");
        assert_eq!(replace(&mut flat), Err(pair));
    }
}
