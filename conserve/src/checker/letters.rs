//! Dead letters: which work each stands for, and whether there was a reason to give it up.

use super::RUNS_OF_ON_EVENT;
use super::differences::{Differences, Kind};
use super::evidence::Evidence;
use super::input::{Input, marker};
use super::station::Station;
use crate::files::{FaultKind, Letter, Reply};
use crate::work::uuids_in;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// The dead letters, by what they stand for.
#[derive(Debug, Default)]
pub(super) struct Letters<'a> {
    /// Those of what could not be read.
    pub malformed: Vec<&'a Letter>,
    /// The others, each with its events and the stations that none of them will reach because of it.
    pub work: Vec<Work<'a>>,
    covered: HashSet<(Station, String)>,
}

/// A letter that stands for work.
#[derive(Debug)]
pub(super) struct Work<'a> {
    pub letter: &'a Letter,
    pub uuids: Vec<String>,
    pub stations: &'static [Station],
}

impl<'a> Letters<'a> {
    pub(super) fn sort(letters: &'a [Letter], input: &Input) -> Self {
        let mut sorted = Self::default();
        for letter in letters {
            if letter.reason == "undecodable" && marker(&letter.body).is_some() {
                sorted.malformed.push(letter);
                continue;
            }
            let body = serde_json::from_str(&letter.body).unwrap_or(Value::Null);
            let mut uuids = uuids_in(&body);
            uuids.retain(|uuid| input.events.contains_key(uuid));
            let stations = stations(letter, &body);
            for station in stations {
                sorted.covered.extend(uuids.iter().map(|uuid| (*station, uuid.clone())));
            }
            sorted.work.push(Work { letter, uuids, stations });
        }
        sorted
    }

    /// Whether a letter says why that event does not come by there.
    pub(super) fn cover(&self, station: Station, uuid: &str) -> bool {
        self.covered.contains(&(station, uuid.to_owned()))
    }

    /// Looks for a cause of each letter.
    pub(super) fn check_reasons(&self, input: &Input, evidence: &Evidence, differences: &mut Differences) {
        let refused = refusals(evidence);
        let is_killed = evidence.faults.iter().any(|fault| fault.fault == FaultKind::Kill);
        for work in &self.work {
            let is_explained = match work.letter.reason.as_str() {
                "retries_exhausted" => work.uuids.iter().any(|uuid| {
                    let event = &input.events[uuid];
                    let refused = work.stations.iter().map(|station| refused.get(&(*station, uuid.clone())));
                    let refused: u64 = refused.map(|count| count.copied().unwrap_or(0)).sum();
                    let is_hopeless = event.is_hopeless && work.stations == [Station::Handled];
                    is_hopeless || refused > 0 && event.failures + refused >= limit(work.stations)
                }),
                "crashed" => is_killed,
                _ => false,
            };
            if !is_explained {
                let example = work.uuids.first().map_or(work.letter.id.as_str(), String::as_str);
                differences.add(Kind::GivenUp, &work.letter.reason, example);
            }
        }
        for (uuid, event) in input.kept() {
            if event.is_hopeless && !self.cover(Station::Handled, uuid) {
                differences.add(Kind::NotGivenUp, "retries_exhausted", uuid);
            }
        }
    }
}

/// From how many refusals on the endpoint's being down can be why work was given up.
fn limit(stations: &[Station]) -> u64 {
    if stations == [Station::Handled] { RUNS_OF_ON_EVENT } else { 1 }
}

/// How often the endpoint failed to answer about each event.
fn refusals(evidence: &Evidence) -> HashMap<(Station, String), u64> {
    let mut refusals = HashMap::new();
    for row in evidence.recording.iter().filter(|row| row.reply != Reply::Ok) {
        let Some(station) = Station::of_row(row) else { continue };
        for uuid in &row.uuids {
            *refusals.entry((station, uuid.clone())).or_default() += 1;
        }
    }
    refusals
}

/// What never happens because of the letter. What belongs to no app stands for the whole event.
fn stations(letter: &Letter, body: &Value) -> &'static [Station] {
    let of_stage = body["stage"]["name"].as_str().unwrap_or_default();
    let of_job = body["name"].as_str().unwrap_or_default();
    match (letter.app.as_deref(), letter.function.as_deref(), of_stage, of_job) {
        (Some("retrier"), ..) => &[Station::Handled],
        (Some("exporter"), ..) | (None, None, "export", _) => &[Station::Exported],
        (Some("scheduler"), ..) | (None, None, "", "tell") => &[Station::Job],
        _ => &Station::ALL,
    }
}
