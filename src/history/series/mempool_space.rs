//! Answers of mempool.space's interface as tables: blocks of pools, blocks, difficulty epochs.

use serde_json::{Deserializer, Value};

use crate::files::foreign::shortened;
use crate::files::sheet::csv_line;
use crate::model::chain::difficulty::{BLOCKS_PER_EPOCH, CompactTarget};

/// Satoshi in a bitcoin.
const SATOSHI: f64 = 1e8;
/// What can be read.
const KNOWN: &str = "known are the answers of mempool.space's /api/v1/mining/pools/1w (or another \
                     interval), /api/v1/blocks and /api/v1/mining/difficulty-adjustments";

/// What an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MempoolKind {
    /// Blocks of each pool in an interval that the answer does not name: `pool,blocks`.
    Pools,
    /// Single blocks: `height,time,pool,bits,fee_btc`.
    Blocks,
    /// First blocks of difficulty epochs: `epoch,first_height,first_time,bits,difficulty`.
    Epochs,
}

/// An answer as a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MempoolAnswer {
    /// What it holds.
    pub kind: MempoolKind,
    /// Names of columns.
    pub header: Vec<&'static str>,
    /// Cells, one row an entry.
    pub rows: Vec<Vec<String>>,
}

impl MempoolAnswer {
    /// The table as CSV.
    #[must_use]
    pub(crate) fn csv(&self) -> String {
        let header = csv_line(&self.header);
        std::iter::once(header).chain(self.rows.iter().map(csv_line)).collect()
    }
}

/// Whether a file holds JSON rather than CSV.
#[must_use]
pub(crate) fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    text.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| b"[{".contains(byte))
}

/// Reads one answer or several of a kind one after the other, as pages of blocks come.
///
/// # Errors
/// What is no JSON, no answer that is known, or lacks something.
pub(crate) fn read(bytes: &[u8]) -> Result<MempoolAnswer, String> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut found: Option<MempoolAnswer> = None;
    for value in Deserializer::from_slice(text).into_iter::<Value>() {
        let value = value.map_err(|error| format!("not readable as JSON: {error}"))?;
        let answer = answer(&value)?;
        match &mut found {
            None => found = Some(answer),
            Some(before) if before.kind == answer.kind && answer.kind != MempoolKind::Pools => {
                before.rows.extend(answer.rows);
            }
            Some(_) => return Err("holds several answers that do not add up; give one".to_owned()),
        }
    }
    let mut found = found.ok_or_else(|| "holds nothing".to_owned())?;
    // Pages overlap where blocks came between two calls.
    let mut seen = std::collections::BTreeSet::new();
    found.rows.retain(|row| found.kind == MempoolKind::Pools || seen.insert(row.clone()));
    Ok(found)
}

fn answer(value: &Value) -> Result<MempoolAnswer, String> {
    if let Some(pools) = value.get("pools").and_then(Value::as_array) {
        return of_pools(pools, value.get("blockCount"));
    }
    if let Some(epochs) = value.get("difficulty").and_then(Value::as_array) {
        return of_epochs(epochs);
    }
    if value.get("progressPercent").is_some() {
        return Err(format!(
            "this is the estimate of the coming difficulty, which holds no past; {KNOWN}"
        ));
    }
    let Some(list) = value.as_array() else {
        return Err(format!("an answer that is not known; {KNOWN}"));
    };
    match list.first() {
        Some(Value::Array(entry)) if entry.first().is_some_and(Value::is_number) => of_epochs(list),
        Some(Value::Array(_)) => {
            let pages: Vec<Value> =
                list.iter().filter_map(Value::as_array).flatten().cloned().collect();
            of_blocks(&pages)
        }
        Some(Value::Object(entry))
            if entry.contains_key("height") && entry.contains_key("timestamp") =>
        {
            of_blocks(list)
        }
        Some(Value::Object(entry)) if entry.contains_key("slug") => {
            Err(format!("a list of pools without their blocks; {KNOWN}"))
        }
        None => Err("an empty list".to_owned()),
        Some(_) => Err(format!("a list that is not known; {KNOWN}")),
    }
}

/// A field as text; what is null or not there is refused with its place.
fn field(entry: &Value, number: usize, name: &str) -> Result<String, String> {
    let lacking = || format!("entry {number} has no `{name}`");
    match entry.pointer(&format!("/{}", name.replace('.', "/"))) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(value)) => Ok(value.to_string()),
        _ => Err(lacking()),
    }
}

/// A number of blocks; text, fractions and what is below 0 are refused.
fn whole(value: &Value, what: &str) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| {
        let value = shortened(&value.to_string());
        format!("{what} is {value}; a whole number, 0 or more, is needed (not as text)")
    })
}

fn of_pools(pools: &[Value], all: Option<&Value>) -> Result<MempoolAnswer, String> {
    let row = |(at, pool): (usize, &Value)| {
        let name = field(pool, at + 1, "name")?;
        let blocks = field(pool, at + 1, "blockCount")?;
        whole(&pool["blockCount"], &format!("`blockCount` of pool `{}`", shortened(&name)))?;
        Ok(vec![name, blocks])
    };
    let rows = pools.iter().enumerate().map(row).collect::<Result<Vec<_>, String>>()?;
    let counts = pools.iter().filter_map(|pool| pool["blockCount"].as_u64());
    let sum = counts.fold(0, u64::saturating_add);
    let all = all.filter(|all| !all.is_null());
    match all.map(|all| whole(all, "`blockCount` of all pools")).transpose()? {
        Some(all) if all != sum => Err(format!(
            "`blockCount` is {all}, and the pools have {sum} blocks: the answer is not whole"
        )),
        _ => Ok(MempoolAnswer { kind: MempoolKind::Pools, header: vec!["pool", "blocks"], rows }),
    }
}

fn of_blocks(blocks: &[Value]) -> Result<MempoolAnswer, String> {
    let row = |(at, block): (usize, &Value)| {
        let of = |name: &str| field(block, at + 1, name);
        // A node without an index of pools leaves `extras` out.
        let pool = of("extras.pool.name").unwrap_or_default();
        let fees = block.pointer("/extras/totalFees").and_then(Value::as_f64);
        let fees = fees.map(|satoshi| (satoshi / SATOSHI).to_string()).unwrap_or_default();
        Ok(vec![of("height")?, of("timestamp")?, pool, of("bits").unwrap_or_default(), fees])
    };
    let rows = blocks.iter().enumerate().map(row).collect::<Result<Vec<_>, String>>()?;
    Ok(MempoolAnswer {
        kind: MempoolKind::Blocks,
        header: vec!["height", "time", "pool", "bits", "fee_btc"],
        rows,
    })
}

/// Entries are lists of time, height, difficulty and change, or objects of the same.
fn of_epochs(entries: &[Value]) -> Result<MempoolAnswer, String> {
    let row = |(at, entry): (usize, &Value)| {
        let place = at + 1;
        let part = |index: usize, name: &str| {
            let value = entry.get(index).or_else(|| entry.get(name));
            value
                .filter(|value| value.is_number())
                .ok_or_else(|| format!("entry {place} has no {name}"))
        };
        let time = part(0, "time").or_else(|_| part(0, "timestamp"))?;
        let height = part(1, "height")?.as_u64().and_then(|height| u32::try_from(height).ok());
        let height =
            height.ok_or_else(|| format!("entry {place}: the height is no whole number"))?;
        let difficulty = part(2, "difficulty")?;
        let bits = difficulty.as_f64().and_then(CompactTarget::of_difficulty).ok_or_else(|| {
            format!("entry {place}: {difficulty} is not the difficulty of any target of Bitcoin (rounded?)")
        })?;
        let epoch = height / BLOCKS_PER_EPOCH;
        Ok(vec![
            epoch.to_string(),
            height.to_string(),
            time.to_string(),
            bits.to_string(),
            bits.difficulty().to_string(),
        ])
    };
    let rows = entries.iter().enumerate().map(row).collect::<Result<Vec<_>, String>>()?;
    let header = vec!["epoch", "first_height", "first_time", "bits", "difficulty"];
    Ok(MempoolAnswer { kind: MempoolKind::Epochs, header, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_blocks_and_epochs_become_tables() {
        let pools =
            br#"{"pools":[{"poolId":1,"name":"A","slug":"a","blockCount":3,"emptyBlocks":0},
                        {"poolId":2,"name":"B, Inc.","slug":"b","blockCount":1}],"blockCount":4}"#;
        assert!(is_json(pools) && !is_json(b"date,pool\n"));
        let found = read(pools).expect("an answer");
        assert_eq!(
            (found.kind, found.rows),
            (MempoolKind::Pools, vec![row(&["A", "3"]), row(&["B, Inc.", "1"])])
        );
        let block = r#"{"id":"00","height":840000,"timestamp":1713571767,"bits":386089497,
                        "extras":{"totalFees":3762671440,"pool":{"id":1,"name":"ViaBTC","slug":"viabtc"}}}"#;
        let found = read(format!("[{block}]\n[{block}]").as_bytes()).expect("two pages");
        let expected = row(&["840000", "1713571767", "ViaBTC", "386089497", "37.6267144"]);
        assert_eq!((found.kind, found.rows), (MempoolKind::Blocks, vec![expected]));
        let epochs = b"[[1757050390,913248,136039872848261.3,1.0489],[1755895678,911232,129699156960680.9,1]]";
        let found = read(epochs).expect("an answer");
        assert_eq!(found.rows[0][..4], row(&["453", "913248", "1757050390", "170211ac"]));
        assert_eq!(found.rows[1][3], "17022b91");
    }

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn answers_that_hold_something_else_are_refused_with_what_is_known() {
        for (text, words) in [
            (&br#"{"progressPercent":12.5,"difficultyChange":1.1}"#[..], "holds no past"),
            (br#"[{"name":"A","slug":"a"}]"#, "without their blocks"),
            (br#"{"a":1}"#, "/api/v1/mining/pools/1w"),
            (b"[]", "an empty list"),
            (b"[1,", "not readable as JSON"),
            (br#"{"pools":[{"name":"A","blockCount":3}],"blockCount":9}"#, "not whole"),
            (br#"{"pools":[{"name":"A"}]}"#, "entry 1 has no `blockCount`"),
            (
                br#"{"pools":[{"name":"A","blockCount":"3"}]}"#,
                "of pool `A` is \"3\"; a whole number",
            ),
            (br#"{"pools":[{"name":"A","blockCount":-3}],"blockCount":0}"#, "of pool `A` is -3;"),
            (br#"{"pools":[{"name":"A","blockCount":1.5}]}"#, "of pool `A` is 1.5;"),
            (
                br#"{"pools":[{"name":"A","blockCount":3}],"blockCount":"3"}"#,
                "of all pools is \"3\"",
            ),
            (b"[[1757050390,913248,136.04,1.04]]", "rounded?"),
        ] {
            let problem = read(text).expect_err("nothing to read");
            assert!(problem.contains(words), "{problem}");
        }
    }
}
