//! Saltelli's design for first-order and total Sobol' indices.

use super::DesignBlock;
use super::bits::Bits;
use super::sobol::sobol;

/// Rows of block A, then of B, then of AB1 … ABk, `samples` each.
///
/// Row i of A and of B are the halves of a Sobol' point in 2k dimensions; row i of ABj is row i of
/// A with factor j from B (Saltelli et al. 2010, section 4 and table 2).
pub(super) fn saltelli(samples: u32, factors: u32, bits: &Bits) -> (Vec<DesignBlock>, Vec<f64>) {
    let k = factors as usize;
    let halves = sobol(samples, 2 * factors, bits);
    let mut points: Vec<f64> = Vec::with_capacity((k + 2) * samples as usize * k);
    let kinds =
        [DesignBlock::A, DesignBlock::B].into_iter().chain((1..=factors).map(DesignBlock::Mixed));
    let blocks = kinds.flat_map(|block| std::iter::repeat_n(block, samples as usize)).collect();
    points.extend(halves.chunks(2 * k).flat_map(|row| &row[..k]));
    points.extend(halves.chunks(2 * k).flat_map(|row| &row[k..]));
    for factor in 0..k {
        for row in halves.chunks(2 * k) {
            let from_b = |j: usize| if j == factor { row[k + j] } else { row[j] };
            points.extend((0..k).map(from_b));
        }
    }
    (blocks, points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_block_is_a_with_one_column_of_b() {
        let (samples, factors) = (16, 3);
        let (blocks, points) = saltelli(samples, factors, &Bits::new(9));
        let rows: Vec<&[f64]> = points.chunks(3).collect();
        let block = |wanted: DesignBlock| -> Vec<&[f64]> {
            let own = blocks.iter().zip(&rows).filter(|(block, _)| **block == wanted);
            own.map(|(_, row)| *row).collect()
        };
        let (a, b) = (block(DesignBlock::A), block(DesignBlock::B));
        assert_eq!((rows.len(), a.len(), b.len()), (16 * 5, 16, 16));
        for factor in 0..factors {
            let mixed = block(DesignBlock::Mixed(factor + 1));
            assert_eq!(mixed.len(), 16);
            for (row, mixed) in mixed.iter().enumerate() {
                for j in 0..factors as usize {
                    let source = if j == factor as usize { b[row] } else { a[row] };
                    assert_eq!(mixed[j], source[j]);
                    assert_ne!(a[row][j], b[row][j]);
                }
            }
        }
    }
}
