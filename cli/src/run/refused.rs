//! Work that could not be done at all: told on stderr, kept as dead letters, counted.

use super::feed::{Origin, Work};
use super::ports::CountedDeadLetters;
use crate::console;
use runtime_core::decode::{DecodeError, EventError};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, Redrive};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where refused work goes.
pub struct Refused {
    dead_letters: Arc<CountedDeadLetters>,
    clock: Arc<dyn Clock>,
    undecodable: AtomicU64,
    put_off: AtomicU64,
    broken_inputs: AtomicU64,
    unkept: AtomicU64,
}

impl Refused {
    /// Counts from 0.
    pub fn new(dead_letters: Arc<CountedDeadLetters>, clock: Arc<dyn Clock>) -> Self {
        Self {
            dead_letters,
            clock,
            undecodable: AtomicU64::new(0),
            put_off: AtomicU64::new(0),
            broken_inputs: AtomicU64::new(0),
            unkept: AtomicU64::new(0),
        }
    }

    /// Records and events that could not be read.
    pub fn undecodable(&self) -> u64 {
        self.undecodable.load(Ordering::Relaxed)
    }

    /// Work that a port out of reach kept from being done.
    pub fn put_off(&self) -> u64 {
        self.put_off.load(Ordering::Relaxed)
    }

    /// Work of which not even a dead letter could be written: whatever it came from must stay where it is.
    pub fn unkept(&self) -> u64 {
        self.unkept.load(Ordering::Relaxed)
    }

    /// Whether anything was refused.
    pub fn is_any(&self) -> bool {
        self.undecodable() + self.put_off() + self.broken_inputs.load(Ordering::Relaxed) > 0
    }

    /// The input could not be read to its end.
    pub fn input_broke_off(&self, name: &str, error: &std::io::Error) {
        self.broken_inputs.fetch_add(1, Ordering::Relaxed);
        console::error(format_args!("{name}: cannot be read any further: {error}"));
    }

    /// Whether an input could not be read to its end.
    pub fn is_broken_off(&self) -> bool {
        self.broken_inputs.load(Ordering::Relaxed) > 0
    }

    /// A record of which nothing could be used.
    pub async fn record(&self, origin: &Origin, error: &DecodeError) {
        self.undecodable.fetch_add(1, Ordering::Relaxed);
        console::error(format_args!("{}: {error}", origin.place));
        let letter = self.letter(origin.message_id.clone(), error.to_string(), origin.body.clone());
        self.keep(DeadLetter { reason: error.reason(), ..letter }).await;
    }

    /// An event of a record whose others may be fine.
    pub async fn event(&self, origin: &Origin, error: &EventError) {
        self.undecodable.fetch_add(1, Ordering::Relaxed);
        console::error(format_args!("{}: {error}", origin.place));
        let id = format!("{}-{}", origin.message_id, error.index);
        let letter = self.letter(id, error.to_string(), error.body.clone());
        self.keep(DeadLetter { reason: error.reason(), ..letter }).await;
    }

    /// An event during which a port was out of reach.
    pub async fn put_off_event(&self, work: &Kept, error: &Unavailable) {
        self.put_off.fetch_add(1, Ordering::Relaxed);
        console::error(format_args!("{}: the event was given up: {error}", work.place));
        let letter = self.letter(format!("{}-put-off", work.uuid), error.to_string(), work.body());
        self.keep(DeadLetter { reason: DeadLetterReason::Unavailable, ..letter }).await;
    }

    /// A job or task during which a port was out of reach.
    pub fn put_off_task(&self, what: &str, error: &Unavailable) {
        self.put_off.fetch_add(1, Ordering::Relaxed);
        console::error(format_args!("{what} could not be finished: {error}"));
    }

    fn letter(&self, id: String, message: String, body: Vec<u8>) -> DeadLetter {
        DeadLetter {
            id,
            reason: DeadLetterReason::Undecodable,
            message,
            body,
            installation: None,
            function: None,
            team: None,
            created_at: self.clock.now(),
            redrive: Redrive::Record,
            redriven_at: None,
        }
    }

    async fn keep(&self, letter: DeadLetter) {
        if let Err(error) = self.dead_letters.put(letter).await {
            self.unkept.fetch_add(1, Ordering::Relaxed);
            console::error(format_args!("no dead letter could be written: {error}"));
        }
    }
}

/// What has to be kept of an event while the pipeline has it, to be able to give it up whole.
pub struct Kept {
    place: String,
    uuid: String,
    source: Source,
}

enum Source {
    Record(Arc<Origin>),
    Captured(Vec<u8>),
}

impl Kept {
    /// A captured event is in no record, so it is written out; the others cost nothing.
    pub fn of(work: &Work) -> Self {
        let uuid = work.captured.event.uuid().to_owned();
        match &work.record {
            Some(origin) => Self { place: origin.place.clone(), uuid, source: Source::Record(Arc::clone(origin)) },
            None => {
                let json = serde_json::to_vec(&work.captured.event).expect("an event holds only JSON values");
                Self { place: "captured event".to_owned(), uuid, source: Source::Captured(json) }
            }
        }
    }

    fn body(&self) -> Vec<u8> {
        match &self.source {
            Source::Record(origin) => origin.body.clone(),
            Source::Captured(json) => json.clone(),
        }
    }
}
