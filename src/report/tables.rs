//! The headline table: one row per metric, a column per scenario, the paired effects.

use super::export::csv_line;
use super::latex;
use super::numbers::{decimals_for, fixed, grouped};
use super::statistics::{Description, Effect, Interval};
use super::summary::Summary;
use crate::files::digest;

/// Scenarios and contrasts that fit side by side; the summary files hold all of them.
const SCENARIOS_SHOWN: usize = 6;
const CONTRASTS_SHOWN: usize = 3;
/// Heading of what pairing saves: variance of the difference of independent replicates over that of
/// pairs.
const VARIANCE_RATIO: &str = "unpaired/paired variance";

/// A row of the table: column of `runs.parquet`, label, unit, and the unit's size in SI terms of
/// the column.
struct Headline(&'static str, &'static str, &'static str, f64);

const HEADLINES: &[Headline] = &[
    Headline("hash_rate_ehs_mean", "Hash rate, mean", "EH/s", 1.0),
    Headline("hash_rate_ehs_last", "Hash rate, last day", "EH/s", 1.0),
    Headline("difficulty_last", "Difficulty, last day", "trillion", 1e12),
    Headline("block_interval_s_max", "Block interval, longest", "s", 1.0),
    Headline("hashprice_usd_per_ph_day_mean", "Hashprice, mean", "USD/PH/day", 1.0),
    Headline("security_budget_usd_per_day_mean", "Security budget, mean", "million USD/day", 1e6),
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
    Headline("idle_stock_ehs_last", "Machines without a site, last day", "EH/s", 1.0),
    Headline("rig_price_used_usd_per_th_last", "Used machine, last day", "USD/TH", 1.0),
    Headline("btc_sold_per_day_mean", "Coins sold by miners, mean", "BTC/day", 1.0),
];

/// Whether the table shows a metric.
#[must_use]
pub fn shows(metric: &str) -> bool {
    HEADLINES.iter().any(|headline| headline.0 == metric)
}

/// The headline table with every number rounded to text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadlineTable {
    /// Scenario columns.
    pub scenarios: Vec<String>,
    /// Contrasts as (treatment, control).
    pub contrasts: Vec<(String, String)>,
    /// Rows.
    pub rows: Vec<HeadlineRow>,
    /// Replicates behind it, plan and command: one line.
    pub origin: String,
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
    /// For each contrast: the absolute and the relative (%) effect.
    pub effects: Vec<[Estimate; 2]>,
    /// For each contrast: how many times the variance of the difference would be without pairing;
    /// empty where it cannot be known.
    pub variance_ratios: Vec<String>,
}

/// A rounded estimate and its interval; empty text where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Estimate.
    pub value: String,
    /// Lower end of the 95 % interval.
    pub low: String,
    /// Upper end.
    pub high: String,
}

impl Estimate {
    /// Rounds to two significant digits of the interval's half width, or to three of the value.
    fn rounded(value: Option<f64>, interval: Option<Interval>, scale: f64) -> Self {
        let Some(value) = value.map(|value| value / scale) else { return Self::default() };
        let half = interval.map(|interval| (interval.high - interval.low) / 2.0 / scale);
        let decimals = match half {
            Some(half) if half > value.abs() * 1e-6 => decimals_for(half, 2),
            _ => decimals_for(value, 3),
        };
        let end = |end: f64| fixed(end / scale, decimals);
        Self {
            value: fixed(value, decimals),
            low: interval.map(|interval| end(interval.low)).unwrap_or_default(),
            high: interval.map(|interval| end(interval.high)).unwrap_or_default(),
        }
    }

    fn of(effect: Option<&Effect>, scale: f64) -> [Self; 2] {
        let Some(effect) = effect else { return [Self::default(), Self::default()] };
        [
            Self::rounded(Some(effect.difference), effect.interval, scale),
            Self::rounded(effect.relative_percent, effect.relative_interval, 1.0),
        ]
    }

    /// `value [low, high]`, each number as `show` writes it; a dash where there is none.
    fn text(&self, show: impl Fn(&str) -> String) -> String {
        match (self.value.as_str(), self.low.as_str()) {
            ("", _) => "--".to_owned(),
            (value, "") => show(value),
            (value, low) => format!("{} [{}, {}]", show(value), show(low), show(&self.high)),
        }
    }
}

impl HeadlineTable {
    /// Picks and rounds the headline numbers. Metrics that the results lack are left out.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        let manifest = &summary.manifest;
        let shown = manifest.scenarios.len().min(SCENARIOS_SHOWN);
        let contrasts = manifest.contrasts.iter().take(CONTRASTS_SHOWN);
        let row = |headline: &Headline| row(summary, headline, shown);
        Self {
            scenarios: manifest.scenarios[..shown].to_vec(),
            contrasts: contrasts.map(|c| (c.treatment.clone(), c.control.clone())).collect(),
            rows: HEADLINES.iter().filter_map(row).collect(),
            origin: origin(summary),
        }
    }

    /// CSV of the rounded numbers.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut header: Vec<String> = ["metric", "label", "unit"].map(str::to_owned).to_vec();
        header.extend(self.scenarios.iter().cloned());
        for (treatment, control) in &self.contrasts {
            let name = format!("{treatment} - {control}");
            header.extend(
                ["", " low", " high", " %", " % low", " % high"]
                    .map(|part| format!("{name}{part}")),
            );
        }
        header.extend(self.scenarios.iter().map(|name| format!("{name} mcse")));
        let names = self
            .contrasts
            .iter()
            .map(|(treatment, control)| format!("{treatment} - {control} {VARIANCE_RATIO}"));
        header.extend(names);
        let mut lines = vec![csv_line(header.iter().map(String::as_str))];
        for row in &self.rows {
            let estimates = row.effects.iter().flatten();
            let estimates = estimates.flat_map(|e| [e.value.as_str(), &e.low, &e.high]);
            let fields = [row.metric, row.label, row.unit].into_iter();
            let fields = fields.chain(row.means.iter().map(String::as_str)).chain(estimates);
            let more = row.errors.iter().chain(&row.variance_ratios).map(String::as_str);
            lines.push(csv_line(fields.chain(more)));
        }
        lines.concat()
    }

    /// A `tabular` in booktabs style.
    #[must_use]
    pub fn latex(&self) -> String {
        let columns = self.scenarios.len() + 3 * self.contrasts.len();
        let mut header = vec![String::new(), String::new()];
        header.extend(self.scenarios.iter().map(|name| latex::escape(name)));
        for (treatment, control) in &self.contrasts {
            let (treatment, control) = (latex::escape(treatment), latex::escape(control));
            header.push(format!("{treatment} $-$ {control} {{[}}95\\,\\%{{]}}"));
            header.push("in \\% {[}95\\,\\%{]}".to_owned());
            header.push(VARIANCE_RATIO.to_owned());
        }
        let rows = self.rows.iter().map(|row| {
            let mut cells = vec![latex::escape(row.label), latex::escape(row.unit)];
            cells.extend(row.cells(latex::number));
            format!("{} \\\\\n", cells.join(" & "))
        });
        format!(
            "% {}\n% data blake3 {} (headline.csv)\n% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{ll{}}}\n\\toprule\n{} \\\\\n\\midrule\n{}\\bottomrule\n\\end{{tabular}}\n",
            self.origin,
            digest(self.csv().as_bytes()),
            "r".repeat(columns),
            header.join(" & "),
            rows.collect::<String>(),
        )
    }

    /// The table in columns of text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut header = vec!["metric".to_owned(), "unit".to_owned()];
        header.extend(self.scenarios.iter().map(|name| printable(name)));
        for (treatment, control) in &self.contrasts {
            header.push(format!("{} - {} [95 %]", printable(treatment), printable(control)));
            header.push("in % [95 %]".to_owned());
            header.push(VARIANCE_RATIO.to_owned());
        }
        let mut lines = vec![header];
        for row in &self.rows {
            let mut cells = vec![row.label.to_owned(), row.unit.to_owned()];
            cells.extend(row.cells(|number| grouped(number, ",")));
            lines.push(cells);
        }
        aligned(&lines)
    }
}

impl HeadlineRow {
    fn cells(&self, show: impl Fn(&str) -> String) -> Vec<String> {
        let number = |text: &str| if text.is_empty() { "--".to_owned() } else { show(text) };
        let mean = |(mean, error): (&String, &String)| {
            let error =
                if error.is_empty() { error.clone() } else { format!(" ({})", show(error)) };
            number(mean) + &error
        };
        let mut cells: Vec<String> = self.means.iter().zip(&self.errors).map(mean).collect();
        for (estimates, ratio) in self.effects.iter().zip(&self.variance_ratios) {
            cells.extend(estimates.iter().map(|estimate| estimate.text(&show)));
            cells.push(number(ratio));
        }
        cells
    }
}

fn row(summary: &Summary, headline: &Headline, scenarios: usize) -> Option<HeadlineRow> {
    let &Headline(metric, label, unit, scale) = headline;
    let position = summary.metric(metric)?;
    let described = || summary.descriptions[position].iter().take(scenarios);
    let mean = |d: &Option<Description>| d.as_ref().map(|d| d.mean / scale);
    let largest = described().filter_map(mean).fold(0.0_f64, |largest, m| largest.max(m.abs()));
    let decimals = decimals_for(largest, 4);
    let error = |d: &Option<Description>| {
        let error = d.as_ref()?.mcse? / scale;
        Some(fixed(error, decimals_for(error, 2)))
    };
    let effects = || summary.effects[position].iter().take(CONTRASTS_SHOWN);
    let ratio = |effect: &Option<Effect>| {
        let ratio = effect.as_ref()?.variance_reduction?;
        Some(fixed(ratio, decimals_for(ratio, 2)))
    };
    Some(HeadlineRow {
        metric,
        label,
        unit,
        means: described()
            .map(|d| mean(d).map(|mean| fixed(mean, decimals)).unwrap_or_default())
            .collect(),
        errors: described().map(|d| error(d).unwrap_or_default()).collect(),
        effects: effects().map(|effect| Estimate::of(effect.as_ref(), scale)).collect(),
        variance_ratios: effects().map(|effect| ratio(effect).unwrap_or_default()).collect(),
    })
}

fn origin(summary: &Summary) -> String {
    let manifest = &summary.manifest;
    let least = summary.finished.iter().min().copied().unwrap_or(0);
    let most = summary.finished.iter().max().copied().unwrap_or(0);
    let runs = if least == most { least.to_string() } else { format!("{least} to {most}") };
    let line = format!(
        "{}: means (Monte Carlo standard errors) over {runs} replicates per scenario, seed {}; plan {}; {}",
        manifest.experiment, manifest.seed, manifest.plan_digest, manifest.command
    );
    printable(&line)
}

/// Control characters become spaces.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Pads cells to columns: the first two to the left, numbers to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
