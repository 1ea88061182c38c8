//! What an installation is configured with: defaults, validation, and which values are secret (behaviour.md, decisions, row "config").

use serde_json::{Map, Value};

use super::manifest::{Condition, ConfigField, FieldKind, Manifest};

/// One thing that is wrong with a config.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigProblem {
    /// A field that must have a value has none.
    #[error("config \"{key}\" is required: give it a value")]
    Missing {
        /// The field's key.
        key: String,
    },
    /// A value that is not one of the field's choices.
    #[error("config \"{key}\" must be one of {}", .choices.join(", "))]
    NotAChoice {
        /// The field's key.
        key: String,
        /// What it may be.
        choices: Vec<String>,
    },
    /// A value of another type than the field's.
    #[error("config \"{key}\" must be {wanted}")]
    WrongType {
        /// The field's key.
        key: String,
        /// What it must be. The value is left out: it may be secret.
        wanted: &'static str,
    },
    /// A key that plugin.json does not have; the app sees it all the same.
    #[error("config \"{key}\" is not in the app's plugin.json")]
    UnknownKey {
        /// The key.
        key: String,
    },
}

impl ConfigProblem {
    /// Whether the config can be used in spite of it.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::UnknownKey { .. })
    }
}

/// What the app sees: the stored values as they are, and the defaults of plugin.json for keys that are not stored (cases 65, 70).
pub fn merge_defaults(manifest: &Manifest, given: Map<String, Value>) -> Map<String, Value> {
    let mut config = given;
    for (key, field) in value_fields(manifest) {
        if let Some(default) = &field.default
            && !config.contains_key(key)
        {
            config.insert(key.to_owned(), default.clone());
        }
    }
    config
}

/// Everything that is wrong with a config that has its defaults, in the order of plugin.json.
pub fn validate(manifest: &Manifest, config: &Map<String, Value>) -> Vec<ConfigProblem> {
    let mut problems: Vec<ConfigProblem> =
        value_fields(manifest).filter_map(|(key, field)| check(key, field, config)).collect();
    let unknown = config.keys().filter(|key| value_fields(manifest).all(|(known, _)| known != *key));
    problems.extend(unknown.map(|key| ConfigProblem::UnknownKey { key: key.clone() }));
    problems
}

/// The keys whose values nobody but the app may see.
pub fn secret_keys(manifest: &Manifest) -> Vec<&str> {
    value_fields(manifest).filter(|(_, field)| field.secret).map(|(key, _)| key).collect()
}

/// The fields that are config values: attachments and display text are not.
fn value_fields(manifest: &Manifest) -> impl Iterator<Item = (&str, &ConfigField)> {
    let fields = manifest.config.iter().filter(|field| field.kind != FieldKind::Attachment);
    fields.filter_map(|field| Some((field.key.as_deref()?, field)))
}

fn check(key: &str, field: &ConfigField, config: &Map<String, Value>) -> Option<ConfigProblem> {
    let key = key.to_owned();
    let Some(value) = config.get(&key).filter(|value| !is_empty(value)) else {
        return is_required(field, config).then_some(ConfigProblem::Missing { key });
    };
    let wrong = |wanted| Some(ConfigProblem::WrongType { key: key.clone(), wanted });
    match (&field.kind, value.as_str()) {
        (FieldKind::Unknown(_) | FieldKind::Attachment, _) => None,
        (FieldKind::Json, Some(text)) if serde_json::from_str::<Value>(text).is_ok() => None,
        (FieldKind::Json, _) => wrong("a string that holds JSON"),
        (_, None) => wrong("a string"),
        (FieldKind::Choice, Some(text))
            if !field.choices.is_empty() && !field.choices.iter().any(|choice| choice == text) =>
        {
            Some(ConfigProblem::NotAChoice { key, choices: field.choices.clone() })
        }
        (FieldKind::Choice | FieldKind::String, Some(_)) => None,
    }
}

/// A field that is not shown cannot be filled in, and so is not required.
fn is_required(field: &ConfigField, config: &Map<String, Value>) -> bool {
    let all = |conditions: &[Condition]| conditions.iter().all(|condition| holds(condition, config));
    let required = field.required || (!field.required_if.is_empty() && all(&field.required_if));
    required && all(&field.visible_if)
}

fn holds(condition: &Condition, config: &Map<String, Value>) -> bool {
    let found = config.get(&condition.key);
    match &condition.value {
        Some(wanted) => found == Some(wanted),
        None => found.is_some_and(|value| !is_empty(value)),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manifest(config: &Value) -> Manifest {
        Manifest::parse(&json!({ "config": config }).to_string(), "app").expect("a manifest")
    }

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    fn problems(config: &Value, given: &Value) -> Vec<String> {
        let manifest = manifest(config);
        validate(&manifest, &merge_defaults(&manifest, map(given))).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn stored_values_verbatim_and_defaults_for_the_rest() {
        let manifest = manifest(&json!([
            { "key": "a", "type": "string", "default": "x" },
            { "key": "b", "type": "string", "default": "y", "secret": true },
            { "key": "c", "type": "string", "default": "z" },
            { "key": "d", "type": "json", "default": "{}" },
            { "key": "file", "type": "attachment", "default": "no value" },
            { "markdown": "text" },
        ]));
        let given = map(&json!({ "c": "", "b": "hunter2", "other": [1, { "e": null }], "d": null }));
        let merged = merge_defaults(&manifest, given);
        assert_eq!(
            Value::from(merged),
            json!({ "c": "", "b": "hunter2", "other": [1, { "e": null }], "d": null, "a": "x" })
        );
    }

    #[test]
    fn neither_value_nor_default_is_absent() {
        let manifest = manifest(&json!({ "a": { "type": "string" }, "b": { "default": null } }));
        assert_eq!(merge_defaults(&manifest, Map::new()), Map::new());
    }

    #[test]
    fn required_fields_need_a_value_that_is_not_empty() {
        let config = json!([{ "key": "a", "required": true }, { "key": "b", "required": true, "default": "x" }]);
        let missing = ["config \"a\" is required: give it a value"];
        assert_eq!(problems(&config, &json!({})), missing);
        assert_eq!(problems(&config, &json!({ "a": "" })), missing);
        assert_eq!(problems(&config, &json!({ "a": null })), missing);
        assert_eq!(problems(&config, &json!({ "a": "1" })), [""; 0]);
    }

    #[test]
    fn choices_are_checked_and_an_empty_optional_one_is_valid() {
        let config = json!([{ "key": "a", "type": "choice", "choices": ["x", "y"] }]);
        assert_eq!(problems(&config, &json!({ "a": "z" })), ["config \"a\" must be one of x, y"]);
        assert_eq!(problems(&config, &json!({ "a": 1 })), ["config \"a\" must be a string"]);
        for valid in [json!({}), json!({ "a": "" }), json!({ "a": "y" })] {
            assert_eq!(problems(&config, &valid), [""; 0]);
        }
    }

    #[test]
    fn types_are_checked() {
        let config = json!([{ "key": "s" }, { "key": "j", "type": "json" }, { "key": "u", "type": "number" }]);
        assert_eq!(
            problems(&config, &json!({ "s": true, "j": "{", "u": 1 })),
            ["config \"s\" must be a string", "config \"j\" must be a string that holds JSON"]
        );
        assert_eq!(problems(&config, &json!({ "j": { "a": 1 } })), ["config \"j\" must be a string that holds JSON"]);
        assert_eq!(problems(&config, &json!({ "s": "x", "j": "[1]" })), [""; 0]);
    }

    #[test]
    fn conditions_make_fields_required_or_hide_them() {
        let config = json!([
            { "key": "mode", "type": "choice", "choices": ["key", "none"] },
            { "key": "token", "required_if": [["mode", "key"]] },
            { "key": "name", "required_if": [["token"]] },
            { "key": "hidden", "required": true, "visible_if": [["mode", "none"]] },
        ]);
        assert_eq!(problems(&config, &json!({})), [""; 0]);
        assert_eq!(problems(&config, &json!({ "mode": "key" })), ["config \"token\" is required: give it a value"]);
        assert_eq!(
            problems(&config, &json!({ "mode": "key", "token": "t" })),
            ["config \"name\" is required: give it a value"]
        );
        assert_eq!(problems(&config, &json!({ "mode": "none" })), ["config \"hidden\" is required: give it a value"]);
    }

    #[test]
    fn attachments_are_no_values_and_unknown_keys_a_warning() {
        let manifest = manifest(&json!([{ "key": "file", "type": "attachment", "required": true, "secret": true }]));
        assert_eq!(validate(&manifest, &Map::new()), []);
        let unknown = validate(&manifest, &map(&json!({ "extra": 1 })));
        assert_eq!(unknown, [ConfigProblem::UnknownKey { key: "extra".into() }]);
        assert!(unknown[0].is_warning());
        assert!(!ConfigProblem::Missing { key: "a".into() }.is_warning());
    }

    #[test]
    fn secret_keys_are_those_marked_so() {
        let manifest = manifest(&json!({ "a": { "secret": true }, "b": {}, "c": { "secret": true, "order": 1 } }));
        assert_eq!(secret_keys(&manifest), ["c", "a"]);
    }

    #[test]
    fn a_problem_never_shows_the_value() {
        let shown = problems(
            &json!([{ "key": "a", "type": "choice", "choices": ["x"], "secret": true }]),
            &json!({ "a": "hunter2" }),
        );
        assert!(!shown.concat().contains("hunter2"));
    }
}
