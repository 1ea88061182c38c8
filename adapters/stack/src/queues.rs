//! What waits in the queues of a stack.

use crate::Stack;
use crate::ask::AskError;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use aws_sdk_sqs::types::QueueAttributeName;
use runtime_core::ports::clock::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// The outputs with the URLs of queues that functions take from, or that consumers read.
pub const QUEUES: [&str; 5] =
    ["EventsQueueUrl", "ContinuationsQueueUrl", "ExportsQueueUrl", "JobsQueueUrl", "OutputQueueUrl"];
/// The outputs with the URLs of what SQS gave up.
pub const DEAD_LETTER_QUEUES: [&str; 4] = [
    "EventsDeadLetterQueueUrl",
    "ContinuationsDeadLetterQueueUrl",
    "ExportsDeadLetterQueueUrl",
    "JobsDeadLetterQueueUrl",
];

/// How old what CloudWatch knows of ages may be: it measures every minute or two.
const WINDOW: Duration = Duration::from_mins(10);
const PERIOD_SECONDS: i32 = 60;

/// What SQS says of a queue; numbers are approximate, as SQS's are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueFacts {
    /// Its name.
    pub name: String,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that a function works on.
    pub in_flight: u64,
    /// Messages whose time has not come.
    pub delayed: u64,
    /// How long it keeps messages.
    pub retention_seconds: u64,
}

impl Stack {
    /// The queue whose URL that output is.
    ///
    /// # Errors
    /// When AWS does not say, or the stack has no such output.
    pub async fn queue(&self, output: &str) -> Result<QueueFacts, AskError> {
        const ACTION: &str = "sqs:GetQueueAttributes";
        let url = self.output(output, ACTION)?;
        let client = aws_sdk_sqs::Client::new(&self.config);
        let request = client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
        let answer = request.send().await.map_err(|error| AskError::of(ACTION, &error))?;
        let number = |name: QueueAttributeName| {
            let text = answer.attributes().and_then(|attributes| attributes.get(&name));
            text.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        Ok(QueueFacts {
            name: name_of(&url),
            waiting: number(QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
            delayed: number(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
            retention_seconds: number(QueueAttributeName::MessageRetentionPeriod),
        })
    }

    /// Seconds that the oldest message of each queue has waited, by the queue's name, as far as CloudWatch knows at `now`.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn oldest_seconds(&self, now: Timestamp) -> Result<BTreeMap<String, u64>, AskError> {
        const ACTION: &str = "cloudwatch:GetMetricData";
        let names: Vec<String> =
            QUEUES.into_iter().filter_map(|output| self.output(output, ACTION).ok()).map(|url| name_of(&url)).collect();
        let queries = names.iter().enumerate().map(|(index, name)| query(index, name)).collect();
        let client = aws_sdk_cloudwatch::Client::new(&self.config);
        let window = i64::try_from(WINDOW.as_millis()).expect("it is minutes");
        let request = client
            .get_metric_data()
            .set_metric_data_queries(Some(queries))
            .start_time(DateTime::from_millis(now.0 - window))
            .end_time(DateTime::from_millis(now.0));
        let answer = request.send().await.map_err(|error| AskError::of(ACTION, &error))?;
        let mut ages = BTreeMap::new();
        for result in answer.metric_data_results() {
            let index = result.id().and_then(|id| id.strip_prefix('q')).and_then(|index| index.parse::<usize>().ok());
            // The newest value is the first.
            if let (Some(name), Some(age)) = (index.and_then(|index| names.get(index)), result.values().first()) {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of an age")]
                ages.insert(name.clone(), age.max(0.0) as u64);
            }
        }
        Ok(ages)
    }
}

fn query(index: usize, queue: &str) -> MetricDataQuery {
    let dimension = Dimension::builder().name("QueueName").value(queue).build();
    let metric = Metric::builder().namespace("AWS/SQS").metric_name("ApproximateAgeOfOldestMessage");
    let stat =
        MetricStat::builder().metric(metric.dimensions(dimension).build()).period(PERIOD_SECONDS).stat("Maximum");
    MetricDataQuery::builder().id(format!("q{index}")).metric_stat(stat.build()).build()
}

/// The last part of a queue's URL.
fn name_of(url: &str) -> String {
    url.rsplit('/').next().unwrap_or(url).to_owned()
}
