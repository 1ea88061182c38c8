//! Tests of reading plugin.json.

use serde_json::json;

use super::*;

fn parse(value: &Value) -> Manifest {
    Manifest::parse(&value.to_string(), "folder").expect("a manifest")
}

#[test]
fn every_key_is_read() {
    let manifest = parse(&json!({
        "name": "App", "description": "d", "url": "u", "icon": "i", "main": "src/a.js", "lib": "b.js", "stateless": true,
        "posthogVersion": ">= 1.25.0", "$schema": "s", "publicJobs": { "send": { "payload": {
            "n": { "type": "number", "title": "N", "required": true, "default": 1, "staff_only": true }, "m": { "type": "date" } } } },
        "config": [{ "key": "k", "name": "K", "type": "choice", "default": "a", "hint": "h", "markdown": "m", "required": true,
            "secret": false, "choices": ["a", "b"], "order": 2, "required_if": [["x", "1"], ["y"]], "visible_if": [["z", null]],
            "site": true }, { "markdown": "only text" }],
    }));
    assert_eq!((manifest.warnings.as_slice(), manifest.problems.as_slice()), (&[][..], &[][..]));
    assert_eq!((manifest.name.as_str(), manifest.main.as_deref(), manifest.stateless), ("App", Some("src/a.js"), true));
    let texts = [&manifest.description, &manifest.url, &manifest.icon, &manifest.lib, &manifest.posthog_version];
    assert_eq!(texts.map(Option::as_deref), ["d", "u", "i", "b.js", ">= 1.25.0"].map(Some));
    let condition = |key: &str, value: Option<Value>| Condition { key: key.into(), value };
    let field = ConfigField {
        key: Some("k".into()),
        name: Some("K".into()),
        kind: FieldKind::Choice,
        default: Some(json!("a")),
        hint: Some("h".into()),
        markdown: Some("m".into()),
        required: true,
        secret: false,
        choices: vec!["a".into(), "b".into()],
        order: Some(2.0),
        required_if: vec![condition("x", Some(json!("1"))), condition("y", None)],
        visible_if: vec![condition("z", None)],
        site: true,
    };
    assert_eq!(manifest.config[0], field);
    assert_eq!((&manifest.config[1].key, manifest.config[1].markdown.as_deref()), (&None, Some("only text")));
    assert_eq!(manifest.field("k"), Some(&field));
    let send = &manifest.public_jobs[0];
    assert_eq!((send.name.as_str(), send.payload.len()), ("send", 2));
    let n = JobField {
        key: "n".into(),
        kind: Some("number".into()),
        title: Some("N".into()),
        required: true,
        default: Some(json!(1)),
        staff_only: true,
    };
    assert_eq!(send.payload[0], n);
}

#[test]
fn the_folder_is_the_fallback_name() {
    assert_eq!(parse(&json!({})).name, "folder");
    assert_eq!(parse(&json!({ "name": "" })).name, "folder");
    assert_eq!(Manifest::parse("\u{feff}{\"name\": \"bom\"}", "folder").expect("a manifest").name, "bom");
}

#[test]
fn an_object_config_is_sorted_by_order_and_without_one_last() {
    let manifest = parse(&json!({ "config": { "a": {}, "b": { "order": 2 }, "c": {}, "d": { "order": 0.5 } } }));
    let keys: Vec<_> = manifest.config.iter().filter_map(|field| field.key.as_deref()).collect();
    assert_eq!(keys, ["d", "b", "a", "c"]);
}

#[test]
fn problems_of_fields_are_listed() {
    let manifest = parse(&json!({ "config": [
        { "key": "a", "type": "number" },
        { "key": "b", "type": "choice" },
        { "key": "c", "type": "choice", "choices": ["x"], "secret": true },
        { "name": "no key" },
        "text",
        { "key": "a" },
    ] }));
    assert_eq!(
        manifest.problems,
        [
            "config field \"a\" has the unknown type \"number\": use string, attachment, choice or json",
            "config field \"b\" is a choice without choices: list them as strings",
            "config field \"c\" is a choice and cannot be secret: its values are in plugin.json",
            "config[3] has no key: give it one, or only markdown",
            "config[4] must be an object, not \"text\"",
            "config field \"a\" appears twice",
        ]
    );
    assert_eq!(manifest.config.len(), 5);
}

#[test]
fn unknown_keys_and_wrong_types_are_warnings() {
    let manifest = parse(&json!({
        "name": 1, "author": "x", "stateless": "true", "config": [{ "key": "a", "colour": 1, "required_if": ["b"] }],
        "publicJobs": { "j": { "x": 1 } }
    }));
    assert_eq!(
        manifest.warnings,
        [
            "config[0]: \"required_if\" must be a list of [field, value], not [\"b\"]",
            "config[0]: unknown key \"colour\" is ignored",
            "publicJobs.j: unknown key \"x\" is ignored",
            "plugin.json: \"name\" must be a string, not 1",
            "plugin.json: \"stateless\" must be true or false, not \"true\"",
            "plugin.json: unknown key \"author\" is ignored",
        ]
    );
    assert!(manifest.stateless);
}

#[test]
fn case_020_unparsable_plugin_json() {
    let error = Manifest::parse("{\n  \"name\": oops\n}", "folder").expect_err("not JSON").to_string();
    assert!(error.starts_with("Could not load \"plugin.json\" for folder: "), "{error}");
    assert!(error.contains("line 2 column 11"), "{error}");
    let error = Manifest::parse("[]", "folder").expect_err("not an object").to_string();
    assert_eq!(error, "Could not load \"plugin.json\" for folder: it must hold a JSON object");
}

#[test]
fn case_175_version_range_refused_or_accepted() {
    let load = |range: &str| Manifest::parse(&json!({ "name": "App", "posthogVersion": range }).to_string(), "folder");
    for accepted in [">=1.25.0", "^1.30.0", "1.43.x", "", ">= 1.24.0 < 2"] {
        assert!(load(accepted).is_ok(), "{accepted}");
    }
    assert_eq!(
        load(">= 1.44.0").expect_err("too new").to_string(),
        "App cannot be installed: its posthogVersion is \">= 1.44.0\", and hedgerow answers as PostHog 1.43.0"
    );
    let invalid = load("latest").expect_err("invalid");
    assert!(
        matches!(&invalid, LoadError::Version { reason, .. } if reason.contains("not a version range")),
        "{invalid}"
    );
}
