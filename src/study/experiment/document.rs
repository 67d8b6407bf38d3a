//! One TOML file: read, parsed, and the chain of files it extends.

use std::path::{Path, PathBuf};

use super::renamed;
use crate::study::error::ConfigError;

/// The experiments that this binary was built with, so that they can be extended wherever it is
/// installed; the first is the baseline, the list of all parameters there are.
const SHIPPED: [(&str, &str); 17] = [
    ("baseline", include_str!("../../../experiments/baseline.toml")),
    ("ai-boom", include_str!("../../../experiments/ai-boom.toml")),
    ("ai-counterfactual", include_str!("../../../experiments/ai-counterfactual.toml")),
    (
        "ai-counterfactual-posterior",
        include_str!("../../../experiments/ai-counterfactual-posterior.toml"),
    ),
    ("ai-rent-by-btc-price", include_str!("../../../experiments/ai-rent-by-btc-price.toml")),
    ("attack-phase", include_str!("../../../experiments/attack-phase.toml")),
    ("btc-crash", include_str!("../../../experiments/btc-crash.toml")),
    ("decision-rules", include_str!("../../../experiments/decision-rules.toml")),
    ("halving-2028", include_str!("../../../experiments/halving-2028.toml")),
    ("hindcast", include_str!("../../../experiments/hindcast.toml")),
    ("hindcast-2018", include_str!("../../../experiments/hindcast-2018.toml")),
    ("hindcast-ban-2021", include_str!("../../../experiments/hindcast-ban-2021.toml")),
    ("hindcast-bear-2022", include_str!("../../../experiments/hindcast-bear-2022.toml")),
    ("hindcast-halving-2024", include_str!("../../../experiments/hindcast-halving-2024.toml")),
    ("morris", include_str!("../../../experiments/morris.toml")),
    ("retarget-lab", include_str!("../../../experiments/retarget-lab.toml")),
    ("sobol", include_str!("../../../experiments/sobol.toml")),
];

/// A parsed experiment file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file as the user would name it.
    pub file: String,
    /// Name of the file without folder and extension.
    pub stem: String,
    /// Folder against which relative paths in the file are resolved.
    pub folder: PathBuf,
    /// What the file says.
    pub table: toml::Table,
}

impl Document {
    /// Reads and parses a file.
    ///
    /// # Errors
    /// If it cannot be read, is not UTF-8, not TOML, or empty.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|error| ConfigError::file(&file, format!("cannot be read: {error}")))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| ConfigError::file(&file, "is not a text file in UTF-8"))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self::parse(&file, &stem, folder, &text)
    }

    /// Parses a text.
    ///
    /// # Errors
    /// If it is not TOML, or says nothing.
    pub fn parse(file: &str, stem: &str, folder: PathBuf, text: &str) -> Result<Self, ConfigError> {
        let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            ConfigError::file(file, format!("is not valid TOML: {}", error.to_string().trim_end()))
        })?;
        if table.is_empty() {
            return Err(ConfigError::file(file, "is empty; `hashflight init` writes a valid one"));
        }
        renamed::rename(file, &mut table)?;
        Ok(Self { file: file.to_owned(), stem: stem.to_owned(), folder, table })
    }

    /// The built-in baseline.
    ///
    /// # Errors
    /// Never for a released binary: a test parses it.
    pub fn baseline() -> Result<Self, ConfigError> {
        Self::built_in(SHIPPED[0].0, SHIPPED[0].1)
    }

    /// The built-in hindcast, which says how a first day is made from history.
    ///
    /// # Errors
    /// Never for a released binary: a test parses it.
    pub fn hindcast() -> Result<Self, ConfigError> {
        let named = SHIPPED.iter().find(|(name, _)| *name == "hindcast");
        let (name, text) = named.unwrap_or(&SHIPPED[0]);
        Self::built_in(name, text)
    }

    /// Names of the experiments that this binary was built with.
    pub fn shipped() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    fn built_in(name: &str, text: &str) -> Result<Self, ConfigError> {
        Self::parse(&format!("built-in {name}.toml"), name, PathBuf::new(), text)
    }

    /// The file together with all it extends, the most basic first.
    ///
    /// # Errors
    /// If one of the files is unusable, or the chain bites its own tail.
    pub fn chain(self) -> Result<Vec<Self>, ConfigError> {
        let mut chain = vec![self];
        while let Some(base) = chain[chain.len() - 1].base()? {
            if let Some(again) = chain.iter().find(|seen| seen.is_same_file(&base)) {
                let names: Vec<_> = chain.iter().map(|link| link.file.as_str()).collect();
                let problem =
                    format!("extends itself: {} extends {}", names.join(" extends "), again.file);
                return Err(ConfigError::file(&chain[0].file, problem));
            }
            chain.push(base);
        }
        chain.reverse();
        Ok(chain)
    }

    /// The document this one extends, if any.
    fn base(&self) -> Result<Option<Self>, ConfigError> {
        let Some(value) = self.table.get("extends") else { return Ok(None) };
        let Some(name) = value.as_str().filter(|name| !name.is_empty()) else {
            let allowed = "expected the name of another experiment, such as \"baseline\"";
            return Err(ConfigError::value(&self.file, "extends", value, allowed));
        };
        let is_path = Path::new(name).extension().is_some_and(|extension| extension == "toml");
        let path =
            if is_path { self.folder.join(name) } else { self.folder.join(format!("{name}.toml")) };
        let shipped = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
        if let (Some((name, text)), false) = (shipped, path.exists()) {
            return Self::built_in(name, text).map(Some);
        }
        if !path.is_file() {
            let allowed = format!("there is no file {}", path.display());
            return Err(ConfigError::value(&self.file, "extends", value, allowed));
        }
        Self::read(&path).map(Some)
    }

    fn is_same_file(&self, other: &Self) -> bool {
        let place = |document: &Self| {
            document.folder.join(Path::new(&document.file).file_name().unwrap_or_default())
        };
        let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
        real(place(self)) == real(place(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file in it");
        }
        folder
    }

    #[test]
    fn a_chain_starts_with_the_most_basic_file() {
        let folder = folder_with(&[
            ("a.toml", "extends = \"b\"\n"),
            ("b.toml", "extends = \"c.toml\"\n"),
            ("c.toml", "x = 1\n"),
        ]);
        let chain = Document::read(&folder.path().join("a.toml")).and_then(Document::chain);
        let stems: Vec<_> = chain.unwrap().into_iter().map(|link| link.stem).collect();
        assert_eq!(stems, ["c", "b", "a"]);
    }

    #[test]
    fn a_chain_that_bites_its_tail_is_refused() {
        let folder =
            folder_with(&[("a.toml", "extends = \"b\"\n"), ("b.toml", "extends = \"a\"\n")]);
        let error = Document::read(&folder.path().join("a.toml")).and_then(Document::chain);
        assert!(error.unwrap_err().to_string().contains("a.toml: extends itself: "));
    }

    #[test]
    fn every_shipped_experiment_can_be_extended_where_no_file_is() {
        for name in Document::shipped() {
            let folder = folder_with(&[("mine.toml", &format!("extends = \"{name}\"\n"))]);
            let chain = Document::read(&folder.path().join("mine.toml")).and_then(Document::chain);
            let stems: Vec<_> = chain.unwrap().into_iter().map(|link| link.stem).collect();
            assert_eq!(stems[0], "baseline");
            assert_eq!(stems[stems.len() - 2..], [name, "mine"]);
        }
    }

    #[test]
    fn a_missing_base_is_named() {
        let folder = folder_with(&[("a.toml", "extends = \"nowhere\"\n")]);
        let error = Document::read(&folder.path().join("a.toml")).and_then(Document::chain);
        let message = error.unwrap_err().to_string();
        assert!(message.contains("a.toml: extends = \"nowhere\": there is no file "), "{message}");
        assert!(message.ends_with("nowhere.toml"), "{message}");
    }

    #[test]
    fn unusable_files_are_refused_by_name() {
        let folder = folder_with(&[("empty.toml", "# nothing\n"), ("bad.toml", "= = =\n")]);
        std::fs::write(folder.path().join("binary.toml"), [0xff_u8, 0xfe, 0]).unwrap();
        for (name, part) in [
            ("empty.toml", "is empty"),
            ("bad.toml", "is not valid TOML: TOML parse error at line 1"),
            ("binary.toml", "is not a text file in UTF-8"),
            ("absent.toml", "cannot be read: "),
        ] {
            let error = Document::read(&folder.path().join(name)).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(part), "{error}");
        }
    }
}
