//! A place that every kept event must come by.

use super::allowance::Allowances;
use super::differences::{Differences, Kind};
use super::evidence::Evidence;
use super::input::Input;
use super::ledger::StationRow;
use super::letters::Letters;
use crate::files::{Reply, Row};
use std::collections::HashMap;

/// The places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Station {
    /// The sink.
    Sink,
    /// `onEvent` of the retrier, when it has worked.
    Handled,
    /// `exportEvents` of the exporter, when it has worked.
    Exported,
    /// The job that `onEvent` of the scheduler enqueues.
    Job,
}

/// What an account is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Books<'a> {
    pub input: &'a Input,
    pub evidence: &'a Evidence,
    pub letters: &'a Letters<'a>,
    pub allowances: &'a Allowances,
}

impl Station {
    pub(super) const ALL: [Self; 4] = [Self::Sink, Self::Handled, Self::Exported, Self::Job];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sink => "sink",
            Self::Handled => "handled",
            Self::Exported => "exported",
            Self::Job => "job",
        }
    }

    /// The station that a row of the recording is about.
    pub(super) fn of_row(row: &Row) -> Option<Self> {
        Self::ALL.into_iter().find(|station| *station != Self::Sink && station.name() == row.what)
    }

    /// How often each event came by.
    fn visits<'a>(self, evidence: &'a Evidence) -> HashMap<&'a str, u64> {
        let mut visits = HashMap::new();
        let mut visit = |uuid: &'a str| *visits.entry(uuid).or_default() += 1;
        if self == Self::Sink {
            evidence.sink.iter().for_each(|event| visit(event["uuid"].as_str().unwrap_or_default()));
        } else {
            let told = evidence.recording.iter().filter(|row| Self::of_row(row) == Some(self));
            let told = told.filter(|row| row.reply != Reply::Refused);
            told.flat_map(|row| &row.uuids).for_each(|uuid| visit(uuid));
        }
        visits
    }

    /// Compares who came by with who should have.
    pub(super) fn account(self, books: &Books<'_>, differences: &mut Differences) -> StationRow {
        let Books { input, evidence, letters, allowances } = *books;
        let visits = self.visits(evidence);
        let mut row = StationRow { station: self.name(), ..StationRow::default() };
        let mut excess = Vec::new();
        for (uuid, _) in input.kept() {
            row.expected += 1;
            let seen = visits.get(uuid).copied().unwrap_or(0);
            if seen > 0 {
                row.found += 1;
            } else if letters.cover(self, uuid) {
                row.dead_letters += 1;
            } else {
                row.lost += 1;
                differences.add(Kind::Lost, self.name(), uuid);
            }
            let allowed = allowances.of_event(self, uuid);
            row.duplicates += seen.saturating_sub(1);
            row.allowed += allowed;
            excess.extend((allowed + 1..seen).map(|_| uuid));
        }
        row.allowed += allowances.of_any_event();
        let unexplained = usize::try_from(allowances.of_any_event()).unwrap_or(usize::MAX);
        for uuid in excess.into_iter().skip(unexplained) {
            row.excess += 1;
            differences.add(Kind::Doubled, self.name(), uuid);
        }
        for uuid in visits.into_keys() {
            match input.events.get(uuid) {
                None => differences.add(Kind::Unknown, self.name(), uuid),
                Some(event) if event.is_dropped => differences.add(Kind::Undropped, self.name(), uuid),
                Some(_) => {}
            }
        }
        for uuid in self.incomplete(evidence) {
            differences.add(Kind::Incomplete, self.name(), uuid);
        }
        row
    }

    fn incomplete(self, evidence: &Evidence) -> impl Iterator<Item = &String> {
        let told = evidence.recording.iter().filter(move |row| Self::of_row(row) == Some(self));
        told.flat_map(|row| &row.incomplete)
    }
}
