//! Final events of several records in one request to the sink.
//!
//! While one request is under way, the events that come meanwhile wait, and go together in the next. So an event waits for nobody
//! while nothing is under way, and under load the number of requests falls by itself.

use super::calls::restate;
use crate::event::PluginEvent;
use crate::ports::Unavailable;
use crate::ports::event_sink::EventSink;
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

/// How many events a request has at most.
const MOST_EVENTS: usize = 100;

/// What a request came to; an error is that of each of its events.
type Sent = Result<(), Arc<Unavailable>>;

/// A sink in front of another that puts events together.
pub(super) struct CoalescingSink {
    inner: Arc<dyn EventSink>,
    waiting: Mutex<Vec<(Vec<PluginEvent>, oneshot::Sender<Sent>)>>,
    /// Held by whoever sends.
    turn: AsyncMutex<()>,
}

impl CoalescingSink {
    pub(super) fn over(inner: Arc<dyn EventSink>) -> Self {
        Self { inner, waiting: Mutex::default(), turn: AsyncMutex::default() }
    }

    /// Sends what waits, up to the size of a request, and tells everybody whose events were among it.
    async fn send_some(&self) {
        let some: Vec<_> = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let mut count = 0;
            let end = waiting.iter().take_while(|(events, _)| {
                count += events.len();
                count <= MOST_EVENTS
            });
            let end = end.count().max(1).min(waiting.len());
            waiting.drain(..end).collect()
        };
        let (events, told): (Vec<Vec<PluginEvent>>, Vec<oneshot::Sender<Sent>>) = some.into_iter().unzip();
        let events: Vec<PluginEvent> = events.into_iter().flatten().collect();
        if events.is_empty() {
            return;
        }
        let sent = self.inner.send(&events).await.map_err(Arc::new);
        for told in told {
            // Whoever does not wait any more has given its record up, which comes again.
            drop(told.send(sent.clone()));
        }
    }
}

#[async_trait]
impl EventSink for CoalescingSink {
    async fn send(&self, events: &[PluginEvent]) -> Result<(), Unavailable> {
        // Nothing is under way: no wait, and no copy of the events.
        if let Ok(_turn) = self.turn.try_lock() {
            return self.inner.send(events).await;
        }
        let (told, mut sent) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((events.to_vec(), told));
        loop {
            let turn = self.turn.lock().await;
            match sent.try_recv() {
                Ok(sent) => return sent.map_err(|cause| restate(&cause)),
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
    use futures_util::future::join_all;
    use serde_json::json;
    use tokio::sync::Semaphore;

    /// A sink that notes the sizes of its requests, and answers when it is allowed to.
    struct Noting {
        sizes: Mutex<Vec<usize>>,
        allowed: Semaphore,
        fails: bool,
    }

    fn noting(allowed: usize, fails: bool) -> Arc<Noting> {
        Arc::new(Noting { sizes: Mutex::default(), allowed: Semaphore::new(allowed), fails })
    }

    #[async_trait]
    impl EventSink for Noting {
        async fn send(&self, events: &[PluginEvent]) -> Result<(), Unavailable> {
            self.sizes.lock().unwrap().push(events.len());
            tokio::task::yield_now().await;
            self.allowed.acquire().await.unwrap().forget();
            if self.fails {
                return Err(Unavailable { port: "event sink", message: "switched off".into(), source: None });
            }
            Ok(())
        }
    }

    fn event() -> PluginEvent {
        serde_json::from_value(json!({"event": "e"})).unwrap()
    }

    #[tokio::test]
    async fn events_that_come_during_a_request_go_together() {
        let inner = noting(9, false);
        let sink = CoalescingSink::over(inner.clone());
        let event = [event()];
        let sent = join_all((0..150).map(|_| sink.send(&event))).await;
        assert!(sent.iter().all(Result::is_ok));
        assert_eq!(*inner.sizes.lock().unwrap(), [1, MOST_EVENTS, 49]);
    }

    #[tokio::test]
    async fn an_error_is_that_of_every_event_of_the_request() {
        let sink = CoalescingSink::over(noting(9, true));
        let event = [event()];
        let sent = join_all((0..3).map(|_| sink.send(&event))).await;
        assert!(sent.iter().all(|sent| sent.as_ref().is_err_and(|error| error.message == "switched off")));
    }

    #[tokio::test]
    async fn events_of_a_sender_that_was_dropped_are_sent() {
        let inner = noting(0, false);
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
