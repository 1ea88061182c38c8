//! The body of a response, read whole: within the app's `size` and `timeout`, and within what is kept in memory.

use super::decode::{Coding, DecodeError, decode};
use super::error::FetchError;
use crate::ports::clock::Clock;
use crate::ports::http::HttpError;
use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select};
use futures_util::stream::{BoxStream, StreamExt};
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A body that is still on its way. Dropping it closes the connection.
pub struct BodyReader {
    pub(super) stream: BoxStream<'static, Result<Bytes, HttpError>>,
    pub(super) url: Url,
    pub(super) coding: Coding,
    pub(super) limits: Limits,
    pub(super) timeout: Option<Duration>,
    pub(super) clock: Arc<dyn Clock>,
}

/// How large a body may be, in decoded bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The app's `size`; 0 is no limit.
    pub(super) size: u64,
    /// What is kept in memory for one response; counts the bytes as received, too.
    pub(super) max_response_bytes: u64,
}

impl Limits {
    fn exceeded(self, url: &Url) -> FetchError {
        match self.size {
            0 => FetchError::max_response_bytes(url, self.max_response_bytes),
            size if size > self.max_response_bytes => FetchError::max_response_bytes(url, self.max_response_bytes),
            size => FetchError::max_size(url, size),
        }
    }

    fn decoded(self) -> u64 {
        if self.size == 0 { self.max_response_bytes } else { self.size.min(self.max_response_bytes) }
    }
}

impl BodyReader {
    /// Reads and decodes the whole body. The time-out starts here, as in node-fetch.
    ///
    /// # Errors
    ///
    /// `body-timeout`, `max-size`, or `system` if the connection breaks or the body is not in the coding it claims.
    pub async fn read_all(mut self) -> Result<Bytes, FetchError> {
        let received = match self.timeout {
            None => self.receive().await?,
            Some(limit) => {
                let clock = Arc::clone(&self.clock);
                let deadline = clock.sleep_until(clock.elapsed().saturating_add(limit));
                let url = self.url.clone();
                // The body is asked first: one that is there in time is not late.
                match select(pin!(self.receive()), pin!(deadline)).await {
                    Either::Left((received, _)) => received?,
                    Either::Right(_) => return Err(FetchError::body_timeout(&url, limit)),
                }
            }
        };
        decode(self.coding, received, self.limits.decoded()).map_err(|error| match error {
            DecodeError::TooLarge => self.limits.exceeded(&self.url),
            DecodeError::Corrupt { reason, code } => FetchError::bad_body(&self.url, reason, code),
        })
    }

    async fn receive(&mut self) -> Result<Bytes, FetchError> {
        let limit = match self.coding {
            Coding::Identity => self.limits.decoded(),
            _ => self.limits.max_response_bytes,
        };
        let mut received = BytesMut::new();
        while let Some(chunk) = self.stream.next().await {
            let chunk = chunk.map_err(|error| self.broken(&error))?;
            if (received.len() + chunk.len()) as u64 > limit {
                return Err(match self.coding {
                    Coding::Identity => self.limits.exceeded(&self.url),
                    _ => FetchError::max_response_bytes(&self.url, limit),
                });
            }
            received.extend_from_slice(&chunk);
        }
        Ok(received.freeze())
    }

    fn broken(&self, error: &HttpError) -> FetchError {
        match error {
            HttpError::System { code, message } => FetchError::bad_body(&self.url, message, code),
            // The head has arrived, so the guard has long since agreed.
            HttpError::Refused { message } => FetchError::bad_body(&self.url, message, "ECONNREFUSED"),
        }
    }
}

impl fmt::Debug for BodyReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BodyReader").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}
