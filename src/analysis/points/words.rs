//! Names of outputs as figures write them.

use super::AnalysedResults;

/// Endings of outcomes of runs, and what they mean.
const ENDINGS: [(&str, &str); 4] =
    [("_last", ", last day"), ("_mean", ", mean"), ("_min", ", smallest"), ("_max", ", largest")];

/// An output in words, without the unit that its name repeats, and the arms it is of.
#[must_use]
pub fn in_words(output: &str, unit: &str, subject: Option<&AnalysedResults>) -> String {
    let ending = ENDINGS.iter().find_map(|(end, words)| Some((output.strip_suffix(end)?, *words)));
    let (stem, ending) = ending.filter(|_| subject.is_some()).unwrap_or((output, ""));
    let lower = unit.to_lowercase();
    let repeated = [lower.replace('/', "_per_"), lower.replace('/', "")];
    let repeats = |unit: &String| stem.strip_suffix(unit.as_str())?.strip_suffix('_');
    let stem = repeated.iter().filter(|unit| !unit.is_empty()).find_map(repeats).unwrap_or(stem);
    let arms = subject.map(|subject| subject.arms.words()).unwrap_or_default();
    format!("{}{ending}{arms}", stem.replace('_', " "))
}

/// The same with the unit where it is known; a unit of 1 is none.
#[must_use]
pub fn title(output: &str, unit: &str, subject: Option<&AnalysedResults>) -> String {
    let words = in_words(output, unit, subject);
    if ["", "1"].contains(&unit) { words } else { format!("{words} ({unit})") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::points::Arms;

    #[test]
    fn outputs_say_what_they_are_and_in_which_unit() {
        let of = |arms| AnalysedResults {
            experiment: String::new(),
            design: String::new(),
            arms,
            plan_digest: String::new(),
        };
        let only = of(Arms::Only);
        let words = |output, unit| title(output, unit, Some(&only));
        assert_eq!(words("attack_gross_usd_last", "USD"), "attack gross, last day (USD)");
        assert_eq!(words("hash_rate_ehs_mean", "EH/s"), "hash rate, mean (EH/s)");
        assert_eq!(words("gini_owner_last", "1"), "gini owner, last day");
        assert_eq!(words("rig_price_usd_per_th_max", "USD/TH"), "rig price, largest (USD/TH)");
        let arm = of(Arms::One("ai-on".to_owned()));
        assert_eq!(title("idle_mw_min", "MW", Some(&arm)), "idle, smallest (ai-on) (MW)");
        assert_eq!(title("y_last", "", None), "y last");
    }
}
