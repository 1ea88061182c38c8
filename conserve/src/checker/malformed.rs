//! Whether what could not be read was kept as it came.

use super::differences::{Differences, Kind};
use super::input::{Input, marker};
use super::letters::Letters;

pub(super) fn check(input: &Input, letters: &Letters, differences: &mut Differences) {
    for (name, record) in &input.malformed {
        let mut kept = letters.malformed.iter().filter(|letter| marker(&letter.body) == Some(name));
        match (kept.next(), record) {
            (None, _) => differences.add(Kind::LostMalformed, "dead letters", name),
            (Some(letter), Some(record)) if letter.body != *record => {
                differences.add(Kind::NotWhole, "dead letters", name);
            }
            _ => {}
        }
    }
}
