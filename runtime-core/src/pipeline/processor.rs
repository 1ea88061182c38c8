//! Records through the pipeline: decoded, each event taken to its end, what cannot be used kept whole as dead letters.

use super::Pipeline;
use super::captures::CaptureQueue;
use super::record::{Record, RecordOutcome, RecordProcessor};
use super::report::{Counts, EventOutcome};
use crate::decode::{DecodeContext, TeamDirectory, decode};
use crate::ports::captures::CapturedEvent;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason};
use async_trait::async_trait;
use std::sync::Arc;

/// A pipeline with the teams of its stack.
pub struct PipelineProcessor {
    pipeline: Pipeline,
    teams: TeamDirectory,
    captures: Arc<CaptureQueue>,
}

impl PipelineProcessor {
    /// `captures` is the queue that the pipeline's apps capture into.
    pub fn new(pipeline: Pipeline, teams: TeamDirectory, captures: Arc<CaptureQueue>) -> Self {
        Self { pipeline, teams, captures }
    }

    /// The pipeline.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Takes every captured event to its end, and those that it leads to. One that cannot be taken there now becomes a dead
    /// letter: the record that caused it may be done by then.
    pub async fn drain_captures(&self) {
        while let Some(captured) = self.captures.take() {
            Counts::add(&self.pipeline.counts.captured, 1);
            let body = serde_json::to_vec(&captured.event).unwrap_or_default();
            let id = captured.event.uuid().to_owned();
            if let EventOutcome::PutOff(error) = self.pipeline.process(captured).await {
                let letter = self.letter(format!("capture-{id}"), DeadLetterReason::AppFailed, error.to_string(), body);
                self.pipeline.bury(letter).await;
            }
        }
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
                return outcome_of([self.pipeline.bury(letter).await]);
            }
        };
        let mut outcomes = Vec::with_capacity(events.len());
        for event in events {
            outcomes.push(match event {
                Ok(event) => self.pipeline.process(CapturedEvent { event, hops: 0 }).await,
                Err(error) => {
                    let id = format!("{}-{}", record.message_id, error.index);
                    let (reason, message) = (error.reason(), error.to_string());
                    self.pipeline.bury(self.letter(id, reason, message, error.body)).await
                }
            });
        }
        outcome_of(outcomes)
    }

    async fn flush(&self) {
        self.drain_captures().await;
        self.pipeline.flush_exports().await;
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
