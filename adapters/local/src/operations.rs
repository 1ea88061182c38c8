//! How long an operation that was done is remembered, so that a repeat of it counts once.

use runtime_core::ports::clock::Timestamp;

/// A repeat comes when a reply was lost or a record is delivered again, which is seconds to minutes later.
const REMEMBERED_MS: i64 = 60 * 60 * 1_000;

/// What was done at this time or before may be forgotten. Each new operation forgets a few old ones: no operation pays for a
/// long list of them, and the list shrinks faster than it grows.
pub(crate) fn forgotten_at(now: Timestamp) -> i64 {
    now.0.saturating_sub(REMEMBERED_MS)
}
