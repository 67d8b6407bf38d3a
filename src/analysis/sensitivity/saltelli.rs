//! Saltelli designs: samples A and B, and AB1 … ABk, which is A with one column from B.

use crate::study::experiment::sweep::FEWEST_BASE_ROWS;
use std::collections::BTreeMap;

use crate::analysis::points::{DesignTable, PointsError};

/// Fewer base rows than this say nothing.
pub(super) const FEWEST: usize = FEWEST_BASE_ROWS as usize;

/// Whether blocks are named as in a Saltelli design.
pub(crate) fn has_base_blocks(design: &DesignTable) -> bool {
    design.points.iter().any(|point| ["A", "B"].contains(&point.block.as_str()))
}

/// Places of the points of A, B, AB1 … ABk for one base row after another.
///
/// # Errors
/// When a block is missing or unknown, blocks differ in length, there are too few base rows, or a
/// point is not the mixture it should be.
pub(crate) fn base_rows(design: &DesignTable) -> Result<Vec<usize>, PointsError> {
    if design.points.iter().all(|point| point.block == "A") {
        return Err(design.refused(
            "all points are of block A, as those of methods lhs and sobol, which give no indices: \
             method saltelli gives Sobol indices and morris elementary effects (lhs and sobol are \
             for `hashflight discover`)"
                .to_owned(),
        ));
    }
    let blocks = blocks(design)?;
    let rows = blocks[0].len();
    if rows < FEWEST {
        return Err(design.refused(format!(
            "there are {rows} base rows (rows of block A); at least {FEWEST} are needed, and \
             hundreds for intervals of use"
        )));
    }
    let mut places = Vec::with_capacity(design.points.len());
    for row in 0..rows {
        places.extend(blocks.iter().map(|block| block[row]));
        check_mixtures(design, &places[places.len() - blocks.len()..])?;
    }
    Ok(places)
}

/// Points of A, B, AB1 … ABk, equally many.
fn blocks(design: &DesignTable) -> Result<Vec<Vec<usize>>, PointsError> {
    let mixed = (1..=design.factors.len()).map(|number| format!("AB{number}"));
    let names: Vec<String> = ["A".to_owned(), "B".to_owned()].into_iter().chain(mixed).collect();
    let numbers: BTreeMap<&str, usize> =
        names.iter().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
    let mut blocks = vec![Vec::new(); names.len()];
    for (place, point) in design.points.iter().enumerate() {
        let Some(&number) = numbers.get(point.block.as_str()) else {
            return Err(design.refused(format!(
                "row {}: block `{}` is unknown; with {} factors the blocks are A, B, AB1 to AB{}",
                point.row,
                point.block,
                design.factors.len(),
                design.factors.len()
            )));
        };
        blocks[number].push(place);
    }
    let wanted = blocks[0].len();
    match names.iter().zip(&blocks).find(|(_, block)| block.len() != wanted) {
        None => Ok(blocks),
        Some((name, block)) => Err(design.refused(format!(
            "block {name} has {} rows and block A has {wanted}; all need as many",
            block.len()
        ))),
    }
}

/// Checks that every mixture has the values of A but for one factor, which has that of B.
fn check_mixtures(design: &DesignTable, places: &[usize]) -> Result<(), PointsError> {
    let values = |place: usize| &design.points[place].factors;
    let (a, b) = (values(places[0]), values(places[1]));
    for (factor, &place) in places[2..].iter().enumerate() {
        let wanted = |column: usize| if column == factor { b[column] } else { a[column] };
        let wrong = (0..a.len()).find(|&column| values(place)[column] != wanted(column));
        if let Some(column) = wrong {
            let point = &design.points[place];
            return Err(design.refused(format!(
                "row {}: `{}` is {} and should be {}: the n-th row of block {} is the n-th of A \
                 with `{}` from the n-th of B",
                point.row,
                design.factors[column],
                design.written(column, point.factors[column]),
                design.written(column, wanted(column)),
                point.block,
                design.factors[factor]
            )));
        }
    }
    Ok(())
}
