//! The three functions as Lambda runs them, over an emulator of AWS that `cargo xtask test` starts.

mod end;
mod export_events;
mod geoip;
mod process_events;
mod registry;
mod retries;
mod run_tasks;
mod timing;

use serde_json::json;
use tests::aws::Installed;

/// An app without config.
fn app(name: &'static str, source: &str) -> Installed {
    Installed { name, source: source.to_owned(), members: json!({}) }
}

/// An app that knows where to send what it does: `config.url`.
fn app_with_url(name: &'static str, source: &str, url: &str) -> Installed {
    Installed { name, source: source.to_owned(), members: json!({"config": {"url": url}}) }
}

/// The body of a record with one event of that name.
fn event(name: &str) -> String {
    json!({"event": name, "distinct_id": "p", "token": "phc_x"}).to_string()
}

/// The event of a rule of EventBridge, for the minute that has just begun.
pub(crate) fn rule(name: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
    let time = runtime_core::ports::clock::Timestamp(i64::try_from(now.as_millis()).expect("it fits")).to_string();
    json!({"version": "0", "id": "89d1a02d-5ec7-412e-82f5-13505f849b41", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "123456789012", "time": time, "region": "us-east-1",
        "resources": [format!("arn:aws:events:us-east-1:123456789012:rule/stack-{name}")], "detail": {}})
    .to_string()
}
