//! Names of entities: their numbers, which of them count as one, and which look alike.

use std::collections::{BTreeMap, HashMap};

use super::clusters::Cluster;
use super::counts::Merge;
use crate::files::foreign::{listed, shortened};

/// Groups of names that look alike which a note names.
const GROUPS: usize = 6;
/// How files call blocks that nobody claims, in letters and digits alone.
const UNKNOWN: [&str; 45] = [
    "",
    "0",
    "unknown",
    "unknowns",
    "na",
    "nan",
    "none",
    "null",
    "nil",
    "no",
    "notfound",
    "notag",
    "notags",
    "untagged",
    "notknown",
    "notavailable",
    "unidentified",
    "undefined",
    "undetermined",
    "unassigned",
    "unclaimed",
    "unattributed",
    "unlabeled",
    "unlabelled",
    "unnamed",
    "anonymous",
    "anon",
    "missing",
    "miscellaneous",
    "misc",
    "other",
    "others",
    "rest",
    "remaining",
    "solo",
    "unbekannt",
    "andere",
    "sonstige",
    "inconnu",
    "autres",
    "desconocido",
    "otros",
    "неизвестно",
    "未知",
    "其他",
];
/// Words beside a name that say nothing.
const EMPTY_WORDS: [&str; 11] =
    ["pools", "pool", "miners", "miner", "mining", "entity", "blocks", "block", "or", "and", "the"];
/// Endings of addresses on the web that names have or lack.
const DOMAINS: [&str; 4] = [".com", ".io", ".net", ".org"];

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A name in small letters and digits alone, letters that look alike being one, without the ending of
/// an address on the web and without "pool" behind it.
fn bare(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let address = DOMAINS.iter().find_map(|domain| lower.strip_suffix(domain));
    let letters: String = plain(address.unwrap_or(&lower)).chars().map(folded).collect();
    let mut rest = letters.as_str();
    while let Some(shorter) = rest.strip_suffix("pool").filter(|shorter| !shorter.is_empty()) {
        rest = shorter;
    }
    rest.to_owned()
}

/// The Latin letter without accent that a small letter looks like, such as `a` for a Cyrillic `а`.
const fn folded(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' | 'с' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'е' | 'ё' | 'ε' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'н' | 'η' => 'h',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'і' | 'ї' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ł' => 'l',
        'м' | 'μ' => 'm',
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ν' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ŕ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' | 'ѕ' => 's',
        'ţ' | 'ť' | 'т' | 'τ' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ý' | 'ÿ' | 'у' => 'y',
        'х' | 'χ' => 'x',
        'ź' | 'ż' | 'ž' | 'ζ' => 'z',
        other => other,
    }
}

/// Whether a name stands for blocks that nobody claims: as a whole, without a number or a word such as
/// "pool" behind it, or in each of its words.
pub(crate) fn is_unknown(name: &str) -> bool {
    let whole = plain(name);
    let known = |name: &str| UNKNOWN.contains(&name);
    let numbered = whole.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let mut shorter = EMPTY_WORDS.iter().filter_map(|word| whole.strip_suffix(word));
    if known(&whole)
        || !numbered.is_empty() && known(numbered)
        || shorter.any(|rest| !rest.is_empty() && known(rest))
    {
        return true;
    }
    let lower = name.to_lowercase();
    let is_word = |word: &&str| !word.is_empty();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(is_word).collect();
    let nobody = |word: &&str| known(word);
    words.iter().any(nobody) && words.iter().all(|word| known(word) || EMPTY_WORDS.contains(word))
}

/// Whether a name says that its blocks are those of all the others.
pub(crate) fn is_total(name: &str) -> bool {
    const TOTALS: [&str; 16] = [
        "total",
        "totals",
        "subtotal",
        "grandtotal",
        "totalblocks",
        "blockstotal",
        "sum",
        "summe",
        "all",
        "allpools",
        "allminers",
        "allblocks",
        "overall",
        "gesamt",
        "network",
        "итого",
    ];
    TOTALS.contains(&plain(name).as_str())
}

/// A name for messages; an empty one is said to be.
pub(super) fn shown(name: &str) -> String {
    if name.is_empty() { "(empty)".to_owned() } else { shortened(name) }
}

/// Numbers for names, in order of appearance.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<String, u32>,
    list: Vec<String>,
}

impl Names {
    /// The number of a name, new or known.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.list.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        self.list.push(name.to_owned());
        number
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is such a name.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.numbers.contains_key(name)
    }

    /// The name of a number.
    pub(super) fn name(&self, number: u32) -> &str {
        &self.list[number as usize]
    }

    /// The number that counts for each number, after merging by names.
    pub(super) fn merged(&mut self, merges: &[Merge]) -> Result<Vec<u32>, (String, String)> {
        let mut by_number: Vec<u32> = (0..self.list.len() as u32).collect();
        let mut taken = vec![false; by_number.len()];
        for merge in merges {
            let refused = |problem: String| (shortened(&merge.name), problem);
            let target = self.number(&merge.name);
            for part in &merge.parts {
                let known = self.numbers.get(part).map(|number| *number as usize);
                let Some(known) = known.filter(|number| *number < by_number.len()) else {
                    let (like, part) = (self.like(part), shortened(part));
                    return Err(refused(format!("there is no entity `{part}`{like}")));
                };
                if std::mem::replace(&mut taken[known], true) {
                    return Err(refused(format!("`{}` is named twice", shortened(part))));
                }
                by_number[known] = target;
            }
        }
        Ok(by_number)
    }

    /// Names that hold `part` or that it holds, letters' case aside.
    fn like(&self, part: &str) -> String {
        let wanted = part.to_lowercase();
        let near = |name: &&String| {
            let name = name.to_lowercase();
            name.contains(&wanted) || wanted.contains(&name)
        };
        let mut names: Vec<_> =
            self.numbers.keys().filter(|name| *name != part).filter(near).collect();
        names.sort_unstable();
        let names: Vec<_> =
            names.into_iter().take(3).map(|name| format!("`{}`", shortened(name))).collect();
        if names.is_empty() { String::new() } else { format!("; there is {}", names.join(", ")) }
    }

    /// Numbers after merging that stand for blocks that nobody claims.
    pub(super) fn unknown(&self, merged: &[u32]) -> Vec<u32> {
        let mut unknown: Vec<u32> =
            merged.iter().copied().filter(|number| is_unknown(self.name(*number))).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }

    /// A note on names that count apart and differ only by letters' case, blanks, punctuation, accents,
    /// letters that look alike, "Pool" or the ending of an address.
    pub(crate) fn alike(&self, merged: &[u32], clusters: &[Cluster]) -> Option<String> {
        let mut groups: BTreeMap<String, BTreeMap<u32, &str>> = BTreeMap::new();
        let clustered = |name: &str| clusters.iter().any(|cluster| cluster.entity == name);
        for (name, target) in self.list.iter().zip(merged) {
            if !is_unknown(name) && !clustered(name) {
                groups.entry(bare(name)).or_default().entry(*target).or_insert(name);
            }
        }
        let alike: Vec<Vec<&str>> = groups
            .into_values()
            .filter(|group| group.len() > 1)
            .map(|group| group.into_values().collect())
            .collect();
        let first = alike.first()?;
        let words: Vec<String> =
            alike.iter().take(GROUPS).map(|group| listed(group.iter().copied())).collect();
        let more = alike.len().saturating_sub(GROUPS);
        let rest = if more > 0 { format!("; … and {more} more") } else { String::new() };
        Some(format!(
            "names that differ only by case, blanks, punctuation, accents, look-alike letters, \"Pool\" or \
             \".com\" count apart: {}{rest}; to count them as one: --merge {}",
            words.join("; "),
            argument(first)
        ))
    }

    /// A note on entities of a file of clusters that have no blocks.
    pub(crate) fn strangers(&self, clusters: &[Cluster]) -> Option<String> {
        let strange = clusters.iter().filter(|cluster| !self.numbers.contains_key(&cluster.entity));
        let mut strange: Vec<&str> = strange.map(|cluster| cluster.entity.as_str()).collect();
        strange.sort_unstable();
        strange.dedup();
        (!strange.is_empty()).then(|| {
            let count = strange.len();
            format!(
                "{count} entities of the clusters have no row here: {}",
                listed(strange.into_iter())
            )
        })
    }
}

/// The argument of `--merge` that counts names as one, quoted for a shell.
fn argument(names: &[&str]) -> String {
    let cell = |name: &&str| {
        if name.contains([',', '"']) {
            format!("\"{}\"", name.replace('"', "\"\""))
        } else {
            (*name).to_owned()
        }
    };
    let parts: Vec<String> = names.iter().map(cell).collect();
    format!("'{}={}'", names[0], parts.join(",")).replace("''", "'\\''")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_nobody_are_known_in_any_spelling() {
        for name in [
            "unknown",
            "Unknown",
            "UNKNOWN",
            "N/A",
            "n/a",
            "",
            " ",
            "-",
            "?",
            "NaN",
            "null",
            "Unidentified",
            "Unknown Pool",
            "unknown miner",
            "(unknown)",
            "Other",
            "others",
            "not found",
            "unknown, other",
            "Unattributed",
            "anonymous",
            "no pool",
            "No tag",
            "Miscellaneous",
            "missing",
            "solo",
            "UNKNOWN_1",
            "unbekannt",
            "0",
        ] {
            assert!(is_unknown(name), "{name}");
        }
        let pools =
            ["AntPool", "Nano Labs", "Another", "nonepool.com", "1THash", "Pool", "Solo CK"];
        for name in pools.into_iter().chain(["7pool", "Notag Labs", "50BTC", "10", "The Pool"]) {
            assert!(!is_unknown(name), "{name}");
        }
    }

    #[test]
    fn a_name_is_bare_of_pool_address_accent_and_foreign_look_alikes() {
        for (one, other) in [
            ("AntPool", "Antpool Pool"),
            ("Poolin", "poolin.com"),
            ("Slush.io", "Slush Pool"),
            ("Caf\u{e9}", "Cafe"),
            ("Cafe\u{301}", "cafe"),
            ("\u{410}nt\u{420}ool", "AntPool"),
            ("F2P\u{3bf}ol", "F2Pool"),
        ] {
            assert_eq!(bare(one), bare(other), "{one} {other}");
        }
        assert_ne!(bare("BTC.com"), bare("BTC.TOP"));
        assert_eq!(bare("Pool"), "pool");
    }

    #[test]
    fn names_that_look_alike_are_pointed_out_unless_they_count_as_one() {
        let mut names = Names::default();
        for name in ["Alpha", "ALPHA", "Beta, Inc.", "beta inc pool", "Gamma", "unknown", "N/A"] {
            names.number(name);
        }
        let apart: Vec<u32> = (0..7).collect();
        let note = names.alike(&apart, &[]).expect("two groups");
        assert!(note.contains("`Alpha`, `ALPHA`; `Beta, Inc.`, `beta inc pool`"), "{note}");
        assert!(note.ends_with("--merge 'Alpha=Alpha,ALPHA'"), "{note}");
        assert_eq!(names.unknown(&apart), [5, 6]);
        assert_eq!(names.alike(&[0, 0, 2, 2, 4, 5, 6], &[]), None);
        assert_eq!(argument(&["a, b", "A, B"]), "'a, b=\"a, b\",\"A, B\"'");
    }
}
