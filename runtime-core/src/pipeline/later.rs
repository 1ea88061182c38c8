//! Work that is not done now: put off as a continuation, or given up as a dead letter.

use super::Pipeline;
use super::continuation::{Continuation, Subject, digest};
use super::members::Member;
use super::report::Counts;
use crate::event::TeamId;
use crate::installation::{DisabledPolicy, ErrorPolicy};
use crate::isolate::Function;
use crate::outcome::{Outcome, Wait};
use crate::ports::Unavailable;
use crate::ports::clock::Timestamp;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, Redrive};
use crate::ports::delayed_queue::DelayedMessage;
use crate::retry::RetryPolicy;
use crate::telemetry::{LogLevel, LogSource};
use std::time::Duration;

impl Pipeline {
    /// How often a function of an installation is tried again; `None` if it never is.
    pub(super) fn retry_policy(&self, member: &Member, function: &Function) -> Option<&RetryPolicy> {
        match function {
            Function::OnEvent | Function::ComposeWebhook => Some(&self.retries.on_event),
            Function::ExportEvents => Some(&self.retries.export_events),
            Function::ProcessEvent if member.installation().on_error == ErrorPolicy::Retry => {
                Some(&self.retries.process_event)
            }
            _ => None,
        }
    }

    /// Carries out what becomes of work at a stage of one installation after its call failed.
    ///
    /// # Errors
    /// When neither a dead letter nor work for later can be stored.
    pub(super) async fn settle(
        &self,
        member: &Member,
        outcome: Outcome,
        work: Continuation,
    ) -> Result<(), Unavailable> {
        let (reason, message) = match outcome {
            Outcome::Waits(wait) => return self.wait(work, wait).await,
            // What waited already is kept; a new event passes a disabled app by unless its policy keeps it.
            Outcome::Disabled { message } => match (member.installation().on_disabled, work.has_waited()) {
                (DisabledPolicy::Pass, false) => return Ok(()),
                (DisabledPolicy::Park, _) => return self.wait_until_enabled(work, message).await,
                (DisabledPolicy::DeadLetter, _) | (DisabledPolicy::Pass, true) => (DeadLetterReason::Disabled, message),
            },
            Outcome::Failed { message, is_exhausted: true } => (DeadLetterReason::RetriesExhausted, message),
            Outcome::Failed { message, is_exhausted: false } => (DeadLetterReason::AppFailed, message),
        };
        self.give_up(work, reason, message).await
    }

    /// Stores work that goes on later.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub(super) async fn wait(&self, work: Continuation, wait: Wait) -> Result<(), Unavailable> {
        match wait {
            Wait::Again { delay, .. } => self.try_again(work, delay).await,
            Wait::Outage(cause) => self.put_off(work, &cause).await,
            Wait::SetUp { until } => self.park(work, until).await,
            Wait::NextInvocation => self.hand_on(work).await,
        }
    }

    /// Sends the next attempt of work whose app asked for it.
    async fn try_again(&self, work: Continuation, delay: Duration) -> Result<(), Unavailable> {
        Counts::add(&self.counts.retries, 1);
        let at = self.ports.clock.now().plus(delay);
        self.send_later(work.after_attempt(), at).await
    }

    /// Lets work wait for the next attempt at setting its app up. Not all of it comes back in the same moment.
    async fn park(&self, mut work: Continuation, until: Timestamp) -> Result<(), Unavailable> {
        work.progress.parks = work.progress.parks.saturating_add(1);
        Counts::add(&self.counts.parked, 1);
        let jitter = Duration::from_millis(jitter_ms(&work.message_id()));
        self.send_later(work, until.plus(jitter)).await
    }

    /// Hands work for which too little time is left to the next invocation.
    async fn hand_on(&self, mut work: Continuation) -> Result<(), Unavailable> {
        work.progress.parks = work.progress.parks.saturating_add(1);
        Counts::add(&self.counts.handed_on, 1);
        let now = self.ports.clock.now();
        self.send_later(work, now).await
    }

    /// Lets work wait in front of a disabled app; gives it up if that has been so for too long.
    pub(super) async fn wait_until_enabled(&self, work: Continuation, message: String) -> Result<(), Unavailable> {
        let now = self.ports.clock.now();
        let outages = self.retries.outages;
        if waited(&work, now) >= outages.give_up_after {
            return self.give_up(work, DeadLetterReason::Disabled, message).await;
        }
        self.park(work, now.plus(outages.longest)).await
    }

    /// Puts work off because a port is out of reach; gives it up if that has been so for too long.
    pub(super) async fn put_off(&self, mut work: Continuation, cause: &Unavailable) -> Result<(), Unavailable> {
        let now = self.ports.clock.now();
        let waited = waited(&work, now);
        work.progress.outages = work.progress.outages.saturating_add(1);
        let Some(delay) = self.retries.outages.delay(work.progress.outages, waited) else {
            let message = format!("given up after {} days: {cause}", waited.as_secs() / 86_400);
            return self.bury(self.letter_of(&work, DeadLetterReason::Unavailable, message)).await;
        };
        Counts::add(&self.counts.put_off, 1);
        if let Some(member) = work.stage.installation().and_then(|id| self.member(id)) {
            let message = format!("{} is put off for {} s: {cause}", work.stage.label(), delay.as_secs());
            member.log(LogSource::System, LogLevel::Warn, &message, None);
        }
        self.send_later(work, now.plus(delay)).await
    }

    /// Writes work as a dead letter. If that cannot be done now, the work is put off.
    pub(super) async fn give_up(
        &self,
        work: Continuation,
        reason: DeadLetterReason,
        message: String,
    ) -> Result<(), Unavailable> {
        match self.bury(self.letter_of(&work, reason, message)).await {
            Ok(()) => Ok(()),
            Err(cause) => self.put_off(work, &cause).await,
        }
    }

    /// Stores a dead letter.
    pub(super) async fn bury(&self, mut letter: DeadLetter) -> Result<(), Unavailable> {
        if let Some(installation) = letter.installation {
            letter.message = self.secrets.mask(installation, letter.message);
            letter.function = letter.function.map(|function| self.secrets.mask(installation, function));
        }
        self.ports.dead_letters.put(letter).await?;
        self.ports.telemetry.dead_letter();
        Counts::add(&self.counts.dead_letters, 1);
        Ok(())
    }

    /// Sends work to where it goes on, at that time or later.
    pub(super) async fn send_later(&self, mut work: Continuation, at: Timestamp) -> Result<(), Unavailable> {
        work.progress.first_at.get_or_insert(self.ports.clock.now());
        let message = DelayedMessage {
            id: work.message_id(),
            lane: work.stage.lane(),
            team: self.team_of(&work),
            not_before: at,
            body: work.to_json(),
        };
        self.ports.queue.send(message).await
    }

    fn team_of(&self, work: &Continuation) -> Option<TeamId> {
        let owner = work.stage.installation().and_then(|id| self.member(id));
        owner.map(|member| member.installation().team)
    }

    /// The letter holds the event, or the batch, and says to whose function it belongs: that alone is to be run again.
    fn letter_of(&self, work: &Continuation, reason: DeadLetterReason, message: String) -> DeadLetter {
        let body = work.subject_json();
        let installation = work.stage.installation();
        DeadLetter {
            id: self.letter_id(work, &body),
            reason,
            message,
            installation,
            function: work.stage.function(),
            team: self.team_of(work),
            created_at: self.ports.clock.now(),
            body: body.into_bytes(),
            redrive: Redrive::Stage(work.stage.to_json()),
            redriven_at: None,
        }
    }

    /// The same for the same failure, and for no other event even if it carries the same uuid.
    fn letter_id(&self, work: &Continuation, body: &str) -> String {
        #[derive(serde::Deserialize)]
        struct Named {
            uuid: String,
        }
        let name = match &work.subject {
            Subject::Event(event) => {
                serde_json::from_str::<Named>(event.get()).map(|named| named.uuid).unwrap_or_default()
            }
            Subject::Batch(_) => "batch".to_owned(),
            Subject::Payload(_) => "run".to_owned(),
        };
        let mask = |text: String| match work.stage.installation() {
            Some(installation) => self.secrets.mask(installation, text),
            None => text,
        };
        // An app may put anything into an event's uuid, and gives a job its name; masked before they are cut.
        let (name, stage) = (mask(name), mask(work.stage.label()));
        format!("{}-{stage}-{}", &name[..name.floor_char_boundary(LONGEST_NAME)], digest(body))
    }
}

/// How long ago work was put off for the first time.
fn waited(work: &Continuation, now: Timestamp) -> Duration {
    let first_at = work.progress.first_at.unwrap_or(now);
    Duration::from_millis(u64::try_from(now.0.saturating_sub(first_at.0)).unwrap_or(0))
}

/// Up to a second, the same for the same id.
fn jitter_ms(id: &str) -> u64 {
    u64::from_str_radix(&digest(id)[..8], 16).unwrap_or(0) % 1000
}

/// How many bytes of an event's uuid are in the id of its letter: all of a real one. An app may put any text in its place, and the
/// key of a table has little room.
const LONGEST_NAME: usize = 64;
