//! Work that is due later than a queue can hold back: an item a message, found through an index by the time at which it may be handed out.
//!
//! Whoever takes a message writes the end of its lease into `available_at`, on condition that the message is still available;
//! so of several takers one gets it, and the index moves it to the end of the lease. The index follows the table within
//! moments, so a message may be found a little late, and one that is found may be another's already, which the condition shows.

use crate::blob_store::S3BlobStore;
use crate::body;
use crate::failure::unavailable;
use crate::item::{Item, damaged, item, name_of, named, number, number_of, text, text_of};
use crate::table::{Table, Update, Written};
use crate::tables::{SHARDS, shard_of};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::Select;
use futures_util::future::join_all;
use runtime_core::event::TeamId;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork};
use std::sync::Arc;
use std::time::Duration;

const NOT_BEFORE: &str = "not_before";
const AVAILABLE_AT: &str = "available_at";
const LANE: &str = "lane";
const TEAM: &str = "team";

/// How many messages a sweep has on their way at the same time.
const SWEPT_AT_ONCE: usize = 25;
/// How long a sweep may take for those, before another takes them over.
const SWEEP_LEASE: Duration = Duration::from_secs(60);
/// What is due so shortly within a sweep's reach is left to the next one: by a clock that was set back a little, it would be
/// beyond what a queue can hold back, and come back into this table, from which it is about to be removed.
const SWEEP_MARGIN: Duration = Duration::from_secs(30);

/// [`DueWork`] over a table of DynamoDB, and the bucket for large bodies.
pub struct DynamoDueTable {
    table: Table,
    blobs: Arc<S3BlobStore>,
}

impl DynamoDueTable {
    pub(crate) fn new(table: Table, blobs: Arc<S3BlobStore>) -> Self {
        Self { table, blobs }
    }

    /// Hands what is due within `within` from `now` over to the queue `to`, each with its own time, and returns how many. `within`
    /// is as long as that queue can hold a message back ([`LONGEST_DELAY`](crate::work::LONGEST_DELAY)). A message leaves the table
    /// when the queue has it; if the sweep ends in between, the next one hands it over again after a minute.
    ///
    /// # Errors
    /// The first message that was not handed over, or not removed. Others may have been.
    pub async fn sweep(&self, now: Timestamp, within: Duration, to: &dyn DelayedQueue) -> Result<usize, Unavailable> {
        let until = now.plus(within.saturating_sub(SWEEP_MARGIN));
        let mut swept = 0;
        loop {
            // Leases end beyond what this sweep looks at, so it ends.
            let taken = self.take(until, until.plus(SWEEP_LEASE), SWEPT_AT_ONCE).await?;
            if taken.is_empty() {
                return Ok(swept);
            }
            swept += taken.len();
            let hand_over = async |message: DelayedMessage| {
                let id = message.id.clone();
                to.send(message).await?;
                self.finish(&id).await
            };
            join_all(taken.into_iter().map(hand_over)).await.into_iter().collect::<Result<(), Unavailable>>()?;
        }
    }

    /// The ids of the first `limit` messages of a partition that may be handed out at `now`, with the times since when.
    async fn available(&self, shard: u8, now: Timestamp, limit: usize) -> Result<Vec<(i64, String)>, Unavailable> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let request = self
                .table
                .query_shard(shard)
                .key_condition_expression("#shard = :shard AND #available_at <= :now")
                .expression_attribute_names("#available_at", AVAILABLE_AT)
                .expression_attribute_values(":now", number(now.0))
                .limit(i32::try_from(limit - found.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(|error| unavailable(self.table.port, "Query", &error))?;
            for key in page.items() {
                let id = text_of(key, "id").ok_or_else(|| damaged(self.table.port, "id"))?;
                found.push((self.time_of(key, AVAILABLE_AT)?.0, id.to_owned()));
            }
            start = page.last_evaluated_key;
            if start.is_none() || found.len() >= limit {
                return Ok(found);
            }
        }
    }

    /// Leases a message; `None` if somebody else was faster.
    async fn lease(
        &self,
        id: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<DelayedMessage>, Unavailable> {
        // Tells this lease from one of somebody else that ends at the same time.
        let lease = uuid::Uuid::new_v4().to_string();
        let update = Update {
            key: key_of(id),
            update: "SET #available_at = :until, #lease = :lease",
            condition: "attribute_exists(#id) AND #available_at <= :now",
            names: Vec::new(),
            values: vec![(":until", number(lease_until.0)), (":lease", text(&lease)), (":now", number(now.0))],
        };
        match self.table.update(update).await? {
            Written::Done(item) => Ok(Some(self.message(&item).await?)),
            // Done before, and its reply was lost.
            Written::Refused(Some(item)) if text_of(&item, "lease") == Some(&lease) => {
                Ok(Some(self.message(&item).await?))
            }
            Written::Refused(_) => Ok(None),
        }
    }

    async fn message(&self, item: &Item) -> Result<DelayedMessage, Unavailable> {
        let port = self.table.port;
        let body = body::load(item, &self.blobs, port).await?;
        Ok(DelayedMessage {
            id: text_of(item, "id").ok_or_else(|| damaged(port, "id"))?.to_owned(),
            lane: text_of(item, LANE).and_then(named).ok_or_else(|| damaged(port, LANE))?,
            team: number_of(item, TEAM).map(TeamId),
            not_before: self.time_of(item, NOT_BEFORE)?,
            body: String::from_utf8(body).map_err(|_| damaged(port, "body"))?,
        })
    }

    fn time_of(&self, item: &Item, name: &str) -> Result<Timestamp, Unavailable> {
        number_of(item, name).map(Timestamp).ok_or_else(|| damaged(self.table.port, name))
    }

    /// How many messages a partition has.
    async fn count(&self, shard: u8) -> Result<u64, Unavailable> {
        let (mut count, mut start) = (0, None);
        loop {
            let request = self.table.query_shard(shard).select(Select::Count).set_exclusive_start_key(start);
            let page = request.send().await.map_err(|error| unavailable(self.table.port, "Query", &error))?;
            count += u64::try_from(page.count).unwrap_or(0);
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }
}

#[async_trait]
impl DelayedQueue for DynamoDueTable {
    async fn send(&self, message: DelayedMessage) -> Result<(), Unavailable> {
        let mut stored = key_of(&message.id);
        stored.extend(item([
            ("shard", text(shard_of(&message.id))),
            (NOT_BEFORE, number(message.not_before.0)),
            (AVAILABLE_AT, number(message.not_before.0)),
            (LANE, text(name_of(&message.lane))),
        ]));
        stored.extend(message.team.map(|team| (TEAM.to_owned(), number(team))));
        body::store(&mut stored, message.body.as_bytes(), &self.blobs).await?;
        self.table.put_new(stored, "id").await
    }
}

#[async_trait]
impl DueWork for DynamoDueTable {
    async fn take(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: usize,
    ) -> Result<Vec<DelayedMessage>, Unavailable> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut available = Vec::new();
        for shard in 0..SHARDS {
            available.extend(self.available(shard, now, limit).await?);
        }
        available.sort_unstable();
        let mut taken = Vec::new();
        for (_, id) in available {
            if taken.len() == limit {
                break;
            }
            match self.lease(&id, now, lease_until).await {
                Ok(message) => taken.extend(message),
                // What is leased already must reach the caller, or it would wait for the end of its lease.
                Err(_) if !taken.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        taken.sort_by_key(|message| message.not_before);
        Ok(taken)
    }

    async fn finish(&self, id: &str) -> Result<(), Unavailable> {
        self.table.delete(key_of(id)).await
    }

    async fn waiting(&self) -> Result<(u64, Option<Timestamp>), Unavailable> {
        let (mut count, mut earliest) = (0, None);
        for shard in 0..SHARDS {
            count += self.count(shard).await?;
            let first = self.table.query_shard(shard).limit(1).send().await;
            let first = first.map_err(|error| unavailable(self.table.port, "Query", &error))?;
            for key in first.items() {
                let time = self.time_of(key, AVAILABLE_AT)?;
                earliest = Some(earliest.map_or(time, |earliest: Timestamp| earliest.min(time)));
            }
        }
        Ok((count, earliest))
    }
}

fn key_of(id: &str) -> Item {
    item([("id", text(id))])
}
