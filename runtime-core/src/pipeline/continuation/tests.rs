//! Tests of the format of continuations.

use super::*;
use crate::pipeline::{ChainPlace, ChainStage, Marks};
use serde_json::json;

fn on_event(event: &str) -> Continuation {
    Continuation::of_event(Stage::OnEvent { installation: InstallationId(39) }, Progress::first(2), event.into())
}

#[test]
fn what_is_written_is_read_again_to_the_byte() {
    let deep = format!("{{\"a\": {}1.10{}, \"b\": \"\\ud800\"}}", "[".repeat(120), "]".repeat(120));
    let chain = Stage::Chain(ChainStage {
        from: Some(ChainPlace { order: -1, installation: InstallationId(3) }),
        marks: Marks { succeeded: vec!["a (1)".into()], failed: vec!["b (2)".into()] },
        person: json!({"$set": {"plan": "free"}}).as_object().expect("an object").clone(),
    });
    for stage in [chain, Stage::Sink, Stage::Webhook { installation: InstallationId(1) }] {
        let written = Continuation::of_event(stage.clone(), Progress::first(1), deep.clone());
        let body = written.to_json();
        assert_eq!(Continuation::is_claimed_by(&body), Ok(true));
        let read = Continuation::parse(&body).expect("just written");
        assert_eq!((read.subject_json(), read.stage, read.progress), (deep.clone(), stage, Progress::first(1)));
    }
    let export = Stage::Export { installation: InstallationId(1), batch_id: Some("b".into()) };
    let events = vec![RawValue::from_string("{\"a\" :1}".into()).expect("JSON")];
    let read = Continuation::parse(&Continuation::of_batch(export, Progress::first(0), events).to_json());
    assert_eq!(read.expect("just written").subject_json(), "[{\"a\" :1}]");
}

#[test]
fn the_format_does_not_change_unnoticed() {
    let body = r#"{"kind":"continuation","v":1,"stage":{"name":"on_event","installation":39},"progress":{"attempt":1,"outages":0,"parks":0,"first_at":null,"hops":2},"subject":{"event":{"uuid":"u"}}}"#;
    assert_eq!(on_event("{\"uuid\":\"u\"}").to_json(), body);
}

#[test]
fn ids_tell_every_step_apart_and_know_a_duplicate() {
    let first = on_event("{\"uuid\":\"u\"}");
    assert_eq!(first.message_id(), on_event("{\"uuid\":\"u\"}").message_id());
    let mut later = first.clone();
    later.progress.first_at = Some(Timestamp(5));
    assert_eq!(first.message_id(), later.message_id(), "when it was put off says nothing about the work");
    let mut outage = first.clone();
    outage.progress.outages = 1;
    let mut elsewhere = first.clone();
    elsewhere.stage = Stage::Webhook { installation: InstallationId(39) };
    let other_event = on_event("{\"uuid\":\"u\",\"a\":1}");
    for other in [first.clone().after_attempt(), outage, elsewhere, other_event] {
        assert_ne!(first.message_id(), other.message_id(), "{other:?}");
    }
}

#[test]
fn a_newer_format_is_left_to_a_newer_release() {
    let body = on_event("{}").to_json().replace("\"v\":1", "\"v\":2").replace("on_event", "not_known_today");
    let error = Continuation::parse(&body).expect_err("newer");
    assert_eq!(error, BadContinuation::Newer { found: 2 });
    assert!(error.to_string().contains("newer release"), "{error}");
}

#[test]
fn what_is_no_continuation_is_malformed() {
    let good = on_event("{}").to_json();
    let bad = [
        String::new(),
        "{".into(),
        "[]".into(),
        good.replace("\"v\":1", "\"v\":0"),
        good.replace("\"v\":1,", ""),
        good.replace("on_event", "nowhere"),
        good.replace("\"attempt\":1", "\"attempt\":0"),
        good.replace("\"attempt\":1", "\"attempt\":-1"),
        good.replace("{\"event\":{}}", "{\"batch\":[{}]}"),
        good.replace(",\"subject\":{\"event\":{}}", ""),
    ];
    for body in bad {
        let error = Continuation::parse(&body).expect_err(&body);
        assert!(matches!(error, BadContinuation::Malformed(_)), "{body}: {error}");
    }
}

#[test]
fn jobs_share_the_queue() {
    let job = r#"{"v":1,"installation":1,"name":"job"}"#;
    for body in [job, "{", "[]", r#"{"name":"job"}"#] {
        assert_eq!(Continuation::is_claimed_by(body), Ok(false), "{body}");
    }
    let newer = Continuation::is_claimed_by(&job.replace("\"v\":1", "\"v\":2"));
    assert_eq!(newer, Err(BadContinuation::Newer { found: 2 }));
    let error = Continuation::is_claimed_by(r#"{"v":1,"kind":"dream"}"#).expect_err("nobody knows that kind");
    assert!(error.to_string().contains("\"dream\" waits for a newer release"), "{error}");
}
