//! What is installed changes while functions run: when that is seen, what it touches, and that no event meets both.

use runtime_core::decode::TeamDirectory;
use runtime_core::pipeline::record::{Record as Message, RecordOutcome, RecordProcessor};
use runtime_core::pipeline::{Pipeline, PipelineProcessor};
use runtime_core::ports::blob_store::BlobStore;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::dead_letters::{DeadLetterReason, DeadLetters, LetterFilter};
use runtime_core::ports::delayed_queue::Lane;
use runtime_core::registry::Record;
use runtime_core::telemetry::{LogLevel, Notice};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tests::registry::TestRegistry;
use tests::{MockReply, World, deliver_due, event};

/// Writes into the event what it is configured with and how many events it has seen.
const APP: &str = "let events = 0
    export function teardownPlugin() { console.log('teardownPlugin') }
    export async function processEvent(event, { config }) {
        if (event.properties.slow) await fetch('https://slow.example.com/')
        event.properties.seen = [...(event.properties.seen ?? []), config.word, ++events]
        return event
    }";

/// An execution environment over a registry.
struct Environment {
    registry: TestRegistry,
    processor: Arc<PipelineProcessor>,
    world: World,
}

fn manifest() -> Value {
    json!({"name": "demo", "config": [{"key": "word"}, {"key": "key", "secret": true}]})
}

async fn environment(words: &[&str]) -> Environment {
    let (environment, mut pipeline) = outside().await;
    environment.apply(words).await;
    let watch = environment.registry.watch();
    let current = watch.now().await.expect("it can be read");
    pipeline.reload(current.installations()).await.expect("threads can be started");
    watch.took_up(&current).await;
    Environment { processor: Arc::new(PipelineProcessor::new(pipeline, current.teams).watching(watch)), ..environment }
}

/// An environment of a stack that was just deployed.
async fn environment_of_nothing() -> Environment {
    let (environment, pipeline) = outside().await;
    let processor = PipelineProcessor::new(pipeline, TeamDirectory::default()).awaiting_the_first();
    Environment { processor: Arc::new(processor.watching(environment.registry.watch())), ..environment }
}

/// Everything but the processor, and the pipeline of the world for it; pipelines without apps are left in their places.
async fn outside() -> (Environment, Pipeline) {
    let (world, rest, other) =
        (World::builder().start().await, World::builder().start().await, World::builder().start().await);
    let registry = TestRegistry::new(&world.clock);
    let World { pipeline, clock, store, sink, logs, http, recorded, notices, refused } = world;
    let world = World { pipeline: rest.pipeline, clock, store, sink, logs, http, recorded, notices, refused };
    let processor = Arc::new(PipelineProcessor::new(other.pipeline, TeamDirectory::default()));
    (Environment { registry, processor, world }, pipeline)
}

/// A record for each word, by number from 1.
async fn records(registry: &TestRegistry, words: &[&str]) -> Vec<Record> {
    let mut records = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let members = json!({"order": index, "config": {"word": word}});
        records.push(registry.record(index as i64 + 1, (APP, &manifest()), members).await);
    }
    records
}

impl Environment {
    async fn begin(&self) {
        let until = self.world.clock.elapsed() + Duration::from_secs(600);
        self.processor.begin(until).await.expect("threads can be started");
    }

    async fn process(&self, properties: Value) -> RecordOutcome {
        let body = event(json!({ "properties": properties })).to_string().into_bytes();
        self.processor.process(Message::new(Lane::Events, "m1", body, self.world.now())).await
    }

    /// What the apps wrote into the last event that left the chain.
    fn seen(&self) -> Value {
        let events = self.world.sink.events();
        events.last().map_or(Value::Null, |event| Value::Object(event.members.clone())["properties"]["seen"].clone())
    }

    /// An invocation with one event.
    async fn invoke(&self) -> Value {
        self.begin().await;
        assert_eq!(self.process(json!({})).await, RecordOutcome::Done);
        assert_eq!(self.processor.flush().await, RecordOutcome::Done);
        self.seen()
    }

    async fn apply(&self, words: &[&str]) {
        self.registry.apply(records(&self.registry, words).await).await;
    }

    fn wait(&self) {
        self.world.clock.advance(Duration::from_secs(30));
    }

    fn torn_down(&self) -> usize {
        self.world.logs.messages(LogLevel::Log).iter().filter(|line| *line == "teardownPlugin").count()
    }
}

#[tokio::test]
async fn a_changed_config_is_used_within_the_refresh_time_and_touches_no_other_app() {
    let it = environment(&["a", "b"]).await;
    assert_eq!(it.invoke().await, json!(["a", 1, "b", 1]));
    it.apply(&["a", "new"]).await;
    it.world.clock.advance(Duration::from_secs(29));
    assert_eq!(it.invoke().await, json!(["a", 2, "b", 2]), "it is not yet time to look");
    it.world.clock.advance(Duration::from_secs(1));
    assert_eq!(it.invoke().await, json!(["a", 3, "new", 1]), "its isolate is another one, and no other");
    assert_eq!(it.torn_down(), 1);
    assert_eq!(it.world.logs.notices(), [Notice::Refreshed { revision: 2, installations: 2 }]);
}

#[tokio::test]
async fn an_event_that_came_before_anything_was_installed_waits_for_it() {
    let it = environment_of_nothing().await;
    assert_eq!(it.invoke().await, Value::Null, "no event may pass by the apps that are to come");
    for _ in 1..=3 {
        assert_eq!(it.processor.trigger("runEveryMinute", it.world.now()).await.expect("ticks go on"), 0);
        it.world.clock.advance(Duration::from_secs(60));
        it.begin().await;
        deliver_due(&*it.processor, &it.world.store, it.world.now()).await;
        assert_eq!(it.seen(), Value::Null);
    }
    it.world.clock.advance(Duration::from_secs(60));
    it.apply(&["a"]).await;
    it.begin().await;
    deliver_due(&*it.processor, &it.world.store, it.world.now()).await;
    assert_eq!(it.seen(), json!(["a", 1]));
    assert_eq!(it.world.sink.events().len(), 1);
}

#[tokio::test]
async fn a_record_that_cannot_be_put_back_as_it_is_becomes_a_dead_letter_at_once() {
    let it = environment_of_nothing().await;
    it.begin().await;
    let record = Message::new(Lane::Events, "m1", b"\xff".to_vec(), it.world.now());
    assert_eq!(it.processor.process(record).await, RecordOutcome::Done);
    let letters = it.world.dead_letters().await;
    assert_eq!(letters.iter().map(|letter| letter.body.as_slice()).collect::<Vec<_>>(), [b"\xff"]);
}

#[tokio::test]
async fn an_app_that_changed_or_went_is_torn_down() {
    let it = environment(&["a", "b", "c"]).await;
    it.invoke().await;
    it.apply(&["a", "new"]).await;
    it.wait();
    assert_eq!(it.invoke().await, json!(["a", 2, "new", 1]));
    assert_eq!(it.torn_down(), 2);
}

#[tokio::test]
async fn an_unchanged_revision_costs_one_small_read_in_thirty_seconds() {
    let it = environment(&["a"]).await;
    it.registry.documents.take_reads();
    for _ in 0..10 {
        it.invoke().await;
    }
    assert_eq!(it.registry.documents.take_reads(), 0, "it was read when the environment started");
    it.wait();
    for _ in 0..10 {
        it.invoke().await;
    }
    assert_eq!(it.registry.documents.take_reads(), 1);
    it.world.clock.set_now(it.world.now().plus(Duration::from_secs(3600)));
    it.invoke().await;
    assert_eq!(it.registry.documents.take_reads(), 1, "time that passed while the process was frozen counts");
}

#[tokio::test]
async fn a_registry_out_of_reach_changes_nothing_and_is_said_once() {
    let it = environment(&["a"]).await;
    it.registry.documents.set_down(true);
    it.apply_later(&["b"]).await;
    for count in 1..=3 {
        it.wait();
        assert_eq!(it.invoke().await, json!(["a", count]));
    }
    let said = it.world.logs.notices();
    assert!(matches!(said.as_slice(), [Notice::NotRefreshed(reason)] if reason.contains("asked to")), "{said:?}");
    it.registry.documents.set_down(false);
    it.wait();
    assert_eq!(it.invoke().await, json!(["b", 1]));
    it.registry.documents.set_down(true);
    it.wait();
    it.invoke().await;
    assert_eq!(it.world.logs.notices().len(), 3, "another outage is said again");
}

#[tokio::test]
async fn at_a_cold_start_a_registry_out_of_reach_is_an_error() {
    let it = environment(&["a"]).await;
    it.registry.documents.set_down(true);
    assert!(it.registry.watch().now().await.is_err());
}

#[tokio::test]
async fn no_event_meets_two_revisions() {
    let it = environment(&["a", "a"]).await;
    it.begin().await;
    it.apply(&["b", "b"]).await;
    it.wait();
    it.world.http.answer(MockReply::json(&json!({})).after(Duration::from_secs(1)));
    let slow = it.process(json!({"slow": true}));
    let next = async {
        // The event is under way by now, and still is when the next invocation wants to begin.
        it.begin().await;
        it.process(json!({})).await
    };
    let both = async { tokio::join!(slow, next) };
    // Each of the two apps waits for it.
    let (first, second) = it.world.during(&[Duration::from_secs(1), Duration::from_secs(1)], both).await;
    assert_eq!((first, second), (RecordOutcome::Done, RecordOutcome::Done));
    assert_eq!(it.world.errors(), [""; 0]);
    let seen: Vec<Value> =
        it.world.sink.events().iter().map(|event| event.members["properties"]["seen"].clone()).collect();
    assert_eq!(seen, [json!(["a", 1, "a", 1]), json!(["b", 1, "b", 1])]);
}

#[tokio::test]
async fn a_disabled_app_is_passed_by_or_waited_for_as_its_policy_says_and_nobody_is_told() {
    let it = environment(&["a", "b"]).await;
    let disabled = |records: Vec<Record>, policy: &str| {
        let mut records = records;
        records[1].enabled = false;
        records[1].on_disabled = serde_json::from_value(json!(policy)).expect("a policy");
        records
    };
    let of = async |policy: &str| disabled(records(&it.registry, &["a", "b"]).await, policy);
    it.registry.apply(of("pass").await).await;
    it.wait();
    assert_eq!(it.invoke().await, json!(["a", 1]));
    it.registry.apply(of("dead_letter").await).await;
    it.wait();
    it.invoke().await;
    let letters = it.world.store.dead_letters().list(&LetterFilter::default(), 10).await.expect("in memory");
    assert_eq!(letters.len(), 1);
    assert_eq!(
        (letters[0].reason, letters[0].message.as_str()),
        (DeadLetterReason::Disabled, "demo is not enabled: enable it to have it run")
    );
    it.registry.apply(of("park").await).await;
    it.wait();
    it.invoke().await;
    assert_eq!(it.world.sink.events().len(), 1, "one went by, one is a dead letter, one waits");
    assert!(it.world.notices.all().is_empty() && it.world.errors().is_empty(), "{:?}", it.world.errors());
    it.apply(&["a", "b"]).await;
    it.world.clock.advance(Duration::from_secs(2 * 3600));
    it.begin().await;
    deliver_due(&*it.processor, &it.world.store, it.world.now()).await;
    assert_eq!(it.seen(), json!(["a", 3, "b", 1]), "it goes on where it stopped");
}

#[tokio::test]
async fn what_cannot_be_installed_is_disabled_and_said_and_the_others_change() {
    let it = environment(&["a", "b"]).await;
    let mut changed = records(&it.registry, &["a", "new"]).await;
    changed[0].bundle = it.registry.store().blob_store().put(b"no bundle").await.expect("in memory");
    it.registry.apply(changed).await;
    it.wait();
    assert_eq!(it.invoke().await, json!(["new", 1]));
    let said = it.world.logs.notices();
    assert!(
        matches!(&said[0], Notice::NotInstalled { installation, message } if installation.0 == 1 && message.starts_with("the bundle cannot be read")),
        "{said:?}"
    );
    assert_eq!(it.world.notices.all().len(), 1, "a person is told");
}

#[tokio::test]
async fn apps_that_are_disabled_and_meant_to_run_are_counted_until_they_are_mended() {
    let it = environment(&["a", "b", "c"]).await;
    let count = async || {
        it.begin().await;
        it.processor.report_disabled_apps().await.expect("the documents are in reach")
    };
    assert_eq!(count().await, 0);
    let mut changed = records(&it.registry, &["a", "b", "c"]).await;
    changed[0].bundle = it.registry.store().blob_store().put(b"no bundle").await.expect("in memory");
    let broken = format!("export function setupPlugin() {{ throw new Error('no access') }}\n{APP}");
    changed[1] = it.registry.record(2, (&broken, &manifest()), json!({"order": 1})).await;
    changed[2].enabled = false;
    it.registry.apply(changed).await;
    it.wait();
    assert_eq!(count().await, 1, "one cannot be loaded; one was not set up so far, and one is disabled on purpose");
    it.invoke().await;
    assert_eq!(count().await, 2, "and one cannot be set up");
    it.wait();
    assert_eq!(count().await, 2, "that stays");
    assert_eq!(it.world.logs.notices().last(), Some(&Notice::DisabledApps(2)));
    it.apply(&["a", "b", "c"]).await;
    it.wait();
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn a_changed_secret_reaches_the_app_and_no_line_of_the_log() {
    let it = environment(&["a"]).await;
    let app = "export function processEvent(event, { config }) {
        console.log('key is', config.key)
        event.properties.seen = [config.key.length]
        return event
    }";
    let record = it.registry.record(1, (app, &manifest()), json!({})).await;
    for value in ["first secret", "a second secret"] {
        it.registry.apply(vec![it.registry.with_secret(record.clone(), "key", value)]).await;
        it.wait();
        assert_eq!(it.invoke().await, json!([value.len()]));
    }
    assert_eq!(it.world.logs.messages(LogLevel::Log), ["key is ***", "key is ***"]);
}

#[tokio::test]
async fn with_everything_removed_events_pass() {
    let it = environment(&["a"]).await;
    it.registry.apply(Vec::new()).await;
    it.wait();
    assert_eq!(it.invoke().await, Value::Null);
    assert_eq!(it.world.sink.events().len(), 1);
}

impl Environment {
    /// Applies although reads fail.
    async fn apply_later(&self, words: &[&str]) {
        self.registry.documents.set_down(false);
        self.apply(words).await;
        self.registry.documents.set_down(true);
    }
}
