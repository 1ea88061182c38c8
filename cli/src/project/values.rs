//! Config values of the project file: those that stand in it, and those that stand elsewhere.

use runtime_core::registry::SecretText;
use serde_json::Value;
use std::path::Path;

/// How many bytes a file may have that holds one value.
const MAXIMUM_VALUE_BYTES: u64 = 1_000_000;

/// What the file says of one config field.
#[derive(Debug, PartialEq)]
pub enum Given {
    /// A value that anybody may see.
    Open(Value),
    /// The new value of a secret.
    Secret(SecretText),
    /// The secret is to have no value.
    Cleared,
    /// The value is elsewhere, and not there now; why.
    NotHere(String),
}

/// Where a value is that is not in the file.
enum Elsewhere<'a> {
    Environment(&'a str),
    File(&'a str),
}

/// What the value of a field means. `is_secret` is `None` for a field that the app's plugin.json does not have.
///
/// # Errors
/// A secret in the open, and nonsense; never with the value.
pub fn given(key: &str, value: &toml::Value, is_secret: Option<bool>, base: &Path) -> Result<Given, String> {
    match elsewhere(value)? {
        Some(elsewhere) => {
            let text = match read(&elsewhere, base)? {
                Ok(text) => text,
                Err(why) => return Ok(Given::NotHere(format!("config \"{key}\" {why}"))),
            };
            // What somebody took care to keep out of the file is kept secret even if the app does not ask for it.
            match (is_secret, text.is_empty()) {
                (Some(false), _) => Ok(Given::Open(Value::from(text))),
                (_, true) => Ok(Given::Cleared),
                (_, false) => Ok(Given::Secret(SecretText::new(text))),
            }
        }
        None if is_secret != Some(true) => Ok(Given::Open(json(value))),
        None if value.as_str() == Some("") => Ok(Given::Cleared),
        None => Err(format!(
            "config \"{key}\" is a secret and must not stand in the file; take the value out (and, if it was committed, make a \
             new one), then write {key} = {{ env = \"NAME\" }} or {key} = {{ file = \"PATH\" }}, or set it with \
             `hedgerow secrets set`"
        )),
    }
}

/// The place that a table of one key names.
fn elsewhere(value: &toml::Value) -> Result<Option<Elsewhere<'_>>, String> {
    let Some(table) = value.as_table() else { return Ok(None) };
    let named = |key: &str| table.get(key).map(|name| name.as_str().filter(|name| !name.is_empty()));
    match (named("env"), named("file"), table.len()) {
        (Some(Some(name)), None, 1) => Ok(Some(Elsewhere::Environment(name))),
        (None, Some(Some(path)), 1) => Ok(Some(Elsewhere::File(path))),
        (None, None, _) => Ok(None),
        _ => Err("a value that stands elsewhere is { env = \"NAME\" } or { file = \"PATH\" }".to_owned()),
    }
}

/// The text; inside, why it is not there.
fn read(elsewhere: &Elsewhere<'_>, base: &Path) -> Result<Result<String, String>, String> {
    match elsewhere {
        Elsewhere::Environment(name) => match std::env::var(name) {
            Ok(text) => Ok(Ok(text)),
            Err(std::env::VarError::NotPresent) => Ok(Err(format!("is in the variable {name}, which is not set"))),
            Err(std::env::VarError::NotUnicode(_)) => Err(format!("the variable {name} is no UTF-8")),
        },
        Elsewhere::File(path) => {
            let path = base.join(path);
            let length = match std::fs::metadata(&path) {
                Ok(found) => found.len(),
                Err(error) => {
                    return Ok(Err(format!("is in the file {}, which cannot be read: {error}", path.display())));
                }
            };
            if length > MAXIMUM_VALUE_BYTES {
                return Err(format!("the file {} is larger than {MAXIMUM_VALUE_BYTES} bytes", path.display()));
            }
            let text = std::fs::read_to_string(&path)
                .map_err(|error| format!("the file {} cannot be read as text: {error}", path.display()))?;
            let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
            Ok(Ok(text.to_owned()))
        }
    }
}

/// The same value as JSON; a date is its text.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(flag) => Value::from(*flag),
        toml::Value::Datetime(time) => Value::from(time.to_string()),
        toml::Value::Array(elements) => elements.iter().map(json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.iter().map(|(key, value)| (key.clone(), json(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(toml: &str, is_secret: Option<bool>, base: &Path) -> Result<Given, String> {
        let table: toml::Table = toml::from_str(&format!("v = {toml}")).unwrap();
        given("key", &table["v"], is_secret, base)
    }

    #[test]
    fn values_stand_in_the_file_unless_they_are_secret() {
        let base = Path::new("");
        assert_eq!(of("'hi'", Some(false), base), Ok(Given::Open(json!("hi"))));
        assert_eq!(
            of("{ a = [1, 2.5, true], d = 2020-01-02 }", None, base),
            Ok(Given::Open(json!({"a": [1, 2.5, true], "d": "2020-01-02"})))
        );
        assert_eq!(of("''", Some(true), base), Ok(Given::Cleared));
        for value in ["'hunter2'", "1", "['hunter2']", "{ value = 'hunter2' }"] {
            let error = of(value, Some(true), base).unwrap_err();
            assert!(error.contains("env = \"NAME\"") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_file_holds_a_value_without_the_end_of_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "hunter2\r\n").unwrap();
        let secret = || Given::Secret(SecretText::new("hunter2".to_owned()));
        assert_eq!(of("{ file = 'key' }", Some(true), folder.path()), Ok(secret()));
        assert_eq!(of("{ file = 'key' }", None, folder.path()), Ok(secret()), "secret, as nobody says otherwise");
        assert_eq!(of("{ file = 'key' }", Some(false), folder.path()), Ok(Given::Open(json!("hunter2"))));
        assert!(
            matches!(of("{ file = 'none' }", Some(true), folder.path()), Ok(Given::NotHere(why)) if why.contains("none"))
        );
    }

    #[test]
    fn an_unset_variable_is_not_here_and_two_places_are_none() {
        let unset = of("{ env = 'HEDGEROW_TEST_UNSET' }", Some(true), Path::new(""));
        assert!(matches!(unset, Ok(Given::NotHere(why)) if why.contains("HEDGEROW_TEST_UNSET, which is not set")));
        for value in ["{ env = 'A', file = 'b' }", "{ env = 1 }", "{ env = '' }", "{ file = 'a', x = 1 }"] {
            assert!(of(value, Some(true), Path::new("")).is_err(), "{value}");
        }
    }
}
