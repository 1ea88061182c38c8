//! Pub/Sub over REST: <https://cloud.google.com/pubsub/docs/reference/rest>.

use super::failure::of_api;
use super::{PROJECT, Service};
use crate::doubles::reply::Reply;
use crate::doubles::seen::Seen;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};

/// Scopes that open it.
pub const SCOPES: &[&str] =
    &["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/pubsub"];

/// Its topics and subscriptions, by their whole names.
#[derive(Default)]
pub struct PubSub {
    topics: BTreeMap<String, Value>,
    subscriptions: BTreeMap<String, Subscription>,
    published: u64,
}

struct Subscription {
    topic: String,
    waiting: VecDeque<Value>,
    /// Messages by the id with which they are acknowledged.
    delivered: BTreeMap<String, Value>,
}

impl Service for PubSub {
    fn answer(&mut self, request: &Seen) -> Result<Reply, String> {
        let path =
            request.path.strip_prefix(&format!("/v1/projects/{PROJECT}/")).ok_or("the path is of another project")?;
        let (kind, rest) = path.split_once('/').unwrap_or((path, ""));
        let (name, verb) = rest.split_once(':').unwrap_or((rest, ""));
        let whole = format!("projects/{PROJECT}/{kind}/{name}");
        match (&request.method, kind, verb) {
            (&Method::GET, "topics", "") if name.is_empty() => {
                Ok(Reply::json(200, &json!({"topics": self.topics.values().collect::<Vec<_>>()})))
            }
            (&Method::PUT, "topics", "") => Ok(self.make_topic(&whole, request)),
            (&Method::GET, "topics", "") => {
                Ok(self.topics.get(&whole).map_or_else(|| no_such(name), |topic| Reply::json(200, topic)))
            }
            (&Method::DELETE, "topics", "") => Ok(self.topics.remove(&whole).map_or_else(|| no_such(name), |_| done())),
            (&Method::POST, "topics", "publish") => self.publish(&whole, name, request),
            (&Method::PUT, "subscriptions", "") => self.make_subscription(&whole, name, request),
            (&Method::DELETE, "subscriptions", "") => {
                Ok(self.subscriptions.remove(&whole).map_or_else(|| no_such(name), |_| done()))
            }
            (&Method::POST, "subscriptions", "pull") => self.pull(&whole, name, request),
            (&Method::POST, "subscriptions", "acknowledge") => self.acknowledge(&whole, name, request),
            (method, ..) => Err(format!("Pub/Sub has no {method} of {path}")),
        }
    }
}

impl PubSub {
    fn make_topic(&mut self, name: &str, request: &Seen) -> Reply {
        if self.topics.contains_key(name) {
            return already(name);
        }
        let mut topic = json!({"name": name});
        if let Some(labels) = request.json().get("labels") {
            topic["labels"] = labels.clone();
        }
        let reply = Reply::json(200, &topic);
        self.topics.insert(name.to_owned(), topic);
        reply
    }

    fn publish(&mut self, topic: &str, name: &str, request: &Seen) -> Result<Reply, String> {
        let body = request.json();
        let messages = body["messages"].as_array().filter(|messages| !messages.is_empty());
        let messages = messages.ok_or("messages are published")?;
        if !self.topics.contains_key(topic) {
            return Ok(no_such(name));
        }
        let mut ids = Vec::new();
        for message in messages {
            let data = message["data"].as_str().unwrap_or_default();
            STANDARD.decode(data).map_err(|error| format!("data is no base64: {error}"))?;
            if data.is_empty() && message["attributes"].as_object().is_none_or(|attributes| attributes.is_empty()) {
                let text = "One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.";
                return Ok(of_api(400, "INVALID_ARGUMENT", text));
            }
            self.published += 1;
            let id = self.published.to_string();
            let mut message = message.clone();
            message["messageId"] = id.clone().into();
            message["publishTime"] = "2023-01-01T00:00:00Z".into();
            for subscription in self.subscriptions.values_mut().filter(|subscription| subscription.topic == topic) {
                subscription.waiting.push_back(message.clone());
            }
            ids.push(id);
        }
        Ok(Reply::json(200, &json!({"messageIds": ids})))
    }

    fn make_subscription(&mut self, whole: &str, name: &str, request: &Seen) -> Result<Reply, String> {
        let body = request.json();
        let topic = body["topic"].as_str().ok_or("a subscription has a topic")?;
        if self.subscriptions.contains_key(whole) {
            return Ok(already(name));
        }
        if !self.topics.contains_key(topic) {
            return Ok(no_such(topic.rsplit('/').next().unwrap_or_default()));
        }
        let made = Subscription { topic: topic.into(), waiting: VecDeque::new(), delivered: BTreeMap::new() };
        self.subscriptions.insert(whole.into(), made);
        Ok(Reply::json(
            200,
            &json!({"name": whole, "topic": topic, "ackDeadlineSeconds": 10, "pushConfig": {}, "state": "ACTIVE"}),
        ))
    }

    fn pull(&mut self, whole: &str, name: &str, request: &Seen) -> Result<Reply, String> {
        let Some(subscription) = self.subscriptions.get_mut(whole) else { return Ok(no_such(name)) };
        let most = request.json()["maxMessages"].as_u64().filter(|most| *most > 0).ok_or("maxMessages is positive")?;
        let mut received = Vec::new();
        while received.len() < usize::try_from(most).unwrap_or(usize::MAX)
            && let Some(message) = subscription.waiting.pop_front()
        {
            let id = format!("ack-{}", message["messageId"].as_str().unwrap_or_default());
            subscription.delivered.insert(id.clone(), message.clone());
            received.push(json!({"ackId": id, "message": message}));
        }
        Ok(Reply::json(200, &if received.is_empty() { json!({}) } else { json!({"receivedMessages": received}) }))
    }

    fn acknowledge(&mut self, whole: &str, name: &str, request: &Seen) -> Result<Reply, String> {
        let Some(subscription) = self.subscriptions.get_mut(whole) else { return Ok(no_such(name)) };
        let body = request.json();
        let ids = body["ackIds"].as_array().filter(|ids| !ids.is_empty()).ok_or("ackIds are acknowledged")?;
        for id in ids.iter().filter_map(Value::as_str) {
            if subscription.delivered.remove(id).is_none() {
                return Err(format!("{id} was not delivered, or is acknowledged already"));
            }
        }
        Ok(done())
    }
}

fn done() -> Reply {
    Reply::json(200, &json!({}))
}

fn no_such(name: &str) -> Reply {
    of_api(404, "NOT_FOUND", &format!("Resource not found (resource={name})."))
}

fn already(name: &str) -> Reply {
    let name = name.rsplit('/').next().unwrap_or_default();
    of_api(409, "ALREADY_EXISTS", &format!("Resource already exists in the project (resource={name})."))
}
