//! Final events of several records in one request to the sink.
//!
//! While one request is under way, the events that come meanwhile wait, and go together in the next. So an event waits for nobody
//! while nothing is under way, and under load the number of requests falls by itself.

use super::calls::restate;
use crate::event::PluginEvent;
use crate::ports::event_sink::{EventSink, SinkError};
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

/// How many events a request has at most.
const MOST_EVENTS: usize = 100;

/// What a request came to for the events of one sender.
type Sent = Result<(), SinkError>;

/// Events with whoever waits for them.
struct Waiting {
    events: Vec<PluginEvent>,
    told: oneshot::Sender<Sent>,
}

/// Whoever has so many events in a request.
struct Sender {
    count: usize,
    told: oneshot::Sender<Sent>,
}

/// A sink in front of another that puts events together.
pub(super) struct CoalescingSink {
    inner: Arc<dyn EventSink>,
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever sends.
    turn: AsyncMutex<()>,
}

impl CoalescingSink {
    pub(super) fn over(inner: Arc<dyn EventSink>) -> Self {
        Self { inner, waiting: Mutex::default(), turn: AsyncMutex::default() }
    }

    /// What goes into the next request.
    fn take_some(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = 0;
        let fits = |waiting: &&Waiting| {
            count += waiting.events.len();
            count <= MOST_EVENTS
        };
        let end = waiting.iter().take_while(fits).count().max(1).min(waiting.len());
        waiting.drain(..end).collect()
    }

    /// Sends what waits, up to the size of a request, and tells everybody whose events were among it. An event that is refused is
    /// its sender's matter alone: the others are sent without it.
    async fn send_some(&self) {
        let mut events = Vec::new();
        let mut senders: Vec<Sender> = Vec::new();
        for waiting in self.take_some() {
            senders.push(Sender { count: waiting.events.len(), told: waiting.told });
            events.extend(waiting.events);
        }
        while !senders.is_empty() {
            match self.inner.send(&events).await {
                Ok(()) => return senders.into_iter().for_each(|sender| sender.tell(Ok(()))),
                Err(SinkError::Unavailable(cause)) => {
                    return senders.into_iter().for_each(|sender| sender.tell(Err(restate(&cause).into())));
                }
                Err(SinkError::Refused { index, reason }) => {
                    let (place, start) = owner_of(&senders, index);
                    let sender = senders.remove(place);
                    events.drain(start..start + sender.count);
                    sender.tell(Err(SinkError::Refused { index: index.saturating_sub(start), reason }));
                }
            }
        }
    }
}

impl Sender {
    fn tell(self, sent: Sent) {
        // Whoever does not wait any more has given its record up, which comes again.
        drop(self.told.send(sent));
    }
}

/// Whose the event at that place of the request is, and where that sender's events begin. A place beyond the end is the last
/// sender's.
fn owner_of(senders: &[Sender], index: usize) -> (usize, usize) {
    let mut start = 0;
    for (place, sender) in senders.iter().enumerate() {
        if index < start + sender.count || place + 1 == senders.len() {
            return (place, start);
        }
        start += sender.count;
    }
    (0, 0)
}

#[async_trait]
impl EventSink for CoalescingSink {
    async fn send(&self, events: &[PluginEvent]) -> Sent {
        // Nothing is under way: no wait, and no copy of the events.
        if let Ok(_turn) = self.turn.try_lock() {
            return self.inner.send(events).await;
        }
        let (told, mut sent) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { events: events.to_vec(), told });
        loop {
            let turn = self.turn.lock().await;
            match sent.try_recv() {
                Ok(sent) => return sent,
                Err(oneshot::error::TryRecvError::Empty) => self.send_some().await,
                // Whoever sent them was dropped half-way: they may be there, and are sent again.
                Err(oneshot::error::TryRecvError::Closed) => {
                    drop(turn);
                    return self.inner.send(events).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Unavailable;
    use futures_util::future::join_all;
    use serde_json::json;
    use tokio::sync::Semaphore;

    /// A sink that notes the sizes of its requests, and answers when it is allowed to.
    struct Noting {
        sizes: Mutex<Vec<usize>>,
        allowed: Semaphore,
        answer: fn(&[PluginEvent]) -> Sent,
    }

    fn noting(allowed: usize, answer: fn(&[PluginEvent]) -> Sent) -> Arc<Noting> {
        Arc::new(Noting { sizes: Mutex::default(), allowed: Semaphore::new(allowed), answer })
    }

    #[async_trait]
    impl EventSink for Noting {
        async fn send(&self, events: &[PluginEvent]) -> Sent {
            self.sizes.lock().unwrap().push(events.len());
            tokio::task::yield_now().await;
            self.allowed.acquire().await.unwrap().forget();
            (self.answer)(events)
        }
    }

    fn event() -> PluginEvent {
        named("e")
    }

    fn named(name: &str) -> PluginEvent {
        serde_json::from_value(json!({ "event": name })).unwrap()
    }

    #[tokio::test]
    async fn events_that_come_during_a_request_go_together() {
        let inner = noting(9, |_| Ok(()));
        let sink = CoalescingSink::over(inner.clone());
        let event = [event()];
        let sent = join_all((0..150).map(|_| sink.send(&event))).await;
        assert!(sent.iter().all(Result::is_ok));
        assert_eq!(*inner.sizes.lock().unwrap(), [1, MOST_EVENTS, 49]);
    }

    #[tokio::test]
    async fn an_outage_is_that_of_every_event_of_the_request() {
        let down = |_: &[PluginEvent]| {
            Err(Unavailable { port: "event sink", message: "switched off".into(), source: None }.into())
        };
        let sink = CoalescingSink::over(noting(9, down));
        let event = [event()];
        let sent = join_all((0..3).map(|_| sink.send(&event))).await;
        assert!(sent.iter().all(|sent| sent.as_ref().is_err_and(|error| error.to_string().ends_with("switched off"))));
    }

    #[tokio::test]
    async fn an_event_that_is_refused_holds_up_no_other() {
        let picky = |events: &[PluginEvent]| match events.iter().position(|event| event.name() == "bad") {
            Some(index) => Err(SinkError::Refused { index, reason: "it is bad".into() }),
            None => Ok(()),
        };
        let inner = noting(9, picky);
        let sink = CoalescingSink::over(inner.clone());
        let events = ["good", "good", "bad", "good", "bad"].map(|name| [named(name)]);
        let sent = join_all(events.iter().map(|event| sink.send(event))).await;
        let refused: Vec<bool> =
            sent.iter().map(|sent| matches!(sent, Err(SinkError::Refused { index: 0, .. }))).collect();
        assert_eq!(refused, [false, false, true, false, true]);
        assert!(sent.iter().zip(refused).all(|(sent, is_refused)| is_refused || sent.is_ok()));
        assert_eq!(*inner.sizes.lock().unwrap(), [1, 4, 3, 2]);
    }

    #[tokio::test]
    async fn events_of_a_sender_that_was_dropped_are_sent() {
        let inner = noting(0, |_| Ok(()));
        let sink = CoalescingSink::over(inner.clone());
        let event = [event()];
        {
            let mut first = Box::pin(sink.send(&event));
            let second = Box::pin(sink.send(&event));
            // The first is in the middle of a request when it is given up.
            assert!(futures_util::poll!(&mut first).is_pending());
            drop(first);
            inner.allowed.add_permits(9);
            second.await.unwrap();
        }
        assert!(inner.sizes.lock().unwrap().len() >= 2);
    }
}
