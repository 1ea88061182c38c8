//! The data key of a stack: encrypted by a key of KMS, in the table of the registry.

use crate::digest::sha256;
use crate::failure::{failed, unavailable};
use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime_core::ports::Unavailable;
use runtime_core::ports::data_keys::{DataKey, DataKeys};
use runtime_core::ports::documents::{Documents, NewDocument};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::OnceCell;

const PORT: &str = "data key";
/// The key of the document.
const DOCUMENT: &str = "registry/data-key";
/// The format of the document.
const FORMAT: u64 = 1;
/// What KMS is told of the use of a data key, and writes into its trail: without it nothing is decrypted.
const CONTEXT: (&str, &str) = ("hedgerow", "registry data key");

/// [`DataKeys`] over KMS. KMS is asked once in the life of this value.
pub struct KmsDataKeys {
    client: Client,
    documents: Arc<dyn Documents>,
    /// Under which key of KMS the data key is made; who only reads needs none.
    key_arn: Option<String>,
    opened: OnceCell<DataKey>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    v: u64,
    id: String,
    /// Base64 of what KMS decrypts.
    encrypted: String,
}

impl KmsDataKeys {
    pub(crate) fn new(client: Client, documents: Arc<dyn Documents>, key_arn: Option<String>) -> Self {
        Self { client, documents, key_arn, opened: OnceCell::new() }
    }

    async fn stored(&self) -> Result<Option<Stored>, Unavailable> {
        let Some(document) = self.documents.get(DOCUMENT).await? else { return Ok(None) };
        match serde_json::from_str(&document.json) {
            Ok(stored @ Stored { v: FORMAT, .. }) => Ok(Some(stored)),
            _ => Err(failed(PORT, format!("the document {DOCUMENT} is none of this release: update hedgerow"))),
        }
    }

    async fn open(&self, stored: &Stored) -> Result<DataKey, Unavailable> {
        let damaged = || failed(PORT, format!("the document {DOCUMENT} is damaged: restore the registry's table"));
        let encrypted = STANDARD.decode(&stored.encrypted).map_err(|_| damaged())?;
        let mut request = self.client.decrypt().ciphertext_blob(Blob::new(encrypted));
        request = request.encryption_context(CONTEXT.0, CONTEXT.1).set_key_id(self.key_arn.clone());
        let reply = request.send().await.map_err(|error| unavailable(PORT, "Decrypt", &error))?;
        let bytes = reply.plaintext.and_then(|blob| blob.into_inner().try_into().ok()).ok_or_else(damaged)?;
        Ok(DataKey { id: stored.id.clone(), bytes })
    }

    /// Writes a new data key unless there is one by then.
    async fn make(&self) -> Result<(), Unavailable> {
        let no_key = || failed(PORT, "a new one can only be made with the ARN of a key of KMS");
        let key_arn = self.key_arn.clone().ok_or_else(no_key)?;
        let request = self.client.generate_data_key_without_plaintext().key_id(key_arn).key_spec(DataKeySpec::Aes256);
        let request = request.encryption_context(CONTEXT.0, CONTEXT.1);
        let reply =
            request.send().await.map_err(|error| unavailable(PORT, "GenerateDataKeyWithoutPlaintext", &error))?;
        let encrypted = reply.ciphertext_blob.ok_or_else(|| failed(PORT, "KMS made none"))?.into_inner();
        let id = sha256(&encrypted)[..16].to_owned();
        let stored = Stored { v: FORMAT, id, encrypted: STANDARD.encode(&encrypted) };
        let json = serde_json::to_string(&stored).expect("plain data always has a JSON form");
        self.documents.put(DOCUMENT, NewDocument { json, ends_at: None }, None).await.map(drop)
    }
}

#[async_trait]
impl DataKeys for KmsDataKeys {
    async fn find(&self) -> Result<Option<DataKey>, Unavailable> {
        if let Some(key) = self.opened.get() {
            return Ok(Some(key.clone()));
        }
        let Some(stored) = self.stored().await? else { return Ok(None) };
        self.opened.get_or_try_init(|| self.open(&stored)).await.map(|key| Some(key.clone()))
    }

    async fn find_or_make(&self) -> Result<DataKey, Unavailable> {
        if let Some(key) = self.find().await? {
            return Ok(key);
        }
        self.make().await?;
        self.find().await?.ok_or_else(|| failed(PORT, "the one that was just made is gone"))
    }
}
