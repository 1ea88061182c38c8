//! An invocation: its messages through the processor, each on its own, and the answer that names those to deliver again.

use crate::records::record_of;
use crate::settings::Settings;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::{Error, LambdaEvent, tracing};
use runtime_core::pipeline::record::{Record, RecordOutcome, RecordProcessor};
use runtime_core::ports::clock::Timestamp;
use serde_json::value::RawValue;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

/// Answers the invocations of one execution environment.
pub struct Handler {
    processor: Arc<dyn RecordProcessor>,
    record_concurrency: usize,
    start_margin: Duration,
    answer_margin: Duration,
}

/// A message that must come again has no id by which the answer could name it, so the invocation fails and all come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{count} messages without a messageId must be delivered again: the whole invocation fails, as they cannot be named"
)]
pub struct UnnamedFailures {
    count: usize,
}

/// The payload of an invocation is no SQS event. Says where and not what, as what is there may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the payload is no SQS event from line {line}, column {column} on: invoke this function from an SQS queue only"
)]
pub struct NotAnSqsEvent {
    line: usize,
    column: usize,
}

/// A message on its way: what the answer calls it, and the record.
struct Pending {
    /// `None` for a message without an id.
    item: Option<String>,
    record: Record,
}

impl Handler {
    /// A handler over one processor, which all invocations share.
    pub fn new(processor: Arc<dyn RecordProcessor>, settings: &Settings) -> Self {
        Self {
            processor,
            record_concurrency: settings.record_concurrency,
            start_margin: settings.start_margin,
            answer_margin: settings.answer_margin,
        }
    }

    /// Answers one invocation. Lambda acknowledges every message that the answer does not name.
    ///
    /// # Errors
    ///
    /// [`NotAnSqsEvent`] and [`UnnamedFailures`]; both make Lambda deliver all messages again.
    pub async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<SqsBatchResponse, Error> {
        let (payload, context) = event.into_parts();
        let payload: SqsEvent = serde_json::from_str(payload.get())
            .map_err(|error| NotAnSqsEvent { line: error.line(), column: error.column() })?;
        let remaining = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let pending = pending(payload.records, &context.request_id, now());
        Ok(self.process(pending, Instant::now() + remaining).await?)
    }

    /// Takes the records through the processor until `deadline`, and flushes it.
    async fn process(
        &self,
        mut waiting: VecDeque<Pending>,
        deadline: Instant,
    ) -> Result<SqsBatchResponse, UnnamedFailures> {
        let last_start = earlier(deadline, self.start_margin);
        let answer_at = earlier(deadline, self.answer_margin);
        let all: Vec<Option<String>> = waiting.iter().map(|pending| pending.item.clone()).collect();
        let mut failures = Failures::default();
        let mut running = JoinSet::new();
        let mut items: HashMap<Id, Option<String>> = HashMap::new();
        loop {
            while running.len() < self.record_concurrency && Instant::now() < last_start {
                let Some(Pending { item, record }) = waiting.pop_front() else { break };
                let processor = Arc::clone(&self.processor);
                // Its own task, so that a panic in it stays in it.
                let task = running.spawn(async move { processor.process(record).await });
                items.insert(task.id(), item);
            }
            match tokio::time::timeout_at(answer_at, running.join_next_with_id()).await {
                Ok(Some(joined)) => {
                    let (id, ended) = ending(joined);
                    let item = items.remove(&id).expect("every task's item was noted when it was started");
                    if let Err(reason) = ended {
                        failures.add(item, &reason);
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    running.abort_all();
                    break;
                }
            }
        }
        for item in items.into_values() {
            failures.add(item, "it was still running when the invocation had to end");
        }
        for Pending { item, .. } in waiting {
            failures.add(item, "too little of the invocation was left to start it");
        }
        let flushed = match tokio::time::timeout_at(answer_at, self.processor.flush()).await {
            Ok(RecordOutcome::Done) => {
                if tokio::time::timeout_at(answer_at, self.processor.run_due()).await.is_err() {
                    tracing::warn!("work that was due goes on when its lease has ended: the invocation had to end");
                }
                return failures.into_response();
            }
            Ok(RecordOutcome::Redeliver { reason }) => reason,
            Err(_) => "what the records left behind was still running when the invocation had to end".to_owned(),
        };
        let mut again = Failures::default();
        for item in all {
            again.add(item, &flushed);
        }
        again.into_response()
    }
}

/// The messages that must come again.
#[derive(Default)]
struct Failures {
    response: SqsBatchResponse,
    unnamed: usize,
}

impl Failures {
    fn add(&mut self, item: Option<String>, reason: &str) {
        tracing::warn!(message_id = item.as_deref().unwrap_or("none"), reason, "the message will be delivered again");
        match item {
            Some(item) => self.response.add_failure(item),
            None => self.unnamed += 1,
        }
    }

    fn into_response(self) -> Result<SqsBatchResponse, UnnamedFailures> {
        if self.unnamed == 0 { Ok(self.response) } else { Err(UnnamedFailures { count: self.unnamed }) }
    }
}

/// The messages as records. Those that were delivered before come last: if one of them is what crashed the function, its
/// neighbours are done by then.
fn pending(messages: Vec<SqsMessage>, request_id: &str, now: Timestamp) -> VecDeque<Pending> {
    let to_pending = |(index, message): (usize, SqsMessage)| {
        let item = message.message_id.clone().filter(|id| !id.is_empty());
        Pending { item, record: record_of(message, || format!("{request_id}/{index}"), now) }
    };
    let mut pending: Vec<Pending> = messages.into_iter().enumerate().map(to_pending).collect();
    pending.sort_by_key(|pending| pending.record.receive_count);
    pending.into()
}

/// Which task ended, and why its message must come again if it must. A panic's own text stays in the log of the panic: it
/// may hold anything.
fn ending(joined: Result<(Id, RecordOutcome), JoinError>) -> (Id, Result<(), String>) {
    match joined {
        Ok((id, RecordOutcome::Done)) => (id, Ok(())),
        Ok((id, RecordOutcome::Redeliver { reason })) => (id, Err(reason)),
        Err(error) => (error.id(), Err("its processing panicked".to_owned())),
    }
}

fn earlier(deadline: Instant, margin: Duration) -> Instant {
    deadline.checked_sub(margin).unwrap_or_else(Instant::now)
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(0).plus(since_1970)
}

#[cfg(test)]
mod tests;
