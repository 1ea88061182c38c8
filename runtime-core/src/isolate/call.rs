//! A call of one function of an installation, as it is asked for and as it is reported.

use super::error::{CallError, Thrown};
use crate::event::TeamId;
use crate::host::CallContext;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// A function of an app (behaviour.md a.5).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Function {
    /// `setupPlugin`
    SetupPlugin,
    /// `teardownPlugin`
    TeardownPlugin,
    /// `processEvent`, or `processEventBatch` where there is no `processEvent`
    ProcessEvent,
    /// `processEventBatch` itself, which no pipeline calls; an app's own cases may
    ProcessEventBatch,
    /// `onEvent`
    OnEvent,
    /// `exportEvents`
    ExportEvents,
    /// `composeWebhook`
    ComposeWebhook,
    /// `getSettings`
    GetSettings,
    /// `jobs.NAME`
    Job(String),
    /// A `runEvery…` function, by its whole name
    Task(String),
}

impl Function {
    /// The name, as logs and errors show it.
    pub fn name(&self) -> String {
        match self {
            Self::SetupPlugin => "setupPlugin".into(),
            Self::TeardownPlugin => "teardownPlugin".into(),
            Self::ProcessEvent => "processEvent".into(),
            Self::ProcessEventBatch => "processEventBatch".into(),
            Self::OnEvent => "onEvent".into(),
            Self::ExportEvents => "exportEvents".into(),
            Self::ComposeWebhook => "composeWebhook".into(),
            Self::GetSettings => "getSettings".into(),
            Self::Job(name) => format!("jobs.{name}"),
            Self::Task(name) => name.clone(),
        }
    }

    /// Whether a whole call of it has a limit of its own; jobs and tasks have only the invocation's.
    pub(crate) fn has_call_limit(&self) -> bool {
        !matches!(self, Self::Job(_) | Self::Task(_))
    }
}

/// One call to make.
#[derive(Debug)]
pub struct CallRequest {
    /// What to call.
    pub function: Function,
    /// The first argument as JSON text; `None` calls with `meta` alone.
    pub argument: Option<String>,
    /// `processEvent` only: the team that the event must keep (case 81).
    pub team: Option<TeamId>,
    /// The longest that it may take, where that is less than its own limit: what is left of an invocation.
    pub at_most: Option<Duration>,
    /// On whose behalf.
    pub context: Arc<CallContext>,
}

/// What a function returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The value as JSON text; `None` for a falsy value and for what JSON cannot hold.
    pub json: Option<String>,
    /// Whether the value was falsy: for `processEvent`, the event is dropped (cases 73-75).
    pub is_falsy: bool,
    /// Whether the app changed `team_id`, which was put back (case 81).
    pub team_was_changed: bool,
}

/// How a call ended.
#[derive(Debug)]
pub struct CallReport {
    /// What was returned, or why nothing was.
    pub result: Result<Returned, CallError>,
    /// After an error of the app: the argument with the changes made to it before the error (case 78).
    pub argument: Option<String>,
    /// Errors of promises that the app did not wait for, so far (case 93).
    pub detached_errors: Vec<Thrown>,
    /// CPU time used.
    pub cpu: Duration,
    /// Wall time from the start of the call to its result.
    pub duration: Duration,
    /// What still runs.
    pub tail: Tail,
}

impl CallReport {
    pub(super) fn failed(error: CallError) -> Self {
        Self {
            result: Err(error),
            argument: None,
            detached_errors: Vec::new(),
            cpu: Duration::ZERO,
            duration: Duration::ZERO,
            tail: Tail::default(),
        }
    }
}

/// What a call left behind when it returned: host calls under way, and what they start. The record that caused the call is not
/// done before [`Tail::ended`] (behaviour.md, table row "unawaited work").
#[derive(Debug, Default)]
pub struct Tail {
    pub(super) receiver: Option<oneshot::Receiver<TailReport>>,
}

/// How the rest of a call ended.
#[derive(Debug, Default)]
pub struct TailReport {
    /// Errors that nobody in the app handled.
    pub errors: Vec<CallError>,
}

impl Tail {
    /// Waits until nothing of the call is left.
    pub async fn ended(self) -> TailReport {
        match self.receiver {
            None => TailReport::default(),
            Some(receiver) => receiver.await.unwrap_or_else(|_| TailReport { errors: vec![CallError::Lost] }),
        }
    }
}
