//! Redriving all letters of a kind.

use super::{Pace, RedriveError, RedrivePorts, Redriven, redrive};
use crate::ports::Unavailable;
use crate::ports::dead_letters::{DeadLetterReason, DeadLetters, LetterFilter, LetterStates};
use std::collections::HashSet;

/// How many letters are read at once.
const PAGE: usize = 100;

/// A letter that a filter lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchingLetter {
    /// Its id.
    pub id: String,
    /// Why it was given up.
    pub reason: DeadLetterReason,
}

/// What became of several letters.
#[derive(Debug, Default)]
pub struct RedriveSummary {
    /// Those that were sent.
    pub redriven: Vec<Redriven>,
    /// Those that somebody else has sent, is about to send, or has removed.
    pub elsewhere: Vec<RedriveFailure>,
    /// Those that could not be sent. If the last one is an outage, those after it were not tried.
    pub failed: Vec<RedriveFailure>,
}

/// A letter that was not sent.
#[derive(Debug)]
pub struct RedriveFailure {
    /// The letter.
    pub id: String,
    /// Why.
    pub error: RedriveError,
}

/// The letters that the filter lets through at this moment, oldest first, at most `limit` of them. However large they are, only a
/// page of them is in memory at once.
///
/// # Errors
/// When they cannot be listed.
pub async fn matching_letters(
    dead_letters: &dyn DeadLetters,
    filter: &LetterFilter,
    limit: usize,
) -> Result<Vec<MatchingLetter>, Unavailable> {
    let mut filter = filter.clone();
    let mut page = PAGE;
    let mut seen = HashSet::new();
    let mut matching = Vec::new();
    while matching.len() < limit {
        let listed = dead_letters.list(&filter, page).await?;
        let is_last = listed.len() < page;
        let newest = listed.last().map(|letter| letter.created_at);
        // A page begins with what the one before it ended with, as letters may share a time.
        let fresh = listed.into_iter().filter(|letter| seen.insert(letter.id.clone()));
        let fresh = fresh.map(|letter| MatchingLetter { id: letter.id, reason: letter.reason });
        matching.extend(fresh.take(limit - matching.len()));
        if is_last {
            break;
        }
        // More letters of one time than a page holds.
        page = if newest == filter.since { page.saturating_mul(2) } else { PAGE };
        filter.since = newest;
    }
    Ok(matching)
}

/// Redrives these letters, one after the other. A letter that cannot be sent stops no other; a port out of reach does.
pub async fn redrive_each(ports: &RedrivePorts, ids: impl IntoIterator<Item = String>) -> RedriveSummary {
    redrive_paced(ports, ids, Pace::unlimited()).await
}

/// The same, no faster than that.
pub async fn redrive_paced(
    ports: &RedrivePorts,
    ids: impl IntoIterator<Item = String>,
    mut pace: Pace,
) -> RedriveSummary {
    let mut summary = RedriveSummary::default();
    for id in ids {
        pace.step().await;
        match redrive(ports, &id).await {
            Ok(redriven) => summary.redriven.push(redriven),
            Err(error @ (RedriveError::Taken(_) | RedriveError::AlreadyRedriven(_) | RedriveError::Missing(_))) => {
                summary.elsewhere.push(RedriveFailure { id, error });
            }
            Err(error) => {
                let is_outage = error.is_outage();
                summary.failed.push(RedriveFailure { id, error });
                if is_outage {
                    break;
                }
            }
        }
    }
    summary
}

/// Redrives the letters that wait and that the filter lets through, oldest first, at most `limit` of them. What is given up while
/// it works is left: work that fails again at once does not go round in circles.
///
/// # Errors
/// When the letters cannot be listed. Nothing was sent then.
pub async fn redrive_all(
    ports: &RedrivePorts,
    filter: &LetterFilter,
    limit: usize,
) -> Result<RedriveSummary, Unavailable> {
    let filter = LetterFilter { states: LetterStates::Waiting, ..filter.clone() };
    let matching = matching_letters(ports.dead_letters.as_ref(), &filter, limit).await?;
    Ok(redrive_each(ports, matching.into_iter().map(|letter| letter.id)).await)
}
