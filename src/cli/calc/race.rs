//! Races between branches: double spends, withheld blocks, majority attacks.

use std::f64::consts::LN_10;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Calculate;
use super::answer::Answer;
use super::range::{between, whole, within};
use crate::cli::failure::Failure;
use crate::model::attack::double_spend::{
    self, MOST_CONFIRMATIONS, double_spend, log_double_spend,
};
use crate::model::attack::economic_security::attack_duration;
use crate::model::attack::optimal_selfish_mining::{PUBLISHED_BRANCH, optimal_revenue};
use crate::model::attack::selfish_mining;

/// Which law of the race.
#[derive(Clone, Copy, Debug, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum FormulaChoice {
    /// Grunspan and Pérez-Marco 2018
    Exact,
    /// Nakamoto 2008
    Nakamoto,
    /// Rosenfeld 2014
    Rosenfeld,
}

impl FormulaChoice {
    const fn law(self) -> double_spend::Formula {
        match self {
            Self::Exact => double_spend::Formula::Exact,
            Self::Nakamoto => double_spend::Formula::Nakamoto,
            Self::Rosenfeld => double_spend::Formula::Rosenfeld,
        }
    }
}

/// Flags of `double-spend`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct DoubleSpend {
    /// Attacker's share of the hash rate, 0 to 1
    #[arg(long, value_name = "Q", value_parser = within(0.0, 1.0))]
    attacker_share: f64,
    /// Blocks that the seller waits for
    #[arg(long, value_name = "Z", value_parser = whole(0, MOST_CONFIRMATIONS))]
    confirmations: u64,
    /// Law of the race
    #[arg(long, default_value = "exact")]
    formula: FormulaChoice,
}

impl Calculate for DoubleSpend {
    fn calculate(&self) -> Result<Answer, Failure> {
        let (law, q, z) = (self.formula.law(), self.attacker_share, self.confirmations);
        let log10 = log_double_spend(law, q, z) / LN_10;
        Ok(Answer::default().number("probability", double_spend(law, q, z), "").number_or(
            "log10_probability",
            Some(log10),
            "",
            "none: it cannot happen",
        ))
    }
}

/// Flags of `confirmations`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct Confirmations {
    /// Attacker's share of the hash rate, 0 to 1
    #[arg(long, value_name = "Q", value_parser = within(0.0, 1.0))]
    attacker_share: f64,
    /// The double spend must be less likely than this, above 0 and below 1
    #[arg(long, value_name = "P", value_parser = between(0.0, 1.0))]
    risk: f64,
    /// Law of the race
    #[arg(long, default_value = "exact")]
    formula: FormulaChoice,
}

impl Calculate for Confirmations {
    fn calculate(&self) -> Result<Answer, Failure> {
        let needed =
            double_spend::confirmations(self.formula.law(), self.attacker_share, self.risk);
        let why = if self.attacker_share >= 0.5 {
            "never: half of the hash rate or more always overtakes".to_owned()
        } else {
            format!("never: not within {MOST_CONFIRMATIONS} blocks")
        };
        Ok(Answer::default().whole_or("confirmations", needed, "blocks", &why))
    }
}

/// Flags of `selfish-mining`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct SelfishMining {
    /// Selfish miner's share of the hash rate, 0 to 1
    #[arg(long, value_name = "A", value_parser = within(0.0, 1.0))]
    share: f64,
    /// Part of the honest hash rate that mines on its branch in a tie, 0 to 1
    #[arg(long, value_name = "G", value_parser = within(0.0, 1.0))]
    gamma: f64,
}

impl Calculate for SelfishMining {
    fn calculate(&self) -> Result<Answer, Failure> {
        let (share, gamma) = (self.share, self.gamma);
        let weeks = selfish_mining::weeks_to_profit(share, gamma);
        let never = "never: it earns no more than honest mining";
        Ok(Answer::default()
            .number(
                "relative_revenue",
                selfish_mining::relative_revenue(share, gamma),
                "of all blocks",
            )
            .number("threshold", selfish_mining::threshold(gamma), "of the hash rate")
            .number_or("weeks_to_profit", weeks, "weeks", never))
    }
}

/// Flags of `optimal-selfish-mining`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct OptimalSelfishMining {
    /// Miner's share of the hash rate, 0 to 1
    #[arg(long, value_name = "A", value_parser = within(0.0, 1.0))]
    share: f64,
    /// Part of the honest hash rate that mines on its branch in a tie, 0 to 1
    #[arg(long, value_name = "G", value_parser = within(0.0, 1.0))]
    gamma: f64,
    /// Longest branch that is followed, blocks: more narrows `truncation_error` and takes longer
    #[arg(long, value_name = "T", default_value_t = PUBLISHED_BRANCH as u64,
        value_parser = whole(2_u64, 400))]
    longest_branch: u64,
}

impl Calculate for OptimalSelfishMining {
    fn calculate(&self) -> Result<Answer, Failure> {
        let optimum = optimal_revenue(self.share, self.gamma, self.longest_branch as usize);
        Ok(Answer::default()
            .number("relative_revenue", optimum.relative_revenue, "of all blocks, at least")
            .number("truncation_error", optimum.truncation_error, "more at most")
            .whole("states", optimum.states as u64, ""))
    }
}

/// Flags of `attack-duration`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct AttackDuration {
    /// Attacker's hash rate over that of the honest side
    #[arg(long, value_name = "A", value_parser = within(0.0, 1e9))]
    ratio: f64,
    /// Blocks that the honest branch must have
    #[arg(long, value_name = "K", value_parser = whole(0_u32, 10_000_000))]
    confirmations: u32,
}

impl Calculate for AttackDuration {
    fn calculate(&self) -> Result<Answer, Failure> {
        let duration = attack_duration(self.ratio, self.confirmations);
        let never = "never: without a majority its mean has no bound";
        Ok(Answer::default().number_or("block_times", Some(duration), "honest block times", never))
    }
}
