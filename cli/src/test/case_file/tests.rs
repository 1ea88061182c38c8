//! Tests of reading case files.

use super::*;
use crate::test::model::{BEGINNING, Throws};
use adapter_local::cache::CacheEntry;
use serde_json::json;

fn read_value(value: &Value) -> Reading<Vec<Case>> {
    read(&value.to_string(), Path::new("."))
}

fn error(case: &Value) -> String {
    match read_value(&json!({ "cases": [case] })) {
        Ok(_) => panic!("it was read"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_case_has_defaults() {
    let cases = read_value(&json!({ "cases": [{}] })).unwrap_or_else(|error| panic!("{error}"));
    let case = &cases[0];
    assert_eq!((case.name.as_str(), case.now, case.seed, case.team, case.id), ("case 1", BEGINNING, 1, 2, 39));
    assert_eq!(case.now.to_string(), "2023-01-01T00:00:00.000Z");
    assert_eq!(case.posthog.host.as_deref(), Some("https://app.example.com"));
    assert!(!case.defaults && case.geoip.is_none() && case.calls.is_empty());
}

#[test]
fn an_unknown_key_is_named_with_its_path() {
    for (case, path) in [
        (json!({"nam": ""}), "cases[0].nam"),
        (json!({"calls": [{"fn": "processEvent", "expects": 1}]}), "cases[0].calls[0].expects"),
        (json!({"calls": [{"fn": "onEvent", "throws": {"text": ""}}]}), "cases[0].calls[0].throws.text"),
        (json!({"fetch": [{"match": "", "jso": 1}]}), "cases[0].fetch[0].jso"),
        (json!({"expect": {"capture": []}}), "cases[0].expect.capture"),
        (json!({"posthog": {"token": ""}}), "cases[0].posthog.token"),
        (json!({"attachments": {"a": {"text": "", "name": ""}}}), "cases[0].attachments.a.name"),
        (json!({"cache": {"k": {"$value": 1, "ttl": 1}}}), "cases[0].cache.k.ttl"),
    ] {
        assert_eq!(error(&case), format!("{path}: unknown key; is it misspelt?"));
    }
    let outer = read_value(&json!({ "cases": [{}], "case": 1 })).err().map(|error| error.to_string());
    assert_eq!(outer.as_deref(), Some("case: unknown key; is it misspelt?"));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (case, part) in [
        (json!(1), "cases[0]: must be an object, not a number"),
        (json!({"seed": -1}), "cases[0].seed: must be an integer from 0"),
        (json!({"now": "soon"}), "cases[0].now: is no time"),
        (json!({"calls": [{}]}), "cases[0].calls[0].fn: missing"),
        (json!({"fetch": [{"match": "("}]}), "cases[0].fetch[0].match: "),
        (json!({"fetch": [{"match": "", "json": 1, "text": ""}]}), "at most one of json, text and base64"),
        (json!({"fetch": [{"match": "", "error": "E", "status": 200}]}), "has no status"),
        (json!({"fetch": [{"match": "", "status": 99}]}), "from 100 to 599"),
        (json!({"attachments": {"a": "missing.bin"}}), "missing.bin cannot be read"),
        (json!({"attachments": {"a": {}}}), "exactly one of path, text and base64"),
        (json!({"geoip": 1}), "cases[0].geoip: must be an object of records"),
        (json!({"cache": {"k": {"$value": 1, "$ttl": 0}}}), "cases[0].cache.k.$ttl: must be at least 1"),
        (json!({"expect": {"fetch": ["x"]}}), "cases[0].expect.fetch[0]: must be the list"),
        (json!({"expect": {"logs": [["loud", ""]]}}), "\"loud\" is none of"),
        (
            json!({"calls": [{"fn": "onEvent", "now": "2022-12-31T00:00:00.000Z"}]}),
            "cases[0].calls[0].now: 2022-12-31T00:00:00.000Z is earlier than 2023-01-01T00:00:00.000Z",
        ),
    ] {
        let error = error(&case);
        assert!(error.contains(part), "{error}");
    }
    for (text, part) in
        [("{", "not JSON: "), ("[]", "write {\"cases\""), ("{}", "write {\"cases\""), ("{\"cases\":[]}", "no case")]
    {
        let error = read(text, Path::new(".")).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn null_is_an_argument_and_an_expectation() {
    let calls =
        json!([{"fn": "jobs.a.b", "arg": null, "expect": null, "throws": "x"}, {"fn": "runEveryYear"}, {"fn": "f"}]);
    let cases = read_value(&json!({ "cases": [{ "calls": calls }] })).unwrap_or_else(|error| panic!("{error}"));
    let [job, task, other] = cases[0].calls.as_slice() else { panic!("three calls") };
    assert_eq!((job.argument.clone(), job.expect.clone()), (Some(Value::Null), Some(Value::Null)));
    assert_eq!(job.function, Some(Function::Job("a.b".into())));
    assert_eq!(job.throws, Some(Throws::NameOrMessage("x".into())));
    assert_eq!((task.argument.clone(), task.expect.clone()), (None, None));
    assert_eq!(task.function, Some(Function::Task("runEveryYear".into())));
    assert_eq!(other.function, None);
}

#[test]
fn the_cache_takes_values_times_and_lists() {
    let cache = json!({"a": {"x": 1}, "b": {"$value": "t", "$ttl": 9}, "c": {"$list": ["h", 2]}});
    let cases = read_value(&json!({ "cases": [{ "cache": cache }] })).unwrap_or_else(|error| panic!("{error}"));
    let seeds: Vec<_> =
        cases[0].cache.iter().map(|seed| (seed.key.as_str(), seed.entry.clone(), seed.ttl_seconds)).collect();
    let expected = [
        ("a", CacheEntry::Text("{\"x\":1}".into()), None),
        ("b", CacheEntry::Text("\"t\"".into()), Some(9)),
        ("c", CacheEntry::List(vec!["h".into(), "2".into()]), None),
    ];
    assert_eq!(seeds, expected);
}

#[test]
fn attachments_are_files_texts_or_base64() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("rules.json"), "[]").expect("writable");
    let given = json!({"a": "rules.json", "b": {"text": "x", "file_name": "b.csv"}, "c": {"base64": "/w==", "content_type": "t"}});
    let text = json!({ "cases": [{ "attachments": given }] }).to_string();
    let cases = read(&text, folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let list: Vec<_> = cases[0]
        .attachments
        .values()
        .map(|file| (file.file_name.as_str(), file.content_type.as_str(), file.contents.as_slice()))
        .collect();
    let expected: [(&str, &str, &[u8]); 3] =
        [("rules.json", "application/json", b"[]"), ("b.csv", "text/csv", b"x"), ("c", "t", b"\xff")];
    assert_eq!(list, expected);
}
