//! What comes after the last event: scheduled tasks, once each, and jobs and retries that are due.

use super::clock::JumpingClock;
use super::feed::Feed;
use super::output::{Output, OutputError};
use super::stop::Stop;
use super::stream::{Machine, line_of};
use crate::console;
use futures_util::{StreamExt, stream};
use runtime_core::isolate::TRIGGERED_TASKS;
use runtime_core::pipeline::{ResumeError, Resumed};
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long work is ours: longer than any may take.
const LEASE: Duration = Duration::from_secs(900);

/// How many messages are taken from the queue at once.
const MESSAGES_AT_ONCE: usize = 100;

/// What drives the work after the events.
pub struct Afterwards<'a> {
    /// The pipeline.
    pub machine: &'a Machine,
    /// Jobs, and work that waits to be tried again.
    pub queue: Arc<dyn DelayedQueue>,
    /// Time.
    pub clock: Arc<JumpingClock>,
    /// How far the clock may jump, if it may.
    pub jump_until: Option<Timestamp>,
    /// Whether to stop.
    pub stop: Stop,
    /// The ids of messages that this run can do nothing with.
    pub put_back: Mutex<HashSet<String>>,
}

/// A message whose work has ended.
struct Ended {
    id: String,
    /// The final event that it led to.
    line: Option<Vec<u8>>,
}

impl Afterwards<'_> {
    /// Runs due jobs and retries, and takes the events that they capture through the pipeline, until none of it is left.
    pub async fn run_waiting(&self, feed: &mut Feed, output: &mut Output) -> Result<(), OutputError> {
        while !self.stop.is_asked() {
            let now = self.clock.now();
            let due = match self.queue.take(now, now.plus(LEASE), MESSAGES_AT_ONCE).await {
                Ok(due) => due,
                Err(error) => {
                    self.machine.refused.put_off_task("jobs and retries", &error);
                    return Ok(());
                }
            };
            if due.is_empty() {
                if self.jump().await {
                    continue;
                }
                break;
            }
            let concurrency = self.machine.concurrency.get();
            let ended: Vec<_> =
                stream::iter(due).map(|message| self.run(message)).buffered(concurrency).collect().await;
            // A message goes only when everything that it led to is where it belongs.
            for line in ended.iter().flatten().filter_map(|ended| ended.line.as_deref()) {
                output.write(line)?;
            }
            output.flush()?;
            self.machine.drain(feed, output).await?;
            self.flush_exports().await;
            for ended in ended.into_iter().flatten() {
                if let Err(error) = self.queue.finish(&ended.id).await {
                    self.machine.refused.put_off_task("a job or retry", &error);
                }
            }
        }
        Ok(())
    }

    /// Hands over what waits for `exportEvents`.
    pub async fn flush_exports(&self) {
        if let Err(error) = self.machine.pipeline.flush_exports().await {
            self.machine.refused.put_off_task("exportEvents", &error);
        }
    }

    /// Lets the time of the next message come; false if none waits that could be run.
    async fn jump(&self) -> bool {
        let Some(until) = self.jump_until else { return false };
        let Ok((count, Some(next))) = self.queue.waiting().await else { return false };
        if next > until || count <= self.put_back().len() as u64 {
            return false;
        }
        self.clock.jump_to(next);
        true
    }

    fn put_back(&self) -> MutexGuard<'_, HashSet<String>> {
        self.put_back.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs each scheduled task of each app once, then what they caused.
    pub async fn run_tasks(&self, feed: &mut Feed, output: &mut Output) -> Result<(), OutputError> {
        let trigger = self.clock.now();
        for member in self.machine.pipeline.members() {
            for task in TRIGGERED_TASKS {
                let has =
                    member.capabilities().is_some_and(|found| found.scheduled_tasks.iter().any(|name| name == task));
                if !has || self.stop.is_asked() {
                    continue;
                }
                let trigger = format!("{task}-{trigger}");
                if let Err(error) = self.machine.pipeline.run_task(member, task, &trigger).await {
                    self.machine.refused.put_off_task(task, &error);
                }
                self.machine.drain(feed, output).await?;
            }
        }
        self.run_waiting(feed, output).await
    }

    /// Runs one message. What cannot be ended stays in the queue.
    async fn run(&self, message: DelayedMessage) -> Option<Ended> {
        if self.put_back().contains(&message.id) {
            return None;
        }
        match self.machine.pipeline.run_delayed(&message).await {
            Ok(Resumed::Sent(event)) => Some(Ended { id: message.id, line: Some(line_of(&event)) }),
            Ok(Resumed::Done) => Some(Ended { id: message.id, line: None }),
            Err(error) => {
                match &error {
                    ResumeError::Newer(error) => console::warning(error),
                    ResumeError::Unavailable(error) => self.machine.refused.put_off_task("a job or retry", error),
                }
                self.put_back().insert(message.id);
                None
            }
        }
    }

    /// Says what still waits.
    pub async fn tell_waiting(&self, is_kept: bool) {
        let (count, earliest) = match self.queue.waiting().await {
            Ok(waiting) => waiting,
            Err(error) => return console::error(format_args!("cannot say what still waits: {error}")),
        };
        let Some(earliest) = earliest.filter(|_| count > 0) else { return };
        let work = if count == 1 {
            "1 job or retry still waits".to_owned()
        } else {
            format!("{count} jobs or retries still wait")
        };
        let fate = if is_kept {
            "a later run with the same --state runs what is due then"
        } else {
            "they end with this run: give --state DIR to keep them, or --virtual-clock to run them now"
        };
        console::note(format_args!("{work}, the first until {earliest}; {fate}"));
    }
}
