//! One newtype per physical or monetary dimension, one line per law that links them.
//!
//! Everything inside the model is SI: hashes per second, watts, joules, seconds, US dollars and
//! bitcoin. People read and write EH/s, J/TH, USD/MWh and USD/PH/day; the constructors and getters
//! named after those units are the only places where the factors stand.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// Seconds in a day.
pub const DAY: Seconds = Seconds(86_400.0);
/// Days in a mean Gregorian year.
pub const DAYS_PER_YEAR: f64 = 365.25;
/// Days in a month, a twelfth of a year.
pub const DAYS_PER_MONTH: f64 = DAYS_PER_YEAR / 12.0;

/// Declares the dimensions (`$unit` is the SI unit) and the laws between them (`A * B = C`).
macro_rules! dimensions {
    (quantities { $($(#[$doc:meta])* $name:ident;)+ } laws { $($left:ident * $right:ident = $product:ident;)+ }) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
            #[repr(transparent)]
            pub struct $name(pub f64);

            impl $name {
                /// None of it.
                pub const ZERO: Self = Self(0.0);

                /// The larger of the two.
                #[inline]
                #[must_use]
                pub const fn max(self, other: Self) -> Self {
                    if self.0 > other.0 { self } else { other }
                }

                /// The smaller of the two.
                #[inline]
                #[must_use]
                pub const fn min(self, other: Self) -> Self {
                    if self.0 < other.0 { self } else { other }
                }
            }

            impl Add for $name {
                type Output = Self;
                #[inline]
                fn add(self, other: Self) -> Self { Self(self.0 + other.0) }
            }
            impl Sub for $name {
                type Output = Self;
                #[inline]
                fn sub(self, other: Self) -> Self { Self(self.0 - other.0) }
            }
            impl Neg for $name {
                type Output = Self;
                #[inline]
                fn neg(self) -> Self { Self(-self.0) }
            }
            impl AddAssign for $name {
                #[inline]
                fn add_assign(&mut self, other: Self) { self.0 += other.0; }
            }
            impl SubAssign for $name {
                #[inline]
                fn sub_assign(&mut self, other: Self) { self.0 -= other.0; }
            }
            impl Mul<f64> for $name {
                type Output = Self;
                #[inline]
                fn mul(self, factor: f64) -> Self { Self(self.0 * factor) }
            }
            impl Mul<$name> for f64 {
                type Output = $name;
                #[inline]
                fn mul(self, quantity: $name) -> $name { $name(self * quantity.0) }
            }
            impl Div<f64> for $name {
                type Output = Self;
                #[inline]
                fn div(self, divisor: f64) -> Self { Self(self.0 / divisor) }
            }
            /// The ratio of two like quantities is a plain number.
            impl Div for $name {
                type Output = f64;
                #[inline]
                fn div(self, other: Self) -> f64 { self.0 / other.0 }
            }
            impl Sum for $name {
                fn sum<I: Iterator<Item = Self>>(quantities: I) -> Self {
                    quantities.fold(Self::ZERO, Add::add)
                }
            }
        )+
        $(
            impl Mul<$right> for $left {
                type Output = $product;
                #[inline]
                fn mul(self, other: $right) -> $product { $product(self.0 * other.0) }
            }
            impl Mul<$left> for $right {
                type Output = $product;
                #[inline]
                fn mul(self, other: $left) -> $product { $product(self.0 * other.0) }
            }
            impl Div<$right> for $product {
                type Output = $left;
                #[inline]
                fn div(self, other: $right) -> $left { $left(self.0 / other.0) }
            }
            impl Div<$left> for $product {
                type Output = $right;
                #[inline]
                fn div(self, other: $left) -> $right { $right(self.0 / other.0) }
            }
        )+
    };
}

dimensions! {
    quantities {
    /// Duration, s.
    Seconds;
    /// Hash rate, H/s.
    HashRate;
    /// Work, hashes.
    Hashes;
    /// Energy per hash, J/H.
    Efficiency;
    /// Electric power, W.
    Power;
    /// Electric energy, J.
    Energy;
    /// US dollars.
    Usd;
    /// Flow of US dollars, USD/s.
    UsdPerSecond;
    /// Bitcoin.
    Btc;
    /// Price of one bitcoin, USD/BTC.
    BtcPrice;
    /// Bitcoin earned per hash, BTC/H.
    BtcPerHash;
    /// Revenue per hash, USD/H ("hashprice").
    Hashprice;
    /// Price of electric energy, USD/J.
    Tariff;
    /// Price of mining hardware, USD per H/s.
    RigPrice;
    /// Investment per power, USD/W.
    UsdPerWatt;
    /// Rent or cost rate per power, USD/(W·s).
    RentPerWatt;
    }
    laws {
    HashRate * Seconds = Hashes;
    HashRate * Efficiency = Power;
    Power * Seconds = Energy;
    Energy * Tariff = Usd;
    Hashes * Hashprice = Usd;
    Hashes * BtcPerHash = Btc;
    BtcPerHash * BtcPrice = Hashprice;
    Btc * BtcPrice = Usd;
    Efficiency * Tariff = Hashprice;
    Efficiency * UsdPerWatt = RigPrice;
    Hashprice * Seconds = RigPrice;
    HashRate * RigPrice = Usd;
    Power * UsdPerWatt = Usd;
    Power * RentPerWatt = UsdPerSecond;
    UsdPerSecond * Seconds = Usd;
    }
}

const SECONDS_PER_YEAR: f64 = DAYS_PER_YEAR * DAY.0;

impl Seconds {
    /// From days.
    #[must_use]
    pub const fn from_days(days: f64) -> Self {
        Self(days * DAY.0)
    }
    /// In days.
    #[must_use]
    pub const fn days(self) -> f64 {
        self.0 / DAY.0
    }
    /// From months of a twelfth of a year.
    #[must_use]
    pub(crate) const fn from_months(months: f64) -> Self {
        Self(months * DAYS_PER_MONTH * DAY.0)
    }
}

impl HashRate {
    /// From EH/s.
    #[must_use]
    pub const fn from_ehs(ehs: f64) -> Self {
        Self(ehs * 1e18)
    }
    /// In EH/s.
    #[must_use]
    pub const fn ehs(self) -> f64 {
        self.0 / 1e18
    }
    /// In TH/s.
    #[must_use]
    pub(crate) const fn ths(self) -> f64 {
        self.0 / 1e12
    }
}

impl Efficiency {
    /// From J/TH.
    #[must_use]
    pub const fn from_j_per_th(j_per_th: f64) -> Self {
        Self(j_per_th / 1e12)
    }
    /// In J/TH.
    #[must_use]
    pub const fn j_per_th(self) -> f64 {
        self.0 * 1e12
    }
}

impl Power {
    /// From MW.
    #[must_use]
    pub const fn from_mw(mw: f64) -> Self {
        Self(mw * 1e6)
    }
    /// In MW.
    #[must_use]
    pub const fn mw(self) -> f64 {
        self.0 / 1e6
    }
}

impl Energy {
    /// In MWh.
    #[must_use]
    pub const fn mwh(self) -> f64 {
        self.0 / 3.6e9
    }
}

impl Tariff {
    /// From USD/MWh.
    #[must_use]
    pub const fn from_usd_per_mwh(usd: f64) -> Self {
        Self(usd / 3.6e9)
    }
    /// In USD/MWh.
    #[must_use]
    pub const fn usd_per_mwh(self) -> f64 {
        self.0 * 3.6e9
    }
}

impl Hashprice {
    /// From USD/PH/day.
    #[must_use]
    pub const fn from_usd_per_ph_day(usd: f64) -> Self {
        Self(usd / (1e15 * DAY.0))
    }
    /// In USD/PH/day.
    #[must_use]
    pub const fn usd_per_ph_day(self) -> f64 {
        self.0 * 1e15 * DAY.0
    }
}

impl RigPrice {
    /// From USD/TH (per TH/s of rated hash rate).
    #[must_use]
    pub const fn from_usd_per_th(usd: f64) -> Self {
        Self(usd / 1e12)
    }
    /// In USD/TH.
    #[must_use]
    pub const fn usd_per_th(self) -> f64 {
        self.0 * 1e12
    }
}

impl UsdPerWatt {
    /// From million USD per MW.
    #[must_use]
    pub const fn from_musd_per_mw(musd: f64) -> Self {
        Self(musd)
    }
}

impl RentPerWatt {
    /// From million USD per MW and year.
    #[must_use]
    pub const fn from_musd_per_mw_year(musd: f64) -> Self {
        Self(musd / SECONDS_PER_YEAR)
    }
}

impl UsdPerSecond {
    /// From USD per day.
    #[must_use]
    pub const fn from_usd_per_day(usd: f64) -> Self {
        Self(usd / DAY.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_exahash_at_one_joule_per_terahash_draws_one_megawatt() {
        let power = HashRate::from_ehs(1.0) * Efficiency::from_j_per_th(1.0);
        assert!((power.mw() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_megawatt_year_at_45_dollars_costs_394470_dollars() {
        let bill = Power::from_mw(1.0) * (DAY * DAYS_PER_YEAR) * Tariff::from_usd_per_mwh(45.0);
        assert!((bill.0 - 45.0 * 24.0 * 365.25).abs() < 1e-6);
    }

    #[test]
    fn human_units_round_trip() {
        assert!((Hashprice::from_usd_per_ph_day(50.0).usd_per_ph_day() - 50.0).abs() < 1e-12);
        // 1.76 USD per watt and year of 31,557,600 s.
        let rent = RentPerWatt::from_musd_per_mw_year(1.76);
        assert!((rent.0 * 31_557_600.0 - 1.76).abs() < 1e-12);
        assert!((RigPrice::from_usd_per_th(16.0).usd_per_th() - 16.0).abs() < 1e-12);
    }
}
