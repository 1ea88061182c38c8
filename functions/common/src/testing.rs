//! Doubles for the tests of the functions: a processor that does what the body of a record says, and what is around it.

use crate::claims::Claims;
use crate::invocation::Margins;
use crate::queues::Queues;
use crate::worker::{Acknowledger, Worker};
use async_trait::async_trait;
use lambda_runtime::{Context, LambdaEvent};
use runtime_core::pipeline::record::{NotBegun, Record, RecordOutcome, RecordProcessor};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::DeadLetterReason;
use runtime_core::ports::delayed_queue::Lane;
use runtime_core::ports::virtual_clock::VirtualClock;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Everything that a worker was seen to do, as it came: `begin 59s`, `process m0`, `import m0 crashed`, `together m0 m1`,
/// `trigger runEveryMinute 2026-...`, `flush`, `delete jobs r0 r1`.
#[derive(Debug, Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    /// What there is so far.
    pub fn entries(&self) -> Vec<String> {
        self.lock().clone()
    }

    /// Adds an entry.
    pub fn note(&self, entry: impl Into<String>) {
        self.lock().push(entry.into());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        lock(&self.0)
    }
}

/// Does what the body of a record says: `again`, `panic`, `hang`, `slow` (20 s); anything else is done at once.
#[derive(Debug, Default)]
pub struct Obedient {
    /// What it did.
    pub journal: Journal,
    /// How many records it had at the same time at most.
    pub most_at_once: AtomicUsize,
    /// From which flush on, counted from 1, flushing fails; 0 is never.
    pub flush_fails_from: usize,
    /// How long flushing takes.
    pub flush_takes: Duration,
    /// Whether triggers fail.
    pub triggers_fail: bool,
    /// Whether disabled apps cannot be counted.
    pub counts_fail: bool,
    /// Whether no invocation can begin.
    pub cannot_begin: bool,
    /// What it was given to import.
    pub imported: Mutex<Vec<Record>>,
    /// How many records it has.
    pub at_once: AtomicUsize,
    /// How often it was flushed.
    pub flushes: AtomicUsize,
}

impl Obedient {
    async fn obey(&self, record: &Record) -> RecordOutcome {
        self.most_at_once.fetch_max(self.at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let outcome = match record.body.as_slice() {
            b"again" => again(),
            b"panic" => panic!("a record that nobody foresaw"),
            b"hang" => std::future::pending().await,
            b"slow" => {
                tokio::time::sleep(Duration::from_secs(20)).await;
                RecordOutcome::Done
            }
            _ => RecordOutcome::Done,
        };
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        outcome
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn again() -> RecordOutcome {
    RecordOutcome::Redeliver { reason: "asked to".into() }
}

/// The error of a port that is out of reach.
pub fn refused(port: &'static str) -> Unavailable {
    Unavailable { port, message: "asked to".into(), source: None }
}

#[async_trait]
impl RecordProcessor for Obedient {
    async fn begin(&self, until: Duration) -> Result<(), NotBegun> {
        self.journal.note(format!("begin {until:?}"));
        if self.cannot_begin { Err(NotBegun("asked to".into())) } else { Ok(()) }
    }

    async fn process(&self, record: Record) -> RecordOutcome {
        self.journal.note(format!("process {}", record.message_id));
        self.obey(&record).await
    }

    async fn flush(&self) -> RecordOutcome {
        self.journal.note("flush");
        tokio::time::sleep(self.flush_takes).await;
        let count = self.flushes.fetch_add(1, Ordering::SeqCst) + 1;
        if self.flush_fails_from > 0 && count >= self.flush_fails_from { again() } else { RecordOutcome::Done }
    }

    async fn import(&self, record: Record, reason: DeadLetterReason, _message: String) -> RecordOutcome {
        self.journal.note(format!("import {} {}", record.message_id, reason.name()));
        lock(&self.imported).push(record.clone());
        self.obey(&record).await
    }

    async fn process_all(&self, records: Vec<Record>) -> Vec<RecordOutcome> {
        let ids: Vec<&str> = records.iter().map(|record| record.message_id.as_str()).collect();
        self.journal.note(format!("together {}", ids.join(" ")));
        let mut outcomes = Vec::new();
        for record in &records {
            outcomes.push(self.obey(record).await);
        }
        outcomes
    }

    async fn report_disabled_apps(&self) -> Result<usize, Unavailable> {
        self.journal.note("count disabled apps");
        if self.counts_fail { Err(refused("documents")) } else { Ok(1) }
    }

    async fn trigger(&self, task: &str, at: Timestamp) -> Result<usize, Unavailable> {
        self.journal.note(format!("trigger {task} {at}"));
        if self.triggers_fail { Err(refused("delayed queue")) } else { Ok(1) }
    }
}

/// The bucket and the queues around a worker.
#[derive(Debug, Default)]
pub struct Outside {
    /// Bodies of large messages.
    pub claims: Mutex<HashMap<String, Vec<u8>>>,
    /// Whether all of it is out of reach.
    pub is_down: AtomicBool,
    /// What was deleted.
    pub journal: Journal,
}

impl Outside {
    fn reach(&self, port: &'static str) -> Result<(), Unavailable> {
        if self.is_down.load(Ordering::SeqCst) { Err(refused(port)) } else { Ok(()) }
    }
}

#[async_trait]
impl Claims for Outside {
    async fn body(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        self.reach("blob store")?;
        Ok(lock(&self.claims).get(name).cloned())
    }
}

#[async_trait]
impl Acknowledger for Outside {
    async fn acknowledge(&self, lane: Lane, handles: Vec<String>) -> Result<(), Unavailable> {
        self.reach("queue")?;
        self.journal.note(format!("delete {lane:?} {}", handles.join(" ")));
        Ok(())
    }
}

/// A processor and what is around it, with one journal for both.
#[derive(Debug, Default)]
pub struct Stage {
    /// The processor.
    pub processor: Arc<Obedient>,
    /// What is around it.
    pub outside: Arc<Outside>,
}

impl Stage {
    /// One on which everything works.
    pub fn new() -> Self {
        Self::with(Obedient::default())
    }

    /// One with this processor.
    pub fn with(processor: Obedient) -> Self {
        let outside = Outside { journal: processor.journal.clone(), ..Outside::default() };
        Self { processor: Arc::new(processor), outside: Arc::new(outside) }
    }

    /// A worker on it: 3 records at once, margins of 40 s and 1 s, queues called `events`, `continuations`, `exports` and
    /// `jobs`, and a clock that stands at 0.
    pub fn worker(&self) -> Worker {
        Worker {
            processor: self.processor.clone(),
            claims: self.outside.clone(),
            acknowledger: self.outside.clone(),
            clock: Arc::new(VirtualClock::at(Timestamp(0))),
            queues: Queues::at_urls([
                (Lane::Events, "http://127.0.0.1/0/events"),
                (Lane::Continuations, "http://127.0.0.1/0/continuations"),
                (Lane::Exports, "http://127.0.0.1/0/exports"),
                (Lane::Jobs, "http://127.0.0.1/0/jobs"),
            ]),
            record_concurrency: 3,
            margins: Margins { start: Duration::from_secs(40), answer: Duration::from_secs(1) },
        }
    }

    /// From now on what is around the processor is out of reach.
    pub fn go_down(&self) {
        self.outside.is_down.store(true, Ordering::SeqCst);
    }

    /// Whether it is.
    pub fn is_down(&self) -> bool {
        self.outside.is_down.load(Ordering::SeqCst)
    }

    /// What was done so far.
    pub fn journal(&self) -> Vec<String> {
        self.processor.journal.entries()
    }
}

/// An invocation with that payload and so many seconds of time.
///
/// # Panics
/// If the clock of this machine is before 1970.
pub fn invocation(payload: &Value, seconds: u64) -> LambdaEvent<Box<RawValue>> {
    let deadline = SystemTime::now() + Duration::from_secs(seconds);
    let since_1970 = deadline.duration_since(UNIX_EPOCH).expect("it is after 1970");
    let mut context = Context::default();
    context.deadline = since_1970.as_millis().try_into().expect("it is before the year 500 million");
    LambdaEvent::new(to_raw_value(payload).expect("a value has a JSON form"), context)
}
