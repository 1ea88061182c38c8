//! Who asks, and what the account has.

use crate::ask::AskError;
use adapter_aws::{SdkConfig, sdk};
use aws_sdk_sts::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_sdk_sts::primitives::{DateTime, DateTimeFormat};
use runtime_core::ports::clock::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

/// The account and Region of the environment, before anything is known of a stack in it.
#[derive(Clone)]
pub struct Account {
    pub(crate) config: SdkConfig,
}

/// Who the credentials say that we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account's number.
    pub account: String,
    /// The user or role.
    pub arn: String,
}

/// What an account lets run at the same time, over all its functions in the Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    /// Environments in all.
    pub total: i32,
    /// Those that no function has reserved.
    pub unreserved: i32,
}

impl Account {
    /// That of the environment. Calls nothing yet but what credentials need.
    pub async fn of_environment() -> Self {
        Self { config: sdk::loader().load().await }
    }

    /// Over this configuration.
    #[must_use]
    pub fn new(config: SdkConfig) -> Self {
        Self { config }
    }

    /// The Region, if one is set.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        self.config.region().map(ToString::to_string)
    }

    /// Who we are, and what the time is at AWS, which is known of an answer that refuses, too.
    pub async fn caller(&self) -> (Result<Caller, AskError>, Option<Timestamp>) {
        let date = DateOfAnswer::default();
        let watched = aws_sdk_sts::config::Builder::from(&self.config).interceptor(date.clone());
        let client = aws_sdk_sts::Client::from_conf(watched.build());
        let answer = client.get_caller_identity().send().await;
        let caller = answer
            .map_err(|error| AskError::of("sts:GetCallerIdentity", &error))
            .map(|caller| Caller { account: caller.account.unwrap_or_default(), arn: caller.arn.unwrap_or_default() });
        (caller, date.seen())
    }

    /// How much may run at the same time.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn concurrency(&self) -> Result<Concurrency, AskError> {
        let client = aws_sdk_lambda::Client::new(&self.config);
        let settings = client.get_account_settings().send().await;
        let settings = settings.map_err(|error| AskError::of("lambda:GetAccountSettings", &error))?;
        let limit = settings.account_limit.as_ref();
        let total = limit.map_or(0, aws_sdk_lambda::types::AccountLimit::concurrent_executions);
        let unreserved = limit.and_then(aws_sdk_lambda::types::AccountLimit::unreserved_concurrent_executions);
        Ok(Concurrency { total, unreserved: unreserved.unwrap_or(total) })
    }
}

/// Keeps the `Date` of the last answer.
#[derive(Debug, Clone, Default)]
struct DateOfAnswer(Arc<Mutex<Option<Timestamp>>>);

impl DateOfAnswer {
    fn seen(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for DateOfAnswer {
    fn name(&self) -> &'static str {
        "DateOfAnswer"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(time) = context.response().headers().get("date").and_then(time_of) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(time);
        }
        Ok(())
    }
}

fn time_of(date: &str) -> Option<Timestamp> {
    DateTime::from_str(date, DateTimeFormat::HttpDate).ok()?.to_millis().ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_a_time() {
        assert_eq!(time_of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Timestamp(784_111_777_000)));
        assert_eq!(time_of("yesterday"), None);
    }
}
