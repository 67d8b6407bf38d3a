//! A panel of one row for each factor, with names short enough to read at the left.

use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::axis::Axis;
use super::canvas::{Area, TEXT_PT, ipt, pt, text_style, text_width};
use super::canvas::{DrawError, DrawResult};
use super::draw::Chart;
use super::panel::{Frame, label_width, panel};

/// Letters of a line of a name.
const LINE: usize = 21;
/// Lines of a name.
const LINES: usize = 2;
/// Units and abbreviations as they are written.
const WRITTEN: [&str; 11] = ["USD", "MWh", "kWh", "kW", "MW", "GW", "AI", "BTC", "TH", "PH", "J"];
/// Digits of exponents.
const DIGITS_RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
/// Distance of lines, points.
const LINE_PT: f64 = TEXT_PT * 1.2;

/// Names of the rows from top to bottom, each of one line or two.
pub(crate) struct FactorRows {
    names: Vec<Vec<String>>,
}

impl FactorRows {
    /// Rows for factors.
    #[must_use]
    pub(super) fn new(names: &[String]) -> Self {
        Self { names: names.iter().map(|name| lines(name)).collect() }
    }

    /// The same with the rows' numbers, from 1, before the names.
    #[must_use]
    pub(super) fn numbered(mut self) -> Self {
        for (row, name) in self.names.iter_mut().enumerate() {
            name[0].insert_str(0, &format!("{}  ", row + 1));
        }
        self
    }

    /// Height of all rows; beside the names there may be other lines.
    #[must_use]
    pub(crate) fn height_mm(&self, lines_beside: usize) -> f64 {
        let most = self.names.iter().map(Vec::len).max().unwrap_or(1).max(lines_beside);
        let row = LINE_PT * most as f64 + 4.5;
        row * self.names.len() as f64 * 25.4 / 72.0
    }

    /// Vertical place of a row, counted from the top.
    #[must_use]
    pub(super) fn height(&self, row: usize) -> f64 {
        (self.names.len() - 1 - row) as f64
    }

    /// Draws the frame, the names at its left.
    ///
    /// # Errors
    /// When plotters cannot draw.
    pub(super) fn panel<'a, 'b>(
        &self,
        area: &'a Area<'b>,
        (title, x, x_title): (&str, &Axis, &str),
    ) -> Result<Chart<'a, 'b>, DrawError> {
        let lines = self.names.iter().flatten();
        let y_width = lines.map(|line| text_width(area, line)).max().unwrap_or(0);
        let count = self.names.len() as f64;
        let x = &spaced(area, x.clone(), y_width);
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

/// A horizontal axis with as many of its ticks as have room for their labels, zero among them, in
/// an area that gives `beside` to the labels of the other axis.
#[must_use]
pub(crate) fn spaced(area: &Area, mut axis: Axis, beside: u32) -> Axis {
    let (Some(first), Some(last)) = (axis.ticks.first(), axis.ticks.last()) else { return axis };
    let room = f64::from(area.dim_in_pixel().0.saturating_sub(beside + pt(12.5)));
    let gaps = (axis.ticks.len() - 1).max(1) as f64;
    let gap = room * (last.0 - first.0) / (axis.high - axis.low) / gaps;
    let widest = label_width(area, [&axis]) + pt(4.0);
    let stride = (f64::from(widest) / gap.max(1.0)).ceil().max(1.0) as usize;
    let zero = axis.ticks.iter().position(|(at, _)| *at == 0.0).unwrap_or(0);
    let ticks = std::mem::take(&mut axis.ticks).into_iter().enumerate();
    let kept = ticks.filter(|(place, _)| place.abs_diff(zero).is_multiple_of(stride));
    axis.ticks = kept.map(|(_, tick)| tick).collect();
    axis
}

/// Lines of text around a middle height.
///
/// # Errors
/// When plotters cannot draw.
pub(crate) fn text_lines(
    area: &Area,
    lines: &[String],
    (x, y): (i32, i32),
    anchor: Pos,
) -> DrawResult {
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
pub(crate) fn heading<'b>(area: &Area<'b>, lines: &[String]) -> Result<Area<'b>, DrawError> {
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

/// Names without the parts of a dotted key that a reader can do without: the last two, or as many
/// as tell it from the others, or, where these do not fit into the lines of a row, the last.
#[must_use]
pub(crate) fn short_names(names: &[String]) -> Vec<String> {
    let short = |name: &String| {
        let tails = telling_tails(name, names);
        let fits = |tail: &&&str| !lines(&words(tail)).iter().any(|line| line.ends_with('…'));
        let nested = tails.iter().find(|tail| tail.contains('.'));
        let chosen = nested.filter(fits).or(tails.first()).copied();
        words(chosen.unwrap_or(name))
    };
    names.iter().map(short).collect()
}

/// The ends of a dotted key that no other key has, the shortest first.
fn telling_tails<'n>(name: &'n str, all: &[String]) -> Vec<&'n str> {
    let starts = name.char_indices().filter(|(_, letter)| *letter == '.').map(|(at, _)| at + 1);
    let mut tails: Vec<&str> = starts.chain([0]).map(|at| &name[at..]).collect();
    tails.sort_by_key(|tail| tail.len());
    let ends = |other: &&String, tail: &str| {
        let before = other.strip_suffix(tail);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    tails.retain(|tail| {
        !tail.is_empty() && all.iter().filter(|other| ends(other, tail)).count() == 1
    });
    tails
}

/// A key in words: `price: drift per year`.
fn words(key: &str) -> String {
    let spaced = key.replace('.', ": ").replace('_', " ");
    let written = |word: &str| match word {
        "ehs" => "EH/s".to_owned(),
        "musd" => "million USD".to_owned(),
        _ => {
            let known = WRITTEN.iter().find(|written| written.to_lowercase() == word);
            known.map_or_else(|| word.to_owned(), |written| (*written).to_owned())
        }
    };
    spaced.split(' ').map(written).collect::<Vec<_>>().join(" ")
}

/// A name in lines, at least one, broken between words; what does not fit is cut.
fn lines(name: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in name.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        let glue = if line.is_empty() { "" } else { " " };
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

/// A power of ten that leaves numbers up to `largest` with at most three digits before the point,
/// and how it is written; 1 for numbers that read well as they are.
#[must_use]
pub(crate) fn power_of_ten(largest: f64) -> (f64, String) {
    if !largest.is_finite() || (0.01..10_000.0).contains(&largest) || largest <= 0.0 {
        return (1.0, String::new());
    }
    let exponent = libm::floor(libm::log10(largest) / 3.0) as i32 * 3;
    let raised = |digit: char| match digit {
        '-' => '⁻',
        digit => DIGITS_RAISED[digit.to_digit(10).unwrap_or(0) as usize],
    };
    let written: String = exponent.to_string().chars().map(raised).collect();
    (libm::pow(10.0, f64::from(exponent)), format!("10{written} × "))
}

/// What numbers of an axis are in: `10⁹ USD`, `USD`, or, where the unit is unknown, that of the output.
#[must_use]
pub(crate) fn power_and_unit(power: &str, unit: &str) -> String {
    match (power.strip_suffix(" × "), unit) {
        (Some(power), "1") => power.to_owned(),
        (Some(power), "") => format!("{power} in the output's unit"),
        (Some(power), unit) => format!("{power} {unit}"),
        (None, "") => "the output's unit".to_owned(),
        (None, "1") => "no unit".to_owned(),
        (None, unit) => unit.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_is_not_needed_to_tell_them_apart() {
        let names = ["market.price.drift", "market.energy.drift", "ai.x.growth_usd_per_mwh", "x"];
        let short = short_names(&names.map(str::to_owned));
        assert_eq!(short, ["price: drift", "energy: drift", "x: growth USD per MWh", "x"]);
        assert_eq!(short_names(&["a.b_ehs_per_month".to_owned()]), ["a: b EH/s per month"]);
        let nested = short_names(&["drift".to_owned(), "market.drift".to_owned()]);
        assert_eq!(nested, ["drift", "market: drift"]);
        let long =
            short_names(&["a.conversion_of_old_mining_sites.hurdle_rate_premium".to_owned()]);
        assert_eq!(long, ["hurdle rate premium"]);
    }

    #[test]
    fn long_names_break_between_words_and_are_cut() {
        assert_eq!(lines("drift"), ["drift"]);
        assert_eq!(
            lines("contract price USD per kW month"),
            ["contract price USD", "per kW month"]
        );
        let long = lines("a very long parameter name that goes on and on and on for ever");
        assert_eq!(long, ["a very long parameter", "name that goes on and…"]);
        assert!(lines(&"x".repeat(60))[0].ends_with('…'));
    }

    #[test]
    fn large_and_small_numbers_are_shown_in_powers_of_ten() {
        assert_eq!(power_of_ten(1.9e10), (1e9, "10⁹ × ".to_owned()));
        assert_eq!(power_of_ten(0.002), (1e-3, "10⁻³ × ".to_owned()));
        for plain in [0.0, 1.0, 9_999.0, f64::NAN] {
            assert_eq!(power_of_ten(plain).0, 1.0);
        }
    }
}
