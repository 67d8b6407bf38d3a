//! Which unit an amount seems to have that is not in BTC a day.

use super::raw_series::RawDay;

/// Units by the factor that turns BTC into them.
const UNITS: [(f64, &str); 3] = [(1e8, "in satoshi"), (1e6, "in µBTC (bits)"), (1e3, "in mBTC")];
/// Share of fees in a reward that is usual.
const USUAL_SHARE: f64 = 0.02;
/// Blocks a day.
const BLOCKS: f64 = 144.0;

/// The unit of new coins that are `ratio` times what heights give, in words; `price` in USD.
pub(crate) fn issuance_unit(ratio: f64, due: f64, price: Option<f64>) -> String {
    let stated = ratio * due;
    let near = |factor: f64, tolerance: f64| (ratio / factor - 1.0).abs() < tolerance;
    let known = UNITS.iter().find(|(factor, _)| near(*factor, 0.3)).map(|(_, name)| *name);
    let name = known
        .or_else(|| price.filter(|price| near(*price, 0.3)).map(|_| "in USD"))
        .or_else(|| near(1.0 / BLOCKS, 0.3).then_some("a block's, not a day's"))
        .or_else(|| near(1.0 / 24.0, 0.2).then_some("an hour's, not a day's"))
        .or_else(|| near(7.0, 0.2).then_some("a week's, not a day's"))
        .or_else(|| near(30.0, 0.3).then_some("a month's, not a day's"))
        .or_else(|| (1e6..=21e6).contains(&stated).then_some("the supply, not what is new"))
        .or_else(|| near(2.0, 0.25).then_some("the subsidy of the epoch before a halving"))
        .or_else(|| near(0.5, 0.25).then_some("the subsidy after a halving that is to come"));
    match name {
        Some(name) => format!(", so this is {name}"),
        None if (0.8..=1.25).contains(&ratio) => String::new(),
        None => format!(", and this is {} times as much", significant(ratio)),
    }
}

/// Three digits, for people.
fn significant(ratio: f64) -> String {
    if (1e-3..1e4).contains(&ratio) { format!("{ratio:.3}") } else { format!("{ratio:.2e}") }
}

/// The unit of a day's fees that are too large or small a share of the reward, in words: the one in
/// which they would be nearest to a usual share.
pub(crate) fn fee_unit(day: &RawDay) -> String {
    let (Some(fees), Some(new)) = (day.fees, day.issuance) else { return String::new() };
    let price = day.price.map(|price| (price.value, "in USD"));
    let units = UNITS.into_iter().chain([(1.0 / BLOCKS, "a block's, not a day's")]).chain(price);
    let distance = |factor: f64| {
        let share = fees.value / factor / (fees.value / factor + new.value);
        libm::log(share / USUAL_SHARE).abs()
    };
    let mut fitting: Vec<(f64, &str)> = units
        .map(|(factor, name)| (distance(factor), name))
        .filter(|(distance, _)| fees.value > 0.0 && *distance < libm::log(16.0))
        .collect();
    fitting.sort_by(|one, other| one.0.total_cmp(&other.0));
    let Some((best, _)) = fitting.first().copied() else { return String::new() };
    // Where a unit is hardly less likely than the best, both are named.
    let likely = fitting.iter().filter(|(distance, _)| *distance < best + libm::log(4.0));
    let names: Vec<&str> = likely.map(|(_, name)| *name).collect();
    format!(", so this is {}", names.join(" or "))
}
