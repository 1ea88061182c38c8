//! Bodies that may be larger than an item of DynamoDB: small ones in it, others in the blob store.
//!
//! The blob is there before the item that names it, and stays when the item goes, as another item may name it too.

use crate::blob_store::S3BlobStore;
use crate::failure::failed;
use crate::item::{Item, damaged, text, text_of};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use runtime_core::ports::Unavailable;
use runtime_core::ports::blob_store::BlobStore;

/// Up to so many bytes a body is in the item. What is left up to 400 KB is for the item's other attributes.
pub(crate) const LARGEST_INLINE: usize = 300_000;

const BODY: &str = "body";
const BODY_BLOB: &str = "body_blob";

/// Puts a body into `item`, or into the blob store and its name into `item`.
pub(crate) async fn store(item: &mut Item, body: &[u8], blobs: &S3BlobStore) -> Result<(), Unavailable> {
    let (name, value) = if body.len() <= LARGEST_INLINE {
        (BODY, AttributeValue::B(Blob::new(body)))
    } else {
        (BODY_BLOB, text(blobs.put(body).await?))
    };
    item.insert(name.to_owned(), value);
    Ok(())
}

/// The body of an item of `port`.
pub(crate) async fn load(item: &Item, blobs: &S3BlobStore, port: &'static str) -> Result<Vec<u8>, Unavailable> {
    if let Some(body) = item.get(BODY).and_then(|body| body.as_b().ok()) {
        return Ok(body.as_ref().to_vec());
    }
    let name = text_of(item, BODY_BLOB).ok_or_else(|| damaged(port, BODY))?;
    let body = blobs.get(name).await?;
    body.ok_or_else(|| failed(port, format!("the body {name} is no longer in the bucket; what has removed it?")))
}
