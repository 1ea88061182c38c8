//! Dead letters: an item each, found by time through an index of a few partitions.
//!
//! The index follows the table within moments, so a letter may be missing from a list that is made right after it.

use crate::blob_store::S3BlobStore;
use crate::body::{self, LARGEST_INLINE};
use crate::failure::unavailable;
use crate::item::{Item, damaged, item, number, number_of, text, text_of};
use crate::table::Table;
use crate::tables::{SHARDS, shard_of};
use async_trait::async_trait;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters};
use std::sync::Arc;

/// How many bytes of a message are kept; it is for a person, and an item has 400 KB with the body in it.
const LONGEST_MESSAGE: usize = 60_000;
/// How many bytes of an id are in the order of letters of one millisecond; an index takes 1,024 a key.
const LONGEST_ORDERED_ID: usize = 900;
const _: () = assert!(LARGEST_INLINE + LONGEST_MESSAGE < 390_000);

/// [`DeadLetters`] over a table of DynamoDB, and the bucket for large bodies.
pub struct DynamoDeadLetters {
    table: Table,
    blobs: Arc<S3BlobStore>,
}

impl DynamoDeadLetters {
    pub(crate) fn new(table: Table, blobs: Arc<S3BlobStore>) -> Self {
        Self { table, blobs }
    }

    /// The first `limit` of a partition of the index, as (order, id).
    async fn first_of_shard(&self, shard: u8, limit: usize) -> Result<Vec<(String, String)>, Unavailable> {
        let mut found: Vec<(String, String)> = Vec::new();
        let mut start = None;
        loop {
            let request = self
                .table
                .query_shard(shard)
                .limit(i32::try_from(limit - found.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(|error| unavailable(self.table.port, "Query", &error))?;
            for key in page.items() {
                let order = text_of(key, "order").ok_or_else(|| damaged(self.table.port, "order"))?;
                let id = text_of(key, "id").ok_or_else(|| damaged(self.table.port, "id"))?;
                found.push((order.to_owned(), id.to_owned()));
            }
            start = page.last_evaluated_key;
            if start.is_none() || found.len() >= limit {
                return Ok(found);
            }
        }
    }

    async fn letter(&self, item: &Item) -> Result<DeadLetter, Unavailable> {
        let port = self.table.port;
        let required = |name| text_of(item, name).map(str::to_owned).ok_or_else(|| damaged(port, name));
        Ok(DeadLetter {
            id: required("id")?,
            reason: reason_of(&required("reason")?).ok_or_else(|| damaged(port, "reason"))?,
            message: required("message")?,
            body: body::load(item, &self.blobs, port).await?,
            installation: number_of(item, "installation").map(InstallationId),
            function: text_of(item, "function").map(str::to_owned),
            team: number_of(item, "team").map(TeamId),
            created_at: Timestamp(number_of(item, "created_at").ok_or_else(|| damaged(port, "created_at"))?),
        })
    }
}

#[async_trait]
impl DeadLetters for DynamoDeadLetters {
    async fn put(&self, letter: DeadLetter) -> Result<(), Unavailable> {
        let mut stored = item([
            ("id", text(&letter.id)),
            ("shard", text(shard_of(&letter.id))),
            ("order", text(order_of(letter.created_at, &letter.id))),
            ("reason", text(reason_text(letter.reason))),
            ("message", text(start_of(&letter.message, LONGEST_MESSAGE))),
            ("created_at", number(letter.created_at.0)),
        ]);
        let optional = [
            ("installation", letter.installation.map(number)),
            ("function", letter.function.map(text)),
            ("team", letter.team.map(number)),
        ];
        stored.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        body::store(&mut stored, &letter.body, &self.blobs).await?;
        self.table.put(stored).await
    }

    async fn list(&self, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for shard in 0..SHARDS {
            found.extend(self.first_of_shard(shard, limit).await?);
        }
        found.sort_unstable();
        let mut letters = Vec::new();
        for (_, id) in found.into_iter().take(limit) {
            // One that was removed since it was found is no letter any more.
            if let Some(item) = self.table.get(item([("id", text(id))])).await? {
                letters.push(self.letter(&item).await?);
            }
        }
        Ok(letters)
    }
}

/// A text that sorts as time and id do.
fn order_of(created_at: Timestamp, id: &str) -> String {
    // The sign turned around: times before 1970 come before those after it.
    let time = created_at.0.cast_unsigned() ^ (1 << 63);
    format!("{time:020}/{}", start_of(id, LONGEST_ORDERED_ID))
}

/// At most `bytes` bytes of the start of a text.
fn start_of(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The reason as it is stored: its name in the port's JSON (`app_failed`).
fn reason_text(reason: DeadLetterReason) -> String {
    let json = serde_json::to_value(reason).expect("a reason without data is text in JSON");
    json.as_str().expect("a reason without data is text in JSON").to_owned()
}

fn reason_of(text: &str) -> Option<DeadLetterReason> {
    serde_json::from_value(text.into()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_by_time_then_id() {
        let times = [i64::MIN, -1, 0, 1, 10, 9_999_999_999_999, i64::MAX];
        let orders: Vec<_> =
            times.iter().flat_map(|time| ["a", "b"].map(|id| order_of(Timestamp(*time), id))).collect();
        assert!(orders.is_sorted(), "{orders:?}");
        assert!(order_of(Timestamp(0), &"é".repeat(1_000)).len() <= 1_024);
    }
}
