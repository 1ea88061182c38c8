//! The idempotency option: work that was finished is not done again, whoever delivers it how often.
//!
//! Each piece of work (an event at the stage from which it goes on, a job, a batch) has a document. It is taken before the work,
//! and marked as finished when the invocation has stored what its work left behind, before its message is acknowledged. What is taken ends by itself when the invocation that
//! took it must have ended: neither a crash nor a time-out, nor an invocation without any time left, keeps work from being done.
//!
//! A piece of work costs two reads and two conditional writes with the option, each of which reads once more on DynamoDB, and nothing
//! without it. A crash between the work's
//! effects and its mark still does the work twice; what two environments do of the same work at the same time is excluded.

use super::Pipeline;
use crate::ports::Unavailable;
use crate::ports::clock::Timestamp;
use crate::ports::documents::{Document, NewDocument};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

/// Whether work that was finished is recognised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Idempotency {
    /// It is not: a duplicate is done again.
    #[default]
    Off,
    /// It is, for so long after it was finished.
    For(Duration),
}

impl Idempotency {
    /// For a day: longer than a queue takes to bring a duplicate that nobody kept on purpose.
    pub const ON: Self = Self::For(Duration::from_secs(24 * 60 * 60));
}

/// How much work is marked at the same time.
const MARKED_AT_ONCE: usize = 25;

/// How long work outside of an invocation is believed to be under way.
const UNDER_WAY: Duration = Duration::from_secs(900);

/// What a document says of its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum State {
    /// Somebody is doing it.
    UnderWay { owner: String },
    /// It is done.
    Finished,
}

/// What came of work that is to be done once.
#[derive(Debug)]
pub(super) enum Once<R> {
    /// It was done now.
    Ran(R),
    /// It was done before.
    Finished,
    /// Somebody else is doing it, or crashed over it a while ago: its message must come again.
    UnderWay,
}

/// Work that is ours to do; without the option there is nothing to hold.
pub(super) struct Taken(Option<Held>);

/// The document of work that is ours.
pub(super) struct Held {
    key: String,
    owner: String,
    kept: Duration,
}

impl Pipeline {
    /// Does the work called `id`, unless it was finished before. `has_ended` says whether its message may be acknowledged after it.
    ///
    /// # Errors
    /// When it cannot be known whether the work was done.
    pub(super) async fn once<R>(
        &self,
        id: &str,
        work: impl Future<Output = R>,
        has_ended: impl FnOnce(&R) -> bool,
    ) -> Result<Once<R>, Unavailable> {
        let taken = match self.take_work(id).await? {
            Once::Ran(taken) => taken,
            Once::Finished => return Ok(Once::Finished),
            Once::UnderWay => return Ok(Once::UnderWay),
        };
        let result = work.await;
        self.end_work(taken, has_ended(&result)).await;
        Ok(Once::Ran(result))
    }

    /// Takes the work called `id`, to be ended with [`Pipeline::end_work`].
    ///
    /// # Errors
    /// As [`Pipeline::once`].
    pub(super) async fn take_work(&self, id: &str) -> Result<Once<Taken>, Unavailable> {
        let Idempotency::For(kept) = self.idempotency else { return Ok(Once::Ran(Taken(None))) };
        let key = format!("work/{id}");
        let seen = self.ports.documents.get(&key).await?;
        match seen.as_ref().and_then(state_of) {
            Some(State::Finished) => return Ok(Once::Finished),
            // A copy in the invocation that has done it: both are acknowledged, or neither.
            Some(State::UnderWay { owner }) if self.has_done(&owner) => return Ok(Once::Finished),
            Some(State::UnderWay { .. }) => return Ok(Once::UnderWay),
            None => {}
        }
        let owner = self.ports.entropy.name();
        let taken = State::UnderWay { owner: owner.clone() }.until(self.must_have_ended(self.ports.clock.now()));
        if self.ports.documents.put(&key, taken, seen.as_ref()).await? {
            return Ok(Once::Ran(Taken(Some(Held { key, owner, kept }))));
        }
        Ok(Once::UnderWay)
    }

    /// Keeps work that has ended for [`Pipeline::mark_finished`], or gives it back. If that cannot be done, the work is done again when
    /// the invocation must have ended: late, but it is never lost.
    pub(super) async fn end_work(&self, Taken(held): Taken, has_ended: bool) {
        let Some(held) = held else { return };
        if has_ended {
            self.done().push(held);
        } else {
            drop(self.mark(&held, None).await);
        }
    }

    /// Marks the work that has ended as finished. To be called when everything that it left behind is stored, and not before: a
    /// crash in between must bring it back. What cannot be marked may be done again.
    pub(super) async fn mark_finished(&self) {
        let done = std::mem::take(&mut *self.done());
        let now = self.ports.clock.now();
        let mark = |held: Held| async move {
            let finished = State::Finished.until(now.plus(held.kept));
            drop(self.mark(&held, Some(finished)).await);
        };
        stream::iter(done).for_each_concurrent(MARKED_AT_ONCE, mark).await;
    }

    fn has_done(&self, owner: &str) -> bool {
        self.done().iter().any(|held| held.owner == owner)
    }

    fn done(&self) -> MutexGuard<'_, Vec<Held>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When work that begins now has ended, one way or another. Never now or before: no remaining time is not no limit.
    fn must_have_ended(&self, now: Timestamp) -> Timestamp {
        let left = self.invocation_until().map(|until| until.saturating_sub(self.ports.clock.elapsed()));
        now.plus(left.unwrap_or(UNDER_WAY).max(Duration::from_secs(1)))
    }

    /// Writes the document of work that is ours, or removes it.
    async fn mark(&self, Held { key, owner, .. }: &Held, mark: Option<NewDocument>) -> Result<bool, Unavailable> {
        let Some(seen) = self.ports.documents.get(key).await? else { return Ok(false) };
        if state_of(&seen) != Some(State::UnderWay { owner: owner.clone() }) {
            return Ok(false);
        }
        match mark {
            Some(document) => self.ports.documents.put(key, document, Some(&seen)).await,
            None => self.ports.documents.remove(key, &seen).await,
        }
    }
}

impl State {
    fn until(&self, ends_at: Timestamp) -> NewDocument {
        let json = serde_json::to_string(self).expect("plain data always has a JSON form");
        NewDocument { json, ends_at: Some(ends_at) }
    }
}

fn state_of(document: &Document) -> Option<State> {
    serde_json::from_str(&document.json).ok()
}
