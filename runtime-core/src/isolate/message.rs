//! What an isolate's thread is told, and what it says about preparing.

use super::call::{CallReport, CallRequest, Tail};
use super::error::CallError;
use super::exports::Capabilities;
use super::turns::HostAnswer;
use tokio::sync::oneshot;

/// What an isolate's thread is told.
pub(crate) enum Message {
    /// Load and set up, and say what the app can do.
    Prepare(Prepare, oneshot::Sender<PrepareReport>),
    /// Make a call.
    Call(CallRequest, oneshot::Sender<CallReport>),
    /// A host call has an answer.
    Answer { ticket: u64, answer: HostAnswer },
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
