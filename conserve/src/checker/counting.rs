//! Whether apps were asked as often as they should have been, and whether `cache.incr` counts.

use super::RUNS_OF_ON_EVENT;
use super::allowance::Allowances;
use super::differences::{Differences, Kind};
use super::evidence::Evidence;
use super::input::Input;
use super::station::Station;
use crate::files::Reply;
use serde::Serialize;
use std::collections::HashMap;

/// What `cache.incr` came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counting {
    /// How many events got a number.
    pub numbered: u64,
    /// The highest number.
    pub highest: u64,
    /// Whether they had to be the same: nothing was killed, doubled or cut.
    pub must_be_exact: bool,
}

pub(super) fn check(
    input: &Input,
    evidence: &Evidence,
    allowances: &Allowances,
    differences: &mut Differences,
) -> Counting {
    let is_exact = !allowances.has_doubling_faults();
    check_attempts(input, evidence, allowances, differences);
    if !evidence.recording.iter().any(|row| row.what == "tick") {
        differences.add(Kind::NoTick, "runEveryMinute", "never");
    }
    let mut owners: HashMap<u64, &str> = HashMap::new();
    let rows = evidence.recording.iter().filter(|row| Station::of_row(row) == Some(Station::Job));
    for row in rows.filter(|row| row.reply != Reply::Refused) {
        let (Some(count), Some(uuid)) = (row.count, row.uuids.first()) else {
            differences.add(Kind::Miscounted, "cache.incr", "no number");
            continue;
        };
        let owner = owners.entry(count).or_insert(uuid);
        if owner != uuid {
            differences.add(Kind::Miscounted, "cache.incr", format!("{owner} and {uuid} both are number {count}"));
        }
    }
    let (numbered, highest) = (owners.len() as u64, owners.keys().max().copied().unwrap_or(0));
    if is_exact && numbered != highest {
        differences.add(
            Kind::Miscounted,
            "cache.incr",
            format!("{numbered} events, but the highest number is {highest}"),
        );
    }
    Counting { numbered, highest, must_be_exact: is_exact }
}

/// An event that failed so often was handled at the next attempt; a hopeless one is tried as often as the policy says.
fn check_attempts(input: &Input, evidence: &Evidence, allowances: &Allowances, differences: &mut Differences) {
    let is_exact = !allowances.has_doubling_faults();
    let mut lost_attempts: HashMap<&str, u64> = HashMap::new();
    let mut hopeless: HashMap<&str, u64> = HashMap::new();
    for row in evidence.recording.iter().filter(|row| row.app == "retrier") {
        let (Some(uuid), Some(attempts)) = (row.uuids.first(), row.attempts) else { continue };
        let Some(event) = input.events.get(uuid) else { continue };
        if row.what == "failed" {
            let most = hopeless.entry(uuid).or_default();
            *most = attempts.max(*most);
            continue;
        }
        // The attempts that the endpoint spoilt come before this one.
        let spoilt = lost_attempts.get(uuid.as_str()).copied().unwrap_or(0);
        let expected = event.failures + spoilt + 1;
        if event.is_hopeless || attempts < event.failures + 1 || is_exact && attempts != expected {
            let example = format!("{uuid} was handled at attempt {attempts} in place of {expected}");
            differences.add(Kind::Attempts, "onEvent", example);
        }
        if row.reply != Reply::Ok {
            *lost_attempts.entry(uuid).or_default() += 1;
        }
    }
    for (uuid, attempts) in hopeless {
        let most = RUNS_OF_ON_EVENT * (1 + allowances.of_event(Station::Handled, uuid) + allowances.of_any_event());
        if attempts > most || is_exact && attempts != RUNS_OF_ON_EVENT {
            let example = format!("{uuid} had {attempts} attempts in place of {RUNS_OF_ON_EVENT}");
            differences.add(Kind::Attempts, "onEvent", example);
        }
    }
}
