//! The figure of a posterior on made-up quantiles.

use hashflight::report::calibration::{PosteriorRow, PosteriorTable};
use hashflight::report::figures::draw_posterior;

use super::hindcast_figure::{corners, size};

fn row(
    key: &str,
    unit: &str,
    (low, high, logarithmic): (f64, f64, bool),
    quantiles: [f64; 5],
    baseline: Option<f64>,
) -> PosteriorRow {
    let key = key.to_owned();
    PosteriorRow {
        key,
        unit: unit.to_owned(),
        bounds: [low, high],
        logarithmic,
        quantiles,
        baseline,
    }
}

pub fn table() -> PosteriorTable {
    let rows = vec![
        row(
            "market.energy.median_tariff_usd_per_mwh",
            "USD/MWh",
            (35.0, 65.0, false),
            [38.1, 43.0, 48.217, 53.6, 61.9],
            Some(45.0),
        ),
        row(
            "market.energy.tariff_sd_log",
            "1",
            (0.15, 0.5, false),
            [0.16, 0.2, 0.2312, 0.27, 0.34],
            Some(0.3),
        ),
        row(
            "miners.operation.response_half_life_days",
            "day",
            (0.5, 25.0, false),
            [1.0, 3.0, 6.21, 11.0, 20.0],
            Some(10.0),
        ),
        row(
            "miners.population.pipeline_over_additions",
            "1",
            (0.4, 2.0, false),
            [0.5, 0.8, 1.1, 1.4, 1.8],
            Some(0.95),
        ),
        row(
            "miners.investment.hurdle_months",
            "months",
            (8.0, 30.0, true),
            [9.0, 11.0, 13.2, 16.0, 24.0],
            Some(15.0),
        ),
        row(
            "miners.investment.monthly_rate",
            "1/month",
            (0.01, 0.2, true),
            [0.012, 0.02, 0.0312, 0.05, 0.11],
            Some(0.04),
        ),
        row(
            "miners.investment.monthly_site_growth",
            "1/year",
            (0.1, 1.5, true),
            [0.12, 0.3, 0.52, 0.8, 1.3],
            Some(0.05),
        ),
        row(
            "market.rigs.delivery_lag_days",
            "days",
            (60.0, 240.0, true),
            [62.0, 66.0, 74.0, 90.0, 140.0],
            Some(120.0),
        ),
        row(
            "miners.turnover.monthly_entry_rate",
            "1/month",
            (0.0005, 0.03, true),
            [0.0007, 0.002, 0.00412, 0.009, 0.02],
            Some(0.003),
        ),
    ];
    PosteriorTable { rows }
}

#[test]
fn every_parameter_has_its_words_its_median_with_unit_and_its_prior() {
    let svg = draw_posterior(&table(), "Four windows", "hashflight calibrate c.toml").unwrap().svg;
    for text in [
        "<title>Four windows</title>",
        "<metadata>data blake3 ",
        "(posterior.csv); command: hashflight calibrate c.toml</metadata>",
        "\nenergy: median tariff\n",
        "48.2 USD/MWh",
        "(35 to 65)",
        "\n0.231\n",
        "0.0312 per month",
        "(0.0005 to 0.03, log)",
        "posterior 90 %",
        "\nbaseline beyond the prior\n",
    ] {
        assert!(svg.contains(text), "no `{text}`");
    }
}

#[test]
fn places_are_on_the_scale_of_the_prior() {
    let linear = row("a", "1", (2.0, 6.0, false), [3.0; 5], None);
    assert_eq!([2.0, 3.0, 6.0].map(|value| linear.place(value)), [0.0, 0.25, 1.0]);
    let logarithmic = row("a", "1", (1.0, 10_000.0, true), [3.0; 5], None);
    assert!((logarithmic.place(10.0) - 0.25).abs() < 1e-12);
    assert_eq!(logarithmic.place(0.0), f64::NEG_INFINITY);
}

#[test]
fn few_equal_and_impossible_values_are_drawn_within_the_page() {
    let one = row("x", "1", (0.0, 1.0, false), [0.5; 5], None);
    let off = row("a.b_days", "days", (1.0, 2.0, true), [1.0, 1.0, 1.0, 2.0, 2.0], Some(0.0));
    let none = row("a.c", "", (-2.0, 1e6, false), [f64::NAN; 5], Some(f64::NAN));
    for rows in [vec![one.clone()], vec![one, off, none]] {
        let drawn = draw_posterior(&PosteriorTable { rows }, "<t>\u{2}", "x");
        let drawn = drawn.unwrap_or_else(|error| panic!("{error}"));
        let (width, height) = size(&drawn.svg);
        let inside =
            |&(x, y): &(f64, f64)| (0.0..=width).contains(&x) && (0.0..=height).contains(&y);
        assert!(corners(&drawn.svg).iter().all(inside));
    }
}
