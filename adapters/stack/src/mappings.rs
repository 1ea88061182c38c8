//! The mappings of event sources: what brings the messages of a queue to a function.

use crate::Stack;
use crate::ask::AskError;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::EventSourceMappingConfiguration;

/// The functions, by their names and the outputs that say what they are called.
pub const FUNCTIONS: [(&str, &str); 3] = [
    ("process-events", "ProcessEventsFunction"),
    ("export-events", "ExportEventsFunction"),
    ("run-tasks", "RunTasksFunction"),
];

/// A queue and the function that takes its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// AWS's name for it.
    pub uuid: String,
    /// The function: one of [`FUNCTIONS`].
    pub function: &'static str,
    /// The queue's name.
    pub queue: String,
    /// `Enabled`, `Disabled`, or a state on the way, as `Disabling`.
    pub state: String,
    /// How many batches it lets run at the same time, if it says.
    pub maximum_concurrency: Option<i32>,
}

/// Whether a mapping is to bring messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It is.
    On,
    /// It is not.
    Off,
}

impl Mapping {
    /// Whether it has become what was asked for.
    #[must_use]
    pub fn is(&self, flow: Flow) -> bool {
        self.state == if flow == Flow::On { "Enabled" } else { "Disabled" }
    }

    fn of(function: &'static str, found: EventSourceMappingConfiguration) -> Self {
        let arn = found.event_source_arn.unwrap_or_default();
        Self {
            uuid: found.uuid.unwrap_or_default(),
            function,
            queue: arn.rsplit(':').next().unwrap_or_default().to_owned(),
            state: found.state.unwrap_or_else(|| "unknown".to_owned()),
            maximum_concurrency: found.scaling_config.and_then(|scaling| scaling.maximum_concurrency),
        }
    }
}

impl Stack {
    /// The mappings of a function: one of [`FUNCTIONS`].
    ///
    /// # Errors
    /// When AWS does not say, or the stack has no such function.
    pub async fn mappings(&self, function: &'static str) -> Result<Vec<Mapping>, AskError> {
        const ACTION: &str = "lambda:ListEventSourceMappings";
        let name = self.function_name(function, ACTION)?;
        let client = Client::new(&self.config);
        let pages = client.list_event_source_mappings().function_name(name).into_paginator().items().send();
        let found = pages.try_collect().await.map_err(|error| AskError::of(ACTION, &error))?;
        let mut mappings: Vec<Mapping> = found.into_iter().map(|found| Mapping::of(function, found)).collect();
        mappings.sort_by(|one, other| one.queue.cmp(&other.queue));
        Ok(mappings)
    }

    /// Asks for a mapping to be switched on or off. It takes some seconds; what comes back is its state by now.
    ///
    /// # Errors
    /// When AWS refuses.
    pub async fn switch(&self, mapping: &Mapping, flow: Flow) -> Result<Mapping, AskError> {
        let client = Client::new(&self.config);
        let request = client.update_event_source_mapping().uuid(&mapping.uuid).enabled(flow == Flow::On);
        let answer = request.send().await.map_err(|error| AskError::of("lambda:UpdateEventSourceMapping", &error))?;
        Ok(Mapping { state: answer.state.unwrap_or_else(|| "unknown".to_owned()), ..mapping.clone() })
    }

    /// What a function is called in AWS.
    pub(crate) fn function_name(&self, function: &str, action: &str) -> Result<String, AskError> {
        let output = FUNCTIONS.iter().find(|(name, _)| *name == function).map_or("", |(_, output)| output);
        self.output(output, action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_named_by_its_queue() {
        let found = EventSourceMappingConfiguration::builder()
            .uuid("u")
            .event_source_arn("arn:aws:sqs:eu-west-1:123456789012:s-events")
            .state("Disabling")
            .build();
        let mapping = Mapping::of("process-events", found);
        assert_eq!((mapping.queue.as_str(), mapping.state.as_str()), ("s-events", "Disabling"));
        assert!(!mapping.is(Flow::On) && !mapping.is(Flow::Off));
        assert!(Mapping { state: "Disabled".to_owned(), ..mapping.clone() }.is(Flow::Off));
        assert!(Mapping { state: "Enabled".to_owned(), ..mapping }.is(Flow::On));
    }
}
