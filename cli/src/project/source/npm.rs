//! Packages of npm: which version, its tarball, and whether the tarball is what the registry says it is.

use super::download::Downloads;
use crate::exit::Unusable;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest, Sha512};
use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, Stdio};
use url::Url;

/// Names the registry; npm, pnpm and yarn read it too.
const REGISTRY_VARIABLE: &str = "npm_config_registry";

/// A package as the project file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    name: String,
    /// A version or a tag.
    wanted: String,
}

/// What the registry says of a package, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    #[serde(default, rename = "dist-tags")]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    versions: BTreeMap<String, Version>,
}

#[derive(Deserialize)]
struct Version {
    dist: Distribution,
}

#[derive(Deserialize)]
struct Distribution {
    tarball: String,
    integrity: Option<String>,
}

impl Package {
    /// A package of that name, and which version of it.
    ///
    /// # Errors
    /// What is wrong with either.
    pub fn new(name: &str, version: Option<&str>) -> Result<Self, String> {
        let is_part = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        let is_name = match name.strip_prefix('@') {
            Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| is_part(scope) && is_part(name)),
            None => is_part(name),
        };
        if !is_name {
            return Err(format!("{name:?} is no name of an npm package; the version goes into version = \"...\""));
        }
        let wanted = version.unwrap_or("latest");
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_');
        if wanted.is_empty() || !wanted.bytes().all(fits) {
            return Err(format!(
                "version = {wanted:?} is neither a version nor a tag; ranges are not read: hedgerow.lock keeps what `latest` was"
            ));
        }
        Ok(Self { name: name.to_owned(), wanted: wanted.to_owned() })
    }

    /// The tarball and its version: `pinned` where the lock file has one.
    pub async fn fetch(&self, pinned: Option<&str>, downloads: &Downloads) -> Result<(Vec<u8>, String), Unusable> {
        let registry = registry()?;
        let about = |message: String| Unusable::at(format_args!("npm package {}", self.name), message);
        let metadata_url = self.metadata_url(&registry).map_err(&about)?;
        let metadata = downloads.get(&metadata_url).await?;
        let metadata: Metadata = serde_json::from_slice(&metadata)
            .map_err(|error| about(format!("{registry} answers nonsense: {error}")))?;
        let version = self.choose(&metadata, pinned).map_err(&about)?;
        let found = metadata.versions.get(&version).ok_or_else(|| about(format!("there is no version {version}")))?;
        let tarball =
            Url::parse(&found.dist.tarball).map_err(|error| about(format!("its tarball has no address: {error}")))?;
        let bytes = downloads.get(&tarball).await?;
        check(&bytes, found.dist.integrity.as_deref()).map_err(|message| about(format!("{version}: {message}")))?;
        Ok((bytes, version))
    }

    fn metadata_url(&self, registry: &str) -> Result<Url, String> {
        // A scope's slash is part of the name, and so is escaped.
        let address = format!("{}/{}", registry.trim_end_matches('/'), self.name.replace('/', "%2f"));
        Url::parse(&address)
            .map_err(|error| format!("{REGISTRY_VARIABLE} is {registry:?}, which is no address: {error}"))
    }

    fn choose(&self, metadata: &Metadata, pinned: Option<&str>) -> Result<String, String> {
        if let Some(pinned) = pinned {
            return Ok(pinned.to_owned());
        }
        if metadata.versions.contains_key(&self.wanted) {
            return Ok(self.wanted.clone());
        }
        metadata.tags.get(&self.wanted).cloned().ok_or_else(|| {
            let newest: Vec<&str> = metadata.versions.keys().map(String::as_str).rev().take(5).collect();
            format!("there is no version or tag {}; some that there are: {}", self.wanted, newest.join(", "))
        })
    }
}

impl fmt::Display for Package {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.name, self.wanted)
    }
}

/// The registry that the environment names, or that npm itself is set to, by its files or from the start.
fn registry() -> Result<String, Unusable> {
    match std::env::var(REGISTRY_VARIABLE) {
        Ok(registry) if !registry.is_empty() => Ok(registry),
        Ok(_) | Err(std::env::VarError::NotPresent) => registry_of_npm(),
        Err(error) => Err(Unusable::at(REGISTRY_VARIABLE, error)),
    }
}

fn registry_of_npm() -> Result<String, Unusable> {
    let asked = Command::new("npm").args(["config", "get", "registry"]).stdin(Stdio::null()).output();
    let registry = asked.ok().filter(|said| said.status.success()).map(|said| said.stdout);
    let registry = registry.and_then(|said| String::from_utf8(said).ok()).map(|said| said.trim().to_owned());
    registry.filter(|registry| !registry.is_empty()).ok_or_else(|| {
        Unusable::new(format_args!(
            "npm is not here to say where its packages are: set {REGISTRY_VARIABLE} to the address of a registry"
        ))
    })
}

/// Whether the bytes are what the registry says: a SHA-512, which all versions since 2017 have.
fn check(bytes: &[u8], integrity: Option<&str>) -> Result<(), String> {
    let expected = integrity.and_then(|text| text.split_whitespace().find_map(|part| part.strip_prefix("sha512-")));
    let expected = expected.ok_or("the registry names no sha512 for it; take it as url with sha256 instead")?;
    let expected = expected.split('?').next().unwrap_or_default();
    if STANDARD.decode(expected).is_ok_and(|expected| expected[..] == Sha512::digest(bytes)[..]) {
        return Ok(());
    }
    Err("the tarball does not have the hash that the registry names: try again, and do not use it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_checked() {
        for (name, version) in [("app", None), ("@posthog/geoip-plugin", Some("0.0.1")), ("a.b-c_d", Some("next"))] {
            assert!(Package::new(name, version).is_ok(), "{name}");
        }
        for name in ["", "a@1", "../a", "@a", "a/b", "@a/b/c", "@/b", ".a", "a b"] {
            assert!(Package::new(name, None).is_err(), "{name}");
        }
        for version in ["^1.0.0", "", ">=1", "1 || 2", "*"] {
            assert!(Package::new("a", Some(version)).is_err(), "{version}");
        }
    }

    #[test]
    fn the_lock_wins_then_the_version_then_the_tag() {
        let metadata = r#"{"dist-tags": {"latest": "2.0.0"}, "versions": {
            "1.0.0": {"dist": {"tarball": "x"}}, "2.0.0": {"dist": {"tarball": "x"}}}}"#;
        let metadata: Metadata = serde_json::from_str(metadata).unwrap();
        let choose = |wanted: &str, pinned| Package::new("a", Some(wanted)).unwrap().choose(&metadata, pinned);
        assert_eq!(choose("latest", Some("1.0.0")).unwrap(), "1.0.0");
        assert_eq!(choose("1.0.0", None).unwrap(), "1.0.0");
        assert_eq!(choose("latest", None).unwrap(), "2.0.0");
        assert!(choose("3.0.0", None).unwrap_err().contains("2.0.0, 1.0.0"));
    }

    #[test]
    fn a_scope_is_one_part_of_the_address() {
        let package = Package::new("@posthog/geoip-plugin", None).unwrap();
        let url = package.metadata_url("http://127.0.0.1:1/npm/").unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:1/npm/@posthog%2fgeoip-plugin");
    }

    #[test]
    fn a_tarball_with_another_hash_or_none_is_refused() {
        let good = format!("sha1-x sha512-{}", STANDARD.encode(Sha512::digest(b"tarball")));
        assert_eq!(check(b"tarball", Some(&good)), Ok(()));
        assert!(check(b"other", Some(&good)).unwrap_err().contains("do not use it"));
        for integrity in [None, Some("sha1-x"), Some("sha512-"), Some("sha512-AAAA")] {
            assert!(check(b"tarball", integrity).is_err(), "{integrity:?}");
        }
    }
}
