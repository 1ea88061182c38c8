//! `hedgerow dead-letters list`.

use super::{Letters, counted};
use crate::arguments::ListArguments;
use crate::console::{self, STRONG};
use crate::exit::{Outcome, Unusable};
use crate::table::{distinct_length, lines};
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{DeadLetter, LetterStates};
use serde_json::{Value, json};
use std::io::{IsTerminal, stdout};
use terminal_size::{Width, terminal_size_of};

/// How much of an id is shown at least.
const SHORTEST_ID: usize = 8;

/// Lists letters. The table goes to stdout, whether there are more to stderr.
pub async fn list(letters: &Letters, arguments: &ListArguments) -> Result<Outcome, Unusable> {
    let states = if arguments.all { LetterStates::All } else { LetterStates::Waiting };
    let filter = letters.filter(&arguments.filter, states)?;
    let limit = arguments.limit.get();
    let mut listed = letters.store.list(&filter, limit.saturating_add(1)).await.map_err(Unusable::new)?;
    let is_cut = listed.len() > limit;
    listed.truncate(limit);
    if arguments.json {
        console::line(Value::from_iter(listed.iter().map(|letter| summary(letters, letter))));
    } else if listed.is_empty() {
        console::note("there are no such dead letters");
    } else {
        tell(letters, &listed, states);
    }
    if is_cut {
        console::note(format_args!("there are more than {}; give --limit N", counted(limit, "dead letter")));
    }
    Ok(Outcome::Success)
}

/// A letter without its body, for programs.
pub fn summary(letters: &Letters, letter: &DeadLetter) -> Value {
    json!({
        "id": letter.id,
        "reason": letter.reason,
        "message": letter.message,
        "installation": letter.installation,
        "app": letter.installation.map(|installation| letters.names.with_number(installation)),
        "function": letter.function,
        "team": letter.team,
        "created_at": letter.created_at.to_string(),
        "redriven_at": letter.redriven_at.map(|at| at.to_string()),
        "redrive": letter.redrive,
        "body_bytes": letter.body.len(),
    })
}

fn tell(letters: &Letters, listed: &[DeadLetter], states: LetterStates) {
    let width = stdout().is_terminal().then(|| terminal_size_of(stdout())).flatten().map(|(Width(width), _)| width);
    let ids: Vec<&str> = listed.iter().map(|letter| letter.id.as_str()).collect();
    // Programs get whole ids.
    let id_length = if width.is_some() { distinct_length(&ids, SHORTEST_ID) } else { usize::MAX };
    let mut head = vec!["ID", "GIVEN UP", "REASON", "APP", "FUNCTION", "MESSAGE"];
    if states == LetterStates::All {
        head.insert(2, "REDRIVEN");
    }
    let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    rows.extend(listed.iter().map(|letter| row(letters, letter, (id_length, states))));
    for (index, line) in lines(&rows, width.map(usize::from)).into_iter().enumerate() {
        if index == 0 {
            console::line(format_args!("{STRONG}{line}{STRONG:#}"));
        } else {
            console::line(line);
        }
    }
}

fn row(letters: &Letters, letter: &DeadLetter, (id_length, states): (usize, LetterStates)) -> Vec<String> {
    let mut row = vec![
        letter.id.chars().take(id_length).collect(),
        second(letter.created_at),
        letter.reason.name(),
        letter.installation.map_or_else(|| "-".to_owned(), |installation| letters.names.with_number(installation)),
        letter.function.clone().unwrap_or_else(|| "-".to_owned()),
        letter.message.split_whitespace().collect::<Vec<_>>().join(" "),
    ];
    if states == LetterStates::All {
        row.insert(2, letter.redriven_at.map_or_else(|| "-".to_owned(), second));
    }
    row.into_iter().map(|cell| console::printable(&cell).into_owned()).collect()
}

/// A time to the second.
fn second(time: Timestamp) -> String {
    let text = time.to_string();
    text.split_once('.').map_or_else(|| text.clone(), |(seconds, _)| format!("{seconds}Z"))
}
