//! Functions over the registry of a stack: a cold start, a change while they run, a secret, and a stack where nothing is
//! installed yet.

use super::{app, event};
use adapter_aws::registry::{AwsRegistry, RegistryNames};
use adapter_aws::tables;
use adapter_local::clock::SystemClock;
use adapter_local::entropy::SystemEntropy;
use runtime_core::app::AppBundle;
use runtime_core::ports::data_keys::DataKeys;
use runtime_core::registry::{Change, Record, SecretBox, SecretText};
use serde_json::{Value, json};
use std::sync::Arc;
use tests::aws::{AwsStack, Function, Queue};

const TABLE: &str = "registry";
const SECRET: &str = "a secret of this stack";
const SOURCE: &str = "export function processEvent(event, { config }) {
    console.log('using', config.key)
    event.properties.seen = [config.word, config.key.length]
    return event
}";

/// The registry of a stack as a person has it.
struct Operator {
    aws: AwsRegistry,
}

impl Operator {
    async fn of(stack: &AwsStack) -> Self {
        tables::create(&stack.config, TABLE, &tables::DOCUMENTS).await.expect("the emulator makes tables");
        let key = aws_sdk_kms::Client::new(&stack.config).create_key().send().await.expect("the emulator makes keys");
        let key_arn = key.key_metadata.and_then(|key| key.arn);
        let names = RegistryNames { table: TABLE.to_owned(), bucket: stack.names.bucket.clone(), key_arn };
        Self { aws: AwsRegistry::new(&stack.config, &names, Arc::new(SystemClock::new())) }
    }

    /// Installs the app with that word and the secret.
    async fn apply(&self, word: &str) {
        let manifest = json!({"name": "app", "config": [{"key": "word"}, {"key": "key", "secret": true}]}).to_string();
        let files = [("plugin.json", manifest), ("index.js", SOURCE.to_owned())];
        let files = files.map(|(path, text)| (path.to_owned(), text.into_bytes())).into();
        let registry = &self.aws.registry;
        let bundle = registry.put_bundle(&AppBundle { files }).await.expect("the emulator keeps objects");
        let record = json!({"id": 7, "team": 2, "slug": "app", "enabled": true, "bundle": bundle, "app_name": "app",
            "app_version": "1", "config": {"word": word}});
        let mut record: Record = serde_json::from_value(record).expect("a record");
        let key = self.aws.data_keys.find_or_make().await.expect("the emulator has KMS");
        let keys = SecretBox::new(&key, Arc::new(SystemEntropy));
        record.set_secret(&keys, "key", Some(&SecretText::new(SECRET.to_owned())));
        let seen = registry.read().await.expect("the emulator keeps items");
        let tokens = [("phc_x".to_owned(), record.team)].into();
        let change = Change { by: "test".into(), summary: String::new(), tokens, records: vec![record] };
        registry.write(&seen, change).await.expect("nobody else writes");
    }
}

async fn start(stack: &AwsStack, variables: &[(&str, &str)]) -> Function {
    let mut all = vec![("HEDGEROW_REGISTRY_TABLE", TABLE), ("HEDGEROW_REFRESH_SECONDS", "0")];
    all.extend(variables);
    stack.start_with("process-events", &all).await
}

/// What the app writes into an event that goes through it now.
async fn seen(stack: &AwsStack, function: &Function) -> Value {
    stack.send(Queue::Events, &[&event("one")]).await;
    assert_eq!(stack.deliver(Queue::Events, function, 0).await.failed, 0, "{}", function.output());
    let events = stack.outcome().await;
    events.last().expect("it arrived")["properties"]["seen"].clone()
}

#[tokio::test]
async fn what_is_applied_is_run_from_the_next_look_on_and_no_secret_is_shown() {
    let stack = AwsStack::new(&[]).await;
    let operator = Operator::of(&stack).await;
    operator.apply("first").await;
    let function = start(&stack, &[("HEDGEROW_INSTALLATIONS", "")]).await;
    assert_eq!(seen(&stack, &function).await, json!(["first", SECRET.len()]));
    operator.apply("second").await;
    assert_eq!(seen(&stack, &function).await, json!(["second", SECRET.len()]));
    let output = function.output();
    assert!(output.contains("another revision of the registry runs from now on"), "{output}");
    assert!(output.contains("using ***") && !output.contains(SECRET), "{output}");
}

#[tokio::test]
async fn until_something_is_applied_the_file_holds() {
    let source = "export function processEvent(event) { event.properties.seen = 'file'; return event }";
    let stack = AwsStack::new(&[app("listed", source)]).await;
    let operator = Operator::of(&stack).await;
    let function = start(&stack, &[]).await;
    assert_eq!(seen(&stack, &function).await, json!("file"));
    operator.apply("applied").await;
    assert_eq!(seen(&stack, &function).await, json!(["applied", SECRET.len()]));
}

#[tokio::test]
async fn with_nothing_installed_at_all_functions_work_and_events_wait_in_their_queue() {
    let stack = AwsStack::new(&[]).await;
    Operator::of(&stack).await;
    let function = start(&stack, &[("HEDGEROW_INSTALLATIONS", "")]).await;
    stack.send(Queue::Events, &[&event("one")]).await;
    assert_eq!(stack.deliver(Queue::Events, &function, 0).await.failed, 0, "{}", function.output());
    assert!(stack.outcome().await.is_empty());
    assert_eq!(stack.count(Queue::Events).await.held_back, 1, "it is put back for a minute");
    assert!(function.output().contains("run `hedgerow apply` for this stack"), "{}", function.output());
}
