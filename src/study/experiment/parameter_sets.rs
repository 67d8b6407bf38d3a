//! Parameters that differ between replicates: draws from a posterior, or the points of a calibration.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Sets of values of some parameters: replicate r of every scenario has set r modulo their number, so
/// that the arms of a contrast share it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterSets {
    /// Dotted keys of number parameters.
    pub keys: Vec<String>,
    /// One value a key in each set.
    pub sets: Vec<Vec<f64>>,
}

impl ParameterSets {
    /// Keys and values of a replicate.
    pub fn of(&self, replicate: u32) -> impl Iterator<Item = (&str, Value)> {
        let set = self.sets.get(replicate as usize % self.sets.len().max(1));
        let values = set.map(Vec::as_slice).unwrap_or_default();
        self.keys.iter().map(String::as_str).zip(values.iter().map(|&value| Value::from(value)))
    }

    /// The value of a key in a replicate.
    #[must_use]
    pub fn value(&self, key: &str, replicate: u32) -> Option<f64> {
        let column = self.keys.iter().position(|known| known == key)?;
        let set = self.sets.get(replicate as usize % self.sets.len().max(1))?;
        set.get(column).copied()
    }

    /// The sets without the keys that `fixed` says are decided elsewhere; none without keys.
    #[must_use]
    pub fn without(self, fixed: impl Fn(&str) -> bool) -> Option<Self> {
        let kept: Vec<bool> = self.keys.iter().map(|key| !fixed(key)).collect();
        let keep = |set: Vec<f64>| -> Vec<f64> {
            set.into_iter().zip(&kept).filter_map(|(value, keep)| keep.then_some(value)).collect()
        };
        let names = self.keys.iter().zip(&kept).filter(|(_, keep)| **keep);
        let keys: Vec<String> = names.map(|(key, _)| key.clone()).collect();
        (!keys.is_empty()).then(|| Self { keys, sets: self.sets.into_iter().map(keep).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets() -> ParameterSets {
        ParameterSets {
            keys: vec!["a.x".to_owned(), "a.y".to_owned()],
            sets: vec![vec![1.0, 2.0], vec![3.0, 4.0]],
        }
    }

    #[test]
    fn replicates_take_turns() {
        let values = |replicate| sets().of(replicate).map(|(_, v)| v).collect::<Vec<_>>();
        assert_eq!(values(0), values(2));
        assert_eq!(values(1), [Value::from(3.0), Value::from(4.0)]);
        assert_eq!(sets().value("a.y", 3), Some(4.0));
        assert_eq!(sets().value("a.z", 3), None);
    }

    #[test]
    fn what_is_decided_elsewhere_is_left_out() {
        let left = sets().without(|key| key == "a.x").expect("one key is left");
        assert_eq!((left.keys, left.sets), (vec!["a.y".to_owned()], vec![vec![2.0], vec![4.0]]));
        assert!(sets().without(|_| true).is_none());
    }
}
