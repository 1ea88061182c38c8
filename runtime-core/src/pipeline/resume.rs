//! Going on with work that waited: continuations from their stage, and jobs.

use super::Pipeline;
use super::continuation::{BadContinuation, Continuation, Stage, Subject};
use super::look_on::json_of;
use super::members::Member;
use super::report::EventOutcome;
use super::walk::Walk;
use crate::event::{InstallationId, PluginEvent, processed_event};
use crate::isolate::Function;
use crate::ports::Unavailable;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, Redrive};
use crate::ports::delayed_queue::DelayedMessage;
use serde_json::Value;

/// How work that waited ended. Its message may be finished: what is left of it, if anything, is stored.
#[derive(Debug)]
pub enum Resumed {
    /// An event has reached the sink, as it stands here.
    Sent(Box<PluginEvent>),
    /// Anything else.
    Done,
}

/// Why the message of work that waited must stay in the queue.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    /// A newer release wrote it. It comes back when its lease ends.
    #[error(transparent)]
    Newer(BadContinuation),
    /// A port was out of reach, and so was whatever could have stored the work for later.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Pipeline {
    /// Goes on with a message of the delayed queue, a job or a continuation. The message may be finished after `Ok` only.
    ///
    /// # Errors
    /// See [`ResumeError`].
    pub async fn run_delayed(&self, message: &DelayedMessage) -> Result<Resumed, ResumeError> {
        if !Continuation::is_claimed_by(&message.body).map_err(ResumeError::Newer)? {
            self.run_job(message).await?;
            return Ok(Resumed::Done);
        }
        match Continuation::parse(&message.body) {
            Ok(work) => self.resume(work, message).await,
            Err(error @ BadContinuation::Malformed(_)) => Ok(self.refuse(message, None, error.to_string()).await?),
            Err(error) => Err(ResumeError::Newer(error)),
        }
    }

    async fn resume(&self, work: Continuation, message: &DelayedMessage) -> Result<Resumed, ResumeError> {
        let Subject::Event(json) = &work.subject else { return self.resume_export(work, message).await };
        let Ok(Value::Object(members)) = crate::json::parse(json.get()) else {
            return Ok(self.refuse(message, None, "unfinished work holds no event".into()).await?);
        };
        let event = PluginEvent { members };
        let progress = work.progress;
        match &work.stage {
            Stage::Chain(stage) => {
                let entered = stage.entered(&event);
                let json = json.get().to_owned();
                let walk = Walk { entered, json, stage: stage.clone(), progress };
                Ok(resumed(self.walk(walk).await)?)
            }
            Stage::Sink => Ok(resumed(self.deliver(Box::new(event), progress).await)?),
            Stage::OnEvent { installation } => {
                if let Some(member) = self.able(&work, *installation, &Function::OnEvent, message).await? {
                    let processed = json_of(&processed_event(&event));
                    self.show_to_on_event(member, &event, processed, progress).await?;
                }
                Ok(Resumed::Done)
            }
            Stage::Webhook { installation } => {
                if let Some(member) = self.able(&work, *installation, &Function::ComposeWebhook, message).await? {
                    self.show_to_webhook(member, &event, progress).await?;
                }
                Ok(Resumed::Done)
            }
            // Parsing refuses an event at this stage.
            Stage::Export { .. } => Ok(Resumed::Done),
        }
    }

    async fn resume_export(&self, work: Continuation, message: &DelayedMessage) -> Result<Resumed, ResumeError> {
        if let (Stage::Export { installation, batch_id }, Subject::Batch(batch)) = (&work.stage, &work.subject)
            && let Some(member) = self.able(&work, *installation, &Function::ExportEvents, message).await?
        {
            self.export(member, batch, batch_id, work.progress).await?;
        }
        Ok(Resumed::Done)
    }

    /// The installation that the work goes on with. Without one, the work has ended: an installation that is not there makes it
    /// a dead letter, so does a disabled one (behaviour.md, "a disabled app"), and a function that the installed version does not have ends it.
    async fn able(
        &self,
        work: &Continuation,
        installation: InstallationId,
        function: &Function,
        message: &DelayedMessage,
    ) -> Result<Option<&Member>, Unavailable> {
        let Some(member) = self.member(installation) else {
            self.refuse(message, Some(work), format!("there is no installation {installation}")).await?;
            return Ok(None);
        };
        match member.load_error() {
            Some(error) => {
                self.give_up(work.clone(), DeadLetterReason::Disabled, error.to_string()).await?;
                Ok(None)
            }
            None => Ok(member.can(function).then_some(member)),
        }
    }

    /// Keeps a message that nothing can be done with, whole.
    async fn refuse(
        &self,
        message: &DelayedMessage,
        work: Option<&Continuation>,
        text: String,
    ) -> Result<Resumed, Unavailable> {
        let letter = DeadLetter {
            id: message.id.clone(),
            reason: DeadLetterReason::BadContinuation,
            message: text,
            body: message.body.clone().into_bytes(),
            installation: work.and_then(|work| work.stage.installation()),
            function: work.and_then(|work| work.stage.function()).map(str::to_owned),
            team: None,
            created_at: self.ports.clock.now(),
            redrive: Redrive::Message(message.lane),
            redriven_at: None,
        };
        self.bury(letter).await.map(|()| Resumed::Done)
    }
}

fn resumed(outcome: EventOutcome) -> Result<Resumed, Unavailable> {
    match outcome {
        EventOutcome::Sent(event) => Ok(Resumed::Sent(event)),
        EventOutcome::Dropped { .. } | EventOutcome::DeadLettered | EventOutcome::Continued => Ok(Resumed::Done),
        EventOutcome::PutOff(error) => Err(error),
    }
}
