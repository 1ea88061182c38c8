//! The outputs of a stack.

use crate::ask::{AskError, Refusal};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::Stack;
use std::collections::BTreeMap;

/// Why the resources of a stack are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// There is none of that name.
    #[error("there is no stack {stack} in this account and Region: check --stack, AWS_PROFILE and AWS_REGION")]
    Missing {
        /// Its name.
        stack: String,
    },
    /// It says nothing of a resource.
    #[error(
        "the stack {stack} has no output {output}: it is none of hedgerow, or of an earlier release; deploy this one"
    )]
    NoOutput {
        /// Its name.
        stack: String,
        /// The output.
        output: String,
    },
    /// It could not be asked, as the caller may not.
    #[error("the stack {stack} cannot be looked up: {reason}; it takes cloudformation:DescribeStacks")]
    Denied {
        /// Its name.
        stack: String,
        /// What AWS says.
        reason: String,
    },
    /// It could not be asked.
    #[error("the stack {stack} could not be looked up: {reason}")]
    Unavailable {
        /// Its name.
        stack: String,
        /// What the SDK says.
        reason: String,
    },
}

/// What every stack of this release says of its resources (`template.yaml`).
pub const OUTPUTS: [&str; 23] = [
    "Release",
    "EventsQueueUrl",
    "ContinuationsQueueUrl",
    "ExportsQueueUrl",
    "JobsQueueUrl",
    "OutputQueueUrl",
    "CacheTable",
    "StorageTable",
    "DeadLettersTable",
    "DueTable",
    "DocumentsTable",
    "RegistryTable",
    "Bucket",
    "KeyArn",
    "NotificationsTopicArn",
    "DashboardUrl",
    "ProcessEventsFunction",
    "ExportEventsFunction",
    "RunTasksFunction",
    "EventsDeadLetterQueueUrl",
    "ContinuationsDeadLetterQueueUrl",
    "ExportsDeadLetterQueueUrl",
    "JobsDeadLetterQueueUrl",
];

/// How a stack was deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployment {
    /// CloudFormation's word, for example `UPDATE_COMPLETE`.
    pub status: String,
    /// Why, if CloudFormation says.
    pub reason: Option<String>,
    /// The release that it was made with, if it says.
    pub release: Option<String>,
    /// Which of [`OUTPUTS`] it does not have.
    pub missing_outputs: Vec<&'static str>,
    /// Its parameters; secret ones as `****`.
    pub parameters: BTreeMap<String, String>,
}

/// What a stack says of its resources.
#[derive(Debug)]
pub(crate) struct Outputs {
    stack: String,
    values: BTreeMap<String, String>,
    pub(crate) deployment: Deployment,
}

impl Outputs {
    /// Asks CloudFormation.
    pub(crate) async fn of(client: &Client, stack: &str) -> Result<Self, StackError> {
        let name = || stack.to_owned();
        match client.describe_stacks().stack_name(stack).send().await {
            Ok(described) => {
                let found = described.stacks.unwrap_or_default().into_iter().next();
                found.map(|found| Self::from_stack(name(), found)).ok_or_else(|| StackError::Missing { stack: name() })
            }
            // Of a stack that is not there it says that the request is not valid.
            Err(error) if error.as_service_error().is_some_and(|error| is_missing(error.meta().message())) => {
                Err(StackError::Missing { stack: name() })
            }
            Err(error) => {
                let asked = AskError::of("cloudformation:DescribeStacks", &error);
                if asked.kind == Refusal::Denied {
                    return Err(StackError::Denied { stack: name(), reason: asked.reason });
                }
                Err(StackError::Unavailable { stack: name(), reason: asked.advised() })
            }
        }
    }

    fn from_stack(stack: String, found: Stack) -> Self {
        let outputs = found.outputs.unwrap_or_default().into_iter();
        let values: BTreeMap<_, _> =
            outputs.filter_map(|output| Some((output.output_key?, output.output_value?))).collect();
        let parameters = found.parameters.unwrap_or_default().into_iter();
        let deployment = Deployment {
            status: found.stack_status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
            reason: found.stack_status_reason,
            release: values.get("Release").cloned(),
            missing_outputs: OUTPUTS.into_iter().filter(|output| !values.contains_key(*output)).collect(),
            parameters: parameters
                .filter_map(|parameter| Some((parameter.parameter_key?, parameter.parameter_value?)))
                .collect(),
        };
        Self { stack, values, deployment }
    }

    /// The name of the stack.
    pub(crate) fn stack(&self) -> &str {
        &self.stack
    }

    /// The value of an output.
    pub(crate) fn get(&self, output: &'static str) -> Result<String, StackError> {
        self.find(output)
    }

    /// The value of an output whose name is not known here.
    pub(crate) fn find(&self, output: &str) -> Result<String, StackError> {
        let value = self.values.get(output).cloned();
        value.ok_or_else(|| StackError::NoOutput { stack: self.stack.clone(), output: output.to_owned() })
    }
}

fn is_missing(message: Option<&str>) -> bool {
    message.is_some_and(|message| message.contains("does not exist"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudformation::types::Output;

    #[test]
    fn an_output_that_is_not_there_is_named() {
        let output = Output::builder().output_key("Bucket").output_value("b").build();
        let outputs = Outputs::from_stack("s".to_owned(), Stack::builder().outputs(output).build());
        assert_eq!(outputs.get("Bucket"), Ok("b".to_owned()));
        let error = outputs.get("RegistryTable").unwrap_err();
        assert!(error.to_string().starts_with("the stack s has no output RegistryTable"), "{error}");
    }

    #[test]
    fn the_error_of_a_missing_stack_is_known_by_its_text() {
        assert!(is_missing(Some("Stack with id s does not exist")));
        assert!(!is_missing(Some("Rate exceeded")) && !is_missing(None));
    }
}
