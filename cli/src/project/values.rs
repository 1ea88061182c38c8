//! Config values of the project file: those that stand in it, and those that stand elsewhere.

use crate::references::{self, Reference, References};
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
    Reference(Reference),
}

/// What values that stand elsewhere are read with.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The folder that paths are relative to.
    pub folder: &'a Path,
    /// What reads values in AWS.
    pub references: &'a dyn References,
}

/// What the value of a field means. `is_secret` is `None` for a field that the app's plugin.json does not have.
///
/// # Errors
/// A secret in the open, and nonsense; never with the value.
pub async fn given(
    key: &str,
    value: &toml::Value,
    is_secret: Option<bool>,
    surroundings: Surroundings<'_>,
) -> Result<Given, String> {
    match elsewhere(value)? {
        Some(elsewhere) => {
            let text = match read(&elsewhere, surroundings).await? {
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
             new one), then write {key} = {{ env = \"NAME\" }}, {{ file = \"PATH\" }}, {{ secretsmanager = \"NAME\" }} or \
             {{ ssm = \"/PATH\" }}, or set it with `hedgerow secrets set`"
        )),
    }
}

/// The place that a table names.
fn elsewhere(value: &toml::Value) -> Result<Option<Elsewhere<'_>>, String> {
    const PLACES: [&str; 4] = ["env", "file", "secretsmanager", "ssm"];
    let Some(table) = value.as_table() else { return Ok(None) };
    if PLACES.iter().all(|place| !table.contains_key(*place)) {
        return Ok(None);
    }
    let named = |key: &str| table.get(key).and_then(toml::Value::as_str).filter(|name| !name.is_empty());
    let place = match (table.len(), table.contains_key("key")) {
        (1, false) => named("env")
            .map(Elsewhere::Environment)
            .or_else(|| named("file").map(Elsewhere::File))
            .or_else(|| named("ssm").map(|name| Elsewhere::Reference(Reference::Parameter { name: name.to_owned() })))
            .or_else(|| named("secretsmanager").map(|name| secret(name, None))),
        (2, true) => named("secretsmanager").zip(named("key")).map(|(name, key)| secret(name, Some(key))),
        _ => None,
    };
    place.map(Some).ok_or_else(|| {
        "a value that stands elsewhere is { env = \"NAME\" }, { file = \"PATH\" }, { secretsmanager = \"NAME\" }, with key = \
         \"MEMBER\" if it is JSON, or { ssm = \"/PATH\" }"
            .to_owned()
    })
}

fn secret(name: &str, key: Option<&str>) -> Elsewhere<'static> {
    Elsewhere::Reference(Reference::SecretsManager { name: name.to_owned(), key: key.map(str::to_owned) })
}

/// The text; inside, why it is not there.
async fn read(elsewhere: &Elsewhere<'_>, surroundings: Surroundings<'_>) -> Result<Result<String, String>, String> {
    match elsewhere {
        Elsewhere::Reference(reference) => {
            let read = references::read(surroundings.references, reference).await;
            Ok(read.map_err(|why| format!("is {reference}, which cannot be read: {why}")))
        }
        Elsewhere::Environment(name) => match std::env::var(name) {
            Ok(text) => Ok(Ok(text)),
            Err(std::env::VarError::NotPresent) => Ok(Err(format!("is in the variable {name}, which is not set"))),
            Err(std::env::VarError::NotUnicode(_)) => Err(format!("the variable {name} is no UTF-8")),
        },
        Elsewhere::File(path) => {
            let path = surroundings.folder.join(path);
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
    use crate::references::fake::Fake;
    use serde_json::json;

    const STORES: Fake = Fake(&[("prod/app", r#"{"token": "hunter2"}"#), ("/prod/key", "hunter3")]);

    async fn of(toml: &str, is_secret: Option<bool>, folder: &Path) -> Result<Given, String> {
        let table: toml::Table = toml::from_str(&format!("v = {toml}")).unwrap();
        given("key", &table["v"], is_secret, Surroundings { folder, references: &STORES }).await
    }

    #[tokio::test]
    async fn values_stand_in_the_file_unless_they_are_secret() {
        let base = Path::new("");
        assert_eq!(of("'hi'", Some(false), base).await, Ok(Given::Open(json!("hi"))));
        assert_eq!(
            of("{ a = [1, 2.5, true], d = 2020-01-02 }", None, base).await,
            Ok(Given::Open(json!({"a": [1, 2.5, true], "d": "2020-01-02"})))
        );
        assert_eq!(of("''", Some(true), base).await, Ok(Given::Cleared));
        for value in ["'hunter2'", "1", "['hunter2']", "{ value = 'hunter2' }"] {
            let error = of(value, Some(true), base).await.unwrap_err();
            assert!(error.contains("env = \"NAME\"") && !error.contains("hunter2"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_file_holds_a_value_without_the_end_of_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "hunter2\r\n").unwrap();
        let secret = || Given::Secret(SecretText::new("hunter2".to_owned()));
        assert_eq!(of("{ file = 'key' }", Some(true), folder.path()).await, Ok(secret()));
        assert_eq!(of("{ file = 'key' }", None, folder.path()).await, Ok(secret()), "secret, as nobody says otherwise");
        assert_eq!(of("{ file = 'key' }", Some(false), folder.path()).await, Ok(Given::Open(json!("hunter2"))));
        assert!(
            matches!(of("{ file = 'none' }", Some(true), folder.path()).await, Ok(Given::NotHere(why)) if why.contains("none"))
        );
    }

    #[tokio::test]
    async fn an_unset_variable_is_not_here_and_two_places_are_none() {
        let unset = of("{ env = 'HEDGEROW_TEST_UNSET' }", Some(true), Path::new("")).await;
        assert!(matches!(unset, Ok(Given::NotHere(why)) if why.contains("HEDGEROW_TEST_UNSET, which is not set")));
        for value in [
            "{ env = 'A', file = 'b' }",
            "{ env = 1 }",
            "{ env = '' }",
            "{ file = 'a', x = 1 }",
            "{ env = 'A', key = 'k' }",
            "{ ssm = '/p', key = 'k' }",
            "{ secretsmanager = 's', key = 1 }",
            "{ secretsmanager = 's', ssm = '/p' }",
        ] {
            assert!(of(value, Some(true), Path::new("")).await.is_err(), "{value}");
        }
    }

    #[tokio::test]
    async fn values_in_aws_are_read_and_named_where_they_are_missing() {
        let base = Path::new("");
        let secret = |text: &str| Ok(Given::Secret(SecretText::new(text.to_owned())));
        assert_eq!(of("{ secretsmanager = 'prod/app', key = 'token' }", Some(true), base).await, secret("hunter2"));
        assert_eq!(of("{ ssm = '/prod/key' }", None, base).await, secret("hunter3"));
        assert_eq!(of("{ ssm = '/prod/key' }", Some(false), base).await, Ok(Given::Open(json!("hunter3"))));
        for (value, named) in [
            ("{ secretsmanager = 'prod/none' }", "the secret prod/none of Secrets Manager"),
            ("{ secretsmanager = 'prod/app', key = 'x' }", "the member \"x\" of the secret prod/app"),
            ("{ ssm = '/prod/none' }", "the parameter /prod/none of Systems Manager"),
        ] {
            let Ok(Given::NotHere(why)) = of(value, Some(true), base).await else { panic!("{value}") };
            assert!(why.contains(named) && why.contains("cannot be read") && !why.contains("hunter"), "{why}");
        }
    }
}
