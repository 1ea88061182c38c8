//! Reading the body of a message: it is in the message, or it was too large for one and is in the bucket.

use crate::blob_store::S3BlobStore;
use crate::queue::BLOB_ATTRIBUTE;
use runtime_core::ports::Unavailable;
use runtime_core::ports::blob_store::BlobStore;
use std::collections::HashMap;
use std::sync::Arc;

/// Why a message has no body.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It was in the bucket and is not any more: no later attempt will find it.
    #[error("the body {name} is not in the bucket; was the message kept for longer than the bucket keeps claims?")]
    Lost {
        /// The name that the message gives.
        name: String,
    },
    /// The bucket is out of reach.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Where large bodies are: our own under `claims/`, and those of others, who may have put them under `blobs/`.
#[derive(Clone)]
pub(crate) struct Claims {
    pub claims: Arc<S3BlobStore>,
    pub blobs: Arc<S3BlobStore>,
}

impl Claims {
    pub(crate) async fn body_of(
        &self,
        body: Vec<u8>,
        attributes: &HashMap<String, String>,
    ) -> Result<Vec<u8>, BodyError> {
        if !attributes.contains_key(BLOB_ATTRIBUTE) {
            return Ok(body);
        }
        let name = String::from_utf8_lossy(&body).into_owned();
        for store in [&self.claims, &self.blobs] {
            if let Some(bytes) = store.get(&name).await? {
                return Ok(bytes);
            }
        }
        Err(BodyError::Lost { name })
    }
}
