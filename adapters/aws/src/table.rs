//! One table of DynamoDB, and the writes that survive a lost reply.
//!
//! An item that is read, changed and written back carries a `revision`, which is new with each write, and the revisions before
//! it, `past`. A write asks that the revision is still the one that was read. If it is not, but the write's own revision is
//! among those of the item, then the write was done, and only its reply was lost.

use crate::failure::unavailable;
use crate::item::{FORMAT_ATTRIBUTE, Item, format, placeholders, readable, text, text_of, texts, texts_of};
use crate::tables::BY_TIME;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use runtime_core::ports::Unavailable;
use std::collections::HashMap;

/// The attribute that is new with each write.
pub(crate) const REVISION: &str = "revision";
const PAST: &str = "past";
/// How many earlier revisions an item remembers: so many writes may come between a write and its repeat.
const REMEMBERED_REVISIONS: usize = 15;

/// A revision that no other write has.
pub(crate) fn new_revision() -> AttributeValue {
    text(uuid::Uuid::new_v4().simple().to_string())
}

/// One table.
pub(crate) struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
    /// The port whose errors this table's are.
    pub(crate) port: &'static str,
}

/// An update of the item at `key`. Attributes stand in the expressions as `#name`, values as `:name`.
pub(crate) struct Update<'a> {
    pub key: Item,
    pub update: &'a str,
    pub condition: &'a str,
    /// Placeholders that stand for attributes of other names.
    pub names: Vec<(&'a str, String)>,
    pub values: Vec<(&'a str, AttributeValue)>,
}

/// What became of a write with a condition.
pub(crate) enum Written {
    /// It was done; the item as it is now, where the request gives it.
    Done(Item),
    /// The condition did not hold for the item, or there is none.
    Refused(Option<Item>),
}

impl Table {
    pub(crate) fn new(client: Client, name: String, port: &'static str) -> Self {
        Self { client, name, port }
    }

    /// A query of one shard of the index by time, the earliest first; for tables that have it.
    pub(crate) fn query_shard(&self, shard: u8) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.name)
            .index_name(BY_TIME)
            .key_condition_expression("#shard = :shard")
            .expression_attribute_names("#shard", "shard")
            .expression_attribute_values(":shard", text(shard.to_string()))
    }

    /// The item at `key`, as the last write left it.
    pub(crate) async fn get(&self, key: Item) -> Result<Option<Item>, Unavailable> {
        let request = self.client.get_item().table_name(&self.name).set_key(Some(key)).consistent_read(true);
        let output = request.send().await.map_err(|error| unavailable(self.port, "GetItem", &error))?;
        output.item.map(|item| readable(self.port, item)).transpose()
    }

    /// Stores an item in place of whatever is there.
    pub(crate) async fn put(&self, mut item: Item) -> Result<(), Unavailable> {
        item.insert(FORMAT_ATTRIBUTE.to_owned(), format());
        item.insert(REVISION.to_owned(), new_revision());
        let request = self.client.put_item().table_name(&self.name).set_item(Some(item));
        request.send().await.map_err(|error| unavailable(self.port, "PutItem", &error))?;
        Ok(())
    }

    /// Stores an item unless there is one; `key` is the name of its partition key. Whether it was stored by this call is not
    /// told, as a lost reply can hide it.
    pub(crate) async fn put_new(&self, mut item: Item, key: &str) -> Result<(), Unavailable> {
        item.insert(FORMAT_ATTRIBUTE.to_owned(), format());
        item.insert(REVISION.to_owned(), new_revision());
        let request = self.client.put_item().table_name(&self.name).set_item(Some(item));
        let sent =
            request.condition_expression("attribute_not_exists(#key)").expression_attribute_names("#key", key).send();
        match sent.await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => Ok(()),
            Err(error) => Err(unavailable(self.port, "PutItem", &error)),
        }
    }

    /// Stores `item` if what is there is still `seen` (as it was read; `None`: nothing). Whether it was stored.
    pub(crate) async fn replace(&self, mut item: Item, seen: Option<&Item>) -> Result<bool, Unavailable> {
        let revision = uuid::Uuid::new_v4().simple().to_string();
        item.insert(FORMAT_ATTRIBUTE.to_owned(), format());
        item.insert(REVISION.to_owned(), text(&revision));
        let request = self.client.put_item().table_name(&self.name);
        let request = match seen.and_then(|seen| Some((seen, text_of(seen, REVISION)?))) {
            None => {
                item.insert(PAST.to_owned(), texts::<&str>(&[]));
                request.condition_expression("attribute_not_exists(#revision)")
            }
            Some((seen, before)) => {
                let mut past = texts_of(seen, PAST).unwrap_or_default();
                past.insert(0, before.to_owned());
                past.truncate(REMEMBERED_REVISIONS);
                item.insert(PAST.to_owned(), texts(&past));
                request.condition_expression("#revision = :seen").expression_attribute_values(":seen", text(before))
            }
        };
        let sent = request
            .expression_attribute_names("#revision", REVISION)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send();
        let error = match sent.await {
            Ok(_) => return Ok(true),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(service) if service.is_conditional_check_failed_exception() => {
                Ok(condition_failure_item(service).is_some_and(|item| has_revision(&item, &revision)))
            }
            _ => Err(unavailable(self.port, "PutItem", &error)),
        }
    }

    /// Updates an item if the condition holds. Gives its revision only what `update` gives it.
    pub(crate) async fn update(&self, update: Update<'_>) -> Result<Written, Unavailable> {
        let mut names = placeholders(&[update.update, update.condition]);
        names.extend(update.names.into_iter().map(|(placeholder, name)| (placeholder.to_owned(), name)));
        let values: HashMap<_, _> =
            update.values.into_iter().map(|(placeholder, value)| (placeholder.to_owned(), value)).collect();
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(update.key))
            .update_expression(update.update)
            .set_condition_expression((!update.condition.is_empty()).then(|| update.condition.to_owned()))
            .set_expression_attribute_names(Some(names))
            // DynamoDB refuses a list of values that is empty.
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match request.send().await {
            Ok(output) => return Ok(Written::Done(output.attributes.unwrap_or_default())),
            Err(error) => error,
        };
        use aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException;
        match error.as_service_error() {
            Some(ConditionalCheckFailedException(failure)) => {
                let item = failure.item().cloned().filter(|item| !item.is_empty());
                Ok(Written::Refused(item.map(|item| readable(self.port, item)).transpose()?))
            }
            _ => Err(unavailable(self.port, "UpdateItem", &error)),
        }
    }

    /// Removes the item at `key`, if there is one.
    pub(crate) async fn delete(&self, key: Item) -> Result<(), Unavailable> {
        let request = self.client.delete_item().table_name(&self.name).set_key(Some(key));
        request.send().await.map_err(|error| unavailable(self.port, "DeleteItem", &error))?;
        Ok(())
    }
}

fn condition_failure_item(error: &aws_sdk_dynamodb::operation::put_item::PutItemError) -> Option<Item> {
    use aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException;
    match error {
        ConditionalCheckFailedException(failure) => failure.item().cloned(),
        _ => None,
    }
}

fn has_revision(item: &Item, revision: &str) -> bool {
    text_of(item, REVISION) == Some(revision)
        || texts_of(item, PAST).is_some_and(|past| past.iter().any(|earlier| earlier == revision))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::item;

    #[test]
    fn a_revision_is_found_in_place_and_in_the_past() {
        let item = item([(REVISION, text("c")), (PAST, texts(&["b", "a"]))]);
        assert!(["a", "b", "c"].iter().all(|revision| has_revision(&item, revision)));
        assert!(!has_revision(&item, "d"));
        assert!(!has_revision(&Item::new(), "a"));
    }
}
