//! What watches a stack: alarms, who is told of them, and logs.

use crate::Stack;
use crate::ask::AskError;
use crate::logs::group_name;
use crate::mappings::FUNCTIONS;
use adapter_aws::notifier::{self, Subscribers};
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};

/// An alarm that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// What it means, as the template says it.
    pub description: String,
    /// What CloudWatch saw.
    pub reason: String,
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// How many days lines are kept; for ever without.
    pub retention_days: Option<i32>,
}

impl Stack {
    /// The alarms of the stack that are on. CloudFormation names them after the stack.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn alarms_on(&self) -> Result<Vec<Alarm>, AskError> {
        let client = aws_sdk_cloudwatch::Client::new(&self.config);
        let request = client.describe_alarms().alarm_name_prefix(format!("{}-", self.name()));
        let answer = request.state_value(StateValue::Alarm).send().await;
        let answer = answer.map_err(|error| AskError::of("cloudwatch:DescribeAlarms", &error))?;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let is_on = |alarm: &&MetricAlarm| alarm.state_value() == Some(&StateValue::Alarm);
        let is_ours = |alarm: &&MetricAlarm| alarm.alarm_name().is_some_and(|name| is_alarm_of(self.name(), name));
        let alarms = answer.metric_alarms().iter().filter(is_on).filter(is_ours);
        Ok(alarms
            .map(|alarm| Alarm {
                name: text(&alarm.alarm_name),
                description: text(&alarm.alarm_description),
                reason: text(&alarm.state_reason),
            })
            .collect())
    }

    /// Who is told of alarms and of disabled apps.
    ///
    /// # Errors
    /// When AWS does not say, or the stack has no topic.
    pub async fn subscribers(&self) -> Result<Subscribers, AskError> {
        const ACTION: &str = "sns:ListSubscriptionsByTopic";
        let topic = self.output("NotificationsTopicArn", ACTION)?;
        notifier::subscribers(&self.config, &topic).await.map_err(|error| AskError::of_port(ACTION, &error))
    }

    /// The log groups of the functions.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn log_groups(&self) -> Result<Vec<LogGroup>, AskError> {
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let prefix = format!("/aws/lambda/{}-", self.name());
        let answer = client.describe_log_groups().log_group_name_prefix(prefix).send().await;
        let answer = answer.map_err(|error| AskError::of("logs:DescribeLogGroups", &error))?;
        let names = FUNCTIONS.map(|(function, _)| group_name(self.name(), function));
        let is_ours = |group: &&aws_sdk_cloudwatchlogs::types::LogGroup| {
            group.log_group_name().is_some_and(|name| names.iter().any(|ours| ours == name))
        };
        let groups = answer.log_groups().iter().filter(is_ours).map(|group| LogGroup {
            name: group.log_group_name().unwrap_or_default().to_owned(),
            retention_days: group.retention_in_days(),
        });
        Ok(groups.collect())
    }

    /// Whether the caller may search a log group, as `hedgerow logs` does.
    ///
    /// # Errors
    /// When it may not, or AWS is out of reach.
    pub async fn try_logs(&self, group: &str) -> Result<(), AskError> {
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        let answer = client.filter_log_events().log_group_name(group).limit(1).send().await;
        answer.map(drop).map_err(|error| AskError::of("logs:FilterLogEvents", &error))
    }
}

/// Whether an alarm is of that stack: CloudFormation calls it by the stack, the name that the template gives it, and something random.
/// That of a stack `a-b` begins as those of a stack `a` do.
fn is_alarm_of(stack: &str, alarm: &str) -> bool {
    let rest = alarm.strip_prefix(stack).and_then(|rest| rest.strip_prefix('-'));
    rest.and_then(|rest| rest.split('-').next()).is_some_and(|name| name.ends_with("Alarm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_of_a_stack_whose_name_goes_on_are_none_of_ours() {
        assert!(is_alarm_of("hedgerow", "hedgerow-TicksAlarm-1ABC"));
        assert!(is_alarm_of("hedgerow-try", "hedgerow-try-TicksAlarm-1ABC"));
        assert!(!is_alarm_of("hedgerow", "hedgerow-try-TicksAlarm-1ABC"));
        assert!(!is_alarm_of("hedgerow", "TicksAlarm"));
    }
}
