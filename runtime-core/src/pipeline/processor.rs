//! Records through the pipeline: decoded, each event taken to its end, what cannot be used kept whole as dead letters.

use super::Pipeline;
use super::captures::CaptureQueue;
use super::record::{Record, RecordOutcome, RecordProcessor};
use super::report::{Counts, EventOutcome};
use crate::decode::{DecodeContext, TeamDirectory, decode};
use crate::ports::Unavailable;
use crate::ports::captures::CapturedEvent;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, Redrive};
use crate::ports::delayed_queue::DueWork;
use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use std::time::Duration;

/// How long work from the queue is ours: as long as an invocation can take.
const LEASE: Duration = Duration::from_secs(900);

/// How many messages are taken from the queue at once, and how many of them are under way at once.
const DUE_AT_ONCE: usize = 100;
const CONCURRENCY: usize = 10;

/// A pipeline with the teams of its stack.
pub struct PipelineProcessor {
    pipeline: Pipeline,
    teams: TeamDirectory,
    captures: Arc<CaptureQueue>,
    due: Option<Arc<dyn DueWork>>,
}

impl PipelineProcessor {
    /// `captures` is the queue that the pipeline's apps capture into.
    pub fn new(pipeline: Pipeline, teams: TeamDirectory, captures: Arc<CaptureQueue>) -> Self {
        Self { pipeline, teams, captures, due: None }
    }

    /// With a queue from which nobody else brings what is due.
    #[must_use]
    pub fn taking(mut self, due: Arc<dyn DueWork>) -> Self {
        self.due = Some(due);
        self
    }

    /// The pipeline.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Takes every captured event to its end, and those that it leads to. One that can neither be taken there nor be put off
    /// becomes a dead letter.
    ///
    /// # Errors
    /// When not even that can be stored: what captured the event must not count as done.
    pub async fn drain_captures(&self) -> Result<(), Unavailable> {
        while let Some(captured) = self.captures.take() {
            Counts::add(&self.pipeline.counts.captured, 1);
            let body = serde_json::to_vec(&captured.event).unwrap_or_default();
            let id = captured.event.uuid().to_owned();
            if let EventOutcome::PutOff(error) = self.pipeline.process(captured).await {
                let letter =
                    self.letter(format!("capture-{id}"), DeadLetterReason::Unavailable, error.to_string(), body);
                self.pipeline.bury(letter).await?;
            }
        }
        Ok(())
    }

    /// Runs the jobs and continuations that are due now. What cannot be ended stays in the queue, and comes back when its lease
    /// ends.
    ///
    /// # Errors
    /// When the queue is out of reach.
    pub async fn drain_due(&self) -> Result<(), Unavailable> {
        let Some(queue) = &self.due else { return Ok(()) };
        let now = self.pipeline.ports.clock.now();
        loop {
            let due = queue.take(now, now.plus(LEASE), DUE_AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            let ended: Vec<Option<String>> = stream::iter(due)
                .map(|message| async move { self.pipeline.run_delayed(&message).await.is_ok().then_some(message.id) })
                .buffer_unordered(CONCURRENCY)
                .collect()
                .await;
            // What the work has left in memory must be stored before its message goes.
            self.drain_captures().await?;
            self.pipeline.flush_exports().await?;
            for id in ended.into_iter().flatten() {
                queue.finish(&id).await?;
            }
        }
    }

    async fn end_invocation(&self) -> Result<(), Unavailable> {
        self.drain_captures().await?;
        self.pipeline.flush_exports().await
    }

    fn letter(&self, id: String, reason: DeadLetterReason, message: String, body: Vec<u8>) -> DeadLetter {
        DeadLetter {
            id,
            reason,
            message,
            body,
            installation: None,
            function: None,
            team: None,
            created_at: self.pipeline.ports.clock.now(),
            redrive: Redrive::Record,
            redriven_at: None,
        }
    }
}

#[async_trait]
impl RecordProcessor for PipelineProcessor {
    async fn process(&self, record: Record) -> RecordOutcome {
        let context =
            DecodeContext { message_id: &record.message_id, received_at: record.received_at, teams: &self.teams };
        let events = match decode(&record.body, &context) {
            Ok(events) => events,
            Err(error) => {
                let letter = self.letter(record.message_id.clone(), error.reason(), error.to_string(), record.body);
                return outcome_of([buried(self.pipeline.bury(letter).await)]);
            }
        };
        let mut outcomes = Vec::with_capacity(events.len());
        for event in events {
            outcomes.push(match event {
                Ok(event) => self.pipeline.process(CapturedEvent { event, hops: 0 }).await,
                Err(error) => {
                    let id = format!("{}-{}", record.message_id, error.index);
                    let (reason, message) = (error.reason(), error.to_string());
                    buried(self.pipeline.bury(self.letter(id, reason, message, error.body)).await)
                }
            });
        }
        outcome_of(outcomes)
    }

    async fn flush(&self) -> RecordOutcome {
        match self.end_invocation().await {
            Ok(()) => RecordOutcome::Done,
            Err(error) => RecordOutcome::Redeliver { reason: error.to_string() },
        }
    }

    async fn run_due(&self) {
        // What could not be ended is in the queue still, and that is all that was promised.
        drop(self.drain_due().await);
    }
}

fn buried(stored: Result<(), Unavailable>) -> EventOutcome {
    match stored {
        Ok(()) => EventOutcome::DeadLettered,
        Err(error) => EventOutcome::PutOff(error),
    }
}

/// A record is done when each of its events is; one that is put off brings the whole record back.
fn outcome_of(outcomes: impl IntoIterator<Item = EventOutcome>) -> RecordOutcome {
    let put_off = outcomes.into_iter().find_map(|outcome| match outcome {
        EventOutcome::PutOff(error) => Some(error),
        _ => None,
    });
    match put_off {
        Some(error) => RecordOutcome::Redeliver { reason: error.to_string() },
        None => RecordOutcome::Done,
    }
}
