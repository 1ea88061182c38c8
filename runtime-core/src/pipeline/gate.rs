//! The gate in front of an app: nothing of it runs before `setupPlugin` has succeeded in this environment, and whether and when
//! that may be tried is agreed with all other environments (behaviour.md, row "setupPlugin"; cases 115-119).

use super::Pipeline;
use super::calls::Tails;
use super::members::Member;
use super::report::Counts;
use crate::installation::Installation;
use crate::isolate::{CallError, Function};
use crate::outcome::{Outcome, Wait};
use crate::ports::Unavailable;
use crate::ports::clock::Timestamp;
use crate::ports::documents::{Document, NewDocument};
use crate::ports::notifier::Notification;
use crate::setup::{Disabling, SetupFailure, SetupState, Verdict};
use crate::telemetry::{LogLevel, LogSource};
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long an environment believes that an app is disabled before it asks again whether somebody has enabled it.
const DISABLED_FOR: Duration = Duration::from_secs(30);

/// What an environment knows of the set-up of one installation.
pub(super) struct Gate {
    key: String,
    is_open: AtomicBool,
    closed: Mutex<Closed>,
}

/// What is known while the gate is closed. Held locked while `setupPlugin` runs, so that it runs once (case 122).
enum Closed {
    /// Nothing yet, or nothing that still holds.
    Unknown,
    /// Nobody tries before this time.
    Waiting(Timestamp),
    /// The app is disabled; to be asked again after this time.
    Disabled { message: String, until: Timestamp },
}

impl Gate {
    pub(super) fn of(installation: &Installation) -> Self {
        Self {
            key: SetupState::key(installation.id, &installation.version()),
            is_open: AtomicBool::new(false),
            closed: Mutex::new(Closed::Unknown),
        }
    }

    /// Why the app was found disabled, if it was; an app that is just being tried counts as not disabled.
    pub(super) fn disabled(&self) -> Option<String> {
        if self.is_open() {
            return None;
        }
        match &*self.closed.try_lock().ok()? {
            Closed::Disabled { message, .. } => Some(message.clone()),
            Closed::Unknown | Closed::Waiting(_) => None,
        }
    }

    fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }
}

impl Pipeline {
    /// Lets a call of the app through, after its set-up, or says what becomes of the work instead.
    pub(super) async fn admit<'a>(&self, member: &'a Member, tails: &mut Tails<'a>) -> Result<(), Outcome> {
        let gate = &member.gate;
        if gate.is_open() || member.load_error().is_some() {
            // What could not be loaded says so itself when it is called.
            return Ok(());
        }
        if !member.can(&Function::SetupPlugin) {
            gate.is_open.store(true, Ordering::Release);
            return Ok(());
        }
        let mut closed = gate.closed.lock().await;
        if gate.is_open() {
            return Ok(());
        }
        let now = self.ports.clock.now();
        match &*closed {
            Closed::Waiting(until) if now < *until => return Err(Outcome::Waits(Wait::SetUp { until: *until })),
            Closed::Disabled { message, until } if now < *until => {
                return Err(Outcome::Disabled { message: message.clone() });
            }
            _ => *closed = Closed::Unknown,
        }
        let (state, seen) = self.setup_state(member).await.map_err(put_off)?;
        match state.verdict(now) {
            Verdict::Run => {}
            Verdict::Wait(_) | Verdict::Disabled(_) => return Err(self.stay_closed(member, &mut closed, &state).await),
        }
        let report = member.isolate.set_up().await;
        tails.add(member, "setupPlugin", report.tail);
        match report.result {
            Ok(_) => {
                self.note_success(member, &state, seen.as_ref()).await;
                gate.is_open.store(true, Ordering::Release);
                Ok(())
            }
            Err(error) => Err(self.note_failure(member, &mut closed, &error, (&state, seen.as_ref())).await),
        }
    }

    /// `setupPlugin` has failed in an isolate that was made anew after it had run: what becomes of the work that met this.
    pub(super) async fn set_up_again_failed(&self, member: &Member, error: &CallError) -> Outcome {
        let mut closed = member.gate.closed.lock().await;
        if !member.gate.is_open.swap(false, Ordering::AcqRel) {
            // Another call has met the same failure, and it is counted.
            return match &*closed {
                Closed::Disabled { message, .. } => Outcome::Disabled { message: message.clone() },
                Closed::Waiting(until) => Outcome::Waits(Wait::SetUp { until: *until }),
                Closed::Unknown => Outcome::Waits(Wait::SetUp { until: self.ports.clock.now() }),
            };
        }
        let (state, seen) = match self.setup_state(member).await {
            Ok(found) => found,
            Err(cause) => return put_off(cause),
        };
        if state.verdict(self.ports.clock.now()) != Verdict::Run {
            return self.stay_closed(member, &mut closed, &state).await;
        }
        self.note_failure(member, &mut closed, error, (&state, seen.as_ref())).await
    }

    /// How many apps are disabled although they are meant to run: they could not be loaded here, or no environment sets them up any
    /// more.
    ///
    /// # Errors
    /// When the documents are out of reach.
    pub async fn disabled_apps(&self) -> Result<usize, Unavailable> {
        let meant_to_run = self.members().iter().filter(|member| member.installation().enabled);
        let disabled = join_all(meant_to_run.map(|member| self.is_disabled(member))).await;
        disabled.into_iter().try_fold(0, |count, is_disabled| Ok(count + usize::from(is_disabled?)))
    }

    async fn is_disabled(&self, member: &Member) -> Result<bool, Unavailable> {
        if member.load_error().is_some() {
            return Ok(true);
        }
        Ok(member.can(&Function::SetupPlugin) && self.setup_state(member).await?.0.disabled.is_some())
    }

    /// Counts an app that cannot be loaded as disabled, for which a person is told once (case 118).
    pub(super) async fn note_load_error(&self, member: &Member, error: &CallError) {
        member.log(LogSource::System, LogLevel::Error, &format!("{error}. Disabled the app!"), None);
        let known = match self.setup_state(member).await {
            Ok((state, seen)) => match state.disabled {
                Some(_) => Ok(state),
                None => {
                    let message = self.secrets.mask(member.installation().id, error.to_string());
                    let disabled = SetupState::not_loaded(message, self.ports.clock.now());
                    let written = self.write(member, &disabled, seen.as_ref()).await;
                    // By whoever is the first, as the app is loaded in vain in each environment that starts.
                    if matches!(written, Ok(true)) {
                        member.note_error(super::errors::LOADING, error, None);
                    }
                    written.map(|is_ours| if is_ours { disabled } else { SetupState::default() })
                }
            },
            Err(cause) => Err(cause),
        };
        match known {
            Ok(state) => self.notify(member, &state).await,
            Err(cause) => warn(member, &format!("that the app is disabled could not be stored: {cause}")),
        }
    }

    async fn setup_state(&self, member: &Member) -> Result<(SetupState, Option<Document>), Unavailable> {
        let seen = self.ports.documents.get(&member.gate.key).await?;
        // A state that this release cannot read is no reason to keep an app from working.
        let state = seen.as_ref().and_then(|document| serde_json::from_str(&document.json).ok()).unwrap_or_default();
        Ok((state, seen))
    }

    async fn write(&self, member: &Member, state: &SetupState, seen: Option<&Document>) -> Result<bool, Unavailable> {
        let json = serde_json::to_string(state).expect("plain data always has a JSON form");
        self.ports.documents.put(&member.gate.key, NewDocument { json, ends_at: None }, seen).await
    }

    /// Errors here change nothing for this environment, which is set up; the count is then a little too high for others.
    async fn note_success(&self, member: &Member, state: &SetupState, seen: Option<&Document>) {
        let Some(done) = state.after_success() else { return };
        if let Err(cause) = self.write(member, &done, seen).await {
            warn(member, &format!("that setupPlugin succeeded could not be stored: {cause}"));
        }
    }

    async fn note_failure(
        &self,
        member: &Member,
        closed: &mut Closed,
        error: &CallError,
        (state, seen): (&SetupState, Option<&Document>),
    ) -> Outcome {
        let cause = match error {
            CallError::Setup(cause) => cause,
            other => other,
        };
        if let CallError::Unavailable(cause) = cause {
            return Outcome::Waits(Wait::Outage(Arc::clone(cause)));
        }
        let message = match cause {
            CallError::Thrown(thrown) if thrown.is_retry => thrown.message.clone(),
            other => other.to_string(),
        };
        // It is stored, and shown to whoever asks why the app is disabled.
        let message = self.secrets.mask(member.installation().id, message);
        let failure = SetupFailure { message: &message, is_retry: cause.is_retry() };
        let now = self.ports.clock.now();
        let next = state.after_failure(failure, now, &self.retries.setup);
        // If somebody else was faster, what they wrote holds.
        let agreed = match self.write(member, &next, seen).await {
            Ok(true) => Ok(next),
            Ok(false) => self.setup_state(member).await.map(|(state, _)| state),
            Err(cause) => Err(cause),
        };
        let next = match agreed {
            Ok(next) => next,
            Err(cause) => return put_off(cause),
        };
        self.tell_failure(member, cause, &message, &next);
        self.stay_closed(member, closed, &next).await
    }

    fn tell_failure(&self, member: &Member, cause: &CallError, message: &str, state: &SetupState) {
        let runs = self.retries.setup.runs;
        let (level, text) = match (&state.disabled, state.next_at) {
            (Some(disabled), _) => {
                Counts::add(&self.counts.failures, 1);
                (LogLevel::Error, format!("{}. Disabled the app!", disabled.message))
            }
            (None, Some(next_at)) => {
                let seconds = (next_at.0.saturating_sub(self.ports.clock.now().0).max(0) + 999) / 1000;
                let attempt = format!("attempt {}/{runs}", state.failures);
                (
                    LogLevel::Warn,
                    format!("setupPlugin failed with RetryError ({attempt}): {message}. Retrying in {seconds} s..."),
                )
            }
            (None, None) => (LogLevel::Warn, format!("setupPlugin failed here, and succeeded elsewhere: {message}")),
        };
        member.log(LogSource::System, level, &text, None);
        if state.disabled.is_some() {
            member.log_failure("setupPlugin", cause, None);
        }
    }

    /// Remembers why the gate stays closed, and says what becomes of work in front of it.
    async fn stay_closed(&self, member: &Member, closed: &mut Closed, state: &SetupState) -> Outcome {
        let now = self.ports.clock.now();
        match state.verdict(now) {
            Verdict::Disabled(message) => {
                let message = message.to_owned();
                *closed = Closed::Disabled { message: message.clone(), until: now.plus(DISABLED_FOR) };
                self.notify(member, state).await;
                Outcome::Disabled { message }
            }
            Verdict::Wait(until) => {
                *closed = Closed::Waiting(until);
                Outcome::Waits(Wait::SetUp { until })
            }
            // Somebody else has succeeded or started again in between: the work comes back at once.
            Verdict::Run => Outcome::Waits(Wait::SetUp { until: now }),
        }
    }

    /// Tells a person that the app is disabled, unless somebody was told.
    async fn notify(&self, member: &Member, state: &SetupState) {
        let Some(disabled) = state.disabled.as_ref().filter(|disabled| !disabled.was_notified) else { return };
        let told = async {
            self.ports.notifier.notify(notification(member.installation(), disabled, &self.secrets)).await?;
            let (state, seen) = self.setup_state(member).await?;
            let Some(disabled) = state.disabled.clone() else { return Ok(()) };
            let told = SetupState { disabled: Some(Disabling { was_notified: true, ..disabled }), ..state };
            self.write(member, &told, seen.as_ref()).await.map(drop)
        };
        if let Err(cause) = told.await {
            warn(member, &format!("nobody could be told that the app is disabled: {cause}"));
        }
    }
}

fn notification(installation: &Installation, disabled: &Disabling, secrets: &super::masking::Secrets) -> Notification {
    let label = installation.label();
    let message = secrets.mask(installation.id, disabled.message.clone());
    Notification {
        subject: format!("hedgerow disabled {label} of team {}", installation.team),
        // Ends with the error, so with its attempt (case 117).
        message: format!(
            "{label} of team {} was disabled at {}. Its events go on as its on_disabled says. Fix its cause, then install a new version or \
             config, or enable it again.\n\n{message}",
            installation.team, disabled.at
        ),
    }
}

fn warn(member: &Member, message: &str) {
    member.log(LogSource::System, LogLevel::Warn, message, None);
}

fn put_off(cause: Unavailable) -> Outcome {
    Outcome::Waits(Wait::Outage(Arc::new(cause)))
}
