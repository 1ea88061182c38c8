//! Secrets in texts: found in whatever form they turn up, and replaced by `***`.
//!
//! Looked for are a secret itself, with any of its characters percent-encoded (once or twice), escaped as in JSON (up to three
//! times over) or as in HTML; its base64 and base64url, also as the end, the middle or the beginning of a longer text (as in
//! `Authorization: Basic`); and its hex digits. Of a secret that holds JSON each long text in it is one too, and of one with
//! several lines each long line: what apps take apart they may log in parts.
//!
//! What is not found: a secret of fewer than [`SHORTEST_SECRET`] characters, as every other word would be masked; a part of a
//! secret other than 32 or more characters from its beginning; one that was changed in another way, such as to upper case, compressed or encrypted.

mod forms;
#[cfg(test)]
mod tests;

use forms::{Form, Pattern, patterns_of};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Secrets with fewer characters are not looked for.
pub const SHORTEST_SECRET: usize = 4;

/// Finds the secrets that it was made of.
#[derive(Default)]
pub struct Masker {
    /// The longest first, so that none is masked in part.
    patterns: Vec<Pattern>,
    /// The patterns that may begin with a byte, by that byte.
    by_first: Vec<Vec<usize>>,
}

impl Masker {
    /// Of the values of secrets.
    #[must_use]
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut patterns: Vec<Pattern> = secrets.into_iter().flat_map(patterns_of).collect();
        patterns.sort_by(|one, other| (other.length(), one).cmp(&(one.length(), other)));
        patterns.dedup();
        let mut by_first = vec![Vec::new(); 256];
        for (index, pattern) in patterns.iter().enumerate() {
            for byte in pattern.first_bytes() {
                by_first[usize::from(byte)].push(index);
            }
        }
        Self { patterns, by_first }
    }

    /// The text without secrets.
    #[must_use]
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = String::new();
        let (mut copied, mut at) = (0, 0);
        while at < text.len() && !self.patterns.is_empty() {
            let Some(end) = self.match_at(text, at) else {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                continue;
            };
            masked.push_str(&text[copied..at]);
            masked.push_str(MASK);
            (copied, at) = (end, end);
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        masked.push_str(&text[copied..]);
        Cow::Owned(masked)
    }

    /// The same of a text that is no longer needed.
    #[must_use]
    pub fn mask_owned(&self, text: String) -> String {
        match self.mask(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(masked) => masked,
        }
    }

    /// A JSON value whose texts and keys hold no secrets.
    #[must_use]
    pub fn mask_value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.mask_owned(text)),
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.mask_value(item)).collect()),
            Value::Object(members) => {
                let member = |(key, value)| (self.mask_owned(key), self.mask_value(value));
                Value::Object(members.into_iter().map(member).collect::<Map<_, _>>())
            }
            Value::Number(number) => match self.mask(&number.to_string()) {
                Cow::Borrowed(_) => Value::Number(number),
                Cow::Owned(masked) => Value::String(masked),
            },
            other => other,
        }
    }

    /// Where the longest secret that begins at a place ends.
    fn match_at(&self, text: &str, at: usize) -> Option<usize> {
        let candidates = &self.by_first[usize::from(text.as_bytes()[at])];
        let ends = candidates.iter().filter_map(|index| {
            let pattern = &self.patterns[*index];
            let end = pattern.match_at(text.as_bytes(), at)?;
            // What is left of the padding of base64 would say how long the secret is.
            let padding = text[end..].bytes().take_while(|byte| *byte == b'=').count();
            Some(if pattern.form == Form::Base64 { end + padding.min(2) } else { end })
        });
        ends.max()
    }
}
