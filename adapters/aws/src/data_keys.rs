//! The data keys of a stack: encrypted by a key of KMS, in the table of the registry, a document each.

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
use runtime_core::ports::documents::{Document, Documents, NewDocument};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

const PORT: &str = "data key";
/// The key of the first one's document; that of another one is this, a slash, and its id.
const DOCUMENT: &str = "registry/data-key";
/// The format of the document.
const FORMAT: u64 = 1;
/// What KMS is told of the use of a data key, and writes into its trail: without it nothing is decrypted.
const CONTEXT: (&str, &str) = ("hedgerow", "registry data key");

/// [`DataKeys`] over KMS. KMS is asked once for each key in the life of this value.
pub struct KmsDataKeys {
    client: Client,
    documents: Arc<dyn Documents>,
    /// Under which key of KMS the data key is made; who only reads needs none.
    key_arn: Option<String>,
    opened: Mutex<Opened>,
}

/// What KMS has decrypted.
#[derive(Default)]
struct Opened {
    /// The id of the first key.
    first: Option<String>,
    by_id: HashMap<String, DataKey>,
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
        Self { client, documents, key_arn, opened: Mutex::default() }
    }

    async fn stored(&self, document: &str) -> Result<Option<(Stored, Document)>, Unavailable> {
        let Some(found) = self.documents.get(document).await? else { return Ok(None) };
        match serde_json::from_str(&found.json) {
            Ok(stored @ Stored { v: FORMAT, .. }) => Ok(Some((stored, found))),
            _ => Err(failed(PORT, format!("the document {document} is none of this release: update hedgerow"))),
        }
    }

    /// The first key, and what is known of others.
    async fn first(&self) -> Result<(Option<DataKey>, MutexGuard<'_, Opened>), Unavailable> {
        let mut opened = self.opened.lock().await;
        if opened.first.is_none() {
            let Some((stored, _)) = self.stored(DOCUMENT).await? else { return Ok((None, opened)) };
            let key = self.open(&stored).await?;
            opened.first = Some(key.id.clone());
            opened.by_id.insert(key.id.clone(), key);
        }
        let first = opened.first.as_ref().and_then(|id| opened.by_id.get(id)).cloned();
        Ok((first, opened))
    }

    async fn open(&self, stored: &Stored) -> Result<DataKey, Unavailable> {
        let damaged = || failed(PORT, format!("data key {} is damaged: restore the registry's table", stored.id));
        let encrypted = STANDARD.decode(&stored.encrypted).map_err(|_| damaged())?;
        let mut request = self.client.decrypt().ciphertext_blob(Blob::new(encrypted));
        request = request.encryption_context(CONTEXT.0, CONTEXT.1).set_key_id(self.key_arn.clone());
        let reply = request.send().await.map_err(|error| unavailable(PORT, "Decrypt", &error))?;
        let bytes = reply.plaintext.and_then(|blob| blob.into_inner().try_into().ok()).ok_or_else(damaged)?;
        Ok(DataKey { id: stored.id.clone(), bytes })
    }

    /// Has KMS make a new data key.
    async fn make(&self) -> Result<Stored, Unavailable> {
        let no_key = || failed(PORT, "a new one can only be made with the ARN of a key of KMS");
        let key_arn = self.key_arn.clone().ok_or_else(no_key)?;
        let request = self.client.generate_data_key_without_plaintext().key_id(key_arn).key_spec(DataKeySpec::Aes256);
        let request = request.encryption_context(CONTEXT.0, CONTEXT.1);
        let reply =
            request.send().await.map_err(|error| unavailable(PORT, "GenerateDataKeyWithoutPlaintext", &error))?;
        let encrypted = reply.ciphertext_blob.ok_or_else(|| failed(PORT, "KMS made none"))?.into_inner();
        let id = sha256(&encrypted)[..16].to_owned();
        Ok(Stored { v: FORMAT, id, encrypted: STANDARD.encode(&encrypted) })
    }

    /// Writes it unless there is one by then. Whether it was written.
    async fn write(&self, document: &str, stored: &Stored) -> Result<bool, Unavailable> {
        let json = serde_json::to_string(stored).expect("plain data always has a JSON form");
        self.documents.put(document, NewDocument { json, ends_at: None }, None).await
    }
}

/// The document of a key that was added.
fn document_of(id: &str) -> String {
    format!("{DOCUMENT}/{id}")
}

#[async_trait]
impl DataKeys for KmsDataKeys {
    async fn find(&self) -> Result<Option<DataKey>, Unavailable> {
        Ok(self.first().await?.0)
    }

    async fn find_or_make(&self) -> Result<DataKey, Unavailable> {
        if let Some(key) = self.find().await? {
            return Ok(key);
        }
        let stored = self.make().await?;
        self.write(DOCUMENT, &stored).await?;
        self.find().await?.ok_or_else(|| failed(PORT, "the one that was just made is gone"))
    }

    async fn get(&self, id: &str) -> Result<Option<DataKey>, Unavailable> {
        if let Some(key) = self.opened.lock().await.by_id.get(id) {
            return Ok(Some(key.clone()));
        }
        let (first, mut opened) = self.first().await?;
        if let Some(first) = first.filter(|first| first.id == id) {
            return Ok(Some(first));
        }
        let Some((stored, _)) = self.stored(&document_of(id)).await? else { return Ok(None) };
        let key = self.open(&stored).await?;
        opened.by_id.insert(id.to_owned(), key.clone());
        Ok(Some(key))
    }

    async fn add(&self) -> Result<DataKey, Unavailable> {
        let stored = self.make().await?;
        let key = self.open(&stored).await?;
        if !self.write(&document_of(&stored.id), &stored).await? {
            return Err(failed(PORT, "there is a key of this id already: try again"));
        }
        Ok(key)
    }

    async fn remove(&self, id: &str) -> Result<(), Unavailable> {
        let mut opened = self.opened.lock().await;
        let is_first = |first: &(Stored, Document)| first.0.id == id;
        let (document, found) = match self.stored(DOCUMENT).await?.filter(is_first) {
            Some((_, found)) => (DOCUMENT.to_owned(), Some(found)),
            None => (document_of(id), self.documents.get(&document_of(id)).await?),
        };
        if let Some(found) = found {
            self.documents.remove(&document, &found).await?;
        }
        opened.by_id.remove(id);
        opened.first.take_if(|first| first == id);
        Ok(())
    }
}
