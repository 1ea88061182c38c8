//! What a run leaves in the emulator, as files for the checker.

use super::progress::Progress;
use super::stack::{OUTPUT, Stack};
use super::worker::WorkError;
use crate::apps::APPS;
use crate::files::{DEAD_LETTERS, Letter, Lines, SINK};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_double::aws::AwsError;
use lambda_double::poller::{Batch, Poller};
use lambda_double::runtime_api::Answer;
use lambda_double::sqs_event::Message;
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

/// Collects.
pub struct Collector {
    stack: Stack,
    sink: Lines,
    dead_letters: Lines,
}

impl Collector {
    pub fn new(stack: Stack, folder: &Path) -> Result<Self, WorkError> {
        let sink = Lines::append_to(&folder.join(SINK))?;
        let dead_letters = Lines::append_to(&folder.join(DEAD_LETTERS))?;
        Ok(Self { stack, sink, dead_letters })
    }

    /// Takes final events from the output queue until the run is over. A message that SQS brings to us twice counts once: that is
    /// between SQS and us.
    pub async fn collect_sink(&self, progress: &Progress) -> Result<(), WorkError> {
        let mapping = self.stack.mapping(OUTPUT, 10, Duration::ZERO);
        let poller = Poller::new(self.stack.client.clone(), mapping);
        let mut seen = HashSet::new();
        while !progress.is_over() {
            let messages = poller.receive(Duration::from_secs(1)).await?;
            for message in &messages {
                if seen.insert(message.id.clone()) {
                    let body = self.body(message).await?;
                    self.sink.add(&serde_json::from_str::<Value>(&body).unwrap_or(Value::String(body)))?;
                }
            }
            let batch = Batch { messages, payload: String::new() };
            poller.settle(&batch, &Answer::Response(Value::Null)).await?;
        }
        Ok(())
    }

    async fn body(&self, message: &Message) -> Result<String, WorkError> {
        if message.message_attributes.contains_key("hedgerow-blob") {
            self.blob(&message.body).await
        } else {
            Ok(message.body.clone())
        }
    }

    /// The text of a blob. One that is not there is for the checker to complain of: then this is its name.
    async fn blob(&self, name: &str) -> Result<String, WorkError> {
        match self.stack.blob(name).await {
            Err(AwsError::Refused { .. }) => Ok(name.to_owned()),
            found => Ok(found?),
        }
    }

    /// Writes down every dead letter.
    pub async fn collect_dead_letters(&self) -> Result<(), WorkError> {
        for item in self.stack.items("dead-letters").await? {
            self.dead_letters.add(&self.letter(&item).await?)?;
        }
        Ok(())
    }

    async fn letter(&self, item: &Value) -> Result<Letter, WorkError> {
        let text = |name: &str| item[name]["S"].as_str().map(str::to_owned);
        let body = match text("body_blob") {
            Some(name) => self.blob(&name).await?,
            None => {
                let bytes = STANDARD.decode(item["body"]["B"].as_str().unwrap_or_default()).unwrap_or_default();
                String::from_utf8_lossy(&bytes).into_owned()
            }
        };
        let installation = item["installation"]["N"].as_str().and_then(|number| number.parse::<usize>().ok());
        let app = installation.map(|number| APPS.get(number - 1).map_or("nobody", |app| app.slug).to_owned());
        let id = text("id").unwrap_or_default();
        Ok(Letter { id, reason: text("reason").unwrap_or_default(), app, function: text("function"), body })
    }
}
