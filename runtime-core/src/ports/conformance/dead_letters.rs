//! The suite of [`DeadLetters`].

use super::done;
use crate::event::{InstallationId, TeamId};
use crate::ports::clock::Timestamp;
use crate::ports::dead_letters::{
    Claim, DeadLetter, DeadLetterReason, DeadLetters, LetterFilter, LetterStates, Redrive,
};
use crate::ports::delayed_queue::Lane;
use futures_util::future::join_all;

const CLAIMERS: usize = 8;

/// Checks an empty `port`.
pub async fn run(port: &dyn DeadLetters) {
    lists_in_order(port).await;
    keeps_every_reason_and_redrive(port).await;
    gets_and_removes(port).await;
    filters(port).await;
    lets_one_claim_through(port).await;
    opens_again_what_is_put_again(port).await;
}

async fn lists_in_order(port: &dyn DeadLetters) {
    assert_eq!(list(port, &LetterFilter::default(), 10).await, [], "an empty store has no letters");
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
    assert_eq!(list(port, &LetterFilter::default(), 10).await, all, "whole letters, by created_at, then id");
    assert_eq!(list(port, &LetterFilter::default(), 2).await, all[..2], "the oldest come first");
    assert_eq!(list(port, &LetterFilter::default(), 0).await, [], "a limit of 0");

    let replacement = DeadLetter { message: "another".to_owned(), ..letter("b", 3_000, DeadLetterReason::Disabled) };
    done(port.put(replacement.clone()).await, "put of the same id");
    let replaced = [tie, last, replacement];
    let listed = list(port, &LetterFilter::default(), 10).await;
    assert_eq!(listed, replaced, "the same id replaces the letter, its time too");
    clear(port).await;
}

async fn keeps_every_reason_and_redrive(port: &dyn DeadLetters) {
    use DeadLetterReason::{
        AppFailed, BadContinuation, BadJob, CaptureLoop, Crashed, Disabled, LostBody, Refused, RetriesExhausted,
        Unavailable, Undecodable, UnknownTeam,
    };
    let reasons = [
        Undecodable,
        UnknownTeam,
        CaptureLoop,
        AppFailed,
        Disabled,
        BadJob,
        Unavailable,
        RetriesExhausted,
        BadContinuation,
        Crashed,
        LostBody,
        Refused,
    ];
    for reason in reasons {
        done(port.put(letter("kept", 0, reason)).await, "put");
        assert_eq!(get(port, "kept").await.reason, reason, "the reason comes back");
    }
    let lanes = [Lane::Events, Lane::Continuations, Lane::Exports, Lane::Jobs].map(Redrive::Message);
    for redrive in lanes.into_iter().chain([Redrive::Record, Redrive::Stage("{\"name\":\"sink\"}".to_owned())]) {
        let redriven_at = Some(Timestamp(-1));
        let one = DeadLetter { redrive, redriven_at, ..letter("kept", 0, AppFailed) };
        done(port.put(one.clone()).await, "put");
        assert_eq!(get(port, "kept").await, one, "how it is run again, and when it was, come back");
    }
    clear(port).await;
}

async fn gets_and_removes(port: &dyn DeadLetters) {
    let one = letter("one", 5, DeadLetterReason::AppFailed);
    assert_eq!(done(port.get("one").await, "get"), None, "a missing letter");
    assert!(!done(port.remove("one").await, "remove"), "there is none to remove");
    done(port.put(one.clone()).await, "put");
    assert_eq!(done(port.get("one").await, "get"), Some(one), "the whole letter");
    assert!(done(port.remove("one").await, "remove"), "there was one");
    assert_eq!(done(port.get("one").await, "get"), None, "it is gone");
    assert!(!done(port.remove("one").await, "remove"), "there is none any more");
}

async fn filters(port: &dyn DeadLetters) {
    let letters = [
        letter("1", 1_000, DeadLetterReason::AppFailed),
        DeadLetter { installation: Some(InstallationId(40)), ..letter("2", 2_000, DeadLetterReason::AppFailed) },
        DeadLetter { function: Some("onEvent".to_owned()), ..letter("3", 3_000, DeadLetterReason::AppFailed) },
        DeadLetter { installation: None, function: None, ..letter("4", 4_000, DeadLetterReason::Crashed) },
        letter("5", 5_000, DeadLetterReason::Crashed),
    ];
    for one in &letters {
        done(port.put(one.clone()).await, "put");
    }
    done(port.claim("1", Timestamp(0), Timestamp(1)).await, "claim");
    done(port.redriven("1", Timestamp(9)).await, "redriven");
    let ids = async |filter: LetterFilter, limit| {
        let found = list(port, &filter, limit).await;
        found.into_iter().map(|letter| letter.id).collect::<String>()
    };
    let any = LetterFilter::default;
    let all = || LetterFilter { states: LetterStates::All, ..any() };
    let installation = Some(InstallationId(39));
    let (function, reason) = (Some("processEvent".to_owned()), Some(DeadLetterReason::Crashed));
    assert_eq!(ids(any(), 10).await, "2345", "all that wait");
    assert_eq!(ids(all(), 10).await, "12345", "those that were sent again, too");
    assert_eq!(ids(LetterFilter { installation, ..any() }, 10).await, "35", "of an installation");
    assert_eq!(ids(LetterFilter { installation, ..all() }, 2).await, "13", "the limit counts what was let through");
    assert_eq!(ids(LetterFilter { reason, ..any() }, 10).await, "45", "of a reason");
    assert_eq!(ids(LetterFilter { function: function.clone(), ..any() }, 10).await, "25", "of a function");
    let since = |since| LetterFilter { since: Some(Timestamp(since)), ..all() };
    assert_eq!(ids(since(3_000), 10).await, "345", "given up at that very time or later");
    assert_eq!(ids(since(3_001), 10).await, "45", "and not earlier");
    assert_eq!(ids(since(-1), 10).await, "12345", "since before 1970");
    let until = |until| LetterFilter { until: Some(Timestamp(until)), ..all() };
    assert_eq!(ids(until(3_000), 10).await, "12", "given up before that very time");
    assert_eq!(ids(until(3_001), 10).await, "123", "and not later");
    assert_eq!(ids(until(-1), 10).await, "", "until before 1970");
    let between = |from, to| LetterFilter { until: Some(Timestamp(to)), ..since(from) };
    assert_eq!(ids(between(2_000, 4_000), 10).await, "23", "between two times");
    assert_eq!(ids(between(2_000, 4_000), 1).await, "2", "the oldest of them");
    assert_eq!(ids(between(4_000, 4_000), 10).await, "", "between a time and itself");
    assert_eq!(ids(between(4_000, 2_000), 10).await, "", "between times the wrong way round");
    let narrow = LetterFilter { installation, function, reason, ..since(3_000) };
    assert_eq!(ids(narrow, 10).await, "5", "everything at once");
    assert_eq!(ids(LetterFilter { function: Some("jobs".to_owned()), ..all() }, 10).await, "", "nothing");
    clear(port).await;
}

async fn lets_one_claim_through(port: &dyn DeadLetters) {
    let one = letter("claimed", 0, DeadLetterReason::AppFailed);
    assert_eq!(claim(port, 100).await, Claim::Missing, "there is none");
    done(port.put(one.clone()).await, "put");
    done(port.redriven("claimed", Timestamp(50)).await, "redriven of what nobody has claimed");
    let claims = join_all((0..CLAIMERS).map(|_| claim(port, 100))).await;
    let (claimed, others): (Vec<_>, Vec<_>) = claims.into_iter().partition(|claim| matches!(claim, Claim::Claimed(_)));
    assert_eq!(claimed, [Claim::Claimed(Box::new(one.clone()))], "one of {CLAIMERS} has it, whole");
    assert_eq!(others, vec![Claim::Taken; CLAIMERS - 1], "the others have not");
    assert_eq!(list(port, &LetterFilter::default(), 10).await.len(), 1, "a claimed letter waits");
    assert_eq!(claim(port, 1_099).await, Claim::Taken, "up to the end of the claim");
    assert_eq!(claim(port, 1_100).await, Claim::Claimed(Box::new(one.clone())), "whoever has crashed leaves it");
    done(port.redriven("claimed", Timestamp(1_200)).await, "redriven");
    assert_eq!(claim(port, 9_000).await, Claim::Redriven, "nobody gets what was sent");
    let sent = DeadLetter { redriven_at: Some(Timestamp(1_200)), ..one };
    assert_eq!(get(port, "claimed").await, sent, "it says when");
    done(port.redriven("never there", Timestamp(1)).await, "redriven of what is not there");
    assert_eq!(done(port.get("never there").await, "get"), None, "makes no letter");
    clear(port).await;
}

async fn opens_again_what_is_put_again(port: &dyn DeadLetters) {
    let one = letter("claimed", 0, DeadLetterReason::AppFailed);
    done(port.put(one.clone()).await, "put");
    claim(port, 100).await;
    done(port.redriven("claimed", Timestamp(200)).await, "redriven");
    done(port.put(one.clone()).await, "put");
    let waiting = list(port, &LetterFilter::default(), 10).await;
    assert_eq!(waiting, std::slice::from_ref(&one), "it failed again, so it waits again");
    assert_eq!(claim(port, 300).await, Claim::Claimed(Box::new(one.clone())), "and can be claimed");
    done(port.put(one.clone()).await, "put");
    done(port.redriven("claimed", Timestamp(400)).await, "redriven by whoever had claimed the letter before");
    assert_eq!(get(port, "claimed").await, one, "it failed again before it was marked: it stays open");
    clear(port).await;
}

/// Claims the letter of the checks at `now`, for a second.
async fn claim(port: &dyn DeadLetters, now: i64) -> Claim {
    done(port.claim("claimed", Timestamp(now), Timestamp(now + 1_000)).await, "claim")
}

async fn list(port: &dyn DeadLetters, filter: &LetterFilter, limit: usize) -> Vec<DeadLetter> {
    done(port.list(filter, limit).await, "list")
}

async fn get(port: &dyn DeadLetters, id: &str) -> DeadLetter {
    done(port.get(id).await, "get").unwrap_or_else(|| panic!("{id} must be there"))
}

async fn clear(port: &dyn DeadLetters) {
    let all = LetterFilter { states: LetterStates::All, ..LetterFilter::default() };
    for letter in list(port, &all, 100).await {
        assert!(done(port.remove(&letter.id).await, "remove"), "{} was listed", letter.id);
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
