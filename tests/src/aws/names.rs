//! What a stack of a test is made of.

use adapter_aws::names::Names;
use adapter_aws::{names, sdk, tables};
use aws_config::{Region, SdkConfig};
use aws_sdk_sqs::config::Credentials;
use aws_sdk_sqs::types::QueueAttributeName;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The variable with the emulator's address.
const ENDPOINT: &str = "HEDGEROW_TEST_AWS_ENDPOINT";
const REGION: &str = "us-east-1";
/// How long a received message is invisible: longer than a test takes.
const VISIBILITY_SECONDS: &str = "600";

/// The address of the emulator. A test that cannot run has failed.
///
/// # Panics
///
/// If there is none.
pub fn endpoint() -> String {
    std::env::var(ENDPOINT)
        .unwrap_or_else(|_| panic!("{ENDPOINT} is not set, so there is no AWS: run cargo xtask test"))
}

/// An account that nobody else has: the emulator keeps one for each access key of 12 digits.
pub fn new_account() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_nanos();
    let unique = nanoseconds / 1_000 + u128::from(std::process::id()) * 1_000_000_007;
    let unique = unique + u128::from(COUNT.fetch_add(1, Ordering::Relaxed)) * 1_000_003;
    format!("{:012}", unique % 1_000_000_000_000)
}

/// A configuration of the SDK for that account.
pub async fn config(account: &str) -> SdkConfig {
    sdk::loader()
        .endpoint_url(endpoint())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(account, "secret", None, None, "test"))
        .load()
        .await
}

/// Makes tables, queues and a bucket.
pub async fn make(config: &SdkConfig, account: &str) -> Names {
    let names = Names {
        cache_table: "cache".to_owned(),
        storage_table: "storage".to_owned(),
        dead_letters_table: "dead-letters".to_owned(),
        due_table: "due".to_owned(),
        documents_table: "documents".to_owned(),
        // The names of buckets are those of all accounts.
        bucket: format!("hedgerow-{account}"),
        output_queue_url: Some(make_queue(config, "output").await),
        events_queue_url: make_queue(config, "stack-events").await,
        continuations_queue_url: make_queue(config, "stack-continuations").await,
        exports_queue_url: make_queue(config, "stack-exports").await,
        jobs_queue_url: make_queue(config, "stack-jobs").await,
        notifications_topic_arn: None,
    };
    for (name, table) in [
        (&names.cache_table, &tables::CACHE),
        (&names.storage_table, &tables::STORAGE),
        (&names.dead_letters_table, &tables::DEAD_LETTERS),
        (&names.due_table, &tables::DUE),
        (&names.documents_table, &tables::DOCUMENTS),
    ] {
        tables::create(config, name, table).await.expect("the emulator makes tables");
    }
    objects(config).create_bucket().bucket(&names.bucket).send().await.expect("the emulator makes buckets");
    names
}

/// Makes a queue and tells its URL.
pub async fn make_queue(config: &SdkConfig, name: &str) -> String {
    let request = aws_sdk_sqs::Client::new(config)
        .create_queue()
        .queue_name(name)
        .attributes(QueueAttributeName::VisibilityTimeout, VISIBILITY_SECONDS);
    request.send().await.expect("the emulator makes queues").queue_url.expect("a new queue has a URL")
}

/// A client of the bucket.
pub fn objects(config: &SdkConfig) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(config).force_path_style(true).build())
}

/// How a program of ours finds that account.
pub fn connection(account: &str) -> Vec<(String, String)> {
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", account.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
    ];
    variables.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// What a function finds in its environment.
pub fn environment(names: &Names, account: &str) -> Vec<(String, String)> {
    let mut environment = vec![
        (names::CACHE_TABLE, names.cache_table.as_str()),
        (names::STORAGE_TABLE, &names.storage_table),
        (names::DEAD_LETTERS_TABLE, &names.dead_letters_table),
        (names::DUE_TABLE, &names.due_table),
        (names::DOCUMENTS_TABLE, &names.documents_table),
        (names::BUCKET, &names.bucket),
        (names::EVENTS_QUEUE_URL, &names.events_queue_url),
        (names::CONTINUATIONS_QUEUE_URL, &names.continuations_queue_url),
        (names::EXPORTS_QUEUE_URL, &names.exports_queue_url),
        (names::JOBS_QUEUE_URL, &names.jobs_queue_url),
        ("HEDGEROW_SINK", "queue"),
        ("HEDGEROW_INSTALLATIONS", super::stack::INSTALLATIONS),
    ];
    if let Some(url) = &names.output_queue_url {
        environment.push((names::OUTPUT_QUEUE_URL, url));
    }
    let named = environment.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    connection(account).into_iter().chain(named).collect()
}
