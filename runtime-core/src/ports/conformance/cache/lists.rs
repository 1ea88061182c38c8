//! The part of the suite that is about lists, and about lists and texts meeting.

use super::super::refused;
use super::{Checked, WRONG_TYPE};
use crate::event::WorkId;
use crate::ports::key_value::Cache;
use crate::ports::virtual_clock::VirtualClock;
use std::time::Duration;

pub(super) async fn run(cache: &dyn Cache, clock: &VirtualClock) {
    push(Checked::new(cache, "push")).await;
    range(Checked::new(cache, "range")).await;
    pop(Checked::new(cache, "pop")).await;
    remove(Checked::new(cache, "remove")).await;
    emptied_lists_do_not_exist(Checked::new(cache, "emptied")).await;
    times_to_live(Checked::new(cache, "lists end"), clock).await;
    wrong_types(Checked::new(cache, "wrong types")).await;
}

async fn push(cache: Checked<'_>) {
    assert_eq!(cache.length("a").await, 0, "the length of a missing key");
    assert_eq!(cache.push("a", &["1"]).await, 1, "push returns the new length");
    assert_eq!(cache.push("a", &["2", "3"]).await, 3, "push returns the new length");
    assert_eq!(cache.range("a", 0, -1).await, ["3", "2", "1"], "the last one pushed is the head");
    assert_eq!(cache.push("a", &["3", ""]).await, 5, "equal and empty elements count");
    assert_eq!(cache.range("a", 0, -1).await, ["", "3", "3", "2", "1"], "equal and empty elements are kept");
    assert_eq!(cache.length("a").await, 5, "length");
    let pushed = cache.cache.push(&cache.scope(), "a", &[]).await;
    refused(pushed, "ERR wrong number of arguments for 'lpush' command", "push of nothing");
}

async fn range(cache: Checked<'_>) {
    cache.push("a", &["e", "d", "c", "b", "a"]).await;
    let expected: [(i64, i64, &[&str]); 14] = [
        (0, 0, &["a"]),
        (1, 3, &["b", "c", "d"]),
        (0, 100, &["a", "b", "c", "d", "e"]),
        (-100, 100, &["a", "b", "c", "d", "e"]),
        (-2, -1, &["d", "e"]),
        (3, -1, &["d", "e"]),
        (-3, 3, &["c", "d"]),
        (-100, 0, &["a"]),
        (4, 4, &["e"]),
        (5, 10, &[]),
        (3, 2, &[]),
        (0, -6, &[]),
        (-100, -50, &[]),
        (i64::MIN, i64::MAX, &["a", "b", "c", "d", "e"]),
    ];
    for (start, end, elements) in expected {
        assert_eq!(cache.range("a", start, end).await, elements, "range {start} to {end}");
    }
    assert_eq!(cache.range("absent", 0, -1).await, Vec::<String>::new(), "the range of a missing key");
}

async fn pop(cache: Checked<'_>) {
    assert_eq!(cache.pop("a", 1).await, None, "pop of a missing key");
    assert_eq!(cache.pop("a", 0).await, None, "pop of nothing of a missing key");
    cache.push("a", &["4", "3", "2", "1"]).await;
    assert_eq!(cache.pop("a", 0).await, Some(Vec::new()), "pop of nothing of a list");
    assert_eq!(cache.pop("a", 1).await, Some(vec!["1".to_owned()]), "pop takes from the head");
    assert_eq!(cache.length("a").await, 3, "the length without what was taken");
    let rest = vec!["2".to_owned(), "3".to_owned(), "4".to_owned()];
    assert_eq!(cache.pop("a", i64::MAX).await, Some(rest), "pop of more than there is");
    for key in ["a", "absent"] {
        let popped = cache.cache.pop(&cache.scope(), key, -1).await;
        refused(popped, "ERR value is out of range, must be positive", "pop of a negative count");
    }
}

async fn remove(cache: Checked<'_>) {
    assert_eq!(cache.remove("absent", 0, "x").await, 0, "remove from a missing key");
    // From the head: x a x b x.
    for (count, removed, rest) in [
        (0, 3, "a b"),
        (1, 1, "a x b x"),
        (2, 2, "a b x"),
        (9, 3, "a b"),
        (-1, 1, "x a x b"),
        (-2, 2, "x a b"),
        (i64::MAX, 3, "a b"),
        (i64::MIN, 3, "a b"),
    ] {
        let key = format!("remove {count}");
        cache.push(&key, &["x", "b", "x", "a", "x"]).await;
        assert_eq!(cache.remove(&key, count, "x").await, removed, "remove {count}: how many");
        assert_eq!(cache.range(&key, 0, -1).await.join(" "), rest, "remove {count}: what is left");
        assert_eq!(cache.length(&key).await, 5 - removed, "remove {count}: the length of what is left");
        assert_eq!(cache.remove(&key, count, "y").await, 0, "remove {count} of what is not there");
    }
    cache.push("holes", &["d", "c", "b", "a"]).await;
    cache.remove("holes", 0, "b").await;
    assert_eq!(cache.range("holes", 1, 1).await, ["c"], "places are counted without what was removed");
    cache.push("holes", &["z"]).await;
    assert_eq!(cache.pop("holes", 2).await, Some(vec!["z".to_owned(), "a".to_owned()]), "and so are takings");
    assert_eq!(cache.range("holes", 0, -1).await, ["c", "d"], "what is left");
}

async fn emptied_lists_do_not_exist(cache: Checked<'_>) {
    cache.push("popped", &["a"]).await;
    cache.expire("popped", 1_000).await;
    cache.pop("popped", 1).await;
    assert!(!cache.expire("popped", 1).await, "a list that was popped empty does not exist");
    assert_eq!(cache.get("popped").await, None, "and so is no list");
    cache.push("removed", &["a", "a"]).await;
    cache.remove("removed", 0, "a").await;
    assert!(!cache.expire("removed", 1).await, "a list whose elements were removed does not exist");
    assert_eq!(cache.increment("removed", "emptied").await, 1, "and so is no list");
}

async fn times_to_live(cache: Checked<'_>, clock: &VirtualClock) {
    cache.push("a", &["1"]).await;
    assert!(cache.expire("a", 2).await, "expire of a list");
    clock.advance(Duration::from_secs(1));
    assert_eq!(cache.push("a", &["2"]).await, 2, "a list that lives");
    clock.advance(Duration::from_secs(1));
    assert_eq!(cache.range("a", 0, -1).await, Vec::<String>::new(), "push kept the time to live");
    assert_eq!(cache.length("a").await, 0, "no length after its end");
    assert_eq!(cache.pop("a", 1).await, None, "nothing to pop after its end");
    assert_eq!(cache.remove("a", 0, "1").await, 0, "nothing to remove after its end");
    assert_eq!(cache.push("a", &["3"]).await, 1, "a new list after its end");
    clock.advance(Duration::from_secs(100));
    assert_eq!(cache.range("a", 0, -1).await, ["3"], "the new list has no time to live");
    assert!(cache.expire("a", 0).await, "expire 0 of a list");
    assert_eq!(cache.length("a").await, 0, "expire 0 empties it");
    assert_eq!(cache.push("a", &["4"]).await, 1, "no element of before comes back");
    cache.set("text", "x", Some(1)).await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(cache.push("text", &["1"]).await, 1, "a text that has ended is in no list's way");
}

async fn wrong_types(cache: Checked<'_>) {
    let scope = cache.scope();
    cache.push("list", &["1"]).await;
    refused(cache.cache.get(&scope, "list").await, WRONG_TYPE, "get of a list");
    let counted = cache.cache.increment(&scope, "list", &WorkId("wrong".to_owned())).await;
    refused(counted, WRONG_TYPE, "increment of a list");
    cache.set("text", "1", None).await;
    refused(cache.cache.push(&scope, "text", &["2".to_owned()]).await, WRONG_TYPE, "push onto a text");
    refused(cache.cache.range(&scope, "text", 0, -1).await, WRONG_TYPE, "range of a text");
    refused(cache.cache.length(&scope, "text").await, WRONG_TYPE, "length of a text");
    refused(cache.cache.pop(&scope, "text", 1).await, WRONG_TYPE, "pop of a text");
    refused(cache.cache.pop(&scope, "text", 0).await, WRONG_TYPE, "pop of nothing of a text");
    refused(cache.cache.remove(&scope, "text", 0, "1").await, WRONG_TYPE, "remove from a text");
    assert_eq!(cache.get("text").await.as_deref(), Some("1"), "refusals change nothing");
    assert_eq!(cache.range("list", 0, -1).await, ["1"], "refusals change nothing");

    cache.set("list", "text", None).await;
    assert_eq!(cache.get("list").await.as_deref(), Some("text"), "set replaces a list");
    assert!(cache.expire("list", 0).await, "expire");
    assert_eq!(cache.push("list", &["2"]).await, 1, "no element of the replaced list comes back");
}
