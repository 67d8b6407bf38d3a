//! What a scenario sets: dotted keys and their values. There may be very many scenarios of the same
//! keys and the same few texts: those are held once.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DesignPlace, Scenario};

/// Dotted keys of the configuration and their values, in the order in which they were set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    keys: Arc<[Arc<str>]>,
    values: Box<[Value]>,
}

impl Settings {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let place = self.keys.iter().position(|known| **known == *key)?;
        self.values.get(place)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let place = self.keys.iter().position(|known| **known == *key)?;
        self.values.get_mut(place)
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| &**key)
    }

    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.keys().zip(&self.values)
    }

    /// All but one key.
    #[must_use]
    pub fn without(&self, key: &str) -> Self {
        self.iter()
            .filter(|(known, _)| *known != key)
            .map(|(key, value)| (key.to_owned(), value.clone()))
            .collect()
    }
}

impl FromIterator<(String, Value)> for Settings {
    /// Of a key that comes again the last value counts.
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(pairs: I) -> Self {
        let map: serde_json::Map<String, Value> = pairs.into_iter().collect();
        let (keys, values): (Vec<Arc<str>>, Vec<Value>) =
            map.into_iter().map(|(key, value)| (key.into(), value)).unzip();
        Self { keys: keys.into(), values: values.into() }
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len()))?;
        self.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(serde_json::Map::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Texts and lists of keys that were met before.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    texts: HashSet<Arc<str>>,
    keys: HashSet<Arc<[Arc<str>]>>,
}

/// What holds texts that many of its kind hold as well.
pub(crate) trait ShareTexts {
    /// Takes the texts that were met before in place of its own.
    fn share(&mut self, shared: &mut Shared);
}

impl ShareTexts for Arc<str> {
    fn share(&mut self, shared: &mut Shared) {
        match shared.texts.get(self) {
            Some(known) => *self = Self::clone(known),
            None => drop(shared.texts.insert(Self::clone(self))),
        }
    }
}

impl ShareTexts for Settings {
    fn share(&mut self, shared: &mut Shared) {
        if let Some(known) = shared.keys.get(&self.keys) {
            self.keys = Arc::clone(known);
        } else {
            let mut keys = self.keys.to_vec();
            for key in &mut keys {
                key.share(shared);
            }
            self.keys = keys.into();
            shared.keys.insert(Arc::clone(&self.keys));
        }
    }
}

impl ShareTexts for DesignPlace {
    fn share(&mut self, shared: &mut Shared) {
        for text in [&mut self.design, &mut self.block, &mut self.arm] {
            text.share(shared);
        }
    }
}

impl ShareTexts for Scenario {
    fn share(&mut self, shared: &mut Shared) {
        self.set.share(shared);
        if let Some(place) = &mut self.place {
            place.share(shared);
        }
    }
}

/// Reads a list one by one, so that nothing shared is held twice.
///
/// # Errors
/// What the deserializer says.
pub(crate) fn read_list<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de> + ShareTexts,
    D: Deserializer<'de>,
{
    from.deserialize_seq(One(PhantomData))
}

/// Reads a map from names one by one, so that nothing shared is held twice.
///
/// # Errors
/// What the deserializer says.
pub(crate) fn read_map<'de, T, D>(from: D) -> Result<BTreeMap<String, T>, D::Error>
where
    T: Deserialize<'de> + ShareTexts,
    D: Deserializer<'de>,
{
    from.deserialize_map(Named(PhantomData))
}

struct One<T>(PhantomData<T>);
struct Named<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + ShareTexts> Visitor<'de> for One<T> {
    type Value = Vec<T>;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let (mut shared, mut list) = (Shared::default(), Vec::<T>::new());
        while let Some(mut one) = from.next_element::<T>()? {
            one.share(&mut shared);
            list.push(one);
        }
        list.shrink_to_fit();
        Ok(list)
    }
}

impl<'de, T: Deserialize<'de> + ShareTexts> Visitor<'de> for Named<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a map from names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let (mut shared, mut map) = (Shared::default(), BTreeMap::new());
        while let Some((name, mut one)) = from.next_entry::<String, T>()? {
            one.share(&mut shared);
            map.insert(name, one);
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scenario(name: &str, price: f64) -> Value {
        let place = json!({"design": "d", "number": 1, "block": "A", "arm": "on"});
        json!({"name": name, "set": {"z.price": price, "a.rule": "npv"}, "point": place})
    }

    #[test]
    fn scenarios_of_the_same_keys_hold_them_once_and_are_written_as_they_were() {
        let text = json!([scenario("one", 1.5), scenario("two", 2.5)]).to_string();
        let list: Vec<Scenario> =
            read_list(&mut serde_json::Deserializer::from_str(&text)).unwrap();
        assert_eq!(serde_json::to_string(&list).unwrap(), text);
        assert!(Arc::ptr_eq(&list[0].set.keys, &list[1].set.keys));
        let places = [0, 1].map(|at: usize| list[at].place.as_ref().unwrap());
        assert!(Arc::ptr_eq(&places[0].block, &places[1].block));
        assert_eq!(list[1].set.get("z.price"), Some(&json!(2.5)));
        assert_eq!(list[1].set.get("z"), None);
        assert_eq!(list[1].set.without("z.price").keys().collect::<Vec<_>>(), ["a.rule"]);
    }
}
