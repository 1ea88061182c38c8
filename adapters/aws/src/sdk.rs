//! How the AWS SDK is set up here.

use crate::authorities;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

/// How often a request is sent at most. With 3, the SDK's own number, one call in five fails while DynamoDB throttles 30 % of the
/// requests; with 10, hardly one in a hundred thousand.
const ATTEMPTS: u32 = 10;
/// The first wait between two attempts, and the longest: the SDK's own, of up to 20 s, would use up the 30 s that an app may wait
/// for one of its calls.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_millis(1500);

/// A loader of the SDK's configuration: TLS by rustls with ring, 10 attempts a request, and limits of time. Set what differs (an
/// endpoint, credentials), then call `load`, which reads the SDK's own variables and files.
///
/// Trusted are the authorities of the system (or of `SSL_CERT_FILE`, in their place), and those of `AWS_CA_BUNDLE` and
/// `NODE_EXTRA_CA_CERTS` besides.
#[must_use]
pub fn loader() -> ConfigLoader {
    let trust = authorities::trust(|name| std::env::var_os(name));
    let tls = TlsContext::builder().with_trust_store(trust).build().expect("a trust store is all that is set");
    let https = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build_https();
    // An attempt that hangs must leave time for another one within the deadline of a Lambda invocation.
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(8))
        // Less than the 30 s of an app's `await`: a table out of reach puts work off, and is no time-out of the app.
        .operation_timeout(Duration::from_secs(20))
        .build();
    // Fixed, so that an update of the SDK cannot change its defaults under us.
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(https)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(FIRST_WAIT)
                .with_max_backoff(LONGEST_WAIT),
        )
        .timeout_config(timeouts)
}

/// An error with its causes: one of the SDK says `dispatch failure` and leaves what happened to its sources. Not its debug form,
/// which holds whole requests and answers.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        write!(text, ": {cause}").expect("a String takes everything that is written to it");
        source = cause.source();
    }
    text
}

/// A client of S3. At an endpoint of one's own the bucket is in the path, as its name in front of `127.0.0.1` would name no host.
pub(crate) fn s3_client(config: &SdkConfig) -> aws_sdk_s3::Client {
    let own_endpoint = config.endpoint_url().is_some();
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(own_endpoint).build();
    aws_sdk_s3::Client::from_conf(config)
}
