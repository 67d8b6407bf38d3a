//! A scoreboard as JSON, CSV, LaTeX and text.

use serde_json::{Value, json};

use crate::clock::iso_date;
use crate::files::digest;
use crate::files::sheet::csv_line;
use crate::history::hindcast::scores::{EpochRow, PredictiveCheck, Scoreboard};
use crate::report::latex::escape;
use crate::report::numbers::aligned;

/// One JSON object: window, scores of the model, of the null models, and the sampling floor.
#[must_use]
pub fn json(board: &Scoreboard) -> Value {
    let nulls = board.nulls.iter().map(|rival| {
        let scores = json!({
            "rmse_one_step": rival.rmse_one_step,
            "rmse_free_run": rival.rmse_free_run,
            "bias_free_run": rival.bias_free_run,
            "rmse_log_difficulty": rival.rmse_log_difficulty,
            "crps_free_run": rival.crps_free_run,
        });
        (rival.name.to_owned(), scores)
    });
    let checks = board.checks.iter().map(|check| {
        let values = json!({
            "observed": check.observed,
            "quantile_05": check.quantiles[0],
            "quantile_50": check.quantiles[1],
            "quantile_95": check.quantiles[2],
            "share_at_or_above": check.share_at_or_above,
        });
        (check.name.to_owned(), values)
    });
    let model = &board.model;
    json!({
        "experiment": board.name,
        "window": {
            "from": board.rows.first().map(|row| row.epoch - 1),
            "to": board.rows.last().map(|row| row.epoch),
            "epochs": board.rows.len(),
            "first_forecast": board.rows.first().map(|row| row.epoch),
            "first_forecast_date": board.rows.first().map(date),
            "last_forecast_date": board.rows.last().map(date),
        },
        "replicates": board.replicates,
        "model": {
            "rmse_log_hash_rate": model.rmse_log_hash_rate,
            "rmse_one_step": model.rmse_one_step,
            "rmse_log_difficulty": model.rmse_log_difficulty,
            "bias_log_hash_rate": model.bias_log_hash_rate,
            "crps": model.crps,
            "coverage_50": model.coverage_50,
            "coverage_90": model.coverage_90,
        },
        "predictive_checks": checks.collect::<serde_json::Map<_, _>>(),
        "nulls": nulls.collect::<serde_json::Map<_, _>>(),
        "sampling_floor": board.sampling_floor,
    })
}

/// Day of an epoch's first block.
fn date(row: &EpochRow) -> String {
    iso_date(row.first_time.div_euclid(86_400))
}

/// Columns before those of the null models.
const COLUMNS: [&str; 11] = [
    "epoch",
    "first_date",
    "hash_rate_ehs",
    "model_mean_ehs",
    "model_05_ehs",
    "model_25_ehs",
    "model_50_ehs",
    "model_75_ehs",
    "model_95_ehs",
    "difficulty",
    "model_difficulty",
];

/// One row an epoch: measured and forecast hash rate (EH/s) and difficulty.
#[must_use]
pub fn csv(board: &Scoreboard) -> String {
    table(board).into_iter().map(csv_line).collect()
}

/// The cells of [`csv()`], names of columns first.
#[must_use]
pub fn table(board: &Scoreboard) -> Vec<Vec<String>> {
    let nulls = board.nulls.iter().map(|rival| format!("{}_ehs", rival.name));
    let mut lines = vec![COLUMNS.map(str::to_owned).into_iter().chain(nulls).collect()];
    let ehs = |log: f64| libm::exp(log) / 1e18;
    for row in &board.rows {
        let mut cells = vec![row.epoch.to_string(), date(row)];
        let rates = [row.observed, row.mean].into_iter().chain(row.quantiles);
        cells.extend(rates.map(|log| ehs(log).to_string()));
        cells.extend(row.difficulty.map(|log| libm::exp(log).to_string()));
        cells.extend(row.nulls.iter().map(|&log| ehs(log).to_string()));
        lines.push(cells);
    }
    lines
}

/// Rows of the table of scores: name and cells, which are empty where a score does not apply.
fn rows(board: &Scoreboard) -> Vec<Vec<String>> {
    let digits = |value: f64| format!("{value:.3}");
    let model = &board.model;
    let mut rows = vec![
        [
            "forecast",
            "RMSE",
            "one step",
            "bias",
            "CRPS",
            "RMSE of difficulty",
            "in 50 %",
            "in 90 %",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.push(vec![
        "model".to_owned(),
        digits(model.rmse_log_hash_rate),
        model.rmse_one_step.map(digits).unwrap_or_default(),
        digits(model.bias_log_hash_rate),
        digits(model.crps),
        digits(model.rmse_log_difficulty),
        format!("{:.0} %", 100.0 * model.coverage_50),
        format!("{:.0} %", 100.0 * model.coverage_90),
    ]);
    rows.extend(board.nulls.iter().map(|rival| {
        vec![
            rival.name.replace('_', " "),
            digits(rival.rmse_free_run),
            digits(rival.rmse_one_step),
            digits(rival.bias_free_run),
            digits(rival.crps_free_run),
            digits(rival.rmse_log_difficulty),
            String::new(),
            String::new(),
        ]
    }));
    rows
}

/// Rows of the table of predictive checks.
fn check_rows(board: &Scoreboard) -> Vec<Vec<String>> {
    let head = ["path of log hash rate", "measured", "5 %", "median", "95 %", "share as large"];
    let row = |check: &PredictiveCheck| {
        let [low, middle, high] = check.quantiles;
        let numbers = [check.observed, low, middle, high, check.share_at_or_above];
        let name = std::iter::once(check.name.replace('_', " "));
        name.chain(numbers.map(|value| format!("{value:.3}"))).collect()
    };
    let rows = std::iter::once(head.map(str::to_owned).to_vec());
    rows.chain(board.checks.iter().map(row)).collect()
}

/// The table of scores for LaTeX (booktabs).
#[must_use]
pub fn latex(board: &Scoreboard) -> String {
    let lines = rows(board).into_iter().map(|row| {
        let cells: Vec<_> = row.iter().map(|cell| escape(cell)).collect();
        cells.join(" & ") + " \\\\"
    });
    let mut lines: Vec<String> = lines.collect();
    lines.insert(1, "\\midrule".to_owned());
    let ends = board.rows.first().zip(board.rows.last());
    let (first, last) = ends.map_or((0, 0), |(first, last)| (first.epoch, last.epoch));
    let origin = format!(
        "{}: scores over epochs {first} to {last}, {} replicates; data blake3 {} (hindcast.csv)",
        board.title,
        board.replicates,
        digest(csv(board).as_bytes())
    );
    let origin: String = origin.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!(
        "% {origin}\n\\begin{{tabular}}{{lrrrrrrr}}\n\\toprule\n{}\n\\bottomrule\n\\end{{tabular}}\n",
        lines.join("\n")
    )
}

/// The table of scores for people.
#[must_use]
pub fn text(board: &Scoreboard) -> String {
    let (Some(first), Some(last)) = (board.rows.first(), board.rows.last()) else {
        return String::new();
    };
    format!(
        "{}\nforecasts of epochs {} to {} ({} to {}), {} replicates; errors of log hash rate in free run\n{}\n\
         floor that sampling sets: {:.3}\n\nposterior predictive checks\n{}",
        board.title,
        first.epoch,
        last.epoch,
        date(first),
        date(last),
        board.replicates,
        aligned(&rows(board)).join("\n"),
        board.sampling_floor,
        aligned(&check_rows(board)).join("\n")
    )
}
