//! Storage and cursors: an item a key, in a partition of DynamoDB for each installation.
//!
//! Sums of cursors are those of JavaScript's numbers, which DynamoDB's decimals are not; so an increment reads, adds, and writes
//! if nobody else has written.

use crate::attempts::Attempts;
use crate::failure::refused;
use crate::item::{Item, damaged, format, item, text, text_of, texts, texts_of};
use crate::table::{Table, Update, new_revision};
use async_trait::async_trait;
use runtime_core::event::{InstallationId, WorkId};
use runtime_core::ports::key_value::{KeyValueError, KeyValueResult, Storage};

/// The longest key, in characters.
const MAXIMUM_KEY_LENGTH: usize = 200;
/// How many bytes a value may have: an item of DynamoDB has 400 KB at most.
pub const MAXIMUM_BYTES: usize = 350_000;
/// How many operations a cursor remembers, so that a repeat after a lost reply counts once.
const REMEMBERED: usize = 64;

const JSON: &str = "json";
/// The last operations, newest first: `SUM ID`.
const OPERATIONS: &str = "operations";

/// [`Storage`] over a table of DynamoDB.
pub struct DynamoStorage {
    table: Table,
}

impl DynamoStorage {
    pub(crate) fn new(table: Table) -> Self {
        Self { table }
    }
}

#[async_trait]
impl Storage for DynamoStorage {
    async fn get(&self, installation: InstallationId, key: &str) -> KeyValueResult<Option<String>> {
        if is_too_long(key) {
            return Ok(None);
        }
        let found = self.table.get(key_of(installation, key)).await?;
        Ok(found.map(|found| json_of(&found)).transpose()?)
    }

    async fn set(&self, installation: InstallationId, key: &str, json: &str) -> KeyValueResult<()> {
        check(key, json)?;
        let update = Update {
            key: key_of(installation, key),
            // Not the whole item: what a cursor remembers stays.
            update: "SET #json = :json, #v = :format, #revision = :revision",
            condition: "",
            names: Vec::new(),
            values: vec![(":json", text(json)), (":format", format()), (":revision", new_revision())],
        };
        self.table.update(update).await?;
        Ok(())
    }

    async fn delete(&self, installation: InstallationId, key: &str) -> KeyValueResult<()> {
        if is_too_long(key) {
            return Ok(());
        }
        Ok(self.table.delete(key_of(installation, key)).await?)
    }

    async fn init_cursor(&self, installation: InstallationId, key: &str, value: f64) -> KeyValueResult<()> {
        let json = number_text(value)?;
        check(key, &json)?;
        let mut cursor = key_of(installation, key);
        cursor.insert(JSON.to_owned(), text(json));
        Ok(self.table.put_new(cursor, "key").await?)
    }

    async fn increment_cursor(
        &self,
        installation: InstallationId,
        key: &str,
        by: f64,
        operation: &WorkId,
    ) -> KeyValueResult<f64> {
        check(key, "")?;
        let mut attempts = Attempts::of(self.table.port);
        loop {
            attempts.next().await?;
            let seen = self.table.get(key_of(installation, key)).await?;
            let mut operations = seen.as_ref().and_then(|seen| texts_of(seen, OPERATIONS)).unwrap_or_default();
            if let Some(sum) = sum_of(&operations, operation) {
                return Ok(sum);
            }
            let before = seen.as_ref().map(json_of).transpose()?.map_or(Ok(0.0), |json| number(&json))?;
            let sum = before + by;
            operations.insert(0, format!("{sum} {operation}"));
            operations.truncate(REMEMBERED);
            let mut cursor = key_of(installation, key);
            cursor.insert(JSON.to_owned(), text(number_text(sum)?));
            cursor.insert(OPERATIONS.to_owned(), texts(&operations));
            if self.table.replace(cursor, seen.as_ref()).await? {
                return Ok(sum);
            }
        }
    }
}

/// The key of an item. The sign before a key lets it be empty, which DynamoDB does not.
fn key_of(installation: InstallationId, key: &str) -> Item {
    item([("installation", text(installation.to_string())), ("key", text(format!("/{key}")))])
}

fn is_too_long(key: &str) -> bool {
    key.chars().nth(MAXIMUM_KEY_LENGTH).is_some()
}

/// Refuses what cannot be stored.
fn check(key: &str, json: &str) -> KeyValueResult<()> {
    if is_too_long(key) {
        return Err(refused("value too long for type character varying(200)"));
    }
    if json.len() > MAXIMUM_BYTES {
        return Err(refused(&format!("value too long: storage takes {MAXIMUM_BYTES} bytes of JSON a key")));
    }
    Ok(())
}

fn json_of(item: &Item) -> Result<String, runtime_core::ports::Unavailable> {
    text_of(item, JSON).map(str::to_owned).ok_or_else(|| damaged("storage", JSON))
}

/// The sum that an operation came to, if it was done.
fn sum_of(operations: &[String], operation: &WorkId) -> Option<f64> {
    let done = operations.iter().filter_map(|done| done.split_once(' ')).find(|(_, id)| *id == operation.0);
    done.and_then(|(sum, _)| sum.parse().ok())
}

/// The number in a JSON text.
fn number(json: &str) -> KeyValueResult<f64> {
    serde_json::from_str(json).map_err(|_| not_numeric())
}

/// The number as JSON text: digits without an exponent, and without a fraction for an integer.
fn number_text(number: f64) -> KeyValueResult<String> {
    if number.is_finite() { Ok(number.to_string()) } else { Err(not_numeric()) }
}

fn not_numeric() -> KeyValueError {
    refused("invalid input syntax for type numeric")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_known_by_its_whole_id() {
        let done = ["0.5 a b".to_owned(), "-3 a".to_owned()];
        assert_eq!(sum_of(&done, &WorkId("a".to_owned())), Some(-3.0));
        assert_eq!(sum_of(&done, &WorkId("a b".to_owned())), Some(0.5));
        assert_eq!(sum_of(&done, &WorkId("b".to_owned())), None);
    }

    #[test]
    fn the_item_says_whose_key_it_is() {
        assert_ne!(key_of(InstallationId(1), ""), key_of(InstallationId(2), ""));
        assert_eq!(text_of(&key_of(InstallationId(1), ""), "key"), Some("/"));
    }
}
