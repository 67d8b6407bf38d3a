//! Scores by horizon as JSON, CSV, LaTeX and text; each path's weight; every forecast.

use serde_json::{Map, Value, json};

use crate::files::digest;
use crate::history::hindcast::rolling::ensembles::OriginForecast;
use crate::history::hindcast::rolling::scores::{
    HorizonRow, HorizonScores, RivalScores, RollingBoard,
};
use crate::report::latex::escape;
use crate::report::numbers::aligned;
use crate::report::source::{Cell, FigureData};

/// One JSON object: beginnings, and for each horizon the model, every null model and what a true model would cover.
#[must_use]
pub fn rolling_json(board: &RollingBoard) -> Value {
    let of = |part: fn(&(u32, usize, f64)) -> Value| -> Vec<Value> {
        board.beginnings.iter().map(part).collect()
    };
    let horizons = board.horizons.iter().map(|row| (row.horizon.to_string(), horizon(row)));
    json!({
        "experiment": board.name,
        "beginnings": of(|(beginning, _, _)| json!(beginning)),
        "paths": of(|(_, paths, _)| json!(paths)),
        "effective_paths": of(|(_, _, effective)| json!(effective)),
        "spin_up": board.spin_up,
        "comparisons": comparisons(board),
        "horizons": horizons.collect::<Map<_, _>>(),
    })
}

/// Number of comparisons of the model with a null model at a horizon: of so many some look good by chance.
fn comparisons(board: &RollingBoard) -> usize {
    board.horizons.iter().map(|row| row.nulls.len()).sum()
}

fn horizon(row: &HorizonRow) -> Value {
    let nulls = row.nulls.iter().map(|rival| {
        let [percent, low, high] = skill(rival);
        let mut object = scores(&rival.scores);
        object["skill"] = json!({
            "percent": percent,
            "low": low,
            "high": high,
        });
        object["diebold_mariano"] = rival
            .test
            .map_or(Value::Null, |test| json!({"statistic": test.statistic, "p": test.p}));
        (rival.name.to_owned(), object)
    });
    json!({
        "windows": row.windows,
        "independent_windows": row.independent,
        "model": scores(&row.model),
        "nulls": nulls.collect::<Map<_, _>>(),
        "perfect_model": {
            "coverage_50": row.perfect.map(|ranges| ranges[0]),
            "coverage_90": row.perfect.map(|ranges| ranges[1]),
        },
    })
}

fn scores(of: &HorizonScores) -> Value {
    json!({
        "rmse": of.rmse,
        "bias": of.bias,
        "crps": of.crps,
        "coverage_50": of.coverage[0],
        "coverage_90": of.coverage[1],
        "pit_mean": of.pit_mean,
        "pit_variance": of.pit_variance,
        "rmse_at_horizon": of.at_horizon[0],
        "crps_at_horizon": of.at_horizon[1],
    })
}

/// Columns of the scores.
const COLUMNS: [&str; 19] = [
    "horizon",
    "forecast",
    "windows",
    "independent_windows",
    "rmse",
    "bias",
    "crps",
    "coverage_50",
    "coverage_90",
    "pit_mean",
    "pit_variance",
    "rmse_at_horizon",
    "crps_at_horizon",
    "skill_percent",
    "skill_low",
    "skill_high",
    "dm_p",
    "perfect_90_low",
    "perfect_90_high",
];

/// One row a horizon and forecast: errors of log hash rate; skill is the model's over that null model.
#[must_use]
pub(crate) fn rolling_csv(board: &RollingBoard) -> FigureData {
    let mut table = FigureData::new(COLUMNS);
    for row in &board.horizons {
        let ranges = row.perfect.map(|ranges| ranges[1]);
        let perfect = [0, 1].map(|end| ranges.map(|range| range[end]));
        table.row(
            cells(row, "model", &row.model)
                .chain([None; 4].into_iter().chain(perfect).map(Cell::from)),
        );
        for null in &row.nulls {
            let more = skill(null).into_iter().chain([null.test.map(|test| test.p), None, None]);
            table.row(cells(row, null.name, &null.scores).chain(more.map(Cell::from)));
        }
    }
    table
}

fn cells<'r>(
    row: &'r HorizonRow,
    name: &'r str,
    of: &HorizonScores,
) -> impl Iterator<Item = Cell> + use<'r> {
    let numbers = [of.rmse, of.bias, of.crps, of.coverage[0], of.coverage[1], of.pit_mean];
    let more = [of.pit_variance, of.at_horizon[0], of.at_horizon[1]];
    let first = [Cell::from(row.horizon as usize), Cell::from(name)];
    let counts = [Cell::from(row.windows), Cell::from(row.independent)];
    first.into_iter().chain(counts).chain(numbers.into_iter().chain(more).map(Cell::from))
}

/// Skill over a null model and its interval, %.
fn skill(null: &RivalScores) -> [Option<f64>; 3] {
    let interval = null.skill.and_then(|skill| skill.interval);
    let all = [
        null.skill.map(|skill| skill.value),
        interval.map(|interval| interval.low),
        interval.map(|interval| interval.high),
    ];
    all.map(|value| value.map(|value| 100.0 * value))
}

/// Each path's weight: beginning, replicate, misfit since the spin-up's beginning (empty without one), weight, effective
/// number of paths of that beginning.
#[must_use]
pub(crate) fn weights_csv(forecasts: &[OriginForecast]) -> FigureData {
    let mut table =
        FigureData::new(["beginning", "replicate", "misfit", "weight", "effective_paths"]);
    for origin in forecasts {
        for (place, (&replicate, &weight)) in
            origin.replicates.iter().zip(&origin.weights.weights).enumerate()
        {
            let whole = [origin.beginning, replicate].map(|number| Cell::from(number as usize));
            let misfit = origin.misfits.get(place).copied();
            let rest = [misfit, Some(weight), Some(origin.weights.effective)].map(Cell::from);
            table.row(whole.into_iter().chain(rest));
        }
    }
    table
}

/// Every forecast of the model: beginning, epoch, lead, measured ln hash rate (H/s), mean and quantiles of the ensemble.
#[must_use]
pub(crate) fn forecasts_csv(forecasts: &[OriginForecast]) -> FigureData {
    let mut table = FigureData::new([
        "beginning",
        "epoch",
        "lead",
        "measured",
        "mean",
        "q05",
        "q25",
        "q50",
        "q75",
        "q95",
    ]);
    for origin in forecasts {
        for (lead, &measured) in (1_u32..).zip(&origin.observed) {
            let Some(law) = origin.law(lead as usize) else { continue };
            let whole = [origin.beginning, origin.beginning + lead, lead];
            let quantiles = [0.05, 0.25, 0.5, 0.75, 0.95].map(|p| law.quantile(p));
            let numbers = [measured, law.mean()].into_iter().chain(quantiles).map(Cell::from);
            table.row(whole.map(|number| Cell::from(number as usize)).into_iter().chain(numbers));
        }
    }
    table
}

/// Rows of the table for people.
fn rows(board: &RollingBoard) -> Vec<Vec<String>> {
    let head = [
        "epochs",
        "forecast",
        "windows",
        "RMSE",
        "bias",
        "CRPS",
        "in 50 %",
        "in 90 %",
        "true model",
        "skill of the model",
        "DM p",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for row in &board.horizons {
        let perfect = row.perfect.map_or(String::new(), |[_, [low, high]]| {
            format!("{:.0} to {:.0} %", 100.0 * low, 100.0 * high)
        });
        let windows = format!("{} ({})", row.windows, row.independent);
        let first = vec![row.horizon.to_string(), "model".to_owned(), windows];
        rows.push(
            [first, digits(&row.model), vec![perfect, String::new(), String::new()]].concat(),
        );
        for null in &row.nulls {
            let first = vec![String::new(), null.name.replace('_', " "), String::new()];
            let test = null.test.map_or(String::new(), |test| format!("{:.2}", test.p));
            rows.push(
                [first, digits(&null.scores), vec![String::new(), skill_text(null), test]].concat(),
            );
        }
    }
    rows
}

fn digits(of: &HorizonScores) -> Vec<String> {
    let errors = [of.rmse, of.bias, of.crps].map(|value| format!("{value:.3}"));
    let shares = of.coverage.map(|share| format!("{:.0} %", 100.0 * share));
    errors.into_iter().chain(shares).collect()
}

fn skill_text(null: &RivalScores) -> String {
    match skill(null) {
        [Some(value), Some(low), Some(high)] => format!("{value:.0} % [{low:.0}, {high:.0}]"),
        [Some(value), _, _] => format!("{value:.0} %"),
        _ => String::new(),
    }
}

/// The table of scores for LaTeX (booktabs); `name` is that of the same numbers as CSV.
#[must_use]
pub(crate) fn rolling_latex(board: &RollingBoard, name: &str) -> String {
    let line = |row: Vec<String>| {
        let cells: Vec<_> = row.iter().map(|cell| escape(cell)).collect();
        cells.join(" & ") + " \\\\"
    };
    let mut lines: Vec<String> = rows(board).into_iter().map(line).collect();
    lines.insert(1, "\\midrule".to_owned());
    let origin = format!(
        "{}: scores by horizon, {}; data blake3 {} ({name}.csv)",
        board.title,
        beginnings(board),
        digest(rolling_csv(board).text.as_bytes())
    );
    let origin: String = origin.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!(
        "% {origin}\n\\begin{{tabular}}{{rlrrrrrrrrr}}\n\\toprule\n{}\n\\bottomrule\n\\end{{tabular}}\n",
        lines.join("\n")
    )
}

/// The beginnings and their paths in words.
#[must_use]
pub(crate) fn beginnings(board: &RollingBoard) -> String {
    let ends = board.beginnings.first().zip(board.beginnings.last());
    let Some((&(first, paths, effective), &(last, _, _))) = ends else { return String::new() };
    let matched = if board.spin_up > 0 {
        format!(", matched over {} epochs to {effective:.0} effective", board.spin_up)
    } else {
        String::new()
    };
    format!(
        "{} beginnings from epoch {first} to {last}, {paths} paths each{matched}",
        board.beginnings.len()
    )
}

/// The table of scores for people.
#[must_use]
pub fn rolling_text(board: &RollingBoard) -> String {
    format!(
        "{}\n{}; errors of log hash rate over all epochs of all windows\n{}\n\
         windows: in brackets those that do not overlap; true model: where the share in the 90 % band would lie; \
         skill: 1 - CRPS / CRPS of the null model [95 %, moving blocks]; {} comparisons",
        board.title,
        beginnings(board),
        aligned(&rows(board)).join("\n"),
        comparisons(board)
    )
}
