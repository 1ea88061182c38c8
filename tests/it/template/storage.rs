//! Tables as the adapter defines them, and the bucket.

use super::{Template, list};
use adapter_aws::tables::{self, Key, SortKey, TableDefinition};
use serde_json::{Value, json};

/// The tables of the template, as the adapter defines them.
const TABLES: [(&str, TableDefinition); 5] = [
    ("CacheTable", tables::CACHE),
    ("StorageTable", tables::STORAGE),
    ("DeadLettersTable", tables::DEAD_LETTERS),
    ("DueTable", tables::DUE),
    ("DocumentsTable", tables::DOCUMENTS),
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

#[test]
fn nothing_that_is_kept_is_lost_by_a_mistake() {
    let template = Template::read();
    for (name, _) in TABLES {
        let properties = template.properties(name);
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{name}");
        assert_eq!(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true, "{name}");
        assert_eq!(properties["DeletionProtectionEnabled"], true, "{name}");
    }
    assert_eq!(template.properties("Bucket")["VersioningConfiguration"]["Status"], "Enabled");
    for name in TABLES.map(|(name, _)| name).into_iter().chain(["Bucket", "Key"]) {
        assert_eq!(template.resource(name)["DeletionPolicy"], "Retain", "{name}");
        assert_eq!(template.resource(name)["UpdateReplacePolicy"], "Retain", "{name}");
    }
}

/// A message may be 14 days in a queue, after 10 days of attempts; what it names has to outlive it.
#[test]
fn only_the_bodies_of_messages_end_and_not_before_their_messages() {
    let template = Template::read();
    let rules = list(&template.properties("Bucket")["LifecycleConfiguration"]["Rules"]);
    let ends: Vec<_> = rules.iter().filter(|rule| rule.get("ExpirationInDays").is_some()).collect();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0]["Prefix"], "claims/");
    assert!(super::number(&ends[0]["ExpirationInDays"]) > 14 + 10);
}
