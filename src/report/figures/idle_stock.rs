//! Idle rigs and the price of used ones.

use super::Figure;
use super::canvas::Area;
use super::canvas::DrawResult;
use super::data::Data;
use super::fan::{FanPanel, two_fans};
use super::scope::Scope;
use super::tabulate::fans;

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "idle_stock",
    title: "Idle rigs and the price of used rigs",
    about: "Rigs switched off, on sites or without one, and the price of a used rig of the \
            fleet's mean efficiency: median over replicates (line), 25-75 % and 5-95 % of replicates \
            (bands; edges only for the control; of fewer than 20 replicates their whole range).",
    height_mm: 95.0,
    columns: &["idle_hash_rate_ehs", "rig_price_used_usd_per_th"],
    scope: Scope::Course,
    needs_control: false,
    needs_miners: false,
    source: fans,
    draw,
};

fn draw(page: &Area, data: &Data) -> DrawResult {
    let upper = FanPanel {
        column: "idle_hash_rate_ehs",
        title: "(a) Idle hash rate, on sites and in stock (EH/s)",
        scale: 1.0,
    };
    let lower = FanPanel {
        column: "rig_price_used_usd_per_th",
        title: "(b) Price of a used rig (USD per TH/s)",
        scale: 1.0,
    };
    two_fans(page, data, &upper, &lower)
}
