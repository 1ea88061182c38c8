//! Notifications: to a topic of SNS, or into the log of a stack that has none.

use crate::failure::unavailable;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use runtime_core::ports::Unavailable;
use runtime_core::ports::notifier::{Notification, Notifier};

const PORT: &str = "notifier";
/// How many characters of a subject SNS takes, all ASCII.
const LONGEST_SUBJECT: usize = 100;
/// How many bytes of a message are sent: SNS takes 256 KiB with the subject.
const LONGEST_MESSAGE: usize = 250_000;

/// [`Notifier`] over a topic of SNS.
pub struct SnsNotifier {
    client: Client,
    topic_arn: String,
}

impl SnsNotifier {
    pub(crate) fn new(client: Client, topic_arn: String) -> Self {
        Self { client, topic_arn }
    }
}

#[async_trait]
impl Notifier for SnsNotifier {
    async fn notify(&self, notification: Notification) -> Result<(), Unavailable> {
        let subject = subject_of(&notification.subject);
        let message = &notification.message[..notification.message.floor_char_boundary(LONGEST_MESSAGE)];
        // SNS refuses a message without text.
        let message = if message.trim().is_empty() { &subject } else { message };
        let request = self.client.publish().topic_arn(&self.topic_arn).subject(&subject).message(message);
        request.send().await.map_err(|error| unavailable(PORT, "Publish", &error))?;
        Ok(())
    }
}

/// [`Notifier`] that writes warnings into the log of the process.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogNotifier;

#[async_trait]
impl Notifier for LogNotifier {
    async fn notify(&self, notification: Notification) -> Result<(), Unavailable> {
        tracing::warn!(subject = notification.subject, "{}", notification.message);
        Ok(())
    }
}

/// How many get what a topic tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subscribers {
    /// Who gets it.
    pub confirmed: usize,
    /// Who has not answered the mail that asks whether they want it, and gets nothing.
    pub pending: usize,
}

/// Who has subscribed to a topic: its first hundred.
///
/// # Errors
/// When SNS does not say.
pub async fn subscribers(config: &SdkConfig, topic_arn: &str) -> Result<Subscribers, Unavailable> {
    let request = Client::new(config).list_subscriptions_by_topic().topic_arn(topic_arn);
    let answer = request.send().await.map_err(|error| unavailable(PORT, "ListSubscriptionsByTopic", &error))?;
    let mut subscribers = Subscribers::default();
    for subscription in answer.subscriptions() {
        // One that is not confirmed has a word in the place of its ARN.
        match subscription.subscription_arn() {
            Some(arn) if arn.starts_with("arn:") => subscribers.confirmed += 1,
            _ => subscribers.pending += 1,
        }
    }
    Ok(subscribers)
}

/// The subject as SNS takes it: printable ASCII in one line that begins with no space, and is not empty.
fn subject_of(subject: &str) -> String {
    let ascii = |character: char| match character {
        ' '..='~' => character,
        _ if character.is_whitespace() => ' ',
        _ => '?',
    };
    let subject: String = subject.trim().chars().take(LONGEST_SUBJECT).map(ascii).collect();
    if subject.is_empty() { "hedgerow".to_owned() } else { subject }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_becomes_what_sns_takes() {
        assert_eq!(subject_of("\n app \u{1f33f}\tis\r\ndisabled "), "app ? is  disabled");
        assert_eq!(subject_of(&"é".repeat(101)), "?".repeat(100));
        assert_eq!(subject_of(" \n"), "hedgerow");
    }
}
