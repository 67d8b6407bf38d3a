//! What miners' power is used for.

use super::Figure;
use super::axis::Axis;
use super::canvas::Area;
use super::canvas::DrawResult;
use super::data::Data;
use super::draw::outlined;
use super::fan::means;
use super::palette::{BLACK, BLUE, LIGHT_GREY, ORANGE, SKY, Stroke, VERMILION};
use super::panel::{Frame, LegendKey, label_width, legend, panel};
use super::scope::Scope;
use super::stack::{Stack, StackLayer};
use super::tabulate::averages;

/// Uses from the bottom up.
const LAYERS: &[StackLayer] = &[
    ("mining_mw", "mining", SKY),
    ("idle_mw", "idle", BLUE),
    ("converting_mw", "converting", ORANGE),
    ("hosting_mw", "hosting AI", VERMILION),
    ("vacant_mw", "vacant", LIGHT_GREY),
];
const WITHOUT: Stroke = Stroke { color: BLACK, width: 1.6, dash: Some((4.0, 1.6)) };
const MW_PER_GW: f64 = 1e3;

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "power_by_use",
    title: "Power by use",
    about: "Means over replicates, stacked; the dashed line is mining power without the change.",
    height_mm: 65.0,
    columns: &["mining_mw", "idle_mw", "converting_mw", "hosting_mw", "vacant_mw"],
    scope: Scope::Course,
    needs_control: false,
    needs_miners: false,
    source: averages,
    draw,
};

fn draw(page: &Area, data: &Data) -> DrawResult {
    let stack = Stack::from_arm(&data.treatment, LAYERS)?;
    let edges = stack.edges(MW_PER_GW);
    let mut entries = stack.entries();
    let mut without = Vec::new();
    if let Some(control) = &data.control {
        without = means(control.column("mining_mw")?, MW_PER_GW)?;
        entries.push((LegendKey::Line(WITHOUT), format!("mining, {}", control.label)));
    }
    let rest = legend(page, &[entries])?;
    let (x, x_title) = data.time(5);
    let y = Axis::closed(edges.iter().chain([&without]).flatten().copied(), 5);
    let y_width = label_width(page, [&y]);
    let title = format!("Power of miners’ sites, {} (GW)", data.treatment.label);
    let x_title = format!("{x_title}; means of {}", data.runs());
    let mut chart =
        panel(&rest, &Frame { title: &title, x: &x, x_title: &x_title, y: &y, y_width })?;
    stack.draw(&mut chart, &data.days, MW_PER_GW)?;
    if !without.is_empty() {
        outlined(&mut chart, &data.days, &without, WITHOUT)?;
    }
    Ok(())
}
