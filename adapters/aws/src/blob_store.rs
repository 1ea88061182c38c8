//! Blobs: an object each in a bucket of S3, `blobs/NAME`, which stay, or `claims/NAME`, which the bucket removes by age.
//!
//! What is read is hashed, so an object that was damaged or exchanged is not handed out. A role that may read the bucket should
//! have `s3:ListBucket` on it too: without that S3 says of a missing object that access is denied.

use crate::digest::sha256;
use crate::failure::{failed, unavailable};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use runtime_core::ports::Unavailable;
use runtime_core::ports::blob_store::BlobStore;

const PORT: &str = "blob store";

/// Which objects of the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// Bundles, attachments, and large bodies in tables: kept.
    Blobs,
    /// Large bodies of messages: kept for longer than a queue keeps a message.
    Claims,
}

/// [`BlobStore`] over the objects of a bucket that have one prefix.
pub struct S3BlobStore {
    client: Client,
    bucket: String,
    prefix: Prefix,
}

impl S3BlobStore {
    pub(crate) fn new(client: Client, bucket: String, prefix: Prefix) -> Self {
        Self { client, bucket, prefix }
    }

    fn key_of(&self, name: &str) -> String {
        match self.prefix {
            Prefix::Blobs => format!("blobs/{name}"),
            Prefix::Claims => format!("claims/{name}"),
        }
    }
}

impl S3BlobStore {
    /// The object of that key, whatever it is, of any prefix.
    pub(crate) async fn object(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let object = match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => object,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(unavailable(PORT, "GetObject", &error)),
        };
        let bytes = object.body.collect().await.map_err(|error| failed(PORT, format!("GetObject: {error}")))?;
        Ok(Some(bytes.to_vec()))
    }
}

#[async_trait]
impl BlobStore for S3BlobStore {
    async fn put(&self, bytes: &[u8]) -> Result<String, Unavailable> {
        let name = sha256(bytes);
        // Written even if it is there: it may be damaged, and its age, by which the bucket removes objects, begins anew.
        let request = self.client.put_object().bucket(&self.bucket).key(self.key_of(&name)).body(bytes.to_vec().into());
        request.send().await.map_err(|error| unavailable(PORT, "PutObject", &error))?;
        Ok(name)
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        if !is_name(name) {
            return Ok(None);
        }
        Ok(self.object(&self.key_of(name)).await?.filter(|bytes| sha256(bytes) == name))
    }
}

/// Only what `sha256` can return: nothing else ever becomes a key.
fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
