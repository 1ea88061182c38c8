//! Which letters are meant: by id, by the beginning of an id, by a filter.

use super::{Letters, counted};
use crate::arguments::FilterArguments;
use crate::exit::Unusable;
use runtime_core::ports::dead_letters::{LetterFilter, LetterStates};
use runtime_core::redrive::{MatchingLetter, matching_letters};

/// How many candidates an ambiguous id names.
const CANDIDATES: usize = 5;

impl Letters {
    /// The filter that the words make.
    pub(super) fn filter(&self, arguments: &FilterArguments, states: LetterStates) -> Result<LetterFilter, Unusable> {
        let installation = arguments.app.as_deref().map(|app| self.names.installation(app)).transpose()?;
        let now = self.clock.now();
        let [since, until] = [arguments.since, arguments.until].map(|given| given.map(|given| given.time(now)));
        if let (Some(since), Some(until)) = (since, until)
            && since >= until
        {
            let message = format!("--since ({since}) is not before --until ({until}): nothing can lie between them");
            return Err(Unusable::new(message));
        }
        let function = arguments.function.clone();
        Ok(LetterFilter { installation, reason: arguments.reason, function, since, until, states })
    }

    /// The letters that a filter lets through.
    pub(super) async fn matching(&self, filter: &LetterFilter, limit: usize) -> Result<Vec<MatchingLetter>, Unusable> {
        matching_letters(self.store.as_ref(), filter, limit).await.map_err(Unusable::new)
    }

    /// Whole ids for what was given. An unknown or ambiguous one refuses all of them.
    pub(super) async fn resolve(&self, given: &[String]) -> Result<Vec<String>, Unusable> {
        let mut ids: Vec<String> = Vec::with_capacity(given.len());
        for id in given {
            let id = self.resolve_one(id).await?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// The whole id of a letter.
    pub(super) async fn resolve_one(&self, given: &str) -> Result<String, Unusable> {
        if self.store.get(given).await.map_err(Unusable::new)?.is_some() {
            return Ok(given.to_owned());
        }
        let all = LetterFilter { states: LetterStates::All, ..LetterFilter::default() };
        let mut ids = self.matching(&all, usize::MAX).await?;
        ids.retain(|letter| !given.is_empty() && letter.id.starts_with(given));
        match &ids[..] {
            [letter] => Ok(letter.id.clone()),
            [] => {
                let message = "there is no such dead letter; `hedgerow dead-letters list --all` shows all";
                Err(Unusable::at(format_args!("\"{given}\""), message))
            }
            several => {
                let list: String = several.iter().take(CANDIDATES).map(|letter| format!("\n  {}", letter.id)).collect();
                let count = counted(several.len(), "dead letter");
                let message = format!("{count} begin with it; give more of the id{list}");
                Err(Unusable::at(format_args!("\"{given}\""), message))
            }
        }
    }
}
