//! The figure of a hindcast on made-up forecasts of real epochs.

use hashflight::history::hindcast::ai_deals::Quarter;
use hashflight::history::hindcast::ai_history::AiHistoryRow;
use hashflight::history::hindcast::scores::{EpochRow, ModelScores, NullScores, Scoreboard};
use hashflight::report::figures::{draw_ai_history, draw_hindcast};
use hashflight::report::hindcast::AiHistory;

/// First block (Unix time), hash rate (EH/s) and difficulty of epochs 268 to 276, from the Bitcoin
/// chain.
pub const CRASH_2018: [(i64, f64, f64); 9] = [
    (1_536_290_079, 51.156, 7.0192e12),
    (1_537_478_139, 53.334, 7.1526e12),
    (1_538_639_362, 51.405, 7.4550e12),
    (1_539_895_067, 51.375, 7.1829e12),
    (1_541_105_656, 47.609, 7.1844e12),
    (1_542_412_284, 40.396, 6.6533e12),
    (1_543_838_368, 36.551, 5.6464e12),
    (1_545_175_965, 40.164, 5.1064e12),
    (1_546_276_809, 42.099, 5.6186e12),
];
/// The same of epochs 337 to 358.
pub const BAN_2021: [(i64, f64, f64); 22] = [
    (1_618_515_703, 147.42, 23.582e12),
    (1_619_900_822, 179.25, 20.609e12),
    (1_620_896_338, 150.48, 25.046e12),
    (1_622_337_521, 142.68, 21.048e12),
    (1_623_614_836, 102.78, 19.933e12),
    (1_625_294_046, 97.87, 14.363e12),
    (1_626_564_737, 103.72, 13.673e12),
    (1_627_706_126, 111.29, 14.496e12),
    (1_628_834_027, 126.07, 15.556e12),
    (1_629_902_476, 131.65, 17.615e12),
    (1_631_061_045, 135.84, 18.415e12),
    (1_632_234_876, 142.34, 18.998e12),
    (1_633_390_519, 143.75, 19.893e12),
    (1_634_588_757, 155.03, 20.082e12),
    (1_635_710_370, 162.15, 21.659e12),
    (1_636_866_927, 159.81, 22.674e12),
    (1_638_095_408, 172.45, 22.336e12),
    (1_639_216_857, 173.69, 24.195e12),
    (1_640_422_999, 174.42, 24.272e12),
    (1_641_627_937, 190.71, 24.372e12),
    (1_642_734_490, 191.04, 26.643e12),
    (1_643_942_057, 200.19, 26.691e12),
];

/// Names and monthly growth of the null models' free runs, and how much of history they follow.
const NULLS: [(&str, f64, f64); 4] = [
    ("random_walk", 0.0, 0.0),
    ("drift", 0.25, 0.0),
    ("hashprice", 0.03, 0.3),
    ("merit_order", -0.02, 0.8),
];

/// A scoreboard whose model follows history at nine tenths with a spread that grows.
pub fn board(title: &str, epochs: &[(i64, f64, f64)], replicates: usize) -> Scoreboard {
    let start = libm::log(epochs[0].1 * 1e18);
    let row = |(place, &(first_time, ehs, difficulty)): (usize, &(i64, f64, f64))| {
        let (observed, months) = (libm::log(ehs * 1e18), 0.46 * place as f64);
        let follow = |share: f64| start + share * (observed - start);
        let mean = follow(0.9) + 0.03 * libm::sin(2.0 * months);
        let sd = if replicates > 1 { 0.015 + 0.03 * months.sqrt() } else { 0.0 };
        EpochRow {
            epoch: 1 + place as u32,
            first_time,
            observed,
            mean,
            quantiles: [-1.645, -0.674, 0.0, 0.674, 1.645].map(|z| mean + z * sd),
            difficulty: [libm::log(difficulty), libm::log(difficulty) + 0.02 * months],
            nulls: NULLS.map(|(_, growth, share)| follow(share) + growth * months).to_vec(),
        }
    };
    let rows: Vec<EpochRow> = epochs.iter().enumerate().map(row).collect();
    let rmse = |of: &dyn Fn(&EpochRow) -> f64| {
        let squares = rows.iter().map(|row| (of(row) - row.observed) * (of(row) - row.observed));
        (squares.sum::<f64>() / rows.len() as f64).sqrt()
    };
    let null = |(place, (name, _, _)): (usize, &(&'static str, f64, f64))| NullScores {
        name,
        rmse_one_step: 0.05,
        rmse_free_run: rmse(&|row| row.nulls[place]),
        bias_free_run: 0.0,
        rmse_log_difficulty: 0.1,
        crps_free_run: 0.1,
    };
    Scoreboard {
        checks: Vec::new(),
        name: "made-up".to_owned(),
        title: title.to_owned(),
        replicates,
        model: ModelScores {
            rmse_log_hash_rate: rmse(&|row| row.mean),
            rmse_one_step: None,
            rmse_log_difficulty: 0.03,
            bias_log_hash_rate: 0.0,
            crps: 0.02,
            coverage_50: 0.5,
            coverage_90: 0.9,
        },
        nulls: NULLS.iter().enumerate().map(null).collect(),
        rows,
        sampling_floor: 0.0315,
    }
}

/// Numbers of an attribute of every element that has it.
fn numbers<'s>(svg: &'s str, attribute: &'s str) -> impl Iterator<Item = f64> + 's {
    let values = svg.split(attribute).skip(1).filter_map(|rest| rest.split('"').next());
    values.flat_map(|text| text.split([' ', ',']).filter_map(|number| number.parse().ok()))
}

/// Every corner of every line and area, as (x, y).
pub fn corners(svg: &str) -> Vec<(f64, f64)> {
    let all: Vec<f64> = numbers(svg, " points=\"").collect();
    all.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
}

/// Width and height of the drawing.
pub fn size(svg: &str) -> (f64, f64) {
    let sides: Vec<f64> = numbers(svg, " viewBox=\"").collect();
    (sides[2], sides[3])
}

#[test]
fn the_figure_names_quantities_units_forecasts_and_origin() {
    let drawn =
        draw_hindcast(&board("The crash of 2018", &CRASH_2018, 64), "hashflight hindcast x.toml");
    let svg = drawn.unwrap().svg;
    for text in [
        "<title>The crash of 2018</title>",
        "<metadata>data blake3 ",
        "command: hashflight hindcast x.toml</metadata>",
        "(a) Hash rate (EH/s)",
        "(b) Difficulty (10¹²)",
        "Date (year-month)",
        "2018-10",
        "2018-12",
        "(c) Error of the free run; dashed: sampling floor 0.032",
        "Root mean square error of log hash rate (log scale)",
        "measured",
        "model: median (a), mean (b)",
        "90 % of replicates",
    ] {
        assert!(svg.contains(text), "no `{text}`");
    }
    for name in ["random walk", "drift", "hashprice", "merit order"] {
        assert_eq!(svg.matches(&format!("\n{name}\n")).count(), 2, "{name}: legend and row");
    }
    assert!(!svg.contains("NaN") && !svg.contains('_'));
}

#[test]
fn a_null_model_that_runs_off_neither_squeezes_nor_leaves_the_panel() {
    for (title, epochs) in [("2018", &CRASH_2018[..]), ("2021", &BAN_2021[..])] {
        let made = board(title, epochs, 64);
        let twice = made.rows.iter().any(|row| row.nulls[1] > row.observed + libm::log(1.9));
        assert!(twice, "the drift should run off");
        let svg = draw_hindcast(&made, "x").unwrap().svg;
        let panel = Panel::first(&svg);
        for color in ["#969696", "#D55E00", "#009E73", "#CC79A7"] {
            let heights = drawn_in(&svg, "<polyline", color, " points=\"");
            let beyond = |y: &f64| (panel.title..panel.top).contains(y);
            let below = |y: &f64| *y > panel.bottom && *y < panel.next;
            assert!(!heights.iter().any(|y| beyond(y) || below(y)), "{title}, {color}");
            assert!(heights.iter().any(|y| (panel.top..=panel.bottom).contains(y)), "{color}");
        }
        let measured = drawn_in(&svg, "<circle", "#000000", " cy=\"");
        let inside = measured.iter().filter(|y| (panel.top..=panel.bottom).contains(*y));
        let (top, bottom) = inside.fold((f64::MAX, 0.0_f64), |(a, b), y| (a.min(*y), b.max(*y)));
        assert!(bottom - top > 0.3 * (panel.bottom - panel.top), "{title}: {top} to {bottom}");
    }
}

/// Heights of the first panel and of what is around it.
struct Panel {
    title: f64,
    top: f64,
    bottom: f64,
    next: f64,
}

impl Panel {
    /// Grid lines are as long as their panel.
    fn first(svg: &str) -> Self {
        let height = |title: &str| {
            let (before, _) = svg.split_once(&format!("\n{title}")).expect("it has a title");
            let element = &before[before.rfind("<text").expect("a title is a text")..];
            numbers(element, " y=\"").next().expect("a text has a place")
        };
        let (title, next) = (height("(a) "), height("(b) "));
        let ends = [" y1=\"", " y2=\""];
        let grid = ends.map(|end| drawn_in(svg, "<line", "#E0E0E0", end)).concat();
        let inside = grid.iter().filter(|y| (title..next).contains(*y));
        let (top, bottom) = inside.fold((f64::MAX, 0.0_f64), |(a, b), y| (a.min(*y), b.max(*y)));
        Self { title, top, bottom, next }
    }
}

/// Heights of the elements of one kind and colour.
fn drawn_in(svg: &str, kind: &str, color: &str, attribute: &str) -> Vec<f64> {
    let elements = svg.lines().filter(|line| line.starts_with(kind) && line.contains(color));
    let every = if attribute == " points=\"" { 2 } else { 1 };
    let heights = |element: &str| -> Vec<f64> {
        numbers(element, attribute).skip(every - 1).step_by(every).collect()
    };
    elements.flat_map(heights).collect()
}

#[test]
fn little_is_enough_for_a_figure() {
    let flat = CRASH_2018.map(|(time, _, _)| (time, 50.0, 7e12));
    let cases = [
        board("one epoch", &CRASH_2018[..1], 64),
        board("one replicate", &CRASH_2018, 1),
        board("equal values", &flat, 1),
        board("a name & a <tag> with \u{1}", &BAN_2021[..2], 2),
    ];
    for made in cases {
        let drawn = draw_hindcast(&made, "x").unwrap_or_else(|error| panic!("{error}"));
        assert!(!drawn.svg.contains("NaN") && drawn.pdf.starts_with(b"%PDF"), "{}", made.title);
        assert_eq!(drawn.svg.contains("\n90 % of replicates\n"), made.replicates > 1);
        let (width, height) = size(&drawn.svg);
        let inside =
            |&(x, y): &(f64, f64)| (0.0..=width).contains(&x) && (0.0..=height).contains(&y);
        assert!(corners(&drawn.svg).iter().all(inside), "{}", made.title);
    }
}

#[test]
fn failed_forecasts_are_passed_over_and_a_window_needs_an_epoch() {
    let mut made = board("failed", &CRASH_2018, 64);
    made.rows[3].nulls[2] = f64::NAN;
    made.rows[4].nulls[0] = f64::NEG_INFINITY;
    made.nulls[2].rmse_free_run = f64::NAN;
    let svg = draw_hindcast(&made, "x").unwrap().svg;
    assert!(svg.contains("\nnone\n") && !svg.contains("NaN"));
    made.rows.clear();
    let error = draw_hindcast(&made, "x").err().expect("there is nothing to draw").to_string();
    assert_eq!(error, "figure hindcast: the window holds no epoch");
}

#[test]
fn a_window_of_a_factor_of_forty_has_a_logarithmic_axis() {
    let epochs = [0, 1, 2].map(|place| {
        let growth = libm::pow(6.4, f64::from(place));
        (1_388_624_318 + 1_209_600 * i64::from(place), 0.012 * growth, 1.4e9 * growth)
    });
    let svg = draw_hindcast(&board("Early growth", &epochs, 8), "x").unwrap().svg;
    for label in ["\n0.02\n", "\n0.5\n", "(b) Difficulty (10⁹)", "Days since 2014-01-02"] {
        assert!(svg.contains(label), "no `{label}`");
    }
    let panel = Panel::first(&svg);
    let measured = drawn_in(&svg, "<circle", "#000000", " cy=\"");
    let inside = |y: &&f64| (panel.top..=panel.bottom).contains(*y);
    let heights: Vec<f64> = measured.iter().filter(inside).copied().collect();
    assert_eq!(heights.len(), 3);
    // Equal ratios are equal steps, to the grid of the drawing.
    assert!((heights[0] - 2.0 * heights[1] + heights[2]).abs() <= 2.0, "{heights:?}");
}

#[test]
fn what_was_let_for_ai_stands_beside_the_deals_on_record() {
    let quantities = [
        ("contracted", "MW (IT)", 400.0),
        ("contracted_by_miners", "MW (IT)", 300.0),
        ("energised", "MW (IT)", 20.0),
        ("first_year_rent", "MUSD/(MW year)", 1.4),
    ];
    let row = |name, unit, fact: f64, place: i32| AiHistoryRow {
        quarter: Quarter::parse(&format!("2024Q{place}")).unwrap(),
        day: 91 * place - 180,
        name,
        unit,
        fact: (place > 3 || name == "contracted").then_some(fact),
        model: Some([1.1 * fact, 0.7 * fact, 1.6 * fact]),
    };
    let rows = quantities.iter().flat_map(|&(name, unit, fact)| {
        (3..5).map(move |place| row(name, unit, fact * f64::from(place), place))
    });
    let start = 1_720_224_000;
    let history = AiHistory { title: "Halls", start, rows: rows.collect(), paths: 40 };
    let svg = draw_ai_history(&history, "hashflight hindcast x.toml").unwrap().svg;
    for text in [
        "<title>Halls</title>",
        "command: hashflight hindcast x.toml</metadata>",
        "(a) Under contract (MW of IT power)",
        "(b) Energised (MW of IT power)",
        "(c) Mean first-year rent (MUSD per IT MW and year)",
        "90 % of 40 paths",
        "of owners that mine",
        "Date (year-month)",
    ] {
        assert!(svg.contains(text), "no `{text}`");
    }
    assert!(!svg.contains("NaN"));
    // Two quarters of all owners, and one each of energised power and rent, beside the legend's.
    let discs = svg.lines().filter(|line| line.starts_with("<circle") && line.contains("#000000"));
    assert_eq!(discs.count(), 5);
}
