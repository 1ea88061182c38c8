//! Going on with work that waited: continuations from their stage, and jobs.

use super::Pipeline;
use super::continuation::{BadContinuation, Continuation, Subject};
use super::look_on::json_of;
use super::members::Member;
use super::once::Once;
use super::report::EventOutcome;
use super::stage::Stage;
use super::walk::Walk;
use crate::event::{InstallationId, PluginEvent, processed_event};
use crate::installation::DisabledPolicy;
use crate::isolate::Function;
use crate::ports::Unavailable;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, Redrive};
use crate::ports::delayed_queue::{DelayedMessage, Lane};
use futures_util::{StreamExt, stream};
use serde_json::Value;

/// How many messages are under way at once.
const CONCURRENCY: usize = 10;

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
    /// A copy of it is under way elsewhere, or crashed there a moment ago.
    #[error("the same work is under way elsewhere, or crashed there a moment ago")]
    UnderWay,
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
        if message.lane == Lane::Exports {
            let ended = self.run_exports(&[message]).await.pop();
            return ended.map_or(Ok(Resumed::Done), |result| result.map(|()| Resumed::Done));
        }
        match self.once(&message.id, self.run_message(message), Result::is_ok).await? {
            Once::Ran(result) => result,
            Once::Finished => Ok(Resumed::Done),
            Once::UnderWay => Err(ResumeError::UnderWay),
        }
    }

    async fn run_message(&self, message: &DelayedMessage) -> Result<Resumed, ResumeError> {
        if !Continuation::is_claimed_by(&message.body).map_err(ResumeError::Newer)? {
            self.run_job(message).await?;
            return Ok(Resumed::Done);
        }
        match Continuation::parse(&message.body) {
            Ok(mut work) => {
                work.progress.until = match work.stage.lane() {
                    Lane::Continuations => self.path_until(),
                    Lane::Events | Lane::Exports | Lane::Jobs => self.invocation_until(),
                };
                self.resume(work, message).await
            }
            Err(error @ BadContinuation::Malformed(_)) => Ok(self.refuse(message, None, error.to_string()).await?),
            Err(error) => Err(ResumeError::Newer(error)),
        }
    }

    /// Goes on with several messages, those for `exportEvents` put together into batches. What became of each, in their order.
    pub async fn run_all_delayed(&self, messages: &[DelayedMessage]) -> Vec<Result<Resumed, ResumeError>> {
        let (exports, others): (Vec<usize>, Vec<usize>) =
            (0..messages.len()).partition(|index| messages[*index].lane == Lane::Exports);
        let mut ended: Vec<_> = stream::iter(others)
            .map(|index| async move { (index, self.run_delayed(&messages[index]).await) })
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        let batch: Vec<&DelayedMessage> = exports.iter().map(|index| &messages[*index]).collect();
        let exported = self.run_exports(&batch).await.into_iter().map(|result| result.map(|()| Resumed::Done));
        ended.extend(exports.into_iter().zip(exported));
        ended.sort_unstable_by_key(|(index, _)| *index);
        ended.into_iter().map(|(_, result)| result).collect()
    }

    async fn resume(&self, work: Continuation, message: &DelayedMessage) -> Result<Resumed, ResumeError> {
        let json = match (&work.subject, &work.stage) {
            (Subject::Event(json), _) => json,
            (_, Stage::Job { .. }) => {
                self.run_job_work(work, message).await?;
                return Ok(Resumed::Done);
            }
            (_, Stage::Task { installation, task, .. }) => {
                let function = Function::Task(task.clone());
                if let Some(member) = self.able(&work, *installation, &function, message).await? {
                    self.run_tick(member, work).await?;
                }
                return Ok(Resumed::Done);
            }
            _ => {
                let text =
                    format!("work at the stage {} came by another queue than that of exports", work.stage.label());
                return Ok(self.refuse(message, Some(&work), text).await?);
            }
        };
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
            // Parsing refuses an event at these stages.
            Stage::Export { .. } | Stage::Job { .. } | Stage::Task { .. } => Ok(Resumed::Done),
        }
    }

    /// The installation that the work goes on with. Without one, the work has ended: an installation that is not there makes it
    /// a dead letter, so does a disabled one (behaviour.md, "a disabled app"), and a function that the installed version does not have ends it.
    pub(super) async fn able(
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
            // A tick is nothing to keep (case 119).
            Some(_) if matches!(work.stage, Stage::Task { .. }) => Ok(None),
            // It is expected back, unlike an app that cannot be loaded.
            Some(error)
                if !member.installation().enabled && member.installation().on_disabled == DisabledPolicy::Park =>
            {
                self.wait_until_enabled(work.clone(), error.to_string()).await?;
                Ok(None)
            }
            Some(error) => {
                self.give_up(work.clone(), DeadLetterReason::Disabled, error.to_string()).await?;
                Ok(None)
            }
            None => Ok(member.can(function).then_some(member)),
        }
    }

    /// Keeps a message that nothing can be done with, whole.
    pub(super) async fn refuse(
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
            function: work.and_then(|work| work.stage.function()),
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
