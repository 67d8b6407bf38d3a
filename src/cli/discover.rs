//! `discover`: in which box of factor values the outputs of interest lie.

use clap::{ArgGroup, Args};

use super::arguments::invocation;
use super::failure::Failure;
use super::output::{complain, say, say_json};
use super::points::PointsArguments;
use crate::analysis::discovery::{
    Bound, ChoiceRule, DiscoveryRequest, Interest, MOST_BOXES, PrimSettings, discover,
};
use crate::report::analyses::discovery_files;
use crate::report::discovery::export::{json, outdated};
use crate::report::discovery::table::text;

/// Arguments of `discover`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("interest").required(true)))]
pub(super) struct Arguments {
    #[command(flatten)]
    points: PointsArguments,
    /// Outputs below this value are of interest
    #[arg(long, value_name = "X", group = "interest", allow_negative_numbers = true,
          value_parser = parse_finite)]
    below: Option<f64>,
    /// Outputs above this value are of interest
    #[arg(long, value_name = "X", group = "interest", allow_negative_numbers = true,
          value_parser = parse_finite)]
    above: Option<f64>,
    /// Outputs below this quantile are of interest, such as 0.1
    #[arg(long, value_name = "P", group = "interest", value_parser = parse_share)]
    below_quantile: Option<f64>,
    /// Outputs above this quantile are of interest, such as 0.9
    #[arg(long, value_name = "P", group = "interest", value_parser = parse_share)]
    above_quantile: Option<f64>,
    /// Takes the box of greatest coverage that has at least this density [default: the box of
    /// the best harmonic mean of coverage and density]
    #[arg(long, value_name = "D", value_parser = parse_density)]
    density: Option<f64>,
    /// Most boxes, each found among the points that those before leave
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_BOXES)))]
    boxes: u16,
    /// Share of a box's points that one step of peeling removes
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = parse_share)]
    peel: f64,
    /// Fewest points of a box, as a share of all
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = parse_share)]
    minimum_mass: f64,
    /// Cuts of this quasi-p-value or more are given back where the box is no worse without them by
    /// the rule; 1 keeps all
    #[arg(long, value_name = "P", default_value = "0.05", value_parser = parse_density)]
    significance: f64,
    /// Prints one JSON object
    #[arg(long)]
    json: bool,
}

fn parse_finite(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "expected a finite number".to_owned())
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "expected a number above 0 and below 1".to_owned())
}

fn parse_density(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "expected a number above 0 and not above 1".to_owned())
}

impl Arguments {
    fn interest(&self) -> Interest {
        let value = |value: Option<f64>| value.map(Bound::Value);
        let quantile = |p: Option<f64>| p.map(Bound::Quantile);
        let below = value(self.below).or(quantile(self.below_quantile));
        let above = value(self.above).or(quantile(self.above_quantile));
        // Clap asks for exactly one of the four.
        let bound = below.or(above).unwrap_or(Bound::Quantile(0.5));
        Interest { below: below.is_some(), bound }
    }

    fn settings(&self) -> PrimSettings {
        PrimSettings {
            peel: self.peel,
            minimum_mass: self.minimum_mass,
            rule: self.density.map_or(ChoiceRule::Balanced, ChoiceRule::Density),
            significance: self.significance,
        }
    }
}

/// Finds boxes, writes what is to be kept and prints them.
pub(crate) fn execute(arguments: &Arguments) -> Result<(), Failure> {
    let points = &arguments.points;
    let found = discover(&DiscoveryRequest {
        source: points.source(),
        output: points.output.clone(),
        interest: arguments.interest(),
        settings: arguments.settings(),
        boxes: usize::from(arguments.boxes),
    })?;
    found.notes.iter().for_each(|note| complain(note));
    let mut written = String::new();
    if points.writes() {
        let (command, suffix) = (invocation(1).command, points.suffix());
        if let Some(folder) = points.folder() {
            folder.remove(&outdated(&found, &suffix))?;
        }
        written = points.write(&discovery_files(&found, (&suffix, points.is_flat()), &command)?)?;
    }
    if arguments.json {
        return say_json(&json(&found));
    }
    say(format!("{}\n{written}", text(&found)).trim_end())
}
