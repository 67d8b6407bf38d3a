//! What no single parameter can tell: rules between values.

use super::owner_numbers::{OWNER_NUMBERS, OwnerNumber};
use crate::clock::SECONDS_PER_DAY;
use crate::world::chain::{Chain, MAX_POOLS};
use crate::world::market::spec::{COUNTRY_CODE, is_country};
use crate::world::market::state::{MAX_MANUFACTURERS, MAX_REGIONS};
use crate::world::miners::conversion::opening::{HallRoom, contracted, days_since_signature};
use crate::world::miners::spec::OwnerSpec;
use crate::world::simulation::Setup;

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokenRule {
    /// The key to look at.
    pub key: String,
    /// Its value.
    pub value: String,
    /// The rule.
    pub allowed: String,
}

/// Slack for sums of shares that are written with few digits.
const SHARE_TOLERANCE: f64 = 1e-6;

/// Checks all rules.
///
/// # Errors
/// The first broken rule.
pub(super) fn check(setup: &Setup) -> Result<(), BrokenRule> {
    check_simulation(setup)?;
    check_chain(setup)?;
    check_market(setup)?;
    check_regions(setup)?;
    check_manufacturers(setup)?;
    check_security(setup)?;
    check_pools(setup)?;
    check_owners(setup)?;
    check_miners(setup)?;
    check_closures(setup)?;
    check_ai(setup)
}

/// Complains unless the rule holds.
#[expect(clippy::needless_pass_by_value, reason = "callers hand over numbers and new texts alike")]
fn ensure(
    holds: bool,
    key: &str,
    value: impl ToString,
    allowed: impl Into<String>,
) -> Result<(), BrokenRule> {
    if holds {
        return Ok(());
    }
    Err(BrokenRule { key: key.to_owned(), value: value.to_string(), allowed: allowed.into() })
}

fn check_simulation(setup: &Setup) -> Result<(), BrokenRule> {
    let (horizon, every) = (setup.simulation.horizon_days, setup.simulation.record_every_days);
    ensure(horizon >= 1, "simulation.horizon_days", horizon, "must be at least 1")?;
    ensure(every >= 1, "simulation.record_every_days", every, "must be at least 1")?;
    let census = setup.simulation.census_days;
    ensure(census >= 1, "simulation.census_days", census, "must be at least 1")?;
    let within = format!("must not exceed simulation.horizon_days = {horizon}");
    ensure(every <= horizon, "simulation.record_every_days", every, within)
}

fn check_chain(setup: &Setup) -> Result<(), BrokenRule> {
    Chain::new(&setup.chain).map(drop).map_err(|error| {
        let text = matches!(error.key, "first_day" | "bits");
        BrokenRule {
            key: format!("chain.{}", error.key),
            value: if text { quoted(&error.value) } else { error.value },
            allowed: error.allowed,
        }
    })
}

fn check_market(setup: &Setup) -> Result<(), BrokenRule> {
    let (price, energy) = (&setup.market.price, &setup.market.energy);
    let positive = "must be above 0";
    ensure(price.initial_usd > 0.0, "market.price.initial_usd", price.initial_usd, positive)?;
    let replay = price.process == crate::world::market::spec::PriceProcess::Replay;
    let file = "market.price.replay_file";
    let rule = "market.price.process = \"replay\" needs a CSV file";
    ensure(!replay || !price.replay_file.is_empty(), file, quoted(&price.replay_file), rule)?;
    let (onset, recovery) = (energy.weather_onset_days, energy.weather_recovery_days);
    let rule = format!("must not exceed market.energy.weather_recovery_days = {recovery}");
    ensure(onset <= recovery, "market.energy.weather_onset_days", onset, rule)
}

fn check_regions(setup: &Setup) -> Result<(), BrokenRule> {
    let regions = &setup.market.regions;
    let names: Vec<_> = regions.iter().map(|region| region.name.as_str()).collect();
    check_names("market.regions", &names)?;
    check_count("market.regions", names.len(), MAX_REGIONS)?;
    for (index, region) in regions.iter().enumerate() {
        let key = |field: &str| format!("market.regions[{index}].{field}");
        let (exposure, readiness) = (region.weather_exposure, region.ai_readiness);
        ensure(exposure <= 1.0, &key("weather_exposure"), exposure, "must be between 0 and 1")?;
        ensure(readiness <= 1.0, &key("ai_readiness"), readiness, "must be between 0 and 1")?;
        let country = &region.country;
        let rule = format!("must be {COUNTRY_CODE}, or left out");
        let known = country.is_empty() || is_country(country);
        ensure(known, &key("country"), quoted(country), rule)?;
        let factor = region.tariff_factor;
        ensure(factor > 0.0, &key("tariff_factor"), factor, "must be above 0")?;
    }
    let sum: f64 = regions.iter().map(|region| region.hash_share).sum();
    let rule = "the shares of all regions must add up to 1";
    ensure((sum - 1.0).abs() <= SHARE_TOLERANCE, "market.regions[*].hash_share", sum, rule)
}

fn check_manufacturers(setup: &Setup) -> Result<(), BrokenRule> {
    let (key, shares) = ("market.rigs.manufacturer_shares", &setup.market.rigs.manufacturer_shares);
    check_count(key, shares.len(), MAX_MANUFACTURERS)?;
    let sum: f64 = shares.iter().sum();
    let rule = "must add up to 1";
    ensure((sum - 1.0).abs() <= SHARE_TOLERANCE, key, format!("{shares:?}"), rule)
}

fn check_security(setup: &Setup) -> Result<(), BrokenRule> {
    let (rentable, bribable) = (setup.security.rentable_share, setup.security.bribable_share);
    let rule = format!("must not exceed 1 together with security.rentable_share = {rentable}");
    let fits = rentable + bribable <= 1.0 + SHARE_TOLERANCE;
    ensure(fits, "security.bribable_share", bribable, rule)?;
    let (vacant, new) =
        (setup.security.vacant_site_cost_musd_per_mw, setup.security.site_cost_musd_per_mw);
    let rule = format!("must not exceed security.site_cost_musd_per_mw = {new}");
    ensure(vacant <= new, "security.vacant_site_cost_musd_per_mw", vacant, rule)?;
    let days = &setup.security.preparation_days_compared;
    let rule = "must be three times to prepare, rising from short to long";
    let key = "security.preparation_days_compared";
    ensure(days.len() == 3 && days.is_sorted(), key, format!("{days:?}"), rule)
}

fn check_pools(setup: &Setup) -> Result<(), BrokenRule> {
    let pools = &setup.miners.pools;
    let names: Vec<_> = pools.iter().map(|pool| pool.name.as_str()).collect();
    check_names("miners.pools", &names)?;
    check_count("miners.pools", names.len(), MAX_POOLS)?;
    for (index, pool) in pools.iter().enumerate() {
        ensure(pool.fee < 1.0, &format!("miners.pools[{index}].fee"), pool.fee, "must be below 1")?;
    }
    let sum: f64 = pools.iter().map(|pool| pool.share).sum();
    let rule = "the shares of all pools must add up to at most 1, and to more than 0";
    let good = sum > 0.0 && sum <= 1.0 + SHARE_TOLERANCE;
    ensure(good, "miners.pools[*].share", sum, rule)
}

fn check_owners(setup: &Setup) -> Result<(), BrokenRule> {
    let owners = &setup.miners.owners;
    let names: Vec<_> = owners.iter().map(|owner| owner.name.as_str()).collect();
    check_unique("miners.owners", &names)?;
    let regions: Vec<_> = setup.market.regions.iter().map(|region| &*region.name).collect();
    let pools: Vec<_> = setup.miners.pools.iter().map(|pool| &*pool.name).collect();
    for (index, owner) in owners.iter().enumerate() {
        let key = |field: &str| format!("miners.owners[{index}].{field}");
        let rule = format!("the regions are {}", regions.join(", "));
        let known = regions.contains(&&*owner.region);
        ensure(known, &key("region"), quoted(&owner.region), rule)?;
        let strangers = owner.elsewhere.iter().find(|name| !regions.contains(&&***name));
        let rule = format!("the regions are {}", regions.join(", "));
        ensure(strangers.is_none(), &key("elsewhere"), quoted(strangers.map_or("", |s| s)), rule)?;
        let (away, sites) = (owner.elsewhere.len(), owner.sites);
        let rule = format!(
            "must name fewer sites than {} = {sites}: one or more stand in {}",
            key("sites"),
            key("region")
        );
        ensure(
            away == 0 || away < sites as usize,
            &key("elsewhere"),
            format!("{away} names"),
            rule,
        )?;
        let rule = format!("the pools are {}", pools.join(", "));
        ensure(pools.contains(&&*owner.pool), &key("pool"), quoted(&owner.pool), rule)?;
        ensure(owner.sites >= 1, &key("sites"), owner.sites, "must be at least 1")?;
        for number in &OWNER_NUMBERS {
            let (value, [low, high]) = ((number.of)(owner), number.allowed);
            let rule = format!("must be from {low} to {high} {}", number.unit);
            let good = OwnerNumber::within(number.allowed, value);
            ensure(good, &key(number.field), value, rule)?;
        }
    }
    let coins: f64 = owners.iter().map(|owner| owner.coins_btc).sum();
    let rule = "the owners together must not hold more than the 21 million there will ever be";
    ensure(coins <= 21e6, "miners.owners[*].coins_btc", coins, rule)?;
    check_sites(setup)?;
    check_contracts(setup)
}

/// The named owners are kept whole: there must be as many sites as they have, and what they do not
/// mine needs someone to mine it.
fn check_sites(setup: &Setup) -> Result<(), BrokenRule> {
    let miners = &setup.miners;
    if miners.owners.is_empty() {
        return Ok(());
    }
    let (sum, network) = (short(miners.named_ehs()), miners.population.hash_rate_ehs);
    let rule = format!("the owners together must not exceed the network's {network} EH/s");
    let fits = sum <= network * (1.0 + SHARE_TOLERANCE);
    ensure(fits, "miners.owners[*].hash_rate_ehs", sum, rule)?;
    let (count, sites) = (u64::from(miners.population.count), miners.named_sites());
    let key = "miners.population.count";
    if miners.is_closed_list() {
        let rule = format!(
            "must be {sites}: the named owners carry the whole network, {sum} of {network} EH/s, \
             on {sites} sites, so nobody is drawn beside them"
        );
        return ensure(count == sites, key, count, rule);
    }
    let rule = format!(
        "must be at least {}: the named owners of miners.owners need {sites} sites for {sum} of \
         the network's {network} EH/s, and the rest of it needs one or more",
        sites + 1
    );
    ensure(count > sites, key, count, rule)
}

/// Contracts of before the first day are opened whole.
fn check_contracts(setup: &Setup) -> Result<(), BrokenRule> {
    let first_day = i64::from(setup.chain.unix_time) / SECONDS_PER_DAY;
    let with_ai = |owner: &&OwnerSpec| {
        owner.ai_energised_mw + owner.ai_contracted_mw > 0.0 || !owner.ai_signed.is_empty()
    };
    for owner in setup.miners.owners.iter().filter(with_ai) {
        let place = setup.miners.owners.iter().position(|other| other.name == owner.name);
        let key = |field: &str| format!("miners.owners[{}].{field}", place.unwrap_or(0));
        let known = owner.ai_signed.is_empty() || days_since_signature(owner, first_day).is_some();
        let rule = "must be a day YYYY-MM-DD, or empty where it is not known";
        ensure(known, &key("ai_signed"), quoted(&owner.ai_signed), rule)?;
        if setup.ai.enabled {
            check_room(setup, owner, &key)?;
        }
    }
    Ok(())
}

/// A hall has its power from the owner's pipeline and mining sites.
fn check_room(
    setup: &Setup,
    owner: &OwnerSpec,
    key: &dyn Fn(&str) -> String,
) -> Result<(), BrokenRule> {
    let (name, spec) = (&owner.name, &setup.ai.conversion);
    let room = HallRoom::from_owner(&setup.miners, owner);
    let rule = format!(
        "{name} has no room for it: it needs {:.1} MW of utility power at \
         ai.conversion.it_over_utility = {}, and there are {:.1} MW, {:.1} of pipeline (pipeline_mw) \
         and {:.1} on mining sites",
        contracted(owner, spec).mw(),
        spec.it_over_utility,
        room.most().mw(),
        room.pipeline.mw(),
        (room.most() - room.pipeline).mw()
    );
    ensure(room.fits(owner, spec), &key("ai_contracted_mw"), owner.ai_contracted_mw, rule)
}

fn check_miners(setup: &Setup) -> Result<(), BrokenRule> {
    let (population, treasury) = (&setup.miners.population, &setup.miners.treasury);
    ensure(population.count >= 1, "miners.population.count", population.count, "at least 1")?;
    let owners = population.unnamed_owners;
    ensure(owners >= 1, "miners.population.unnamed_owners", owners, "must be at least 1")?;
    let network = population.hash_rate_ehs;
    ensure(network > 0.0, "miners.population.hash_rate_ehs", network, "must be above 0")?;
    let classes =
        population.industrial_share + population.gpu_operator_share + population.sovereign_share;
    let rule = "with gpu_operator_share and sovereign_share at most 1";
    ensure(classes <= 1.0 + SHARE_TOLERANCE, "miners.population.industrial_share", classes, rule)?;
    let (floor, ceiling) = (treasury.cash_floor_days, treasury.cash_ceiling_days);
    let rule = format!("must not exceed miners.treasury.cash_ceiling_days = {ceiling}");
    ensure(floor <= ceiling, "miners.treasury.cash_floor_days", floor, rule)?;
    let (payout, whole) =
        (treasury.payout_days, "must be at least 1: no more than all is paid out");
    ensure(payout >= 1.0, "miners.treasury.payout_days", payout, whole)?;
    let days = setup.miners.investment.review_days;
    ensure(days >= 1, "miners.investment.review_days", days, "must be at least 1")?;
    let (orders, turnover) = (setup.miners.investment.eagerness_limit, &setup.miners.turnover);
    let rule = "must be at least 1, its value at the hurdle";
    ensure(orders >= 1.0, "miners.investment.eagerness_limit", orders, rule)?;
    let entry = turnover.entry_eagerness_limit;
    ensure(entry >= 1.0, "miners.turnover.entry_eagerness_limit", entry, rule)?;
    let days = turnover.entry_days;
    ensure(days >= 1, "miners.turnover.entry_days", days, "must be at least 1")
}

fn check_closures(setup: &Setup) -> Result<(), BrokenRule> {
    let closures = &setup.miners.closures;
    let phases = closures.day.len();
    let rule = format!("must have one number for each of the {phases} phases in closures.day");
    for (name, list) in [
        ("span_days", &closures.span_days),
        ("share", &closures.share),
        ("return_days", &closures.return_days),
        ("return_span_days", &closures.return_span_days),
    ] {
        let key = format!("miners.closures.{name}");
        ensure(list.len() == phases, &key, format!("{list:?}"), rule.as_str())?;
    }
    Ok(())
}

fn check_ai(setup: &Setup) -> Result<(), BrokenRule> {
    check_terms(setup)?;
    let (demand, conversion) = (&setup.ai.demand, &setup.ai.conversion);
    for (key, value) in [
        ("ai.demand.demand_gw_per_year", demand.demand_gw_per_year),
        ("ai.demand.incumbents_gw_per_year", demand.incumbents_gw_per_year),
        ("ai.conversion.filling_mw_per_month", conversion.filling_mw_per_month),
        ("ai.conversion.debt_cover", conversion.debt_cover),
    ] {
        ensure(value > 0.0, key, value, "must be above 0")?;
    }
    let (ours, theirs) = (demand.demand_elasticity, demand.incumbents_elasticity);
    let rule = "must be above 0 together with ai.demand.incumbents_elasticity";
    ensure(ours + theirs > 0.0, "ai.demand.demand_elasticity", ours, rule)?;
    for (name, share) in
        [("signing_share", conversion.signing_share), ("abandoned_at", conversion.abandoned_at)]
    {
        let within = (0.0..=1.0).contains(&share);
        ensure(within, &format!("ai.conversion.{name}"), share, "must be between 0 and 1")?;
    }
    Ok(())
}

/// The terms of leases and their probabilities.
fn check_terms(setup: &Setup) -> Result<(), BrokenRule> {
    let demand = &setup.ai.demand;
    let (years, chances) = (&demand.term_years, &demand.term_probability);
    let key = "ai.demand.term_probability";
    let listed = format!("{chances:?}");
    let rule = format!("must have one probability for each of ai.demand.term_years = {years:?}");
    ensure(years.len() == chances.len() && !years.is_empty(), key, &listed, rule)?;
    let positive = years.iter().all(|&years| years > 0.0);
    ensure(positive, "ai.demand.term_years", format!("{years:?}"), "must all be above 0")?;
    let within = chances.iter().all(|chance| (0.0..=1.0).contains(chance));
    ensure(within, key, &listed, "must all be between 0 and 1")?;
    let sum: f64 = chances.iter().sum();
    ensure((sum - 1.0).abs() <= SHARE_TOLERANCE, key, &listed, "must add up to 1")
}

/// Refuses an empty table, and names that are empty or taken.
fn check_names(table: &str, names: &[&str]) -> Result<(), BrokenRule> {
    ensure(!names.is_empty(), table, "[]", "must have at least one row")?;
    check_unique(table, names)
}

/// Refuses more rows than the model has room for.
fn check_count(table: &str, rows: usize, most: usize) -> Result<(), BrokenRule> {
    ensure(rows <= most, table, format!("{rows} rows"), format!("must have at most {most} rows"))
}

fn check_unique(table: &str, names: &[&str]) -> Result<(), BrokenRule> {
    for (index, name) in names.iter().enumerate() {
        let key = format!("{table}[{index}].name");
        ensure(!name.trim().is_empty(), &key, quoted(name), "must not be empty")?;
        ensure(!names[..index].contains(name), &key, quoted(name), "another row has this name")?;
    }
    Ok(())
}

/// A sum of numbers that are written with few digits, without the noise of adding them.
fn short(sum: f64) -> f64 {
    libm::round(sum * 1e9) / 1e9
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}
