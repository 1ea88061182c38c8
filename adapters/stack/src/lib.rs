//! The resources of a stack, found by its name: for people at a command line, who know no names of tables.
//!
//! They are outputs of the stack (`template.yaml`). A crate of its own, so that the functions do without CloudFormation and the
//! command can be built without AWS.

mod outputs;

pub use outputs::StackError;

use adapter_aws::registry::{AwsRegistry, RegistryNames};
use adapter_aws::sdk;
use outputs::Outputs;
use runtime_core::ports::clock::Clock;
use std::sync::Arc;

/// The registry of the stack of that name, in the account and Region of the environment, or at `AWS_ENDPOINT_URL`.
///
/// # Errors
/// When there is no such stack, when it is none of hedgerow, or of a release without a registry, and when AWS is out of reach.
pub async fn registry(stack: &str, clock: Arc<dyn Clock>) -> Result<AwsRegistry, StackError> {
    let config = sdk::loader().load().await;
    let outputs = Outputs::of(&aws_sdk_cloudformation::Client::new(&config), stack).await?;
    let names = RegistryNames {
        table: outputs.get("RegistryTable")?,
        bucket: outputs.get("Bucket")?,
        key_arn: Some(outputs.get("KeyArn")?),
    };
    Ok(AwsRegistry::new(&config, &names, clock))
}
