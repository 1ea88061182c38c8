//! Dead letters: an item each, found by time through an index of a few partitions.
//!
//! The index follows the table within moments, so a letter may be missing from a list that is made right after it. It holds keys
//! only: what a filter lets through shows in the items, which are read until the list is full.
//!
//! A claim is a token and the time at which it ends, in the letter's item; the token shows a claim whose reply was lost that it is
//! its own. Both stay there after [`DeadLetters::redriven`], which marks only letters that have them: a letter that was put again
//! in between is another failure, and stays open.

mod listing;

use crate::blob_store::S3BlobStore;
use crate::body::{self, LARGEST_INLINE};
use crate::item::{Item, damaged, item, name_of, named, number, number_of, text, text_of};
use crate::table::{Table, Update, Written};
use crate::tables::shard_of;
use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use listing::{Listing, order_of, start_of};
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{Claim, DeadLetter, DeadLetters, LetterFilter, LetterStates};
use std::sync::Arc;

/// How many bytes of a message are kept; it is for a person, and an item has 400 KB with the body in it.
const LONGEST_MESSAGE: usize = 60_000;
const _: () = assert!(LARGEST_INLINE + LONGEST_MESSAGE < 390_000);
/// How many items of a list are read at the same time.
const READS_AT_ONCE: usize = 16;

const CLAIM: &str = "claim";
const REDRIVEN_AT: &str = "redriven_at";

/// [`DeadLetters`] over a table of DynamoDB, and the bucket for large bodies.
pub struct DynamoDeadLetters {
    table: Table,
    blobs: Arc<S3BlobStore>,
}

impl DynamoDeadLetters {
    pub(crate) fn new(table: Table, blobs: Arc<S3BlobStore>) -> Self {
        Self { table, blobs }
    }

    async fn letter(&self, item: &Item) -> Result<DeadLetter, Unavailable> {
        let port = self.table.port;
        let required = |name| text_of(item, name).map(str::to_owned).ok_or_else(|| damaged(port, name));
        Ok(DeadLetter {
            id: required("id")?,
            reason: named(&required("reason")?).ok_or_else(|| damaged(port, "reason"))?,
            message: required("message")?,
            body: body::load(item, &self.blobs, port).await?,
            installation: number_of(item, "installation").map(InstallationId),
            function: text_of(item, "function").map(str::to_owned),
            team: number_of(item, "team").map(TeamId),
            created_at: Timestamp(number_of(item, "created_at").ok_or_else(|| damaged(port, "created_at"))?),
            redrive: serde_json::from_str(&required("redrive")?).map_err(|_| damaged(port, "redrive"))?,
            redriven_at: number_of(item, REDRIVEN_AT).map(Timestamp),
        })
    }

    /// The items of letters that were found in the index; one that was removed or put again since is not what was found.
    async fn items(&self, found: Vec<(String, String)>) -> Result<Vec<Item>, Unavailable> {
        let read = async |(order, id): (String, String)| {
            let item = self.table.get(key_of(&id)).await?;
            Ok::<_, Unavailable>(item.filter(|item| text_of(item, "order") == Some(&order)))
        };
        let items: Vec<Option<Item>> = stream::iter(found).map(read).buffered(READS_AT_ONCE).try_collect().await?;
        Ok(items.into_iter().flatten().collect())
    }
}

#[async_trait]
impl DeadLetters for DynamoDeadLetters {
    async fn put(&self, letter: DeadLetter) -> Result<(), Unavailable> {
        let mut stored = key_of(&letter.id);
        stored.extend(item([
            ("shard", text(shard_of(&letter.id))),
            ("order", text(order_of(letter.created_at, &letter.id))),
            ("reason", text(name_of(&letter.reason))),
            ("message", text(start_of(&letter.message, LONGEST_MESSAGE))),
            ("created_at", number(letter.created_at.0)),
            ("redrive", text(serde_json::to_string(&letter.redrive).expect("plain data always has a JSON form"))),
        ]));
        let optional = [
            ("installation", letter.installation.map(number)),
            ("function", letter.function.map(text)),
            ("team", letter.team.map(number)),
            (REDRIVEN_AT, letter.redriven_at.map(|at| number(at.0))),
        ];
        stored.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        body::store(&mut stored, &letter.body, &self.blobs).await?;
        self.table.put(stored).await
    }

    async fn list(&self, filter: &LetterFilter, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        let mut listing = Listing::new(&self.table, filter.since, filter.until);
        let mut letters = Vec::new();
        while letters.len() < limit {
            let found = listing.next(limit - letters.len()).await?;
            if found.is_empty() {
                break;
            }
            for item in self.items(found).await?.iter().filter(|item| lets_through(filter, item)) {
                if letters.len() < limit {
                    letters.push(self.letter(item).await?);
                }
            }
        }
        Ok(letters)
    }

    async fn get(&self, id: &str) -> Result<Option<DeadLetter>, Unavailable> {
        match self.table.get(key_of(id)).await? {
            Some(item) => Ok(Some(self.letter(&item).await?)),
            None => Ok(None),
        }
    }

    async fn claim(&self, id: &str, now: Timestamp, until: Timestamp) -> Result<Claim, Unavailable> {
        let claim = uuid::Uuid::new_v4().to_string();
        let update = Update {
            key: key_of(id),
            update: "SET #claim = :claim, #claimed_until = :until",
            condition: "attribute_exists(#id) AND attribute_not_exists(#redriven_at) \
                        AND (attribute_not_exists(#claim) OR #claimed_until <= :now)",
            names: Vec::new(),
            values: vec![(":claim", text(&claim)), (":until", number(until.0)), (":now", number(now.0))],
        };
        let item = match self.table.update(update).await? {
            Written::Done(item) => item,
            // Done before, and its reply was lost.
            Written::Refused(Some(item)) if text_of(&item, CLAIM) == Some(&claim) => item,
            Written::Refused(Some(item)) if item.contains_key(REDRIVEN_AT) => return Ok(Claim::Redriven),
            Written::Refused(Some(_)) => return Ok(Claim::Taken),
            Written::Refused(None) => return Ok(Claim::Missing),
        };
        Ok(Claim::Claimed(Box::new(self.letter(&item).await?)))
    }

    async fn redriven(&self, id: &str, at: Timestamp) -> Result<(), Unavailable> {
        let update = Update {
            key: key_of(id),
            update: "SET #redriven_at = :at",
            condition: "attribute_exists(#claim)",
            names: Vec::new(),
            values: vec![(":at", number(at.0))],
        };
        self.table.update(update).await.map(|_| ())
    }

    /// A large body stays in the bucket: another letter may have the same.
    async fn remove(&self, id: &str) -> Result<bool, Unavailable> {
        // Looked at first, as a lost reply would hide whether there was one.
        let was_there = self.table.get(key_of(id)).await?.is_some();
        if was_there {
            self.table.delete(key_of(id)).await?;
        }
        Ok(was_there)
    }
}

/// Whether a filter lets the letter of an item through, as far as the index has not seen to it.
fn lets_through(filter: &LetterFilter, item: &Item) -> bool {
    (filter.states == LetterStates::All || !item.contains_key(REDRIVEN_AT))
        && filter.installation.is_none_or(|installation| number_of(item, "installation") == Some(installation.0))
        && filter.reason.is_none_or(|reason| text_of(item, "reason") == Some(&name_of(&reason)))
        && filter.function.as_deref().is_none_or(|function| text_of(item, "function") == Some(function))
}

fn key_of(id: &str) -> Item {
    item([("id", text(id))])
}
