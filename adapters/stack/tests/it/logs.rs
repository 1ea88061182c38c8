//! Lines in three log groups.

use crate::account;
use adapter_aws::SdkConfig;
use adapter_stack::FUNCTIONS;
use adapter_stack::logs::StackLogs;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use runtime_core::event::InstallationId;
use runtime_core::ports::app_logs::{AppLogs, FoundLines, LineQuery, LinesOf};
use runtime_core::ports::clock::Timestamp;
use runtime_core::telemetry::LogLevel;
use serde_json::json;
use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

/// CloudWatch takes lines of the last days alone.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_millis()).expect("before 292 million years")
}

fn of_app(time: i64, installation: i64, level: &str, message: &str) -> (i64, String) {
    let line = json!({"timestamp": time, "installation": installation, "team": 2, "app": "Demo", "source": "CONSOLE",
        "level": level, "message": message, "event_uuid": null});
    (time, line.to_string())
}

async fn put(client: &Client, function: &str, lines: Vec<(i64, String)>) {
    let event = |(time, text)| InputLogEvent::builder().timestamp(time).message(text).build().expect("it is whole");
    let put = client.put_log_events().log_group_name(format!("/aws/lambda/mine-{function}")).log_stream_name("one");
    put.set_log_events(Some(lines.into_iter().map(event).collect())).send().await.unwrap();
}

/// Lines of the stack `mine`, and groups of another one.
async fn logged(start: i64) -> SdkConfig {
    let config = account().await;
    let client = Client::new(&config);
    for (stack, function) in FUNCTIONS.map(|(it, _)| ("mine", it)).into_iter().chain([("other", "process-events")]) {
        let group = format!("/aws/lambda/{stack}-{function}");
        client.create_log_group().log_group_name(&group).send().await.unwrap();
        client.create_log_stream().log_group_name(&group).log_stream_name("one").send().await.unwrap();
    }
    let lines = vec![
        (start, "START RequestId: 1 Version: $LATEST".to_owned()),
        of_app(start, 1, "log", "a"),
        of_app(start + 20, 2, "warn", "c of [another]"),
        (start + 21, json!({"_aws": {}, "installation": "1", "calls": 1}).to_string()),
        (start + 22, json!({"level": "WARN", "message": "slow"}).to_string()),
    ];
    put(&client, "process-events", lines).await;
    put(&client, "export-events", vec![of_app(start + 10, 1, "error", "b")]).await;
    put(&client, "run-tasks", vec![(start + 30, "Task timed out after 3.00 seconds".to_owned())]).await;
    config
}

fn query(of: LinesOf, since: i64) -> LineQuery {
    let (least_level, search, function) = (None, None, None);
    LineQuery { of, least_level, since: Timestamp(since), search, function, limit: 10 }
}

fn messages(found: &FoundLines) -> Vec<&str> {
    found.lines.iter().map(|line| line.line.message()).collect()
}

#[tokio::test]
async fn three_groups_are_read_as_one_log() {
    let start = now() - 60_000;
    let logs = StackLogs::new(&logged(start).await, "mine");
    let read = async |query: LineQuery| logs.read(&query).await.unwrap();
    let all = read(query(LinesOf::AllApps, start)).await;
    assert_eq!((messages(&all), all.is_cut), (vec!["a", "b", "c of [another]"], false));
    let functions: Vec<_> = all.lines.iter().map(|line| line.function.as_deref().unwrap()).collect();
    assert_eq!(functions, ["process-events", "export-events", "process-events"]);
    assert_eq!(all.lines.iter().map(|line| &line.id).collect::<HashSet<_>>().len(), 3);
    assert_eq!(read(query(LinesOf::AllApps, start)).await, all, "a line keeps its id");
    let cut = read(LineQuery { limit: 2, ..query(LinesOf::AllApps, start) }).await;
    assert_eq!((messages(&cut), cut.is_cut), (vec!["b", "c of [another]"], true));
    let one = LinesOf::App(InstallationId(1));
    assert_eq!(messages(&read(query(one, start + 1)).await), ["b"]);
    // What the emulator does not know to leave out, we do.
    let warnings = LineQuery { least_level: Some(LogLevel::Warn), ..query(LinesOf::AllApps, start) };
    assert_eq!(messages(&read(warnings).await), ["b", "c of [another]"]);
    let searched = LineQuery { search: Some("[another]".to_owned()), ..query(LinesOf::AllApps, start) };
    assert_eq!(messages(&read(searched).await), ["c of [another]"]);
    let of_exports = LineQuery { function: Some("export-events".to_owned()), ..query(LinesOf::AllApps, start) };
    assert_eq!(messages(&read(of_exports).await), ["b"]);
    assert_eq!(messages(&read(query(LinesOf::Functions, start)).await), ["slow", "Task timed out after 3.00 seconds"]);
}

#[tokio::test]
async fn a_group_that_is_not_there_is_named() {
    let logs = StackLogs::new(&account().await, "mine");
    let error = logs.read(&query(LinesOf::AllApps, 0)).await.unwrap_err().to_string();
    assert!(error.contains("ResourceNotFoundException") && error.contains("/aws/lambda/mine-"), "{error}");
}
