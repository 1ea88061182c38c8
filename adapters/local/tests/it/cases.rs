//! Cases of behaviour.md that are wholly about what the port does.

use adapter_local::LocalStore;
use adapter_local::cache::SqliteCache;
use runtime_core::event::{TeamId, WorkId};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::key_value::{Cache, CacheScope, KeyValueError};
use runtime_core::ports::virtual_clock::VirtualClock;
use std::sync::Arc;
use std::time::Duration;

fn cache() -> (Arc<SqliteCache>, Arc<VirtualClock>) {
    let clock = Arc::new(VirtualClock::at(Timestamp(1_672_531_200_000)));
    (LocalStore::in_memory(clock.clone()).cache(), clock)
}

fn scope(app: &str, team: i64) -> CacheScope {
    CacheScope { app: app.to_owned(), team: TeamId(team) }
}

#[tokio::test]
async fn case_131_set_with_ttl_and_expire() {
    let (cache, clock) = cache();
    let scope = scope("app", 2);
    cache.set(&scope, "set", "x", Some(1)).await.unwrap();
    cache.set(&scope, "expired", "x", None).await.unwrap();
    assert!(cache.expire(&scope, "expired", 1).await.unwrap());
    assert!(!cache.expire(&scope, "absent", 1).await.unwrap());
    for (pass_ms, expected) in [(999, Some("x")), (1, None)] {
        clock.advance(Duration::from_millis(pass_ms));
        for key in ["set", "expired"] {
            assert_eq!(cache.get(&scope, key).await.unwrap().as_deref(), expected, "{key} after {pass_ms} ms more");
        }
    }
}

#[tokio::test]
async fn case_133_incr_on_text() {
    let (cache, _) = cache();
    let scope = scope("app", 2);
    cache.set(&scope, "text", "\"five\"", None).await.unwrap();
    let error = cache.increment(&scope, "text", &WorkId("w".to_owned())).await.unwrap_err();
    assert!(matches!(error, KeyValueError::Refused(_)), "{error:?}");
    assert_eq!(error.to_string(), "ERR value is not an integer or out of range");
}

#[tokio::test]
async fn case_138_scope_of_the_cache() {
    let (cache, _) = cache();
    cache.set(&scope("app", 2), "key", "x", None).await.unwrap();
    // Two installations of an app in a team have equal scopes.
    assert_eq!(cache.get(&scope("app", 2), "key").await.unwrap().as_deref(), Some("x"));
    assert_eq!(cache.get(&scope("app", 3), "key").await.unwrap(), None);
    assert_eq!(cache.get(&scope("another-app", 2), "key").await.unwrap(), None);
}
