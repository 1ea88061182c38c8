//! `hedgerow dead-letters redrive` and `purge`.

use super::{Letters, counted};
use crate::arguments::{ChoiceArguments, PurgeArguments, RedriveArguments};
use crate::exit::{Outcome, Unusable};
use crate::installed::kept::Whereabouts;
use crate::{ask, console};
use runtime_core::ports::dead_letters::LetterStates;
use runtime_core::ports::delayed_queue::Lane;
use runtime_core::redrive::{MatchingLetter, Pace, RedriveFailure, RedriveSummary, Redriven, redrive_paced};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Redrives letters, and says what happens next.
pub async fn redrive(letters: &Letters, arguments: &RedriveArguments) -> Result<Outcome, Unusable> {
    let choice = &arguments.choice;
    let ids = chosen(letters, choice, ("redrive", LetterStates::Waiting)).await?;
    let asked = ids.len();
    let summary = redrive_paced(&letters.ports, ids, pace(letters, choice)).await;
    // Of letters that a filter has chosen it is no failure that somebody else was faster.
    let (faster, refused) = summary.elsewhere.iter().partition::<Vec<_>, _>(|_| choice.all_matching);
    for failure in refused.iter().copied().chain(&summary.failed) {
        console::error(&failure.error);
    }
    let not_tried = asked - summary.redriven.len() - summary.elsewhere.len() - summary.failed.len();
    if not_tried > 0 {
        console::error(format_args!("{} not tried", counted(not_tried, "dead letter")));
    }
    if !faster.is_empty() {
        console::note(format_args!("{} left to somebody else who was faster", counted(faster.len(), "dead letter")));
    }
    if arguments.json {
        console::line(as_json(&summary, asked));
    } else if asked > 0 {
        console::line(format_args!("{} redriven", counted(summary.redriven.len(), "dead letter")));
    }
    if !summary.redriven.is_empty() {
        console::note(next(&letters.at, &work_of(&summary.redriven)));
    }
    let is_failed = not_tried > 0 || !summary.failed.is_empty() || !refused.is_empty();
    Ok(if is_failed { Outcome::Failures } else { Outcome::Success })
}

/// What happens with the work now.
fn next(at: &Whereabouts, work: &str) -> String {
    match at {
        Whereabouts::Folder(folder) => {
            format!("the next `hedgerow run --state {}` with the same apps {work}", folder.display())
        }
        Whereabouts::Stack(name) => {
            format!("the stack {name} has it in its queues and takes it up at once: it {work}")
        }
    }
}

fn as_json(summary: &RedriveSummary, asked: usize) -> Value {
    let ids: Vec<&str> = summary.redriven.iter().map(|redriven| redriven.id.as_str()).collect();
    let failures = |failures: &[RedriveFailure]| {
        Value::from_iter(failures.iter().map(|it| json!({"id": it.id, "error": it.error.to_string()})))
    };
    let tried = ids.len() + summary.elsewhere.len() + summary.failed.len();
    json!({
        "asked": asked,
        "redriven": ids.len(),
        "ids": ids,
        "elsewhere": failures(&summary.elsewhere),
        "failed": failures(&summary.failed),
        "not_tried": asked - tried,
    })
}

/// Removes letters.
pub async fn purge(letters: &Letters, arguments: &PurgeArguments) -> Result<Outcome, Unusable> {
    if arguments.all && !arguments.choice.all_matching {
        return Err(mixed());
    }
    let states = if arguments.all { LetterStates::All } else { LetterStates::Waiting };
    let ids = chosen(letters, &arguments.choice, ("remove for good", states)).await?;
    let (asked, mut removed) = (ids.len(), Vec::new());
    let mut pace = pace(letters, &arguments.choice);
    for id in ids {
        pace.step().await;
        let was_there = letters.store.remove(&id).await.map_err(|error| {
            let count = counted(removed.len(), "dead letter");
            Unusable::new(format_args!("{error}; {count} removed before that, try again for the others"))
        })?;
        if was_there {
            removed.push(id);
        }
    }
    if arguments.json {
        console::line(json!({"asked": asked, "removed": removed.len(), "ids": removed}));
    } else if asked > 0 {
        console::line(format_args!("{} removed", counted(removed.len(), "dead letter")));
    }
    Ok(Outcome::Success)
}

fn pace(letters: &Letters, choice: &ChoiceArguments) -> Pace {
    choice.rate.map_or_else(Pace::unlimited, |rate| Pace::at_most(rate, letters.clock.clone()))
}

/// The ids that are meant, after a person has agreed; none if there are none, or if nobody agreed, which was told.
async fn chosen(
    letters: &Letters,
    choice: &ChoiceArguments,
    (verb, states): (&str, LetterStates),
) -> Result<Vec<String>, Unusable> {
    if choice.is_mixed() {
        return Err(mixed());
    }
    if !choice.all_matching {
        return letters.resolve(&choice.ids).await;
    }
    let filter = letters.filter(&choice.filter, states)?;
    let limit = choice.limit.map_or(usize::MAX, std::num::NonZeroUsize::get);
    let matching = letters.matching(&filter, limit).await?;
    if matching.is_empty() {
        console::note("there are no such dead letters");
        return Ok(Vec::new());
    }
    let preview = preview(&matching);
    if choice.yes {
        console::note(preview);
    } else if !ask::agrees(
        &format!("{preview}\n{verb}?"),
        &format!("{preview}; give --yes to {verb} without being asked"),
    )? {
        console::note("nothing was done");
        return Ok(Vec::new());
    }
    Ok(matching.into_iter().map(|letter| letter.id).collect())
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
        let redriven = |lane| Redriven { id: "letter".into(), message_id: "id".into(), lane, team: None };
        assert_eq!(work_of(&[redriven(Lane::Continuations)]), "goes on with 1 event where it failed");
        let several =
            [Lane::Jobs, Lane::Exports, Lane::Exports, Lane::Events, Lane::Continuations, Lane::Continuations];
        assert_eq!(
            work_of(&several.map(redriven)),
            "takes 1 record through the whole pipeline, goes on with 2 events where each failed, exports 2 batches again, runs 1 job again"
        );
    }

    #[test]
    fn what_comes_next_depends_on_the_place() {
        let folder = next(&Whereabouts::Folder("state".into()), "runs 1 job again");
        assert_eq!(folder, "the next `hedgerow run --state state` with the same apps runs 1 job again");
        let stack = next(&Whereabouts::Stack("prod".into()), "runs 1 job again");
        assert_eq!(stack, "the stack prod has it in its queues and takes it up at once: it runs 1 job again");
    }

    #[test]
    fn a_preview_counts_by_reason() {
        let letter = |reason| MatchingLetter { id: "id".into(), reason };
        assert_eq!(preview(&[letter(DeadLetterReason::Crashed)]), "1 dead letter matches: 1 crashed");
        let several = [DeadLetterReason::Crashed, DeadLetterReason::AppFailed, DeadLetterReason::Crashed].map(letter);
        assert_eq!(preview(&several), "3 dead letters match: 1 app_failed, 2 crashed");
    }
}
