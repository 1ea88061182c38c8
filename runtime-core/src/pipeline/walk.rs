//! The whole path of one event: chain, sink, what looks on; from the beginning or from where it stopped.

use super::Pipeline;
use super::calls::Tails;
use super::chain::{ChainEnd, Pause, to_json};
use super::continuation::{Continuation, Progress};
use super::report::{Counts, EventOutcome};
use super::stage::{ChainStage, Stage};
use crate::event::PluginEvent;
use crate::outcome::Wait;
use crate::ports::Unavailable;
use crate::ports::captures::CapturedEvent;
use crate::ports::dead_letters::DeadLetterReason;
use crate::ports::event_sink::SinkError;
use std::sync::Arc;

/// An event on its way through the chain, from the beginning or from where it stopped.
pub(super) struct Walk {
    /// The event as it entered the chain, as far as its end asks for that.
    pub(super) entered: PluginEvent,
    /// The event as it was where the walk began.
    pub(super) json: String,
    /// Where it goes on, and with what.
    pub(super) stage: ChainStage,
    /// How far it is.
    pub(super) progress: Progress,
}

impl Pipeline {
    /// Takes an event all the way. When this returns, everything that the event's calls left behind has ended, and the event
    /// is in the sink, dropped by an app, a dead letter, waiting to go on, or to be processed again.
    pub async fn process(&self, captured: CapturedEvent) -> EventOutcome {
        Counts::add(&self.counts.events, 1);
        let CapturedEvent { event, hops } = captured;
        let json = to_json(&event);
        let progress = Progress { until: self.path_until(), ..Progress::first(hops) };
        let walk = Walk { entered: event, json, stage: ChainStage::default(), progress };
        self.walk(walk).await
    }

    /// Takes an event from its place in the chain all the way.
    pub(super) async fn walk(&self, walk: Walk) -> EventOutcome {
        let mut tails = Tails::default();
        let end = match self.run_chain(&walk, &mut tails).await {
            ChainEnd::Left(event) => self.hand_over(event, walk.progress).await,
            end => end,
        };
        let outcome = match end {
            ChainEnd::Left(event) => self.show_to_all(event, walk.progress).await,
            ChainEnd::Dropped { by } => {
                Counts::add(&self.counts.dropped, 1);
                EventOutcome::Dropped { by }
            }
            ChainEnd::Stopped { work, pause } => {
                // Before the rest of the way is put off: what the apps before left behind may bring all of it back.
                if let Err(cause) = self.end_tails(std::mem::take(&mut tails)).await {
                    return self.begin_again(walk, cause).await;
                }
                self.stop(*work, pause).await
            }
        };
        match (outcome, self.end_tails(tails).await) {
            (EventOutcome::PutOff(error), _) => EventOutcome::PutOff(error),
            (outcome, Ok(())) => outcome,
            (outcome, Err(cause)) => match (outcome, self.begin_again(walk, cause).await) {
                (sent @ EventOutcome::Sent(_), EventOutcome::Continued) => sent,
                (_, again) => again,
            },
        }
    }

    /// Puts off what the walk began with: a call of it could not end, and which of its effects are missing is not known.
    async fn begin_again(&self, walk: Walk, cause: Unavailable) -> EventOutcome {
        let Walk { entered, json, mut stage, progress } = walk;
        stage.person = ChainStage::person_of(&entered);
        let work = Continuation::of_event(Stage::Chain(stage), progress, json);
        continued(self.put_off(work, &cause).await)
    }

    async fn stop(&self, work: Continuation, pause: Pause) -> EventOutcome {
        match pause {
            Pause::Waits(wait) => continued(self.wait(work, wait).await),
            Pause::Disabled(message) => continued(self.wait_until_enabled(work, message).await),
            Pause::GiveUp { reason, message } => match self.give_up(work, reason, message).await {
                Ok(()) => EventOutcome::DeadLettered,
                Err(error) => EventOutcome::PutOff(error),
            },
        }
    }

    /// Goes on with an event that has left the chain.
    pub(super) async fn deliver(&self, event: Box<PluginEvent>, progress: Progress) -> EventOutcome {
        match self.hand_over(event, progress).await {
            ChainEnd::Left(event) => self.show_to_all(event, progress).await,
            ChainEnd::Stopped { work, pause } => self.stop(*work, pause).await,
            ChainEnd::Dropped { by } => EventOutcome::Dropped { by },
        }
    }

    /// Hands an event that has left the chain to the sink.
    async fn hand_over(&self, event: Box<PluginEvent>, progress: Progress) -> ChainEnd {
        if let Err(error) = self.sink.send(std::slice::from_ref(&*event)).await {
            let work = Continuation::of_event(Stage::Sink, Progress { attempt: 1, ..progress }, to_json(&event));
            let pause = match error {
                SinkError::Unavailable(cause) => Pause::Waits(Wait::Outage(Arc::new(cause))),
                SinkError::Refused { reason, .. } => {
                    Pause::GiveUp { reason: DeadLetterReason::Refused, message: reason }
                }
            };
            return ChainEnd::Stopped { work: Box::new(work), pause };
        }
        Counts::add(&self.counts.sent, 1);
        ChainEnd::Left(event)
    }

    /// Shows an event that is in the sink to the apps that look on.
    async fn show_to_all(&self, event: Box<PluginEvent>, progress: Progress) -> EventOutcome {
        match self.look_on(&event, progress.hops).await {
            Ok(()) => EventOutcome::Sent(event),
            Err(error) => EventOutcome::PutOff(error),
        }
    }
}

/// What storing work for later came to.
fn continued(stored: Result<(), Unavailable>) -> EventOutcome {
    match stored {
        Ok(()) => EventOutcome::Continued,
        Err(error) => EventOutcome::PutOff(error),
    }
}
