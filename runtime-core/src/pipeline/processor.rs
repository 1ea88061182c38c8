//! Records through the pipeline: decoded, each event taken to its end, what cannot be used kept whole as dead letters.

use super::Pipeline;
use super::once::Once;
use super::record::{NotBegun, Record, RecordOutcome, RecordProcessor};
use super::report::EventOutcome;
use super::resume::ResumeError;
use crate::decode::{DecodeContext, TeamDirectory, decode};
use crate::ports::Unavailable;
use crate::ports::captures::CapturedEvent;
use crate::ports::clock::Timestamp;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, Redrive};
use crate::ports::delayed_queue::{DelayedMessage, Lane};
use crate::registry::Watch;
use crate::telemetry::Notice;
use async_trait::async_trait;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::sync::RwLock;

/// How long a message of a newer release waits until it is looked at again.
const PUT_BACK_FOR: Duration = Duration::from_secs(900);
/// How long a message waits until it is looked at whether something is installed by now.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// A pipeline with the teams of its stack, which takes up what is installed between its invocations.
pub struct PipelineProcessor {
    /// Records read it, so no record meets a change: that waits until the last of them is gone.
    running: RwLock<Running>,
    watch: Option<Watch>,
}

/// What runs in one invocation.
struct Running {
    pipeline: Pipeline,
    teams: TeamDirectory,
    /// Why an installation is missing since the last change.
    broken: Option<NotBegun>,
    /// Nothing was ever installed, so nothing says what is to become of an event: all work waits.
    awaits_first: bool,
}

impl PipelineProcessor {
    /// Over a pipeline and the teams that events may belong to.
    pub fn new(pipeline: Pipeline, teams: TeamDirectory) -> Self {
        Self { running: RwLock::new(Running { pipeline, teams, broken: None, awaits_first: false }), watch: None }
    }

    /// Nothing was ever installed: until [`Watch`] finds that something is, whatever comes in is put back into its queue for a
    /// minute, time and again, so that no event passes by the apps that are about to be installed, and none is lost.
    #[must_use]
    pub fn awaiting_the_first(self) -> Self {
        let running = Running { awaits_first: true, ..self.running.into_inner() };
        Self { running: RwLock::new(running), ..self }
    }

    /// From now on looks at `watch` when an invocation begins; the pipeline runs what that has taken up last.
    #[must_use]
    pub fn watching(self, watch: Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// Takes up what is installed now. A registry that cannot be read changes nothing.
    async fn refresh(&self, watch: &Watch) -> Result<(), NotBegun> {
        let current = match watch.changed().await {
            Ok(Some(current)) => current,
            Ok(None) => return self.running.read().await.whole(),
            Err(error) => {
                let running = self.running.read().await;
                running.pipeline.ports.telemetry.notice(Notice::NotRefreshed(error.to_string()));
                return running.whole();
            }
        };
        let mut running = self.running.write().await;
        for (installation, failure) in current.failures() {
            let message = failure.to_string();
            running.pipeline.ports.telemetry.notice(Notice::NotInstalled { installation, message });
        }
        let reloaded = running.pipeline.reload(current.installations()).await;
        running.broken = reloaded.err().map(|error| NotBegun(error.to_string()));
        if running.broken.is_some() {
            watch.look_again().await;
            return running.whole();
        }
        running.teams = current.teams.clone();
        running.awaits_first = false;
        watch.took_up(&current).await;
        let notice = Notice::Refreshed { revision: current.revision, installations: current.installed.len() };
        running.pipeline.ports.telemetry.notice(notice);
        Ok(())
    }
}

impl Running {
    /// Whether every installation is there: without one, events would pass it by.
    fn whole(&self) -> Result<(), NotBegun> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    async fn end_invocation(&self) -> Result<(), Unavailable> {
        self.pipeline.send_exports().await?;
        self.pipeline.mark_finished().await;
        self.pipeline.save_globals().await;
        self.pipeline.save_errors().await;
        self.pipeline.ports.telemetry.flush();
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
            Err(error @ ResumeError::Newer(_)) => match self.put_back(message, PUT_BACK_FOR).await {
                Ok(()) => return RecordOutcome::Done,
                Err(_) => error,
            },
            Err(error) => error,
        };
        RecordOutcome::Redeliver { reason: error.to_string() }
    }

    /// Sends a message to its own queue once more, for later: its deliveries are counted anew.
    async fn put_back(&self, message: DelayedMessage, wait: Duration) -> Result<(), Unavailable> {
        let not_before = self.pipeline.ports.clock.now().plus(wait);
        self.pipeline.ports.queue.send(DelayedMessage { not_before, ..message }).await
    }

    /// Lets a record wait while nothing is installed.
    async fn wait_for_first(&self, record: &Record) -> RecordOutcome {
        match self.put_back(message_of(record), LOOK_AGAIN_AFTER).await {
            Ok(()) => RecordOutcome::Done,
            Err(error) => RecordOutcome::Redeliver { reason: error.to_string() },
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
            redrive: Redrive::Record,
            redriven_at: None,
        }
    }
}

#[async_trait]
impl RecordProcessor for PipelineProcessor {
    async fn begin(&self, until: Duration) -> Result<(), NotBegun> {
        self.running.read().await.pipeline.begin(until);
        match &self.watch {
            Some(watch) => self.refresh(watch).await,
            None => Ok(()),
        }
    }

    async fn process(&self, record: Record) -> RecordOutcome {
        let running = self.running.read().await;
        // What is no text could not be put back as it is. It ends as a dead letter, whatever is installed.
        if running.awaits_first && std::str::from_utf8(&record.body).is_ok() {
            return running.wait_for_first(&record).await;
        }
        if record.lane == Lane::Events {
            return running.process_events(record).await;
        }
        let message = message_of(&record);
        let result = running.pipeline.run_delayed(&message).await;
        running.ended(result, message).await
    }

    async fn process_all(&self, records: Vec<Record>) -> Vec<RecordOutcome> {
        let running = self.running.read().await;
        if running.awaits_first {
            return join_all(records.iter().map(|record| running.wait_for_first(record))).await;
        }
        let messages: Vec<DelayedMessage> = records.iter().map(message_of).collect();
        let results = running.pipeline.run_all_delayed(&messages).await;
        let mut outcomes = Vec::with_capacity(messages.len());
        for (result, message) in results.into_iter().zip(messages) {
            outcomes.push(running.ended(result, message).await);
        }
        outcomes
    }

    async fn import(&self, record: Record, reason: DeadLetterReason, message: String) -> RecordOutcome {
        let running = self.running.read().await;
        let redrive = match record.lane {
            Lane::Events => Redrive::Record,
            lane => Redrive::Message(lane),
        };
        let id = format!("{}-{}", record.message_id, reason.name());
        let letter = DeadLetter { redrive, ..running.letter(id, reason, message, record.body) };
        outcome_of([buried(running.pipeline.bury(letter).await)])
    }

    async fn trigger(&self, task: &str, at: Timestamp) -> Result<usize, Unavailable> {
        self.running.read().await.pipeline.trigger(task, at).await
    }

    async fn report_disabled_apps(&self) -> Result<usize, Unavailable> {
        let running = self.running.read().await;
        let count = running.pipeline.disabled_apps().await?;
        running.pipeline.ports.telemetry.notice(Notice::DisabledApps(count));
        Ok(count)
    }

    async fn tear_down(&self) {
        self.running.read().await.pipeline.tear_down().await;
    }

    async fn flush(&self) -> RecordOutcome {
        match self.running.read().await.end_invocation().await {
            Ok(()) => RecordOutcome::Done,
            Err(error) => RecordOutcome::Redeliver { reason: error.to_string() },
        }
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
