//! `calc`: the model's closed forms, one quantity at a time.

mod answer;
mod chain;
mod choice;
mod distribution;
mod mining;
mod race;
mod range;
mod security;

use clap::{Args, Command, Subcommand};
use serde::Serialize;

use super::failure::{FAILED, Failure};
use super::output::{say, say_json};
use answer::Answer;

/// Arguments of `calc`.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    quantity: Quantity,
    /// Prints one JSON object: the flags under `inputs`, then the results
    #[arg(long, global = true)]
    json: bool,
}

/// What to calculate.
#[derive(Debug, Subcommand, Serialize)]
#[serde(untagged)]
enum Quantity {
    /// What a petahash a second earns a day
    Hashprice(mining::Hashprice),
    /// Price of energy at which a rig just pays for it
    BreakEvenTariff(mining::BreakEvenTariff),
    /// How far a sale moves the price of bitcoin, by the square-root law
    PriceImpact(mining::PriceImpact),
    /// Probability that a payment is overtaken by a secret branch
    DoubleSpend(race::DoubleSpend),
    /// Confirmations that keep the risk of a double spend below a limit
    Confirmations(race::Confirmations),
    /// Revenue of Eyal and Sirer's selfish miner, and when it pays
    SelfishMining(race::SelfishMining),
    /// Revenue of the best withholding strategy, by dynamic programming
    OptimalSelfishMining(race::OptimalSelfishMining),
    /// How long a majority attack takes
    AttackDuration(race::AttackDuration),
    /// What a majority attack with one kind of rig costs
    AttackCost(security::AttackCost),
    /// Premium over honest rewards that bribes a miner
    Bribe(security::Bribe),
    /// Bitcoin's difficulty rule at the end of an epoch
    Retarget(chain::RetargetArguments),
    /// Bitcoin Cash's difficulty rule aserti3-2d
    Asert(chain::Asert),
    /// Epochs and retargets after a loss of hash rate
    DifficultyResponse(chain::DifficultyResponse),
    /// Coins that a block creates, and that exist then
    Subsidy(chain::Subsidy),
    /// Prices at which a business is entered and left (Dixit 1989)
    RealOption(choice::RealOption),
    /// Ratio from which one asset is given up for another (McDonald and Siegel 1986)
    ExchangeOption(choice::ExchangeOptionArguments),
    /// Shares of miners with different costs (Arnosti and Weinberg 2022)
    Oligopoly(distribution::Oligopoly),
    /// Measures of concentration of shares
    Concentration(distribution::ConcentrationArguments),
}

/// A quantity that can be calculated from its flags.
trait Calculate {
    /// Calculates it, or says which flag does not fit which other.
    fn calculate(&self) -> Result<Answer, Failure>;
}

/// Calculates and prints.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let answer = arguments.quantity.asked().calculate()?;
    if !arguments.json {
        return say(&answer.as_text());
    }
    let inputs = serde_json::to_value(&arguments.quantity)
        .map_err(|error| Failure::new(FAILED, error.to_string()))?;
    say_json(&answer.as_json(inputs))
}

/// Lets every flag of every quantity take a number with a minus sign.
pub(crate) fn with_signed_numbers(calc: Command) -> Command {
    calc.mut_subcommands(|quantity| {
        quantity.mut_args(|flag| {
            let valued = flag.get_action().takes_values();
            flag.allow_hyphen_values(valued)
        })
    })
}

impl Quantity {
    fn asked(&self) -> &dyn Calculate {
        match self {
            Self::Hashprice(asked) => asked,
            Self::BreakEvenTariff(asked) => asked,
            Self::PriceImpact(asked) => asked,
            Self::DoubleSpend(asked) => asked,
            Self::Confirmations(asked) => asked,
            Self::SelfishMining(asked) => asked,
            Self::OptimalSelfishMining(asked) => asked,
            Self::AttackDuration(asked) => asked,
            Self::AttackCost(asked) => asked,
            Self::Bribe(asked) => asked,
            Self::Retarget(asked) => asked,
            Self::Asert(asked) => asked,
            Self::DifficultyResponse(asked) => asked,
            Self::Subsidy(asked) => asked,
            Self::RealOption(asked) => asked,
            Self::ExchangeOption(asked) => asked,
            Self::Oligopoly(asked) => asked,
            Self::Concentration(asked) => asked,
        }
    }
}
