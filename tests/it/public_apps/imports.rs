//! make-some-noise, which imports `faker`.

use super::fetched::{check_errors, fetched, run_task};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn make_some_noise() {
    let Some(app) = fetched("make-some-noise", json!({"amplification": "10"})) else { return };
    let engine = run_task(app, BTreeMap::new(), "runEveryMinute").await;
    check_errors(&engine, &[]);
    let captured = engine.sink.take_captured();
    let events: Vec<_> = captured.iter().map(|captured| &captured.event.members).collect();
    // Each of eleven people has up to five steps of two events; which, chance decides.
    assert!(events.len() % 2 == 0 && events.len() <= 110, "{}", events.len());
    let mut people = BTreeSet::new();
    for event in &events {
        let properties = &event["properties"];
        assert!(properties["$set"]["email"].as_str().is_some_and(|email| email.contains('@')), "{event:?}");
        assert!(properties["$current_url"].as_str().is_some_and(|url| url.starts_with("http://amazingstore.com/")));
        people.insert(properties["$user_id"].as_str().expect("a text"));
    }
    assert!(people.len() > 1 && people.len() <= 11, "{people:?}");
}
