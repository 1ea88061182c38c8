//! The two ends of a stack, as far as the commands need them.

use crate::exit::Unusable;
use async_trait::async_trait;
use std::time::Duration;

/// A message for the events queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same for the same record.
    pub id: String,
    /// The team or token.
    pub group: Option<String>,
    /// The record.
    pub body: String,
}

/// Where events go in.
#[async_trait]
pub trait Way: Send + Sync {
    /// Sends all; on an error any of them may have been sent.
    async fn send(&self, messages: Vec<Message>) -> Result<(), String>;
}

/// A final event that was received and is not removed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The same each time that it is received.
    pub id: String,
    /// The event, or why it is not there.
    pub body: Result<Vec<u8>, String>,
    /// By which it is removed.
    pub receipt: String,
}

/// Where final events come out.
#[async_trait]
pub trait Outlet: Send + Sync {
    /// At most so many; none if none came. It may wait for a shorter time.
    async fn receive(&self, most: usize, wait: Duration) -> Result<Vec<Received>, String>;

    /// Removes what was received.
    async fn remove(&self, receipts: &[String]) -> Result<(), String>;

    /// Lets others have what was received.
    async fn release(&self, receipts: &[String]) -> Result<(), String>;
}

/// The events queue of a stack.
#[cfg(feature = "stack")]
pub async fn way_into(stack: &str) -> Result<Box<dyn Way>, Unusable> {
    let stack = adapter_stack::Stack::find(stack).await.map_err(Unusable::new)?;
    Ok(Box::new(of_stack::StackIntake(stack.intake().map_err(Unusable::new)?)))
}

/// The output queue of a stack.
#[cfg(feature = "stack")]
pub async fn outlet_of(stack: &str) -> Result<Box<dyn Outlet>, Unusable> {
    let stack = adapter_stack::Stack::find(stack).await.map_err(Unusable::new)?;
    Ok(Box::new(of_stack::StackOutlet(stack.final_events().map_err(Unusable::new)?)))
}

#[cfg(not(feature = "stack"))]
pub async fn way_into(_stack: &str) -> Result<Box<dyn Way>, Unusable> {
    Err(crate::installed::place::without_stacks())
}

#[cfg(not(feature = "stack"))]
pub async fn outlet_of(_stack: &str) -> Result<Box<dyn Outlet>, Unusable> {
    Err(crate::installed::place::without_stacks())
}

#[cfg(feature = "stack")]
mod of_stack {
    use super::{Message, Outlet, Received, Way};
    use adapter_stack::{FinalEvents, IncomingRecord, Intake};
    use async_trait::async_trait;
    use std::time::Duration;

    /// [`Way`] over SQS.
    pub struct StackIntake(pub Intake);

    #[async_trait]
    impl Way for StackIntake {
        async fn send(&self, messages: Vec<Message>) -> Result<(), String> {
            let record = |Message { id, group, body }| IncomingRecord { id, group, body };
            self.0.send(messages.into_iter().map(record).collect()).await.map_err(|error| error.to_string())
        }
    }

    /// [`Outlet`] over SQS.
    pub struct StackOutlet(pub FinalEvents);

    #[async_trait]
    impl Outlet for StackOutlet {
        async fn receive(&self, most: usize, wait: Duration) -> Result<Vec<Received>, String> {
            let received = self.0.receive(most, wait).await.map_err(|error| error.to_string())?;
            let one = |event: adapter_stack::ReceivedEvent| {
                let body = event.body.map_err(|error| error.to_string());
                Received { id: event.id, body, receipt: event.receipt }
            };
            Ok(received.into_iter().map(one).collect())
        }

        async fn remove(&self, receipts: &[String]) -> Result<(), String> {
            self.0.delete(receipts).await.map_err(|error| error.to_string())
        }

        async fn release(&self, receipts: &[String]) -> Result<(), String> {
            self.0.release(receipts).await.map_err(|error| error.to_string())
        }
    }
}
