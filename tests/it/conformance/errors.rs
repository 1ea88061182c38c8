//! Errors as they are kept (behaviour.md, cases 177 and 180).

use runtime_core::decode::TeamDirectory;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::pipeline::record::{Record, RecordOutcome, RecordProcessor};
use runtime_core::pipeline::{ErrorRecord, KEPT_ERRORS, LOADING, PipelineProcessor, recent_errors};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::delayed_queue::Lane;
use serde_json::json;
use std::collections::HashMap;
use tests::{AppSetup, World, event};

const APP: &str = "export function processEvent(event) {
    const broken = { get message() { throw new Error('no message') }, toString() { throw new Error('no text') } }
    switch (event.event) {
        case 'error': throw new TypeError('wrong')
        case 'string': throw 'a text'
        case 'broken': throw broken
        case 'nul': throw new Error('a\\0b')
        case 'late': Promise.reject(new RangeError('late'))
        case 'count': throw new Error('number ' + event.properties.number)
    }
    return event
}";

/// The errors that are kept after events of these names, newest first.
async fn kept_after(events: &[(&str, i64)]) -> Vec<ErrorRecord> {
    kept_of(World::of(AppSetup::new(APP)).await, events).await
}

/// The same of another world.
async fn kept_of(world: World, events: &[(&str, i64)]) -> Vec<ErrorRecord> {
    let World { pipeline, store, .. } = world;
    let teams = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
    let processor = PipelineProcessor::new(pipeline, teams);
    for (index, (name, number)) in events.iter().enumerate() {
        let body = event(json!({"event": name, "properties": {"number": number}})).to_string().into_bytes();
        let record = Record::new(Lane::Events, format!("m{index}"), body, Timestamp(1_672_531_200_000));
        assert_eq!(processor.process(record).await, RecordOutcome::Done);
        assert_eq!(processor.flush().await, RecordOutcome::Done);
    }
    recent_errors(&*store.documents(), InstallationId(39)).await.expect("the store is in memory")
}

#[tokio::test]
async fn case_177_each_error_is_kept_with_name_message_and_stack() {
    let kept = kept_after(&[("error", 0), ("fine", 0), ("error", 0)]).await;
    assert_eq!(kept.len(), 2, "each in a row of its own");
    let newest = &kept[0];
    assert_eq!(
        (newest.name.as_str(), newest.message.as_str(), newest.function.as_str()),
        ("TypeError", "wrong", "processEvent")
    );
    assert_eq!(newest.event_uuid.as_deref(), Some("01890000-0000-7000-8000-000000000001"));
    assert_eq!(newest.stack.trim(), "at processEvent (index.js:4:33)");
}

#[tokio::test]
async fn case_177_what_is_no_error_is_kept_as_its_text() {
    let kept = kept_after(&[("string", 0)]).await;
    assert_eq!((kept.len(), kept[0].message.as_str(), kept[0].stack.as_str()), (1, "a text", ""));
}

#[tokio::test]
async fn case_177_an_error_that_cannot_be_read_is_tolerated() {
    let kept = kept_after(&[("broken", 0), ("error", 0)]).await;
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].name, "TypeError", "what comes after it is kept as well");
}

#[tokio::test]
async fn case_180_nul_in_an_error_is_replaced() {
    let kept = kept_after(&[("nul", 0)]).await;
    assert_eq!(kept[0].message, "a\u{fffd}b");
}

#[tokio::test]
async fn the_newest_twenty_are_kept() {
    let many: Vec<(&str, i64)> = (0..25).map(|number| ("count", number)).collect();
    let kept = kept_after(&many).await;
    assert_eq!(kept.len(), KEPT_ERRORS);
    assert_eq!((kept[0].message.as_str(), kept[19].message.as_str()), ("number 24", "number 5"));
}

/// What a limit ends is an error like any other, at the line of the TypeScript where the app was.
#[tokio::test(flavor = "multi_thread")]
async fn limits_are_kept_with_the_line_that_reached_them() {
    let source = "interface Event { event: string }

        export function processEvent(event: Event): Event {
            if (event.event === 'loop') for (;;) { }
            if (event.event === 'hoard') { const all: string[] = []; for (;;) all.push('x'.repeat(100000) + all.length) }
            return event
        }";
    let app = AppSetup::of_files([("plugin.json", "{}"), ("index.ts", source)]).impatient();
    let world = World::of(app.with(|app| app.limits.memory_bytes = 8 << 20)).await;
    let kept = kept_of(world, &[("loop", 0), ("hoard", 0)]).await;
    let shown: Vec<_> = kept.iter().map(|error| (error.name.as_str(), error.stack.as_str())).collect();
    let expected =
        [("OutOfMemoryError", "at processEvent (index.ts:5)"), ("TimeoutError", "at processEvent (index.ts:4)")];
    assert_eq!(shown, expected);
    assert!(kept[1].message.starts_with("Script execution timed out after 0.1 seconds in processEvent"), "{kept:?}");
}

#[tokio::test]
async fn what_a_function_returns_in_vain_is_kept() {
    let source = "export function processEvent(event) { return event.event === 'team' ? { ...event, team_id: 5 } : 7 }";
    let kept = kept_of(World::of(AppSetup::new(source)).await, &[("team", 0), ("number", 0)]).await;
    let functions: Vec<_> = kept.iter().map(|error| (error.function.as_str(), error.event_uuid.is_some())).collect();
    assert_eq!(functions, [("processEvent", true); 2]);
    assert_eq!(kept[1].message, "Plugin tried to change event.team_id");
}

#[tokio::test]
async fn why_an_app_cannot_be_loaded_is_kept_once() {
    let source = "export const jobs = { work() {} }
        throw new RangeError('not here')";
    let world = World::of(AppSetup::new(source)).await;
    world.run_job("work", None).await;
    let kept = kept_of(world, &[("any", 0), ("any", 0)]).await;
    let [error] = &kept[..] else { panic!("it is kept once: {kept:?}") };
    assert_eq!(
        (error.function.as_str(), error.name.as_str(), error.message.as_str()),
        (LOADING, "RangeError", "not here")
    );
    assert!(error.stack.contains("index.js:2"), "{}", error.stack);
}
