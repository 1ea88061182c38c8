//! Lists of dead letters that need many pages of the index.

use crate::emulator::Stack;
use runtime_core::ports::clock::Timestamp;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetterReason, DeadLetters, LetterFilter, Redrive};

/// So many that most partitions of the index have two pages.
const LETTERS: i64 = 240;

fn letter(number: i64) -> DeadLetter {
    let rare = number % 60 == 0;
    DeadLetter {
        id: format!("letter {number}"),
        reason: if rare { DeadLetterReason::Crashed } else { DeadLetterReason::AppFailed },
        message: String::new(),
        body: Vec::new(),
        installation: None,
        function: None,
        team: None,
        created_at: Timestamp(number),
        redrive: Redrive::Record,
        redriven_at: None,
    }
}

#[tokio::test]
async fn a_list_goes_through_all_pages_in_order() {
    let stack = Stack::new().await;
    let letters = stack.store.dead_letters();
    for number in 0..LETTERS {
        letters.put(letter(number)).await.unwrap();
    }
    let numbers = async |filter: LetterFilter, limit| {
        let list = letters.list(&filter, limit).await.unwrap();
        list.into_iter().map(|letter| letter.created_at.0).collect::<Vec<_>>()
    };
    let any = LetterFilter::default;
    assert_eq!(numbers(any(), 1_000).await, (0..LETTERS).collect::<Vec<_>>());
    assert_eq!(numbers(any(), 100).await, (0..100).collect::<Vec<_>>());
    let since = Some(Timestamp(LETTERS - 40));
    assert_eq!(numbers(LetterFilter { since, ..any() }, 1_000).await, (LETTERS - 40..LETTERS).collect::<Vec<_>>());
    let reason = Some(DeadLetterReason::Crashed);
    assert_eq!(numbers(LetterFilter { reason, ..any() }, 3).await, [0, 60, 120]);
    assert_eq!(numbers(LetterFilter { reason, ..any() }, 10).await, [0, 60, 120, 180]);
}
