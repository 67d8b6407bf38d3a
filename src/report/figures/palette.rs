//! Colours that colour-blind readers can tell apart (Okabe and Ito 2008, Color Universal Design),
//! and dashes for readers without colour.

use plotters::style::RGBColor;

/// Black.
pub(crate) const BLACK: RGBColor = RGBColor(0, 0, 0);
/// Orange.
pub(crate) const ORANGE: RGBColor = RGBColor(230, 159, 0);
/// Sky blue.
pub(crate) const SKY: RGBColor = RGBColor(86, 180, 233);
/// Bluish green.
pub(crate) const GREEN: RGBColor = RGBColor(0, 158, 115);
/// Yellow.
pub(crate) const YELLOW: RGBColor = RGBColor(240, 228, 66);
/// Blue.
pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Vermilion.
pub(crate) const VERMILION: RGBColor = RGBColor(213, 94, 0);
/// Reddish purple.
pub(crate) const PURPLE: RGBColor = RGBColor(204, 121, 167);
/// Grey for what is not in the foreground.
pub(crate) const GREY: RGBColor = RGBColor(150, 150, 150);
/// Light grey for what stands empty.
pub(crate) const LIGHT_GREY: RGBColor = RGBColor(210, 210, 210);
/// Lines behind the data.
pub(crate) const GRID: RGBColor = RGBColor(224, 224, 224);

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    /// Colour.
    pub color: RGBColor,
    /// Width, points.
    pub width: f64,
    /// Length of dashes and of gaps, points; none for a solid line.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    /// A solid line of one point.
    #[must_use]
    pub(crate) const fn solid(color: RGBColor) -> Self {
        Self { color, width: 1.0, dash: None }
    }

    /// A dashed line of one point.
    #[must_use]
    pub const fn dashed(color: RGBColor) -> Self {
        Self { color, width: 1.0, dash: Some((3.6, 1.8)) }
    }

    /// The same with another width.
    #[must_use]
    pub const fn wide(self, width: f64) -> Self {
        Self { width, ..self }
    }
}

/// The scenario with the change: vermilion, solid.
pub(crate) const TREATMENT: Stroke = Stroke::solid(VERMILION);
/// The scenario without it: blue, dashed.
pub(crate) const CONTROL: Stroke = Stroke::dashed(BLUE);
