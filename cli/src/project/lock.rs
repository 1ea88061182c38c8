//! `hedgerow.lock`: which number, version and content each app of `hedgerow.toml` has. It belongs beside that file, in version
//! control.

use super::read::toml_of;
use super::source::Source;
use crate::exit::Unusable;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The format that this release reads and writes.
const FORMAT: u32 = 1;
/// What stands above it.
const HEAD: &str = "# Written by hedgerow. Commit it: it says what hedgerow.toml stands for.\n";

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    #[serde(rename = "v")]
    format: u32,
    /// The number of the next app that has none: numbers are never given twice, as storage and jobs are kept by them.
    next_id: i64,
    /// By slug.
    #[serde(default, rename = "app")]
    apps: Vec<LockedApp>,
}

/// One app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedApp {
    /// Its slug.
    pub slug: String,
    /// The installation's number.
    pub id: i64,
    /// The source that the rest is of; with another one it says nothing.
    pub source: String,
    /// The version, where the source has versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The SHA-256 over the app's files, as `hedgerow check` prints it.
    pub sha256: String,
}

impl Default for Lock {
    fn default() -> Self {
        Self { format: FORMAT, next_id: 1, apps: Vec::new() }
    }
}

impl Lock {
    /// Where the lock file of a project file is: beside it, with another ending.
    pub fn path_of(project: &Path) -> PathBuf {
        project.with_extension("lock")
    }

    /// Reads it; a missing one is empty.
    ///
    /// # Errors
    /// When it cannot be read or is of a later release.
    pub fn read(path: &Path) -> Result<Self, Unusable> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Unusable::at(path.display(), format_args!("cannot be read: {error}"))),
        };
        /// Asked first: a later format may have keys that are unknown here.
        #[derive(Deserialize)]
        struct Header {
            v: u32,
        }
        let found = toml_of::<Header>(path, &text)?.v;
        if found != FORMAT {
            let message = format!("it has format {found} and this release reads {FORMAT}; update hedgerow");
            return Err(Unusable::at(path.display(), message));
        }
        toml_of(path, &text)
    }

    /// Writes it, if it is not so already. Replaced as a whole: a process that ends here leaves the old one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Unusable> {
        let text = format!("{HEAD}{}", toml::to_string(self).expect("numbers and texts have a TOML form"));
        if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        let failed = |error| Unusable::at(path.display(), format_args!("cannot be written: {error}"));
        let new = path.with_extension(format!("lock.{}", std::process::id()));
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, path)).map_err(failed)
    }

    /// What is known of an app.
    pub fn app(&self, slug: &str) -> Option<&LockedApp> {
        self.apps.iter().find(|app| app.slug == slug)
    }

    /// What is known of an app, if it still comes from there.
    pub fn pin(&self, slug: &str, source: &Source) -> Option<&LockedApp> {
        self.app(slug).filter(|app| app.source == source.to_string())
    }

    /// The next free number, above all that are `used`.
    pub fn next_id(&mut self, used: impl Iterator<Item = i64>) -> i64 {
        let id = used.map(|id| id + 1).fold(self.next_id, i64::max);
        self.next_id = id + 1;
        id
    }

    /// Keeps these apps and no others. Numbers that were given stay given.
    pub fn keep(&mut self, mut apps: Vec<LockedApp>) {
        self.next_id = apps.iter().map(|app| app.id + 1).fold(self.next_id, i64::max);
        apps.sort_by(|one, other| one.slug.cmp(&other.slug));
        self.apps = apps;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(slug: &str, id: i64) -> LockedApp {
        LockedApp { slug: slug.into(), id, source: format!("path {slug}"), version: None, sha256: "0".repeat(64) }
    }

    #[test]
    fn it_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = Lock::path_of(&folder.path().join("hedgerow.toml"));
        assert_eq!(path.file_name().unwrap(), "hedgerow.lock");
        assert_eq!(Lock::read(&path).unwrap(), Lock::default());
        let mut lock = Lock::default();
        lock.keep(vec![app("b", 7), LockedApp { version: Some("1.0.0".into()), ..app("a", 2) }]);
        lock.write(&path).unwrap();
        assert_eq!(Lock::read(&path).unwrap(), lock);
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("# Written by hedgerow."));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let mut lock = Lock::default();
        lock.keep(vec![app("a", 3)]);
        assert_eq!(lock.next_id([9].into_iter()), 10);
        lock.keep(Vec::new());
        assert_eq!(lock.next_id(std::iter::empty()), 11);
    }

    #[test]
    fn a_later_format_is_refused_and_a_damaged_file_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hedgerow.lock");
        std::fs::write(&path, "v = 2\nnew = 1\n").unwrap();
        assert!(Lock::read(&path).unwrap_err().to_string().contains("update hedgerow"));
        std::fs::write(&path, "v = 1\nnext_id = 1\nx = 1\n").unwrap();
        let error = Lock::read(&path).unwrap_err().to_string();
        assert!(error.contains("hedgerow.lock:3: unknown field `x`"), "{error}");
    }
}
