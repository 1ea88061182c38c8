//! The files of an app, as they were packaged.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{LoadError, manifest::Manifest};

/// Where an app's manifest is.
pub(crate) const MANIFEST_PATH: &str = "plugin.json";
/// Where an app's source is if plugin.json has no `main`: the first that exists (behaviour.md d).
const DEFAULT_ENTRIES: [&str; 2] = ["index.js", "index.ts"];

/// The files of an app. Paths are relative to the folder that plugin.json is in, with `/` between their parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppBundle {
    /// Path to content.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl AppBundle {
    /// Lower-case hex SHA-256 over paths and contents in the order of the paths: two bundles with the same files have the same one.
    pub fn version(&self) -> String {
        let mut hash = Sha256::new();
        for (path, content) in &self.files {
            // Lengths go first, so that no two bundles run together to the same bytes.
            for part in [path.as_bytes(), content] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The path of the file that the app is.
    ///
    /// # Errors
    /// `Entry`, with what was tried.
    pub(crate) fn entry_path(&self, manifest: &Manifest) -> Result<String, LoadError> {
        let failed = |reason: String| LoadError::Entry { app: manifest.name.clone(), reason };
        let Some(main) = manifest.main.as_deref() else {
            let found = DEFAULT_ENTRIES.into_iter().find(|path| self.files.contains_key(*path));
            return found.map(str::to_owned).ok_or_else(|| {
                failed(format!("no main file index.js or index.ts found. Tried: {}", DEFAULT_ENTRIES.join(", ")))
            });
        };
        let path = normalize(main)
            .ok_or_else(|| failed(format!("\"main\" of plugin.json must be a path inside the app, not \"{main}\"")))?;
        if self.files.contains_key(&path) {
            Ok(path)
        } else {
            Err(failed(format!("\"main\" of plugin.json names {path}, which does not exist. Tried: {path}")))
        }
    }

    /// The text of a file, without a byte order mark; None if there is no such file.
    ///
    /// # Errors
    /// `Encoding`, if it is not UTF-8.
    pub(crate) fn text(&self, path: &str) -> Result<Option<&str>, LoadError> {
        let Some(content) = self.files.get(path) else { return Ok(None) };
        let text = std::str::from_utf8(content)
            .map_err(|error| LoadError::Encoding { file: path.to_owned(), offset: error.valid_up_to() })?;
        Ok(Some(text.strip_prefix('\u{feff}').unwrap_or(text)))
    }
}

/// `./src//index.js` as `src/index.js`; None if it leaves the app or is empty.
fn normalize(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    (!parts.is_empty() && !path.starts_with('/')).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(files: &[(&str, &str)]) -> AppBundle {
        AppBundle {
            files: files.iter().map(|(path, content)| ((*path).to_owned(), content.as_bytes().to_vec())).collect(),
        }
    }

    #[test]
    fn the_version_follows_paths_and_contents_alone() {
        let version = bundle(&[("a", "1"), ("b", "2")]).version();
        assert_eq!(version.len(), 64);
        assert_eq!(version, bundle(&[("b", "2"), ("a", "1")]).version());
        for other in [&[("a", "1"), ("b", "3")][..], &[("a", "1"), ("c", "2")], &[("a", "1b2")], &[("a", "1")]] {
            assert_ne!(version, bundle(other).version());
        }
        assert_eq!(bundle(&[]).version(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn paths_are_normalized_and_stay_inside() {
        assert_eq!(normalize("./src//a/../index.js").as_deref(), Some("src/index.js"));
        for outside in ["../index.js", "/index.js", "", ".", "a/../.."] {
            assert_eq!(normalize(outside), None, "{outside}");
        }
    }
}
