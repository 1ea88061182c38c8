//! The ports of `runtime_core` over DynamoDB, SQS and S3.
//!
//! [`AwsStore`] is built from an SDK configuration and the [`Names`] of tables, queues and a bucket, and hands out one value a
//! port. Anything may be called from any number of execution environments at once.
//!
//! **A reply may be lost after the write was done**, and the SDK then sends the request again by itself. So every write is
//! either the same when it is done twice, or leaves a mark by which the second recognises the first (`table`). What SQS gets can
//! arrive twice: its messages carry ids of their own.

mod attempts;
pub mod blob_store;
mod body;
pub mod cache;
pub mod captures;
pub mod dead_letters;
pub mod delayed_queue;
mod digest;
pub mod event_sink;
mod failure;
mod item;
pub mod names;
mod queue;
pub mod sdk;
pub mod storage;
mod table;
pub mod tables;

use aws_config::SdkConfig;
use blob_store::S3BlobStore;
use cache::DynamoCache;
use captures::SqsCaptures;
use dead_letters::DynamoDeadLetters;
use delayed_queue::DynamoDelayedQueue;
use event_sink::SqsEventSink;
use names::{Names, NamesError};
use queue::Queue;
use runtime_core::ports::clock::Clock;
use std::fmt;
use std::sync::Arc;
use storage::DynamoStorage;
use table::Table;

/// Everything that hedgerow keeps in one AWS account and Region.
#[derive(Clone)]
pub struct AwsStore {
    cache: Arc<DynamoCache>,
    storage: Arc<DynamoStorage>,
    dead_letters: Arc<DynamoDeadLetters>,
    delayed_queue: Arc<DynamoDelayedQueue>,
    blob_store: Arc<S3BlobStore>,
    event_sink: Arc<SqsEventSink>,
    captures: Arc<SqsCaptures>,
}

impl AwsStore {
    /// Everything over `config`, best made with [`sdk::loader`]. `clock` says when keys of the cache end. Calls nothing.
    #[must_use]
    pub fn new(config: &SdkConfig, names: &Names, clock: Arc<dyn Clock>) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        let sqs = aws_sdk_sqs::Client::new(config);
        let table = |name: &str, port| Table::new(dynamodb.clone(), name.to_owned(), port);
        let blob_store = Arc::new(S3BlobStore::new(sdk::s3_client(config), names.bucket.clone()));
        let queue = |url: &str, port| Queue::new(sqs.clone(), url.to_owned(), Arc::clone(&blob_store), port);
        Self {
            cache: Arc::new(DynamoCache::new(table(&names.cache_table, "cache"), clock)),
            storage: Arc::new(DynamoStorage::new(table(&names.storage_table, "storage"))),
            dead_letters: Arc::new(DynamoDeadLetters::new(
                table(&names.dead_letters_table, "dead letters"),
                Arc::clone(&blob_store),
            )),
            delayed_queue: Arc::new(DynamoDelayedQueue::new(
                table(&names.due_table, "delayed queue"),
                Arc::clone(&blob_store),
            )),
            event_sink: Arc::new(SqsEventSink::new(queue(&names.output_queue_url, "event sink"))),
            captures: Arc::new(SqsCaptures::new(queue(&names.events_queue_url, "captures"))),
            blob_store,
        }
    }

    /// Everything as the environment of the process says: [`names`] lists our variables, and the SDK reads its own
    /// (`AWS_REGION`, credentials, `AWS_ENDPOINT_URL`).
    ///
    /// # Errors
    /// When a variable is missing or cannot be what it should.
    pub async fn from_environment(clock: Arc<dyn Clock>) -> Result<Self, NamesError> {
        let names = Names::from_environment()?;
        Ok(Self::new(&sdk::loader().load().await, &names, clock))
    }

    /// The cache of all apps.
    #[must_use]
    pub fn cache(&self) -> Arc<DynamoCache> {
        Arc::clone(&self.cache)
    }

    /// The storage of all installations.
    #[must_use]
    pub fn storage(&self) -> Arc<DynamoStorage> {
        Arc::clone(&self.storage)
    }

    /// The dead letters.
    #[must_use]
    pub fn dead_letters(&self) -> Arc<DynamoDeadLetters> {
        Arc::clone(&self.dead_letters)
    }

    /// The queue of work for later.
    #[must_use]
    pub fn delayed_queue(&self) -> Arc<DynamoDelayedQueue> {
        Arc::clone(&self.delayed_queue)
    }

    /// The blobs.
    #[must_use]
    pub fn blob_store(&self) -> Arc<S3BlobStore> {
        Arc::clone(&self.blob_store)
    }

    /// The queue of final events.
    #[must_use]
    pub fn event_sink(&self) -> Arc<SqsEventSink> {
        Arc::clone(&self.event_sink)
    }

    /// The way of captured events back to the events queue.
    #[must_use]
    pub fn captures(&self) -> Arc<SqsCaptures> {
        Arc::clone(&self.captures)
    }
}

impl fmt::Debug for AwsStore {
    /// Only the name: what apps keep belongs in no log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AwsStore").finish_non_exhaustive()
    }
}
