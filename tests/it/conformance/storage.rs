//! Cases 140-145: `meta.storage` and `meta.utils.cursor`, from an app's side.

use super::{again, working};
use serde_json::{Value, json};
use tests::World;

/// An app whose work is `body`, with what it needs of `meta`.
fn source(body: &str) -> String {
    working("{ storage, utils: { cursor } }", body)
}

/// What `body` comes to in a world of its own.
async fn result(body: &str) -> Value {
    again(&World::with(&source(body)).await).await
}

#[tokio::test]
async fn case_140_stored_null_is_not_the_default() {
    let body = "await storage.set('k', -1); const first = await storage.get('k', 'default')
        await storage.set('k', null); return [first, await storage.get('k', 'default')]";
    assert_eq!(result(body).await, json!([-1, null]));
}

#[tokio::test]
async fn case_141_what_is_deleted_is_missing() {
    let body = "await storage.set('k', { a: [1] }); const before = await storage.get('k', null)
        await storage.del('k'); await storage.del('k')
        return [before, await storage.get('k', null), (await storage.get('k')) === undefined]";
    assert_eq!(result(body).await, json!([{"a": [1]}, null, true]));
}

#[tokio::test]
async fn case_142_setting_undefined_deletes() {
    let body = "await storage.set('k', 1); await storage.set('k', undefined); return storage.get('k', 'default')";
    assert_eq!(result(body).await, "default");
}

#[tokio::test]
async fn case_143_a_value_survives_a_reload() {
    let counter = source("const n = (await storage.get('n', 0)) + 1; await storage.set('n', n); return n");
    let first = World::with(&counter).await;
    assert_eq!(again(&first).await, 1);
    let app = tests::AppSetup::new(&counter);
    let second = World::builder().app(app).start_over(first.clock.clone(), first.store.clone()).await;
    drop(first);
    assert_eq!(again(&second).await, 2);
}

#[tokio::test]
async fn case_144_a_cursor_is_kept_and_counted() {
    let body = "await cursor.init('c', 5); await cursor.init('c', 9); await cursor.init('zero')
        return [await cursor.increment('c'), await cursor.increment('c', 0), await cursor.increment('c', 3),
            await cursor.increment('missing', 4), await cursor.increment('zero', 2), await storage.get('c')]";
    assert_eq!(result(body).await, json!([6, 7, 10, 4, 2, 10]));
}

#[tokio::test]
async fn case_145_a_cursor_counts_numbers_only() {
    let refused = [
        ("cursor.init('c', '5')", "Error: The cursor's initial value must be a number!"),
        ("cursor.increment('c', 'x')", "Error: The incrementBy value must be a number!"),
    ];
    for (call, error) in refused {
        assert_eq!(result(&format!("return {call}")).await, error, "{call}");
    }
    let body = "await storage.set('text', 'a'); return cursor.increment('text').then(() => 'counted', (error) => error instanceof Error)";
    assert_eq!(result(body).await, true);
}
