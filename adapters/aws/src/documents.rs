//! Documents: an item each, written only over the revision that was seen (`table`).
//!
//! DynamoDB removes items after their second, within days, so a document's end to the millisecond is an attribute of its own, and
//! an item whose end has come counts as none. A document that is removed ends: its item stays for an hour, since an item remembers
//! its writes and one that is gone does not, and a removal whose reply was lost must be recognised as well.

use crate::attempts::Attempts;
use crate::digest::sha256;
use crate::item::{Item, damaged, item, number, number_of, text, text_of};
use crate::table::{REVISION, Table};
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::documents::{Document, Documents, NewDocument};
use std::sync::Arc;
use std::time::Duration;

const JSON: &str = "json";
/// When the document ends, in milliseconds.
const ENDS_AT: &str = "ends_at";
/// The second in which DynamoDB may remove the item.
const TIME_TO_LIVE: &str = "ttl";
/// How long the item of a removed document stays: longer than the SDK sends a request again.
const REMOVED_FOR: Duration = Duration::from_secs(60 * 60);
/// Up to this length a key stands in its item as it is; DynamoDB takes 2,048 bytes.
const LONGEST_PLAIN_KEY: usize = 1_500;

/// [`Documents`] over a table of DynamoDB.
pub struct DynamoDocuments {
    table: Table,
    clock: Arc<dyn Clock>,
}

impl DynamoDocuments {
    pub(crate) fn new(table: Table, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }

    /// Writes `written` if what is at `key` is `seen`. Goes round again if another writer was faster, or if DynamoDB removed what
    /// had ended: only what is there then tells whether `seen` is still so.
    async fn replace(&self, key: &str, written: Item, seen: Option<&Document>) -> Result<bool, Unavailable> {
        let mut attempts = Attempts::of(self.table.port);
        loop {
            attempts.next().await?;
            let found = self.table.get(key_of(key)).await?;
            let revision = found.as_ref().filter(|item| is_live(item, self.clock.now())).map(|item| revision(item));
            if revision.flatten() != seen.map(|seen| seen.revision.as_str()) {
                return Ok(false);
            }
            if self.table.replace(written.clone(), found.as_ref()).await? {
                return Ok(true);
            }
        }
    }
}

#[async_trait]
impl Documents for DynamoDocuments {
    async fn get(&self, key: &str) -> Result<Option<Document>, Unavailable> {
        let port = self.table.port;
        let found = self.table.get(key_of(key)).await?.filter(|item| is_live(item, self.clock.now()));
        let Some(item) = found else { return Ok(None) };
        Ok(Some(Document {
            json: text_of(&item, JSON).ok_or_else(|| damaged(port, JSON))?.to_owned(),
            revision: revision(&item).ok_or_else(|| damaged(port, REVISION))?.to_owned(),
        }))
    }

    async fn put(&self, key: &str, document: NewDocument, seen: Option<&Document>) -> Result<bool, Unavailable> {
        document.check_size(self.table.port)?;
        let mut written = key_of(key);
        written.insert(JSON.to_owned(), text(document.json));
        if let Some(end) = document.ends_at {
            written.extend(ending(end, end));
        }
        self.replace(key, written, seen).await
    }

    async fn remove(&self, key: &str, seen: &Document) -> Result<bool, Unavailable> {
        let now = self.clock.now();
        let mut written = key_of(key);
        written.extend(ending(now, now.plus(REMOVED_FOR)));
        self.replace(key, written, Some(seen)).await
    }
}

/// The attributes of a document that ends at `end`, and that DynamoDB may remove after `removable_at`.
fn ending(end: Timestamp, removable_at: Timestamp) -> Item {
    // The second after it: never before its end.
    item([(ENDS_AT, number(end.0)), (TIME_TO_LIVE, number(removable_at.0.div_euclid(1_000) + 1))])
}

fn is_live(item: &Item, now: Timestamp) -> bool {
    number_of::<i64>(item, ENDS_AT).is_none_or(|end| end > now.0)
}

fn revision(item: &Item) -> Option<&str> {
    text_of(item, REVISION)
}

fn key_of(key: &str) -> Item {
    let whole = if key.len() <= LONGEST_PLAIN_KEY { format!("plain/{key}") } else { format!("hashed/{}", sha256(key)) };
    item([("key", text(whole))])
}
