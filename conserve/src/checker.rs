//! The checker: from the files of a run to a ledger and a list of differences. It knows the input and the apps' rules, and
//! nothing of how the runtime works.
//!
//! Every event of the input is dropped by the app that drops, or it is in the sink, was handled by the retrier, exported, and
//! told of by a job; or a dead letter says why not. More than once only where a fault of the harness explains it.

mod allowance;
mod counting;
mod differences;
mod evidence;
mod input;
mod ledger;
mod letters;
mod malformed;
mod sink;
mod station;

pub use differences::{Difference, Kind};
pub use evidence::{Evidence, EvidenceError};
pub use ledger::{Ledger, StationRow};

use allowance::Allowances;
use differences::Differences;
use input::Input;
use letters::Letters;
use serde::Serialize;
use station::{Books, Station};

/// How often `onEvent` runs for an event at most (PostHog's own documentation of RetryError).
const RUNS_OF_ON_EVENT: u64 = 6;

/// What the checker found.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// The accounts.
    pub ledger: Ledger,
    /// What does not add up; nothing, if all is well.
    pub differences: Vec<Difference>,
}

impl Verdict {
    /// Whether everything adds up.
    #[must_use]
    pub fn is_conserved(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Goes through the evidence.
#[must_use]
pub fn check(evidence: &Evidence) -> Verdict {
    let mut differences = Differences::default();
    let input = Input::read(&evidence.input);
    let letters = Letters::sort(&evidence.dead_letters, &input);
    let allowances = Allowances::of(&evidence.faults, &evidence.recording);
    let books = Books { input: &input, evidence, letters: &letters, allowances: &allowances };
    let stations = Station::ALL.map(|station| station.account(&books, &mut differences)).to_vec();
    sink::check_contents(&input, &evidence.sink, &mut differences);
    malformed::check(&input, &letters, &mut differences);
    letters.check_reasons(&input, evidence, &mut differences);
    let counting = counting::check(&input, evidence, &allowances, &mut differences);
    for line in &evidence.unreadable {
        differences.add(Kind::Unreadable, "evidence", line);
    }
    let ledger = Ledger::new(&input, evidence, &letters, stations, counting);
    Verdict { ledger, differences: differences.into_list() }
}
