//! What the proxy changes in requests: delays become shorter, and a bug that the run was given is done.

use super::calls::Call;
use super::forward::{Reply, pretended};
use crate::sabotage::Sabotage;
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// How requests are changed.
#[derive(Debug)]
pub struct Meddling {
    /// By how much time runs faster for messages that wait: their delays are divided by it.
    pub pace: u64,
    /// The bug.
    pub sabotage: Option<Sabotage>,
    /// Counts what is lost only at times.
    pub count: AtomicU64,
}

impl Meddling {
    /// Nothing is changed.
    #[must_use]
    pub fn none() -> Self {
        Self { pace: 1, sabotage: None, count: AtomicU64::new(0) }
    }

    /// The request as it is passed on.
    pub(super) fn changed(&self, call: &Call, body: Bytes) -> Bytes {
        if !call.is_send() || (self.pace <= 1 && self.sabotage.is_none()) {
            return body;
        }
        let Ok(mut request) = serde_json::from_slice::<Value>(&body) else { return body };
        match request.get_mut("Entries").and_then(Value::as_array_mut) {
            Some(entries) => entries.iter_mut().for_each(|entry| self.change(entry)),
            None => self.change(&mut request),
        }
        Bytes::from(request.to_string())
    }

    fn change(&self, message: &mut Value) {
        if let Some(delay) = message["DelaySeconds"].as_u64() {
            message["DelaySeconds"] = delay.div_ceil(self.pace.max(1)).into();
        }
        let body = message["MessageBody"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok());
        let Some(mut work) = body.filter(|work| work["kind"] == "continuation") else { return };
        match self.sabotage {
            Some(Sabotage::WrongStage) if work["stage"]["name"] == "on_event" => {
                work["stage"] = json!({"name": "sink"})
            }
            Some(Sabotage::UncountedAttempts) => work["progress"]["attempt"] = 1.into(),
            _ => return,
        }
        message["MessageBody"] = work.to_string().into();
    }

    /// The answer to a request that is not passed on at all.
    pub(super) fn pretended(&self, call: &Call, body: &[u8]) -> Option<Reply> {
        match (self.sabotage?, call) {
            (Sabotage::LostClaimChecks, Call::PutObject(_)) => Some(pretended("")),
            (Sabotage::LostDeadLetters, Call::DynamoDb(action)) if action == "PutItem" => {
                let request: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
                (request["TableName"] == "dead-letters").then(|| pretended("{}"))
            }
            (Sabotage::LostMessages, Call::Sqs(_)) if call.is_send() && call.is_of_queue("jobs", body) => {
                let is_lost = self.count.fetch_add(1, Ordering::Relaxed) % 10 == 9;
                is_lost.then(|| pretended(&sent(body).to_string()))
            }
            _ => None,
        }
    }

    /// Whether the request is passed on a second time.
    pub(super) fn repeats(&self, call: &Call) -> bool {
        self.sabotage == Some(Sabotage::DoubleSends)
            && call.is_send()
            && self.count.fetch_add(1, Ordering::Relaxed) % 10 == 9
    }
}

/// What SQS says to messages that it took.
fn sent(body: &[u8]) -> Value {
    let request: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let one =
        |id: &Value| json!({"Id": id, "MessageId": "00000000-0000-4000-8000-000000000000", "MD5OfMessageBody": ""});
    match request["Entries"].as_array() {
        Some(entries) => {
            let successful: Vec<Value> = entries.iter().map(|entry| one(&entry["Id"])).collect();
            json!({"Successful": successful, "Failed": []})
        }
        None => one(&Value::Null),
    }
}
