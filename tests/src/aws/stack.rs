//! The stack, its apps and its functions.

use super::names;
use crate::program::Program;
use crate::runtime_api::{Answer, RuntimeApi};
use adapter_aws::AwsStore;
use adapter_aws::names::Names;
use adapter_local::clock::SystemClock;
use aws_config::SdkConfig;
use runtime_core::ports::blob_store::BlobStore;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetters, LetterFilter};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The key of the installations file in the bucket.
pub const INSTALLATIONS: &str = "installations.json";
/// Longer than any invocation of a test takes, unless the function hangs.
const PATIENCE: Duration = Duration::from_secs(30);
/// What an invocation is given unless a test says otherwise.
const TIME: Duration = Duration::from_secs(120);

/// An app of a stack: a name, a source, and what differs from the ordinary in its installation.
pub struct Installed {
    /// `plugin.json` and the slug.
    pub name: &'static str,
    /// `index.ts`
    pub source: String,
    /// Members of the installation, such as `config`.
    pub members: Value,
}

/// A stack of its own for a test.
pub struct AwsStack {
    /// What everything is called.
    pub names: Names,
    /// How it is reached.
    pub config: SdkConfig,
    /// The ports over it.
    pub store: AwsStore,
    pub(super) account: String,
    environment: Vec<(String, String)>,
}

/// A function of the stack, as Lambda runs it; it ends with this value.
pub struct Function {
    api: RuntimeApi,
    program: Program,
}

impl AwsStack {
    /// A stack of team 2 with these apps, numbered from 1. They may reach this machine.
    ///
    /// # Panics
    ///
    /// If there is no emulator.
    pub async fn new(apps: &[Installed]) -> Self {
        let account = names::new_account();
        let config = names::config(&account).await;
        let names = names::make(&config, &account).await;
        let store = AwsStore::new(&config, &names, Arc::new(SystemClock::new()));
        let mut installations = Vec::new();
        for (index, app) in apps.iter().enumerate() {
            let manifest = json!({"name": app.name, "config": manifest_config(&app.members)}).to_string();
            let bundle = json!({"v": 1, "files": {"plugin.json": manifest, "index.ts": app.source}}).to_string();
            let bundle = store.blob_store().put(bundle.as_bytes()).await.expect("the emulator keeps objects");
            let mut installation = json!({"id": index + 1, "team": 2, "slug": app.name, "bundle": bundle,
                "allowed_networks": ["127.0.0.1/32"]});
            let members = app.members.as_object().cloned().unwrap_or_default();
            installation.as_object_mut().expect("it is an object").extend(members);
            installations.push(installation);
        }
        let file = json!({"v": 1, "tokens": {"phc_x": 2}, "installations": installations}).to_string();
        let put = names::objects(&config).put_object().bucket(&names.bucket).key(INSTALLATIONS);
        put.body(file.into_bytes().into()).send().await.expect("the emulator keeps objects");
        let environment = names::environment(&names, &account);
        Self { names, config, store, account, environment }
    }

    /// Starts a function by its program's name.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub async fn start(&self, name: &str) -> Function {
        self.start_with(name, &[]).await
    }

    /// Starts a function with other or further variables.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub async fn start_with(&self, name: &str, variables: &[(&str, &str)]) -> Function {
        let api = RuntimeApi::start().await.expect("there is a free port");
        self.start_over(api, name, variables)
    }

    /// Starts a function over this Runtime API.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start_over(&self, api: RuntimeApi, name: &str, variables: &[(&str, &str)]) -> Function {
        let mut environment = api.environment();
        environment.extend(self.environment.iter().cloned());
        environment.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let program = Program::start(name, environment);
        Function { api, program }
    }

    /// The dead letters of the stack.
    ///
    /// # Panics
    ///
    /// If they cannot be read.
    pub async fn dead_letters(&self) -> Vec<DeadLetter> {
        self.store.dead_letters().list(&LetterFilter::default(), 100).await.expect("the emulator keeps items")
    }

    /// A queue beside those of the stack, by its name; tells its URL.
    ///
    /// # Panics
    ///
    /// If it cannot be made.
    pub async fn make_queue(&self, name: &str) -> String {
        names::make_queue(&self.config, name).await
    }

    /// A client of the queues.
    pub fn queues(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }
}

/// The fields of the manifest: a text for each value of the config.
fn manifest_config(members: &Value) -> Vec<Value> {
    let config: Map<String, Value> = members["config"].as_object().cloned().unwrap_or_default();
    config.keys().map(|key| json!({"key": key, "name": key, "type": "string"})).collect()
}

impl Function {
    /// Invokes it with that payload and the time that such an invocation usually has.
    ///
    /// # Panics
    ///
    /// If it does not answer.
    pub async fn invoke(&self, payload: impl Into<String>) -> Answer {
        self.invoke_within(payload, TIME).await
    }

    /// Invokes it with so much time.
    ///
    /// # Panics
    ///
    /// If it does not answer.
    pub async fn invoke_within(&self, payload: impl Into<String>, time: Duration) -> Answer {
        let answer = tokio::time::timeout(PATIENCE, self.api.invoke(payload.into(), time)).await;
        answer.unwrap_or_else(|_| panic!("the function did not answer; it wrote:\n{}", self.output()))
    }

    /// What it has written so far.
    ///
    /// # Panics
    ///
    /// If that cannot be read.
    pub fn output(&self) -> String {
        self.program.output().expect("its output is in a file")
    }

    /// The program.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// The Runtime API that it polls.
    pub fn api(&self) -> &RuntimeApi {
        &self.api
    }
}
