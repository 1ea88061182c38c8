//! Work on a stack: its dead letters, jobs, set-ups and errors, and the two ends of it. Here an emulator of AWS is the stack.

use super::{Ran, command, ran};
use adapter_aws::registry::AwsRegistry;
use adapter_local::clock::SystemClock;
use runtime_core::app::AppBundle;
use runtime_core::event::{InstallationId, TeamId};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, Redrive};
use runtime_core::ports::delayed_queue::Lane;
use runtime_core::ports::documents::{Documents, NewDocument};
use runtime_core::registry::{Change, Record};
use runtime_core::setup::{Disabling, SetupState};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tests::aws::{AwsStack, Queue};

const NAME: &str = "hedgerow-demo";
const SOURCE: &str = "export function processEvent(event) { event.properties.seen = true; return event }
    export const jobs = { work() {} }";

/// A stack with an installed app `demo`, number 7 of team 2.
struct Stack {
    aws: AwsStack,
    registry: AwsRegistry,
}

impl Stack {
    async fn new() -> Self {
        let aws = AwsStack::new(&[]).await;
        let names = aws.deploy_as(NAME).await;
        let registry = AwsRegistry::new(&aws.config, &names, Arc::new(SystemClock::new()));
        let stack = Self { aws, registry };
        stack.install().await;
        stack
    }

    async fn install(&self) {
        let fields = json!({"count": {"type": "number", "required": true}});
        let manifest = json!({"name": "Demo", "publicJobs": {"work": {"payload": fields}}}).to_string();
        let files = [("plugin.json", manifest), ("index.js", SOURCE.to_owned())];
        let files = files.map(|(path, text)| (path.to_owned(), text.into_bytes())).into();
        let bundle = self.registry.registry.put_bundle(&AppBundle { files }).await.expect("the emulator keeps objects");
        let record = json!({"id": 7, "team": 2, "slug": "demo", "enabled": true, "bundle": bundle, "app_name": "Demo",
            "app_version": "1"});
        let record: Record = serde_json::from_value(record).expect("a record");
        let seen = self.registry.registry.read().await.expect("the emulator keeps items");
        let change =
            Change { by: "test".into(), summary: String::new(), tokens: BTreeMap::new(), records: vec![record] };
        self.registry.registry.write(&seen, change).await.expect("nobody else writes");
    }

    /// `hedgerow WORDS --stack NAME`
    fn hedgerow(&self, words: &[&str]) -> Ran {
        self.hedgerow_over(words, b"")
    }

    fn hedgerow_over(&self, words: &[&str], input: &[u8]) -> Ran {
        let mut command = command(&[words, &["--stack", NAME]].concat());
        command.envs(self.aws.connection());
        ran(command, input)
    }

    #[track_caller]
    fn json(&self, words: &[&str]) -> Value {
        let ran = self.hedgerow(&[words, &["--json"]].concat());
        ran.assert_ends_with(0);
        serde_json::from_str(&ran.stdout).expect("JSON")
    }

    /// What a letter's job did not do.
    async fn put_letter(&self, id: &str, created_at: i64) {
        let letter = DeadLetter {
            id: id.to_owned(),
            reason: DeadLetterReason::AppFailed,
            message: "Error: boom".to_owned(),
            body: format!("{{\"job\":\"{id}\"}}").into_bytes(),
            installation: Some(InstallationId(7)),
            function: Some("jobs.work".to_owned()),
            team: Some(TeamId(2)),
            created_at: Timestamp(created_at),
            redrive: Redrive::Message(Lane::Jobs),
            redriven_at: None,
        };
        self.aws.store.dead_letters().put(letter).await.expect("the emulator keeps items");
    }

    /// The bodies that are in a queue; they stay hidden afterwards.
    async fn bodies(&self, queue: Queue<'_>) -> Vec<String> {
        let mut bodies = Vec::new();
        loop {
            let messages = self.aws.receive(queue, 0).await;
            if messages.is_empty() {
                bodies.sort();
                return bodies;
            }
            bodies.extend(messages.into_iter().filter_map(|message| message.body));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_of_a_stack_are_listed_redriven_once_and_purged() {
    let stack = Stack::new().await;
    for (id, created_at) in [("letter-a", 1_000), ("letter-b", 2_000), ("other", 3_000)] {
        stack.put_letter(id, created_at).await;
    }
    let listed = stack.json(&["dead-letters", "list", "--app", "demo", "--until", "1970-01-01T00:00:03Z"]);
    let ids: Vec<&Value> = listed.as_array().expect("a list").iter().map(|letter| &letter["id"]).collect();
    assert_eq!((ids, &listed[0]["app"]), (vec![&json!("letter-a"), &json!("letter-b")], &json!("demo (7)")));
    let shown = stack.json(&["dead-letters", "show", "letter-a"]);
    assert_eq!(shown["body"], r#"{"job":"letter-a"}"#);
    let ran = stack.hedgerow(&["dead-letters", "redrive", "--all-matching", "--app", "demo", "--limit", "2"]);
    ran.assert_ends_with(2).assert_says("2 dead letters match: 2 app_failed").assert_says("--yes");
    assert_eq!(stack.bodies(Queue::Jobs).await, [""; 0], "nobody has agreed");
    let ran = stack.hedgerow(&["dead-letters", "redrive", "letter-a", "--rate", "100"]);
    ran.assert_ends_with(0).assert_says("the stack hedgerow-demo has it in its queues").assert_says("runs 1 job again");
    assert_eq!(ran.stdout, "1 dead letter redriven\n");
    assert_eq!(stack.bodies(Queue::Jobs).await, [r#"{"job":"letter-a"}"#], "once");
    stack.hedgerow(&["dead-letters", "redrive", "letter-a"]).assert_ends_with(1).assert_says("was redriven before");
    assert_eq!(stack.bodies(Queue::Jobs).await, [""; 0], "and not again");
    let redriven = stack.json(&["dead-letters", "redrive", "--all-matching", "--yes", "--function", "jobs.work"]);
    let expected = json!({"asked": 2, "redriven": 2, "ids": ["letter-b", "other"], "elsewhere": [], "failed": [],
        "not_tried": 0});
    assert_eq!(redriven, expected);
    assert_eq!(stack.bodies(Queue::Jobs).await.len(), 2);
    let purged = stack.json(&["dead-letters", "purge", "other"]);
    assert_eq!(purged, json!({"asked": 1, "removed": 1, "ids": ["other"]}));
    let ran = stack.hedgerow(&["dead-letters", "list", "--app", "dmo"]);
    ran.assert_ends_with(2).assert_says("this place knows no such app (demo)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_an_installed_app_goes_to_the_queue_of_jobs() {
    let stack = Stack::new().await;
    let jobs = stack.json(&["jobs", "list", "demo"]);
    assert_eq!((&jobs[0]["name"], &jobs[0]["exported"]), (&json!("work"), &json!(true)));
    assert_eq!(jobs[0]["payload"][0]["key"], "count");
    stack.hedgerow(&["jobs", "run", "demo", "work"]).assert_ends_with(2).assert_says("\"count\" is required");
    assert_eq!(stack.bodies(Queue::Jobs).await, [""; 0], "nothing was enqueued");
    let ran = stack.hedgerow(&["jobs", "run", "demo", "work", "--payload", r#"{"count": 3}"#]);
    ran.assert_ends_with(0).assert_says("takes it up at once");
    let messages = stack.aws.receive(Queue::Jobs, 0).await;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    let job: Value = serde_json::from_str(message.body().expect("a job")).expect("JSON");
    assert_eq!((&job["installation"], &job["name"]), (&json!(7), &json!("work")), "{job}");
    assert_eq!(job["payload"]["$job_id"], ran.stdout.trim(), "{job}");
    let ran = stack.hedgerow(&["jobs", "run", "work", "--app", "somewhere"]);
    ran.assert_ends_with(2).assert_says("--stack");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_set_up_is_shown_and_enable_begins_it_anew() {
    let stack = Stack::new().await;
    let snapshot = stack.registry.registry.read().await.expect("it is there");
    let installed = stack.registry.registry.install_all(&snapshot, None, &[]).await.expect("the blobs are there");
    let key = SetupState::key(7, &installed[0].installation.version());
    let disabled = Disabling { message: "no key".into(), at: Timestamp(0), is_load_error: false, was_notified: true };
    let state = SetupState { failures: 6, disabled: Some(disabled), ..SetupState::default() };
    let documents = stack.aws.store.documents();
    let document = NewDocument { json: serde_json::to_string(&state).expect("JSON"), ends_at: None };
    documents.put(&key, document, None).await.expect("the emulator keeps items");
    let errors = json!({"errors": [{"at": 5, "function": "setupPlugin", "event_uuid": null, "name": "TypeError",
        "message": "no key", "stack": "    at setupPlugin (index.ts:3:5)"}]});
    let document = NewDocument { json: errors.to_string(), ends_at: None };
    documents.put("errors/7", document, None).await.expect("the emulator keeps items");
    let shown = stack.json(&["apps", "show", "demo"]);
    let state = json!({"name": "set_up_failed", "message": "no key", "at": "1970-01-01T00:00:00.000Z"});
    assert_eq!((&shown["state"], &shown["errors"][0]["name"]), (&state, &json!("TypeError")));
    let ran = stack.hedgerow(&["apps", "show", "demo"]);
    for part in ["disabled (set-up failed): no key", "setupPlugin  TypeError: no key", "index.ts:3:5"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(stack.hedgerow(&["apps", "list"]).stdout.contains("disabled (set-up failed)"));
    stack.hedgerow(&["apps", "enable", "demo"]).assert_ends_with(0).assert_says("enabled again");
    assert_eq!(documents.get(&key).await.expect("the emulator keeps items"), None);
    assert_eq!(stack.json(&["apps", "show", "demo"])["state"], json!({"name": "enabled"}));
    stack.hedgerow(&["apps", "enable", "demo"]).assert_ends_with(0).assert_says("nothing to change");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_sent_go_through_the_apps_and_are_received_once() {
    let stack = Stack::new().await;
    let line = |name: &str| json!({"event": name, "distinct_id": "d", "properties": {}}).to_string();
    let names: Vec<String> = (10..33).map(|number| format!("event {number}")).collect();
    let lines: Vec<String> = names.iter().map(|name| line(name)).collect();
    let input = format!("{}\nnot json\n", lines.join("\n"));
    let ran = stack.hedgerow_over(&["send", "-", "--team", "2", "--json"], input.as_bytes());
    ran.assert_ends_with(1).assert_says("stdin:24: it is no JSON");
    let sent: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(sent, json!({"sent": 23, "unreadable": [24], "next_line": null}));
    let variables = [("HEDGEROW_REGISTRY_TABLE", "registry"), ("HEDGEROW_INSTALLATIONS", "")];
    let function = stack.aws.start_with("process-events", &variables).await;
    while stack.aws.deliver_if_any(Queue::Events, &function, 0).await.is_some() {}
    let receive = |words: &[&str]| -> Vec<String> {
        let ran = stack.hedgerow(&[&["receive", "--wait", "1"], words].concat());
        ran.assert_ends_with(0);
        let mut names: Vec<String> = Vec::new();
        for event in ran.events() {
            assert_eq!((&event["properties"]["seen"], &event["team_id"]), (&json!(true), &json!(2)), "{event}");
            names.push(event["event"].as_str().expect("a name").to_owned());
        }
        names.sort();
        names
    };
    assert_eq!(receive(&["--keep"]), names, "{}", function.output());
    assert_eq!(receive(&["--limit", "3"]).len(), 3, "what was kept is there");
    assert_eq!(receive(&[]).len(), 20, "and what was printed is gone");
    let ran = stack.hedgerow(&["receive", "--wait", "0"]);
    ran.assert_ends_with(0).assert_says("no final event came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sent_event_has_its_group_its_id_and_its_large_body() {
    let stack = Stack::new().await;
    let large = json!({"event": "large", "text": "x".repeat(1_100_000)}).to_string();
    let input = format!("{{\"event\":\"first\"}}\n[{{\"event\":\"second\",\"team_id\":3}},{large}]\n");
    let words = ["send", "-", "--token", "phc_x", "--from-line", "2"];
    assert_eq!(stack.hedgerow_over(&words, input.as_bytes()).assert_ends_with(0).stdout, "2 messages sent\n");
    let mut messages = stack.aws.receive(Queue::Events, 0).await;
    messages.extend(stack.aws.receive(Queue::Events, 0).await);
    messages.sort_by_key(|message| message.body().unwrap_or_default().contains("second"));
    let [with_claim, second] = &messages[..] else { panic!("{} messages", messages.len()) };
    assert_eq!(second.body(), Some(r#"{"event":"second","team_id":3}"#));
    let body = stack.aws.claim_of(with_claim).await.expect("it was too large for a message");
    let body = String::from_utf8(body).expect("text");
    assert_eq!(body, large.replacen('{', r#"{"token":"phc_x","#, 1));
    let attribute = |message: &aws_sdk_sqs::types::Message| {
        let attributes = message.message_attributes().expect("it has some");
        attributes["hedgerow-id"].string_value().expect("a text").to_owned()
    };
    assert!(attribute(second).ends_with(":2:0") && attribute(with_claim).ends_with(":2:1"));
    let group = aws_sdk_sqs::types::MessageSystemAttributeName::MessageGroupId;
    let of = |message: &aws_sdk_sqs::types::Message| message.attributes().and_then(|all| all.get(&group)).cloned();
    assert_eq!((of(second).as_deref(), of(with_claim).as_deref()), (Some("3"), Some("phc_x")));
}
