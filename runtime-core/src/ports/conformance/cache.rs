//! The suite of [`Cache`]: Redis 7 semantics, as behaviour.md b.1 and cases 129 to 139 rest on them.

use super::{done, refused};
use crate::event::{TeamId, WorkId};
use crate::ports::key_value::{Cache, CacheScope};
use crate::ports::virtual_clock::VirtualClock;
use std::time::Duration;

mod lists;

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";
const OVERFLOW: &str = "ERR increment or decrement would overflow";
const BAD_SET_TTL: &str = "ERR invalid expire time in 'set' command";
const BAD_EXPIRE_TTL: &str = "ERR invalid expire time in 'expire' command";

/// Checks an empty `cache` that was made with `clock`.
pub async fn run(cache: &dyn Cache, clock: &VirtualClock) {
    texts(Checked::new(cache, "texts")).await;
    times_to_live(Checked::new(cache, "times to live"), clock).await;
    expire(Checked::new(cache, "expire"), clock).await;
    increment(Checked::new(cache, "increment"), clock).await;
    increment_reads_integers_as_redis_does(Checked::new(cache, "integers")).await;
    increment_counts_an_operation_once(Checked::new(cache, "operations")).await;
    scopes(cache).await;
    lists::run(cache, clock).await;
}

/// A cache within one scope, whose operations must succeed.
#[derive(Clone, Copy)]
struct Checked<'a> {
    cache: &'a dyn Cache,
    check: &'static str,
}

impl<'a> Checked<'a> {
    fn new(cache: &'a dyn Cache, check: &'static str) -> Self {
        Self { cache, check }
    }

    fn scope(self) -> CacheScope {
        CacheScope { app: self.check.to_owned(), team: TeamId(2) }
    }

    async fn get(self, key: &str) -> Option<String> {
        done(self.cache.get(&self.scope(), key).await, "get")
    }

    async fn set(self, key: &str, value: &str, ttl_seconds: Option<i64>) {
        done(self.cache.set(&self.scope(), key, value, ttl_seconds).await, "set");
    }

    async fn expire(self, key: &str, ttl_seconds: i64) -> bool {
        done(self.cache.expire(&self.scope(), key, ttl_seconds).await, "expire")
    }

    async fn increment(self, key: &str, operation: &str) -> i64 {
        done(self.cache.increment(&self.scope(), key, &WorkId(operation.to_owned())).await, "increment")
    }

    async fn push(self, key: &str, elements: &[&str]) -> u64 {
        let elements: Vec<String> = elements.iter().map(|&element| element.to_owned()).collect();
        done(self.cache.push(&self.scope(), key, &elements).await, "push")
    }

    async fn range(self, key: &str, start: i64, end: i64) -> Vec<String> {
        done(self.cache.range(&self.scope(), key, start, end).await, "range")
    }

    async fn length(self, key: &str) -> u64 {
        done(self.cache.length(&self.scope(), key).await, "length")
    }

    async fn pop(self, key: &str, count: i64) -> Option<Vec<String>> {
        done(self.cache.pop(&self.scope(), key, count).await, "pop")
    }

    async fn remove(self, key: &str, count: i64, element: &str) -> u64 {
        done(self.cache.remove(&self.scope(), key, count, element).await, "remove")
    }
}

async fn texts(cache: Checked<'_>) {
    assert_eq!(cache.get("a").await, None, "a missing key");
    for text in ["1", "", "{\"a\":1}", "a\0b", "hedge\u{1f33f}", "  "] {
        cache.set("a", text, None).await;
        assert_eq!(cache.get("a").await.as_deref(), Some(text), "the text as it was set");
    }
    cache.set("", "empty", None).await;
    assert_eq!(cache.get("").await.as_deref(), Some("empty"), "the empty key is a key");
    assert_eq!(cache.get("A").await, None, "keys differ by case");
}

async fn times_to_live(cache: Checked<'_>, clock: &VirtualClock) {
    cache.set("ends", "x", Some(1)).await;
    cache.set("stays", "x", None).await;
    clock.advance(Duration::from_millis(999));
    assert_eq!(cache.get("ends").await.as_deref(), Some("x"), "still there 1 ms before its end");
    clock.advance(Duration::from_millis(1));
    assert_eq!(cache.get("ends").await, None, "gone at its very end");
    assert_eq!(cache.get("stays").await.as_deref(), Some("x"), "no time to live, no end");

    cache.set("renewed", "x", Some(1)).await;
    cache.set("renewed", "y", None).await;
    clock.advance(Duration::from_secs(10));
    assert_eq!(cache.get("renewed").await.as_deref(), Some("y"), "set clears the time to live");

    for ttl_seconds in [0, -1, i64::MIN, i64::MAX] {
        let set = cache.cache.set(&cache.scope(), "renewed", "z", Some(ttl_seconds)).await;
        refused(set, BAD_SET_TTL, &format!("set with a time to live of {ttl_seconds}"));
    }
    assert_eq!(cache.get("renewed").await.as_deref(), Some("y"), "a refused set changes nothing");
}

async fn expire(cache: Checked<'_>, clock: &VirtualClock) {
    assert!(!cache.expire("a", 1).await, "expire of a missing key");
    cache.set("a", "x", None).await;
    assert!(cache.expire("a", 1).await, "expire of a key");
    assert!(cache.expire("a", 2).await, "expire again replaces the time to live");
    clock.advance(Duration::from_millis(1_999));
    assert_eq!(cache.get("a").await.as_deref(), Some("x"), "still there 1 ms before its end");
    clock.advance(Duration::from_millis(1));
    assert_eq!(cache.get("a").await, None, "gone at its very end");
    assert!(!cache.expire("a", 1).await, "a key that has ended does not exist for expire");
    for ttl_seconds in [0, -5] {
        cache.set("a", "x", Some(100)).await;
        assert!(cache.expire("a", ttl_seconds).await, "expire {ttl_seconds} of a key");
        assert_eq!(cache.get("a").await, None, "expire {ttl_seconds} removes it at once");
        assert!(!cache.expire("a", ttl_seconds).await, "expire {ttl_seconds} of a missing key");
    }
    cache.set("a", "x", None).await;
    for ttl_seconds in [i64::MIN, i64::MAX] {
        let expired = cache.cache.expire(&cache.scope(), "a", ttl_seconds).await;
        refused(expired, BAD_EXPIRE_TTL, &format!("expire {ttl_seconds}"));
    }
}

async fn increment(cache: Checked<'_>, clock: &VirtualClock) {
    assert_eq!(cache.increment("absent", "1").await, 1, "a missing key starts at 0");
    cache.set("a", "0", Some(10)).await;
    for sum in 1..=3 {
        assert_eq!(cache.increment("a", &format!("sum {sum}")).await, sum, "one more each time");
    }
    assert_eq!(cache.get("a").await.as_deref(), Some("3"), "the sum can be read as text");
    clock.advance(Duration::from_secs(9));
    assert_eq!(cache.increment("a", "kept").await, 4, "still there");
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        cache.increment("a", "after its end").await,
        1,
        "increment kept the time to live, so it started again at 0"
    );
    clock.advance(Duration::from_secs(100));
    assert_eq!(cache.get("a").await.as_deref(), Some("1"), "the new key has none");
}

async fn increment_reads_integers_as_redis_does(cache: Checked<'_>) {
    let no_integers = [
        "",
        " ",
        "x",
        "1.5",
        "1e3",
        "+1",
        "01",
        "-01",
        "-0",
        " 1",
        "1 ",
        "0x1",
        "1_000",
        "--1",
        "-",
        "\"1\"",
        "9223372036854775808",
        "-9223372036854775809",
    ];
    for text in no_integers {
        cache.set("a", text, None).await;
        refused(increment_once(cache).await, NOT_AN_INTEGER, &format!("increment of {text:?}"));
        assert_eq!(cache.get("a").await.as_deref(), Some(text), "a refusal changes nothing");
    }
    cache.set("a", "9223372036854775807", None).await;
    refused(increment_once(cache).await, OVERFLOW, "increment of the largest integer");
    for (text, sum) in [("-1", 0), ("9223372036854775806", i64::MAX), ("-9223372036854775808", i64::MIN + 1)] {
        cache.set("a", text, None).await;
        assert_eq!(cache.increment("a", text).await, sum, "increment of {text:?}");
    }
}

async fn increment_once(cache: Checked<'_>) -> crate::ports::key_value::KeyValueResult<i64> {
    cache.cache.increment(&cache.scope(), "a", &WorkId("refused".to_owned())).await
}

async fn increment_counts_an_operation_once(cache: Checked<'_>) {
    cache.set("a", "10", None).await;
    assert_eq!(cache.increment("a", "repeat").await, 11, "the first time");
    assert_eq!(cache.increment("a", "repeat").await, 11, "a repeat has the same result");
    assert_eq!(cache.increment("a", "another").await, 12, "and has not counted");
    assert_eq!(cache.increment("a", "repeat").await, 11, "a late repeat has its own result");
    assert_eq!(cache.get("a").await.as_deref(), Some("12"), "the count");
    assert_eq!(cache.increment("b", "repeat").await, 1, "the operation is known by its key");
    let elsewhere = Checked::new(cache.cache, "operations elsewhere");
    assert_eq!(elsewhere.increment("a", "repeat").await, 1, "and by its scope");
}

/// Case 138: what is shared is the pair of app and team.
async fn scopes(cache: &dyn Cache) {
    let scope = |app: &str, team| CacheScope { app: app.to_owned(), team: TeamId(team) };
    done(cache.set(&scope("shared", 2), "key", "x", None).await, "set");
    let shared = done(cache.get(&scope("shared", 2), "key").await, "get");
    assert_eq!(shared.as_deref(), Some("x"), "equal scopes share their keys");
    for other in [scope("shared", 3), scope("other", 2), scope("shared/2", 2), scope("", 2)] {
        assert_eq!(done(cache.get(&other, "key").await, "get"), None, "{other:?} sees nothing of it");
    }
    let slash = done(cache.get(&scope("shar", 2), "ed/key").await, "get");
    assert_eq!(slash, None, "app and key are not run together");
}
