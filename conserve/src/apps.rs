//! The four apps, in the order of their chain.

use std::path::{Path, PathBuf};

/// An app of the harness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct App {
    /// Its slug, which is its folder's name.
    pub slug: &'static str,
    /// Whether it has to know the endpoint.
    pub tells: bool,
}

/// All of them.
pub const APPS: [App; 4] = [
    App { slug: "dropper", tells: false },
    App { slug: "retrier", tells: true },
    App { slug: "exporter", tells: true },
    App { slug: "scheduler", tells: true },
];

impl App {
    /// Where its files are.
    #[must_use]
    pub fn folder(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("apps").join(self.slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_app_is_there() {
        for app in APPS {
            let manifest = std::fs::read_to_string(app.folder().join("plugin.json")).unwrap();
            assert_eq!(manifest.contains("\"endpoint\""), app.tells, "{}", app.slug);
            assert!(app.folder().join("index.js").is_file(), "{}", app.slug);
        }
    }
}
