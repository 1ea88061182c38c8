//! The accounts of a run, for people and for programs.

use super::counting::Counting;
use super::evidence::Evidence;
use super::input::Input;
use super::letters::Letters;
use crate::files::{FaultKind, Reply};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What went in and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Ledger {
    /// Records of the input.
    pub records: u64,
    /// Events in them.
    pub events: u64,
    /// What in them could not be read.
    pub malformed: u64,
    /// Events that the dropper drops.
    pub dropped: u64,
    /// The places that the others must come by.
    pub stations: Vec<StationRow>,
    /// Dead letters by reason.
    pub dead_letters: BTreeMap<String, u64>,
    /// What `cache.incr` came to.
    pub counting: Counting,
    /// How often `runEveryMinute` ran.
    pub ticks: u64,
    /// What was broken, and how often.
    pub faults: BTreeMap<FaultKind, u64>,
    /// What the endpoint refused while it was down.
    pub refused: u64,
    /// What the endpoint recorded without an answer.
    pub cut: u64,
}

/// The account of one place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StationRow {
    /// Its name.
    pub station: &'static str,
    /// Events that must come by.
    pub expected: u64,
    /// Those that did.
    pub found: u64,
    /// Those for which a dead letter says why not.
    pub dead_letters: u64,
    /// Those of which nothing is known.
    pub lost: u64,
    /// How often events came by again.
    pub duplicates: u64,
    /// How often they may have, by what was broken.
    pub allowed: u64,
    /// Those that nothing explains.
    pub excess: u64,
}

impl Ledger {
    pub(super) fn new(
        input: &Input,
        evidence: &Evidence,
        letters: &Letters<'_>,
        stations: Vec<StationRow>,
        counting: Counting,
    ) -> Self {
        let mut dead_letters = BTreeMap::new();
        let works = letters.work.iter().map(|work| work.letter);
        for letter in works.chain(letters.malformed.iter().copied()) {
            *dead_letters.entry(letter.reason.clone()).or_default() += 1;
        }
        let mut faults = BTreeMap::new();
        for fault in &evidence.faults {
            *faults.entry(fault.fault).or_default() += 1;
        }
        let replies = |reply| evidence.recording.iter().filter(|row| row.reply == reply).count() as u64;
        let is_tick = |row: &&crate::files::Row| row.what == "tick" && row.reply != Reply::Refused;
        Self {
            records: input.records,
            events: input.events.len() as u64,
            malformed: input.malformed.len() as u64,
            dropped: input.events.values().filter(|event| event.is_dropped).count() as u64,
            stations,
            dead_letters,
            counting,
            ticks: evidence.recording.iter().filter(is_tick).count() as u64,
            faults,
            refused: replies(Reply::Refused),
            cut: replies(Reply::Cut),
        }
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, events, malformed, dropped, counting, .. } = self;
        writeln!(
            formatter,
            "{records} records: {events} events, of which {dropped} are to be dropped; {malformed} malformed"
        )?;
        let heads = ["", "expected", "found", "dead", "lost", "again", "allowed", "excess"];
        for (index, head) in heads.iter().enumerate() {
            if index == 0 { write!(formatter, "{head:<10}")? } else { write!(formatter, "{head:>10}")? }
        }
        writeln!(formatter)?;
        for row in &self.stations {
            write!(formatter, "{:<10}", row.station)?;
            for number in [row.expected, row.found, row.dead_letters, row.lost, row.duplicates, row.allowed, row.excess]
            {
                write!(formatter, "{number:>10}")?;
            }
            writeln!(formatter)?;
        }
        writeln!(formatter, "dead letters: {}", listed(&self.dead_letters, Clone::clone))?;
        let exact = if counting.must_be_exact { "must be exact" } else { "may leave numbers out" };
        let Counting { numbered, highest, .. } = counting;
        writeln!(
            formatter,
            "cache.incr: {numbered} numbers up to {highest} ({exact}); runEveryMinute: {}",
            self.ticks
        )?;
        let faults = listed(&self.faults, |kind| format!("{kind:?}").to_lowercase());
        writeln!(formatter, "faults: {faults}; the endpoint refused {} and cut {} replies", self.refused, self.cut)
    }
}

fn listed<Key>(counts: &BTreeMap<Key, u64>, name: impl Fn(&Key) -> String) -> String {
    let list: Vec<String> = counts.iter().map(|(key, count)| format!("{count} {}", name(key))).collect();
    if list.is_empty() { "none".to_owned() } else { list.join(", ") }
}
