//! How hash rate is distributed.

use clap::Args;
use serde::Serialize;

use super::Calculate;
use super::answer::Answer;
use super::range::{MOST, above, within};
use crate::cli::failure::{Failure, INPUT};
use crate::cli::output::complain;
use crate::model::concentration::indices::{Control, concentration};
use crate::model::concentration::oligopoly::equilibrium;
use crate::numerics::ranking::Ranking;

/// Shares whose sum differs from one by less sum to one.
const WHOLE: f64 = 1e-9;

/// Flags of `oligopoly`.
#[derive(Debug, Args, Serialize)]
pub(crate) struct Oligopoly {
    /// Costs of the miners per hash, in any unit, two at least: a,b,…
    #[arg(long, value_name = "COSTS", required = true, value_delimiter = ',',
        value_parser = above(0.0, MOST))]
    costs: Vec<f64>,
}

impl Calculate for Oligopoly {
    fn calculate(&self) -> Result<Answer, Failure> {
        let Some(found) = equilibrium(&self.costs) else {
            let message = format!("--costs {}: must be two costs at least", self.costs[0]);
            return Err(Failure::new(INPUT, message));
        };
        let shares = found.shares.iter().copied();
        let measures = concentration(shares, Control::MAJORITY, &mut Ranking::default());
        Ok(Answer::default()
            .list("shares", &found.shares, "")
            .number("marginal_cost", found.marginal_cost, "in the unit of the costs")
            .number("hhi", measures.hhi, "of 10,000"))
    }
}

/// Flags of `concentration`.
#[derive(Debug, Args, Serialize)]
pub(super) struct ConcentrationArguments {
    /// Shares or counts of the entities, in any unit; a zero is an entity: a,b,…
    #[arg(long, value_name = "SHARES", required = true, value_delimiter = ',',
        value_parser = within(0.0, MOST))]
    shares: Vec<f64>,
    /// Share that means control, for the Nakamoto coefficient
    #[arg(long, value_name = "X", default_value_t = 0.5, value_parser = above(0.0, 1.0))]
    threshold: f64,
    /// The threshold itself means control [default: it must be exceeded]
    #[arg(long)]
    at_least: bool,
}

impl Calculate for ConcentrationArguments {
    fn calculate(&self) -> Result<Answer, Failure> {
        if self.shares.iter().all(|share| *share <= 0.0) {
            return Err(Failure::new(INPUT, "--shares 0: one of them must be above 0"));
        }
        let control = Control { threshold: self.threshold, strictly: !self.at_least };
        let measures = concentration(self.in_size(), control, &mut Ranking::default());
        let reached = self.at_least || self.threshold < 1.0;
        let nakamoto = reached.then_some(measures.nakamoto as u64);
        let answer = Answer::default()
            .whole_or("nakamoto", nakamoto, "entities", "never: nobody has more than all")
            .number("hhi", measures.hhi, "of 10,000")
            .number("gini", measures.gini, "")
            .number("shannon_bits", measures.shannon_bits, "bits")
            .number("theil", measures.theil, "nats")
            .number("hill_1", measures.hill_1, "entities")
            .number("hill_2", measures.hill_2, "entities")
            .number("top1_share", measures.top1_share, "")
            .number("top3_share", measures.top3_share, "")
            .whole("entities", measures.entities as u64, "");
        let Some(sum) = self.other_sum() else { return Ok(answer) };
        complain(&format!(
            "--shares: the shares sum to {sum}, not to 1; they were divided by their sum (a rest that is \
             left out makes all measures too high: add it as entities of its own)"
        ));
        Ok(answer.number("normalised_from_sum", sum, "sum of --shares, by which they were divided"))
    }
}

impl ConcentrationArguments {
    /// The shares, made larger by a power of two where all are small; that loses nothing, and their
    /// squares stay numbers.
    fn in_size(&self) -> impl Iterator<Item = f64> {
        let largest = self.shares.iter().copied().fold(0.0, f64::max);
        let (_, exponent) = libm::frexp(largest);
        self.shares.iter().map(move |share| libm::ldexp(*share, -exponent.min(0)))
    }

    /// The sum of what can only be shares, fractions of one, when it is not one.
    fn other_sum(&self) -> Option<f64> {
        let fractions = self.shares.iter().all(|share| *share <= 1.0)
            && self.shares.iter().any(|share| *share > 0.0 && *share < 1.0);
        let sum: f64 = self.shares.iter().sum();
        (fractions && (sum - 1.0).abs() > WHOLE).then_some(sum)
    }
}
