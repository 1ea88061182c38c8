//! A stack of its own for each test.

use adapter_aws::names::Names;
use adapter_aws::{AwsStore, sdk, tables};
use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::virtual_clock::VirtualClock;
use std::sync::Arc;

/// The variable with the emulator's address.
const ENDPOINT: &str = "HEDGEROW_TEST_AWS_ENDPOINT";

/// A time far ahead of the emulator's own clock, which removes what has ended on it, as DynamoDB does.
pub const NOW: Timestamp = Timestamp(4_102_444_800_000);

/// Tables, queues and a bucket that no other test sees, with a store over them.
pub struct Stack {
    pub account: String,
    pub config: SdkConfig,
    pub names: Names,
    pub clock: Arc<VirtualClock>,
    pub store: AwsStore,
}

/// The address of the emulator. A test that cannot run has failed.
pub fn endpoint() -> String {
    std::env::var(ENDPOINT)
        .unwrap_or_else(|_| panic!("{ENDPOINT} is not set, so there is no AWS: run cargo xtask test"))
}

/// A configuration for an account that nobody else has: the emulator keeps one for each access key of 12 digits.
pub async fn config(endpoint: &str, account: &str) -> SdkConfig {
    sdk::loader()
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(account, "secret", None, None, "test"))
        .load()
        .await
}

impl Stack {
    pub async fn new() -> Self {
        let account = format!("{:012}", uuid::Uuid::new_v4().as_u128() % 1_000_000_000_000);
        let config = config(&endpoint(), &account).await;
        let names = make(&config, &account).await;
        let clock = Arc::new(VirtualClock::at(NOW));
        let store = AwsStore::new(&config, &names, clock.clone());
        Self { account, config, names, clock, store }
    }
}

async fn make(config: &SdkConfig, account: &str) -> Names {
    let queues = aws_sdk_sqs::Client::new(config);
    let queue = async |name: &str| {
        queues.create_queue().queue_name(name).send().await.unwrap().queue_url.expect("a new queue has a URL")
    };
    let names = Names {
        cache_table: "cache".to_owned(),
        storage_table: "storage".to_owned(),
        dead_letters_table: "dead-letters".to_owned(),
        due_table: "due".to_owned(),
        documents_table: "documents".to_owned(),
        // The names of buckets are those of all accounts.
        bucket: format!("blobs-{account}"),
        output_queue_url: Some(queue("output").await),
        events_queue_url: queue("events").await,
        continuations_queue_url: queue("continuations").await,
        exports_queue_url: queue("exports").await,
        jobs_queue_url: queue("jobs").await,
        notifications_topic_arn: Some(topic(config).await),
    };
    for (name, table) in [
        (&names.cache_table, &tables::CACHE),
        (&names.storage_table, &tables::STORAGE),
        (&names.dead_letters_table, &tables::DEAD_LETTERS),
        (&names.due_table, &tables::DUE),
        (&names.documents_table, &tables::DOCUMENTS),
    ] {
        tables::create(config, name, table).await.unwrap();
    }
    objects(config).create_bucket().bucket(&names.bucket).send().await.unwrap();
    names
}

/// A topic.
async fn topic(config: &SdkConfig) -> String {
    let topic = aws_sdk_sns::Client::new(config).create_topic().name("notifications").send().await.unwrap();
    topic.topic_arn.expect("a new topic has an ARN")
}

/// A client of the bucket.
pub fn objects(config: &SdkConfig) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(config).force_path_style(true).build())
}
