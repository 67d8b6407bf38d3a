//! Variance between groups and within them.

use super::samples::{mean, variance};

/// Parts of the variance of values that come in groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceParts {
    /// Variance of the groups' expected values, estimated without bias: it may come out below zero where it is small.
    pub between: f64,
    /// Variance within a group.
    pub within: f64,
}

/// One-way analysis of variance with random effects of groups of unequal sizes nᵢ, in all n of g groups (Searle, Casella and
/// McCulloch 1992, Variance Components, section 3.6):
///
/// within = Σᵢⱼ(xᵢⱼ − x̄ᵢ)²/(n − g), between = (Σᵢ nᵢ(x̄ᵢ − x̄)²/(g − 1) − within)/n₀, n₀ = (n − Σᵢnᵢ²/n)/(g − 1).
///
/// Values in any unit, parts in its square; none for fewer than two groups, or where no group has two values.
#[must_use]
pub fn variance_parts(groups: &[Vec<f64>]) -> Option<VarianceParts> {
    let groups: Vec<&Vec<f64>> = groups.iter().filter(|group| !group.is_empty()).collect();
    let sizes: Vec<f64> = groups.iter().map(|group| group.len() as f64).collect();
    let (count, all): (f64, f64) = (groups.len() as f64, sizes.iter().sum());
    if count < 2.0 || all <= count {
        return None;
    }
    let inner = groups.iter().map(|group| variance(group).unwrap_or(0.0));
    let within = inner.zip(&sizes).map(|(s2, n)| s2 * (n - 1.0)).sum::<f64>() / (all - count);
    let means: Vec<f64> = groups.iter().map(|group| mean(group)).collect();
    let centre = means.iter().zip(&sizes).map(|(mean, n)| mean * n).sum::<f64>() / all;
    let spread = means.iter().zip(&sizes).map(|(mean, n)| n * (mean - centre) * (mean - centre));
    let mean_square = spread.sum::<f64>() / (count - 1.0);
    let typical = (all - sizes.iter().map(|n| n * n).sum::<f64>() / all) / (count - 1.0);
    Some(VarianceParts { between: (mean_square - within) / typical, within })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::sampling::normal;
    use crate::random::{Draws, Stream};

    #[test]
    fn three_groups_of_two_by_hand() {
        // Means 1, 3 and 8 around 4; squares within 0.5, 0 and 0.5, with one degree of freedom each.
        let groups = [vec![0.5, 1.5], vec![3.0, 3.0], vec![7.5, 8.5]];
        let parts = variance_parts(&groups).expect("parts");
        assert!((parts.within - 1.0 / 3.0).abs() < 1e-12, "{parts:?}");
        // 2·(9 + 1 + 16)/2 = 26; (26 − 1/3)/2.
        assert!((parts.between - (26.0 - 1.0 / 3.0) / 2.0).abs() < 1e-12, "{parts:?}");
    }

    #[test]
    fn groups_of_unequal_sizes_give_the_parts_they_are_made_of() {
        let draws = Draws::new(7, 0);
        let deviate = |group, member| normal(draws.uniform(Stream::Analysis, group, member, 0));
        let group = |group: u32| -> Vec<f64> {
            let centre = 2.0 * deviate(group, 0);
            (1..=1 + group % 4).map(|member| centre + deviate(group, member)).collect()
        };
        let groups: Vec<Vec<f64>> = (0..4_000).map(group).collect();
        let parts = variance_parts(&groups).expect("parts");
        assert!((parts.between - 4.0).abs() < 0.25, "{parts:?}");
        assert!((parts.within - 1.0).abs() < 0.05, "{parts:?}");
    }

    #[test]
    fn one_group_or_single_values_have_no_parts() {
        assert_eq!(variance_parts(&[vec![1.0, 2.0]]), None);
        assert_eq!(variance_parts(&[vec![1.0], vec![2.0]]), None);
        assert_eq!(variance_parts(&[vec![], vec![2.0, 3.0]]), None);
    }
}
