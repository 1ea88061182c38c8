//! Errors of the SDK as errors of a port.

use crate::ask::with_causes;
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
    let message = match error.as_service_error() {
        Some(service) => {
            let code = service.code().unwrap_or("unknown error");
            let hint = if code.contains("AccessDenied") { "; allow this action to your user or role" } else { "" };
            let reason = service.message().unwrap_or("the service gave no reason");
            format!("{operation}: {code}: {reason}{hint}")
        }
        None => format!("{operation}: {}", with_causes(error)),
    };
    Unavailable { port, message, source: None }
}
