//! Tables of metrics: one row per metric, a column per scenario, the paired effects, and the
//! interactions. The headline table, and attack costs by assumption.

mod attack_costs;
mod choice;
pub mod estimate;
mod latex;
mod notes;
mod text;
pub mod variance;

use super::numbers::{decimals_for, fixed};
use crate::analysis::summary::Summary;
use crate::files::sheet::csv_line;
use crate::statistics::samples::Description;
use choice::Shown;
pub use estimate::EffectCells;
pub use estimate::EstimateCell;
pub use estimate::InteractionCells;

/// Heading of what pairing saves: variance of the difference of independent replicates over that of
/// pairs.
const VARIANCE_RATIO: &str = "unpaired/paired variance";
/// Headings of the two relative estimands, of the median, and of how often the treatment is lower.
const RATIO: &str = "ratio of means, %";
const PATH_MEAN: &str = "mean over paths of the change, %";
const PATH_MEDIAN: &str = "median, %";
const FALLS: &str = "paths in which it falls, %";

/// A row of a table: column of `runs.parquet`, label, unit, and the unit's size in SI terms of
/// the column.
struct Headline(&'static str, &'static str, &'static str, f64);

const HEADLINES: &[Headline] = &[
    Headline("hash_rate_ehs_mean", "Hash rate, mean", "EH/s", 1.0),
    Headline("hash_rate_ehs_last", "Hash rate, last day", "EH/s", 1.0),
    Headline("difficulty_last", "Difficulty, last day", "trillion", 1e12),
    Headline("block_interval_s_max", "Block interval, longest", "s", 1.0),
    Headline("hashprice_usd_per_ph_day_mean", "Hashprice, mean", "USD/PH/day", 1.0),
    Headline("security_budget_usd_per_day_mean", "Security budget, mean", "million USD/day", 1e6),
    Headline("attack_gross_usd_mean", "Attack cost, gross, mean", "billion USD", 1e9),
    Headline("attack_gross_usd_last", "Attack cost, gross, last day", "billion USD", 1e9),
    Headline("attack_net_usd_last", "Attack cost, net, last day", "billion USD", 1e9),
    Headline("attack_hardware_usd_last", "Attack hardware, last day", "billion USD", 1e9),
    Headline(
        "attack_rental_usd_per_hour_last",
        "Rental of all hash rate, last day",
        "million USD/h",
        1e6,
    ),
    Headline("idle_attack_ratio_last", "Idle over honest hash rate, last day", "ratio", 1.0),
    Headline("idle_attack_ratio_max", "Idle over honest hash rate, largest", "ratio", 1.0),
    Headline("nakamoto_owner_last", "Nakamoto coefficient, owners, last day", "owners", 1.0),
    Headline("nakamoto_pool_last", "Nakamoto coefficient, pools, last day", "pools", 1.0),
    Headline("hhi_owner_last", "HHI, owners, last day", "0-10,000", 1.0),
    Headline("gini_owner_last", "Gini, owners, last day", "0-1", 1.0),
    Headline("ai_energised_mw_last", "AI capacity energised, last day", "GW (IT)", 1e3),
    Headline("idle_stock_ehs_last", "Rigs without a site, last day", "EH/s", 1.0),
    Headline("rig_price_used_usd_per_th_last", "Used rig, last day", "USD/TH", 1.0),
    Headline("btc_sold_per_day_mean", "Coins sold by miners, mean", "BTC/day", 1.0),
];

/// Whether a table shows a metric.
#[must_use]
pub fn shows(metric: &str) -> bool {
    HEADLINES.iter().chain(attack_costs::ROWS).any(|headline| headline.0 == metric)
}

/// A table of metrics with every number rounded to text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricTable {
    /// Name of its files.
    pub name: &'static str,
    /// What it is of; none where its place says it.
    pub title: Option<&'static str>,
    /// Whether the CSV counts the paths of each scenario: where some metrics lack some.
    pub counted: bool,
    /// Scenario columns.
    pub scenarios: Vec<String>,
    /// Contrasts as (treatment, control).
    pub contrasts: Vec<(String, String)>,
    /// Interactions as the two effects they are the difference of.
    pub interactions: Vec<[String; 2]>,
    /// Rows.
    pub rows: Vec<HeadlineRow>,
    /// Replicates behind it, plan and command: one line.
    pub origin: String,
    /// What the effects are of, what is left out, and where a ratio of means hangs on few paths.
    pub notes: Vec<String>,
}

/// One metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadlineRow {
    /// Column of `runs.parquet`.
    pub metric: &'static str,
    /// What it is.
    pub label: &'static str,
    /// Unit.
    pub unit: &'static str,
    /// Mean of each scenario; empty without data.
    pub means: Vec<String>,
    /// Its Monte Carlo standard error; empty for one replicate.
    pub errors: Vec<String>,
    /// Paths that have a value, and paths, of each scenario.
    pub paths: Vec<[usize; 2]>,
    /// For each contrast the effect.
    pub effects: Vec<EffectCells>,
    /// For each interaction the difference of its effects.
    pub interactions: Vec<InteractionCells>,
}

impl MetricTable {
    /// Picks and rounds the headline numbers. Metrics that the results lack are left out.
    #[must_use]
    pub fn headline(summary: &Summary) -> Self {
        Self { name: "headline", ..Self::of("headline table", HEADLINES, summary) }
    }

    /// Attack costs by what the attacker may use and how long it prepares; no rows where the results
    /// lack them.
    #[must_use]
    pub fn attack_costs(summary: &Summary) -> Self {
        let table = Self::of("table of attack costs", attack_costs::ROWS, summary);
        Self {
            name: "attack_costs",
            title: Some(attack_costs::TITLE),
            counted: true,
            notes: [attack_costs::notes(), table.notes].concat(),
            ..table
        }
    }

    /// Whether there is anything to show, or that nothing is there is worth a file.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.title.is_none() || !self.rows.is_empty()
    }

    fn of(what: &str, rows: &[Headline], summary: &Summary) -> Self {
        let manifest = &summary.manifest;
        let shown = Shown::from_summary(summary);
        let contrasts = shown.contrasts.iter().map(|place| &manifest.contrasts[*place]);
        let squares = shown.squares.iter().map(|place| &summary.squares[*place]);
        let row = |headline: &Headline| row(summary, headline, &shown);
        Self {
            name: "",
            title: None,
            counted: false,
            scenarios: shown.scenarios.iter().map(|at| manifest.scenarios[*at].clone()).collect(),
            contrasts: contrasts.map(|c| (c.treatment.clone(), c.control.clone())).collect(),
            interactions: squares.map(|s| [s.first.to_string(), s.second.to_string()]).collect(),
            rows: rows.iter().filter_map(row).collect(),
            origin: origin(summary),
            notes: notes::of((what, rows), summary, &shown),
        }
    }

    /// CSV of the rounded numbers.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut header: Vec<String> = ["metric", "label", "unit"].map(str::to_owned).to_vec();
        header.extend(self.scenarios.iter().cloned());
        let contrasts = self.contrasts.iter().map(|(one, other)| format!("{one} - {other}"));
        let contrasts: Vec<String> = contrasts.collect();
        let each = |names: &[String], parts: &[&str]| -> Vec<String> {
            let with = |name: &String| parts.iter().map(|p| format!("{name}{p}")).collect();
            names.iter().flat_map::<Vec<String>, _>(with).collect()
        };
        header.extend(each(&contrasts, &["", " low", " high", " %", " % low", " % high"]));
        header.extend(each(&self.scenarios, &[" mcse"]));
        header.extend(each(&contrasts, &[&format!(" {VARIANCE_RATIO}")]));
        header.extend(each(&contrasts, &EffectCells::MORE));
        let squares = self.interactions.iter().map(|[one, other]| format!("({one}) - ({other})"));
        header.extend(each(&squares.collect::<Vec<_>>(), &InteractionCells::CSV));
        if self.counted {
            header.extend(each(&self.scenarios, &[" paths", " paths with a value"]));
        }
        let mut lines = vec![csv_line(header.iter().map(String::as_str))];
        for row in &self.rows {
            let mut fields = row.csv();
            if self.counted {
                let counts = row.paths.iter().flat_map(|[some, all]| [all, some]);
                fields.extend(counts.map(usize::to_string));
            }
            lines.push(csv_line(fields.iter().map(String::as_str)));
        }
        lines.concat()
    }
}

impl HeadlineRow {
    fn csv(&self) -> Vec<String> {
        let mut fields = [self.metric, self.label, self.unit].map(str::to_owned).to_vec();
        fields.extend(self.means.iter().cloned());
        let estimates = self.effects.iter().flat_map(|e| [&e.difference, &e.ratio]);
        fields.extend(estimates.flat_map(EstimateCell::fields));
        fields.extend(self.errors.iter().cloned());
        fields.extend(self.effects.iter().map(|effect| effect.variance_ratio.clone()));
        fields.extend(self.effects.iter().flat_map(EffectCells::more));
        fields.extend(self.interactions.iter().flat_map(InteractionCells::csv));
        fields
    }
}

fn row(summary: &Summary, headline: &Headline, shown: &Shown) -> Option<HeadlineRow> {
    let &Headline(metric, label, unit, scale) = headline;
    let position = summary.metric(metric)?;
    let described = || shown.scenarios.iter().map(|at| &summary.descriptions[position][*at]);
    let mean = |d: &Option<Description>| d.as_ref().map(|d| d.mean / scale);
    let largest = described().filter_map(mean).fold(0.0_f64, |largest, m| largest.max(m.abs()));
    let decimals = decimals_for(largest, 4);
    let error = |d: &Option<Description>| {
        let error = d.as_ref()?.mcse? / scale;
        Some(fixed(error, decimals_for(error, 2)))
    };
    let described_paths = |d: &Option<Description>| d.as_ref().map_or(0, |d| d.n);
    let finished = |name: &str| summary.manifest.position(name).map(|at| summary.finished[at]);
    let effects = shown.contrasts.iter().map(|at| {
        let contrast = &summary.manifest.contrasts[*at];
        let both = finished(&contrast.treatment).min(finished(&contrast.control));
        let effect = summary.effects[position][*at].as_ref();
        EffectCells::from_effect(effect, scale).of_paths(both.unwrap_or(0))
    });
    let squares = shown.squares.iter().map(|at| summary.interactions[position][*at].as_ref());
    Some(HeadlineRow {
        metric,
        label,
        unit,
        means: described()
            .map(|d| mean(d).map(|mean| fixed(mean, decimals)).unwrap_or_default())
            .collect(),
        errors: described().map(|d| error(d).unwrap_or_default()).collect(),
        paths: described()
            .map(described_paths)
            .zip(shown.scenarios.iter().map(|at| summary.finished[*at]))
            .map(|(some, all)| [some, all])
            .collect(),
        effects: effects.collect(),
        interactions: squares
            .map(|found| InteractionCells::from_interaction(found, scale))
            .collect(),
    })
}

fn origin(summary: &Summary) -> String {
    let least = summary.finished.iter().min().copied().unwrap_or(0);
    let most = summary.finished.iter().max().copied().unwrap_or(0);
    let runs = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let what = format!("means (Monte Carlo standard errors) over {runs} replicates per scenario");
    printable(&origin_line(summary, &what))
}

/// What a table of the results is, and where they come from.
fn origin_line(summary: &Summary, what: &str) -> String {
    let manifest = &summary.manifest;
    format!(
        "{}: {what}, seed {}; plan {}; {}",
        manifest.experiment, manifest.seed, manifest.plan_digest, manifest.command
    )
}

/// Control characters become spaces.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
