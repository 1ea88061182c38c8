//! The resources of a stack, found by its name: for people at a command line, who know no names of tables.
//!
//! They are outputs of the stack (`template.yaml`). A crate of its own, so that the functions do without CloudFormation and the
//! command can be built without AWS.
//!
//! Beside what the functions use, it is asked how it is ([`AskError`] says why something is not known): its queues, functions, alarms.

mod account;
mod ask;
mod failure;
mod functions;
pub mod logs;
mod mappings;
pub mod metrics;
mod outputs;
mod queues;
mod secret_stores;
mod watch;

pub use account::{Account, Caller, Concurrency};
pub use adapter_aws::final_events::{FinalEvents, ReceivedEvent};
pub use adapter_aws::intake::{IncomingRecord, Intake};
pub use adapter_aws::notifier::Subscribers;
pub use adapter_aws::registry::AwsRegistry;
pub use ask::{AskError, Refusal};
pub use functions::FunctionFacts;
pub use mappings::{FUNCTIONS, Flow, Mapping};
pub use outputs::{Deployment, OUTPUTS, StackError};
pub use queues::{DEAD_LETTER_QUEUES, QUEUES, QueueFacts};
pub use secret_stores::SecretStores;
pub use watch::{Alarm, LogGroup};

use adapter_aws::names::Names;
use adapter_aws::registry::RegistryNames;
use adapter_aws::{AwsStore, SdkConfig, sdk};
use logs::StackLogs;
use metrics::StackMetrics;
use outputs::Outputs;
use runtime_core::ports::clock::Clock;
use std::fmt;
use std::sync::Arc;

/// A stack that is there, in the account and Region of the environment, or at `AWS_ENDPOINT_URL`.
pub struct Stack {
    config: SdkConfig,
    outputs: Outputs,
}

impl Stack {
    /// The stack of that name.
    ///
    /// # Errors
    /// When there is none, and when AWS is out of reach.
    pub async fn find(name: &str) -> Result<Self, StackError> {
        Self::find_in(&Account { config: sdk::loader().load().await }, name).await
    }

    /// The stack of that name in this account.
    ///
    /// # Errors
    /// As [`Stack::find`].
    pub async fn find_in(account: &Account, name: &str) -> Result<Self, StackError> {
        let config = account.config.clone();
        let outputs = Outputs::of(&aws_sdk_cloudformation::Client::new(&config), name).await?;
        Ok(Self { config, outputs })
    }

    /// How it was deployed.
    #[must_use]
    pub fn deployment(&self) -> &Deployment {
        &self.outputs.deployment
    }

    /// An output that a question needs.
    fn output(&self, output: &str, action: &str) -> Result<String, AskError> {
        self.outputs.find(output).map_err(|error| AskError {
            action: action.to_owned(),
            kind: Refusal::Missing,
            reason: error.to_string(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.outputs.stack()
    }

    /// What is installed in it.
    ///
    /// # Errors
    /// When it is no stack of hedgerow, or of a release without a registry.
    pub fn registry(&self, clock: Arc<dyn Clock>) -> Result<AwsRegistry, StackError> {
        let names = RegistryNames {
            table: self.outputs.get("RegistryTable")?,
            bucket: self.outputs.get("Bucket")?,
            key_arn: Some(self.outputs.get("KeyArn")?),
        };
        Ok(AwsRegistry::new(&self.config, &names, clock))
    }

    /// Its tables, queues and bucket, as its functions see them.
    ///
    /// # Errors
    /// When it is no stack of hedgerow.
    pub fn store(&self, clock: Arc<dyn Clock>) -> Result<AwsStore, StackError> {
        let names = Names {
            cache_table: self.outputs.get("CacheTable")?,
            storage_table: self.outputs.get("StorageTable")?,
            dead_letters_table: self.outputs.get("DeadLettersTable")?,
            due_table: self.outputs.get("DueTable")?,
            documents_table: self.outputs.get("DocumentsTable")?,
            bucket: self.outputs.get("Bucket")?,
            output_queue_url: Some(self.outputs.get("OutputQueueUrl")?),
            events_queue_url: self.outputs.get("EventsQueueUrl")?,
            continuations_queue_url: self.outputs.get("ContinuationsQueueUrl")?,
            exports_queue_url: self.outputs.get("ExportsQueueUrl")?,
            jobs_queue_url: self.outputs.get("JobsQueueUrl")?,
            notifications_topic_arn: None,
        };
        Ok(AwsStore::new(&self.config, &names, clock))
    }

    /// What its apps and functions log.
    #[must_use]
    pub fn logs(&self) -> StackLogs {
        StackLogs::new(&self.config, self.name())
    }

    /// What is counted of its apps.
    #[must_use]
    pub fn metrics(&self) -> StackMetrics {
        StackMetrics::new(&self.config, self.name())
    }

    /// Its events queue, for those who send events.
    ///
    /// # Errors
    /// When it is no stack of hedgerow.
    pub fn intake(&self) -> Result<Intake, StackError> {
        Ok(Intake::new(&self.config, self.outputs.get("EventsQueueUrl")?, self.outputs.get("Bucket")?))
    }

    /// Its output queue, for those who read final events.
    ///
    /// # Errors
    /// When it is no stack of hedgerow.
    pub fn final_events(&self) -> Result<FinalEvents, StackError> {
        Ok(FinalEvents::new(&self.config, self.outputs.get("OutputQueueUrl")?, &self.outputs.get("Bucket")?))
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Stack").field("name", &self.name()).finish_non_exhaustive()
    }
}
