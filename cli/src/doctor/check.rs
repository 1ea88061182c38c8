//! A check: what it asks, what was found, and what to do.

use serde_json::{Value, json};

/// What is asked. Its answers are [`Check`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// One or two words.
    pub name: &'static str,
    /// The question, for people.
    pub asks: &'static str,
}

/// How an answer is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, though somebody should know.
    Warning,
    /// It does not work.
    Failed,
}

impl Verdict {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The question's name, and of what, for example `queue events`.
    pub name: String,
    /// The question.
    pub asks: &'static str,
    /// How it is to be taken.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do, unless it is as it should be.
    pub advice: Option<String>,
}

impl Question {
    /// It is as it should be.
    pub fn ok(self, found: impl Into<String>) -> Check {
        self.answer(Verdict::Ok, found.into(), None)
    }

    /// It works, but ...
    pub fn warning(self, found: impl Into<String>, advice: impl Into<String>) -> Check {
        self.answer(Verdict::Warning, found.into(), Some(advice.into()))
    }

    /// It does not work.
    pub fn failed(self, found: impl Into<String>, advice: impl Into<String>) -> Check {
        self.answer(Verdict::Failed, found.into(), Some(advice.into()))
    }

    fn answer(self, verdict: Verdict, found: String, advice: Option<String>) -> Check {
        Check { name: self.name.to_owned(), asks: self.asks, verdict, found, advice }
    }
}

impl Check {
    /// The same about one of several.
    #[must_use]
    pub fn of(mut self, what: &str) -> Self {
        self.name = format!("{} {what}", self.name);
        self
    }

    /// As `--json` has it.
    pub fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "asks": self.asks,
            "verdict": self.verdict.name(),
            "found": self.found,
            "advice": self.advice,
        })
    }
}
