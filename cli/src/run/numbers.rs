//! The numbers of installations, which must stay the same as long as the state does: storage and jobs are kept by them.

use crate::exit::Unusable;
use runtime_core::event::InstallationId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file in the state folder.
const FILE_NAME: &str = "installations.json";

/// Which installation has which number. An installation is known by its app's slug; a second one of the same slug as `slug#2`.
#[derive(Debug, Default)]
pub struct Numbers {
    file: Option<PathBuf>,
    known: BTreeMap<String, i64>,
    used: BTreeMap<String, usize>,
}

impl Numbers {
    /// Those of a state folder; without one they are given out from 1.
    pub fn open(state: Option<&Path>) -> Result<Self, Unusable> {
        let Some(file) = state.map(|folder| folder.join(FILE_NAME)) else { return Ok(Self::default()) };
        let known = match std::fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| damaged(&file, error))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(damaged(&file, error)),
        };
        Ok(Self { file: Some(file), known, used: BTreeMap::new() })
    }

    /// Those that are known: the number of each name.
    pub fn known(&self) -> &BTreeMap<String, i64> {
        &self.known
    }

    /// The number of the next installation of this slug.
    pub fn next(&mut self, slug: &str) -> InstallationId {
        let count = self.used.entry(slug.to_owned()).or_default();
        *count += 1;
        let name = if *count == 1 { slug.to_owned() } else { format!("{slug}#{count}") };
        let free = self.known.values().max().copied().unwrap_or(0) + 1;
        InstallationId(*self.known.entry(name).or_insert(free))
    }

    /// Keeps them, if there is a state folder.
    pub fn save(&self) -> Result<(), Unusable> {
        let Some(file) = &self.file else { return Ok(()) };
        let text = serde_json::to_vec_pretty(&self.known).expect("a map of numbers has a JSON form");
        // The file is replaced as a whole, so that a run that ends here leaves the old one.
        let new = file.with_extension("json.new");
        let saved = std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, file));
        saved.map_err(|error| Unusable::at(file.display(), format_args!("cannot be written: {error}")))
    }
}

fn damaged(file: &Path, error: impl std::fmt::Display) -> Unusable {
    Unusable::at(file.display(), format_args!("cannot be read: {error}; mend it, or give --state another folder"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_another_order_of_apps() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut numbers = Numbers::open(Some(folder.path())).expect("new");
        assert_eq!(["a", "b", "a"].map(|slug| numbers.next(slug).0), [1, 2, 3]);
        numbers.save().expect("writable");
        let mut numbers = Numbers::open(Some(folder.path())).expect("known");
        assert_eq!(["c", "b", "a", "a"].map(|slug| numbers.next(slug).0), [4, 2, 1, 3]);
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE_NAME), "{").expect("writable");
        let error = Numbers::open(Some(folder.path())).expect_err("no JSON").to_string();
        assert!(error.contains(FILE_NAME) && error.contains("--state"), "{error}");
    }
}
