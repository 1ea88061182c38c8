//! Bundles as blobs: `{"v": 1, "files": {"plugin.json": "text", "index.ts": "text"}}`. One with files that are no text has `v` 2
//! and those files as base64 in `binary`.

use super::{Registry, RegistryError};
use crate::app::AppBundle;
use crate::ports::Unavailable;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format of a bundle of texts.
const TEXTS: u64 = 1;
/// The format of a bundle with other files; the newest that this release reads.
const WITH_BINARY: u64 = 2;

/// Why bytes are no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// They are not what they should be.
    #[error("the bundle cannot be read: {0}")]
    Malformed(String),
    /// A later release has packed it.
    #[error("the bundle has format {found} and this release reads {WITH_BINARY}: update hedgerow")]
    Newer {
        /// Its format.
        found: u64,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packed {
    v: u64,
    files: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    binary: BTreeMap<String, String>,
}

/// The bytes of a bundle's blob: the same for the same files, whatever packed them.
#[must_use]
pub fn pack(bundle: &AppBundle) -> Vec<u8> {
    let mut packed = Packed { v: TEXTS, files: BTreeMap::new(), binary: BTreeMap::new() };
    for (path, content) in &bundle.files {
        match std::str::from_utf8(content) {
            Ok(text) => packed.files.insert(path.clone(), text.to_owned()),
            Err(_) => packed.binary.insert(path.clone(), STANDARD.encode(content)),
        };
    }
    if !packed.binary.is_empty() {
        packed.v = WITH_BINARY;
    }
    serde_json::to_vec(&packed).expect("plain data always has a JSON form")
}

/// The bundle that a blob holds.
///
/// # Errors
/// Every [`BundleError`].
pub fn unpack(bytes: &[u8]) -> Result<AppBundle, BundleError> {
    #[derive(Deserialize)]
    struct Header {
        v: u64,
    }
    let malformed = |error: serde_json::Error| BundleError::Malformed(error.to_string());
    let found = serde_json::from_slice::<Header>(bytes).map_err(malformed)?.v;
    if found > WITH_BINARY {
        return Err(BundleError::Newer { found });
    }
    let packed: Packed = serde_json::from_slice(bytes).map_err(malformed)?;
    let mut files: BTreeMap<_, _> = packed.files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
    for (path, text) in packed.binary {
        let content = STANDARD.decode(text);
        let content = content.map_err(|error| BundleError::Malformed(format!("{path} is no base64: {error}")))?;
        files.insert(path, content);
    }
    Ok(AppBundle { files })
}

impl Registry {
    /// Stores a bundle and returns its name. It is installed once it is in a record that was written.
    ///
    /// # Errors
    /// When the blobs are out of reach.
    pub async fn put_bundle(&self, bundle: &AppBundle) -> Result<String, Unavailable> {
        self.blobs.put(&pack(bundle)).await
    }

    /// The bundle of that name.
    ///
    /// # Errors
    /// [`RegistryError::Lost`] if it is gone, or its bytes are not those of its name any more.
    pub async fn bundle(&self, name: &str) -> Result<AppBundle, RegistryError> {
        let lost = || RegistryError::Lost {
            what: "the bundle",
            name: name.to_owned(),
            advice: "apply the project again, which stores it anew",
        };
        let bytes = self.blobs.get(name).await?.ok_or_else(lost)?;
        Ok(unpack(&bytes)?)
    }
}
