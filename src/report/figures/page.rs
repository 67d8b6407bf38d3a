//! A page: a drawing, what it says about itself, and the numbers that it shows.

use super::canvas::DrawResult;
use super::canvas::{self, Area, FigureOrigin};
use super::convert;
use crate::report::source::FigureData;
use crate::study::results::report_error::ReportError;

/// A drawn figure in its three forms, and the numbers that it shows.
pub struct Drawn {
    /// The numbers, as CSV, whose digest is in the metadata of all forms.
    pub csv: String,
    /// Name of that file without its ending.
    pub csv_name: String,
    /// SVG.
    pub svg: String,
    /// PNG.
    pub png: Vec<u8>,
    /// PDF.
    pub pdf: Vec<u8>,
}

/// Hands the numbers of a figure and its three forms to `write`, as `name.csv`, `name.svg`,
/// `name.png` and `name.pdf`.
///
/// # Errors
/// When `write` fails.
pub(crate) fn write_forms(
    name: &str,
    drawn: &Drawn,
    write: &mut impl FnMut(&str, &[u8]) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let folder = name.rfind('/').map_or("", |at| &name[..=at]);
    write(&format!("{folder}{}.csv", drawn.csv_name), drawn.csv.as_bytes())?;
    write(&format!("{name}.svg"), drawn.svg.as_bytes())?;
    write(&format!("{name}.png"), &drawn.png)?;
    write(&format!("{name}.pdf"), &drawn.pdf)
}

/// A figure before it is drawn. None can be without the numbers that it shows, whose digest it
/// carries.
pub(crate) struct Page<'n> {
    /// Name of the file of its numbers, without ending.
    pub name: &'n str,
    /// Height, mm.
    pub height_mm: f64,
    /// Title, description and what made it.
    pub origin: FigureOrigin,
    /// The numbers that it shows.
    pub source: FigureData,
}

impl Page<'_> {
    /// The drawing in its three forms.
    ///
    /// # Errors
    /// When it cannot be drawn or converted.
    pub(crate) fn render(
        self,
        draw: impl FnOnce(&Area) -> DrawResult,
    ) -> Result<Drawn, ReportError> {
        let Self { name, height_mm, origin, source } = self;
        let failed = |problem: String| ReportError::Figure { name: name.to_owned(), problem };
        let digest = source.digest();
        let provenance = format!("data blake3 {digest} ({name}.csv); {}", origin.provenance);
        let origin = FigureOrigin { provenance, ..origin };
        let svg =
            canvas::svg(height_mm, &origin, draw).map_err(|error| failed(error.to_string()))?;
        let tree = convert::parse(&svg).map_err(failed)?;
        let png = convert::png(&tree, &origin).map_err(failed)?;
        let pdf = convert::pdf(&tree, &origin).map_err(failed)?;
        Ok(Drawn { csv: source.text, csv_name: name.to_owned(), svg, png, pdf })
    }
}
