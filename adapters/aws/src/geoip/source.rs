//! Where the database comes from.

use super::ObjectName;
use crate::failure::unavailable;
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};

/// One object.
#[async_trait]
pub(super) trait Source: Send + Sync {
    /// What people call it.
    fn name(&self) -> &str;

    /// The object as it is now; `None` if its ETag is still `unless`.
    async fn get(&self, unless: Option<&str>) -> Result<Option<Object>, Failure>;
}

/// An object on its way.
pub(super) struct Object {
    pub(super) etag: Option<String>,
    /// How many bytes there are to come.
    pub(super) length: Option<u64>,
    /// Ends with an error if what came is not what was stored.
    pub(super) body: BoxStream<'static, Result<Bytes, Failure>>,
}

/// Why there is no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is missing or broken, and somebody has to do something about it.
    Unusable {
        message: String,
        /// The ETag of the content that is known to be broken.
        etag: Option<String>,
    },
    /// It could not be fetched this time.
    Unavailable(String),
}

impl Failure {
    pub(super) fn message(&self) -> &str {
        match self {
            Self::Unusable { message, .. } | Self::Unavailable(message) => message,
        }
    }
}

/// An object of S3.
pub(super) struct S3Object {
    client: Client,
    object: ObjectName,
    name: String,
}

impl S3Object {
    pub(super) fn new(client: Client, object: ObjectName) -> Self {
        let name = format!("s3://{}/{}", object.bucket, object.key);
        Self { client, object, name }
    }

    /// What to make of a request that got no object.
    fn failure(&self, error: &SdkError<GetObjectError>) -> Failure {
        let name = &self.name;
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or("no code");
        let what_to_do = match error.raw_response().map(|response| response.status().as_u16()) {
            Some(404) => "put an unpacked .mmdb file there, or deploy with another GeoIpObject",
            // What a role that may not list the bucket is told of a missing object, too.
            Some(403) => {
                "is the object there? Else it may be out of the function's reach: a bucket of another account, or a key of KMS \
                 that its role may not use"
            }
            Some(301 | 400) => {
                "a GeoIpBucket has to be in the Region of the stack, and its object readable without a key of one's own"
            }
            _ => return Failure::Unavailable(unavailable(super::PORT, "GetObject", error).message),
        };
        Failure::Unusable { message: format!("{name} cannot be read ({code}): {what_to_do}"), etag: None }
    }
}

#[async_trait]
impl Source for S3Object {
    fn name(&self) -> &str {
        &self.name
    }

    async fn get(&self, unless: Option<&str>) -> Result<Option<Object>, Failure> {
        let request = self.client.get_object().bucket(&self.object.bucket).key(&self.object.key);
        // The SDK then compares the body with the checksum that S3 stored with it.
        let request = request.checksum_mode(ChecksumMode::Enabled).set_if_none_match(unless.map(str::to_owned));
        match request.send().await {
            Ok(GetObjectOutput { e_tag, content_length, body, .. }) => Ok(Some(Object {
                etag: e_tag,
                length: content_length.and_then(|length| u64::try_from(length).ok()),
                body: chunks(body),
            })),
            Err(error) if error.raw_response().is_some_and(|response| response.status().as_u16() == 304) => Ok(None),
            Err(error) => Err(self.failure(&error)),
        }
    }
}

fn chunks(body: ByteStream) -> BoxStream<'static, Result<Bytes, Failure>> {
    let next = |mut body: ByteStream| async move { body.next().await.map(|chunk| (chunk, body)) };
    let chunks = stream::unfold(body, next);
    chunks.map(|chunk| chunk.map_err(|error| broken_off(&error))).boxed()
}

/// A connection that breaks off is tried again; a content that is not that of its checksum was stored so.
fn broken_off(error: &dyn std::error::Error) -> Failure {
    let message = format!("GetObject: {}", crate::sdk::with_causes(error));
    if message.contains("checksum mismatch") {
        let message = format!("{message}: the object is damaged, put it there again");
        Failure::Unusable { message, etag: None }
    } else {
        Failure::Unavailable(message)
    }
}
