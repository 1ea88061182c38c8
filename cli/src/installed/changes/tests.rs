//! Differences of records.

use super::*;

fn record(json: &Value) -> Record {
    let mut whole = json!({"id": 1, "team": 2, "slug": "app", "enabled": true, "bundle": "0123456789abcdef", "app_name": "App",
        "app_version": "1.0.0"});
    for (key, value) in json.as_object().unwrap() {
        whole[key] = value.clone();
    }
    serde_json::from_value(whole).unwrap()
}

fn sealed(text: &str) -> Value {
    json!({"v": 1, "key": "k", "nonce": text, "ciphertext": text})
}

fn change(before: &Value, after: &Value, fresh: &[&str]) -> Vec<(String, Value, Value)> {
    let (before, after) = (record(before), record(after));
    let fields = fields(&after, fresh);
    let change = compared(Some(&before), &after, &fields);
    change.fields.into_iter().map(|field| (field.field, field.before, field.after)).collect()
}

#[test]
fn each_field_is_told_by_itself() {
    let before = json!({"order": 1, "config": {"a": "x", "b": "y"}, "allowed_hosts": ["h"]});
    let after = json!({"order": 2, "config": {"a": "x", "c": "z"}, "limits": {"call_ms": 5000}});
    assert_eq!(
        change(&before, &after, &[]),
        [
            ("allowed_hosts".to_owned(), json!(["h"]), Value::Null),
            ("config.b".to_owned(), json!("y"), Value::Null),
            ("config.c".to_owned(), Value::Null, json!("z")),
            ("limits.call_ms".to_owned(), Value::Null, json!(5000)),
            ("order".to_owned(), json!(1), json!(2)),
        ]
    );
    assert_eq!(change(&before, &before, &[]), []);
}

#[test]
fn case_173_of_a_secret_only_whether_it_is_set_or_changes() {
    let (none, one, other) =
        (json!({}), json!({"secrets": {"k": sealed("AAAA")}}), json!({"secrets": {"k": sealed("BBBB")}}));
    let told = |before: &str, after: &str| vec![("secrets.k".to_owned(), json!(before), json!(after))];
    assert_eq!(change(&none, &none, &["k"]), told("not set", "set"));
    assert_eq!(change(&one, &none, &["k"]), told("set", "changed"));
    assert_eq!(change(&one, &none, &[]), told("set", "not set"));
    assert_eq!(change(&one, &one, &[]), []);
    assert_eq!(change(&one, &other, &[]), told("set", "changed"));
}

#[test]
fn nothing_installed_is_all_new() {
    let change = compared(None, &record(&json!({})), &fields(&record(&json!({})), &[]));
    assert_eq!((change.change, change.slug.as_str()), (Kind::Added, "app"));
    assert!(change.fields.iter().any(|field| field.field == "app" && field.after == json!("App 1.0.0 (0123456789ab)")));
}
