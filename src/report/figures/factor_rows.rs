//! A panel of one row for each factor, with names short enough to read at the left.

use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::Axis;
use super::canvas::{Area, TEXT_PT, ipt, pt, text_style, text_width};
use super::draw::{Chart, DrawError, DrawResult};
use super::panel::{Frame, panel};

/// Letters of a line of a name.
const LINE: usize = 21;
/// Lines of a name.
const LINES: usize = 2;
/// Distance of lines, points.
const LINE_PT: f64 = TEXT_PT * 1.2;

/// Names of the rows from top to bottom, each of one line or two.
pub struct Rows {
    names: Vec<Vec<String>>,
}

impl Rows {
    /// Rows for factors.
    #[must_use]
    pub fn new(names: &[String]) -> Self {
        Self { names: names.iter().map(|name| lines(name)).collect() }
    }

    /// Rows whose right margin, too, holds two lines.
    #[must_use]
    pub fn height_mm(&self, least_lines: usize) -> f64 {
        let most = self.names.iter().map(Vec::len).max().unwrap_or(1).max(least_lines);
        let row = LINE_PT * most as f64 + 4.5;
        row * self.names.len() as f64 * 25.4 / 72.0
    }

    /// Vertical place of a row, counted from the top.
    #[must_use]
    pub fn height(&self, row: usize) -> f64 {
        (self.names.len() - 1 - row) as f64
    }

    /// Draws the frame, the names at its left.
    ///
    /// # Errors
    /// When plotters cannot draw.
    pub fn panel<'a, 'b>(
        &self,
        area: &'a Area<'b>,
        (title, x, x_title): (&str, &Axis, &str),
    ) -> Result<Chart<'a, 'b>, DrawError> {
        let lines = self.names.iter().flatten();
        let y_width = lines.map(|line| text_width(area, line)).max().unwrap_or(0);
        let count = self.names.len() as f64;
        let y = Axis { low: -0.5, high: count - 0.5, ticks: Vec::new() };
        let chart = panel(area, &Frame { title, x, x_title, y: &y, y_width })?;
        let (left, top) = area.get_base_pixel();
        for (row, name) in self.names.iter().enumerate() {
            let (x, y) = chart.backend_coord(&(x.low, self.height(row)));
            let right = Pos::new(HPos::Right, VPos::Center);
            text_lines(area, name, (x - left - ipt(4.0), y - top), right)?;
        }
        Ok(chart)
    }
}

/// Lines of text around a middle height.
///
/// # Errors
/// When plotters cannot draw.
pub fn text_lines(area: &Area, lines: &[String], (x, y): (i32, i32), anchor: Pos) -> DrawResult {
    let style = text_style().pos(anchor);
    for (number, line) in lines.iter().enumerate() {
        let below = number as f64 - 0.5 * (lines.len() as f64 - 1.0);
        area.draw_text(line, &style, (x, y + ipt(LINE_PT * below)))?;
    }
    Ok(())
}

/// Lines of text at the top; returns the area below.
///
/// # Errors
/// When plotters cannot draw.
pub fn heading<'b>(area: &Area<'b>, lines: &[String]) -> Result<Area<'b>, DrawError> {
    let room = area.dim_in_pixel().0.saturating_sub(pt(2.0));
    for (number, line) in lines.iter().enumerate() {
        let y = ipt(2.0 + LINE_PT * number as f64);
        area.draw_text(&fitted(area, line, room), &text_style(), (ipt(1.0), y))?;
    }
    Ok(area.split_vertically(pt(2.0 + LINE_PT * lines.len() as f64 + 1.0)).1)
}

/// The text, or as much of its beginning as there is room for.
fn fitted(area: &Area, text: &str, room: u32) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mut shown = text.to_owned();
    while text_width(area, &shown) > room && letters.pop().is_some() {
        shown = format!("{}…", letters.iter().collect::<String>().trim_end());
    }
    shown
}

/// Names without the parts of a dotted key that are not needed to tell them apart.
#[must_use]
pub fn short_names(names: &[String]) -> Vec<String> {
    names.iter().map(|name| short_name(name, names)).collect()
}

fn short_name(name: &str, all: &[String]) -> String {
    let starts = name.char_indices().filter(|(_, letter)| *letter == '.').map(|(at, _)| at + 1);
    let mut tails: Vec<&str> = starts.map(|at| &name[at..]).collect();
    tails.reverse();
    let ends = |other: &&String, tail: &str| {
        let before = other.strip_suffix(tail);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let alone = |tail: &&&str| {
        !tail.is_empty() && all.iter().filter(|other| ends(other, tail)).count() == 1
    };
    tails.iter().find(alone).copied().unwrap_or(name).to_owned()
}

/// A name in lines, broken between words; what does not fit is cut.
fn lines(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    let spaced = name.replace('_', " ").replace('.', ". ");
    for word in spaced.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        let glue = if line.is_empty() || line.ends_with('.') { "" } else { " " };
        let length = line.chars().count() + glue.len() + word.chars().count();
        if length <= LINE || line.is_empty() {
            line.push_str(glue);
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines[LINES - 1].push('…');
    }
    lines.into_iter().map(cut).collect()
}

fn cut(line: String) -> String {
    if line.chars().count() <= LINE + 1 {
        return line;
    }
    let kept: String = line.chars().take(LINE).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_is_not_needed_to_tell_them_apart() {
        let names = ["market.price.drift", "market.energy.drift", "ai.growth", "x"];
        let short = short_names(&names.map(str::to_owned));
        assert_eq!(short, ["price.drift", "energy.drift", "growth", "x"]);
        let nested = short_names(&["drift".to_owned(), "market.drift".to_owned()]);
        assert_eq!(nested, ["drift", "market.drift"]);
    }

    #[test]
    fn long_names_break_between_words_and_are_cut() {
        assert_eq!(lines("drift"), ["drift"]);
        assert_eq!(
            lines("contract_price_usd_per_kw_month"),
            ["contract price usd", "per kw month"]
        );
        let long = lines("a_very_long_parameter_name_that_goes_on_and_on_and_on_for_ever");
        assert_eq!(long, ["a very long parameter", "name that goes on and…"]);
        assert!(lines(&"x".repeat(60))[0].ends_with('…'));
    }
}
