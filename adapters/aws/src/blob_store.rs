//! Blobs: an object each, `blobs/NAME`, in a bucket of S3.
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

/// [`BlobStore`] over a bucket.
pub struct S3BlobStore {
    client: Client,
    bucket: String,
}

impl S3BlobStore {
    pub(crate) fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

#[async_trait]
impl BlobStore for S3BlobStore {
    async fn put(&self, bytes: &[u8]) -> Result<String, Unavailable> {
        let name = sha256(bytes);
        // Written even if it is there: it may be damaged, and its age, by which the bucket removes objects, begins anew.
        let request = self.client.put_object().bucket(&self.bucket).key(key_of(&name)).body(bytes.to_vec().into());
        request.send().await.map_err(|error| unavailable(PORT, "PutObject", &error))?;
        Ok(name)
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        if !is_name(name) {
            return Ok(None);
        }
        let object = match self.client.get_object().bucket(&self.bucket).key(key_of(name)).send().await {
            Ok(object) => object,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(unavailable(PORT, "GetObject", &error)),
        };
        let bytes = object.body.collect().await.map_err(|error| failed(PORT, format!("GetObject: {error}")))?;
        let bytes = bytes.to_vec();
        Ok((sha256(&bytes) == name).then_some(bytes))
    }
}

/// Only what `sha256` can return: nothing else ever becomes a key.
fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn key_of(name: &str) -> String {
    format!("blobs/{name}")
}
