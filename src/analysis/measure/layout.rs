//! Which columns of a file mean what, from its header.

use crate::files::sheet::SheetRecord;
use crate::history::series::mempool_space::MempoolKind;

/// What the rows of a file count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CountKey {
    /// Blocks of an entity on a UTC day.
    Date,
    /// Blocks of an entity in a difficulty epoch.
    Epoch,
    /// Single blocks.
    Height,
    /// Blocks of an entity in an interval that the file does not name.
    Whole,
}

impl CountKey {
    /// Name of the column.
    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Epoch => "epoch",
            Self::Height => "height",
            Self::Whole => "interval",
        }
    }
}

/// Places of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CountLayout {
    /// What rows count by.
    pub key: CountKey,
    /// Place of the key.
    pub at: usize,
    /// Place of the entity.
    pub entity: usize,
    /// Name of the entity's column.
    pub entity_name: &'static str,
    /// Place of the number of blocks; for files of counts.
    pub blocks: Option<usize>,
    /// Place of the time; for files of single blocks.
    pub time: Option<usize>,
}

impl CountLayout {
    /// Reads a header; other columns are left alone.
    ///
    /// # Errors
    /// What is missing or ambiguous.
    pub(crate) fn from_header(
        header: &SheetRecord,
        answer: Option<MempoolKind>,
    ) -> Result<Self, String> {
        let find = |name: &str| header.iter().position(|cell| cell.eq_ignore_ascii_case(name));
        if answer == Some(MempoolKind::Pools) {
            let (key, entity_name) = (CountKey::Whole, "pool");
            return Ok(Self { key, at: 0, entity: 0, entity_name, blocks: Some(1), time: None });
        }
        let count = |name: &str| header.iter().filter(|c| c.eq_ignore_ascii_case(name)).count();
        let known = ["date", "epoch", "height", "entity", "pool", "blocks", "time"];
        if let Some(name) = known.into_iter().find(|name| count(name) > 1) {
            return Err(format!("column `{name}` is there twice"));
        }
        let keys: Vec<(CountKey, usize)> = [CountKey::Date, CountKey::Epoch, CountKey::Height]
            .into_iter()
            .filter_map(|key| Some((key, find(key.column())?)))
            .collect();
        let [(key, at)] = keys[..] else {
            return Err(format!(
                "{} of `date`, `epoch` and `height` are there, not one",
                keys.len()
            ));
        };
        let names = ["entity", "pool"];
        let entities: Vec<_> =
            names.into_iter().filter_map(|name| Some((name, find(name)?))).collect();
        let [(entity_name, entity)] = entities[..] else {
            return Err(format!("{} of `entity` and `pool` are there, not one", entities.len()));
        };
        let blocks = find("blocks");
        let time = find("time");
        match key {
            CountKey::Height => Ok(Self { key, at, entity, entity_name, blocks: None, time }),
            _ if blocks.is_none() => Err("column `blocks` is missing".to_owned()),
            _ => Ok(Self { key, at, entity, entity_name, blocks, time: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Result<CountLayout, String> {
        CountLayout::from_header(&names.iter().copied().collect(), None)
    }

    #[test]
    fn columns_are_found_in_any_order_and_case() {
        let found = of(&["source", "Blocks", " pool ", "epoch"]).unwrap();
        assert_eq!(
            (found.key, found.at, found.entity, found.blocks),
            (CountKey::Epoch, 3, 2, Some(1))
        );
        let found = of(&["height", "time", "pool"]).unwrap();
        assert_eq!((found.key, found.blocks, found.time), (CountKey::Height, None, Some(1)));
    }

    #[test]
    fn a_header_of_no_layout_says_what_is_wrong() {
        assert!(of(&["date", "entity"]).unwrap_err().contains("`blocks` is missing"));
        assert!(of(&["date", "epoch", "entity", "blocks"]).unwrap_err().starts_with("2 of `date`"));
        assert!(of(&["day", "entity", "blocks"]).unwrap_err().starts_with("0 of `date`"));
        assert!(
            of(&["date", "pool", "blocks", "Blocks"])
                .unwrap_err()
                .contains("`blocks` is there twice")
        );
        assert!(of(&["height", "time"]).unwrap_err().starts_with("0 of `entity`"));
    }
}
