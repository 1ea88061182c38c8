//! What an invocation says of its messages. Lambda deletes every message that the answer does not name.

use crate::messages::{Message, Receipt};
use aws_lambda_events::event::sqs::SqsBatchResponse;
use lambda_runtime::tracing;
use runtime_core::pipeline::record::RecordOutcome;
use std::collections::BTreeSet;

/// A message that must come again has no id by which the answer could name it, so the invocation fails and all come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{count} messages without a messageId must be delivered again: the whole invocation fails, as they cannot be named"
)]
pub struct UnnamedFailures {
    count: usize,
}

/// What is known of each message of an invocation, by its place. A message of which nothing is known comes again: so nothing is
/// lost by an end that nobody foresaw.
#[derive(Debug)]
pub struct Ledger {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    item: Option<String>,
    receipt: Option<Receipt>,
    state: State,
}

#[derive(Debug)]
enum State {
    Unknown,
    Done,
    /// It is done, and deleted already.
    Deleted,
    Again(String),
}

impl Ledger {
    /// Of these messages, in their order.
    pub fn of(messages: &[Message]) -> Self {
        let entry = |message: &Message| Entry {
            item: message.item.clone(),
            receipt: message.receipt.clone(),
            state: State::Unknown,
        };
        Self { entries: messages.iter().map(entry).collect() }
    }

    /// How a message ended.
    pub fn set(&mut self, place: usize, outcome: RecordOutcome) {
        self.entries[place].state = match outcome {
            RecordOutcome::Done => State::Done,
            RecordOutcome::Redeliver { reason } => State::Again(reason),
        };
    }

    /// A message must come again, for this reason.
    pub fn again(&mut self, place: usize, reason: &str) {
        self.entries[place].state = State::Again(reason.to_owned());
    }

    /// What the messages left behind could not be stored: all that are there must come again.
    pub fn all_again(&mut self, reason: &str) {
        for entry in &mut self.entries {
            if !matches!(entry.state, State::Deleted) {
                entry.state = State::Again(reason.to_owned());
            }
        }
    }

    /// The messages that are done and can be deleted before the answer.
    pub fn deletable(&self) -> Vec<(usize, Receipt)> {
        let entries = self.entries.iter().enumerate();
        let done = entries.filter(|(_, entry)| matches!(entry.state, State::Done));
        done.filter_map(|(place, entry)| Some((place, entry.receipt.clone()?))).collect()
    }

    /// A message has been deleted.
    pub fn deleted(&mut self, place: usize) {
        self.entries[place].state = State::Deleted;
    }

    /// The answer: the messages that must come again, each by the name that the event gave it.
    ///
    /// # Errors
    /// See [`UnnamedFailures`].
    pub fn into_response(self) -> Result<SqsBatchResponse, UnnamedFailures> {
        let mut response = SqsBatchResponse::default();
        let mut named = BTreeSet::new();
        let mut unnamed = 0;
        for Entry { item, state, .. } in self.entries {
            let reason = match state {
                State::Done | State::Deleted => continue,
                State::Again(reason) => reason,
                State::Unknown => "too little of the invocation was left to start it".to_owned(),
            };
            let message_id = item.as_deref().unwrap_or("none");
            tracing::warn!(message_id, reason, "the message will be delivered again");
            match item {
                Some(item) if named.insert(item.clone()) => response.add_failure(item),
                Some(_) => {}
                None => unnamed += 1,
            }
        }
        if unnamed == 0 { Ok(response) } else { Err(UnnamedFailures { count: unnamed }) }
    }
}
