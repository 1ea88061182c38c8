//! Apps that cannot be loaded or do not end. The app beside them and the next event never notice.

use runtime_core::pipeline::EventOutcome;
use runtime_core::telemetry::{LogLevel, LogSource};
use serde_json::{Value, json};
use tests::{AppSetup, World, event};

/// Next to the bad app.
const GOOD: &str = "function processEvent(event) { event.properties.good = true; return event }";

async fn world(bad: AppSetup) -> World {
    World::builder().app(bad.named("bad", 1)).app(AppSetup::new(GOOD).named("good", 2)).start().await
}

fn failed() -> Value {
    json!({"good": true, "$plugins_succeeded": ["good (2)"], "$plugins_failed": ["bad (1)"]})
}

/// Asserts that a `processEvent` with this body fails with this error on the first event and that the next one meets it afresh.
async fn assert_ended(body: &str, error: &str) {
    let source =
        format!("async function processEvent(event) {{ if (event.event === 'next') {{ return event }}\n{body}\n}}");
    let world = world(AppSetup::new(&source).impatient()).await;
    assert_eq!(world.run_properties().await, failed(), "{body}");
    let errors = world.errors();
    assert_eq!(errors.len(), 1, "{body}: {errors:?}");
    assert!(errors[0].starts_with(error), "{body}: {errors:?}");
    let next = world.run_event(event(json!({"event": "next"}))).await.expect("not dropped");
    assert_eq!(next["properties"], json!({"good": true, "$plugins_succeeded": ["bad (1)", "good (2)"]}), "{body}");
}

const TIMED_OUT: &str =
    "processEvent failed: Script execution timed out after 0.1 seconds in processEvent (bad, index.js:2)";

#[tokio::test]
async fn loops_forever() {
    assert_ended("for (;;);", TIMED_OUT).await;
}

#[tokio::test]
async fn loops_forever_over_promises() {
    assert_ended("for (;;) await null", TIMED_OUT).await;
}

#[tokio::test]
async fn catches_what_ends_it() {
    assert_ended("for (;;) { try { for (;;); } catch {} finally { continue } }", TIMED_OUT).await;
}

#[tokio::test]
async fn matches_a_catastrophic_regular_expression() {
    let start = "processEvent failed: Script execution timed out after 0.1 seconds in processEvent (bad, index.js";
    assert_ended("/^(a+)+$/.test('a'.repeat(50) + 'b')", start).await;
}

#[tokio::test]
async fn allocates_without_end() {
    let error = "processEvent failed: out of memory: the app used more than 64 MB in processEvent (bad, index.js";
    assert_ended("const all = []; for (;;) all.push('x'.repeat(1_000_000) + all.length)", error).await;
    assert_ended("const all = []; try { for (;;) all.push(new ArrayBuffer(1_000_000)) } catch {} return event", error)
        .await;
    assert_ended("return 'x'.repeat(100_000_000)", error).await;
}

#[tokio::test]
async fn recurses_without_end() {
    let overflow = "processEvent failed: RangeError: Maximum call stack size exceeded";
    assert_ended("const f = () => f() + 1; f()", overflow).await;
    assert_ended("const o = {}; o.toString = () => String(o); String(o)", overflow).await;
}

#[tokio::test]
async fn no_main_file() {
    let world = World::builder()
        .broken_app(AppSetup::of_files([("plugin.json", r#"{"name": "bad"}"#), ("other.js", "")]))
        .app(AppSetup::new(GOOD).named("good", 2))
        .start()
        .await;
    let [error] = &world.refused[..] else { panic!("one refusal: {:?}", world.refused) };
    let text = error.to_string();
    assert!(text.contains("index.js") && text.contains("index.ts"), "{text}");
    assert_eq!(world.run_properties().await, json!({"good": true, "$plugins_succeeded": ["good (2)"]}));
}

/// Asserts that top-level code of an app fails with this error, that the app is disabled, and that events go on without it.
async fn assert_disabled(source: &str, error: &str) {
    let world = world(AppSetup::new(source).impatient()).await;
    let lines = world.logs.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((lines[0].source, lines[0].level), (LogSource::System, LogLevel::Error));
    assert_eq!(lines[0].message, error);
    for _ in 0..2 {
        assert_eq!(world.run_properties().await, json!({"good": true, "$plugins_succeeded": ["good (2)"]}));
    }
    assert_eq!(world.logs.lines().len(), 1, "it is told once");
}

#[tokio::test]
async fn throws_at_load() {
    let source = "export function processEvent(event) { return event }\nthrow new Error('at load')";
    assert_disabled(source, "the app could not be loaded: Error: at load. Disabled the app!").await;
    assert_disabled(
        "null.x",
        "the app could not be loaded: TypeError: cannot read property 'x' of null. Disabled the app!",
    )
    .await;
}

#[tokio::test]
async fn does_not_end_at_load() {
    let text = "the app could not be loaded: Script execution timed out after 0.1 seconds in (load) (bad, index.js:1). Disabled the app!";
    assert_disabled("for (;;);", text).await;
}

#[tokio::test]
async fn an_unusable_app_can_make_dead_letters_of_its_events() {
    let app = AppSetup::new("throw new Error('at load')")
        .with(|app| app.on_disabled = runtime_core::installation::DisabledPolicy::DeadLetter);
    let world = World::of(app).await;
    let outcome = world.process(event(json!({}))).await;
    assert!(matches!(outcome, EventOutcome::DeadLettered), "{outcome:?}");
    assert!(world.sink.events().is_empty());
}
