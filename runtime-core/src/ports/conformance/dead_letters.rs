//! The suite of [`DeadLetters`].

use super::done;
use crate::event::{InstallationId, TeamId};
use crate::ports::clock::Timestamp;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, LetterFilter, Redrive};

/// Checks an empty `port`.
pub async fn run(port: &dyn DeadLetters) {
    assert_eq!(
        done(port.list(&LetterFilter::default(), 10).await, "list of nothing"),
        [],
        "an empty store has no letters"
    );
    let first = letter("b", 1_000, DeadLetterReason::AppFailed);
    let tie = letter("c", 1_000, DeadLetterReason::BadJob);
    let last = DeadLetter {
        installation: None,
        function: None,
        team: None,
        body: Vec::new(),
        ..letter("a", 2_000, DeadLetterReason::Undecodable)
    };
    for one in [&last, &tie, &first] {
        done(port.put(one.clone()).await, "put");
    }
    let all = [first.clone(), tie.clone(), last.clone()];
    assert_eq!(
        done(port.list(&LetterFilter::default(), 10).await, "list"),
        all,
        "whole letters, by created_at, then id"
    );
    assert_eq!(done(port.list(&LetterFilter::default(), 2).await, "list of 2"), all[..2], "the oldest come first");
    assert_eq!(done(port.list(&LetterFilter::default(), 0).await, "list of 0"), [], "a limit of 0");

    let replacement = DeadLetter { message: "another".to_owned(), ..letter("b", 3_000, DeadLetterReason::Disabled) };
    done(port.put(replacement.clone()).await, "put of the same id");
    let replaced = [tie, last, replacement];
    assert_eq!(
        done(port.list(&LetterFilter::default(), 10).await, "list"),
        replaced,
        "the same id replaces the letter, its time too"
    );
    every_reason_is_kept(port).await;
}

async fn every_reason_is_kept(port: &dyn DeadLetters) {
    use DeadLetterReason::{AppFailed, BadJob, CaptureLoop, Disabled, Unavailable, Undecodable, UnknownTeam};
    for reason in [Undecodable, UnknownTeam, CaptureLoop, AppFailed, Disabled, BadJob, Unavailable] {
        done(port.put(letter("reason", 0, reason)).await, "put");
        assert_eq!(
            done(port.list(&LetterFilter::default(), 1).await, "list")[0].reason,
            reason,
            "the reason comes back"
        );
    }
}

fn letter(id: &str, created_at: i64, reason: DeadLetterReason) -> DeadLetter {
    DeadLetter {
        id: id.to_owned(),
        reason,
        message: "it failed: \"quoted\"\nand a second line".to_owned(),
        body: vec![0, 255, b'{', 0, 128],
        installation: Some(InstallationId(39)),
        function: Some("processEvent".to_owned()),
        team: Some(TeamId(2)),
        created_at: Timestamp(created_at),
        redrive: Redrive::Stage("{\"name\":\"sink\"}".to_owned()),
        redriven_at: None,
    }
}
