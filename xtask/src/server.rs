//! A server that a command starts beside itself: waited for until it answers, and ended with the command.

use crate::Error;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take until it answers; those that there are need less than a second.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running server; it ends when this is dropped.
pub struct Server {
    process: Child,
    /// What messages call it.
    name: &'static str,
    /// The signal that it ends at by itself.
    end: libc::c_int,
    /// How long that may take.
    end_limit: Duration,
}

impl Server {
    /// Takes a process over.
    pub fn new(process: Child, name: &'static str, end: libc::c_int, end_limit: Duration) -> Self {
        Self { process, name, end, end_limit }
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits until it answers; `log` is where it says why it does not.
    pub fn wait_until(&mut self, answers: impl Fn() -> bool, log: &Path) -> Result<(), Error> {
        let started = Instant::now();
        while !answers() {
            let (name, see) = (self.name, log.display());
            if let Some(status) = self.process.try_wait()? {
                return Err(Error::new(format!("{name} ended at its start ({status}); see {see}")));
            }
            if started.elapsed() > START_LIMIT {
                let seconds = START_LIMIT.as_secs();
                return Err(Error::new(format!("{name} did not answer within {seconds} s; see {see}")));
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(id) = libc::pid_t::try_from(self.process.id()) {
            // SAFETY: `kill` takes any numbers, and this is the id of a child that nobody has waited for, so of no other process.
            let _ = unsafe { libc::kill(id, self.end) };
        }
        let asked = Instant::now();
        while asked.elapsed() < self.end_limit {
            if matches!(self.process.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            thread::sleep(LOOK_EVERY);
        }
        // Errors mean that it has ended in between.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
