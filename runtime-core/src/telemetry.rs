//! What hedgerow says about its own work, a struct a line: adapters turn them into log lines and metrics.

use crate::event::{InstallationId, TeamId};
use crate::ports::clock::Timestamp;
use serde::{Deserialize, Serialize};

/// The level of a log line, by the names apps use (behaviour.md b.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// `console.debug`
    Debug,
    /// `console.log`
    Log,
    /// `console.info`
    Info,
    /// `console.warn`
    Warn,
    /// `console.error`
    Error,
}

impl LogLevel {
    /// Its name, as it is stored and as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Log => "log",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Who wrote a line (behaviour.md b.9): `System` lines are never filtered by an installation's log level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogSource {
    /// hedgerow itself, about an installation.
    System,
    /// An error that the app threw.
    Plugin,
    /// The app's own `console`.
    Console,
}

/// One line about one installation. Its JSON form is documented (docs/operations.md): members are added to it, and none changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppLog {
    /// When it was written.
    pub timestamp: Timestamp,
    /// The installation it is about.
    pub installation: InstallationId,
    /// The team of the installation.
    pub team: TeamId,
    /// The app's name, as its manifest gives it.
    pub app: String,
    /// Who wrote it.
    pub source: LogSource,
    /// Its level.
    pub level: LogLevel,
    /// The text; at most 50,000 characters for console lines (behaviour.md case 171).
    pub message: String,
    /// The uuid of the event that was being processed, where there was one.
    pub event_uuid: Option<String>,
}

/// One operation on one of an app's own metrics (`meta.metrics`, behaviour.md e).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AppMetric {
    /// The installation whose metric it is.
    pub installation: InstallationId,
    /// The metric's name.
    pub name: String,
    /// `increment`, `max` or `min`.
    pub operation: String,
    /// The operand.
    pub value: f64,
}

/// One call of an app's function that counts: `processEvent`, `onEvent`, `exportEvents`, `composeWebhook` and scheduled tasks, not jobs
/// (case 154), `setupPlugin` or `teardownPlugin`. Or, as the function `webhook`, one delivery of what `composeWebhook` composed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AppCall {
    /// Whose.
    pub installation: InstallationId,
    /// Its team.
    pub team: TeamId,
    /// The function by its name.
    pub function: String,
    /// How it ended.
    pub end: CallEnd,
    /// How many events it was about: those of a batch, or 1.
    pub events: usize,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
    /// CPU time in microseconds.
    pub cpu_us: u64,
    /// How often it called the outside before it ended, whatever came of it: each use of `cache`, `storage`, `utils.cursor`, `jobs` and
    /// `geoip`, each `posthog.capture`, each `fetch` and `posthog.api` (with its redirects and its body as one), and each request,
    /// connection and look-up of a name by a package that it imports. Not what is written to an open connection, and not `console`,
    /// `metrics` and timers. What its unawaited work does after its end is not counted.
    pub host_calls: u64,
}

/// How a call ended, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEnd {
    /// At its first attempt.
    Success,
    /// At a later attempt.
    SuccessOnRetry,
    /// It dropped its event.
    Dropped,
    /// It is to be tried again.
    Retry,
    /// For good.
    Failure,
}

/// What happened to the whole of what is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Another revision of the registry runs from now on.
    Refreshed {
        /// Its number.
        revision: u64,
        /// How many installations it has.
        installations: usize,
    },
    /// The registry cannot be read, for this reason; what runs goes on. Said once until it can be read again.
    NotRefreshed(String),
    /// An installation cannot be run, so it is disabled.
    NotInstalled {
        /// Which.
        installation: InstallationId,
        /// Why.
        message: String,
    },
    /// So many apps are disabled although they are meant to run; counted every minute.
    DisabledApps(usize),
}

/// Where lines and metrics go. Implementations return quickly and never fail: telemetry must not stop work.
pub trait Telemetry: Send + Sync {
    /// A line about an installation.
    fn app_log(&self, line: AppLog);

    /// Something about the whole of what is installed.
    fn notice(&self, notice: Notice) {
        let _ = notice;
    }

    /// A call of an app's function.
    fn app_call(&self, call: AppCall) {
        let _ = call;
    }

    /// A dead letter was written.
    fn dead_letter(&self) {}

    /// An invocation ends, after which the process may be frozen: what was collected is written.
    fn flush(&self) {}

    /// An operation on one of an app's own metrics.
    fn app_metric(&self, metric: AppMetric) {
        let _ = metric;
    }
}
