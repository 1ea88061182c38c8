//! A stack that the command finds by its name: its outputs, as `template.yaml` names them.

use super::names;
use super::stack::AwsStack;
use adapter_aws::registry::RegistryNames;
use adapter_aws::tables;
use serde_json::{Map, Value, json};

/// The registry's table.
const REGISTRY_TABLE: &str = "registry";

impl AwsStack {
    /// Lets CloudFormation know of the stack by that name, and gives it a registry and a key.
    ///
    /// # Panics
    ///
    /// If the emulator does not take it.
    pub async fn deploy_as(&self, name: &str) -> RegistryNames {
        tables::create(&self.config, REGISTRY_TABLE, &tables::DOCUMENTS).await.expect("the emulator makes tables");
        let key = aws_sdk_kms::Client::new(&self.config).create_key().send().await.expect("the emulator makes keys");
        let key_arn = key.key_metadata.and_then(|key| key.arn).expect("a new key has an ARN");
        let cloudformation = aws_sdk_cloudformation::Client::new(&self.config);
        let template = self.template(&key_arn).to_string();
        let create = cloudformation.create_stack().stack_name(name).template_body(template);
        create.send().await.expect("the emulator makes stacks");
        loop {
            let described = cloudformation.describe_stacks().stack_name(name).send().await.expect("the stack is there");
            if described.stacks().iter().any(|stack| !stack.outputs().is_empty()) {
                break;
            }
            tokio::task::yield_now().await;
        }
        let bucket = self.names.bucket.clone();
        RegistryNames { table: REGISTRY_TABLE.to_owned(), bucket, key_arn: Some(key_arn) }
    }

    /// A template whose outputs are what is there already. A template needs a resource, whatever it is.
    fn template(&self, key_arn: &str) -> Value {
        let names = &self.names;
        let output = names.output_queue_url.as_deref().expect("every stack of a test has one");
        let outputs = [
            ("EventsQueueUrl", names.events_queue_url.as_str()),
            ("ContinuationsQueueUrl", &names.continuations_queue_url),
            ("ExportsQueueUrl", &names.exports_queue_url),
            ("JobsQueueUrl", &names.jobs_queue_url),
            ("OutputQueueUrl", output),
            ("CacheTable", &names.cache_table),
            ("StorageTable", &names.storage_table),
            ("DeadLettersTable", &names.dead_letters_table),
            ("DueTable", &names.due_table),
            ("DocumentsTable", &names.documents_table),
            ("RegistryTable", REGISTRY_TABLE),
            ("Bucket", &names.bucket),
            ("KeyArn", key_arn),
        ];
        let outputs: Map<String, Value> =
            outputs.map(|(name, value)| (name.to_owned(), json!({"Value": value}))).into_iter().collect();
        json!({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": Value::Object(outputs)})
    }

    /// How a program of ours finds the account of the stack.
    #[must_use]
    pub fn connection(&self) -> Vec<(String, String)> {
        names::connection(&self.account)
    }
}
