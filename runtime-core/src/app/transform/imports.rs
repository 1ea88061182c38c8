//! What an app may import.

/// The packages that an app may `import` or `require`.
pub trait ImportSet: Sync {
    /// Whether `name`, exactly as the app writes it, is provided.
    fn provides(&self, name: &str) -> bool;
}

impl ImportSet for [&str] {
    fn provides(&self, name: &str) -> bool {
        self.contains(&name)
    }
}

impl ImportSet for &[&str] {
    fn provides(&self, name: &str) -> bool {
        self.contains(&name)
    }
}

impl<const N: usize> ImportSet for [&str; N] {
    fn provides(&self, name: &str) -> bool {
        self.contains(&name)
    }
}

/// What this version of hedgerow provides.
pub const PROVIDED_IMPORTS: &[&str] = &[
    "@google-cloud/bigquery",
    "@google-cloud/pubsub",
    "@google-cloud/storage",
    "@posthog/plugin-contrib",
    "@posthog/plugin-scaffold",
    "aws-sdk",
    "crypto",
    "faker",
    "generic-pool",
    "jsonwebtoken",
    "node-fetch",
    "pg",
    "snowflake-sdk",
    "stream",
    "url",
    "zlib",
];

/// What the reference provided at one time (behaviour.md a.3): an import of one of these is no mistake of the app.
const REFERENCE_IMPORTS: &[&str] = &["ethers"];

/// The reference's text for an import that is not there. Its compiler called every file `index.ts`, and tests match on it.
pub(crate) fn cannot_import(name: &str) -> String {
    format!("/index.ts: Cannot import '{name}'! This package is not provided by PostHog in plugins.")
}

/// What to do about a missing import, where we know.
pub(crate) fn import_help(name: &str) -> Option<String> {
    if name.starts_with('.') || name.starts_with('/') {
        return Some("An app is one file: bundle the files it is made of into one (esbuild, rollup) first.".into());
    }
    REFERENCE_IMPORTS
        .contains(&name)
        .then(|| format!("PostHog provided '{name}', but this version of hedgerow does not provide it yet."))
}
