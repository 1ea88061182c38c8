//! What an isolate's thread is told, and what it says about preparing.

use super::call::{CallReport, CallRequest, Tail};
use super::error::CallError;
use super::exports::Capabilities;
use super::global::GlobalReport;
use super::turns::HostAnswer;
use crate::durable_global::{Keys, SnapshotError};
use tokio::sync::oneshot;

/// What an isolate's thread is told.
pub(crate) enum Message {
    /// Load and set up, and say what the app can do.
    Prepare(Prepare, oneshot::Sender<PrepareReport>),
    /// Make a call.
    Call(CallRequest, oneshot::Sender<CallReport>),
    /// A host call has an answer.
    Answer { ticket: u64, answer: HostAnswer },
    /// The snapshot of `meta.global` that was asked for when set-up had succeeded.
    Restored { restore: u64, stored: Result<Keys, SnapshotError> },
    /// Say what the app did to `meta.global`.
    ReportGlobal(oneshot::Sender<GlobalReport>),
    /// What was said with that mark is stored.
    GlobalStored { mark: u64 },
    /// A deadline may have passed.
    Timer,
    /// Stop.
    Stop,
}

/// How far to prepare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prepare {
    Load,
    SetUp,
}

/// What preparing came to.
#[derive(Debug)]
pub struct PrepareReport {
    /// What the app can do, or why it cannot be used.
    pub result: Result<Capabilities, CallError>,
    /// What `setupPlugin` left behind.
    pub tail: Tail,
}
