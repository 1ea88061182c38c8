//! How late retries, set-ups, exports and jobs come on real queues: `cargo xtask timing` runs this, prints what it measured, and
//! fails if anything came early or more than three seconds late. It takes three minutes, most of them the waits of the back-offs.

use super::{app_with_url, event};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};
use tests::aws::{AwsStack, Function, Queue};
use tests::endpoint::Endpoint;

/// How late work may come, in milliseconds.
const LATEST_MS: i64 = 3_000;

/// How long all of it may take: the waits, and what three seconds at each step add up to.
const PATIENCE: Duration = Duration::from_secs(200);

/// Tells the endpoint when each run began.
const TELL: &str = "async function tell(config, what) {
    await fetch(config.url, { method: 'POST', body: JSON.stringify({ what, at: Date.now() }) })
}";

/// The waits in seconds that are expected of each function: between its runs, or for jobs since the run that enqueued them.
const EXPECTED: [(&str, Since, &[i64]); 4] = [
    ("onEvent", Since::RunBefore, &[5, 10, 20, 40, 80]),
    ("exportEvents", Since::RunBefore, &[6, 12, 24]),
    ("setupPlugin", Since::RunBefore, &[5, 10, 20, 40, 80]),
    ("jobs.work", Since::FirstRun, &[2, 12, 42]),
];

/// From when a wait counts.
#[derive(Debug, Clone, Copy)]
enum Since {
    RunBefore,
    FirstRun,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes three minutes; cargo xtask timing runs it"]
async fn work_is_never_early_and_at_most_three_seconds_late() {
    let endpoint = Endpoint::start().await.unwrap();
    let on_event = format!(
        "{TELL}\nexport async function onEvent(event, {{ config }}) {{ await tell(config, 'onEvent'); throw new RetryError('again') }}"
    );
    let export = format!(
        "{TELL}\nexport async function exportEvents(events, {{ config }}) {{ await tell(config, 'exportEvents'); throw new RetryError('again') }}"
    );
    let set_up = format!(
        "{TELL}\nexport async function setupPlugin({{ config }}) {{ await tell(config, 'setupPlugin'); throw new RetryError('again') }}
         export function onEvent() {{}}"
    );
    let job = format!(
        "{TELL}\nexport const jobs = {{ async work(payload, {{ config }}) {{ await tell(config, 'jobs.work') }} }}
         export async function onEvent(event, {{ config, jobs }}) {{
             await tell(config, 'jobs.work')
             for (const seconds of [2, 12, 42]) await jobs.work({{}}).runIn(seconds, 'seconds')
         }}"
    );
    let apps = [("on-event", on_event), ("export", export), ("set-up", set_up), ("job", job)];
    let apps = apps.each_ref().map(|(name, source)| app_with_url(name, source, endpoint.url()));
    let stack = AwsStack::new(&apps).await;
    let process = stack.start("process-events").await;
    let (export, tasks) = (stack.start("export-events").await, stack.start("run-tasks").await);
    stack.send(Queue::Events, &[&event("one")]).await;
    let until = Instant::now() + PATIENCE;
    let lanes = [(Queue::Events, &process), (Queue::Exports, &export), (Queue::Jobs, &tasks)];
    let serving = lanes.map(|(queue, function)| serve(&stack, queue, function, until));
    let second = stack.start("process-events").await;
    let continuations = serve(&stack, Queue::Continuations, &second, until);
    let wanted: usize = EXPECTED.iter().map(|(_, _, waits)| waits.len() + 1).sum();
    let complete = tests::until_within(PATIENCE, || endpoint.received().len() >= wanted);
    tokio::select! {
        () = async { futures_util::future::join(futures_util::future::join_all(serving), continuations).await; } => {}
        () = complete => {}
    }
    let (report, is_in_time) = judge(&endpoint.received());
    tests::show(&report);
    assert!(is_in_time, "\n{report}");
}

/// Plays the event source mapping of one queue.
async fn serve(stack: &AwsStack, queue: Queue<'_>, function: &Function, until: Instant) {
    while Instant::now() < until {
        stack.deliver_if_any(queue, function, 1).await;
    }
}

/// A table of the waits, and whether all of them are as they should be.
fn judge(told: &[Value]) -> (String, bool) {
    let mut runs: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for run in told {
        if let (Some(what), Some(at)) = (run["what"].as_str(), run["at"].as_i64()) {
            runs.entry(what).or_default().push(at);
        }
    }
    let (mut report, mut is_in_time) = (String::from("function      expected s   late by ms\n"), true);
    for (what, since, expected) in EXPECTED {
        let mut at = runs.remove(what).unwrap_or_default();
        at.sort_unstable();
        let waits: Vec<i64> = match since {
            Since::RunBefore => at.windows(2).map(|pair| pair[1] - pair[0]).collect(),
            Since::FirstRun => at.iter().skip(1).map(|later| later - at[0]).collect(),
        };
        is_in_time &= waits.len() == expected.len();
        for (index, seconds) in expected.iter().enumerate() {
            let late = waits.get(index).map(|wait| wait - seconds * 1000);
            is_in_time &= late.is_some_and(|late| (0..=LATEST_MS).contains(&late));
            let late = late.map_or_else(|| "never came".to_owned(), |late| late.to_string());
            writeln!(report, "{what:<13} {seconds:>10}   {late:>10}").expect("a String takes everything");
        }
    }
    (report, is_in_time)
}

#[test]
fn what_is_early_late_or_missing_is_seen() {
    let runs = |shift: i64| -> Vec<Value> {
        let mut told = Vec::new();
        for (what, since, waits) in EXPECTED {
            let mut at = 0;
            told.push(serde_json::json!({"what": what, "at": at}));
            for wait in waits {
                let before = if let Since::RunBefore = since { at } else { 0 };
                at = before + wait * 1000 + shift;
                told.push(serde_json::json!({"what": what, "at": at}));
            }
        }
        told
    };
    assert!(judge(&runs(0)).1 && judge(&runs(LATEST_MS)).1);
    assert!(!judge(&runs(-1)).1, "early");
    assert!(!judge(&runs(LATEST_MS + 1)).1, "late");
    assert!(!judge(&runs(0)[..10]).1, "missing");
}
