//! The installations of a pipeline and how they are started.

use super::assembly::Frame;
use super::errors::{ErrorRecord, KEPT_ERRORS};
use super::gate::Gate;
use super::masking::Secrets;
use super::once::{Held, Idempotency};
use super::report::{Counts, FailureLog};
use crate::app::LoadError;
use crate::event::{InstallationId, TeamId};
use crate::host::ports::Reality;
use crate::host::{Host, Ports, PosthogAccess};
use crate::installation::Installation;
use crate::isolate::{CallError, Capabilities, Function, Isolate};
use crate::ports::event_sink::EventSink;
use crate::retry::RetryPolicies;
use crate::telemetry::{LogLevel, LogSource};
use serde_json::value::RawValue;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// What the path of one event may take of an invocation: with it, neither a slow app nor a
/// slow event can keep a whole batch from its end.
const PATH_LIMIT: Duration = Duration::from_secs(90);

/// What a pipeline is made of.
pub struct PipelineParts {
    /// Every installation of the stack, in any order.
    pub installations: Vec<Arc<Installation>>,
    /// The outside.
    pub ports: Ports,
    /// Where final events go.
    pub sink: Arc<dyn EventSink>,
    /// The PostHog instance that `posthog.api` talks to.
    pub posthog: PosthogAccess,
    /// Whether apps see real time and randomness.
    pub reality: Reality,
    /// How often what failed is tried again.
    pub retries: RetryPolicies,
    /// Whether work that was finished is recognised.
    pub idempotency: Idempotency,
}

/// One installation in a pipeline.
pub struct Member {
    pub(super) host: Arc<Host>,
    pub(super) isolate: Isolate,
    /// What the app can do, or why it is disabled.
    pub(super) capabilities: Result<Capabilities, CallError>,
    pub(super) gate: Gate,
    /// How many events a batch may have at most, once the app was asked.
    pub(super) batch_events: OnceCell<usize>,
    /// Events that wait for `exportEvents`, as JSON text.
    pub(super) export_buffer: Mutex<Vec<Box<RawValue>>>,
    /// Whether it was said that `meta.global` is not kept.
    pub(super) was_global_refused: AtomicBool,
    /// Its errors in this invocation, the newest few of them.
    pub(super) errors: Mutex<VecDeque<ErrorRecord>>,
}

impl Member {
    /// The installation.
    pub fn installation(&self) -> &Installation {
        &self.host.installation
    }

    /// What the app can do; none if it could not be loaded.
    pub fn capabilities(&self) -> Option<&Capabilities> {
        self.capabilities.as_ref().ok()
    }

    /// Why the app is disabled, if it is.
    pub fn load_error(&self) -> Option<&CallError> {
        self.capabilities.as_ref().err()
    }

    /// Why nothing of the app runs, where it could not be loaded or set up.
    pub fn disabled(&self) -> Option<String> {
        self.load_error().map(ToString::to_string).or_else(|| self.gate.disabled())
    }

    /// Loads the app, if it is enabled.
    pub(super) async fn load(&self) -> Result<Capabilities, CallError> {
        let installation = self.installation();
        if installation.enabled {
            return self.isolate.load().await.result;
        }
        let app = installation.app.manifest.name.clone();
        Err(CallError::Load(Arc::new(LoadError::NotEnabled { app })))
    }

    pub(super) fn can(&self, function: &Function) -> bool {
        self.capabilities().is_some_and(|capabilities| capabilities.has(function))
    }

    /// Writes an error of the app to its log, as the reference does: the message with the app's own frames.
    pub(super) fn log_failure(&self, function: &str, error: &CallError, event_uuid: Option<&str>) {
        let what = match FailureLog::of(error) {
            FailureLog::Failed => "failed",
            FailureLog::Disabled => "was not called because the app is disabled",
        };
        self.log_error(LogLevel::Error, &format!("{function} {what}: {error}"), error, event_uuid);
        // Why an app could not be loaded was kept then: not again for each job that it does not run.
        if self.load_error().is_none() {
            self.note_error(function, error, event_uuid);
        }
    }

    /// Keeps an error for [`Pipeline::save_errors`].
    pub(super) fn note_error(&self, function: &str, error: &CallError, event_uuid: Option<&str>) {
        self.keep_error(ErrorRecord::of(error, function, event_uuid, self.host.ports.clock.now()));
    }

    /// Logs and keeps what is wrong with something that a function returned.
    pub(super) fn report_problem(&self, function: &str, message: &str, event_uuid: &str) {
        self.log(LogSource::Plugin, LogLevel::Error, message, Some(event_uuid));
        self.keep_error(ErrorRecord::of_text(message, function, Some(event_uuid), self.host.ports.clock.now()));
    }

    fn keep_error(&self, record: ErrorRecord) {
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        if errors.len() == KEPT_ERRORS {
            errors.pop_front();
        }
        errors.push_back(record);
    }

    pub(super) fn take_errors(&self) -> VecDeque<ErrorRecord> {
        std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes a text about an error, with the app's own frames.
    pub(super) fn log_error(&self, level: LogLevel, text: &str, error: &CallError, event_uuid: Option<&str>) {
        let stack = match error {
            CallError::Thrown(thrown) if !thrown.stack.is_empty() => format!("\n{}", thrown.stack.trim_end()),
            _ => String::new(),
        };
        self.log(LogSource::Plugin, level, &format!("{text}{stack}"), event_uuid);
    }

    pub(super) fn log(&self, source: LogSource, level: LogLevel, message: &str, event_uuid: Option<&str>) {
        self.host.log(source, level, message, event_uuid);
    }
}

impl FailureLog {
    pub(super) fn of(error: &CallError) -> Self {
        match error {
            CallError::Load(_) | CallError::Evaluation(_) | CallError::Setup(_) => Self::Disabled,
            _ => Self::Failed,
        }
    }
}

/// The installations of a stack with their isolates.
pub struct Pipeline {
    pub(super) members: Vec<Member>,
    pub(super) secrets: Arc<Secrets>,
    pub(super) ports: Ports,
    pub(super) sink: Arc<dyn EventSink>,
    pub(super) retries: RetryPolicies,
    pub(super) idempotency: Idempotency,
    /// Work that has ended in the invocation under way.
    pub(super) done: Mutex<Vec<Held>>,
    /// What installations that come later are started with.
    pub(super) frame: Frame,
    /// When the invocation under way must have let go of everything, in milliseconds of the clock's `elapsed`.
    pub(super) until_ms: AtomicU64,
    /// What it has done so far.
    pub counts: Counts,
}

impl Pipeline {
    /// An invocation begins, of which everything must have been let go of at `until`, as the clock's `elapsed` counts. Work that
    /// would not be done by then is handed on. Without an invocation there is no such limit.
    pub fn begin(&self, until: Duration) {
        self.until_ms.store(u64::try_from(until.as_millis()).unwrap_or(u64::MAX), Ordering::Release);
    }

    /// When the invocation under way must have let go of everything; `None` outside of one.
    pub(super) fn invocation_until(&self) -> Option<Duration> {
        Some(self.until_ms.load(Ordering::Acquire)).filter(|until| *until != u64::MAX).map(Duration::from_millis)
    }

    /// The same for the path of one event that begins now, which has a share of the invocation only.
    pub(super) fn path_until(&self) -> Option<Duration> {
        self.invocation_until().map(|until| until.min(self.ports.clock.elapsed() + PATH_LIMIT))
    }

    /// The installations, in the order of the chain.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The installation of that number.
    pub fn member(&self, id: InstallationId) -> Option<&Member> {
        self.members.iter().find(|member| member.installation().id == id)
    }

    pub(super) fn of_team(&self, team: Option<TeamId>) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| Some(member.installation().team) == team)
    }
}
