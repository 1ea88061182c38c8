//! Ctrl-C: the first stops the reading of events, the second ends the process.

use crate::console;
use tokio::sync::watch;

/// The exit code of a process that a second Ctrl-C ended, as shells have it: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Whether to stop.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Starts listening for Ctrl-C.
    pub fn on_interrupt() -> Self {
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_err() {
                // Without a handler Ctrl-C ends the process; the receivers wait for ever.
                std::future::pending::<()>().await;
            }
            console::note("stopping: what is under way is finished first (Ctrl-C again to end at once)");
            sender.send_replace(true);
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED);
            }
        });
        Self(receiver)
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked for.
    pub async fn asked(&mut self) {
        if self.0.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
