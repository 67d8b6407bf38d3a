//! Figures of what `measure`, `sensitivity` and `discover` find.

use super::canvas::FigureOrigin;
use super::page::{Drawn, Page, write_forms};
use super::{
    elementary_effects, measured_blocks, scenario_discovery, sensitivity_convergence, sobol_indices,
};
use crate::analysis::discovery::Discovery;
use crate::analysis::measure::Measurement;
use crate::analysis::sensitivity::{Sensitivity, SensitivityMethod};
use crate::report::discovery::export::figure_name;
use crate::report::discovery::source::figure_csv;
use crate::report::measure::table::csv as measure_csv;
use crate::report::sensitivity::export::{convergence_csv, csv as sensitivity_csv};
use crate::study::results::report_error::ReportError;

/// Draws the concentration of measured windows, with its bands, for a file of this name without its
/// ending; `command` made them.
///
/// # Errors
/// When the figure cannot be drawn or converted.
pub(crate) fn draw_measured(
    measured: &Measurement,
    name: &str,
    command: &str,
) -> Result<Drawn, ReportError> {
    let origin = measured_blocks::origin(measured, command);
    let (height_mm, source) = (measured_blocks::HEIGHT_MM, measure_csv(measured).into());
    let page = Page { name, height_mm, origin, source };
    page.render(|area| measured_blocks::draw(area, measured))
}

/// Draws the measures of all factors, and how they converge, as `figures/sensitivity…` and
/// `figures/sensitivity_convergence…`; `command` made them.
///
/// # Errors
/// When a figure cannot be drawn or converted, or `write` fails.
pub(crate) fn draw_sensitivity(
    found: &Sensitivity,
    suffix: &str,
    command: &str,
    write: &mut impl FnMut(&str, &[u8]) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let origin = |title: &str, about: &str| FigureOrigin {
        title: format!("{title} of {}", found.name()),
        description: format!("{about} {}", found.extent()),
        provenance: analysed(&found.digests, command),
    };
    let name = format!("sensitivity{suffix}");
    let (title, about, height_mm) = match found.method {
        SensitivityMethod::Sobol => {
            ("Sobol indices", sobol_indices::ABOUT, sobol_indices::height_mm(found))
        }
        SensitivityMethod::Morris => {
            let height_mm = elementary_effects::height_mm(found);
            ("Elementary effects", elementary_effects::ABOUT, height_mm)
        }
    };
    let source = sensitivity_csv(found).into();
    let page = Page { name: &name, height_mm, origin: origin(title, about), source };
    let drawn = page.render(|area| match found.method {
        SensitivityMethod::Sobol => sobol_indices::draw(area, found),
        SensitivityMethod::Morris => elementary_effects::draw(area, found),
    })?;
    write_forms(&format!("figures/{name}"), &drawn, write)?;
    let name = format!("sensitivity_convergence{suffix}");
    let page = Page {
        name: &name,
        height_mm: sensitivity_convergence::HEIGHT_MM,
        origin: origin("Convergence of the sensitivity", sensitivity_convergence::ABOUT),
        source: convergence_csv(found).into(),
    };
    let drawn = page.render(|area| sensitivity_convergence::draw(area, found))?;
    write_forms(&format!("figures/{name}"), &drawn, write)
}

/// Draws trajectory and limits of every box, as `figures/discovery…`, further boxes with their
/// number; `command` made them. Side by side with the tables, the figures' numbers have a name of
/// their own.
///
/// # Errors
/// When a figure cannot be drawn or converted, or `write` fails.
pub(crate) fn draw_discovery(
    found: &Discovery,
    (suffix, flat): (&str, bool),
    command: &str,
    write: &mut impl FnMut(&str, &[u8]) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    for (place, one) in found.boxes.iter().enumerate() {
        let path = figure_name(place, suffix);
        let name = path.rsplit('/').next().unwrap_or(&path);
        let page = Page {
            name: &if flat { format!("{name}_figure") } else { name.to_owned() },
            height_mm: scenario_discovery::height_mm(found, one),
            origin: FigureOrigin {
                title: format!("Box {} of {} {}", place + 1, found.name(), found.side()),
                description: format!("{} {}", scenario_discovery::ABOUT, found.extent()),
                provenance: analysed(&found.digests, command),
            },
            source: figure_csv(found, one).into(),
        };
        let drawn = page.render(|area| scenario_discovery::draw(area, found, one))?;
        write_forms(&path, &drawn, write)?;
    }
    Ok(())
}

/// What was analysed, by which command.
fn analysed([design, outputs]: &[String; 2], command: &str) -> String {
    format!("design blake3 {design}; outputs blake3 {outputs}; command: {command}")
}
