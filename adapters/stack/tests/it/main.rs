//! What is read and asked of a stack, at an emulator of AWS, and at a server that answers in pages.

// `cfg(test)` although all of it is a test: clippy then knows it of the helpers too.
#[cfg(test)]
mod answers;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod secret_stores;

use adapter_aws::{SdkConfig, sdk};
use aws_sdk_cloudwatchlogs::config::{Credentials, Region};

/// The variable with the emulator's address.
const ENDPOINT: &str = "HEDGEROW_TEST_AWS_ENDPOINT";

/// An account of the emulator that no other test has: it keeps one for each access key of 12 digits.
async fn account() -> SdkConfig {
    let endpoint = std::env::var(ENDPOINT)
        .unwrap_or_else(|_| panic!("{ENDPOINT} is not set, so there is no AWS: run cargo xtask test"));
    at(&endpoint, &format!("{:012}", uuid::Uuid::new_v4().as_u128() % 1_000_000_000_000)).await
}

async fn at(endpoint: &str, access_key: &str) -> SdkConfig {
    sdk::loader()
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(access_key, "secret", None, None, "test"))
        .load()
        .await
}
