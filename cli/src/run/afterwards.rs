//! What comes after the last event: scheduled tasks, once each, and jobs that are due.

use super::feed::Feed;
use super::output::{Output, OutputError};
use super::stop::Stop;
use super::stream::Machine;
use crate::console;
use futures_util::{StreamExt, stream};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue};
use std::sync::Arc;
use std::time::Duration;

/// The tasks that a schedule exists for (case 18: others never fire).
const TASKS: [&str; 3] = ["runEveryMinute", "runEveryHour", "runEveryDay"];

/// How long a job is ours: longer than any job may take.
const LEASE: Duration = Duration::from_secs(900);

/// How many jobs are taken from the queue at once.
const JOBS_AT_ONCE: usize = 100;

/// What drives the work after the events.
pub struct Afterwards<'a> {
    /// The pipeline.
    pub machine: &'a Machine,
    /// Jobs.
    pub jobs: Arc<dyn DelayedQueue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whether to stop.
    pub stop: Stop,
}

impl Afterwards<'_> {
    /// Runs due jobs, and takes the events that they capture through the pipeline, until neither is left.
    pub async fn run_jobs(&self, feed: &mut Feed, output: &mut Output) -> Result<(), OutputError> {
        while !self.stop.is_asked() {
            let now = self.clock.now();
            let due = match self.jobs.take(now, now.plus(LEASE), JOBS_AT_ONCE).await {
                Ok(due) => due,
                Err(error) => {
                    self.machine.refused.put_off_task("jobs", &error);
                    return Ok(());
                }
            };
            if due.is_empty() {
                break;
            }
            let concurrency = self.machine.concurrency.get();
            stream::iter(due).for_each_concurrent(concurrency, |message| self.run_job(message)).await;
            self.machine.drain(feed, output).await?;
        }
        Ok(())
    }

    /// Runs each scheduled task of each app once, then what they caused.
    pub async fn run_tasks(&self, feed: &mut Feed, output: &mut Output) -> Result<(), OutputError> {
        let trigger = self.clock.now();
        for member in self.machine.pipeline.members() {
            for task in TASKS {
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
        self.run_jobs(feed, output).await
    }

    async fn run_job(&self, message: DelayedMessage) {
        let result = match self.machine.pipeline.run_job(&message).await {
            Ok(()) => self.jobs.finish(&message.id).await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            self.machine.refused.put_off_task("a job", &error);
        }
    }

    /// Says what still waits.
    pub async fn tell_waiting(&self, is_kept: bool) {
        let (count, earliest) = match self.jobs.waiting().await {
            Ok(waiting) => waiting,
            Err(error) => return console::error(format_args!("cannot say which jobs wait: {error}")),
        };
        let Some(earliest) = earliest.filter(|_| count > 0) else { return };
        let jobs = if count == 1 { "1 job still waits".to_owned() } else { format!("{count} jobs still wait") };
        let fate = if is_kept {
            "a later run with the same --state runs what is due then"
        } else {
            "they end with this run: give --state DIR to keep them"
        };
        console::note(format_args!("{jobs}, the first until {earliest}; {fate}"));
    }
}
