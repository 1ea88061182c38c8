//! How often an event may have come by more than once, by what was broken.

use super::station::Station;
use crate::files::{Fault, FaultKind, Reach, Reply, Row};
use std::collections::HashMap;

/// What all faults together explain.
#[derive(Debug, Default)]
pub(super) struct Allowances {
    by_event: HashMap<String, u64>,
    by_reply: HashMap<(Station, String), u64>,
    any: u64,
    has_doubling_faults: bool,
}

impl Allowances {
    pub(super) fn of(faults: &[Fault], recording: &[Row]) -> Self {
        let mut allowances = Self::default();
        for fault in faults {
            allowances.has_doubling_faults |= fault.reach != Reach::Nothing || fault.fault == FaultKind::Kill;
            match &fault.reach {
                Reach::Nothing => {}
                Reach::Events(uuids) => {
                    for uuid in uuids {
                        *allowances.by_event.entry(uuid.clone()).or_default() += 1;
                    }
                }
                Reach::Any(count) => allowances.any += count,
            }
        }
        // An app that hears no answer tells once more.
        for row in recording.iter().filter(|row| row.reply == Reply::Cut) {
            let Some(station) = Station::of_row(row) else { continue };
            for uuid in &row.uuids {
                *allowances.by_reply.entry((station, uuid.clone())).or_default() += 1;
            }
        }
        allowances
    }

    /// How often that event may come by there beyond the first time.
    pub(super) fn of_event(&self, station: Station, uuid: &str) -> u64 {
        let by_reply = self.by_reply.get(&(station, uuid.to_owned())).copied().unwrap_or(0);
        self.by_event.get(uuid).copied().unwrap_or(0) + by_reply
    }

    /// How many more duplicates there may be at each station, whatever the event.
    pub(super) fn of_any_event(&self) -> u64 {
        self.any
    }

    /// Whether anything happened that makes work start again from its beginning.
    pub(super) fn has_doubling_faults(&self) -> bool {
        self.has_doubling_faults
    }
}
