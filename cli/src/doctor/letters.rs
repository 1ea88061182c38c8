//! Dead letters that wait for somebody.

use super::check::{Check, Question};
use runtime_core::ports::Unavailable;
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetters, LetterFilter};
use std::collections::BTreeMap;

const LETTERS: Question = Question { name: "dead letters", asks: "was work given up that nobody has looked at?" };

/// How many are looked at.
const MOST: usize = 100;

/// What was found.
pub struct Looked {
    /// The answer.
    pub check: Check,
    /// Why there is none.
    #[cfg_attr(not(feature = "stack"), expect(dead_code, reason = "only a stack has permissions"))]
    pub unavailable: Option<Unavailable>,
}

/// Counts them, the oldest hundred.
pub async fn check(letters: &dyn DeadLetters) -> Looked {
    match letters.list(&LetterFilter::default(), MOST).await {
        Ok(letters) => Looked { check: count(&letters), unavailable: None },
        Err(error) => {
            let check =
                LETTERS.failed(error.to_string(), "the store is out of reach, or you may not read it: see permissions");
            Looked { check, unavailable: Some(error) }
        }
    }
}

fn count(letters: &[DeadLetter]) -> Check {
    let Some(oldest) = letters.iter().map(|letter| letter.created_at).min() else { return LETTERS.ok("none") };
    let mut reasons = BTreeMap::new();
    for letter in letters {
        *reasons.entry(letter.reason.name()).or_insert(0_usize) += 1;
    }
    let reasons: Vec<String> = reasons.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let more = if letters.len() == MOST { " or more" } else { "" };
    LETTERS.warning(
        format!("{}{more} since {oldest}: {}", letters.len(), reasons.join(", ")),
        "`hedgerow dead-letters list` shows them; mend the cause, then `hedgerow dead-letters redrive`",
    )
}
