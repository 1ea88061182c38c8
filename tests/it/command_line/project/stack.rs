//! `--stack`: the same commands over AWS, here an emulator of it.

use super::{Project, Ran, ran};
use adapter_aws::registry::AwsRegistry;
use adapter_local::clock::SystemClock;
use adapter_local::entropy::SystemEntropy;
use runtime_core::ports::data_keys::DataKeys;
use runtime_core::registry::SecretBox;
use serde_json::{Value, json};
use std::sync::Arc;
use tests::aws::AwsStack;

const SOURCE: &str =
    "export function processEvent(event, { config }) { event.properties.mark = config.mark; return event }";
const VALUE: &str = "hunter2hunter2";

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_applied_to_a_stack_by_its_name() {
    let deployed = AwsStack::new(&[]).await;
    let resources = deployed.deploy_as("hedgerow-demo").await;
    let project = Project::of(SOURCE, "config = { mark = 'one', key = { env = 'KEY' } }");
    let manifest = json!({"name": "Demo", "config": [{"key": "mark"}, {"key": "key", "secret": true}]});
    project.app("demo", &manifest.to_string(), SOURCE);
    let environment = deployed.connection();
    let at = |words: &[&str], stack: &str| -> Ran {
        let mut command = project.command_at(words, &["--stack", stack]);
        command.envs(environment.clone()).env("KEY", VALUE);
        ran(command, b"")
    };
    let hedgerow = |words: &[&str]| at(words, "hedgerow-demo");
    hedgerow(&["plan"]).assert_ends_with(2);
    hedgerow(&["apply", "--yes"]).assert_ends_with(0).assert_says("applied as revision 1");
    hedgerow(&["plan"]).assert_ends_with(0);
    hedgerow(&["config", "set", "demo", "mark=two"]).assert_ends_with(0);
    let shown = hedgerow(&["apps", "show", "demo", "--json"]);
    let shown: Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(shown["config"], json!({"mark": "two", "key": "set"}));
    hedgerow(&["rollback", "--yes"]).assert_ends_with(0);
    at(&["apps", "list"], "hedgerow-other").assert_ends_with(2).assert_says("there is no stack hedgerow-other");
    // What a function of the stack finds.
    let aws = AwsRegistry::new(&deployed.config, &resources, Arc::new(SystemClock::new()));
    let snapshot = aws.registry.read().await.expect("it is there");
    let key = aws.data_keys.find().await.expect("KMS answers").expect("a secret was sealed");
    let opener = SecretBox::new(&key, Arc::new(SystemEntropy));
    let installed = aws.registry.install_all(&snapshot, Some(&opener), &[]).await.expect("the blobs are there");
    assert!(installed[0].failure.is_none(), "{:?}", installed[0].failure);
    let config = &installed[0].installation.config;
    assert_eq!((snapshot.revision, &config["mark"], &config["key"]), (3, &json!("one"), &json!(VALUE)));
}
