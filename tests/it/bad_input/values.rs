//! Apps that give back what is no event, or change the ground that hedgerow's conversions stand on.

use serde_json::{Value, json};
use tests::{AppSetup, World, event};

const NO_EVENT: &str = "processEvent returned something that is no event: return the event, or nothing to drop it";

/// What becomes of an event with `{"a": 1}` when `processEvent` has this body: its properties, and the errors in the log.
async fn outcome(body: &str) -> (Value, Vec<String>) {
    let source = format!("async function processEvent(event, meta) {{ {body} }}");
    let world = World::of(AppSetup::new(&source).impatient()).await;
    let event = world.run_event(event(json!({"properties": {"a": 1}}))).await.expect("not dropped");
    (event["properties"].clone(), world.errors())
}

/// Asserts that the event goes on as before the app, which is listed as failed, with one error that starts like this.
async fn assert_as_before(body: &str, error: &str) {
    let (properties, errors) = outcome(body).await;
    assert_eq!(properties, json!({"a": 1, "$plugins_failed": ["demo (39)"]}), "{body}");
    assert_eq!(errors.len(), 1, "{body}: {errors:?}");
    assert!(errors[0].starts_with(error), "{body}: {errors:?}");
}

/// Asserts that the app succeeds and the event has these properties then.
async fn assert_becomes(body: &str, mut properties: Value) {
    properties["$plugins_succeeded"] = json!(["demo (39)"]);
    assert_eq!(outcome(body).await, (properties, Vec::new()), "{body}");
}

#[tokio::test]
async fn what_is_no_event() {
    let values =
        ["'text'", "[event]", "5", "true", "() => event", "Symbol('event')", "10n", "new Date(0)", "Object('text')"];
    for value in values {
        let (properties, errors) = outcome(&format!("return {value}")).await;
        assert_eq!(properties, json!({"a": 1, "$plugins_failed": ["demo (39)"]}), "{value}");
        assert_eq!(errors.len(), 1, "{value}: {errors:?}");
    }
    assert_as_before("return 'text'", NO_EVENT).await;
}

#[tokio::test]
async fn what_json_cannot_hold() {
    assert_as_before("event.self = event; return event", "processEvent failed: TypeError: ").await;
    assert_as_before("event.properties.n = 10n; return event", "processEvent failed: TypeError: ").await;
    assert_becomes(
        "Object.assign(event.properties, { f() {}, u: undefined, s: Symbol('s'), n: NaN, i: Infinity, d: new Date(0), m: new Map([[1, 2]]) }); return event",
        json!({"a": 1, "n": null, "i": null, "d": "1970-01-01T00:00:00.000Z", "m": {}}),
    )
    .await;
    assert_becomes("event.properties.cut = '\\ud83d'; return event", json!({"a": 1, "cut": "\u{fffd}"})).await;
}

#[tokio::test]
async fn conversions_that_throw_or_do_not_end() {
    assert_as_before(
        "event.toJSON = () => { throw new Error('no JSON') }; return event",
        "processEvent failed: Error: no JSON",
    )
    .await;
    let getter =
        "Object.defineProperty(event, 'x', { enumerable: true, get() { throw new Error('no x') } }); return event";
    assert_as_before(getter, "processEvent failed: Error: no x").await;
    let team = "return { ...event, get team_id() { throw new Error('no team') } }";
    assert_as_before(team, "processEvent failed: Error: no team").await;
    let proxy = "return new Proxy(event, { ownKeys() { throw new Error('no keys') } })";
    assert_as_before(proxy, "processEvent failed: Error: no keys").await;
    assert_as_before(
        "event.toJSON = () => { for (;;); }; return event",
        "processEvent failed: Script execution timed out",
    )
    .await;
}

#[tokio::test]
async fn errors_that_resist_being_told() {
    for thrown in ["null", "undefined", "Symbol('s')", "10n", "{ toString() { throw 1 } }", "Object.create(null)"] {
        assert_as_before(&format!("throw {thrown}"), "processEvent failed: ").await;
    }
    let hiding =
        "const error = new Error('x'); Object.defineProperty(error, 'message', { get() { throw error } }); throw error";
    assert_as_before(hiding, "processEvent failed: Error").await;
    let endless = "const error = new Error('x'); Object.defineProperty(error, 'message', { get() { for (;;); } });";
    assert_as_before(&format!("{endless} throw error"), "processEvent failed: ").await;
    assert_as_before(
        "const { proxy, revoke } = Proxy.revocable(new Error('x'), {}); revoke(); throw proxy",
        "processEvent failed: ",
    )
    .await;
}

#[tokio::test]
async fn forgotten_errors_that_resist_being_told() {
    let source = "function processEvent(event) {
        if (event.event === 'next') return event
        const error = new Error('x')
        Object.defineProperty(error, 'message', { get() { for (;;); } })
        Promise.reject(error)
        return event
    }";
    let world = World::of(AppSetup::new(source).impatient()).await;
    let (properties, text) =
        (world.run_properties().await, "processEvent failed: Script execution timed out after 0.1 seconds");
    assert_eq!(properties, json!({"$plugins_failed": ["demo (39)"]}));
    assert!(world.errors().iter().any(|error| error.starts_with(text)), "{:?}", world.errors());
    let next = world.run_event(event(json!({"event": "next"}))).await.expect("not dropped");
    assert_eq!(next["properties"], json!({"$plugins_succeeded": ["demo (39)"]}));
}

#[tokio::test]
async fn events_larger_than_can_be_held() {
    let big = "x".repeat(5_000_000);
    let (properties, errors) = outcome("event.properties.big = 'x'.repeat(5_000_000); return event").await;
    assert!(properties["big"] == big && errors.is_empty(), "5 MB come out whole");
    assert_as_before(
        "event.properties.big = 'x'.repeat(60_000_000); return event",
        "processEvent failed: out of memory",
    )
    .await;
}

#[tokio::test]
async fn events_nested_deeper_than_can_be_read() {
    let nest = |depth: usize| {
        format!("let inner = event.properties; for (let i = 0; i < {depth}; i++) inner = inner.deep = {{}};")
    };
    let (properties, errors) = outcome(&format!("{} return event", nest(100))).await;
    assert!(properties["deep"]["deep"].is_object() && errors.is_empty(), "{errors:?}");
    let overflow = "processEvent failed: RangeError: Maximum call stack size exceeded";
    for (depth, error) in [(1_000, NO_EVENT), (100_000, overflow)] {
        assert_as_before(&format!("{} return event", nest(depth)), error).await;
        assert_as_before(&format!("{} throw new Error('deep')", nest(depth)), "processEvent failed: Error: deep").await;
    }
}

#[tokio::test]
async fn frozen_and_sealed_events() {
    assert_becomes("event.properties.b = 2; return Object.freeze(event)", json!({"a": 1, "b": 2})).await;
    assert_becomes("Object.freeze(event.properties); event.properties.b = 2; return event", json!({"a": 1})).await;
    let (properties, _) = outcome("return Object.freeze({ ...event, team_id: 9 })").await;
    assert_eq!(properties, json!({"a": 1, "$plugins_failed": ["demo (39)"]}));
}

#[tokio::test]
async fn built_ins_that_the_app_replaced() {
    let replacements = [
        "JSON.stringify = () => 'replaced'; JSON.parse = () => 'replaced'",
        "globalThis.JSON = undefined",
        "globalThis.Promise = class {}",
        "Promise.resolve = Promise.reject = () => 5",
        "Promise.prototype.then = () => { throw new Error('replaced') }",
        "Function.prototype.call = Function.prototype.apply = () => { throw new Error('replaced') }",
        "Object.defineProperty(Object.prototype, 'get', { value: 1 })",
    ];
    for replacement in replacements {
        let source = format!("function processEvent(event) {{ event.properties.b = 2; return event }}\n{replacement}");
        let world = World::with(&source).await;
        let expected = json!({"b": 2, "$plugins_succeeded": ["demo (39)"]});
        assert_eq!(world.run_properties().await, expected, "{replacement}: {:?}", world.errors());
    }
    let while_running = [
        "Array.prototype.push = Array.prototype.map = () => { throw new Error('replaced') }",
        "globalThis.Object = globalThis.Array = globalThis.String = globalThis.Error = undefined",
        "Object.keys = Object.entries = () => { throw new Error('replaced') }",
    ];
    for replacement in while_running {
        assert_becomes(&format!("{replacement}; event.properties.b = 2; return event"), json!({"a": 1, "b": 2})).await;
    }
    // By the language's own rule this speaks for every object: the app has made its events text.
    assert_as_before("Object.prototype.toJSON = () => 'replaced'; return event", NO_EVENT).await;
}

#[tokio::test]
async fn host_calls_hold_when_built_ins_are_replaced() {
    let source = "export async function processEvent(event, { cache }) {
        JSON.stringify = JSON.parse = () => 'replaced'
        await cache.set('k', 1)
        event.properties.k = await cache.incr('k')
        return event
    }";
    let world = World::with(source).await;
    let properties = world.run_properties().await;
    assert_eq!(properties["k"], 2, "{:?}", world.errors());
}
