//! Errors of the SDK as errors of a port.

use crate::ask::AskError;
use aws_sdk_cloudwatch::error::{ProvideErrorMetadata, SdkError};
use runtime_core::ports::Unavailable;
use std::error::Error;
use std::fmt::Debug;

/// The error of `port` whose `operation`, named as IAM names it, was not done.
pub(crate) fn unavailable<E, R>(port: &'static str, operation: &str, error: &SdkError<E, R>) -> Unavailable
where
    E: Error + ProvideErrorMetadata + 'static,
    R: Debug,
{
    Unavailable { port, message: AskError::of(operation, error).advised(), source: None }
}
