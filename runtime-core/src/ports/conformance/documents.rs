//! The suite of [`Documents`].

use super::done;
use crate::ports::clock::Clock;
use crate::ports::documents::{Document, Documents, MAXIMUM_BYTES, NewDocument};
use crate::ports::virtual_clock::VirtualClock;
use futures_util::future::join_all;
use std::time::Duration;

const WRITERS: usize = 8;

/// Checks empty `documents` that were made with `clock`.
pub async fn run(documents: &dyn Documents, clock: &VirtualClock) {
    keeps_what_was_written(documents).await;
    writes_only_over_what_was_seen(documents).await;
    removes_only_what_was_seen(documents).await;
    lets_one_of_several_writers_through(documents).await;
    ended_ones_do_not_exist(documents, clock).await;
    has_a_largest_size(documents).await;
}

async fn keeps_what_was_written(documents: &dyn Documents) {
    assert_eq!(done(documents.get("a").await, "get"), None, "a missing document");
    assert!(put(documents, "a", "{\"x\": \"hedge\u{1f33f}\\u0000\"}", None).await, "the first write");
    let first = read(documents, "a").await;
    assert_eq!(first.json, "{\"x\": \"hedge\u{1f33f}\\u0000\"}", "the text as it was written");
    assert_eq!(read(documents, "a").await, first, "reading changes nothing");
    assert_eq!(done(documents.get("A").await, "get"), None, "keys differ by case");
    let long = format!("{}/{}", "long".repeat(100), "\u{e9}".repeat(100));
    assert!(put(documents, &long, "1", None).await, "a key of 500 characters");
    assert_eq!(read(documents, &long).await.json, "1", "and what is there");
}

async fn writes_only_over_what_was_seen(documents: &dyn Documents) {
    assert!(put(documents, "seen", "1", None).await, "nothing is there");
    let first = read(documents, "seen").await;
    assert!(!put(documents, "seen", "2", None).await, "something is there");
    assert!(put(documents, "seen", "3", Some(&first)).await, "it is as it was seen");
    let second = read(documents, "seen").await;
    assert_eq!(second.json, "3", "the second write");
    assert_ne!(second.revision, first.revision, "each write has a revision of its own");
    assert!(!put(documents, "seen", "4", Some(&first)).await, "it is not as it was seen");
    assert!(put(documents, "seen", "3", Some(&second)).await, "the same text again");
    let third = read(documents, "seen").await;
    assert_ne!(third.revision, second.revision, "each write, of the same text too");
    assert!(!put(documents, "never there", "1", Some(&first)).await, "what was seen is not there");
    assert_eq!(done(documents.get("never there").await, "get"), None, "and nothing was written");
}

async fn removes_only_what_was_seen(documents: &dyn Documents) {
    assert!(put(documents, "removed", "1", None).await, "the first write");
    let first = read(documents, "removed").await;
    assert!(put(documents, "removed", "2", Some(&first)).await, "the second");
    let second = read(documents, "removed").await;
    assert!(!done(documents.remove("removed", &first).await, "remove"), "it is not as it was seen");
    assert_eq!(read(documents, "removed").await, second, "and it is still there");
    assert!(done(documents.remove("removed", &second).await, "remove"), "it is as it was seen");
    assert_eq!(done(documents.get("removed").await, "get"), None, "it is gone");
    assert!(!done(documents.remove("removed", &second).await, "remove"), "not by the second remove");
    assert!(!put(documents, "removed", "3", Some(&second)).await, "what was seen is gone");
    assert!(put(documents, "removed", "1", None).await, "it can be made again");
    assert!(!done(documents.remove("removed", &first).await, "remove"), "a new document has other revisions");
    assert_eq!(read(documents, "removed").await.json, "1", "and stays");
}

async fn lets_one_of_several_writers_through(documents: &dyn Documents) {
    let mut seen = None;
    for round in 0..3 {
        let texts: Vec<String> = (0..WRITERS).map(|writer| format!("\"{round}/{writer}\"")).collect();
        let written = join_all(texts.iter().map(|text| put(documents, "race", text, seen.as_ref()))).await;
        let winners: Vec<_> = texts.iter().zip(written).filter_map(|(text, won)| won.then_some(text)).collect();
        let now = read(documents, "race").await;
        assert_eq!(winners, [&now.json], "one of {WRITERS} writes, and it is there");
        seen = Some(now);
    }
    let seen = seen.expect("there were rounds");
    let removed = join_all((0..WRITERS).map(|_| documents.remove("race", &seen))).await;
    let removed: Vec<_> = removed.into_iter().map(|removed| done(removed, "remove")).filter(|gone| *gone).collect();
    assert_eq!(removed.len(), 1, "one of {WRITERS} removals");
}

async fn ended_ones_do_not_exist(documents: &dyn Documents, clock: &VirtualClock) {
    let end = clock.now().plus(Duration::from_millis(1_500));
    let leased = |json: &str| NewDocument { json: json.to_owned(), ends_at: Some(end) };
    for key in ["ends", "prolonged", "taken over"] {
        assert!(done(documents.put(key, leased("1"), None).await, "put"), "nothing is there");
    }
    clock.advance(Duration::from_millis(1_499));
    let seen = read(documents, "ends").await;
    let prolonged = read(documents, "prolonged").await;
    assert!(put(documents, "prolonged", "2", Some(&prolonged)).await, "the end is replaced with the document");
    assert!(!put(documents, "taken over", "2", None).await, "it is there up to its end");
    clock.advance(Duration::from_millis(1));
    assert_eq!(done(documents.get("ends").await, "get"), None, "it has ended, to the millisecond");
    assert!(!put(documents, "ends", "2", Some(&seen)).await, "whoever saw it has lost it");
    assert!(!done(documents.remove("ends", &seen).await, "remove"), "it is gone, but not by this");
    assert_eq!(read(documents, "prolonged").await.json, "2", "no end any more");
    assert!(put(documents, "taken over", "2", None).await, "the next writer finds nothing");
    assert!(!put(documents, "taken over", "3", None).await, "and is alone");
    assert_eq!(read(documents, "taken over").await.json, "2", "what the next writer wrote");
    let past = NewDocument { json: "1".to_owned(), ends_at: Some(clock.now()) };
    assert!(done(documents.put("past", past, None).await, "put"), "a document whose end has come");
    assert_eq!(done(documents.get("past").await, "get"), None, "does not exist");
}

async fn has_a_largest_size(documents: &dyn Documents) {
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    assert!(put(documents, "large", &text(MAXIMUM_BYTES), None).await, "the largest document");
    assert_eq!(read(documents, "large").await.json.len(), MAXIMUM_BYTES, "comes back");
    let larger = NewDocument { json: text(MAXIMUM_BYTES + 1), ends_at: None };
    let error = documents.put("larger", larger, None).await.expect_err("one byte more is refused");
    assert!(error.message.contains("300001 bytes"), "the error says why: {error}");
}

async fn put(documents: &dyn Documents, key: &str, json: &str, seen: Option<&Document>) -> bool {
    done(documents.put(key, NewDocument { json: json.to_owned(), ends_at: None }, seen).await, "put")
}

async fn read(documents: &dyn Documents, key: &str) -> Document {
    done(documents.get(key).await, "get").unwrap_or_else(|| panic!("{key} must be there"))
}
