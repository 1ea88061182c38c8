//! What apps share: nothing. And what an app finds around it: what the reference gave it, no more.

use serde_json::{Value, json};
use tests::{AppSetup, World};

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_does_to_its_globals_stays_its_own() {
    let vandal = AppSetup::new(
        "export function setupPlugin({ global, cache }) {
            Object.prototype.polluted = 'yes'
            Array.prototype.map = () => 'broken'
            JSON.stringify = () => 'broken'
            Promise.resolve = () => { throw new Error('broken') }
            globalThis.leak = 'secret'
            global.leak = 'secret'
            cache.get = async () => 'broken'
            RetryError.prototype.polluted = 'yes'
            Buffer.from = () => 'broken'
        }
        export function processEvent(event) { event.properties.vandal = event.polluted; return event }",
    );
    let victim = AppSetup::new(
        "export async function processEvent(event, { config, global, cache }) {
            event.properties.victim = {
                polluted: typeof {}.polluted, map: [1].map((n) => n + 1), json: JSON.stringify({ a: 1 }),
                resolved: await Promise.resolve(1), leaks: [typeof leak, Object.keys(global)], config,
                cached: await cache.get('k', 'default'), retry: typeof new RetryError('x').polluted, buffer: Buffer.from('a').toString(),
            }
            return event
        }",
    );
    let world = World::builder()
        .app(vandal.named("vandal", 1).with(|app| app.config = json!({"token": "of the vandal"})))
        .app(victim.named("victim", 2).with(|app| app.config = json!({"token": "of the victim"})))
        .start()
        .await;
    for _ in 0..2 {
        let properties = world.run_properties().await;
        assert_eq!(properties["$plugins_succeeded"], json!(["vandal (1)", "victim (2)"]), "{:?}", world.errors());
        assert_eq!(properties["vandal"], json!("yes"));
        let expected = json!({
            "polluted": "undefined", "map": [2], "json": "{\"a\":1}", "resolved": 1, "leaks": ["undefined", []],
            "config": {"token": "of the victim"}, "cached": "default", "retry": "undefined", "buffer": "a",
        });
        assert_eq!(properties["victim"], expected);
    }
}

/// The kinds of these globals, as `typeof` has them.
async fn kinds(names: &[&str]) -> Value {
    let looks: Vec<String> = names.iter().map(|name| format!("{name}: typeof {name}")).collect();
    let source = format!(
        "export function processEvent(event) {{ event.properties.kinds = {{ {} }}; return event }}",
        looks.join(", ")
    );
    World::with(&source).await.run_properties().await["kinds"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn globals_that_the_reference_withholds_are_absent() {
    let absent = [
        "setTimeout",
        "setInterval",
        "setImmediate",
        "queueMicrotask",
        "process",
        "require",
        "URLSearchParams",
        "TextEncoder",
        "TextDecoder",
        "atob",
        "btoa",
        "Headers",
        "AbortController",
        "crypto",
        "performance",
        "structuredClone",
        "__dirname",
    ];
    for (name, kind) in kinds(&absent).await.as_object().expect("an object") {
        assert_eq!(kind, "undefined", "{name}");
    }
}

/// `Intl` and `WebAssembly`, which the reference had, are not in this engine.
#[tokio::test(flavor = "multi_thread")]
async fn globals_that_the_reference_gives_are_present() {
    let objects = ["console", "posthog", "global", "globalThis", "module", "exports", "Atomics"];
    let functions = [
        "fetch",
        "RetryError",
        "URL",
        "Buffer",
        "eval",
        "Function",
        "SharedArrayBuffer",
        "WeakRef",
        "BigInt",
        "Proxy",
        "escape",
    ];
    for (name, kind) in kinds(&objects).await.as_object().expect("an object") {
        assert_eq!(kind, "object", "{name}");
    }
    for (name, kind) in kinds(&functions).await.as_object().expect("an object") {
        assert_eq!(kind, "function", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_from_text_runs_and_reaches_no_more() {
    let properties = World::with(
        "export function processEvent(event) {
            event.properties.results = [eval('1 + 1'), new Function('a', 'return a * 2')(3), (0, eval)('typeof require')]
            const names = Object.getOwnPropertyNames(globalThis).filter((name) => /hedgerow|native|host/i.test(name))
            event.properties.names = names
            return event
        }",
    )
    .await
    .run_properties()
    .await;
    assert_eq!(properties["results"], json!([2, 6, "undefined"]));
    assert_eq!(properties["names"], json!(["__hedgerow_await", "__hedgerow"]));
}
