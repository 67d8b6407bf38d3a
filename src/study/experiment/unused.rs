//! What an experiment states and no scenario reads, because the switch beside it is off: a number that
//! changes nothing is most often a mistake.

use serde_json::Value;

use super::Scenario;
use super::config::{REPLAY_FILE, Tree};
use crate::clock::{SECONDS_PER_DAY, unix_day};
use crate::model::chain::difficulty::CompactTarget;
use crate::study::error::ConfigError;
use crate::world::market::spec::{PriceProcess, PriceSpec};
use crate::world::miners::spec::{DecisionRule, OwnerSpec};
use crate::world::simulation::Setup;

/// Keys without effect, and the switch that makes them so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InactiveKeys {
    /// A key, or a section where it ends with a dot.
    key: &'static str,
    switch: &'static str,
}

/// What no scenario reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unused {
    /// None until a scenario was seen.
    idle: Option<Vec<InactiveKeys>>,
    /// What scenarios do that their author may not expect.
    surprises: Vec<String>,
}

impl Unused {
    /// Keeps what this scenario does not read either.
    pub(super) fn meet(&mut self, setup: &Setup) {
        for surprise in surprises(setup) {
            if !self.surprises.contains(&surprise) {
                self.surprises.push(surprise);
            }
        }
        let here = idle(setup);
        match &mut self.idle {
            None => self.idle = Some(here),
            Some(idle) => idle.retain(|each| here.iter().any(|other| other.key == each.key)),
        }
    }

    /// A sentence for every key that was given a value and is read nowhere, and for what may surprise;
    /// `made` is where values come from that nobody stated.
    ///
    /// # Errors
    /// Where a file of prices is named and not replayed.
    pub(super) fn complaints(
        &self,
        file: &str,
        (tree, scenarios): (&Tree, &[Scenario]),
        made: Option<&str>,
    ) -> Result<Vec<String>, ConfigError> {
        let idle = self.idle.as_deref().unwrap_or_default();
        let baseline = Tree::baseline()?;
        let mut complaints = self.surprises.clone();
        for parameter in baseline.parameters() {
            let key = parameter.key.as_str();
            let Some(why) = idle.iter().find(|idle| idle.covers(key)) else { continue };
            let Some(value) = stated((tree, scenarios), key, &baseline, made) else { continue };
            if key == REPLAY_FILE {
                return Err(not_replayed(file, &value, why.switch));
            }
            complaints.push(format!("{key} = {value} has no effect, since {}", why.switch));
        }
        Ok(complaints)
    }
}

/// A file of prices is named, and nothing replays it.
fn not_replayed(file: &str, value: &Value, why: &str) -> ConfigError {
    let allowed = format!(
        "is not replayed, since {why}; set market.price.process = \"replay\", or leave the file out"
    );
    let (file, key, value) = (file.to_owned(), REPLAY_FILE.to_owned(), value.to_string());
    ConfigError::Value { file, key, value, allowed }
}

impl InactiveKeys {
    fn covers(&self, key: &str) -> bool {
        key == self.key || (self.key.ends_with('.') && key.starts_with(self.key))
    }
}

/// A value of the key that differs from the baseline's and was not made from history.
fn stated(
    (tree, scenarios): (&Tree, &[Scenario]),
    key: &str,
    baseline: &Tree,
    made: Option<&str>,
) -> Option<Value> {
    let usual = baseline.json(key);
    let origin = tree.parameters().iter().find(|p| p.key == key).map(|p| p.origin.as_str());
    let base = tree.json(key).filter(|_| made.is_none() || origin != made);
    let values = base.iter().chain(scenarios.iter().filter_map(|scenario| scenario.set.get(key)));
    let mut others = values.filter(|value| Some(*value) != usual.as_ref());
    others.next().cloned()
}

/// Everything that a setup does not read.
fn idle(setup: &Setup) -> Vec<InactiveKeys> {
    let mut idle = Vec::new();
    let mut off = |switch: &'static str, is_off: bool, keys: &[&'static str]| {
        if is_off {
            idle.extend(keys.iter().map(|&key| InactiveKeys { key, switch }));
        }
    };
    price(&setup.market.price, &mut off);
    market(setup, &mut off);
    miners(setup, &mut off);
    hosting(setup, &mut off);
    idle
}

/// Says that a switch is off, and which keys are then not read.
type Off<'a> = dyn FnMut(&'static str, bool, &[&'static str]) + 'a;

fn price(price: &PriceSpec, off: &mut Off) {
    let replays = price.process == PriceProcess::Replay;
    off(
        "market.price.process is not \"replay\"",
        !replays,
        &[
            REPLAY_FILE,
            "market.price.replay_gaps",
            "market.price.replay_gap_days",
            "market.price.replay_days",
            "market.fees.replay_gaps",
            "market.fees.replay_gap_days",
        ],
    );
    off(
        "market.price.process = \"replay\"",
        replays,
        &["market.price.initial_usd", "market.price.annual_drift"],
    );
    let jumps = price.process == PriceProcess::JumpDiffusion;
    off(
        "market.price.process is not \"jump_diffusion\"",
        !jumps,
        &["market.price.jumps_per_year", "market.price.jump_mean_log", "market.price.jump_sd_log"],
    );
    off(
        "market.price.jumps_per_year = 0",
        price.jumps_per_year == 0.0,
        &["market.price.jump_mean_log", "market.price.jump_sd_log"],
    );
    off("market.price.shock_day is below 0", price.shock_day < 0.0, &["market.price.shock_log"]);
    off(
        "market.price.impact_coefficient = 0",
        price.impact_coefficient == 0.0,
        &["market.price.daily_volume_usd", "market.price.impact_half_life_days"],
    );
}

fn market(setup: &Setup, off: &mut Off) {
    let (fees, energy) = (&setup.market.fees, &setup.market.energy);
    off(
        "the replayed file has the fees",
        !fees.replay_btc.is_empty(),
        &[
            "market.fees.half_life_days",
            "market.fees.sd_log",
            "market.fees.spikes_per_year",
            "market.fees.spike_mean_log",
            "market.fees.spike_half_life_days",
        ],
    );
    off(
        "market.fees.spikes_per_year = 0",
        fees.spikes_per_year == 0.0,
        &["market.fees.spike_mean_log", "market.fees.spike_half_life_days"],
    );
    off(
        "market.energy.supply_elasticity is above 0",
        energy.supply_elasticity > 0.0,
        &[
            "market.energy.tariff_sd_log",
            "market.energy.stranded_share",
            "market.energy.stranded_tariff_usd_per_mwh",
        ],
    );
    off(
        "market.energy.spot_sd_log = 0",
        energy.spot_sd_log == 0.0,
        &["market.energy.spot_half_life_days"],
    );
    off(
        "market.energy.spot_spikes_per_year = 0",
        energy.spot_spikes_per_year == 0.0,
        &["market.energy.spot_spike_factor"],
    );
    let calm = energy.weather_shocks_per_year == 0.0 && energy.storm_days.is_empty();
    off(
        "there are no weather shocks",
        calm,
        &[
            "market.energy.weather_depth",
            "market.energy.weather_onset_days",
            "market.energy.weather_recovery_days",
        ],
    );
    off(
        "market.energy.uptime_sd_log = 0",
        energy.uptime_sd_log == 0.0,
        &["market.energy.uptime_half_life_days"],
    );
}

fn miners(setup: &Setup, off: &mut Off) {
    let (operation, turnover) = (&setup.miners.operation, &setup.miners.turnover);
    off(
        "miners.operation.strategic_share = 0",
        operation.strategic_share == 0.0,
        &["miners.operation.strategic_threshold", "miners.operation.strategic_half_life_days"],
    );
    off(
        "miners.population.order_book_ehs is above 0",
        setup.miners.population.order_book_ehs > 0.0,
        &["miners.population.pipeline_over_additions", "miners.population.pipeline_sd_log"],
    );
    let appetite = &setup.miners.appetite;
    off(
        "miners.appetite.sd_log = 0 and miners.appetite.mean_sd_log = 0",
        appetite.sd_log == 0.0 && appetite.mean_sd_log == 0.0 && appetite.opening_log == 0.0,
        &["miners.appetite.half_life_days"],
    );
    off(
        "miners.appetite.mean_sd_log = 0",
        appetite.mean_sd_log == 0.0 && appetite.opening_mean_log == 0.0,
        &["miners.appetite.mean_half_life_days"],
    );
    off(
        "miners.appetite.elasticity_sd_log = 0",
        appetite.elasticity_sd_log == 0.0 && appetite.opening_elasticity_log == 0.0,
        &["miners.appetite.elasticity_half_life_days"],
    );
    off(
        "miners.closures.single_day is below 0",
        setup.miners.closures.single_day < 0.0,
        &["miners.closures.single_share", "miners.closures.single_return_days"],
    );
    off(
        "miners.turnover.monthly_entry_rate = 0",
        turnover.monthly_entry_rate == 0.0,
        &[
            "miners.turnover.entry_hurdle_months",
            "miners.turnover.entry_eagerness_limit",
            "miners.turnover.entry_days",
            "miners.turnover.entrant_sd_log",
        ],
    );
}

fn hosting(setup: &Setup, off: &mut Off) {
    let (demand, rule) = (&setup.ai.demand, setup.ai.conversion.rule);
    off("ai.enabled = false", !setup.ai.enabled, &["ai.demand.", "ai.conversion."]);
    off("ai.demand.shift_day is below 0", demand.shift_day < 0.0, &["ai.demand.shift_log"]);
    off(
        "ai.demand.bust_per_year = 0",
        demand.bust_per_year == 0.0,
        &["ai.demand.bust_log", "ai.demand.bust_half_life_days"],
    );
    off(
        "ai.demand.incumbents_elasticity = 0",
        demand.incumbents_elasticity == 0.0,
        &["ai.demand.incumbents_lag_months"],
    );
    off(
        "ai.demand.gpu_cloud_share = 0",
        demand.gpu_cloud_share == 0.0,
        &[
            "ai.demand.gpu_cloud_rent_musd",
            "ai.demand.gpu_cloud_margin",
            "ai.demand.gpu_cloud_term_years",
            "ai.conversion.gpu_capex_musd",
        ],
    );
    let conversion = &setup.ai.conversion;
    off(
        "ai.conversion.failure_probability = 0",
        conversion.failure_probability == 0.0,
        &["ai.conversion.abandoned_at"],
    );
    off(
        "ai.conversion.pipeline_growth = 0",
        conversion.pipeline_growth == 0.0,
        &["ai.conversion.pipeline_rent_elasticity"],
    );
    let logit = rule == DecisionRule::Logit;
    off("ai.conversion.rule is not \"logit\"", !logit, &["ai.conversion.logit_scale"]);
    let option = rule == DecisionRule::RealOption;
    off("ai.conversion.rule is not \"real_option\"", !option, &["ai.conversion.correlation"]);
    let hurdle = ["ai.conversion.npv_hurdle", "ai.conversion.imitation"];
    off("ai.conversion.rule is \"real_option\"", option, &hurdle);
}

/// What a valid input does that its author may not expect.
fn surprises(setup: &Setup) -> Vec<String> {
    let (price, miners) = (&setup.market.price, &setup.miners);
    let mut surprises = Vec::new();
    if price.process == PriceProcess::Replay && price.impact_coefficient > 0.0 {
        surprises.push(
            "miners' own sales move the replayed price; with market.price.impact_coefficient = 0 it \
             is the file's"
                .to_owned(),
        );
    }
    let first_day = i64::from(setup.chain.unix_time) / SECONDS_PER_DAY;
    let contracted = |owner: &&OwnerSpec| setup.ai.enabled && owner.ai_contracted_mw > 0.0;
    for owner in miners.owners.iter().filter(contracted) {
        let why = match unix_day(&owner.ai_signed) {
            None => "no ai_signed",
            Some(day) if day > first_day => "an ai_signed after the first day",
            Some(_) => continue,
        };
        surprises.push(format!(
            "miners.owners \"{}\" has {} IT MW contracted and {why}: its lead time counts from the \
             first day",
            owner.name, owner.ai_contracted_mw
        ));
    }
    surprises.extend(events_that_never_come(setup));
    surprises.extend(strange_pace(setup));
    surprises
}

/// Scheduled events beyond the last day, or of no size.
fn events_that_never_come(setup: &Setup) -> Vec<String> {
    let (market, miners) = (&setup.market, &setup.miners);
    let horizon = f64::from(setup.simulation.horizon_days);
    let list = |key: &'static str, days: &[f64]| days.iter().map(|d| (key, *d)).collect::<Vec<_>>();
    let shift = if setup.ai.enabled { vec![setup.ai.demand.shift_day] } else { Vec::new() };
    let days = [
        list("market.price.shock_day", &[market.price.shock_day]),
        list("ai.demand.shift_day", &shift),
        list("miners.closures.single_day", &[miners.closures.single_day]),
        list("market.energy.storm_days", &market.energy.storm_days),
        list("miners.closures.day", &miners.closures.day),
    ];
    let beyond = days.iter().flatten().filter(|(_, day)| *day >= horizon);
    let mut said: Vec<String> = beyond
        .map(|(key, day)| {
            format!("{key} = {day} never comes: the experiment ends after {horizon} days")
        })
        .collect();
    if market.price.shock_day >= 0.0 && market.price.shock_log == 0.0 {
        said.push("market.price.shock_day is set, but market.price.shock_log = 0".to_owned());
    }
    said
}

/// A difficulty that does not belong to the hash rate: blocks far from every ten minutes.
fn strange_pace(setup: &Setup) -> Option<String> {
    let bits: CompactTarget = setup.chain.bits.parse().ok()?;
    let per_second = setup.miners.population.hash_rate_ehs * 1e18;
    let interval = bits.difficulty() * 4_294_967_296.0 / per_second;
    (!(150.0..=2_400.0).contains(&interval)).then(|| {
        format!(
            "chain.bits = {} and miners.population.hash_rate_ehs = {} make a block every {interval:.3e} \
             s at first, in place of 600",
            setup.chain.bits, setup.miners.population.hash_rate_ehs
        )
    })
}
