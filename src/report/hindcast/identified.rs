//! What deals for AI halls and hash rate tell, apart and together, as tables.

use crate::history::calibration::deals::{DealFit, LearntBy};
use crate::report::numbers::{aligned, decimals_for, fixed};
use crate::report::source::FigureData;

/// Columns of the table of what deals and hash rate tell.
const IDENTIFIED: [&str; 11] = [
    "window",
    "learnt_from",
    "quantity",
    "effective_points",
    "mean",
    "sd",
    "q05",
    "q50",
    "q95",
    "sd_over_prior",
    "shift",
];

/// One row a window, source of knowledge and quantity, all digits.
#[must_use]
pub(crate) fn identified_csv(fit: &DealFit) -> FigureData {
    let mut table = FigureData::new(IDENTIFIED);
    for row in &fit.rows {
        let keys =
            [row.window.clone().into(), row.learnt.name().into(), row.quantity.clone().into()];
        let numbers = [row.effective, row.mean, row.sd];
        let learnt = [row.sd_over_prior, row.shift];
        let numbers = numbers.into_iter().chain(row.quantiles).chain(learnt).map(Into::into);
        table.row(keys.into_iter().chain(numbers));
    }
    table
}

/// The same for people: each quantity of a window, as far as it was known and as far as it is.
#[must_use]
pub(crate) fn identified_text(fit: &DealFit) -> String {
    let header = ["quantity", "learnt from", "mean", "5 %", "95 %", "sd over prior's", "shift"];
    let mut blocks = Vec::new();
    let mut names: Vec<&str> = fit.rows.iter().map(|row| row.window.as_str()).collect();
    names.dedup();
    for name in names {
        let mut cells = vec![header.map(str::to_owned).to_vec()];
        for row in fit.rows.iter().filter(|row| row.window == name) {
            if row.learnt == LearntBy::Prior {
                continue;
            }
            let numbers = [row.mean, row.quantiles[0], row.quantiles[2]];
            let numbers = numbers.map(|number| fixed(number, decimals_for(row.sd, 3)));
            let learnt = [row.sd_over_prior, row.shift].map(|number| fixed(number, 2));
            let keys = [row.quantity.clone(), row.learnt.name().to_owned()];
            cells.push(keys.into_iter().chain(numbers).chain(learnt).collect());
        }
        blocks.push(format!("{name}\n{}", aligned(&cells).join("\n")));
    }
    let worth = fit.untempered;
    blocks.push(format!("Deals untempered leave points worth {worth:.1}."));
    blocks.join("\n\n")
}
