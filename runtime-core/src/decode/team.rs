//! Whose event it is (behaviour.md, table row "team").

use crate::event::TeamId;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The teams of this stack, as far as decoding needs them.
#[derive(Debug, Clone, Default)]
pub struct TeamDirectory {
    /// The team behind each project token (what clients send as `token` or `api_key`).
    pub tokens: HashMap<String, TeamId>,
    /// The team of a stack that has just one.
    pub only_team: Option<TeamId>,
}

impl TeamDirectory {
    /// With these tokens, for a stack of these teams.
    pub fn of(tokens: HashMap<String, TeamId>, teams: impl IntoIterator<Item = TeamId>) -> Self {
        let mut teams = teams.into_iter();
        let first = teams.next();
        let only_team = first.filter(|first| teams.all(|team| team == *first));
        Self { tokens, only_team }
    }

    /// The team of an event: its `team_id`; else the first of its `token`, its `api_key`, `properties.token` and the token of
    /// the batch that is in the table; else the only team.
    ///
    /// A `team_id` that is no integer, and a token that is not in the table, count as absent.
    pub fn team_of(&self, event: &Map<String, Value>, batch_token: Option<&str>) -> Option<TeamId> {
        let token = |member: &str| event.get(member).and_then(Value::as_str);
        let property = event.get("properties").and_then(|properties| properties.get("token")).and_then(Value::as_str);
        event
            .get("team_id")
            .and_then(integer)
            .or_else(|| {
                let tokens = [token("token"), token("api_key"), property, batch_token];
                tokens.into_iter().flatten().find_map(|token| self.tokens.get(token).copied())
            })
            .or(self.only_team)
    }
}

/// An integer, also one written as `2.0` or `"2"`.
fn integer(value: &Value) -> Option<TeamId> {
    let number = match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float =
                number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0)?;
            #[expect(clippy::cast_possible_truncation, reason = "it is a whole number below 2^53")]
            Some(float as i64)
        }),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.map(TeamId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_rule_that_names_a_team_wins() {
        let tokens = HashMap::from([("phc_a".to_owned(), TeamId(1)), ("phc_b".to_owned(), TeamId(2))]);
        let many = TeamDirectory { tokens, only_team: None };
        for (event, batch, expected) in [
            (json!({"team_id": 7, "token": "phc_a"}), None, Some(7)),
            (json!({"team_id": "7"}), None, Some(7)),
            (json!({"team_id": 7.0}), None, Some(7)),
            (json!({"team_id": null, "token": "phc_a"}), None, Some(1)),
            (json!({"api_key": "phc_b"}), None, Some(2)),
            (json!({"properties": {"token": "phc_b"}}), Some("phc_a"), Some(2)),
            (json!({"token": "other"}), Some("phc_a"), Some(1)),
            (json!({}), Some("phc_a"), Some(1)),
            (json!({"token": "other"}), None, None),
            (json!({}), None, None),
        ] {
            let team = many.team_of(event.as_object().unwrap(), batch);
            assert_eq!(team, expected.map(TeamId), "{event} {batch:?}");
        }
    }

    #[test]
    fn the_only_team_is_the_last_resort() {
        let single = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
        assert_eq!(single.team_of(&Map::new(), None), Some(TeamId(2)));
    }
}
