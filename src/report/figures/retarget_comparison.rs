//! Difficulty rules side by side: for each shock (rows) and rule (signs), days to recovery, regularity
//! of blocks and unrest of hash rate. Unlike the other figures it compares all scenarios at once.

use plotters::style::RGBColor;

use super::Comparison;
use super::axis::Axis;
use super::canvas::DrawResult;
use super::canvas::{Area, label, pt};
use super::draw::{Chart, line};
use super::palette::{BLACK, BLUE, GREEN, GREY, ORANGE, Stroke, VERMILION};
use super::panel::{Frame, LegendKey, Marker, label_width, legend, marker, panel};
use super::tabulate::PlacedEstimates;
use crate::analysis::summary::Summary;
use crate::report::source::FigureData;
use crate::statistics::samples::Description;

/// The parameter that tells the rules apart.
const RULE: &str = "chain.rule";
/// Panels: column of `runs.parquet`, title, what the axis shows, smallest value that its logarithmic
/// axis shows: a course can recover at once, and hash rate that never moved has no unrest.
const PANELS: [(&str, &str, &str, f64); 3] = [
    ("days_to_recovery", "(a) Recovery", "days", 1.0),
    ("interval_dispersion", "(b) Interval", "r.m.s. deviation", 1e-3),
    ("hash_rate_oscillation", "(c) Hash rate", "s.d. of Δ ln", 1e-3),
];
/// Signs of the rules, in order of appearance; further rules are left out.
const SIGNS: [(RGBColor, Marker); 5] = [
    (BLACK, Marker::Disc),
    (VERMILION, Marker::Triangle),
    (BLUE, Marker::Square),
    (GREEN, Marker::Cross),
    (ORANGE, Marker::Ring),
];
/// Room that the signs of one shock share, as a part of the distance between rows.
const SPREAD: f64 = 0.64;
/// Room left of the panels after the first, points: labels of their first ticks reach into it.
const GAPS: [f64; 2] = [7.0, 15.0];
/// Key of the intervals, in the colour of no rule in particular.
const INTERVAL: Stroke = Stroke::solid(GREY).wide(0.7);

/// The figure.
pub(crate) const FIGURE: Comparison = Comparison {
    name: "retarget_comparison",
    title: "Difficulty rules under shocks",
    about: "Mean over replicates and its 95 % t-interval by shock and rule: days until the seven-day \
            mean of the expected interval stays within 10 % of 600 s (0 without a shock); root mean square of the daily \
            mean block interval over 600 s minus 1; standard deviation of daily log changes of hash \
            rate in the second half of the days after the shock. Values below the smallest of an axis stand at its ≤ mark; a course without a shock has no recovery.",
    height_mm: |_| 92.0,
    columns: &[PANELS[0].0, PANELS[1].0, PANELS[2].0],
    applies: |summary| RuleLayout::from_summary(summary).is_some(),
    source,
    left_out: |summary| {
        RuleLayout::from_summary(summary)
            .and_then(|layout| layout.left_out(summary))
            .into_iter()
            .collect()
    },
    draw,
};

/// Scenarios by shock and rule.
struct RuleLayout {
    rules: Vec<String>,
    /// Name, and a scenario for each rule that has one.
    shocks: Vec<(String, Vec<Option<usize>>)>,
    /// Place of each panel's metric in the summary.
    metrics: [usize; 3],
}

impl RuleLayout {
    /// The rules and what else tells the scenarios apart, both in order of appearance.
    fn from_summary(summary: &Summary) -> Option<Self> {
        let settings = &summary.manifest.settings;
        let rule_of = |name: &String| Some(settings.get(name)?.get(RULE)?.as_str()?.to_owned());
        let mut layout = Self { rules: Vec::new(), shocks: Vec::new(), metrics: [0; 3] };
        let mut shocks = Vec::new();
        for (scenario, name) in summary.manifest.scenarios.iter().enumerate() {
            let Some(rule) = rule_of(name) else { continue };
            let rest = settings.get(name).map(|set| set.without(RULE)).unwrap_or_default();
            let column = place_of(&mut layout.rules, &rule);
            let row = place_of(&mut shocks, &rest);
            if row == layout.shocks.len() {
                layout.shocks.push((shock_name(name, &rule), vec![None; SIGNS.len()]));
            }
            if let Some(slot) = layout.shocks[row].1.get_mut(column) {
                *slot = Some(scenario);
            }
        }
        if layout.rules.len() < 2 {
            return None;
        }
        for (place, (column, ..)) in layout.metrics.iter_mut().zip(PANELS) {
            *place = summary.metric(column)?;
        }
        Some(layout)
    }

    /// What rules and scenarios have no sign.
    fn left_out(&self, summary: &Summary) -> Option<String> {
        let (rules, some) = (self.rules.len(), self.rules.len().min(SIGNS.len()));
        let shown = self.shocks.iter().flat_map(|(_, rules)| rules).flatten().count();
        let all = summary.manifest.scenarios.len();
        (some < rules || shown < all).then(|| {
            format!("{some} of {rules} rules, {shown} of {all} scenarios; all are in summary.csv.")
        })
    }

    /// The points of a panel: row, rule, and what its replicates say.
    fn points<'s>(
        &'s self,
        summary: &'s Summary,
        metric: usize,
    ) -> impl Iterator<Item = (usize, usize, &'s Description)> {
        let rows = self.shocks.iter().enumerate();
        let cells = rows.flat_map(|(row, (_, rules))| {
            rules.iter().enumerate().map(move |(rule, scenario)| (row, rule, *scenario))
        });
        cells.filter_map(move |(row, rule, scenario)| {
            Some((row, rule, summary.descriptions[metric][scenario?].as_ref()?))
        })
    }

    /// Whether nothing happens in a row: its signs are left out.
    fn is_still(&self, summary: &Summary, metric: usize, row: usize) -> bool {
        let mut of_row = self.points(summary, metric).filter(|point| point.0 == row);
        of_row.all(|(_, _, description)| description.mean == 0.0)
    }

    fn rows(&self) -> Axis {
        let count = self.shocks.len();
        let at = |(row, (name, _)): (usize, &(String, _))| ((count - 1 - row) as f64, label(name));
        let ticks = self.shocks.iter().enumerate().map(at).collect();
        Axis { low: -0.6, high: count as f64 - 0.4, ticks }
    }

    /// Height of a sign on the axis of rows: the rules of a shock from top to bottom.
    fn height(&self, row: usize, rule: usize) -> f64 {
        let middle = (self.shocks.len() - 1 - row) as f64;
        let shown = self.rules.len().min(SIGNS.len());
        middle + SPREAD * (0.5 - (rule as f64 + 0.5) / shown as f64)
    }
}

/// Place of an item in a list, at whose end it is put when it is new.
fn place_of<T: PartialEq + Clone>(list: &mut Vec<T>, item: &T) -> usize {
    list.iter().position(|known| known == item).unwrap_or_else(|| {
        list.push(item.clone());
        list.len() - 1
    })
}

/// What a scenario's name says beside its rule.
fn shock_name(scenario: &str, rule: &str) -> String {
    let rest = scenario.replacen(rule, "", 1);
    let rest = rest.trim_matches(['-', '_', '.']);
    if rest.is_empty() { scenario.to_owned() } else { rest.to_owned() }
}

/// A line for each sign.
fn source(summary: &Summary) -> FigureData {
    let mut table = PlacedEstimates::new(["shock", "rule"]);
    let Some(layout) = RuleLayout::from_summary(summary) else { return table.finish() };
    for metric in layout.metrics {
        for (row, (shock, rules)) in layout.shocks.iter().enumerate() {
            if layout.is_still(summary, metric, row) {
                continue;
            }
            for (rule, scenario) in layout.rules.iter().zip(rules) {
                let keys = [shock.as_str().into(), rule.as_str().into()];
                if let Some(scenario) = scenario {
                    table.mean(keys, summary, (metric, *scenario));
                }
            }
        }
    }
    table.finish()
}

fn draw(page: &Area, summary: &Summary) -> DrawResult {
    let Some(layout) = RuleLayout::from_summary(summary) else { return Ok(()) };
    let signs = layout.rules.iter().zip(SIGNS);
    let entries = signs.map(|(rule, (color, sign))| (LegendKey::Marker(sign, color), label(rule)));
    let interval = (LegendKey::Line(INTERVAL), "95 % interval of the mean (sign)".to_owned());
    let rest = legend(page, &[entries.collect(), vec![interval]])?;
    let rows = layout.rows();
    let nameless = Axis { ticks: unnamed(&rows), ..rows.clone() };
    let width = rest.dim_in_pixel().0;
    let names = label_width(&rest, [&rows]);
    let third = width.saturating_sub(names) / 3;
    let (first, others) = rest.split_horizontally(names + third);
    let (second, third) = others.split_horizontally(third);
    let [narrow, wide] = GAPS.map(pt);
    let areas = [(first, &rows, names), (second, &nameless, narrow), (third, &nameless, wide)];
    for ((area, y, y_width), (place, (_, title, x_title, smallest))) in
        areas.iter().zip(layout.metrics.iter().zip(PANELS))
    {
        let x = axis(&layout, summary, *place, smallest);
        let frame = Frame { title, x: &x, x_title, y, y_width: *y_width };
        let mut chart = panel(area, &frame)?;
        points(area, &mut chart, &layout, summary, (*place, smallest))?;
    }
    Ok(())
}

fn unnamed(axis: &Axis) -> Vec<(f64, String)> {
    axis.ticks.iter().map(|(at, _)| (*at, String::new())).collect()
}

fn axis(layout: &RuleLayout, summary: &Summary, metric: usize, smallest: f64) -> Axis {
    let ends = layout.points(summary, metric).flat_map(|(_, _, description)| {
        let interval = description.interval();
        let (low, high) =
            interval.map_or((description.mean, description.mean), |i| (i.low, i.high));
        [low.max(0.0), description.mean, high]
    });
    let mut axis = Axis::logarithmic(ends.map(|end| end.max(smallest)));
    axis.ticks.retain(|(at, _)| (at - at.round()).abs() < 1e-9);
    let floor = axis.ticks.iter().position(|(at, _)| (at - libm::log10(smallest)).abs() < 1e-9);
    if let Some(floor) = floor {
        // A long label of the floor needs the room of the next one.
        let long = axis.ticks[floor].1.len() > 2;
        axis.ticks[floor].1.insert(0, '≤');
        let next = axis.ticks.iter_mut().skip(floor + 1).take(usize::from(long));
        next.for_each(|(_, label)| label.clear());
    }
    axis
}

fn points(
    area: &Area,
    chart: &mut Chart,
    layout: &RuleLayout,
    summary: &Summary,
    (metric, smallest): (usize, f64),
) -> DrawResult {
    let at = |value: f64| libm::log10(value.max(smallest));
    let (left, top) = area.get_base_pixel();
    for (row, rule, description) in layout.points(summary, metric) {
        if layout.is_still(summary, metric, row) {
            continue;
        }
        let (color, sign) = SIGNS[rule];
        let y = layout.height(row, rule);
        if let Some(interval) = description.interval() {
            let ends = [at(interval.low), at(interval.high)];
            line(chart, &ends, &[y, y], Stroke::solid(color).wide(0.7))?;
        }
        let place = chart.backend_coord(&(at(description.mean), y));
        marker(area, sign, (place.0 - left, place.1 - top), color)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_without_its_rule_names_the_shock() {
        assert_eq!(shock_name("cw144-exodus-50", "cw144"), "exodus-50");
        assert_eq!(shock_name("storm_bitcoin", "bitcoin"), "storm");
        assert_eq!(shock_name("asert", "asert"), "asert");
    }
}
