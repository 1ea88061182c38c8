//! The ports of `runtime_core` over DynamoDB, SQS, S3, SNS and KMS.
//!
//! [`AwsStore`] is built from an SDK configuration and the [`Names`] of tables, queues and a bucket, and hands out one value a
//! port. Anything may be called from any number of execution environments at once.
//!
//! **A reply may be lost after the write was done**, and the SDK then sends the request again by itself. So every write is
//! either the same when it is done twice, or leaves a mark by which the second recognises the first (`table`). What SQS gets can
//! arrive twice: its messages carry ids of their own.

mod attempts;
mod authorities;
pub mod blob_store;
mod body;
pub mod cache;
pub mod captures;
pub mod claims;
pub mod data_keys;
pub mod dead_letters;
mod digest;
pub mod documents;
pub mod due_table;
pub mod event_sink;
mod failure;
pub mod final_events;
pub mod geoip;
pub mod installations;
pub mod intake;
mod item;
pub mod names;
pub mod notifier;
mod queue;
pub mod receipts;
pub mod registry;
pub mod sdk;
pub mod storage;
mod table;
pub mod tables;
pub mod work;

pub use aws_config::SdkConfig;

use blob_store::{Prefix, S3BlobStore};
use cache::DynamoCache;
use captures::SqsCaptures;
use claims::{BodyError, Claims};
use dead_letters::DynamoDeadLetters;
use documents::DynamoDocuments;
use due_table::DynamoDueTable;
use event_sink::SqsEventSink;
use installations::{Installations, InstallationsError};
use names::Names;
use notifier::{LogNotifier, SnsNotifier};
use queue::Queue;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::notifier::Notifier;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use storage::DynamoStorage;
use table::Table;
use work::{Lanes, SqsWork};

/// Everything that hedgerow keeps in one AWS account and Region.
#[derive(Clone)]
pub struct AwsStore {
    cache: Arc<DynamoCache>,
    storage: Arc<DynamoStorage>,
    dead_letters: Arc<DynamoDeadLetters>,
    documents: Arc<DynamoDocuments>,
    due_table: Arc<DynamoDueTable>,
    work: Arc<SqsWork>,
    claims: Claims,
    event_sink: Option<Arc<SqsEventSink>>,
    captures: Arc<SqsCaptures>,
    notifier: Arc<dyn Notifier>,
}

impl AwsStore {
    /// Everything over `config`, best made with [`sdk::loader`]. `clock` says when keys of the cache and
    /// documents end, and how long work waits. Calls nothing.
    #[must_use]
    pub fn new(config: &SdkConfig, names: &Names, clock: Arc<dyn Clock>) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        let (sqs, s3) = (aws_sdk_sqs::Client::new(config), sdk::s3_client(config));
        let objects = |prefix| Arc::new(S3BlobStore::new(s3.clone(), names.bucket.clone(), prefix));
        let claims = Claims { claims: objects(Prefix::Claims), blobs: objects(Prefix::Blobs) };
        let table = |name: &str, port| Table::new(dynamodb.clone(), name.to_owned(), port);
        let queue = |url: &str, port| Queue::new(sqs.clone(), url.to_owned(), Arc::clone(&claims.claims), port);
        let blobs = || Arc::clone(&claims.blobs);
        let due_table = Arc::new(DynamoDueTable::new(table(&names.due_table, "delayed queue"), blobs()));
        let lanes = Lanes {
            events: queue(&names.events_queue_url, "delayed queue"),
            continuations: queue(&names.continuations_queue_url, "delayed queue"),
            exports: queue(&names.exports_queue_url, "delayed queue"),
            jobs: queue(&names.jobs_queue_url, "delayed queue"),
        };
        let sink = |url: &String| Arc::new(SqsEventSink::new(queue(url, "event sink")));
        Self {
            cache: Arc::new(DynamoCache::new(table(&names.cache_table, "cache"), Arc::clone(&clock))),
            storage: Arc::new(DynamoStorage::new(table(&names.storage_table, "storage"))),
            dead_letters: Arc::new(DynamoDeadLetters::new(table(&names.dead_letters_table, "dead letters"), blobs())),
            documents: Arc::new(DynamoDocuments::new(table(&names.documents_table, "documents"), Arc::clone(&clock))),
            work: Arc::new(SqsWork::new(lanes, Arc::clone(&due_table), clock)),
            due_table,
            event_sink: names.output_queue_url.as_ref().map(sink),
            captures: Arc::new(SqsCaptures::new(queue(&names.events_queue_url, "captures"))),
            notifier: notifier(config, names),
            claims,
        }
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

    /// The documents.
    #[must_use]
    pub fn documents(&self) -> Arc<DynamoDocuments> {
        Arc::clone(&self.documents)
    }

    /// The queues of work for others and for later.
    #[must_use]
    pub fn work(&self) -> Arc<SqsWork> {
        Arc::clone(&self.work)
    }

    /// The table of what is due later than a queue can hold back.
    #[must_use]
    pub fn due_table(&self) -> Arc<DynamoDueTable> {
        Arc::clone(&self.due_table)
    }

    /// The blobs that stay: bundles, attachments.
    #[must_use]
    pub fn blob_store(&self) -> Arc<S3BlobStore> {
        Arc::clone(&self.claims.blobs)
    }

    /// The queue of final events, where the stack has one.
    #[must_use]
    pub fn event_sink(&self) -> Option<Arc<SqsEventSink>> {
        self.event_sink.clone()
    }

    /// The topic of notifications, or the log.
    #[must_use]
    pub fn notifier(&self) -> Arc<dyn Notifier> {
        Arc::clone(&self.notifier)
    }

    /// The installations that the object `key` of the bucket lists.
    ///
    /// # Errors
    /// When there is no such list, or the bucket is out of reach. What is wrong with a single installation is no error.
    pub async fn installations(&self, key: &str) -> Result<Installations, InstallationsError> {
        installations::read(&self.claims.blobs, key).await
    }

    /// The body of a message that came with these attributes (their names and text values): itself, or what it stands for in
    /// the bucket.
    ///
    /// # Errors
    /// [`BodyError::Lost`], which is final, and [`BodyError::Unavailable`], which is not.
    pub async fn body_of(&self, body: Vec<u8>, attributes: &HashMap<String, String>) -> Result<Vec<u8>, BodyError> {
        self.claims.body_of(body, attributes).await
    }

    /// The way of captured events back to the events queue.
    #[must_use]
    pub fn captures(&self) -> Arc<SqsCaptures> {
        Arc::clone(&self.captures)
    }
}

fn notifier(config: &SdkConfig, names: &Names) -> Arc<dyn Notifier> {
    match &names.notifications_topic_arn {
        Some(topic_arn) => Arc::new(SnsNotifier::new(aws_sdk_sns::Client::new(config), topic_arn.clone())),
        None => Arc::new(LogNotifier),
    }
}

impl fmt::Debug for AwsStore {
    /// Only the name: what apps keep belongs in no log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AwsStore").finish_non_exhaustive()
    }
}
