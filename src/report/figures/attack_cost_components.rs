//! What the cheapest attack costs, by component.

use super::Figure;
use super::axis::{Axis, dollars};
use super::canvas::Area;
use super::canvas::DrawResult;
use super::data::Data;
use super::draw::outlined;
use super::fan::means;
use super::palette::{BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, Stroke, VERMILION, YELLOW};
use super::panel::{Frame, LegendKey, label_width, legend, panel};
use super::scope::Scope;
use super::stack::{Stack, StackLayer};
use super::tabulate::averages_of_treatment;

/// Components from the bottom up.
const LAYERS: &[StackLayer] = &[
    ("attack_idle_usd", "idle rigs", BLUE),
    ("attack_used_usd", "rigs in use", SKY),
    ("attack_new_usd", "new rigs", YELLOW),
    ("attack_hired_usd", "hired", ORANGE),
    ("attack_site_usd", "sites", VERMILION),
    ("attack_energy_usd", "electricity", PURPLE),
    ("attack_operations_usd", "operations", GREEN),
];
const NET: Stroke = Stroke { color: BLACK, width: 1.6, dash: Some((4.0, 1.6)) };

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "attack_cost_components",
    title: "Cost of the cheapest attack by component",
    about: "Means over replicates, stacked: the upper edge is the gross cost; the dashed line is the \
            net cost, gross minus rewards kept minus resale. Components that never reach 1 % of the \
            highest sum are drawn as one.",
    height_mm: 68.0,
    columns: &[
        "attack_idle_usd",
        "attack_used_usd",
        "attack_new_usd",
        "attack_hired_usd",
        "attack_site_usd",
        "attack_energy_usd",
        "attack_operations_usd",
        "attack_net_usd",
    ],
    scope: Scope::Treatment,
    needs_control: false,
    needs_miners: false,
    source: averages_of_treatment,
    draw,
};

fn draw(page: &Area, data: &Data) -> DrawResult {
    let arm = &data.treatment;
    let stack = Stack::from_arm(arm, LAYERS)?.without_slivers();
    let (scale, unit) = dollars(stack.highest());
    let edges = stack.edges(scale);
    let net = means(arm.column("attack_net_usd")?, scale)?;
    let mut entries = stack.entries();
    entries.push((LegendKey::Line(NET), "net of rewards and resale".to_owned()));
    let rest = legend(page, &[entries])?;
    let (x, x_title) = data.time(5);
    let y = Axis::closed(edges.iter().chain([&net]).flatten().copied(), 5);
    let y_width = label_width(page, [&y]);
    let title = format!("Cost of the cheapest attack, {} ({unit})", arm.label);
    let x_title = format!("{x_title}; means of {}", data.runs());
    let mut chart =
        panel(&rest, &Frame { title: &title, x: &x, x_title: &x_title, y: &y, y_width })?;
    stack.draw(&mut chart, &data.days, scale)?;
    outlined(&mut chart, &data.days, &net, NET)
}
