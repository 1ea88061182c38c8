//! Messages whose body is in the bucket, and what a test asks of queues beside messages.

use super::delivery::Queue;
use super::names::objects;
use super::stack::AwsStack;
use adapter_aws::event_sink::BLOB_ATTRIBUTE;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, QueueAttributeName};
use serde_json::json;
use sha2::{Digest, Sha256};

fn key_of(name: &str) -> String {
    format!("claims/{name}")
}

/// How many messages a queue has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// That can be received.
    pub visible: usize,
    /// Whose time has not come.
    pub held_back: usize,
    /// That somebody has received and not deleted.
    pub received: usize,
}

impl AwsStack {
    /// Puts a body where those are that are too large for a queue; tells its name.
    ///
    /// # Panics
    ///
    /// If the bucket does not take it.
    pub async fn put_claim(&self, body: &[u8]) -> String {
        let name: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
        let put = objects(&self.config).put_object().bucket(&self.names.bucket).key(key_of(&name));
        put.body(body.to_vec().into()).send().await.expect("the emulator keeps objects");
        name
    }

    /// Sends a message whose body has that name.
    ///
    /// # Panics
    ///
    /// If the queue does not take it.
    pub async fn send_claim(&self, queue: Queue<'_>, name: &str) {
        let attribute = MessageAttributeValue::builder().data_type("String").string_value("sha-256").build();
        let request = self
            .queues()
            .send_message()
            .queue_url(self.url(queue))
            .message_body(name)
            .message_attributes(BLOB_ATTRIBUTE, attribute.expect("it has a type"));
        request.send().await.expect("the queue takes messages");
    }

    /// The body of a message if it is in the bucket.
    ///
    /// # Panics
    ///
    /// If it should be there and is not.
    pub async fn claim_of(&self, message: &Message) -> Option<Vec<u8>> {
        message.message_attributes()?.get(BLOB_ATTRIBUTE)?;
        let key = key_of(message.body()?);
        let object = objects(&self.config).get_object().bucket(&self.names.bucket).key(key).send().await;
        Some(object.expect("the object is there").body.collect().await.expect("it can be read").to_vec())
    }

    /// How many messages a queue has.
    ///
    /// # Panics
    ///
    /// If it does not say.
    pub async fn count(&self, queue: Queue<'_>) -> Count {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.queues().get_queue_attributes().queue_url(self.url(queue));
        let answer = request.set_attribute_names(Some(names.to_vec())).send().await.expect("the queue says");
        let attributes = answer.attributes.unwrap_or_default();
        let number = |name: &QueueAttributeName| attributes.get(name).map_or(0, |text| text.parse().expect("a number"));
        let [visible, held_back, received] = names.each_ref().map(number);
        Count { visible, held_back, received }
    }

    /// From now on the queue gives up a message that was received once, and it is in `dead` then.
    ///
    /// # Panics
    ///
    /// If the queue does not take the policy.
    pub async fn give_up_after_one(&self, queue: Queue<'_>, dead: &str) {
        let client = self.queues();
        let arn =
            client.get_queue_attributes().queue_url(dead).attribute_names(QueueAttributeName::QueueArn).send().await;
        let arn = arn.expect("the queue says").attributes.unwrap_or_default();
        let policy = json!({"deadLetterTargetArn": arn[&QueueAttributeName::QueueArn], "maxReceiveCount": "1"});
        let request = client.set_queue_attributes().queue_url(self.url(queue));
        request
            .attributes(QueueAttributeName::RedrivePolicy, policy.to_string())
            .send()
            .await
            .expect("the queue takes it");
    }

    /// Receives what is there and does nothing with it; it is visible again at once.
    ///
    /// # Panics
    ///
    /// If the queue cannot be asked.
    pub async fn receive_and_crash(&self, queue: Queue<'_>) {
        let request = self.queues().receive_message().queue_url(self.url(queue)).visibility_timeout(0);
        request.send().await.expect("the queue gives messages");
    }
}
