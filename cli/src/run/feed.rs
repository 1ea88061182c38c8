//! What goes into the pipeline, one event at a time: captured events first, so that they never pile up, then the input.

use super::input::{Input, Record};
use super::progress::{Progress, Reached};
use super::refused::Refused;
use super::stop::Stop;
use super::team::TeamChoice;
use crate::console;
use runtime_core::decode::{DecodeContext, DecodeError, DecodedEvents, TeamDirectory, decode};
use runtime_core::event::TeamId;
use runtime_core::ports::captures::CapturedEvent;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::DelayedMessage;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedReceiver;

/// An event for the pipeline.
pub struct Work {
    /// The event.
    pub captured: CapturedEvent,
    /// Where it came from, kept until it is done; none for a captured event.
    pub record: Option<Arc<Origin>>,
}

/// Where an event of the input came from.
pub struct Origin {
    /// `events.jsonl:12`.
    pub place: String,
    /// The same whenever the same line is read again.
    pub message_id: String,
    /// The whole record.
    pub body: Vec<u8>,
}

/// How many records are taken in between two notes of how far the run is.
const RECORDS_A_NOTE: u64 = 500;

/// Everything that a feed takes events from.
pub struct Sources {
    /// The input.
    pub input: Input,
    /// Events that apps captured.
    pub captured: UnboundedReceiver<CapturedEvent>,
    /// Whether to stop reading.
    pub stop: Stop,
    /// Where it is noted how far the run is, if it is.
    pub progress: Option<Progress>,
}

/// Counts of what came in.
#[derive(Debug, Default, Clone, Copy)]
pub struct FeedCounts {
    /// Events of the input that could be used.
    pub events: u64,
    /// Those of teams other than the apps'.
    pub of_other_teams: u64,
}

/// The events on their way in.
pub struct Feed {
    sources: Sources,
    clock: Arc<dyn Clock>,
    team: TeamId,
    teams: TeamDirectory,
    peeked: Option<Record>,
    decoded: VecDeque<Work>,
    refused: Arc<Refused>,
    is_at_end: bool,
    /// Where the run before was broken off: up to there the input is passed over.
    passing_over: Option<Reached>,
    /// What was taken in last, and how many records since this was noted.
    last: Option<Reached>,
    since_note: u64,
    is_paused: bool,
    /// Whether installed apps are of several teams: then no event is one of other teams' for sure.
    has_many_teams: bool,
    /// What came in so far.
    pub counts: FeedCounts,
}

impl Feed {
    /// Waits for the first record, whose first event says which team the apps are for, unless `team` does.
    pub async fn open(sources: Sources, clock: Arc<dyn Clock>, refused: Arc<Refused>, team: TeamChoice) -> Self {
        let mut feed = Self {
            sources,
            clock,
            team: TeamId(team.given.or(team.remembered).unwrap_or(1)),
            teams: TeamDirectory::default(),
            peeked: None,
            decoded: VecDeque::new(),
            refused,
            is_at_end: false,
            passing_over: None,
            last: None,
            since_note: 0,
            is_paused: false,
            counts: FeedCounts::default(),
            has_many_teams: false,
        };
        let is_installed = team.installed.is_some();
        if let Some(teams) = team.installed {
            feed.team = teams.only_team.unwrap_or(feed.team);
            feed.has_many_teams = teams.only_team.is_none();
            feed.teams = teams;
        } else {
            feed.teams = only(feed.team);
        }
        feed.passing_over = feed.sources.progress.as_ref().and_then(|progress| progress.reached.clone());
        feed.peeked = feed.read().await;
        if feed.peeked.is_none() && !feed.sources.stop.is_asked() {
            console::warning(format_args!("{} holds no events", feed.sources.input.name));
        }
        if team.given.is_none()
            && !is_installed
            && let Some(found) = feed.team_of_first_event()
        {
            feed.team = found;
            feed.teams = only(found);
        }
        feed
    }

    /// The team of the apps.
    pub fn team(&self) -> TeamId {
        self.team
    }

    /// Whether apps have captured events that were not taken yet.
    pub fn has_captured(&self) -> bool {
        !self.sources.captured.is_empty()
    }

    /// The next event; `None` when the input has ended and nothing is captured at the moment.
    pub async fn next(&mut self) -> Option<Work> {
        loop {
            if let Ok(captured) = self.sources.captured.try_recv() {
                return Some(Work { captured, record: None });
            }
            if let Some(work) = self.decoded.pop_front() {
                self.counts.events += 1;
                if !self.has_many_teams && work.captured.event.team() != Some(self.team) {
                    self.counts.of_other_teams += 1;
                }
                return Some(work);
            }
            self.is_paused |= self.since_note >= RECORDS_A_NOTE;
            if self.is_at_end || self.is_paused {
                return None;
            }
            let record = match self.peeked.take() {
                Some(record) => Some(record),
                None => tokio::select! {
                    biased;
                    () = self.sources.stop.asked() => { self.is_at_end = true; None }
                    Some(captured) = self.sources.captured.recv() => return Some(Work { captured, record: None }),
                    record = self.sources.input.records.recv() => self.received(record),
                },
            };
            if let Some(record) = record {
                self.take_in(record).await;
            }
        }
    }

    async fn read(&mut self) -> Option<Record> {
        tokio::select! {
            () = self.sources.stop.asked() => { self.is_at_end = true; None }
            record = self.sources.input.records.recv() => self.received(record),
        }
    }

    fn received(&mut self, record: Option<std::io::Result<Record>>) -> Option<Record> {
        match record {
            Some(Ok(record)) => return Some(record),
            Some(Err(error)) => self.break_off(&error),
            None if self.passing_over.is_some() => self.break_off(&changed()),
            None => {}
        }
        self.is_at_end = true;
        None
    }

    fn break_off(&mut self, error: &std::io::Error) {
        self.refused.input_broke_off(&self.sources.input.name, error);
        self.is_at_end = true;
    }

    /// Whether it stopped in front of a record so that what is done so far can be noted.
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Notes that every record so far is done, and goes on. Belongs to a moment at which all of it is stored or written.
    pub async fn note_progress(&mut self) {
        if let (Some(progress), Some(last)) = (&self.sources.progress, &self.last)
            && let Err(error) = progress.note(last).await
        {
            console::warning(format_args!("how far this run is could not be noted: {error}"));
        }
        self.go_on();
    }

    /// Goes on without a note.
    pub fn go_on(&mut self) {
        self.since_note = 0;
        self.is_paused = false;
    }

    /// The run ends here. With the whole input done, the next one begins anew; else it goes on behind the last record.
    pub async fn end_progress(&mut self) {
        if self.sources.stop.is_asked() || self.refused.is_broken_off() {
            if self.passing_over.is_none() {
                self.note_progress().await;
            }
        } else if let Some(progress) = &self.sources.progress
            && let Err(error) = progress.forget().await
        {
            console::warning(format_args!("that this run is complete could not be noted: {error}"));
        }
    }

    /// Whether a record was done by the run before.
    fn passes_over(&mut self, record: &Record) -> bool {
        let Some(reached) = &self.passing_over else { return false };
        if record.line == reached.line && message_id(record) == reached.message_id {
            console::note(format_args!("going on behind line {}, up to which an earlier run came", record.line));
            self.passing_over = None;
        } else if record.line >= reached.line {
            self.break_off(&changed());
        }
        true
    }

    /// Takes in a record that waited in the queue, so that its events are the next.
    pub async fn take_message(&mut self, message: &DelayedMessage) {
        let place = format!("record {}", message.id);
        let body = message.body.clone().into_bytes();
        self.take_origin(Origin { place, message_id: message.id.clone(), body }, message.not_before).await;
    }

    async fn take_in(&mut self, record: Record) {
        if self.passes_over(&record) {
            return;
        }
        let place = format!("{}:{}", self.sources.input.name, record.line);
        let message_id = message_id(&record);
        if self.sources.progress.is_some() {
            self.since_note += 1;
            self.last = Some(Reached { line: record.line, message_id: message_id.clone() });
        }
        let origin = Origin { place, message_id, body: record.body };
        let now = self.clock.now();
        self.take_origin(origin, now).await;
    }

    /// Decodes a record; what cannot be used of it is told, and becomes dead letters.
    async fn take_origin(&mut self, origin: Origin, received_at: Timestamp) {
        let decoded = self.decode(&origin.body, &origin.message_id, received_at);
        let origin = Arc::new(origin);
        match decoded {
            Err(error) => self.refused.record(&origin, &error).await,
            Ok(events) => {
                for event in events {
                    match event {
                        Err(error) => self.refused.event(&origin, &error).await,
                        Ok(event) => self.decoded.push_back(Work {
                            captured: CapturedEvent { event, hops: 0 },
                            record: Some(Arc::clone(&origin)),
                        }),
                    }
                }
            }
        }
    }

    fn decode(&self, body: &[u8], message_id: &str, received_at: Timestamp) -> Result<DecodedEvents, DecodeError> {
        decode(body, &DecodeContext { message_id, received_at, teams: &self.teams })
    }

    fn team_of_first_event(&self) -> Option<TeamId> {
        let record = self.peeked.as_ref()?;
        self.decode(&record.body, "", self.clock.now()).ok()?.into_iter().find_map(|event| event.ok()?.team())
    }
}

fn changed() -> std::io::Error {
    std::io::Error::other(
        "it is not what it was when an earlier run with this --state was broken off; give --state another folder to begin anew",
    )
}

fn only(team: TeamId) -> TeamDirectory {
    TeamDirectory { tokens: HashMap::new(), only_team: Some(team) }
}

/// The same for the same line of an input with the same content, so that missing uuids come out the same in every run.
fn message_id(record: &Record) -> String {
    let hash = Sha256::digest(&record.body);
    let first = hash.first_chunk().expect("a SHA-256 has 32 bytes");
    format!("{:032x}:{}", u128::from_be_bytes(*first), record.line)
}
