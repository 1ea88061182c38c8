//! What was logged on a stack: the three functions' log groups in CloudWatch, read as one.

mod line;
mod pattern;

use crate::failure::unavailable;
use crate::mappings::FUNCTIONS;
use adapter_aws::SdkConfig;
use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use futures_util::future::try_join_all;
use runtime_core::ports::Unavailable;
use runtime_core::ports::app_logs::{AppLogs, FoundLines, LineQuery, StoredLine};
use runtime_core::ports::clock::Timestamp;

const PORT: &str = "CloudWatch Logs";
/// 2024-01-01: before that CloudWatch does not give the newest lines first. No stack of hedgerow is as old.
const EARLIEST: Timestamp = Timestamp(1_704_067_200_000);

/// [`AppLogs`] over the log groups of a stack.
///
/// CloudWatch leaves out what it can (`pattern`), and what it sends is looked at again: an emulator may leave nothing out.
#[derive(Debug)]
pub struct StackLogs {
    client: Client,
    groups: Vec<Group>,
}

/// A function and where it logs.
#[derive(Debug)]
struct Group {
    function: &'static str,
    name: String,
}

impl StackLogs {
    /// Those of the stack of that name.
    #[must_use]
    pub fn new(config: &SdkConfig, stack: &str) -> Self {
        let client = Client::new(config);
        let group = |function| Group { function, name: group_name(stack, function) };
        Self { client, groups: FUNCTIONS.map(|(function, _)| group(function)).into() }
    }

    /// The newest lines of one group, and one more than the limit if there is one.
    async fn read_group(&self, group: &Group, query: &LineQuery) -> Result<Vec<StoredLine>, Unavailable> {
        let request = self
            .client
            .filter_log_events()
            .log_group_name(&group.name)
            .start_time(query.since.max(EARLIEST).0)
            .start_from_head(false)
            .set_filter_pattern(pattern::of(query));
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let page = request.clone().set_next_token(token).send().await;
            let page =
                page.map_err(|error| unavailable(PORT, &format!("logs:FilterLogEvents of {}", group.name), &error))?;
            let events = page.events.unwrap_or_default();
            let is_newest_first =
                events.first().map(|event| event.timestamp) >= events.last().map(|event| event.timestamp);
            found.extend(
                events.iter().filter_map(|event| stored(event, group.function)).filter(|it| query.takes(&it.line)),
            );
            token = page.next_token;
            if token.is_none() || (is_newest_first && found.len() > query.limit) {
                break;
            }
        }
        // Lines of one millisecond in the order in which they were written.
        if found.first().map(|it| it.line.timestamp()) > found.last().map(|it| it.line.timestamp()) {
            found.reverse();
        }
        Ok(FoundLines::newest(found, query.limit.saturating_add(1)).lines)
    }
}

/// The log group of a function, as the template names it.
pub(crate) fn group_name(stack: &str, function: &str) -> String {
    format!("/aws/lambda/{stack}-{function}")
}

fn stored(event: &FilteredLogEvent, function: &str) -> Option<StoredLine> {
    let (message, timestamp) = (event.message.as_deref()?, event.timestamp?);
    let line = line::read(message, Timestamp(timestamp))?;
    // An emulator gives no ids. Of equal lines of one moment only one is followed there.
    let made = || format!("{}/{timestamp}/{message}", event.log_stream_name().unwrap_or_default());
    Some(StoredLine { id: event.event_id.clone().unwrap_or_else(made), function: Some(function.to_owned()), line })
}

#[async_trait]
impl AppLogs for StackLogs {
    async fn read(&self, query: &LineQuery) -> Result<FoundLines, Unavailable> {
        let is_meant = |group: &&Group| query.function.as_deref().is_none_or(|function| function == group.function);
        let groups = self.groups.iter().filter(is_meant);
        let lines = try_join_all(groups.map(|group| self.read_group(group, query))).await?;
        Ok(FoundLines::newest(lines.into_iter().flatten().collect(), query.limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_an_id_of_its_own_is_a_line() {
        let event = FilteredLogEvent::builder().timestamp(5).message(r#"{"level":"INFO","message":"x"}"#);
        let ids = |event: FilteredLogEvent| stored(&event, "run-tasks").map(|line| line.id);
        assert_eq!(ids(event.clone().event_id("7").build()).as_deref(), Some("7"));
        let made = ids(event.clone().log_stream_name("s").build());
        assert!(made.is_some() && made == ids(event.clone().log_stream_name("s").build()));
        assert_ne!(made, ids(event.timestamp(6).log_stream_name("s").build()));
    }
}
