//! Bad records: the events around them come out, and what cannot be used is a dead letter that holds it whole.

use runtime_core::decode::TeamDirectory;
use runtime_core::event::TeamId;
use runtime_core::pipeline::PipelineProcessor;
use runtime_core::pipeline::record::{Record, RecordOutcome, RecordProcessor};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, LetterFilter};
use runtime_core::ports::delayed_queue::Lane;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use tests::{MemorySink, World};

/// An app that changes every event, behind a processor of records.
struct Intake {
    processor: PipelineProcessor,
    sink: Arc<MemorySink>,
    dead_letters: Arc<dyn DeadLetters>,
}

impl Intake {
    async fn start() -> Self {
        let world = World::with("function processEvent(event) { event.properties.seen = true; return event }").await;
        let teams = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
        let dead_letters = world.store.dead_letters();
        let processor = PipelineProcessor::new(world.pipeline, teams);
        Self { processor, sink: world.sink, dead_letters }
    }

    async fn process(&self, id: &str, body: &[u8]) {
        let record = Record::new(Lane::Events, id, body.to_vec(), Timestamp(0));
        assert_eq!(self.processor.process(record).await, RecordOutcome::Done);
    }

    /// Sends `body` between two good records; the events that came out beside theirs, and the dead letters.
    async fn results(body: &[u8]) -> (Vec<Value>, Vec<DeadLetter>) {
        let intake = Self::start().await;
        intake.process("before", br#"{"event": "before", "distinct_id": "d"}"#).await;
        intake.process("bad", body).await;
        intake.process("after", br#"{"event": "after", "distinct_id": "d"}"#).await;
        let mut events = intake.sink.events().into_iter().map(|event| {
            let event = serde_json::to_value(event).expect("an event is JSON");
            assert_eq!(event["properties"]["seen"], true, "every event met the app");
            event
        });
        assert_eq!(events.next().expect("came out")["event"], "before");
        let mut events: Vec<Value> = events.collect();
        assert_eq!(events.pop().expect("came out")["event"], "after");
        (events, intake.dead_letters.list(&LetterFilter::default(), usize::MAX).await.expect("the store is in memory"))
    }

    /// Asserts that nothing came of `body` but one dead letter with this message that holds it whole.
    async fn assert_refused(body: &[u8], message: &str) {
        let (events, letters) = Self::results(body).await;
        assert_eq!(events, Vec::<Value>::new());
        let [letter] = &letters[..] else { panic!("one dead letter: {letters:?}") };
        assert_eq!((letter.message.as_str(), letter.reason), (message, DeadLetterReason::Undecodable));
        assert!(letter.body == body, "the letter holds the record as it came");
    }

    /// The only event that came of `body`, without a dead letter.
    async fn accepted(body: &[u8]) -> Value {
        let (mut events, letters) = Self::results(body).await;
        assert_eq!((events.len(), letters), (1, Vec::new()));
        events.remove(0)
    }
}

fn record_with(properties: &str) -> Vec<u8> {
    format!(r#"{{"event": "E", "distinct_id": "d", "properties": {properties}}}"#).into_bytes()
}

#[tokio::test]
async fn truncated_json() {
    let message = "the record cannot be read as JSON: EOF while parsing a string at byte 14";
    Intake::assert_refused(br#"{"event": "trun"#, message).await;
}

#[tokio::test]
async fn an_empty_record() {
    let message = "the record is empty: send an event or a list of events as JSON";
    for body in [&b""[..], b" \r\n\t", b"\xef\xbb\xbf"] {
        Intake::assert_refused(body, message).await;
    }
}

#[tokio::test]
async fn bytes_that_are_no_utf_8() {
    let event =
        Intake::accepted(b"{\"event\": \"E\xff\", \"distinct_id\": \"d\", \"properties\": {\"a\": \"\xc3\"}}").await;
    assert_eq!((&event["event"], &event["properties"]["a"]), (&json!("E\u{fffd}"), &json!("\u{fffd}")));
    let (events, letters) = Intake::results(b"\xff\xfe\x00\x01").await;
    assert_eq!((events.len(), letters.len()), (0, 1));
    assert_eq!(letters[0].body, b"\xff\xfe\x00\x01", "kept as it came, not as it was read");
}

#[tokio::test]
async fn an_event_of_five_megabytes() {
    let text = "x".repeat(5 << 20);
    let event = Intake::accepted(&record_with(&json!({"text": text}).to_string())).await;
    assert!(event["properties"]["text"] == text, "comes out whole");
}

#[tokio::test]
async fn nested_ten_thousand_deep() {
    let deep = format!("{{\"deep\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let (events, letters) = Intake::results(&record_with(&deep)).await;
    assert_eq!((events.len(), letters.len()), (0, 1));
    assert!(letters[0].message.contains("nested"), "{}", letters[0].message);
    assert!(letters[0].body == record_with(&deep), "the letter holds the record as it came");
}

#[tokio::test]
async fn halves_of_surrogate_pairs() {
    let event = Intake::accepted(&record_with(r#"{"a": "\ud83d", "b": "\udca9\ud83d", "c": "\ud83d\udca9"}"#)).await;
    let properties = &event["properties"];
    assert_eq!([&properties["a"], &properties["b"], &properties["c"]], ["\u{fffd}", "\u{fffd}\u{fffd}", "💩"]);
}

#[tokio::test]
async fn keys_that_every_object_inherits() {
    let odd = json!({
        "__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}, "toString": 1, "valueOf": null,
        "hasOwnProperty": "text", "then": "not a promise", "toJSON": "text", "length": -1, "": 0,
    });
    let event = Intake::accepted(&record_with(&odd.to_string())).await;
    let mut properties = event["properties"].clone();
    let members = properties.as_object_mut().expect("an object");
    members.retain(|key, _| odd.get(key).is_some());
    assert_eq!(properties, odd);
    assert_eq!(event["properties"].get("polluted"), None);
}

#[tokio::test]
async fn a_key_given_twice() {
    let event =
        Intake::accepted(br#"{"event": "first", "distinct_id": "d", "event": "last", "properties": {"a": 1, "a": 2}}"#)
            .await;
    assert_eq!((&event["event"], &event["properties"]["a"]), (&json!("last"), &json!(2)));
}

#[tokio::test]
async fn a_bad_event_in_a_good_batch() {
    let good = r#"{"event": "good", "distinct_id": "d"}"#;
    let (events, letters) = Intake::results(format!(r#"[{good}, 7, {good}, {{"event": 5}}]"#).as_bytes()).await;
    assert_eq!(events.len(), 2);
    let told: Vec<_> = letters.iter().map(|letter| (letter.message.as_str(), letter.body.as_slice())).collect();
    let expected: [(&str, &[u8]); 2] = [
        ("event 1 at byte 40 cannot be used: it is a number: send an object", br#"{"batch":[7]}"#),
        (
            "event 3 at byte 82 cannot be used: its name is not text: set `event` to text",
            br#"{"batch":[{"event": 5}]}"#,
        ),
    ];
    assert_eq!(told, expected);
}
