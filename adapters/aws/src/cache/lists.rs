//! Keys that hold a list: LPUSH, LRANGE, LLEN, LPOP, LREM.

use super::Change;
use super::entry::{Entry, Value};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::key_value::KeyValueResult;

/// LPUSH.
pub(super) fn push(entry: Option<Entry>, elements: &[String]) -> KeyValueResult<Change<u64>> {
    let (before, end) = entry.map_or(Ok((Vec::new(), None)), Entry::into_list)?;
    let list: Vec<String> = elements.iter().rev().cloned().chain(before).collect();
    let length = list.len() as u64;
    Ok(Change::Store(Entry::new(Value::List(list), end), length))
}

/// LLEN.
pub(super) fn length(entry: Option<Entry>) -> KeyValueResult<u64> {
    Ok(entry.map_or(Ok((Vec::new(), None)), Entry::into_list)?.0.len() as u64)
}

/// LRANGE.
pub(super) fn range(entry: Option<Entry>, start: i64, end: i64) -> KeyValueResult<Vec<String>> {
    let (list, _) = entry.map_or(Ok((Vec::new(), None)), Entry::into_list)?;
    let length = i64::try_from(list.len()).expect("an item has less than 400 KB");
    let from_head = |index: i64| if index < 0 { index + length } else { index };
    let first = from_head(start).max(0);
    let last = from_head(end).min(length - 1);
    let count = usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(0);
    Ok(list.into_iter().skip(usize::try_from(first).unwrap_or(usize::MAX)).take(count).collect())
}

/// LPOP with a count.
pub(super) fn pop(entry: Option<Entry>, count: u64, now: Timestamp) -> KeyValueResult<Change<Option<Vec<String>>>> {
    let Some(entry) = entry else { return Ok(Change::Keep(None)) };
    let (mut list, end) = entry.into_list()?;
    let count = usize::try_from(count).unwrap_or(usize::MAX).min(list.len());
    if count == 0 {
        return Ok(Change::Keep(Some(Vec::new())));
    }
    let taken = list.drain(..count).collect();
    Ok(Change::Store(shrunk(list, end, now), Some(taken)))
}

/// LREM.
pub(super) fn remove(entry: Option<Entry>, count: i64, element: &str, now: Timestamp) -> KeyValueResult<Change<u64>> {
    let Some(entry) = entry else { return Ok(Change::Keep(0)) };
    let (mut list, end) = entry.into_list()?;
    let limit = if count == 0 { u64::MAX } else { count.unsigned_abs() };
    let mut removed = 0;
    let mut keep = |candidate: &String| {
        let goes = removed < limit && candidate == element;
        removed += u64::from(goes);
        !goes
    };
    if count < 0 {
        list.reverse();
        list.retain(&mut keep);
        list.reverse();
    } else {
        list.retain(&mut keep);
    }
    if removed == 0 {
        return Ok(Change::Keep(0));
    }
    Ok(Change::Store(shrunk(list, end, now), removed))
}

/// A list of which something was taken; without an element it ends now, as an empty list does not exist.
fn shrunk(list: Vec<String>, end: Option<Timestamp>, now: Timestamp) -> Entry {
    let end = if list.is_empty() { Some(now) } else { end };
    Entry::new(Value::List(list), end)
}
