//! An invocation's messages through the processor, and the answer that names those to deliver again.
//!
//! A message that was delivered before may be what crashed the function then. Such suspects run last and one at a time, and what
//! is done by then has been deleted from the queue: a message that crashes the function takes no other with it to the
//! dead-letter queue.

use crate::answer::{Ledger, UnnamedFailures};
use crate::claims::{Claims, Task, redeem};
use crate::invocation::{Invocation, Margins};
use crate::messages::{Fallback, Message, Receipt, Strangers};
use crate::queues::Queues;
use async_trait::async_trait;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsMessage};
use futures_util::{StreamExt, stream};
use lambda_runtime::{Context, tracing};
use runtime_core::pipeline::record::{NotBegun, Record, RecordOutcome, RecordProcessor};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::delayed_queue::Lane;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

/// Deletes messages of our queues before their invocation is answered.
#[async_trait]
pub trait Acknowledger: Send + Sync {
    /// Deletes messages of a queue by their receipt handles. One that is gone already is no error.
    async fn acknowledge(&self, lane: Lane, handles: Vec<String>) -> Result<(), Unavailable>;
}

/// Works on the messages of one execution environment's invocations, one invocation at a time.
pub struct Worker {
    /// Through what the records go.
    pub processor: Arc<dyn RecordProcessor>,
    /// Where large bodies are.
    pub claims: Arc<dyn Claims>,
    /// Who deletes messages early.
    pub acknowledger: Arc<dyn Acknowledger>,
    /// The clock of the processor.
    pub clock: Arc<dyn Clock>,
    /// The queues of the stack.
    pub queues: Queues,
    /// How many records are worked on at the same time.
    pub record_concurrency: usize,
    /// What is kept of an invocation for its end.
    pub margins: Margins,
}

/// How the records of an invocation are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Each by itself, several at the same time.
    Each,
    /// All together.
    Together,
}

impl Worker {
    /// Begins an invocation, and tells the processor of its end.
    ///
    /// # Errors
    /// When what is installed cannot be run; it makes Lambda deliver all messages again.
    pub async fn begin(&self, context: &Context) -> Result<Invocation, NotBegun> {
        let invocation = Invocation::of(context, self.margins);
        let left = invocation.stop_at.saturating_duration_since(Instant::now());
        let begun = self.processor.begin(self.clock.elapsed() + left).await;
        begun.inspect_err(|error| tracing::error!("{error}")).map(|()| invocation)
    }

    /// Takes the messages through the processor.
    ///
    /// # Errors
    /// See [`UnnamedFailures`]; it makes Lambda deliver all messages again.
    pub async fn answer(
        &self,
        messages: Vec<SqsMessage>,
        strangers: Strangers,
        way: Way,
        invocation: &Invocation,
    ) -> Result<SqsBatchResponse, UnnamedFailures> {
        let messages = self.read(messages, strangers, invocation);
        let mut ledger = Ledger::of(&messages);
        let (suspects, fresh): (Vec<_>, Vec<_>) =
            messages.into_iter().enumerate().partition(|(_, message)| message.is_suspect());
        let suspects = suspects.into_iter().map(|suspect| vec![suspect]);
        for group in std::iter::once(fresh).chain(suspects) {
            if group.is_empty() || Instant::now() >= invocation.last_start {
                continue;
            }
            if group.iter().any(|(_, message)| message.is_suspect()) {
                self.delete_what_is_done(&mut ledger, invocation).await;
            }
            match way {
                Way::Each => self.each(group, &mut ledger, invocation).await,
                Way::Together => self.together(group, &mut ledger, invocation).await,
            }
            if let Err(reason) = self.flush(invocation).await {
                ledger.all_again(&reason);
                return ledger.into_response();
            }
        }
        ledger.into_response()
    }

    fn read(&self, messages: Vec<SqsMessage>, strangers: Strangers, invocation: &Invocation) -> Vec<Message> {
        let received_at = self.clock.now();
        let read = |(index, message): (usize, SqsMessage)| {
            let fallback = Fallback { id: format!("{}/{index}", invocation.request_id), received_at };
            Message::read(message, &self.queues, strangers, fallback)
        };
        messages.into_iter().enumerate().map(read).collect()
    }

    /// Works on each message in a task of its own, so that a panic in it stays in it.
    async fn each(&self, group: Vec<(usize, Message)>, ledger: &mut Ledger, invocation: &Invocation) {
        let mut waiting = VecDeque::from(group);
        let mut running = JoinSet::new();
        let mut places: HashMap<Id, usize> = HashMap::new();
        loop {
            while running.len() < self.record_concurrency && Instant::now() < invocation.last_start {
                let Some((place, message)) = waiting.pop_front() else { break };
                let task = running.spawn(self.one(message));
                places.insert(task.id(), place);
            }
            match invocation.work(running.join_next_with_id()).await {
                Some(Some(joined)) => {
                    let (id, outcome) = ending(joined);
                    let place = places.remove(&id).expect("every task's place was noted when it was started");
                    ledger.set(place, outcome);
                }
                Some(None) => break,
                None => {
                    running.abort_all();
                    break;
                }
            }
        }
        for place in places.into_values() {
            ledger.again(place, TOO_LONG);
        }
    }

    /// Works on the messages together. Those that are no work, or whose body cannot be had, end by themselves.
    async fn together(&self, group: Vec<(usize, Message)>, ledger: &mut Ledger, invocation: &Invocation) {
        let mut tasks = stream::iter(group)
            .map(|(place, message)| async move { (place, redeem(message, &*self.claims).await) })
            .buffer_unordered(self.record_concurrency);
        let mut whole: Vec<(usize, Record)> = Vec::new();
        while let Some(Some((place, task))) = invocation.work(tasks.next()).await {
            match task {
                Ok(Task::Process(record)) => whole.push((place, record)),
                Ok(task) => {
                    let imported = invocation.work(carry_out(task, &*self.processor)).await;
                    ledger.set(place, imported.unwrap_or_else(|| redeliver(&TOO_LONG)));
                }
                Err(error) => ledger.set(place, redeliver(&error)),
            }
        }
        whole.sort_by_key(|(place, _)| *place);
        let (places, records): (Vec<usize>, Vec<Record>) = whole.into_iter().unzip();
        if records.is_empty() {
            return;
        }
        let processor = Arc::clone(&self.processor);
        // Its own task, so that a panic in it stays in it.
        let mut task = tokio::spawn(async move { processor.process_all(records).await });
        let reason = match invocation.work(&mut task).await {
            Some(Ok(outcomes)) => {
                for (place, outcome) in places.into_iter().zip(outcomes) {
                    ledger.set(place, outcome);
                }
                return;
            }
            Some(Err(_)) => PANICKED,
            None => {
                task.abort();
                TOO_LONG
            }
        };
        for place in places {
            ledger.again(place, reason);
        }
    }

    fn one(&self, message: Message) -> impl Future<Output = RecordOutcome> + Send + 'static {
        let (claims, processor) = (Arc::clone(&self.claims), Arc::clone(&self.processor));
        async move {
            match redeem(message, &*claims).await {
                Ok(task) => carry_out(task, &*processor).await,
                Err(error) => redeliver(&error),
            }
        }
    }

    async fn flush(&self, invocation: &Invocation) -> Result<(), String> {
        match invocation.end_of_work(self.processor.flush()).await {
            Some(RecordOutcome::Done) => Ok(()),
            Some(RecordOutcome::Redeliver { reason }) => Err(reason),
            None => Err("what the records left behind was still running when the invocation had to end".to_owned()),
        }
    }

    /// Deletes the messages that are done. One that could not be deleted is acknowledged with the answer.
    async fn delete_what_is_done(&self, ledger: &mut Ledger, invocation: &Invocation) {
        let mut by_lane: HashMap<Lane, Vec<(usize, String)>> = HashMap::new();
        for (place, Receipt { lane, handle }) in ledger.deletable() {
            by_lane.entry(lane).or_default().push((place, handle));
        }
        for (lane, done) in by_lane {
            let (places, handles): (Vec<usize>, Vec<String>) = done.into_iter().unzip();
            match invocation.end_of_work(self.acknowledger.acknowledge(lane, handles)).await {
                Some(Ok(())) => places.into_iter().for_each(|place| ledger.deleted(place)),
                Some(Err(error)) => tracing::warn!(%error, "finished messages could not be deleted early"),
                None => tracing::warn!("finished messages could not be deleted early in time"),
            }
        }
    }
}

const TOO_LONG: &str = "it was still running when the invocation had to end";
// A panic's own text stays in the log of the panic: it may hold anything.
const PANICKED: &str = "its processing panicked";

async fn carry_out(task: Task, processor: &dyn RecordProcessor) -> RecordOutcome {
    match task {
        Task::Process(record) => processor.process(record).await,
        Task::Import { record, reason, message } => processor.import(record, reason, message).await,
    }
}

fn redeliver(reason: &impl ToString) -> RecordOutcome {
    RecordOutcome::Redeliver { reason: reason.to_string() }
}

fn ending(joined: Result<(Id, RecordOutcome), JoinError>) -> (Id, RecordOutcome) {
    joined.unwrap_or_else(|error| (error.id(), redeliver(&PANICKED)))
}

#[cfg(test)]
mod tests;
