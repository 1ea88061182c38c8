//! Counting: INCR, once an operation.
//!
//! The item of a counter holds an attribute for each of its last operations, with the sum that the operation came to. A request
//! adds only if its operation is not among them; so one that is sent again, by the SDK after a lost reply or by us after a
//! crash, finds its own sum instead of counting twice.

use super::DynamoCache;
use super::entry::{Entry, INTEGER, OPERATION_PREFIX, Value, wrong_type};
use crate::attempts::Attempts;
use crate::digest::sha256;
use crate::failure::refused;
use crate::item::{Item, damaged, format, number, number_of};
use crate::table::{Update, Written, new_revision};
use runtime_core::event::WorkId;
use runtime_core::ports::key_value::KeyValueResult;

/// How many operations a counter remembers at least. A repeat counts twice only if so many others came in between: more than
/// there are execution environments at work, and few enough that a request costs some 5 units of writing at most.
const REMEMBERED: usize = 128;
/// How many more there may be before the oldest are removed, all in one request.
const SLACK: usize = 32;

const COUNT: &str = "SET #integer = if_not_exists(#integer, :zero) + :one, \
     #operation = if_not_exists(#integer, :zero) + :one, #v = :format, #revision = :revision";
/// A new key, or a live integer that can grow and has not seen the operation.
const MAY_COUNT: &str = "attribute_not_exists(#key) OR (attribute_not_exists(#operation) AND #integer < :largest \
     AND (attribute_not_exists(#expires_at) OR #expires_at > :now))";

pub(super) async fn increment(cache: &DynamoCache, key: Item, operation: &WorkId) -> KeyValueResult<i64> {
    let table = &cache.table;
    let operation = attribute_of(operation);
    let mut attempts = Attempts::of(table.port);
    loop {
        attempts.next().await?;
        let now = cache.now();
        let update = Update {
            key: key.clone(),
            update: COUNT,
            condition: MAY_COUNT,
            names: vec![("#operation", operation.clone())],
            values: vec![
                (":zero", number(0)),
                (":one", number(1)),
                (":largest", number(i64::MAX)),
                (":now", number(now.0)),
                (":format", format()),
                (":revision", new_revision()),
            ],
        };
        let seen = match table.update(update).await? {
            Written::Done(item) => {
                let sum = number_of(&item, &operation).ok_or_else(|| damaged(table.port, &operation))?;
                forget(cache, key, &item).await;
                return Ok(sum);
            }
            // It was there when DynamoDB looked, and is gone: DynamoDB removed what had ended.
            Written::Refused(None) => continue,
            Written::Refused(Some(seen)) => seen,
        };
        if let Some(sum) = number_of(&seen, &operation) {
            return Ok(sum);
        }
        match Entry::of(&seen)?.live(now).map(|entry| entry.value) {
            Some(Value::List(_)) => return Err(wrong_type()),
            Some(Value::Text(_)) => return Err(refused("ERR value is not an integer or out of range")),
            Some(Value::Integer(i64::MAX)) => return Err(refused("ERR increment or decrement would overflow")),
            Some(Value::Integer(_)) => {}
            None => {
                let mut entry = Entry::new(Value::Integer(1), None);
                entry.operations.insert(operation.clone(), number(1));
                if table.replace(entry.into_item(key.clone())?, Some(&seen)).await? {
                    return Ok(1);
                }
            }
        }
    }
}

/// The attribute of an operation: half a hash, as an id may have any length, and names are paid for.
fn attribute_of(operation: &WorkId) -> String {
    format!("{OPERATION_PREFIX}{}", &sha256(&operation.0)[..32])
}

/// Removes the oldest operations, once there are enough of them. If that fails, a later increment does it.
async fn forget(cache: &DynamoCache, key: Item, item: &Item) {
    let oldest = superfluous(item);
    if oldest.is_empty() {
        return;
    }
    let placeholders: Vec<String> = (0..oldest.len()).map(|number| format!("#old{number}")).collect();
    let update = format!("REMOVE {}", placeholders.join(", "));
    let names = placeholders.iter().map(String::as_str).zip(oldest).collect();
    // Without the condition, an item that was removed in between would come back empty.
    let condition = format!("attribute_exists(#{INTEGER})");
    let update = Update { key, update: &update, condition: &condition, names, values: Vec::new() };
    let _ = cache.table.update(update).await;
}

/// The names of the operations to forget. Sums only grow, so the smallest are the oldest.
fn superfluous(item: &Item) -> Vec<String> {
    let mut operations: Vec<(i64, &String)> = item
        .keys()
        .filter(|name| name.starts_with(OPERATION_PREFIX))
        .filter_map(|name| Some((number_of(item, name)?, name)))
        .collect();
    if operations.len() <= REMEMBERED + SLACK {
        return Vec::new();
    }
    operations.sort_unstable();
    let count = operations.len() - REMEMBERED;
    operations.into_iter().take(count).map(|(_, name)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(operations: usize) -> Item {
        (1..=operations).map(|sum| (attribute_of(&WorkId(sum.to_string())), number(sum))).collect()
    }

    #[test]
    fn the_oldest_operations_go_once_there_are_enough() {
        assert!(superfluous(&counter(REMEMBERED + SLACK)).is_empty());
        let gone = superfluous(&counter(REMEMBERED + SLACK + 1));
        let oldest: Vec<String> = (1..=SLACK + 1).map(|sum| attribute_of(&WorkId(sum.to_string()))).collect();
        assert_eq!(gone, oldest);
    }
}
