//! Shares behind counts, with room for entities too rare to have found a block.

/// Estimated shares, ascending, of the entities seen and of those that were not: the assemblage of
/// Chao and Jost (2015, Methods in Ecology and Evolution 6:873, equations 2 to 4), made to resample
/// from. Plain proportions leave the unseen out and give the rare seen too much.
///
/// With f₁ entities seen once and f₂ twice in n blocks, f̂₀ = (n−1)/n·f₁²/(2·f₂) entities (with
/// f₁(f₁−1)/2 when f₂ = 0; Chao 1984) were missed, rounded up and at most `most_unseen`; those seen
/// have the coverage Ĉ = 1 − f₁/n·(n−1)f₁/((n−1)f₁+2f₂), share out Ĉ as
/// x/n·(1 − λ(1−x/n)ⁿ), and those missed share 1 − Ĉ equally. Counts are whole numbers of blocks.
#[must_use]
pub(crate) fn estimated_shares(counts: &[u32], most_unseen: usize) -> Vec<f64> {
    let blocks: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let seen = counts.iter().filter(|count| **count > 0).map(|&count| f64::from(count) / blocks);
    let mut shares: Vec<f64> = seen.collect();
    let (missed, coverage) = unseen(counts, blocks);
    let missed = (libm::ceil(missed).min(blocks) as usize).min(most_unseen);
    if missed > 0 && coverage < 1.0 {
        let rarity = |share: f64| libm::pow(1.0 - share, blocks);
        let rare: f64 = shares.iter().map(|&share| share * rarity(share)).sum();
        let lambda = (1.0 - coverage) / rare;
        for share in &mut shares {
            *share = (*share * (1.0 - lambda * rarity(*share))).max(0.0);
        }
        let each = (1.0 - shares.iter().sum::<f64>()) / missed as f64;
        shares.resize(shares.len() + missed, each);
    }
    shares.sort_by(f64::total_cmp);
    shares
}

/// f̂₀, the estimated number of entities missed, and Ĉ, the share of those seen.
fn unseen(counts: &[u32], blocks: f64) -> (f64, f64) {
    let times = |times: u32| counts.iter().filter(|count| **count == times).count() as f64;
    let (once, twice) = (times(1), times(2));
    if once == 0.0 {
        return (0.0, 1.0);
    }
    // Without doubletons the bias-corrected forms stand in, with f₁ − 1 for f₁ and one doubleton.
    let (pairs, singles, doubles) = if twice > 0.0 {
        (once * once / twice, once, twice)
    } else {
        (once * (once - 1.0), once - 1.0, 1.0)
    };
    let missed = (blocks - 1.0) / blocks * pairs / 2.0;
    let repeat = (blocks - 1.0) * singles / ((blocks - 1.0) * singles + 2.0 * doubles);
    (missed, 1.0 - once / blocks * repeat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hand_arithmetic_for_one_doubleton_and_two_singletons() {
        // n = 10, f1 = 2, f2 = 1: f0 = 0.9·4/2 = 1.8, so two; C = 1 - 0.2·18/20 = 0.82.
        let shares = estimated_shares(&[6, 2, 1, 1], usize::MAX);
        assert_eq!(shares.len(), 6);
        let near =
            |value: f64| shares.iter().filter(|share| (**share - value).abs() < 1e-12).count();
        assert_eq!(near(0.09), 2, "{shares:?}");
        let rare = 0.6 * 0.4_f64.powi(10) + 0.2 * 0.8_f64.powi(10) + 0.2 * 0.9_f64.powi(10);
        let single = 0.1 * (1.0 - 0.18 / rare * 0.9_f64.powi(10));
        assert_eq!(near(single), 2, "{shares:?}");
    }

    #[test]
    fn without_singletons_shares_are_proportions() {
        assert_eq!(estimated_shares(&[0, 2, 6], usize::MAX), [0.25, 0.75]);
        assert_eq!(estimated_shares(&[1, 3], 0), [0.25, 0.75]);
    }

    proptest! {
        #[test]
        fn shares_sum_to_one_and_are_never_negative(counts in prop::collection::vec(0_u32..60, 1..40), most in 0_usize..50) {
            prop_assume!(counts.iter().any(|&count| count > 0));
            let shares = estimated_shares(&counts, most);
            prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(shares.iter().all(|&share| share >= 0.0));
            prop_assert!(shares.is_sorted());
        }
    }
}
