//! A drawing as wide as one journal column, in SVG with text as text.

use std::fmt;

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{DrawingArea, IntoDrawingArea, IntoFont, SVGBackend, TextStyle, WHITE};
use plotters::style::{FontStyle, register_font};

use crate::study::results::report_error::ReportError;

/// Why a figure could not be drawn.
#[derive(Debug)]
pub struct DrawError(pub String);

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for DrawError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self(error.to_string())
    }
}

impl From<ReportError> for DrawError {
    fn from(error: ReportError) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for DrawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it could be drawn.
pub(crate) type DrawResult = Result<(), DrawError>;

/// Width of a figure, mm: one column.
pub(crate) const WIDTH_MM: f64 = 85.0;
/// Resolution of the drawing's integer coordinates, dots per inch.
const GRID_DPI: f64 = 600.0;
const MM_PER_INCH: f64 = 25.4;

/// The font of all text; its metrics equal those of Arial and Helvetica, so a viewer without it
/// shows the same layout.
pub(crate) const FAMILY: &str = "Liberation Sans, Arial, Helvetica, sans-serif";
/// The font file (SIL Open Font License 1.1, see the licence beside it).
pub(crate) const FONT: &[u8] = include_bytes!("../fonts/LiberationSans-Regular.ttf");
/// Size of all text, points.
pub(crate) const TEXT_PT: f64 = 7.2;

/// Plotters takes the height of a line for the font size and writes size/1.24 into the SVG.
const LINE_HEIGHT: f64 = 1.24;

/// Part of a drawing.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// What a figure says about itself, for people who find only the file.
#[derive(Clone, Debug, Default)]
pub struct FigureOrigin {
    /// One line.
    pub title: String,
    /// What is drawn: replicates, bands, lines.
    pub description: String,
    /// Digest of the data and the command that made it.
    pub provenance: String,
}

/// Points to grid units.
#[must_use]
pub(crate) fn pt(points: f64) -> u32 {
    (points * GRID_DPI / 72.0).round() as u32
}

/// Points to signed grid units.
#[must_use]
pub(crate) fn ipt(points: f64) -> i32 {
    (points * GRID_DPI / 72.0).round() as i32
}

fn mm(millimetres: f64) -> u32 {
    (millimetres / MM_PER_INCH * GRID_DPI).round() as u32
}

/// The style of all text.
#[must_use]
pub(crate) fn text_style() -> TextStyle<'static> {
    (FAMILY, f64::from(pt(TEXT_PT)) * LINE_HEIGHT).into_font().into()
}

/// Width of a line of text in grid units, as the SVG will show it.
#[must_use]
pub(crate) fn text_width(area: &Area, text: &str) -> u32 {
    // Measured at the line height; the em is smaller by ascent + descent = 1.149 em (with line gap)
    // over 1.24, which leaves a few per cent to spare.
    let width = area.estimate_text_size(text, &text_style()).map_or(0, |(width, _)| width);
    (f64::from(width) * 0.93).ceil() as u32
}

/// Draws on a white page of one column's width and returns the SVG.
///
/// # Errors
/// When plotters cannot draw.
pub fn svg(
    height_mm: f64,
    origin: &FigureOrigin,
    draw: impl FnOnce(&Area) -> DrawResult,
) -> Result<String, DrawError> {
    register_font(FAMILY, FontStyle::Normal, FONT)
        .map_err(|_| DrawError("the built-in font cannot be read".to_owned()))?;
    let mut text = String::new();
    {
        let size = (mm(WIDTH_MM), mm(height_mm));
        let page = SVGBackend::with_string(&mut text, size).into_drawing_area();
        page.fill(&WHITE)?;
        draw(&page)?;
        page.present()?;
    }
    Ok(finished(&text, height_mm, origin))
}

/// Gives the drawing its physical size and metadata, and pins text heights that viewers would
/// otherwise take from fonts of their own (`ex`).
fn finished(text: &str, height_mm: f64, origin: &FigureOrigin) -> String {
    let size = (mm(WIDTH_MM), mm(height_mm));
    let (_, body) = text.split_once(">\n").unwrap_or_default();
    let body =
        body.replace("dy=\"0.5ex\"", "dy=\"0.35em\"").replace("dy=\"-0.5ex\"", "dy=\"-0.25em\"");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH_MM}mm\" height=\"{height_mm}mm\" \
         viewBox=\"0 0 {} {}\" stroke-linejoin=\"round\">\n<title>{}</title>\n<desc>{}</desc>\n\
         <metadata>{}</metadata>\n{body}",
        size.0,
        size.1,
        escape(&origin.title),
        escape(&origin.description),
        escape(&origin.provenance),
    )
}

/// XML text; characters that XML forbids become spaces.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            _ => safe.push(printable(character)),
        }
    }
    safe
}

/// A character that XML allows: itself or a space.
#[must_use]
pub(crate) fn printable(character: char) -> char {
    if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') {
        ' '
    } else {
        character
    }
}

/// A name short enough for a legend.
#[must_use]
pub fn label(name: &str) -> String {
    const LONGEST: usize = 20;
    let mut text: String = name.chars().map(printable).take(LONGEST).collect();
    if name.chars().count() > LONGEST {
        text.pop();
        text.push('…');
    }
    text
}
