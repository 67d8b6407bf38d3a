//! Hash rate and difficulty over time.

use super::Figure;
use super::canvas::Area;
use super::canvas::DrawResult;
use super::data::Data;
use super::fan::{FanPanel, two_fans};
use super::scope::Scope;
use super::tabulate::fans;

/// The figure.
pub(crate) const FIGURE: Figure = Figure {
    name: "hash_rate_difficulty",
    title: "Hash rate and difficulty",
    about: "Median over replicates (line), 25-75 % and 5-95 % of replicates (bands; edges only for the \
            control; of fewer than 20 replicates their whole range).",
    height_mm: 95.0,
    columns: &["hash_rate_ehs", "difficulty"],
    scope: Scope::Course,
    needs_control: false,
    needs_miners: false,
    source: fans,
    draw,
};

fn draw(page: &Area, data: &Data) -> DrawResult {
    let upper = FanPanel { column: "hash_rate_ehs", title: "(a) Hash rate (EH/s)", scale: 1.0 };
    let lower = FanPanel { column: "difficulty", title: "(b) Difficulty (10¹²)", scale: 1e12 };
    two_fans(page, data, &upper, &lower)
}
