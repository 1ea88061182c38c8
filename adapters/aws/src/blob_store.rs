//! Blobs: an object each in a bucket of S3, `blobs/NAME`, which stay, or `claims/NAME`, which the bucket removes by age.
//!
//! What is read is hashed, so an object that was damaged or exchanged is not handed out. A role that may read the bucket should
//! have `s3:ListBucket` on it too: without that S3 says of a missing object that access is denied.
//!
//! A blob is removed by its versions, those that there were when it was looked at. What is put meanwhile is a version of its own,
//! so it stays; a bucket that keeps no versions cannot tell the two apart, and nothing is removed from it.

use crate::digest::sha256;
use crate::failure::{failed, unavailable};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketVersioningStatus, ObjectVersion};
use runtime_core::ports::Unavailable;
use runtime_core::ports::blob_store::{BlobStore, RemovableBlobs};
use runtime_core::ports::clock::Timestamp;

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

impl S3BlobStore {
    /// The versions of an object, the current one first; none if it is not there, whatever it was before.
    async fn versions(&self, key: &str) -> Result<Vec<ObjectVersion>, Unavailable> {
        let request = self.client.list_object_versions().bucket(&self.bucket).prefix(key);
        let reply = request.send().await.map_err(|error| unavailable(PORT, "ListObjectVersions", &error))?;
        // No key of ours begins with another one, and nobody puts one so often that its versions do not fit into one answer of 1,000.
        let versions = reply.versions.unwrap_or_default();
        let is_there = versions.iter().any(|version| version.is_latest == Some(true));
        Ok(if is_there { versions } else { Vec::new() })
    }

    async fn check_versioning(&self) -> Result<(), Unavailable> {
        let request = self.client.get_bucket_versioning().bucket(&self.bucket);
        let reply = request.send().await.map_err(|error| unavailable(PORT, "GetBucketVersioning", &error))?;
        if reply.status == Some(BucketVersioningStatus::Enabled) {
            return Ok(());
        }
        let message = format!("the bucket {} keeps no versions: turn versioning on, as the template does", self.bucket);
        Err(failed(PORT, message))
    }
}

#[async_trait]
impl RemovableBlobs for S3BlobStore {
    async fn put_at(&self, name: &str) -> Result<Option<Timestamp>, Unavailable> {
        if !is_name(name) {
            return Ok(None);
        }
        Ok(self.versions(&self.key_of(name)).await?.iter().map(put_at).max())
    }

    async fn remove(&self, name: &str, put_before: Timestamp) -> Result<bool, Unavailable> {
        if !is_name(name) {
            return Ok(false);
        }
        let key = self.key_of(name);
        let versions = self.versions(&key).await?;
        if versions.is_empty() || versions.iter().any(|version| put_at(version) >= put_before) {
            return Ok(false);
        }
        self.check_versioning().await?;
        // The oldest first: where it breaks off, the current one is there.
        for version in versions.iter().rev() {
            let request = self.client.delete_object().bucket(&self.bucket).key(&key);
            let request = request.set_version_id(version.version_id.clone());
            request.send().await.map_err(|error| unavailable(PORT, "DeleteObject", &error))?;
        }
        Ok(true)
    }
}

/// An age that S3 does not tell is none.
fn put_at(version: &ObjectVersion) -> Timestamp {
    let time = version.last_modified.and_then(|time| time.to_millis().ok());
    Timestamp(time.unwrap_or(i64::MAX))
}

/// Only what `sha256` can return: nothing else ever becomes a key.
fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
