//! A worker: one environment at a time, fed from its queues, with everything that can happen on the way.

use super::environment::{Environment, Function, ended};
use super::progress::Progress;
use super::stack::Stack;
use crate::files::{Fault, FaultKind, Reach};
use crate::proxy::{Chances, KillPoint, Moment};
use crate::random::Random;
use crate::sabotage::Sabotage;
use lambda_double::aws::{AwsError, Service};
use lambda_double::poller::{Batch, Poller};
use lambda_double::runtime_api::Answer;
use lambda_double::sqs_event::Message;
use lambda_double::verdict::Verdict;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How long an invocation may take.
const INVOCATION: Duration = Duration::from_secs(90);
/// How long a worker waits at an empty queue before it looks at its next one.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is broken, in parts of 1,000.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Invocations at which the function is killed.
    pub kills_per_mille: u64,
    /// Messages that are delivered once more, after they were deleted.
    pub duplicates_per_mille: u64,
    /// Messages whose lease ends while they are worked on.
    pub expiries_per_mille: u64,
    /// Calls of DynamoDB and SQS that are throttled.
    pub throttles_per_mille: u64,
    /// Writes whose reply is lost.
    pub cuts_per_mille: u64,
    /// Whether messages come in another order.
    pub reorders: bool,
}

impl Weather {
    /// Nothing is broken.
    pub const CALM: Self = Self {
        kills_per_mille: 0,
        duplicates_per_mille: 0,
        expiries_per_mille: 0,
        throttles_per_mille: 0,
        cuts_per_mille: 0,
        reorders: false,
    };

    /// What a bad day brings.
    pub const FAULTY: Self = Self {
        kills_per_mille: 100,
        duplicates_per_mille: 10,
        expiries_per_mille: 10,
        throttles_per_mille: 300,
        cuts_per_mille: 5,
        reorders: true,
    };
}

/// Why a run came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The emulator.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A file or process.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The queue did not take the input.
    #[error("the events queue did not take a part of the input: {0}")]
    NotSent(String),
    /// A function ended though nobody killed it.
    #[error("{program} ended by itself with {status}; see its log in the folder of the run")]
    Ended {
        /// Which.
        program: String,
        /// How.
        status: String,
    },
}

/// A worker.
pub struct Worker {
    /// Of what its environments are made.
    pub function: Function,
    /// Where.
    pub stack: Stack,
    /// Its queues.
    pub pollers: Vec<Poller>,
    /// What is broken.
    pub weather: Weather,
    /// Chooses when.
    pub random: Random,
    /// What the run has come to.
    pub progress: Arc<Progress>,
    /// Copies of messages that were delivered already, by the place of their poller.
    pub copies: Vec<(usize, Message)>,
}

impl Worker {
    /// Works until the run is over.
    ///
    /// # Errors
    /// When something broke that was not meant to.
    pub async fn work(mut self) -> Result<(), WorkError> {
        let mut environment = None;
        while !self.progress.is_over() {
            for place in 0..self.pollers.len() {
                let messages = self.pollers[place].receive(PATIENCE).await?;
                let busy = self.progress.busy();
                let messages = self.with_copies(place, messages)?;
                for batch in self.pollers[place].batches(messages) {
                    self.deliver(place, &batch, &mut environment).await?;
                }
                drop(busy);
            }
        }
        Ok(())
    }

    /// Adds copies of earlier messages, keeps copies of some of these for later, and mixes them.
    fn with_copies(&mut self, place: usize, mut messages: Vec<Message>) -> Result<Vec<Message>, WorkError> {
        let is_known = |copy: &Message| messages.iter().any(|message| message.id == copy.id);
        let (now, later) = std::mem::take(&mut self.copies)
            .into_iter()
            .partition::<Vec<_>, _>(|(of, copy)| *of == place && !is_known(copy));
        self.copies = later;
        for message in &messages {
            if self.random.chance(self.weather.duplicates_per_mille) {
                self.note(FaultKind::Duplicate, std::slice::from_ref(message))?;
                self.copies.push((place, message.clone()));
                self.progress.hold(1);
            }
        }
        self.progress.release(now.len());
        messages.extend(now.into_iter().map(|(_, copy)| copy));
        if self.weather.reorders {
            self.random.shuffle(&mut messages);
        }
        Ok(messages)
    }

    async fn deliver(
        &mut self,
        place: usize,
        batch: &Batch,
        environment: &mut Option<Environment>,
    ) -> Result<(), WorkError> {
        let mut running = match environment.take() {
            Some(running) => running,
            None => self.start().await?,
        };
        self.expire_some(place, batch).await?;
        if self.has(Sabotage::AcknowledgeFirst) {
            self.pollers[place].settle(batch, &Answer::Response(Value::Null)).await?;
        }
        let point = self.kill_point(batch.messages.len());
        running.proxy.arm(point);
        let payload = batch.payload.clone();
        let answer = tokio::select! {
            answer = running.api.invoke(payload, INVOCATION) => Some(answer),
            () = running.proxy.reached() => None,
            // Lambda ends an invocation at its deadline as if it had crashed.
            () = sleep(INVOCATION) => {
                self.progress.remark("an invocation took too long")?;
                None
            }
            status = ended(&mut running.child) => {
                let program = self.function.program.display().to_string();
                return Err(WorkError::Ended { program, status });
            }
        };
        let Some(answer) = answer else {
            running.kill().await?;
            self.note(FaultKind::Kill, &batch.messages)?;
            self.progress.killed();
            return self.bring_back(place, &batch.messages).await;
        };
        running.proxy.arm(None);
        *environment = Some(running);
        self.settle(place, batch, &answer).await
    }

    async fn start(&mut self) -> Result<Environment, WorkError> {
        let random = Random::new(self.random.below(u64::MAX), "proxy");
        let Weather { throttles_per_mille, cuts_per_mille, .. } = self.weather;
        Ok(self.function.start(&self.stack, Chances { throttles_per_mille, cuts_per_mille, random }).await?)
    }

    fn kill_point(&mut self, messages: usize) -> Option<KillPoint> {
        if !self.random.chance(self.weather.kills_per_mille) || !self.progress.may_kill() {
            return None;
        }
        let moment = if self.random.chance(500) { Moment::Before } else { Moment::After };
        Some(KillPoint { call: 1 + self.random.below(messages as u64 * 4 + 2), moment })
    }

    async fn settle(&mut self, place: usize, batch: &Batch, answer: &Answer) -> Result<(), WorkError> {
        if self.has(Sabotage::Redelivery) && self.random.chance(200) {
            return self.bring_back(place, &batch.messages).await;
        }
        let verdict = self.pollers[place].settle(batch, answer).await?;
        if let Verdict::None(reason) = &verdict {
            self.progress.remark(reason)?;
        }
        let again: Vec<Message> =
            batch.messages.iter().filter(|message| !verdict.deletes(&message.id)).cloned().collect();
        if again.is_empty() {
            return Ok(());
        }
        // Where calls fail, a message that could not be passed on comes whole again; where they do not, it must not.
        if self.weather.throttles_per_mille > 0 {
            self.note(FaultKind::Redelivery, &again)?;
        }
        self.bring_back(place, &again).await
    }

    /// Lets the lease of some messages end while they are worked on.
    async fn expire_some(&mut self, place: usize, batch: &Batch) -> Result<(), WorkError> {
        let mut expired = Vec::new();
        for message in &batch.messages {
            if self.random.chance(self.weather.expiries_per_mille) {
                expired.push(message.clone());
            }
        }
        if !expired.is_empty() {
            self.note(FaultKind::Expired, &expired)?;
            self.bring_back(place, &expired).await?;
        }
        Ok(())
    }

    /// Makes messages visible soon, as if the time of their lease had passed.
    async fn bring_back(&mut self, place: usize, messages: &[Message]) -> Result<(), WorkError> {
        let queue = &self.pollers[place].mapping().queue_url;
        for message in messages {
            let seconds = self.random.below(3);
            let input =
                json!({"QueueUrl": queue, "ReceiptHandle": message.receipt_handle, "VisibilityTimeout": seconds});
            // The message may be deleted by now, or have another receipt: then it needs nothing.
            match self.stack.client.call(Service::Sqs, "ChangeMessageVisibility", &input).await {
                Ok(_) | Err(AwsError::Refused { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn has(&self, bug: Sabotage) -> bool {
        self.function.shared.meddling.sabotage == Some(bug)
    }

    fn note(&self, fault: FaultKind, messages: &[Message]) -> io::Result<()> {
        let shared = &self.function.shared;
        let uuids = messages.iter().flat_map(|message| shared.blobs.uuids_of_body(&message.body)).collect();
        shared.faults.add(&Fault { fault, reach: Reach::Events(uuids) })
    }
}
