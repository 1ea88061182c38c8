//! What comes after the last event: scheduled tasks, once each, and what is due: jobs, retries, and records that were sent again.

use super::clock::JumpingClock;
use super::feed::Feed;
use super::output::{Output, OutputError};
use super::stop::Stop;
use super::stream::{Machine, line_of};
use crate::console;
use runtime_core::isolate::TRIGGERED_TASKS;
use runtime_core::pipeline::{ResumeError, Resumed};
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::{DelayedMessage, DueWork, Lane};
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
    pub queue: Arc<dyn DueWork>,
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
    /// Runs what is due, and takes the events that it leads to through the pipeline, until none of it is left.
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
            let (records, messages): (Vec<_>, Vec<_>) =
                due.into_iter().partition(|message| message.lane == Lane::Events);
            let unkept = self.machine.refused.unkept();
            let mut ended = self.run(messages).await;
            for record in records {
                feed.take_message(&record).await;
                ended.push(Ended { id: record.id, line: None });
            }
            // A message goes only when everything that it led to is where it belongs.
            for line in ended.iter().filter_map(|ended| ended.line.as_deref()) {
                output.write(line)?;
            }
            output.flush()?;
            self.machine.drain(feed, output).await?;
            let are_exports_sent = self.send_exports().await;
            if !are_exports_sent || self.machine.refused.unkept() > unkept {
                // They come again when their leases end: done twice is better than lost.
                self.put_back().extend(ended.into_iter().map(|ended| ended.id));
                continue;
            }
            for ended in ended {
                if let Err(error) = self.queue.finish(&ended.id).await {
                    self.machine.refused.put_off_task("a job or retry", &error);
                }
            }
        }
        Ok(())
    }

    /// Sends what waits for `exportEvents` to the queue, which puts it into batches. Whether all of it was sent.
    pub async fn send_exports(&self) -> bool {
        let sent = self.machine.pipeline.send_exports().await;
        if let Err(error) = &sent {
            self.machine.refused.put_off_task("exportEvents", error);
        }
        sent.is_ok()
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
        for task in TRIGGERED_TASKS {
            if self.stop.is_asked() {
                break;
            }
            if let Err(error) = self.machine.pipeline.trigger(task, self.clock.now()).await {
                self.machine.refused.put_off_task(task, &error);
            }
            self.run_waiting(feed, output).await?;
        }
        Ok(())
    }

    /// Runs messages. What cannot be ended stays in the queue.
    async fn run(&self, due: Vec<DelayedMessage>) -> Vec<Ended> {
        let due: Vec<DelayedMessage> =
            due.into_iter().filter(|message| !self.put_back().contains(&message.id)).collect();
        let results = self.machine.pipeline.run_all_delayed(&due).await;
        let ended = due.into_iter().zip(results).filter_map(|(message, result)| match result {
            Ok(Resumed::Sent(event)) => Some(Ended { id: message.id, line: Some(line_of(&event)) }),
            Ok(Resumed::Done) => Some(Ended { id: message.id, line: None }),
            Err(error) => {
                match &error {
                    ResumeError::Newer(error) => console::warning(error),
                    ResumeError::UnderWay => console::warning(&error),
                    ResumeError::Unavailable(error) => self.machine.refused.put_off_task("a job or retry", error),
                }
                self.put_back().insert(message.id);
                None
            }
        });
        ended.collect()
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
