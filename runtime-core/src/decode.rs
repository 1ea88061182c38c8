//! One record body -> its events (behaviour.md c.2; table rows "event shape", "team" and "`$plugins_*`").
//!
//! A record may be an event, a list of events, a `/batch` or `/capture` body as PostHog's libraries send it, or a message of
//! PostHog's plugin server. What cannot be read is never worth a retry: a bad record is one error, a bad event in a good
//! record is that event's own, and each keeps what it was made from, so that it can become a dead letter that is whole.
//!
//! Decoding what decoding gave changes nothing, so events can be sent in again (redrive, `posthog.capture`).
//!
//! Numbers: integers from -2^63 to 2^64-1 and floats are kept exactly, larger integers become the nearest float. An isolate
//! sees all of them as JavaScript numbers, which are exact to 2^53.

mod envelope;
mod json;
mod shape;
mod team;
#[cfg(test)]
mod tests;

pub use json::JsonFault;
pub(crate) use json::check_depth;
pub use team::TeamDirectory;

use crate::event::PluginEvent;
use crate::ports::clock::Timestamp;
use crate::ports::dead_letters::DeadLetterReason;
use envelope::{Envelope, Surroundings};
use json::Part;
use shape::Place;

/// What decoding needs to know besides the body.
#[derive(Debug, Clone, Copy)]
pub struct DecodeContext<'a> {
    /// The id of the message that carried the record, the same at every delivery: missing uuids are derived from it.
    pub message_id: &'a str,
    /// When the record came in, the same at every delivery: the `now` of events that have none.
    pub received_at: Timestamp,
    /// The teams of this stack.
    pub teams: &'a TeamDirectory,
}

/// Why nothing could be made of a record. Holds nothing of the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Nothing is there.
    #[error("the record is empty: send an event or a list of events as JSON")]
    Empty,
    /// The body, or a member around the events, is no JSON.
    #[error("the record cannot be read as JSON: {0}")]
    NotJson(JsonFault),
    /// The body is JSON without events.
    #[error("the record is {found} at byte {position}: send an event or a list of events")]
    NoEvents {
        /// `a number`, `text`, ...
        found: &'static str,
        /// Where, in bytes from the start of the record.
        position: usize,
    },
    /// The `batch` is no list.
    #[error("`batch` is {found} at byte {position}: send a list of events")]
    BatchIsNoList {
        /// `a number`, `text`, ...
        found: &'static str,
        /// Where, in bytes from the start of the record.
        position: usize,
    },
    /// The `data` is text that is no JSON.
    #[error("the text in `data` at byte {position} is not JSON: {fault}")]
    DataIsNoJson {
        /// Where `data` begins, in bytes from the start of the record.
        position: usize,
        /// What is wrong, its position in the text.
        fault: JsonFault,
    },
}

impl DecodeError {
    /// The reason of the dead letter that the whole record becomes.
    pub fn reason(&self) -> DeadLetterReason {
        DeadLetterReason::Undecodable
    }
}

/// Why one event of a record could not be used. The others go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {index} at byte {position} cannot be used: {fault}")]
pub struct EventError {
    /// Which event of the record, counted from 0.
    pub index: usize,
    /// Where it begins, in bytes from the start of the record; where `data` begins, for an event within the text of that.
    pub position: usize,
    /// What is wrong with it; a position in it counts from the start of the record, or of the text in `data`.
    pub fault: EventFault,
    /// A record with this event alone; decoding it gives the same error, or the event once its cause is gone.
    pub body: Vec<u8>,
}

/// What is wrong with an event. Holds nothing of the event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventFault {
    /// It holds a number that is too large, or is nested too deep.
    #[error(transparent)]
    Json(#[from] JsonFault),
    /// It is no object.
    #[error("it is {found}: send an object")]
    NotAnObject {
        /// `a number`, `text`, ...
        found: &'static str,
    },
    /// It has no name.
    #[error("it has no name: set `event`")]
    NoName,
    /// Its name is not text.
    #[error("its name is not text: set `event` to text")]
    NameIsNoText,
    /// Nobody did it.
    #[error("it has no `distinct_id`: set it on the event or in its properties")]
    NoDistinctId,
    /// Its properties are something else than an object.
    #[error("its `properties` are no object: send an object")]
    PropertiesAreNoObject,
    /// Its uuid is none.
    #[error("its `uuid` is no uuid: send one as 8-4-4-4-12 hexadecimal digits, or none")]
    InvalidUuid,
    /// No rule names its team.
    #[error("its team is unknown: send a `team_id`, or a `token` or `api_key` of this project")]
    UnknownTeam,
}

impl EventError {
    /// The reason of the dead letter that the event becomes.
    pub fn reason(&self) -> DeadLetterReason {
        match self.fault {
            EventFault::UnknownTeam => DeadLetterReason::UnknownTeam,
            _ => DeadLetterReason::Undecodable,
        }
    }
}

/// What became of each event of a record, in order.
pub type DecodedEvents = Vec<Result<PluginEvent, EventError>>;

/// Reads a record: one entry for each of its events, none for an empty list.
///
/// The forms: an event `{"event", "distinct_id", ...}`; a list `[...]`; `{"api_key", "batch": [...]}`; `{"data": {...}}` and
/// `{"data": [...]}`; and `{"uuid", "distinct_id", "ip", "site_url", "team_id", "now", "sent_at", "data": "JSON text"}`, the
/// message of PostHog's plugin server, whose members beat those of the event inside.
///
/// # Errors
///
/// [`DecodeError`] if the record as a whole cannot be read. Positions count bytes after repair: bytes that are no UTF-8 read
/// as U+FFFD, and so do escapes that are half a surrogate pair.
pub fn decode(body: &[u8], context: &DecodeContext<'_>) -> Result<DecodedEvents, DecodeError> {
    let text = json::readable_text(body);
    if text.trim().is_empty() {
        return Err(DecodeError::Empty);
    }
    let reader = Reader { context, record: body };
    match envelope::open(Part::checked(&text)?)? {
        Envelope::Single(event) => Ok(vec![reader.read_alone(event, event.position, &Surroundings::default())]),
        Envelope::Wrapped(event, around) => Ok(vec![reader.read_alone(event, event.position, &around)]),
        Envelope::List(events, around) => Ok(reader.read_list(&events, None, &around)),
        Envelope::WrappedText { text, position, around_one, around_list } => {
            let part = envelope::open_text(&text, position)?;
            match part.elements() {
                Some(events) => Ok(reader.read_list(&events, Some(position), &around_list)),
                None => Ok(vec![reader.read_alone(part, position, &around_one)]),
            }
        }
    }
}

/// Reads the events of one record.
struct Reader<'a> {
    context: &'a DecodeContext<'a>,
    record: &'a [u8],
}

impl Reader<'_> {
    /// The only event of the record: if it cannot be used, the record is kept as it came.
    fn read_alone(&self, event: Part<'_>, position: usize, around: &Surroundings) -> Result<PluginEvent, EventError> {
        self.read(event, 0, around).map_err(|fault| EventError {
            index: 0,
            position,
            fault,
            body: self.record.to_vec(),
        })
    }

    /// `text` is where the text begins in which the list is, if it is in one: as quoting made that text longer, what is in
    /// it has no place of its own in the record.
    fn read_list(&self, events: &[Part<'_>], text: Option<usize>, around: &Surroundings) -> DecodedEvents {
        let read = |(index, event): (usize, &Part<'_>)| {
            self.read(*event, index, around).map_err(|fault| {
                let position = text.unwrap_or(event.position);
                EventError { index, position, fault, body: around.record_of(event.text) }
            })
        };
        events.iter().enumerate().map(read).collect()
    }

    fn read(&self, event: Part<'_>, index: usize, around: &Surroundings) -> Result<PluginEvent, EventFault> {
        let mut members = json::object(event.value()?).map_err(|found| EventFault::NotAnObject { found })?;
        around.apply(&mut members);
        let place = Place { index, batch_token: around.token.as_deref() };
        shape::shape(members, &place, self.context)
    }
}
