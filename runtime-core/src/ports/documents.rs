//! Small records that several processes change at once: how far an app's set-up is, who runs a task, which work is finished.

use super::Unavailable;
use super::clock::Timestamp;
use async_trait::async_trait;

/// How many bytes the JSON text of a document may have.
pub const MAXIMUM_BYTES: usize = 300_000;

/// A document as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it holds, as JSON text.
    pub json: String,
    /// Names this state of it; new with each write.
    pub revision: String,
}

/// A document to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocument {
    /// What it holds, as JSON text of at most [`MAXIMUM_BYTES`].
    pub json: String,
    /// From this time on it does not exist for any operation; `None` is never.
    pub ends_at: Option<Timestamp>,
}

impl NewDocument {
    /// For adapters: refuses a document that is larger than any store must take.
    ///
    /// # Errors
    /// When it has more than [`MAXIMUM_BYTES`].
    pub fn check_size(&self, port: &'static str) -> Result<(), Unavailable> {
        let bytes = self.json.len();
        if bytes <= MAXIMUM_BYTES {
            return Ok(());
        }
        let message = format!("a document of {bytes} bytes is more than the {MAXIMUM_BYTES} that one may have");
        Err(Unavailable { port, message, source: None })
    }
}

/// A store of documents by key.
///
/// Guarantees: a write takes place only if the document is still as the writer saw it, so of several writers that saw the same
/// state exactly one succeeds; a writer whose reply was lost learns that it succeeded. What was written survives the process. A
/// document whose time has ended (by the clock given at construction) does not exist.
#[async_trait]
pub trait Documents: Send + Sync {
    /// The document at `key`.
    async fn get(&self, key: &str) -> Result<Option<Document>, Unavailable>;

    /// Writes the document at `key` if it is still `seen` (`None`: if there is none). Whether it was written.
    async fn put(&self, key: &str, document: NewDocument, seen: Option<&Document>) -> Result<bool, Unavailable>;

    /// Removes the document at `key` if it is still `seen`. Whether it is gone by this.
    async fn remove(&self, key: &str, seen: &Document) -> Result<bool, Unavailable>;
}
