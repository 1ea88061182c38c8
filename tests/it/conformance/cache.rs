//! Cases 129-139: `meta.cache`, from an app's side.

use super::{again, working};
use serde_json::{Value, json};
use std::time::Duration;
use tests::{AppSetup, World};

/// An app whose work is `body`, with what it needs of `meta`.
fn source(body: &str) -> String {
    working("{ cache }", body)
}

/// What `body` comes to in a world of its own.
async fn result(body: &str) -> Value {
    again(&World::with(&source(body)).await).await
}

#[tokio::test]
async fn case_129_a_counter_across_events() {
    let world = World::with(&source(
        "const count = await cache.get('count', 0); await cache.set('count', count + 1); return count",
    ))
    .await;
    for expected in 0..3 {
        assert_eq!(again(&world).await, expected);
    }
}

#[tokio::test]
async fn case_130_a_missing_key_has_the_default() {
    assert_eq!(result("return cache.get('none', { a: 1 })").await, json!({"a": 1}));
    assert_eq!(result("return (await cache.get('none')) === undefined").await, true);
}

#[tokio::test]
async fn case_131_what_is_set_with_a_time_expires() {
    let world = World::with(&source(
        "const before = [await cache.get('set', 'gone'), await cache.get('expired', 'gone')]
         if (before[0] === 'gone') {
             await cache.set('set', 'here', 1)
             await cache.set('expired', 'here')
             return [await cache.expire('expired', 1), await cache.expire('none', 1)]
         }
         return before",
    ))
    .await;
    assert_eq!(again(&world).await, json!([true, false]));
    world.clock.advance(Duration::from_millis(999));
    assert_eq!(again(&world).await, json!(["here", "here"]));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(again(&world).await, json!([true, false]), "both have gone, so they are set again");
}

#[tokio::test]
async fn case_132_incr_counts() {
    let body = "await cache.set('n', 0); return [await cache.incr('n'), await cache.incr('n'), await cache.incr('n'), await cache.incr('missing'), await cache.get('n')]";
    assert_eq!(result(body).await, json!([1, 2, 3, 1, 3]));
}

#[tokio::test]
async fn case_133_incr_on_text_rejects() {
    let body = "await cache.set('text', 'a'); return cache.incr('text')";
    assert_eq!(result(body).await, "Error: ERR value is not an integer or out of range");
    assert_eq!(result("await cache.lpush('list', 'a'); return cache.incr('list').catch((error) => error instanceof Error && error.message.startsWith('WRONGTYPE'))").await, true);
}

#[tokio::test]
async fn case_134_lists_grow_at_the_head_and_expire_at_once() {
    let body = "const lengths = [await cache.lpush('list', 'first'), await cache.lpush('list', ['second', 'third']), await cache.llen('list')]
        const all = await cache.lrange('list', 0, -1)
        await cache.expire('list', 0)
        return [lengths, all, await cache.llen('list'), await cache.lrange('list', 0, -1)]";
    assert_eq!(result(body).await, json!([[1, 3, 3], ["third", "second", "first"], 0, []]));
}

#[tokio::test]
async fn case_135_lpop_and_lrem() {
    let body = "await cache.lpush('list', ['1', '2', '3'])
        return [await cache.lpop('list', 1), await cache.lrem('list', 1, '2'), await cache.lrange('list', 0, -1), await cache.lpop('none', 1)]";
    assert_eq!(result(body).await, json!([["3"], 1, ["1"], null]));
}

#[tokio::test]
async fn case_136_arguments_of_list_calls_are_checked() {
    let refused = [
        ("cache.lpush('list', 5)", "Error: cache.lpush expects a string value or an array of strings"),
        (
            "cache.lpush('list', new Array(1001).fill('x'))",
            "IllegalOperationError: Too many elements in array for cache.lpush. Maximum: 1000",
        ),
        ("cache.lrange('list', '0', -1)", "Error: cache.lrange expects a number for the start and end indexes"),
        ("cache.lpop('list')", "Error: cache.lpop expects a number for the \"count\" argument"),
        ("cache.lrem('list', '1', 'x')", "Error: cache.lrem expects a number for the \"count\" argument"),
    ];
    for (call, error) in refused {
        assert_eq!(result(&format!("return {call}")).await, error, "{call}");
    }
    assert_eq!(result("return cache.lpush('list', new Array(1000).fill('x'))").await, 1000);
    assert_eq!(result("return cache.lpush('list', 'x'.repeat(2000))").await, 1, "a long text is one element");
}

#[tokio::test]
async fn case_137_undefined_reads_back_as_null() {
    assert_eq!(
        result("await cache.set('k', undefined); return (await cache.get('k', 'default')) === null").await,
        true
    );
}

#[tokio::test]
async fn case_138_shared_by_app_and_team_alone() {
    let counter = "export async function processEvent(event, { cache }) {
        event.properties.results = [...(event.properties.results || []), await cache.incr('n')]
        return event
    }";
    let app = |id: i64, team: i64, slug: &str| {
        AppSetup::new(counter).named(slug, id).with(|app| (app.team, app.order) = (team, id))
    };
    let world = World::builder()
        .app(app(1, 2, "counter"))
        .app(app(2, 2, "counter"))
        .app(app(3, 3, "counter"))
        .app(app(4, 2, "other"))
        .start()
        .await;
    // The same event again would be the same work, which counts once.
    let count = async |team: i64, uuid: &str| {
        let event = tests::event(json!({"team_id": team, "uuid": uuid}));
        world.run_event(event).await.expect("not dropped")["properties"]["results"].clone()
    };
    assert_eq!(count(2, "a").await, json!([1, 2, 1]), "two installations of `counter`, then `other`");
    assert_eq!(count(2, "b").await, json!([3, 4, 2]));
    assert_eq!(count(3, "c").await, json!([1]));
}

#[tokio::test]
async fn case_139_text_as_it_is() {
    let body = "const raw = { jsonSerialize: false }
        await cache.set('k', '{\"a\":1', undefined, raw)
        await cache.set('object', { a: 1 }, undefined, raw)
        return [await cache.get('k', null, raw), await cache.get('k', 'default'), await cache.get('object', null, raw)]";
    assert_eq!(result(body).await, json!(["{\"a\":1", null, "[object Object]"]));
}
