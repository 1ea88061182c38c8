//! Isolates: one QuickJS runtime and context per installation, on a thread of its own, with limits of its own.
//!
//! An [`Isolate`] is a handle. The thread behind it (`actor`) makes an `engine`, gives overlapping calls their turns (`turns`),
//! ends what takes too long, and rebuilds the engine after an interrupt or lack of memory. Values cross as JSON text (`convert`).

mod active;
mod actor;
mod awaits;
mod call;
pub(crate) mod convert;
mod deadlines;
mod ending;
mod engine;
mod error;
mod exports;
mod global;
pub(crate) mod json_text;
mod limits;
mod memory;
mod message;
mod rejections;
mod settling;
pub(crate) mod tickets;
pub(crate) mod turns;
mod watchdog;

pub use call::{CallReport, CallRequest, Function, Returned, Tail, TailReport};
pub use error::{CallError, Place, Thrown};
pub use exports::{Capabilities, TRIGGERED_TASKS};
pub(crate) use global::GlobalReport;
pub use limits::Limits;
pub use message::PrepareReport;

use crate::host::Host;
use actor::{Actor, Wiring};
use message::{Message, Prepare};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use tokio::sync::oneshot;

/// The stack of an isolate's thread: the engine's own limit is far below it, so that native recursion meets the limit first.
const THREAD_STACK_BYTES: usize = 8 << 20;

/// A handle to the isolate of one installation. Dropping it stops the isolate.
#[derive(Debug)]
pub struct Isolate {
    messages: Sender<Message>,
    was_set_up: Arc<AtomicBool>,
}

impl Drop for Isolate {
    fn drop(&mut self) {
        // The thread may have ended already.
        let _ = self.messages.send(Message::Stop);
    }
}

impl Isolate {
    /// Starts the thread of an isolate; the app is loaded by the first call. Host calls run on the current tokio runtime.
    ///
    /// # Errors
    /// When the operating system refuses another thread.
    pub fn spawn(host: Arc<Host>) -> std::io::Result<Self> {
        let was_set_up = Arc::new(AtomicBool::new(false));
        let (messages, inbox) = channel();
        let outbox = messages.clone();
        let spawner = tokio::runtime::Handle::current();
        std::thread::Builder::new()
            .name(format!("isolate-{}", host.installation.id))
            .stack_size(THREAD_STACK_BYTES)
            .spawn({
                let was_set_up = was_set_up.clone();
                move || Actor::new(host, Wiring { inbox, outbox, spawner, was_set_up }).run()
            })?;
        Ok(Self { messages, was_set_up })
    }

    /// Loads the app, without `setupPlugin`, and says what it can do.
    pub async fn load(&self) -> PrepareReport {
        self.prepare(Prepare::Load).await
    }

    /// Loads the app and runs `setupPlugin`: once however often it is asked for, but again after it has failed.
    pub async fn set_up(&self) -> PrepareReport {
        self.prepare(Prepare::SetUp).await
    }

    /// Whether `setupPlugin`, or its absence, has ever let calls through: only then is there something to tear down (case 125).
    pub fn was_set_up(&self) -> bool {
        self.was_set_up.load(Ordering::Acquire)
    }

    /// Makes a call; loads the app and runs `setupPlugin` before the first one (cases 62, 63, 122). A set-up that failed is not
    /// run again by a call.
    pub async fn call(&self, request: CallRequest) -> CallReport {
        let (reply, report) = oneshot::channel();
        if self.messages.send(Message::Call(request, reply)).is_err() {
            return CallReport::failed(CallError::Lost);
        }
        report.await.unwrap_or_else(|_| CallReport::failed(CallError::Lost))
    }

    /// What the app did to `meta.global` since it was last stored.
    pub(crate) async fn global_report(&self) -> GlobalReport {
        let (reply, report) = oneshot::channel();
        if self.messages.send(Message::ReportGlobal(reply)).is_err() {
            return GlobalReport::Unchanged;
        }
        report.await.unwrap_or(GlobalReport::Unchanged)
    }

    /// The changes of the report with that mark are stored.
    pub(crate) fn global_was_stored(&self, mark: u64) {
        // A thread that has ended has nothing to remember.
        let _ = self.messages.send(Message::GlobalStored { mark });
    }

    async fn prepare(&self, how_far: Prepare) -> PrepareReport {
        let lost = || PrepareReport { result: Err(CallError::Lost), tail: Tail::default() };
        let (reply, report) = oneshot::channel();
        if self.messages.send(Message::Prepare(how_far, reply)).is_err() {
            return lost();
        }
        report.await.unwrap_or_else(|_| lost())
    }
}
