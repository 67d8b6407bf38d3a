//! Buying hash rate from several sources whose prices rise with what is bought.
//!
//! A source is a stock Q of rigs. The first one costs p₀ and every further one more:
//! p(q) = p₀·exp(k·q/Q) per H/s (log price rises by k when the whole stock is bought; Kyle-type
//! permanent impact in logs). Each also brings a carrying cost f per H/s (site, energy, operations)
//! that does not depend on q, and contributes w to the target per H/s. The cheapest mix equalises
//! the marginal cost per contribution (p(q) + f)/w over all sources in use: the shadow price λ.

use crate::numerics::bracketed_root::Bracket;
use crate::units::{HashRate, RigPrice, Usd};

/// Steps of the search for the shadow price between two neighbouring prices of sources.
const STEPS: u32 = 24;
/// Relative width at which two shadow prices count as neighbours.
const NEIGHBOURS: f64 = 1e-12;
/// Impacts below this are treated as none: exp(k) − 1 = k to the last digit.
const NO_IMPACT: f64 = 1e-12;

/// A stock of rigs on offer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RigStock {
    stock: HashRate,
    price: RigPrice,
    impact: f64,
    carrying: RigPrice,
    contribution: f64,
    /// p(Q), price of the last rig.
    last_price: RigPrice,
}

impl RigStock {
    /// A stock Q ≥ 0 whose first rig costs p₀ = `price` ≥ 0 and whose log price rises by
    /// k = `impact` ≥ 0 towards the last; using a rig costs f = `carrying` ≥ 0 per H/s, and it
    /// counts w = `contribution` > 0 per H/s towards a target.
    #[must_use]
    pub fn new(
        stock: HashRate,
        price: RigPrice,
        impact: f64,
        carrying: RigPrice,
        contribution: f64,
    ) -> Self {
        let last_price = price * libm::exp(impact);
        Self { stock, price, impact, carrying, contribution, last_price }
    }

    /// Marginal cost per contribution, (p(q) + f)/w.
    #[must_use]
    pub fn marginal_cost(&self, bought: HashRate) -> RigPrice {
        (self.marginal_price(bought) + self.carrying) / self.contribution
    }

    /// p(q) = p₀·exp(k·q/Q).
    #[must_use]
    pub(crate) fn marginal_price(&self, bought: HashRate) -> RigPrice {
        if self.stock.0 > 0.0 {
            self.price * libm::exp(self.impact * (bought / self.stock))
        } else {
            self.price
        }
    }

    /// ∫₀^q p = p₀·Q/k·(exp(k·q/Q) − 1); p₀·q without impact.
    #[must_use]
    pub fn purchase_cost(&self, bought: HashRate) -> Usd {
        if self.impact < NO_IMPACT || self.stock.0 <= 0.0 {
            return bought * self.price;
        }
        let mean_rise = libm::expm1(self.impact * (bought / self.stock)) / self.impact;
        self.stock * self.price * mean_rise
    }

    /// Purchase and carrying cost of `bought`.
    #[cfg(test)]
    pub(crate) fn total_cost(&self, bought: HashRate) -> Usd {
        self.purchase_cost(bought) + bought * self.carrying
    }

    /// What is worth buying at shadow price λ: the q with p(q) + f = λ·w, within [0, Q].
    #[must_use]
    pub(crate) fn supplied(&self, shadow_price: RigPrice) -> HashRate {
        let affordable = shadow_price * self.contribution - self.carrying;
        if affordable <= self.price {
            HashRate::ZERO
        } else if affordable >= self.last_price {
            self.stock
        } else {
            self.stock * (libm::log(affordable / self.price) / self.impact).min(1.0)
        }
    }

    /// Marginal cost of the first and of the last rig per contribution.
    fn shadow_prices(&self) -> [RigPrice; 2] {
        [self.price, self.last_price].map(|price| (price + self.carrying) / self.contribution)
    }
}

/// The result of a purchase.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Mix {
    /// λ, marginal cost per contribution.
    pub shadow_price: RigPrice,
    /// Target minus what all sources can contribute; 0 when it is met.
    pub shortfall: HashRate,
}

/// Shadow prices at which a source starts or ends to sell: room for the search, kept by the caller.
pub(crate) type Breakpoints = Vec<RigPrice>;

/// The cheapest purchase that contributes `target`, written to `bought` (one entry per source).
/// When the sources together cannot, all of them are bought and the rest is the shortfall.
///
/// Between two neighbouring breakpoints the contribution is smooth and rises with λ: the two around
/// the target are found by halving their list, λ between them by the Illinois variant of regula
/// falsi. What the last interval leaves open (all of a source without impact) is divided in
/// proportion, so that the target is met exactly.
pub(crate) fn cheapest_mix(
    sources: &[RigStock],
    target: HashRate,
    breakpoints: &mut Breakpoints,
    bought: &mut [HashRate],
) -> Mix {
    bought.fill(HashRate::ZERO);
    if target.0 <= 0.0 {
        return Mix::default();
    }
    breakpoints.clear();
    breakpoints.extend(sources.iter().flat_map(RigStock::shadow_prices));
    let highest = breakpoints.iter().copied().reduce(RigPrice::max).unwrap_or_default();
    let capacity: HashRate = sources.iter().map(|source| source.stock * source.contribution).sum();
    if capacity <= target {
        for (quantity, source) in bought.iter_mut().zip(sources) {
            *quantity = source.stock;
        }
        return Mix { shadow_price: highest, shortfall: target - capacity };
    }
    let (low, high) = bracket(sources, target, breakpoints, highest);
    fill_between(sources, target, low, high, bought);
    Mix { shadow_price: high, shortfall: HashRate::ZERO }
}

/// Two neighbouring shadow prices, of which the lower contributes less than the target.
fn bracket(
    sources: &[RigStock],
    target: HashRate,
    breakpoints: &mut [RigPrice],
    highest: RigPrice,
) -> (RigPrice, RigPrice) {
    let (low, next) = neighbours(sources, target, breakpoints);
    let just_above = beyond(low);
    let there = contributed(sources, just_above);
    if there >= target {
        return (low, just_above);
    }
    let high = next.unwrap_or_else(|| beyond(highest));
    let excess = |price: f64| {
        let known = price.to_bits() == just_above.0.to_bits();
        let there = if known { there } else { contributed(sources, RigPrice(price)) };
        (there - target).0
    };
    let ends = Bracket { low: just_above.0, high: high.0 };
    let ends = ends.narrow(NEIGHBOURS * target.0, STEPS, excess);
    (RigPrice(ends.low), beyond(RigPrice(ends.high)))
}

/// The highest breakpoint that contributes less than the target, or zero, and the lowest that
/// contributes as much, if one does. The list is not sorted for it, only parted around the middle of
/// what is left again and again.
fn neighbours(
    sources: &[RigStock],
    target: HashRate,
    breakpoints: &mut [RigPrice],
) -> (RigPrice, Option<RigPrice>) {
    let (mut low, mut high, mut left) = (RigPrice::ZERO, None, breakpoints);
    while !left.is_empty() {
        let (below, &mut middle, above) =
            left.select_nth_unstable_by(left.len() / 2, |a, b| a.0.total_cmp(&b.0));
        if contributes(sources, middle, target) {
            (high, left) = (Some(middle), below);
        } else {
            (low, left) = (middle, above);
        }
    }
    (low, high)
}

/// The next shadow price that counts as another one.
fn beyond(price: RigPrice) -> RigPrice {
    (price * (1.0 + NEIGHBOURS)).max(RigPrice(f64::MIN_POSITIVE))
}

/// Whether all sources together contribute a target at a shadow price: no contribution is negative,
/// so that the first ones may do.
fn contributes(sources: &[RigStock], shadow_price: RigPrice, target: HashRate) -> bool {
    let mut sum = HashRate::ZERO;
    sources.iter().any(|source| {
        sum += source.supplied(shadow_price) * source.contribution;
        sum >= target
    })
}

/// What all sources contribute at a shadow price.
fn contributed(sources: &[RigStock], shadow_price: RigPrice) -> HashRate {
    sources.iter().map(|source| source.supplied(shadow_price) * source.contribution).sum()
}

/// Buys what the lower shadow price asks for and the same part of every source's step up to the
/// higher one.
fn fill_between(
    sources: &[RigStock],
    target: HashRate,
    low: RigPrice,
    high: RigPrice,
    bought: &mut [HashRate],
) {
    let mut least = HashRate::ZERO;
    for (from, source) in bought.iter_mut().zip(sources) {
        *from = source.supplied(low);
        least += *from * source.contribution;
    }
    let most = contributed(sources, high);
    let part = if most > least { (target - least) / (most - least) } else { 0.0 };
    for (quantity, source) in bought.iter_mut().zip(sources) {
        let (from, to) = (*quantity, source.supplied(high));
        *quantity = from + (to - from) * part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn source(stock: f64, price: f64, impact: f64, carrying: f64, contribution: f64) -> RigStock {
        RigStock::new(HashRate(stock), RigPrice(price), impact, RigPrice(carrying), contribution)
    }

    fn cost(sources: &[RigStock], bought: &[HashRate]) -> f64 {
        sources.iter().zip(bought).map(|(source, &q)| source.total_cost(q).0).sum()
    }

    fn cheapest(sources: &[RigStock], target: f64) -> (Mix, Vec<HashRate>) {
        let mut bought = vec![HashRate::ZERO; sources.len()];
        let mix = cheapest_mix(sources, HashRate(target), &mut Breakpoints::new(), &mut bought);
        (mix, bought)
    }

    fn contribution(sources: &[RigStock], bought: &[HashRate]) -> f64 {
        sources.iter().zip(bought).map(|(source, q)| source.contribution * q.0).sum()
    }

    /// Buys small pieces, always the one that is cheapest per contribution.
    fn greedy_cost(sources: &[RigStock], target: f64, pieces: usize) -> f64 {
        let mut offers: Vec<(f64, f64, f64)> = Vec::new();
        for source in sources {
            let piece = source.stock / pieces as f64;
            for i in 0..pieces {
                let [from, to] = [i, i + 1].map(|n| source.total_cost(piece * n as f64).0);
                let weight = piece.0 * source.contribution;
                offers.push(((to - from) / weight, weight, to - from));
            }
        }
        offers.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut left, mut paid) = (target, 0.0);
        for (_, weight, price) in offers {
            let part = (left / weight).clamp(0.0, 1.0);
            paid += price * part;
            left -= weight * part;
        }
        paid
    }

    #[test]
    fn a_flat_price_costs_price_times_quantity() {
        let sources = [source(10.0, 3.0, 0.0, 2.0, 1.0)];
        let (mix, bought) = cheapest(&sources, 4.0);
        assert!((cost(&sources, &bought) - 20.0).abs() < 1e-9);
        assert!((mix.shadow_price.0 - 5.0).abs() < 1e-6);
    }

    #[test]
    fn a_vanishing_impact_is_no_impact() {
        let [flat, nearly_flat] = [0.0, 1e-9].map(|k| source(10.0, 3.0, k, 0.0, 1.0));
        let [exact, limit] = [flat, nearly_flat].map(|s| s.purchase_cost(HashRate(7.0)).0);
        assert!((exact - limit).abs() < 1e-7);
    }

    #[test]
    fn what_cannot_be_had_is_the_shortfall() {
        let (mix, bought) = cheapest(&[source(10.0, 3.0, 0.5, 2.0, 1.0)], 12.0);
        assert_eq!(bought, [HashRate(10.0)]);
        assert!((mix.shortfall.0 - 2.0).abs() < 1e-12);
        let (mix, _) = cheapest(&[], 1.0);
        assert!((mix.shortfall.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn free_rigs_are_bought_first() {
        let sources = [source(1.0, 0.0, 0.5, 0.0, 1.0), source(10.0, 1.0, 0.0, 0.0, 1.0)];
        let (_, bought) = cheapest(&sources, 3.0);
        assert!((bought[0].0 - 1.0).abs() < 1e-9);
        assert!((bought[1].0 - 2.0).abs() < 1e-9);
    }

    fn any_source() -> impl Strategy<Value = RigStock> {
        (
            1.0..100.0_f64,
            0.1..10.0_f64,
            prop_oneof![Just(0.0), 0.01..2.0_f64],
            0.0..5.0_f64,
            0.5..3.0_f64,
        )
            .prop_map(|(stock, price, impact, carrying, w)| {
                source(stock, price, impact, carrying, w)
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_mix_meets_the_target_and_no_greedy_purchase_is_cheaper(
            sources in prop::collection::vec(any_source(), 1..8), part in 0.01..0.99_f64
        ) {
            let capacity: f64 = sources.iter().map(|s| s.stock.0 * s.contribution).sum();
            let (_, bought) = cheapest(&sources, part * capacity);
            prop_assert!((contribution(&sources, &bought) / (part * capacity) - 1.0).abs() < 1e-9);
            let (paid, greedy) = (cost(&sources, &bought), greedy_cost(&sources, part * capacity, 2_000));
            prop_assert!((paid / greedy - 1.0).abs() < 1e-4, "{paid} against {greedy}");
        }

        #[test]
        fn sources_in_use_have_the_same_marginal_cost(
            sources in prop::collection::vec(any_source(), 2..8), part in 0.01..0.99_f64
        ) {
            let capacity: f64 = sources.iter().map(|s| s.stock.0 * s.contribution).sum();
            let (mix, bought) = cheapest(&sources, part * capacity);
            for (source, &q) in sources.iter().zip(&bought) {
                let relative = source.marginal_cost(q) / mix.shadow_price - 1.0;
                prop_assert!(q.0 <= 0.0 || relative < 1e-6);
                prop_assert!(q >= source.stock * (1.0 - 1e-9) || relative > -1e-6);
            }
        }

        #[test]
        fn another_source_never_makes_the_target_dearer(
            sources in prop::collection::vec(any_source(), 2..8), part in 0.01..0.99_f64
        ) {
            let fewer = &sources[1..];
            let target = part * fewer.iter().map(|s| s.stock.0 * s.contribution).sum::<f64>();
            let [with, without] = [&sources[..], fewer].map(|s| cost(s, &cheapest(s, target).1));
            prop_assert!(with <= without * (1.0 + 1e-9));
        }
    }
}
