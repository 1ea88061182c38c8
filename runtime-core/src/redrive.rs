//! Running dead letters again: each once, and only what failed (design decision 12).
//!
//! A letter is claimed, its message sent, and then the letter is marked. Whoever crashes in between leaves a claim that ends by
//! itself; the next one sends a message of the same id, which a queue that still holds the first one takes for the duplicate
//! that it is.

mod pace;
mod several;

pub use pace::Pace;
pub use several::{
    MatchingLetter, RedriveFailure, RedriveSummary, matching_letters, redrive_all, redrive_each, redrive_paced,
};

use crate::event::TeamId;
use crate::pipeline::Continuation;
use crate::ports::Unavailable;
use crate::ports::clock::{Clock, Timestamp};
use crate::ports::dead_letters::{Claim, DeadLetter, DeadLetters, Redrive};
use crate::ports::delayed_queue::{DelayedMessage, DelayedQueue, Lane};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// How long a claim lasts: longer than any sending, so that nobody else sends meanwhile.
pub const CLAIM: Duration = Duration::from_secs(5 * 60);

/// What redriving needs.
#[derive(Clone)]
pub struct RedrivePorts {
    /// Where the letters are.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// Where their messages go.
    pub queue: Arc<dyn DelayedQueue>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// A letter whose message is in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redriven {
    /// The letter.
    pub id: String,
    /// The id of the message, derived from the letter.
    pub message_id: String,
    /// Who works on it.
    pub lane: Lane,
    /// Whose it is, where that is known.
    pub team: Option<TeamId>,
}

/// Why a letter was not redriven, or not for certain.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// There is none of that id.
    #[error("there is no dead letter {0}: it was removed, or its id is another one")]
    Missing(String),
    /// Somebody else is about to send it.
    #[error("dead letter {0} is being redriven by somebody else; if that one has crashed, try again in 5 minutes")]
    Taken(String),
    /// It was sent before; it opens again only when the same work fails again.
    #[error("dead letter {0} was redriven before, and its work has not failed again since")]
    AlreadyRedriven(String),
    /// Nothing that could be sent can be made of it. It stays as it is.
    #[error("dead letter {id} cannot be sent: {reason}; it stays as it is, to be looked at or purged")]
    Unsendable {
        /// The letter.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The letters are out of reach. Nothing was sent.
    #[error("{0}; no dead letter was sent, try again later")]
    Unavailable(#[from] Unavailable),
    /// The queue did not confirm the message. It may have it all the same.
    #[error(
        "dead letter {id} may not have been sent: {source}; redrive it again in 5 minutes, its message keeps its id"
    )]
    NotSent {
        /// The letter.
        id: String,
        /// What the queue says.
        source: Unavailable,
    },
    /// The message is in the queue, and the letter looks as if it was not.
    #[error("dead letter {id} was sent but could not be marked: {source}; redriving it again may run its work twice")]
    NotMarked {
        /// The letter.
        id: String,
        /// What the store says.
        source: Unavailable,
    },
}

impl RedriveError {
    /// Whether a port was out of reach, so that the next letter would fare no better.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::NotSent { .. } | Self::NotMarked { .. })
    }
}

/// Sends one letter's work again: a record to the head of the pipeline, a message to its lane, anything else to the stage at which
/// it failed, with a first attempt.
///
/// # Errors
/// See [`RedriveError`].
pub async fn redrive(ports: &RedrivePorts, id: &str) -> Result<Redriven, RedriveError> {
    let RedrivePorts { dead_letters, queue, clock } = ports;
    let now = clock.now();
    // Looked at before it is claimed: a letter that cannot be sent stays free.
    let letter = dead_letters.get(id).await?.ok_or_else(|| RedriveError::Missing(id.to_owned()))?;
    if letter.redriven_at.is_some() {
        return Err(RedriveError::AlreadyRedriven(id.to_owned()));
    }
    message_of(&letter, now)?;
    let letter = match dead_letters.claim(id, now, now.plus(CLAIM)).await? {
        Claim::Claimed(letter) => letter,
        Claim::Taken => return Err(RedriveError::Taken(id.to_owned())),
        Claim::Redriven => return Err(RedriveError::AlreadyRedriven(id.to_owned())),
        Claim::Missing => return Err(RedriveError::Missing(id.to_owned())),
    };
    // The same work may have failed anew since: what counts is what was claimed.
    let message = message_of(&letter, now)?;
    let redriven =
        Redriven { id: id.to_owned(), message_id: message.id.clone(), lane: message.lane, team: message.team };
    queue.send(message).await.map_err(|source| RedriveError::NotSent { id: id.to_owned(), source })?;
    let marked = dead_letters.redriven(id, clock.now()).await;
    marked.map_err(|source| RedriveError::NotMarked { id: id.to_owned(), source })?;
    Ok(redriven)
}

/// The message with which a letter's work goes on; its error says why there is none.
fn message_of(letter: &DeadLetter, now: Timestamp) -> Result<DelayedMessage, RedriveError> {
    let unsendable = |reason: String| RedriveError::Unsendable { id: letter.id.clone(), reason };
    let (lane, body) = match &letter.redrive {
        Redrive::Record => (Lane::Events, text_of(letter).map_err(unsendable)?),
        Redrive::Message(lane) => (*lane, text_of(letter).map_err(unsendable)?),
        Redrive::Stage(stage) => {
            let work = Continuation::of_letter(stage, &letter.body).map_err(|error| unsendable(error.to_string()))?;
            (work.stage.lane(), work.to_json())
        }
    };
    // Due since it was given up, which is also when a record counts as received: its events may say no time of their own. The
    // clock of the machine that gave it up may be ahead.
    let not_before = letter.created_at.min(now);
    Ok(DelayedMessage { id: message_id(letter), lane, team: letter.team, not_before, body })
}

fn text_of(letter: &DeadLetter) -> Result<String, String> {
    match std::str::from_utf8(&letter.body) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let place = error.valid_up_to();
            Err(format!("its body is no UTF-8 text from byte {place} on, and a message is text"))
        }
    }
}

/// The same however often this failure is redriven, another one for the next failure of the same work.
fn message_id(letter: &DeadLetter) -> String {
    let mut hash = Sha256::new();
    hash.update(letter.created_at.0.to_be_bytes());
    hash.update(letter.id.as_bytes());
    let digest = hash.finalize();
    let first = digest.first_chunk().expect("a SHA-256 has 32 bytes");
    format!("redrive-{:032x}", u128::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::dead_letters::DeadLetterReason;

    fn letter(redrive: Redrive, body: &[u8]) -> DeadLetter {
        DeadLetter {
            id: "a".into(),
            reason: DeadLetterReason::Undecodable,
            message: String::new(),
            body: body.to_vec(),
            installation: None,
            function: None,
            team: Some(TeamId(2)),
            created_at: Timestamp(1_000),
            redrive,
            redriven_at: None,
        }
    }

    #[test]
    fn an_id_never_changes_between_releases_and_is_that_of_one_failure() {
        let first = letter(Redrive::Record, b"");
        assert_eq!(message_id(&first), "redrive-f1177d11a9b75697ef69836c60888263");
        let again = DeadLetter { created_at: Timestamp(1_001), ..first.clone() };
        let other = DeadLetter { id: "b".into(), ..first.clone() };
        assert!(message_id(&first) != message_id(&again) && message_id(&first) != message_id(&other));
    }

    #[test]
    fn a_message_is_due_and_says_when_its_work_was_given_up() {
        let of =
            |now| message_of(&letter(Redrive::Message(Lane::Jobs), b"{}"), Timestamp(now)).expect("it can be sent");
        let message = of(5_000);
        assert_eq!((message.not_before, message.lane, message.body.as_str()), (Timestamp(1_000), Lane::Jobs, "{}"));
        assert_eq!(message.team, Some(TeamId(2)));
        assert_eq!(of(500).not_before, Timestamp(500), "a clock that was ahead holds nothing back");
    }

    #[test]
    fn what_cannot_be_sent_says_why() {
        for (redrive, body, part) in [
            (Redrive::Record, &b"ab\xff"[..], "no UTF-8 text from byte 2 on"),
            (Redrive::Stage("{}".into()), b"{}", "missing field `name`"),
            (Redrive::Stage(r#"{"name":"sink"}"#.into()), b"{", "EOF"),
        ] {
            let error = message_of(&letter(redrive, body), Timestamp(0)).expect_err("it cannot be sent").to_string();
            assert!(error.contains(part) && error.contains("stays as it is"), "{error}");
        }
    }
}
