//! Which design of an experiment is meant, whether it serves, and whether its runs are whole.

use super::Purpose;
use crate::files::foreign::listed;
use crate::study::experiment::sweep::PlannedSweep;
use crate::study::results::receipt::FailedRun;

impl Purpose {
    /// Methods whose points serve.
    const fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Indices => &["saltelli", "morris"],
            Self::Discovery => &["lhs", "sobol", "saltelli", "grid", "list", "zip"],
        }
    }

    /// Why points of a method do not serve, and what does.
    fn objection(self, design: &PlannedSweep) -> String {
        let (name, method) = (&design.name, design.placing.name());
        match self {
            Self::Indices => format!(
                "design `{name}` is of method `{method}`, which gives no indices; method \
                 `saltelli` gives Sobol indices and `morris` elementary effects (points of `lhs` \
                 and `sobol` are for `hashflight discover`)"
            ),
            Self::Discovery => format!(
                "design `{name}` is of method `{method}`, which moves one factor at a time; \
                 discovery needs points that vary all factors together, such as those of `lhs` or \
                 `sobol`"
            ),
        }
    }
}

/// The design that is asked for, or the only one that serves.
///
/// # Errors
/// When there is none, it does not serve, or several do.
pub(super) fn choose<'d>(
    designs: &'d [PlannedSweep],
    wanted: Option<&str>,
    purpose: Purpose,
) -> Result<&'d PlannedSweep, String> {
    let names =
        |designs: &[&PlannedSweep]| listed(designs.iter().map(|design| design.name.as_str()));
    let all: Vec<&PlannedSweep> = designs.iter().collect();
    let serves = |design: &&PlannedSweep| purpose.methods().contains(&design.placing.name());
    if let Some(name) = wanted {
        return match designs.iter().find(|design| design.name == name) {
            Some(design) if serves(&design) => Ok(design),
            Some(design) => Err(purpose.objection(design)),
            None => Err(format!("--design-name: there is no design `{name}`; there is {}", {
                if all.is_empty() { "none".to_owned() } else { names(&all) }
            })),
        };
    }
    let serving: Vec<&PlannedSweep> = designs.iter().filter(serves).collect();
    match (serving.as_slice(), designs) {
        ([only], _) => Ok(only),
        ([], []) => Err(format!(
            "the experiment has no [[design]]; one of method `{}` is needed",
            purpose.methods().join("`, `")
        )),
        ([], [first, ..]) => Err(purpose.objection(first)),
        (several, _) => {
            Err(format!("say which design by --design-name; there is {}", names(several)))
        }
    }
}

/// Refuses runs that failed: they rarely do by chance, so what is left would mislead.
///
/// # Errors
/// When a run of one of these scenarios failed.
pub(crate) fn check_failed(
    failed: &[FailedRun],
    scenarios: &[Vec<String>],
    purpose: Purpose,
) -> Result<(), String> {
    let meant = |run: &&FailedRun| scenarios.iter().any(|point| point.contains(&run.scenario));
    let mut counting = failed.iter().filter(meant);
    let Some(first) = counting.next() else { return Ok(()) };
    let FailedRun { scenario, replicate, message, .. } = first;
    Err(format!(
        "{} of the runs failed, the first being replicate {replicate} of `{scenario}` ({message}); \
         runs rarely fail by chance, so every point is needed ({})",
        counting.count() + 1,
        purpose.way_without()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::experiment::sweep::Placing;

    fn declared(name: &str, placing: Placing) -> PlannedSweep {
        PlannedSweep { name: name.to_owned(), placing, factors: Vec::new(), points: 0 }
    }

    #[test]
    fn the_only_design_that_serves_is_taken() {
        let (samples, seed) = (64, 1);
        let designs = [
            declared("space", Placing::Lhs { samples, seed }),
            declared("indices", Placing::Saltelli { samples, seed }),
        ];
        assert_eq!(choose(&designs, None, Purpose::Indices).map(|d| &*d.name), Ok("indices"));
        let refused = |designs: &[PlannedSweep], wanted, purpose| {
            choose(designs, wanted, purpose).err().unwrap_or_default()
        };
        let message = refused(&designs, Some("space"), Purpose::Indices);
        assert!(message.contains("`lhs`") && message.contains("`saltelli`"), "{message}");
        let message = refused(&designs, None, Purpose::Discovery);
        assert!(message.contains("--design-name") && message.contains("`space`"), "{message}");
        assert!(refused(&designs, Some("x"), Purpose::Discovery).contains("`indices`"));
        assert!(refused(&[], None, Purpose::Discovery).contains("[[design]]"));
        let screening = [declared("screening", Placing::Morris { samples, seed, levels: 4 })];
        assert!(refused(&screening, None, Purpose::Discovery).contains("one factor at a time"));
    }
}
