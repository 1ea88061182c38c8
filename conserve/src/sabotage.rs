//! Bugs that a run can be given to show that the checker names them: what the functions send and store is changed on its way, or
//! the poller forgets its manners. The functions themselves are those that are shipped.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sabotage {
    /// Messages are deleted before they are worked on, and the function is killed at times.
    AcknowledgeFirst,
    /// Continuations of `onEvent` go on from the sink.
    WrongStage,
    /// Continuations always are a first attempt.
    UncountedAttempts,
    /// Large bodies are not stored, and the function hears that they were.
    LostClaimChecks,
    /// Dead letters are not stored, and the function hears that they were.
    LostDeadLetters,
    /// One in ten messages to the jobs queue is not sent, and the function hears that it was.
    LostMessages,
    /// Some messages are not deleted though the function has done their work.
    Redelivery,
    /// One in ten messages is sent twice.
    DoubleSends,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AcknowledgeFirst,
        Self::WrongStage,
        Self::UncountedAttempts,
        Self::LostClaimChecks,
        Self::LostDeadLetters,
        Self::LostMessages,
        Self::Redelivery,
        Self::DoubleSends,
    ];
}

impl FromStr for Sabotage {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        serde_json::from_value(name.into()).map_err(|_| {
            let names = Self::ALL
                .map(|bug| serde_json::to_value(bug).unwrap_or_default().as_str().unwrap_or_default().to_owned());
            format!("there is no bug `{name}`: choose one of {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bug_has_a_name() {
        assert_eq!("lost-claim-checks".parse(), Ok(Sabotage::LostClaimChecks));
        assert!("typo".parse::<Sabotage>().unwrap_err().contains("acknowledge-first, wrong-stage"));
    }
}
