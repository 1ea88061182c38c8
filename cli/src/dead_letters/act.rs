//! `hedgerow dead-letters redrive` and `purge`.

use super::{Letters, counted};
use crate::arguments::{ChoiceArguments, PurgeArguments};
use crate::console;
use crate::exit::{Outcome, Unusable};
use runtime_core::ports::dead_letters::LetterStates;
use runtime_core::ports::delayed_queue::Lane;
use runtime_core::redrive::{MatchingLetter, Redriven, redrive_each};
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, stdin};

/// Redrives letters, and says what happens next.
pub async fn redrive(letters: &Letters, choice: &ChoiceArguments) -> Result<Outcome, Unusable> {
    let Some(ids) = chosen(letters, choice, ("redrive", LetterStates::Waiting)).await? else {
        return Ok(Outcome::Success);
    };
    let asked = ids.len();
    let summary = redrive_each(&letters.ports, ids).await;
    // Of letters that a filter has chosen it is no failure that somebody else was faster.
    let (faster, refused) = summary.elsewhere.iter().partition::<Vec<_>, _>(|_| choice.all_matching);
    for failure in refused.iter().copied().chain(&summary.failed) {
        console::error(&failure.error);
    }
    let tried = summary.redriven.len() + summary.elsewhere.len() + summary.failed.len();
    if tried < asked {
        console::error(format_args!("{} not tried", counted(asked - tried, "dead letter")));
    }
    if !faster.is_empty() {
        console::note(format_args!("{} left to somebody else who was faster", counted(faster.len(), "dead letter")));
    }
    console::line(format_args!("{} redriven", counted(summary.redriven.len(), "dead letter")));
    if !summary.redriven.is_empty() {
        let folder = letters.folder.display();
        let work = work_of(&summary.redriven);
        console::note(format_args!("the next `hedgerow run --state {folder}` with the same apps {work}"));
    }
    let is_failed = tried < asked || !summary.failed.is_empty() || !refused.is_empty();
    Ok(if is_failed { Outcome::Failures } else { Outcome::Success })
}

/// Removes letters.
pub async fn purge(letters: &Letters, arguments: &PurgeArguments) -> Result<Outcome, Unusable> {
    if arguments.all && !arguments.choice.all_matching {
        return Err(mixed());
    }
    let states = if arguments.all { LetterStates::All } else { LetterStates::Waiting };
    let Some(ids) = chosen(letters, &arguments.choice, ("remove for good", states)).await? else {
        return Ok(Outcome::Success);
    };
    let mut removed = 0;
    for id in &ids {
        removed += usize::from(letters.store.remove(id).await.map_err(Unusable::new)?);
    }
    console::line(format_args!("{} removed", counted(removed, "dead letter")));
    Ok(Outcome::Success)
}

/// The ids that are meant, after a person has agreed; none if there are none, or if nobody agreed.
async fn chosen(
    letters: &Letters,
    choice: &ChoiceArguments,
    (verb, states): (&str, LetterStates),
) -> Result<Option<Vec<String>>, Unusable> {
    if choice.is_mixed() {
        return Err(mixed());
    }
    if !choice.all_matching {
        return letters.resolve(&choice.ids).await.map(Some);
    }
    let filter = letters.filter(&choice.filter, states)?;
    let limit = choice.limit.map_or(usize::MAX, std::num::NonZeroUsize::get);
    let matching = letters.matching(&filter, limit).await?;
    if matching.is_empty() {
        console::note("there are no such dead letters");
        return Ok(None);
    }
    let preview = preview(&matching);
    if choice.yes {
        console::note(preview);
    } else if !agreed(&preview, verb)? {
        console::note("nothing was done");
        return Ok(None);
    }
    Ok(Some(matching.into_iter().map(|letter| letter.id).collect()))
}

fn mixed() -> Unusable {
    Unusable::new("filters, --limit and --all go with --all-matching; leave them out where ids are given")
}

/// `3 dead letters match: 2 app_failed, 1 crashed`.
fn preview(matching: &[MatchingLetter]) -> String {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for letter in matching {
        *reasons.entry(letter.reason.name()).or_default() += 1;
    }
    let reasons: Vec<String> = reasons.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let verb = if matching.len() == 1 { "matches" } else { "match" };
    format!("{} {verb}: {}", counted(matching.len(), "dead letter"), reasons.join(", "))
}

/// Asks a person. Nobody can be asked where stdin is no terminal.
fn agreed(preview: &str, verb: &str) -> Result<bool, Unusable> {
    if !stdin().is_terminal() {
        return Err(Unusable::new(format_args!("{preview}; give --yes to {verb} without being asked")));
    }
    console::note(format_args!("{preview}\n{verb}? [y/N]"));
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer).map_err(|error| Unusable::at("stdin", error))?;
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// What the messages make the next run do.
fn work_of(redriven: &[Redriven]) -> String {
    let of = |lane| redriven.iter().filter(|redriven| redriven.lane == lane).count();
    let parts = [
        (of(Lane::Events), "takes", "record", "through the whole pipeline"),
        (of(Lane::Continuations), "goes on with", "event", "where it failed"),
        (of(Lane::Exports), "exports", "batch", "again"),
        (of(Lane::Jobs), "runs", "job", "again"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, verb, what, how)| {
            let how = if count > 1 { how.replace("it failed", "each failed") } else { how.to_owned() };
            let what = if count > 1 && what == "batch" { format!("{count} batches") } else { counted(count, what) };
            format!("{verb} {what} {how}")
        })
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime_core::ports::dead_letters::DeadLetterReason;

    #[test]
    fn the_next_run_is_told_by_lane() {
        let redriven = |lane| Redriven { message_id: "id".into(), lane, team: None };
        assert_eq!(work_of(&[redriven(Lane::Continuations)]), "goes on with 1 event where it failed");
        let several =
            [Lane::Jobs, Lane::Exports, Lane::Exports, Lane::Events, Lane::Continuations, Lane::Continuations];
        assert_eq!(
            work_of(&several.map(redriven)),
            "takes 1 record through the whole pipeline, goes on with 2 events where each failed, exports 2 batches again, runs 1 job again"
        );
    }

    #[test]
    fn a_preview_counts_by_reason() {
        let letter = |reason| MatchingLetter { id: "id".into(), reason };
        assert_eq!(preview(&[letter(DeadLetterReason::Crashed)]), "1 dead letter matches: 1 crashed");
        let several = [DeadLetterReason::Crashed, DeadLetterReason::AppFailed, DeadLetterReason::Crashed].map(letter);
        assert_eq!(preview(&several), "3 dead letters match: 1 app_failed, 2 crashed");
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(is_yes("y\n") && is_yes(" YES \n"));
        assert!(!is_yes("\n") && !is_yes("") && !is_yes("no\n"));
    }
}
