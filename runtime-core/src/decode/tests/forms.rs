//! The forms in which records come, and the shape in which events leave.

use super::*;

#[test]
fn a_bare_event_gets_everything_it_lacks() {
    assert_eq!(
        only(&json!({"event": "E", "distinct_id": "d", "properties": {"a": 1}})),
        json!({
            "event": "E", "distinct_id": "d", "properties": {"a": 1}, "uuid": crate::event::event_uuid("m1", 0),
            "team_id": 2, "site_url": "", "now": "2023-01-01T00:00:00.000Z", "timestamp": "2023-01-01T00:00:00.000Z",
            "ip": null,
        })
    );
}

#[test]
fn a_full_event_keeps_its_members_in_order() {
    let event = json!({"distinct_id": "d", "ip": "1.2.3.4", "site_url": "http://x", "team_id": 7, "now": "2023-01-01T00:00:01Z",
        "event": "E", "uuid": "017EF865-19da-0000-3b60-1506093bf40f", "timestamp": "2022-12-31T23:59:59.123456+00:00",
        "properties": {"$ip": "1.2.3.4"}, "custom": [1]});
    let decoded = only(&event);
    assert_eq!(decoded.to_string(), event.to_string());
}

#[test]
fn lists_and_batches_hold_many() {
    let one = json!({"event": "A", "distinct_id": 1, "token": "phc_one"});
    let two = json!({"event": "B", "properties": {"distinct_id": "b"}});
    for body in [
        json!({"api_key": "phc_two", "historical_migration": true, "sent_at": "2023-01-01T00:00:00Z", "batch": [one, two]}),
        json!({"token": "phc_two", "sent_at": "2023-01-01T00:00:00Z", "data": [one, two]}),
        json!({"token": "phc_two", "sent_at": "2023-01-01T00:00:00Z", "data": json!([one, two]).to_string()}),
    ] {
        let events = decode_with(body.to_string().as_bytes(), &two_teams()).unwrap();
        let events: Vec<PluginEvent> = events.into_iter().map(Result::unwrap).collect();
        assert_eq!(events[0].team(), Some(TeamId(1)), "{body}");
        assert_eq!(events[1].team(), Some(TeamId(2)), "{body}");
        assert_eq!(events[0].members["distinct_id"], "1");
        assert_eq!(events[1].members["distinct_id"], "b");
        assert_eq!(events[1].members["sent_at"], "2023-01-01T00:00:00Z");
        assert_ne!(events[0].uuid(), events[1].uuid());
    }
    let list = json!([{"event": "A", "distinct_id": "a"}, {"event": "B", "distinct_id": "b"}]);
    assert_eq!(decode_with(list.to_string().as_bytes(), &one_team()).unwrap().len(), 2);
    assert!(decode_with(b"[]", &one_team()).unwrap().is_empty());
}

#[test]
fn a_capture_body_finds_its_team_by_token() {
    for body in [
        json!({"api_key": "phc_two", "event": "E", "distinct_id": "d"}),
        json!({"event": "E", "properties": {"token": "phc_two", "distinct_id": "d"}}),
        json!({"token": "phc_two", "data": {"event": "E", "distinct_id": "d"}}),
    ] {
        let event = decode_with(body.to_string().as_bytes(), &two_teams()).unwrap().remove(0).unwrap();
        assert_eq!(event.team(), Some(TeamId(2)), "{body}");
    }
}

#[test]
fn an_envelope_beats_what_is_inside() {
    let inside = json!({"event": "E", "distinct_id": "spoofed", "uuid": "spoofed", "team_id": 1, "token": "phc_one",
        "timestamp": "2023-01-01T00:00:00Z", "properties": {"a": "\u{1F600}"}});
    let body = json!({"uuid": "017ef865-19da-0000-3b60-1506093bf40f", "distinct_id": "d", "ip": "1.2.3.4", "site_url": "http://x",
        "team_id": null, "token": "phc_two", "data": inside.to_string(), "now": "2023-01-01T00:00:02Z",
        "sent_at": "2023-01-01T00:00:01Z"});
    let event = decode_with(body.to_string().as_bytes(), &two_teams()).unwrap().remove(0).unwrap();
    assert_eq!(event.team(), Some(TeamId(2)));
    assert_eq!(event.uuid(), "017ef865-19da-0000-3b60-1506093bf40f");
    assert_eq!(event.members["distinct_id"], "d");
    assert_eq!(event.members["properties"]["$ip"], "1.2.3.4");
    assert_eq!(event.members["properties"]["$sent_at"], "2023-01-01T00:00:01Z");
    assert_eq!(event.members["properties"]["a"], "\u{1F600}");
    assert!(!event.members.contains_key("data"));
    assert_eq!(event.happened_at(), Some(Timestamp(1_672_531_201_000)));
}

#[test]
fn case_084_incoming_plugin_marks_are_removed() {
    let event = only(&json!({"event": "E", "distinct_id": "d", "properties": {
        "$plugins_succeeded": ["demo (39)"], "$plugins_failed": ["demo (39)"], "$plugins_deferred": [], "a": 1}}));
    assert_eq!(event["properties"], json!({"a": 1}));
}

#[test]
fn the_same_message_gives_the_same_uuid() {
    let body = json!({"event": "E", "distinct_id": "d", "uuid": ""});
    assert_eq!(only(&body)["uuid"], only(&body)["uuid"]);
}

#[test]
fn times_become_iso_text() {
    let event = only(
        &json!({"event": "E", "distinct_id": "d", "timestamp": 0, "sent_at": "2023-01-01 00:00:00", "now": "rubbish"}),
    );
    assert_eq!(event["timestamp"], "1970-01-01T00:00:00.000Z");
    assert_eq!(event["sent_at"], "2023-01-01T00:00:00.000Z");
    assert_eq!(event["now"], "2023-01-01T00:00:00.000Z");
    let broken = only(&json!({"event": "E", "distinct_id": "d", "timestamp": "rubbish", "sent_at": "rubbish"}));
    assert_eq!(broken["timestamp"], "2023-01-01T00:00:00.000Z");
    assert!(!broken.as_object().unwrap().contains_key("sent_at"));
    assert_eq!(broken["properties"]["$sent_at"], "rubbish");
}

#[test]
fn an_offset_counts_back_from_the_moment_of_sending() {
    let body = json!({"event": "E", "distinct_id": "d", "offset": 5000, "now": "2023-01-01T00:00:10Z", "sent_at": "2022-01-01T00:00:00Z"});
    let event = decode_with(body.to_string().as_bytes(), &one_team()).unwrap().remove(0).unwrap();
    assert_eq!(event.members["timestamp"], "2021-12-31T23:59:55.000Z");
    assert_eq!(event.happened_at(), Some(Timestamp(1_672_531_205_000)));
}

#[test]
fn the_address_fills_both_places() {
    let event = only(&json!({"event": "E", "distinct_id": "d", "properties": {"$ip": "1.2.3.4"}}));
    assert_eq!(event["ip"], "1.2.3.4");
}
