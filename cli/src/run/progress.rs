//! Where a run that was broken off goes on: with `--state` and a file of events, the state remembers which records of the file are
//! done. A run that comes to its end forgets it, so that the next one begins at the first record again.

use adapter_local::LocalStore;
use runtime_core::ports::Unavailable;
use runtime_core::ports::documents::{Documents, NewDocument};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;

/// The last record that is done, with all those before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Its line, from 1.
    pub line: u64,
    /// Its id, which its content is part of: another file has another.
    pub message_id: String,
}

/// What the state knows of one file of events.
pub struct Progress {
    documents: Arc<dyn Documents>,
    key: String,
    /// Where the run before was broken off, if it was.
    pub reached: Option<Reached>,
}

impl Progress {
    /// Looks into the store. None for an input that cannot be read again.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(store: &LocalStore, events: &Path) -> Result<Option<Self>, Unavailable> {
        let Ok(path) = events.canonicalize() else { return Ok(None) };
        if !path.is_file() {
            return Ok(None);
        }
        let name = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let name: String = name.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let (documents, key) = (store.documents(), format!("input/{name}"));
        let known = documents.get(&key).await?;
        // What cannot be read is as if nothing had been noted: everything is done again, and nothing is left out.
        let reached = known.and_then(|document| serde_json::from_str(&document.json).ok());
        Ok(Some(Self { documents, key, reached }))
    }

    /// Notes that a record is done, and all before it.
    ///
    /// # Errors
    /// When the store is out of reach: then a later run does some of it again.
    pub async fn note(&self, reached: &Reached) -> Result<(), Unavailable> {
        let json = serde_json::to_string(reached).expect("plain data always has a JSON form");
        loop {
            let seen = self.documents.get(&self.key).await?;
            let document = NewDocument { json: json.clone(), ends_at: None };
            if self.documents.put(&self.key, document, seen.as_ref()).await? {
                return Ok(());
            }
        }
    }

    /// The whole input is done.
    ///
    /// # Errors
    /// As [`Progress::note`].
    pub async fn forget(&self) -> Result<(), Unavailable> {
        while let Some(seen) = self.documents.get(&self.key).await? {
            if self.documents.remove(&self.key, &seen).await? {
                break;
            }
        }
        Ok(())
    }
}
