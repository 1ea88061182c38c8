//! Records through the pipeline: decoded, each event taken to its end, what cannot be used kept whole as dead letters.

use super::Pipeline;
use super::captures::CaptureQueue;
use super::once::Once;
use super::record::{Record, RecordOutcome, RecordProcessor};
use super::report::{Counts, EventOutcome};
use super::resume::ResumeError;
use crate::decode::{DecodeContext, TeamDirectory, decode};
use crate::ports::Unavailable;
use crate::ports::captures::CapturedEvent;
use crate::ports::clock::Timestamp;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, Redrive};
use crate::ports::delayed_queue::{DelayedMessage, DueWork, Lane};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// How long work from the queue is ours: as long as an invocation can take.
const LEASE: Duration = Duration::from_secs(900);

/// How long a message of a newer release waits until it is looked at again.
const PUT_BACK_FOR: Duration = Duration::from_secs(900);

/// How many messages are taken from the queue at once.
const DUE_AT_ONCE: usize = 100;

/// A pipeline with the teams of its stack.
pub struct PipelineProcessor {
    pipeline: Pipeline,
    teams: TeamDirectory,
    captures: Option<Arc<CaptureQueue>>,
    due: Option<Arc<dyn DueWork>>,
}

impl PipelineProcessor {
    /// Over a pipeline whose captures go back by a queue that others bring.
    pub fn new(pipeline: Pipeline, teams: TeamDirectory) -> Self {
        Self { pipeline, teams, captures: None, due: None }
    }

    /// With the queue in memory into which the pipeline's apps capture.
    #[must_use]
    pub fn capturing(mut self, captures: Arc<CaptureQueue>) -> Self {
        self.captures = Some(captures);
        self
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
        let Some(captures) = &self.captures else { return Ok(()) };
        while let Some(captured) = captures.take() {
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

    /// Runs what is due now: jobs, continuations, and records that were sent again. What cannot be ended stays in the queue, and
    /// comes back when its lease ends.
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
            let (records, messages): (Vec<_>, Vec<_>) =
                due.into_iter().partition(|message| message.lane == Lane::Events);
            let mut finished = Vec::new();
            for record in records {
                let id = record.id.clone();
                if self.process_events(record_of(record)).await == RecordOutcome::Done {
                    finished.push(id);
                }
            }
            let ended = self.pipeline.run_all_delayed(&messages).await;
            let done = messages.into_iter().zip(ended).filter(|(_, ended)| ended.is_ok());
            finished.extend(done.map(|(message, _)| message.id));
            // What the work has left in memory must be stored before its message goes.
            self.end_invocation().await?;
            for id in finished {
                queue.finish(&id).await?;
            }
        }
    }

    async fn end_invocation(&self) -> Result<(), Unavailable> {
        self.drain_captures().await?;
        self.pipeline.send_exports().await?;
        self.pipeline.save_globals().await;
        Ok(())
    }

    /// Takes the events of a record from outside to their ends.
    async fn process_events(&self, record: Record) -> RecordOutcome {
        let context =
            DecodeContext { message_id: record.work_id(), received_at: record.received_at, teams: &self.teams };
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
                Ok(event) => self.process_once(CapturedEvent { event, hops: record.hops() }).await,
                Err(error) => {
                    let id = format!("{}-{}", record.message_id, error.index);
                    let (reason, message) = (error.reason(), error.to_string());
                    buried(self.pipeline.bury(self.letter(id, reason, message, error.body)).await)
                }
            });
        }
        outcome_of(outcomes)
    }

    /// Takes an event to its end, unless an equal one was: a copy of its message, or its message again.
    async fn process_once(&self, captured: CapturedEvent) -> EventOutcome {
        let id = format!("event-{}", captured.event.digest());
        let work = self.pipeline.process(captured);
        match self.pipeline.once(&id, work, is_finished).await {
            Ok(Once::Ran(outcome)) => outcome,
            Ok(Once::Finished) => EventOutcome::Continued,
            Ok(Once::UnderWay) => EventOutcome::PutOff(under_way()),
            Err(cause) => EventOutcome::PutOff(cause),
        }
    }

    /// What becomes of the record of a message. What a newer release wrote is put back for it: failing it would count as crashes,
    /// and its queue would give it up in the end.
    async fn ended<T>(&self, result: Result<T, ResumeError>, message: DelayedMessage) -> RecordOutcome {
        let error = match result {
            Ok(_) => return RecordOutcome::Done,
            Err(error @ ResumeError::Newer(_)) => {
                let not_before = self.pipeline.ports.clock.now().plus(PUT_BACK_FOR);
                match self.pipeline.ports.queue.send(DelayedMessage { not_before, ..message }).await {
                    Ok(()) => return RecordOutcome::Done,
                    Err(_) => error,
                }
            }
            Err(error) => error,
        };
        RecordOutcome::Redeliver { reason: error.to_string() }
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
    fn begin(&self, until: Duration) {
        self.pipeline.begin(until);
    }

    async fn process(&self, record: Record) -> RecordOutcome {
        if record.lane == Lane::Events {
            return self.process_events(record).await;
        }
        let message = message_of(&record);
        let result = self.pipeline.run_delayed(&message).await;
        self.ended(result, message).await
    }

    async fn process_all(&self, records: Vec<Record>) -> Vec<RecordOutcome> {
        let messages: Vec<DelayedMessage> = records.iter().map(message_of).collect();
        let results = self.pipeline.run_all_delayed(&messages).await;
        let mut outcomes = Vec::with_capacity(messages.len());
        for (result, message) in results.into_iter().zip(messages) {
            outcomes.push(self.ended(result, message).await);
        }
        outcomes
    }

    async fn import(&self, record: Record, reason: DeadLetterReason, message: String) -> RecordOutcome {
        let redrive = match record.lane {
            Lane::Events => Redrive::Record,
            lane => Redrive::Message(lane),
        };
        let id = format!("{}-{}", record.message_id, reason.name());
        let letter = DeadLetter { redrive, ..self.letter(id, reason, message, record.body) };
        outcome_of([buried(self.pipeline.bury(letter).await)])
    }

    async fn trigger(&self, task: &str, at: Timestamp) -> Result<usize, Unavailable> {
        self.pipeline.trigger(task, at).await
    }

    async fn tear_down(&self) {
        self.pipeline.tear_down().await;
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

/// Whether an event is not to be taken up again. A dead letter may be, when it is redriven.
fn is_finished(outcome: &EventOutcome) -> bool {
    !matches!(outcome, EventOutcome::PutOff(_) | EventOutcome::DeadLettered)
}

/// Work of which a copy is under way elsewhere.
fn under_way() -> Unavailable {
    let message = "the same work is under way elsewhere, or crashed there a moment ago".to_owned();
    Unavailable { port: "idempotency", message, source: None }
}

/// A record of a lane of ours as the message that it is. A body that is no text is one that cannot be read.
fn message_of(record: &Record) -> DelayedMessage {
    DelayedMessage {
        id: record.work_id().to_owned(),
        lane: record.lane,
        team: None,
        not_before: record.received_at,
        body: String::from_utf8_lossy(&record.body).into_owned(),
    }
}

/// A message of the events lane as the record that it is.
fn record_of(message: DelayedMessage) -> Record {
    Record::new(Lane::Events, message.id, message.body.into_bytes(), message.not_before)
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
