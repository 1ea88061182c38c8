//! Input that no library should send and some do.

use super::*;

fn event_text(properties: &str) -> String {
    format!("{{\"event\":\"E\",\"distinct_id\":\"d\",\"properties\":{properties}}}")
}

fn one(body: &str) -> Result<PluginEvent, EventError> {
    decode_with(body.as_bytes(), &one_team()).unwrap().remove(0)
}

#[test]
fn records_without_events_are_refused() {
    for (body, expected) in [
        ("", "the record is empty: send an event or a list of events as JSON"),
        (" \n", "the record is empty: send an event or a list of events as JSON"),
        ("\u{feff}", "the record is empty: send an event or a list of events as JSON"),
        ("{\"event\": \"SECRET", "the record cannot be read as JSON: EOF while parsing a string at byte 16"),
        (
            "{\"event\": \"a\u{0}SECRET\"}",
            "the record cannot be read as JSON: control character (\\u0000-\\u001F) found while parsing a string at byte 11",
        ),
        ("{} SECRET", "the record cannot be read as JSON: trailing characters at byte 3"),
        ("\"SECRET\"", "the record is text at byte 0: send an event or a list of events"),
        (" 5", "the record is a number at byte 1: send an event or a list of events"),
        ("null", "the record is null at byte 0: send an event or a list of events"),
        ("{\"batch\": {\"SECRET\": 1}}", "`batch` is an object at byte 10: send a list of events"),
        ("{\"data\": \"SECRET\"}", "the text in `data` at byte 9 is not JSON: expected value at byte 0"),
    ] {
        let error = decode_with(body.as_bytes(), &one_team()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.reason(), DeadLetterReason::Undecodable);
    }
}

#[test]
fn a_bad_event_costs_only_itself() {
    let bad = [
        ("7", "it is a number: send an object"),
        ("[[1]]", "it is an array: send an object"),
        ("{\"distinct_id\":\"SECRET\"}", "it has no name: set `event`"),
        ("{\"event\":5,\"distinct_id\":\"d\"}", "its name is not text: set `event` to text"),
        ("{\"event\":\"SECRET\"}", "it has no `distinct_id`: set it on the event or in its properties"),
        (
            "{\"event\":\"E\",\"distinct_id\":\"d\",\"properties\":\"SECRET\"}",
            "its `properties` are no object: send an object",
        ),
        (
            "{\"event\":\"E\",\"distinct_id\":\"d\",\"uuid\":\"SECRET\"}",
            "its `uuid` is no uuid: send one as 8-4-4-4-12 hexadecimal digits, or none",
        ),
    ];
    let good = "{\"event\":\"E\",\"distinct_id\":\"d\"}";
    for (event, expected) in bad {
        let body = format!("{{\"sent_at\":\"2023-01-01T00:00:00Z\",\"batch\":[{good}, {event},{good}]}}");
        let events = decode_with(body.as_bytes(), &one_team()).unwrap();
        assert!(events[0].is_ok() && events[2].is_ok());
        let error = events[1].as_ref().unwrap_err();
        assert_eq!(error.to_string(), format!("event 1 at byte 76 cannot be used: {expected}"));
        assert_eq!(&body[76..76 + event.len()], event);
        let kept = String::from_utf8(error.body.clone()).unwrap();
        assert_eq!(kept, format!("{{\"sent_at\":\"2023-01-01T00:00:00Z\",\"batch\":[{event}]}}"));
        let again = decode_with(&error.body, &one_team()).unwrap().remove(0).unwrap_err();
        assert_eq!(again.fault, error.fault);
    }
}

#[test]
fn an_unknown_team_has_its_own_reason() {
    let body = json!({"api_key": "phc_other", "batch": [{"event": "E", "distinct_id": "d"}]});
    let error = decode_with(body.to_string().as_bytes(), &two_teams()).unwrap().remove(0).unwrap_err();
    assert_eq!(error.reason(), DeadLetterReason::UnknownTeam);
    let mut teams = two_teams();
    teams.tokens.insert("phc_other".into(), TeamId(3));
    let redriven = decode_with(&error.body, &teams).unwrap().remove(0).unwrap();
    assert_eq!(redriven.team(), Some(TeamId(3)), "a dead letter can be run again once the token is known");
}

#[test]
fn a_number_out_of_range_costs_only_its_event() {
    let error = one(&event_text("{\"a\":1e400}")).unwrap_err();
    assert!(
        error.to_string().starts_with("event 0 at byte 0 cannot be used: number out of range at byte 53"),
        "{error}"
    );
    assert_eq!(error.body, event_text("{\"a\":1e400}").into_bytes());
}

#[test]
fn numbers_are_kept() {
    let event = one(&event_text(
        "{\"a\":-0,\"b\":9007199254740993,\"c\":18446744073709551615,\"d\":0.1,\"e\":123456789.12345679}",
    ))
    .unwrap();
    let text = Value::Object(event.properties().unwrap().clone()).to_string();
    assert_eq!(
        text,
        "{\"a\":-0.0,\"b\":9007199254740993,\"c\":18446744073709551615,\"d\":0.1,\"e\":123456789.12345679}"
    );
}

#[test]
fn half_a_pair_of_surrogates_is_repaired() {
    let event = one(&event_text("{\"a\":\"x\\ud800y\",\"\\udc00\":\"\\ud83d\\ude00\"}")).unwrap();
    assert_eq!(Value::Object(event.properties().unwrap().clone()), json!({"a": "x\u{fffd}y", "\u{fffd}": "\u{1f600}"}));
    let inside = event_text("{\"a\":\"\\ud800\"}");
    let wrapped = one(&json!({"data": inside, "team_id": 2}).to_string()).unwrap();
    assert_eq!(wrapped.properties().unwrap()["a"], "\u{fffd}");
}

#[test]
fn bytes_that_are_no_text_are_repaired() {
    let mut body = b"\xef\xbb\xbf".to_vec();
    body.extend(event_text("{\"a\":\"?\"}").bytes().map(|byte| if byte == b'?' { 0xff } else { byte }));
    let event = decode_with(&body, &one_team()).unwrap().remove(0).unwrap();
    assert_eq!(event.properties().unwrap()["a"], "\u{fffd}");
}

#[test]
fn depth_is_limited_and_says_so() {
    let nested = |depth: usize| event_text(&format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth)));
    assert!(one(&nested(json::MAX_DEPTH - 2)).is_ok());
    for depth in [json::MAX_DEPTH - 1, 10_000, 1_000_000] {
        let error = one(&nested(depth)).unwrap_err();
        assert!(error.to_string().contains("nested more than 120 levels deep at byte"), "{error}");
    }
    let neighbours = format!("[{},{}]", nested(10_000), nested(1));
    let events = decode_with(neighbours.as_bytes(), &one_team()).unwrap();
    assert!(events[0].is_err() && events[1].is_ok());
}

#[test]
fn odd_keys_are_ordinary_data() {
    let event = one(&event_text("{\"__proto__\":{\"a\":1},\"constructor\":2,\"\":3,\"x\":1,\"x\":2}")).unwrap();
    let text = Value::Object(event.properties().unwrap().clone()).to_string();
    assert_eq!(text, "{\"__proto__\":{\"a\":1},\"constructor\":2,\"\":3,\"x\":2}");
}

#[test]
fn a_distinct_id_of_any_kind_becomes_text() {
    for (given, expected) in [
        (json!(5), "5"),
        (json!(1.5), "1.5"),
        (json!(true), "true"),
        (json!({}), "[object Object]"),
        (json!([1, 2]), "1,2"),
        (json!("a\u{0}"), "a\u{fffd}"),
    ] {
        assert_eq!(only(&json!({"event": "E", "distinct_id": given}))["distinct_id"], expected);
    }
    for missing in [json!(null), json!(""), json!([])] {
        assert_eq!(fault(&json!({"event": "E", "distinct_id": missing})), EventFault::NoDistinctId);
    }
}

#[test]
fn a_very_large_event_is_read() {
    let text = "x".repeat(5_000_000);
    let event = only(&json!({"event": "E", "distinct_id": "d", "properties": {"a": text}}));
    assert_eq!(event["properties"]["a"].as_str().unwrap().len(), 5_000_000);
}
