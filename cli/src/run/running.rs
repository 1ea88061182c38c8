//! A run from its first event to its last word.

use super::afterwards::Afterwards;
use super::clock::JumpingClock;
use super::feed::Feed;
use super::output::{Output, OutputError};
use super::ports::{CaptureChannel, CountedDeadLetters};
use super::stop::Stop;
use super::stream::Machine;
use super::summary::Summary;
use crate::arguments::RunArguments;
use crate::console;
use crate::exit::Outcome;
use adapter_local::keeper::KeptTelemetry;
use runtime_core::pipeline::Counts;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::delayed_queue::DueWork;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How far `--virtual-clock` goes: past every back-off of an app, and an end for jobs that enqueue themselves.
const FARTHEST_JUMP: Duration = Duration::from_secs(24 * 60 * 60);

/// A run whose apps have been started.
pub struct Running {
    /// The pipeline.
    pub machine: Machine,
    /// Events on their way in.
    pub feed: Feed,
    /// Where final events go.
    pub output: Output,
    /// Jobs, and work that waits to be tried again.
    pub queue: Arc<dyn DueWork>,
    /// Time.
    pub clock: Arc<JumpingClock>,
    /// Whether to stop.
    pub stop: Stop,
    /// Events that apps captured.
    pub captures: Arc<CaptureChannel>,
    /// What was given up.
    pub dead_letters: Arc<CountedDeadLetters>,
    /// What keeps what apps log, if the state outlives the run.
    pub kept: Option<Arc<KeptTelemetry>>,
    /// When the first record had come.
    pub started: Duration,
    /// What was asked for.
    pub arguments: RunArguments,
}

impl Running {
    /// Takes every event through, then tasks and jobs, hands over exports, tears down, and tells how it went.
    pub async fn finish(mut self) -> Outcome {
        let until = self.arguments.virtual_clock.then(|| self.clock.now().plus(FARTHEST_JUMP));
        let afterwards = Afterwards {
            machine: &self.machine,
            queue: Arc::clone(&self.queue),
            clock: Arc::clone(&self.clock),
            jump_until: until,
            stop: self.stop.clone(),
            put_back: Mutex::default(),
        };
        let written = match work(&afterwards, &mut self.feed, &mut self.output, &self.arguments).await {
            Err(error @ OutputError::Failed { .. }) => {
                console::error(error);
                false
            }
            // Whoever wanted the events has enough of them.
            Err(OutputError::Closed) | Ok(()) => true,
        };
        if written {
            self.feed.end_progress().await;
        }
        self.machine.pipeline.tear_down().await;
        // For `hedgerow apps show`, where there is a state folder.
        self.machine.pipeline.save_errors().await;
        if let Some(Err(error)) = self.kept.as_ref().map(|kept| kept.close()) {
            console::warning(format_args!("not everything that apps logged is kept: {error}"));
        }
        afterwards.tell_waiting(self.arguments.state.is_some()).await;
        self.summary().tell();
        if written && !self.machine.refused.is_any() && !(self.arguments.strict && self.has_failures()) {
            Outcome::Success
        } else {
            Outcome::Failures
        }
    }

    fn has_failures(&self) -> bool {
        let is_disabled = self.machine.pipeline.members().iter().any(|member| member.disabled().is_some());
        is_disabled || Counts::get(&self.machine.pipeline.counts.failures) > 0 || self.dead_letters.count() > 0
    }

    fn summary(&self) -> Summary<'_> {
        Summary {
            read: self.feed.counts,
            counts: &self.machine.pipeline.counts,
            captured: self.captures.count(),
            dead_letters: self.dead_letters.count(),
            undecodable: self.machine.refused.undecodable(),
            put_off: self.machine.refused.put_off(),
            duration: self.clock.elapsed().saturating_sub(self.started),
            is_kept: self.arguments.state.is_some(),
            team: self.feed.team().0,
        }
    }
}

async fn work(
    afterwards: &Afterwards<'_>,
    feed: &mut Feed,
    output: &mut Output,
    arguments: &RunArguments,
) -> Result<(), OutputError> {
    afterwards.machine.drain(feed, output).await?;
    afterwards.run_waiting(feed, output).await?;
    if !arguments.no_schedules {
        afterwards.run_tasks(feed, output).await?;
    }
    let pipeline = &afterwards.machine.pipeline;
    loop {
        let events = Counts::get(&pipeline.counts.events);
        afterwards.send_exports().await;
        afterwards.machine.drain(feed, output).await?;
        afterwards.run_waiting(feed, output).await?;
        // Events that exportEvents captured, or its jobs, are exported as well.
        if Counts::get(&pipeline.counts.events) == events {
            return Ok(());
        }
    }
}
