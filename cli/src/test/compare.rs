//! Expected and actual JSON: where they differ.

use serde_json::{Map, Value};

/// How much must be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything; the order of keys is free.
    Whole,
    /// The named keys of objects, recursively; lists whole.
    NamedKeys,
}

/// One place at which two values differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where: `properties.list[0].x`; empty for the value itself.
    pub path: String,
    /// What was expected there; `None` is nothing at all.
    pub expected: Option<Value>,
    /// What was found there; `None` is nothing at all.
    pub got: Option<Value>,
}

/// Every difference, in the order of the expected value, then what is there beyond it.
pub fn compare(expected: &Value, got: &Value, extent: Extent) -> Vec<Difference> {
    let mut differences = Vec::new();
    compare_at(String::new(), (expected, got), extent, &mut differences);
    differences
}

fn compare_at(path: String, (expected, got): (&Value, &Value), extent: Extent, found: &mut Vec<Difference>) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => compare_objects(&path, (expected, got), extent, found),
        (Value::Array(expected), Value::Array(got)) => {
            for index in 0..expected.len().max(got.len()) {
                let path = format!("{path}[{index}]");
                compare_members(path, (expected.get(index), got.get(index)), Extent::Whole, found);
            }
        }
        _ if scalars_are_equal(expected, got) => {}
        _ => found.push(Difference { path, expected: Some(expected.clone()), got: Some(got.clone()) }),
    }
}

fn compare_objects(
    path: &str,
    (expected, got): (&Map<String, Value>, &Map<String, Value>),
    extent: Extent,
    found: &mut Vec<Difference>,
) {
    for (key, value) in expected {
        compare_members(member(path, key), (Some(value), got.get(key)), extent, found);
    }
    if extent == Extent::Whole {
        for (key, value) in got.iter().filter(|(key, _)| !expected.contains_key(*key)) {
            compare_members(member(path, key), (None, Some(value)), extent, found);
        }
    }
}

fn compare_members(
    path: String,
    (expected, got): (Option<&Value>, Option<&Value>),
    extent: Extent,
    found: &mut Vec<Difference>,
) {
    match (expected, got) {
        (Some(expected), Some(got)) => compare_at(path, (expected, got), extent, found),
        _ => found.push(Difference { path, expected: expected.cloned(), got: got.cloned() }),
    }
}

/// Numbers are JavaScript's: 1 and 1.0 are the same, and integers beyond 2^53 as near as they are there.
fn scalars_are_equal(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::Number(expected), Value::Number(got)) => expected.as_f64() == got.as_f64(),
        _ => expected == got,
    }
}

fn member(path: &str, key: &str) -> String {
    let is_plain =
        !key.is_empty() && key.chars().all(|character| character.is_alphanumeric() || "_$-".contains(character));
    match (path.is_empty(), is_plain) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{}]", Value::from(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(expected: &Value, got: &Value, extent: Extent) -> Vec<String> {
        compare(expected, got, extent).into_iter().map(|difference| difference.path).collect()
    }

    #[test]
    fn equal_values_have_no_difference() {
        let value = json!({"a": [1, {"b": null}], "c": 1.0});
        assert_eq!(compare(&value, &json!({"c": 1, "a": [1.0, {"b": null}]}), Extent::Whole), []);
    }

    #[test]
    fn every_difference_has_its_path() {
        let expected = json!({"a": [1, 2], "b": {"x y": 1}, "gone": null});
        let got = json!({"a": [1, 3, 4], "b": {"x y": "1"}, "new": 0});
        let found = paths(&expected, &got, Extent::Whole);
        assert_eq!(found, ["a[1]", "a[2]", "b[\"x y\"]", "gone", "new"]);
        assert_eq!(paths(&json!([]), &json!({}), Extent::Whole), [""]);
        let missing = compare(&json!({"gone": null}), &json!({}), Extent::Whole);
        assert_eq!(missing, [Difference { path: "gone".into(), expected: Some(Value::Null), got: None }]);
    }

    #[test]
    fn a_subset_names_keys_of_objects_and_whole_lists() {
        let got = json!({"a": {"x": 1, "y": 2}, "list": [{"z": 1, "more": 1}]});
        assert!(paths(&json!({"a": {"x": 1}}), &got, Extent::NamedKeys).is_empty());
        assert_eq!(paths(&json!({"a": {"z": 1}}), &got, Extent::NamedKeys), ["a.z"]);
        assert_eq!(paths(&json!({"list": [{"z": 1}]}), &got, Extent::NamedKeys), ["list[0].more"]);
    }
}
