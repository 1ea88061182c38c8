//! Tables as the adapter defines them.

use super::Template;
use adapter_aws::tables::{self, Key, SortKey, TableDefinition};
use serde_json::{Value, json};

/// The tables of the template, as the adapter defines them.
const TABLES: [(&str, TableDefinition); 6] = [
    ("CacheTable", tables::CACHE),
    ("StorageTable", tables::STORAGE),
    ("DeadLettersTable", tables::DEAD_LETTERS),
    ("DueTable", tables::DUE),
    ("DocumentsTable", tables::DOCUMENTS),
    ("RegistryTable", tables::DOCUMENTS),
];

fn schema(key: Key) -> Value {
    let mut schema = vec![json!({"AttributeName": key.partition, "KeyType": "HASH"})];
    if let Some(SortKey::Text(name) | SortKey::Number(name)) = key.sort {
        schema.push(json!({"AttributeName": name, "KeyType": "RANGE"}));
    }
    schema.into()
}

fn attributes(table: &TableDefinition) -> Vec<Value> {
    let keys = [Some(table.key), table.index.map(|(_, key)| key)];
    let typed = keys.into_iter().flatten().flat_map(|key| {
        let sort = key.sort.map(|sort| match sort {
            SortKey::Text(name) => (name, "S"),
            SortKey::Number(name) => (name, "N"),
        });
        [Some((key.partition, "S")), sort]
    });
    typed.flatten().map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind})).collect()
}

#[test]
fn tables_are_those_of_the_adapter() {
    let template = Template::read();
    assert_eq!(template.named("AWS::DynamoDB::Table"), TABLES.map(|(name, _)| name));
    for (name, table) in TABLES {
        let properties = template.properties(name);
        assert_eq!(properties["KeySchema"], schema(table.key), "{name}");
        assert_eq!(properties["AttributeDefinitions"], json!(attributes(&table)), "{name}");
        let index = table.index.map(|(index, key)| {
            json!([{"IndexName": index, "KeySchema": schema(key), "Projection": {"ProjectionType": "KEYS_ONLY"}}])
        });
        assert_eq!(properties.get("GlobalSecondaryIndexes"), index.as_ref(), "{name}");
        let time_to_live = table.time_to_live.map(|attribute| json!({"AttributeName": attribute, "Enabled": true}));
        assert_eq!(properties.get("TimeToLiveSpecification"), time_to_live.as_ref(), "{name}");
    }
}
