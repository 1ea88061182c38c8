//! migrator3000: it exports nothing but the events of a job that PostHog's server had.

use super::events::events;
use super::fetched::{check_errors, end, fetched, process};
use crate::packages::engine::Engine;
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use tests::doubles::Collector;

async fn asks_for_history(app: &str) {
    let config = json!({"host": Collector::HOST, "projectApiKey": "phc_other", "startDate": "2023-01-01", "posthogVersion": "Latest"});
    let Some(app) = fetched(app, config) else { return };
    let receiver = Collector::start().await.expect("there is a free port");
    let engine = Engine::start(app, receiver.ports()).await;
    engine.trigger("runEveryMinute").await;
    for event in events() {
        process(&engine, event).await;
    }
    end(&engine).await;
    check_errors(&engine, &[]);
    let warnings = engine.logs.messages(LogLevel::Warn);
    assert!(
        matches!(&warnings[..], [text] if text.contains("historical events are not available here")),
        "{warnings:?}"
    );
    assert!(receiver.requests().is_empty(), "what is not history was exported");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn migrator3000_has_no_history() {
    asks_for_history("migrator3000").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn migrator3000_3156_has_no_history() {
    asks_for_history("migrator3000@3156419dafd7").await;
}

/// Events that carry the mark of history, as a replay of them would.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "for `cargo xtask public-apps`: needs apps that were fetched"]
async fn migrator3000_exports_what_is_marked_as_history() {
    let config = json!({"host": Collector::HOST, "projectApiKey": "phc_other", "posthogVersion": "Latest"});
    let Some(app) = fetched("migrator3000", config) else { return };
    let receiver = Collector::start().await.expect("there is a free port");
    let engine = Engine::start(app, receiver.ports()).await;
    for mut event in events() {
        event["properties"]["$$is_historical_export_event"] = true.into();
        process(&engine, event).await;
    }
    end(&engine).await;
    check_errors(&engine, &[]);
    let requests = receiver.requests();
    let arrived: Vec<_> = requests.iter().flat_map(|seen| seen.json().as_array().expect("a batch").clone()).collect();
    super::events::check_whole(&arrived, &["event", "distinct_id", "timestamp"]);
    assert!(arrived.iter().all(|event| event["token"] == "phc_other" && event.get("team_id").is_none()));
}
