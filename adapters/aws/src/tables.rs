//! The tables as data: keys, indexes, and the attribute by which DynamoDB removes what has ended. The template of a deployment
//! says the same, and the tests make their tables from it.

use crate::digest::sha256;
use crate::failure::unavailable;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, TimeToLiveSpecification,
};
use runtime_core::ports::Unavailable;

const PORT: &str = "tables";

/// Attributes that are a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The partition key, always text.
    pub partition: &'static str,
    /// The sort key.
    pub sort: Option<SortKey>,
}

/// A sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// An attribute that is text.
    Text(&'static str),
    /// An attribute that is a number.
    Number(&'static str),
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableDefinition {
    /// Its key.
    pub key: Key,
    /// A global index, of keys only, by its name.
    pub index: Option<(&'static str, Key)>,
    /// The attribute with the second at which DynamoDB may remove an item. It does so within days, so nothing relies on it.
    pub time_to_live: Option<&'static str>,
}

/// Cache: an item a key.
pub const CACHE: TableDefinition =
    TableDefinition { key: Key { partition: "key", sort: None }, index: None, time_to_live: Some("ttl") };

/// Storage and cursors: a partition an installation.
pub const STORAGE: TableDefinition = TableDefinition {
    key: Key { partition: "installation", sort: Some(SortKey::Text("key")) },
    index: None,
    time_to_live: None,
};

/// Dead letters: an item a letter, and an index by time.
pub const DEAD_LETTERS: TableDefinition = TableDefinition {
    key: Key { partition: "id", sort: None },
    index: Some(("by_time", Key { partition: "shard", sort: Some(SortKey::Text("order")) })),
    time_to_live: None,
};

/// Work for later: an item a message, and an index by the time at which it may be handed out.
pub const DUE: TableDefinition = TableDefinition {
    key: Key { partition: "id", sort: None },
    index: Some(("by_time", Key { partition: "shard", sort: Some(SortKey::Number("available_at")) })),
    time_to_live: None,
};

/// Documents: an item each.
pub const DOCUMENTS: TableDefinition =
    TableDefinition { key: Key { partition: "key", sort: None }, index: None, time_to_live: Some("ttl") };

/// How many partitions an index by time has: one alone would bound the table's writes to some 1,000 a second.
pub(crate) const SHARDS: u8 = 8;
/// The name of every index.
pub(crate) const BY_TIME: &str = "by_time";

/// The partition of an index by time in which `id` is.
pub(crate) fn shard_of(id: &str) -> String {
    let random = u8::from_str_radix(&sha256(id)[..2], 16).expect("a hash is written in hex");
    (random % SHARDS).to_string()
}

/// Makes the table `name`, billed by request, and waits until it can be used. For tests and local stacks: a deployment makes
/// its tables with its template.
pub async fn create(config: &SdkConfig, name: &str, table: &TableDefinition) -> Result<(), Unavailable> {
    let client = Client::new(config);
    let mut request = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(schema(table.key).map_err(invalid)?))
        .set_attribute_definitions(Some(attributes(table).map_err(invalid)?));
    if let Some((index, key)) = table.index {
        let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let index = GlobalSecondaryIndex::builder()
            .index_name(index)
            .set_key_schema(Some(schema(key).map_err(invalid)?))
            .projection(projection);
        request = request.global_secondary_indexes(index.build().map_err(invalid)?);
    }
    request.send().await.map_err(|error| unavailable(PORT, "CreateTable", &error))?;
    wait_until_active(&client, name).await?;
    if let Some(attribute) = table.time_to_live {
        let specification =
            TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build().map_err(invalid)?;
        let request = client.update_time_to_live().table_name(name).time_to_live_specification(specification);
        request.send().await.map_err(|error| unavailable(PORT, "UpdateTimeToLive", &error))?;
    }
    Ok(())
}

async fn wait_until_active(client: &Client, name: &str) -> Result<(), Unavailable> {
    use aws_sdk_dynamodb::client::Waiters;
    let waiter = client.wait_until_table_exists().table_name(name);
    let waited = waiter.wait(std::time::Duration::from_secs(60)).await;
    waited.map(|_| ()).map_err(|error| Unavailable::caused_by(PORT, error))
}

fn schema(key: Key) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let mut schema = vec![element(key.partition, KeyType::Hash)?];
    if let Some(SortKey::Text(name) | SortKey::Number(name)) = key.sort {
        schema.push(element(name, KeyType::Range)?);
    }
    Ok(schema)
}

fn attributes(table: &TableDefinition) -> Result<Vec<AttributeDefinition>, BuildError> {
    let keys = [Some(table.key), table.index.map(|(_, key)| key)];
    let typed = keys.into_iter().flatten().flat_map(|key| {
        let sort = key.sort.map(|sort| match sort {
            SortKey::Text(name) => (name, ScalarAttributeType::S),
            SortKey::Number(name) => (name, ScalarAttributeType::N),
        });
        [Some((key.partition, ScalarAttributeType::S)), sort]
    });
    let definition = |(name, kind)| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
    typed.flatten().map(definition).collect()
}

fn invalid(error: BuildError) -> Unavailable {
    Unavailable::caused_by(PORT, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_spread_over_all_shards() {
        let shards: std::collections::BTreeSet<_> = (0..200).map(|id| shard_of(&id.to_string())).collect();
        assert_eq!(shards.len(), usize::from(SHARDS));
        assert_eq!(shard_of("a"), shard_of("a"));
    }
}
