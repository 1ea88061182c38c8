//! Work for others and for later: a message on the queue of its lane, held back by SQS for up to 15 minutes; what is due later waits
//! in the due table, from which [`DynamoDueTable::sweep`] brings it.
//!
//! What SQS cannot do: it does not know an id again, so a message that is sent twice arrives twice; and it may deliver any message
//! twice. Each carries its id in the attribute [`ID_ATTRIBUTE`], by which whoever works on it can tell. A message is never delivered
//! before its time: its delay is rounded up to the next second.

pub use crate::queue::ID_ATTRIBUTE;

use crate::due_table::DynamoDueTable;
use crate::queue::{Outgoing, Queue};
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, Lane};
use std::sync::Arc;
use std::time::Duration;

/// The longest that SQS holds a message back.
pub const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// A queue for each lane.
pub(crate) struct Lanes {
    pub events: Queue,
    pub continuations: Queue,
    pub exports: Queue,
    pub jobs: Queue,
}

impl Lanes {
    fn of(&self, lane: Lane) -> &Queue {
        match lane {
            Lane::Events => &self.events,
            Lane::Continuations => &self.continuations,
            Lane::Exports => &self.exports,
            Lane::Jobs => &self.jobs,
        }
    }
}

/// [`DelayedQueue`] over the queues of SQS and the due table.
pub struct SqsWork {
    lanes: Lanes,
    due: Arc<DynamoDueTable>,
    clock: Arc<dyn Clock>,
}

impl SqsWork {
    pub(crate) fn new(lanes: Lanes, due: Arc<DynamoDueTable>, clock: Arc<dyn Clock>) -> Self {
        Self { lanes, due, clock }
    }
}

#[async_trait]
impl DelayedQueue for SqsWork {
    async fn send(&self, message: DelayedMessage) -> Result<(), Unavailable> {
        match delay_seconds(message.not_before, self.clock.now()) {
            Some(delay) => self.lanes.of(message.lane).send(vec![Outgoing::work(message, delay)]).await,
            None => self.due.send(message).await,
        }
    }
}

/// How many seconds SQS has to hold back what is due at `not_before`; `None` if that is more than it can.
fn delay_seconds(not_before: Timestamp, now: Timestamp) -> Option<u16> {
    let left_ms = not_before.0.saturating_sub(now.0).max(0);
    let seconds = u16::try_from(left_ms.div_euclid(1_000) + i64::from(left_ms % 1_000 > 0)).ok()?;
    (u64::from(seconds) <= LONGEST_DELAY.as_secs()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_never_too_short() {
        let delay = |left_ms: i64| delay_seconds(Timestamp(1_000_000 + left_ms), Timestamp(1_000_000));
        assert_eq!((delay(0), delay(1), delay(1_000), delay(1_001)), (Some(0), Some(1), Some(1), Some(2)));
        assert_eq!((delay(899_001), delay(900_000), delay(900_001)), (Some(900), Some(900), None));
        assert_eq!(delay(-5), Some(0));
        assert_eq!(delay_seconds(Timestamp(i64::MAX), Timestamp(i64::MIN)), None);
        assert_eq!(delay_seconds(Timestamp(i64::MIN), Timestamp(i64::MAX)), Some(0));
    }
}
