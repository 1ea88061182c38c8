//! Errors of the SDK as errors of a port.

use crate::sdk::with_causes;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use runtime_core::ports::Unavailable;
use runtime_core::ports::key_value::KeyValueError;
use std::error::Error;

/// The error of `port` whose request `operation` failed for good.
///
/// Only the code and the message of the service are kept: the SDK's own error holds the whole response, and with it values of
/// apps that belong in no log.
pub(crate) fn unavailable<E, R>(port: &'static str, operation: &str, error: &SdkError<E, R>) -> Unavailable
where
    E: Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug,
{
    let message = match error.as_service_error() {
        Some(service) => format!(
            "{operation}: {}: {}",
            service.code().unwrap_or("unknown error"),
            service.message().unwrap_or("the service gave no reason")
        ),
        None => format!("{operation}: {}", with_causes(error)),
    };
    failed(port, message)
}

/// The error of `port` with this message.
pub(crate) fn failed(port: &'static str, message: impl Into<String>) -> Unavailable {
    Unavailable { port, message: message.into(), source: None }
}

/// What an app asked for cannot be done; `message` is thrown into it.
pub(crate) fn refused(message: &str) -> KeyValueError {
    KeyValueError::Refused(message.to_owned())
}
