//! Scenario discovery: boxes of factor values in which most outputs are of interest, and most
//! outputs of interest lie (Bryant and Lempert 2010, Technological Forecasting and Social Change
//! 77:34), found by the patient rule induction method.

pub mod choice;
mod limits;
mod peel;
mod prim;
mod step;

use super::points::{
    AnalysedResults, DesignTable, Failed, Outputs, PointsError, PointsSource, Purpose, in_words,
};
use crate::statistics::samples::quantile;

pub use choice::AlternativeBox;
pub use choice::AlternativeReason;
pub use limits::{Cut, FactorValues, Limits, Side};
pub use prim::{DiscoverySample, Found, PrimSettings};
pub use step::{ChoiceRule, PeelStep, TestedCut};

/// Most boxes that may be asked for.
pub(crate) const MOST_BOXES: u16 = 20;
/// Fewer points than this say nothing.
const FEWEST: usize = 20;

/// Which outputs are of interest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// A value of the output.
    Value(f64),
    /// The quantile of this probability over all points.
    Quantile(f64),
}

/// Which outputs are of interest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interest {
    /// Whether those below; else those above. An output at the bound is of no interest.
    pub below: bool,
    /// The bound.
    pub bound: Bound,
}

/// What to discover.
#[derive(Clone, Debug)]
pub struct DiscoveryRequest {
    /// Design and outputs.
    pub source: PointsSource,
    /// Column of the output; none for the only one.
    pub output: Option<String>,
    /// Which outputs are of interest.
    pub interest: Interest,
    /// How boxes are found.
    pub settings: PrimSettings,
    /// Most boxes, each found among the points that those before leave.
    pub boxes: usize,
}

/// A factor as it was sampled.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// Name.
    pub name: String,
    /// Values at all points, in rising order; of categories their numbers.
    pub rising: Vec<f64>,
    /// Names of categories; none for numbers.
    pub categories: Option<Vec<String>>,
}

/// All that is found.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Column of the output.
    pub output: String,
    /// Its unit; empty where it is unknown.
    pub unit: String,
    /// The results that were analysed; none for files.
    pub subject: Option<AnalysedResults>,
    /// Which outputs are of interest.
    pub interest: Interest,
    /// The bound as a value of the output.
    pub threshold: f64,
    /// Points.
    pub points: usize,
    /// Cases of interest among them.
    pub cases: usize,
    /// Fewest and most replicates of a point.
    pub replicates: (usize, usize),
    /// Factors, in the order of the design's columns.
    pub factors: Vec<Sampled>,
    /// How boxes were found.
    pub settings: PrimSettings,
    /// Boxes in the order in which they were found.
    pub boxes: Vec<Found>,
    /// Why there are fewer boxes than asked for.
    pub note: Option<String>,
    /// blake3 of the design and of the outputs.
    pub digests: [String; 2],
    /// What a reader should know of how the outputs were taken.
    pub notes: Vec<String>,
}

impl Discovery {
    /// Share of all cases of interest.
    #[must_use]
    pub fn coverage(&self, cases: usize) -> f64 {
        cases as f64 / self.cases as f64
    }

    /// Share of all points.
    #[must_use]
    pub fn mass(&self, points: usize) -> f64 {
        points as f64 / self.points as f64
    }

    /// Points and cases of interest in any box.
    #[must_use]
    pub(crate) fn in_boxes(&self) -> (usize, usize) {
        let all = self.boxes.iter().map(|found| (found.last.points, found.last.cases));
        all.fold((0, 0), |sum, found| (sum.0 + found.0, sum.1 + found.1))
    }

    /// How much was searched, in a sentence.
    #[must_use]
    pub(crate) fn extent(&self) -> String {
        let (fewest, most) = self.replicates;
        let runs = if fewest == most { fewest.to_string() } else { format!("{fewest} to {most}") };
        format!(
            "Shown: {}, {} points with {runs} replicates each, {} of them cases of interest.",
            self.title(),
            self.points,
            self.cases
        )
    }

    /// The output, with the arm or the difference of arms that it is of.
    #[must_use]
    pub fn name(&self) -> String {
        let arms = self.subject.as_ref().map(|subject| subject.arms.words());
        format!("{}{}", self.output, arms.unwrap_or_default())
    }

    /// The output in words, without its unit, for figures.
    #[must_use]
    pub fn title(&self) -> String {
        in_words(&self.output, &self.unit, self.subject.as_ref())
    }

    /// Factors that a box cuts: number, how it was sampled, what is allowed.
    pub(crate) fn cut_factors<'f>(
        &'f self,
        one: &'f Found,
    ) -> impl Iterator<Item = (usize, &'f Sampled, &'f Limits)> {
        self.cut(&one.last)
    }

    /// Factors that a step cuts: number, how it was sampled, what is allowed.
    pub fn cut<'f>(
        &'f self,
        step: &'f PeelStep,
    ) -> impl Iterator<Item = (usize, &'f Sampled, &'f Limits)> {
        let factors = self.factors.iter().zip(&step.limits).enumerate();
        let factors = factors.map(|(place, (sampled, limits))| (place, sampled, limits));
        factors.filter(|(_, _, limits)| !limits.sides().is_empty())
    }

    /// `below` or `above`.
    #[must_use]
    pub const fn side(&self) -> &'static str {
        if self.interest.below { "below" } else { "above" }
    }
}

/// Reads a design and its outputs and finds boxes.
///
/// # Errors
/// When a file cannot be read or does not fit the other, the points are too few or move one factor
/// at a time, one is missing or failed, or none or all of the outputs are of interest.
pub fn discover(request: &DiscoveryRequest) -> Result<Discovery, PointsError> {
    let points = request.source.open(Purpose::Discovery, Failed::Refused)?;
    let design = &points.design;
    let places = independent(design)?;
    let outputs = points.outputs(request.output.as_deref())?;
    let values: Vec<f64> = places.iter().map(|&place| outputs.means[place]).collect();
    let threshold = threshold(request.interest.bound, &values);
    let below = request.interest.below;
    let is_case = |value: &f64| if below { *value < threshold } else { *value > threshold };
    let interest: Vec<bool> = values.iter().map(is_case).collect();
    let cases = interest.iter().filter(|case| **case).count();
    if cases == 0 || cases == interest.len() {
        let which = if cases == 0 { "no point is" } else { "all points are" };
        return Err(nothing_to_tell(&outputs, &values, which, request.interest, threshold));
    }
    let sample = DiscoverySample { factors: factors(design, &places), interest };
    let (boxes, note) = cover(&sample, &request.settings, request.boxes);
    Ok(Discovery {
        subject: points.subject(),
        interest: request.interest,
        threshold,
        points: sample.interest.len(),
        cases,
        replicates: outputs.replicates(),
        factors: sampled(design, &sample),
        settings: request.settings,
        boxes,
        note,
        digests: [design.digest.clone(), outputs.digest],
        notes: outputs.notes,
        output: outputs.column,
        unit: outputs.unit,
    })
}

/// Boxes one after another, each among the points that those before leave, and why no more.
#[must_use]
pub fn cover(
    sample: &DiscoverySample,
    settings: &PrimSettings,
    most: usize,
) -> (Vec<Found>, Option<String>) {
    let mut pool: Vec<usize> = (0..sample.interest.len()).collect();
    let mut boxes = Vec::new();
    while boxes.len() < most {
        if sample.cases(&pool) == 0 {
            return (boxes, Some("no case of interest is left".to_owned()));
        }
        let found = match sample.find(&pool, settings) {
            Ok(found) => found,
            Err(problem) => return (boxes, Some(problem)),
        };
        let inside = limits::inside(&sample.factors, &found.last.limits, &pool);
        pool.retain(|point| inside.binary_search(point).is_err());
        boxes.push(found);
    }
    (boxes, None)
}

/// Places of the points that vary all factors together: of Saltelli designs blocks A and B only.
fn independent(design: &DesignTable) -> Result<Vec<usize>, PointsError> {
    design.places()?;
    let block = |place: &usize| design.points[*place].block.as_str();
    let all: Vec<usize> = (0..design.points.len()).collect();
    let mixed = all.iter().any(|place| block(place).starts_with("AB"));
    let first = all.first().map_or("", block);
    let trajectories = all.iter().all(|place| block(place).parse::<u64>().is_ok())
        && all.iter().any(|place| block(place) != first);
    if trajectories {
        return Err(design.refused(
            "blocks are numbers, as of Morris trajectories, which move one factor at a time; \
             discovery needs points that vary all factors together, such as those of lhs or sobol"
                .to_owned(),
        ));
    }
    let places: Vec<usize> =
        all.into_iter().filter(|place| !mixed || ["A", "B"].contains(&block(place))).collect();
    if places.len() < FEWEST {
        return Err(design.refused(format!(
            "there are {} points; at least {FEWEST} are needed, and hundreds for boxes of use",
            places.len()
        )));
    }
    Ok(places)
}

fn threshold(bound: Bound, values: &[f64]) -> f64 {
    let mut rising = values.to_vec();
    rising.sort_by(f64::total_cmp);
    match bound {
        Bound::Value(value) => value,
        Bound::Quantile(p) => quantile(&rising, p).unwrap_or(f64::NAN),
    }
}

/// A number in full, in powers of ten where it is tiny or huge.
fn written(value: f64) -> String {
    let usual = value == 0.0 || (1e-6..1e15).contains(&value.abs());
    if usual { value.to_string() } else { format!("{value:e}") }
}

fn nothing_to_tell(
    outputs: &Outputs,
    values: &[f64],
    which: &str,
    interest: Interest,
    threshold: f64,
) -> PointsError {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let side = if interest.below { "below" } else { "above" };
    outputs.refused(format!(
        "{which} of interest: `{}` goes from {} to {}, and what is {side} {} was \
         asked for; discovery needs both kinds of points",
        outputs.column,
        written(low),
        written(high),
        written(threshold)
    ))
}

fn factors(design: &DesignTable, places: &[usize]) -> Vec<FactorValues> {
    let factor = |(number, names): (usize, &Option<Vec<String>>)| FactorValues {
        values: places.iter().map(|&place| design.points[place].factors[number]).collect(),
        categories: names.as_ref().map(Vec::len),
    };
    design.categories.iter().enumerate().map(factor).collect()
}

fn sampled(design: &DesignTable, sample: &DiscoverySample) -> Vec<Sampled> {
    let named = design.factors.iter().zip(&design.categories);
    let one = |((name, categories), factor): ((&String, &Option<Vec<String>>), &FactorValues)| {
        let mut rising = factor.values.clone();
        rising.sort_by(f64::total_cmp);
        Sampled { name: name.clone(), rising, categories: categories.clone() }
    };
    named.zip(&sample.factors).map(one).collect()
}

impl Sampled {
    /// Smallest and largest value.
    #[must_use]
    pub fn range(&self) -> [f64; 2] {
        // There are at least FEWEST points.
        [self.rising[0], self.rising[self.rising.len() - 1]]
    }

    /// Share of the points whose value is below `limit`.
    #[must_use]
    pub fn share_below(&self, limit: f64) -> f64 {
        let below = self.rising.partition_point(|value| *value < limit);
        below as f64 / self.rising.len() as f64
    }
}
