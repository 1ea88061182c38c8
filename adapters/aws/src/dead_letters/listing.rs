//! The ids of dead letters by time: the partitions of the index, each read page by page, merged.

use crate::failure::unavailable;
use crate::item::{Item, damaged, text, text_of};
use crate::table::Table;
use crate::tables::SHARDS;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use std::collections::VecDeque;

/// How many keys a page has.
const PAGE: usize = 25;
/// How many ids are given out at a time at least: a filter may let few of them through.
const FEWEST: usize = 16;
/// How many bytes of an id are in the order of letters of one millisecond; an index takes 1,024 a key.
const LONGEST_ORDERED_ID: usize = 900;

/// Where a list has come.
pub(super) struct Listing<'a> {
    table: &'a Table,
    /// The order from which on letters are listed.
    since: String,
    /// The order before which they are.
    until: String,
    shards: Vec<Shard>,
}

/// Where one partition has come.
#[derive(Default)]
struct Shard {
    /// Read and not given out, as (order, id).
    waiting: VecDeque<(String, String)>,
    next_page: Page,
}

/// What is to be read next.
#[derive(Default)]
enum Page {
    #[default]
    First,
    After(Item),
    None,
}

impl<'a> Listing<'a> {
    pub(super) fn new(table: &'a Table, since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        let since = order_of(since.unwrap_or(Timestamp(i64::MIN)), "");
        // A colon follows every digit: it is behind all orders that there are.
        let until = until.map_or_else(|| ":".to_owned(), |until| order_of(until, ""));
        // DynamoDB refuses a range that ends before it begins. In such a one there is nothing to read.
        let shard = || Shard { next_page: if since < until { Page::First } else { Page::None }, ..Shard::default() };
        Self { table, shards: (0..SHARDS).map(|_| shard()).collect(), since, until }
    }

    /// The next letters as (order, id), about `count` and at most a page of them; none are left if it is empty.
    pub(super) async fn next(&mut self, count: usize) -> Result<Vec<(String, String)>, Unavailable> {
        let count = count.clamp(FEWEST, PAGE);
        let mut found = Vec::with_capacity(count);
        while found.len() < count {
            // Which letter is next shows only when the first of each partition is known.
            for shard in 0..SHARDS {
                self.fill(shard).await?;
            }
            let next = self.shards.iter_mut().filter(|shard| !shard.waiting.is_empty());
            let Some(next) = next.min_by(|one, other| one.waiting[0].cmp(&other.waiting[0])) else { break };
            found.extend(next.waiting.pop_front());
        }
        Ok(found)
    }

    /// Reads on in a partition of which all was given out. A page may be empty and not the last.
    async fn fill(&mut self, number: u8) -> Result<(), Unavailable> {
        let port = self.table.port;
        let shard = &mut self.shards[usize::from(number)];
        while shard.waiting.is_empty() {
            let start = match std::mem::replace(&mut shard.next_page, Page::None) {
                Page::None => break,
                Page::First => None,
                Page::After(key) => Some(key),
            };
            let request = self
                .table
                .query_shard(number)
                .key_condition_expression("#shard = :shard AND #order BETWEEN :since AND :until")
                .expression_attribute_names("#order", "order")
                .expression_attribute_values(":since", text(&self.since))
                .expression_attribute_values(":until", text(&self.until))
                .limit(i32::try_from(PAGE).expect("a page is small"))
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(|error| unavailable(port, "Query", &error))?;
            for key in page.items() {
                let attribute = |name| text_of(key, name).map(str::to_owned).ok_or_else(|| damaged(port, name));
                shard.waiting.push_back((attribute("order")?, attribute("id")?));
            }
            shard.next_page = page.last_evaluated_key.map_or(Page::None, Page::After);
        }
        Ok(())
    }
}

/// A text that sorts as time and id do.
pub(super) fn order_of(created_at: Timestamp, id: &str) -> String {
    // The sign turned around: times before 1970 come before those after it.
    let time = created_at.0.cast_unsigned() ^ (1 << 63);
    format!("{time:020}/{}", start_of(id, LONGEST_ORDERED_ID))
}

/// At most `bytes` bytes of the start of a text.
pub(super) fn start_of(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_by_time_then_id() {
        let times = [i64::MIN, -1, 0, 1, 10, 9_999_999_999_999, i64::MAX];
        let orders: Vec<_> =
            times.iter().flat_map(|time| ["", "a", "b"].map(|id| order_of(Timestamp(*time), id))).collect();
        assert!(orders.is_sorted(), "{orders:?}");
        assert!(order_of(Timestamp(0), &"é".repeat(1_000)).len() <= 1_024);
    }
}
