//! Scheduled tasks: one run at a time of a task of an installation, and one run a tick, whoever delivers the tick how often
//! (behaviour.md c.5 and row "runEvery*"; cases 157-160).

use super::Pipeline;
use super::calls::{Invocation, Tails, Topic};
use super::continuation::{Continuation, Progress};
use super::members::Member;
use super::report::Counts;
use super::stage::Stage;
use crate::event::InstallationId;
use crate::isolate::{Function, TRIGGERED_TASKS};
use crate::outcome::{Outcome, Wait};
use crate::ports::Unavailable;
use crate::ports::clock::Timestamp;
use crate::ports::documents::NewDocument;
use crate::telemetry::{LogLevel, LogSource};
use futures_util::future::{Either, select};
use serde::{Deserialize, Serialize};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How long a run is believed to go on without being heard of.
const LEASE: Duration = Duration::from_secs(60);

/// How often a run is heard of.
const RENEWED_EVERY: Duration = Duration::from_secs(20);

/// Who runs a task, or ran it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Lease {
    /// The tick that is run, or was run last.
    tick: Timestamp,
    /// Tells one run from another.
    owner: String,
    /// When the run counts as crashed, unless it is heard of.
    until: Timestamp,
    /// Whether the run has ended.
    is_done: bool,
}

/// What becomes of a tick.
enum Turn {
    /// It is to be run, under this name.
    Run { owner: String },
    /// It was run, or somebody is running it.
    Duplicate,
    /// An earlier one is still running.
    Skipped,
}

impl Pipeline {
    /// The time of a scheduled task has come: sends a message for each installation that has it, so that one app's failure or
    /// time-out touches no other. `tick` is the time for which it was scheduled, the same however often the trigger is delivered.
    /// How many were sent. Names other than [`TRIGGERED_TASKS`] have no installations (case 159).
    ///
    /// # Errors
    /// When the queue is out of reach; some of the messages may have been sent, and a second trigger does no harm.
    pub async fn trigger(&self, task: &str, tick: Timestamp) -> Result<usize, Unavailable> {
        let mut sent = 0;
        for installation in self.scheduled(task) {
            let stage = Stage::Task { installation, task: task.to_owned(), tick };
            self.send_later(Continuation::of_run(stage, Progress::first(0), None), self.ports.clock.now()).await?;
            sent += 1;
        }
        Ok(sent)
    }

    /// The installations that have a scheduled task (case 159).
    pub fn scheduled(&self, task: &str) -> Vec<InstallationId> {
        let has = |member: &&Member| {
            TRIGGERED_TASKS.contains(&task)
                && member.capabilities().is_some_and(|found| found.scheduled_tasks.iter().any(|name| name == task))
        };
        self.members.iter().filter(has).map(|member| member.installation().id).collect()
    }

    /// Runs one tick of a task, if it is its turn. A failure of the app is logged and counted, and the next tick comes all the
    /// same (case 158).
    ///
    /// # Errors
    /// When neither the tick can be run nor be stored for later.
    pub(super) async fn run_tick(&self, member: &Member, work: Continuation) -> Result<(), Unavailable> {
        let Stage::Task { task, tick, .. } = &work.stage else { return Ok(()) };
        let (task, tick) = (task.clone(), *tick);
        if self.is_stale(member, &task, tick) {
            return Ok(());
        }
        let key = format!("task/{}/{task}", member.installation().id);
        let owner = match self.take_turn(&key, tick).await {
            Ok(Turn::Run { owner }) => owner,
            Ok(Turn::Duplicate) => return Ok(()),
            Ok(Turn::Skipped) => {
                Counts::add(&self.counts.skipped_tasks, 1);
                let text = format!("{task} of {tick} was skipped: its run before has not ended");
                member.log(LogSource::System, LogLevel::Warn, &text, None);
                return Ok(());
            }
            Err(cause) => return self.put_off(work, &cause).await,
        };
        let ended = {
            let run = pin!(self.run_task_now(member, &task, tick, work.progress));
            let renewal = pin!(self.renew(&key, &owner));
            match select(run, renewal).await {
                Either::Left((ended, _)) => ended,
                Either::Right(((), run)) => run.await,
            }
        };
        // Whatever the end was, the next tick must not wait for the lease to run out. If this fails, it does.
        let is_done = !matches!(ended, Err(Outcome::Waits(_)));
        drop(self.leave(&key, &owner, is_done).await);
        match ended {
            Err(Outcome::Waits(wait)) => self.wait(work, wait).await,
            _ => Ok(()),
        }
    }

    async fn run_task_now(
        &self,
        member: &Member,
        task: &str,
        tick: Timestamp,
        progress: Progress,
    ) -> Result<(), Outcome> {
        let mut tails = Tails::default();
        let id = format!("{task}-{tick}");
        let topic = Topic::run(&id, progress);
        let called = self.call(member, Invocation::alone(Function::Task(task.to_owned())), topic, &mut tails).await;
        if !matches!(called.result, Err(Outcome::Waits(_))) {
            Counts::add(&self.counts.tasks, 1);
        }
        let ended = self.end_tails(tails).await;
        match (called.result, ended) {
            (Ok(_), Err(cause)) => Err(Outcome::Waits(Wait::Outage(Arc::new(cause)))),
            (result, _) => result.map(drop),
        }
    }

    fn is_stale(&self, member: &Member, task: &str, tick: Timestamp) -> bool {
        let late = self.ports.clock.now().0.saturating_sub(tick.0);
        let is_stale =
            grace_of(task).is_some_and(|grace| u128::try_from(late).is_ok_and(|late| late > grace.as_millis()));
        if is_stale {
            Counts::add(&self.counts.stale_tasks, 1);
            let text = format!("{task} of {tick} was skipped: it comes {} s too late to be of use", late / 1000);
            member.log(LogSource::System, LogLevel::Warn, &text, None);
        }
        is_stale
    }

    async fn take_turn(&self, key: &str, tick: Timestamp) -> Result<Turn, Unavailable> {
        loop {
            let now = self.ports.clock.now();
            let seen = self.ports.documents.get(key).await?;
            let lease = seen.as_ref().and_then(|document| serde_json::from_str::<Lease>(&document.json).ok());
            if let Some(lease) = lease {
                let is_running = !lease.is_done && lease.until > now;
                match lease.tick.cmp(&tick) {
                    std::cmp::Ordering::Greater => return Ok(Turn::Duplicate),
                    std::cmp::Ordering::Equal if lease.is_done || is_running => return Ok(Turn::Duplicate),
                    std::cmp::Ordering::Less if is_running => return Ok(Turn::Skipped),
                    _ => {}
                }
            }
            let owner = self.ports.entropy.name();
            let lease = Lease { tick, owner: owner.clone(), until: now.plus(LEASE), is_done: false };
            if self.ports.documents.put(key, lease.document(), seen.as_ref()).await? {
                return Ok(Turn::Run { owner });
            }
        }
    }

    /// Lets it be known that a run goes on, until it is no longer ours or until this is dropped.
    async fn renew(&self, key: &str, owner: &str) {
        loop {
            let clock = &self.ports.clock;
            clock.sleep_until(clock.elapsed() + RENEWED_EVERY).await;
            let until = clock.now().plus(LEASE);
            // If it cannot be renewed now, it may be in time at the next try.
            if let Ok(false) = self.change(key, owner, |lease| Lease { until, ..lease }).await {
                return;
            }
        }
    }

    async fn leave(&self, key: &str, owner: &str, is_done: bool) -> Result<bool, Unavailable> {
        let until = self.ports.clock.now();
        self.change(key, owner, |lease| Lease { until, is_done, ..lease }).await
    }

    /// Changes the lease if it is still the owner's. Whether it was.
    async fn change(&self, key: &str, owner: &str, change: impl Fn(Lease) -> Lease) -> Result<bool, Unavailable> {
        loop {
            let Some(seen) = self.ports.documents.get(key).await? else { return Ok(false) };
            let Ok(lease) = serde_json::from_str::<Lease>(&seen.json) else { return Ok(false) };
            if lease.owner != owner {
                return Ok(false);
            }
            if self.ports.documents.put(key, change(lease).document(), Some(&seen)).await? {
                return Ok(true);
            }
        }
    }
}

impl Lease {
    fn document(&self) -> NewDocument {
        NewDocument { json: serde_json::to_string(self).expect("plain data always has a JSON form"), ends_at: None }
    }
}

fn period_of(task: &str) -> Option<Duration> {
    match task {
        "runEveryMinute" => Some(Duration::from_secs(60)),
        "runEveryHour" => Some(Duration::from_secs(60 * 60)),
        "runEveryDay" => Some(Duration::from_secs(24 * 60 * 60)),
        _ => None,
    }
}

/// How long after its time a tick is still run.
fn grace_of(task: &str) -> Option<Duration> {
    match task {
        "runEveryMinute" => Some(Duration::from_secs(2 * 60)),
        _ => period_of(task),
    }
}
