//! How the functions of a stack are.

use crate::Stack;
use crate::ask::AskError;
use aws_sdk_lambda::Client;

/// What AWS says of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionFacts {
    /// Its name in AWS.
    pub name: String,
    /// `Active`, or why it cannot be invoked.
    pub state: String,
    /// `Successful`, or how its last update ended.
    pub last_update: String,
    /// Why it is not active, or its update failed.
    pub reason: Option<String>,
    /// `arm64` or `x86_64`.
    pub architecture: String,
    /// Bytes of its archive.
    pub code_bytes: i64,
    /// How much of the account's concurrency it has for itself.
    pub reserved: Option<i32>,
}

impl Stack {
    /// A function: one of [`crate::FUNCTIONS`].
    ///
    /// # Errors
    /// When AWS does not say, or the stack has no such function.
    pub async fn function(&self, function: &str) -> Result<FunctionFacts, AskError> {
        const ACTION: &str = "lambda:GetFunctionConfiguration";
        let name = self.function_name(function, ACTION)?;
        let client = Client::new(&self.config);
        let found = client.get_function_configuration().function_name(&name).send().await;
        let found = found.map_err(|error| AskError::of(ACTION, &error))?;
        let reserved = client.get_function_concurrency().function_name(&name).send().await;
        let reserved = reserved.map_err(|error| AskError::of("lambda:GetFunctionConcurrency", &error))?;
        let architectures = found.architectures();
        Ok(FunctionFacts {
            architecture: architectures.first().map_or("x86_64", |found| found.as_str()).to_owned(),
            // Of a function that was always there AWS leaves the states out.
            state: found.state().map_or("Active", |state| state.as_str()).to_owned(),
            last_update: found.last_update_status().map_or("Successful", |status| status.as_str()).to_owned(),
            reason: found.last_update_status_reason().or(found.state_reason()).map(str::to_owned),
            code_bytes: found.code_size(),
            reserved: reserved.reserved_concurrent_executions,
            name,
        })
    }
}
