//! Secrets in the forms in which they turn up.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::json;

/// Holds what encodings disagree about.
const SECRET: &str = "hun ter2/&\"<+\u{e4}%2\\n\n?~'!";

fn masked(secret: &str, text: &str) -> String {
    Masker::of([secret]).mask(text).into_owned()
}

fn percent(text: &str, kept: fn(u8) -> bool) -> String {
    text.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[test]
fn every_form_is_masked_within_a_text() {
    let json = |text: &str| Value::from(text).to_string();
    let inner = |text: &str| json(text)[1..json(text).len() - 1].to_owned();
    let ascii: String = SECRET.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let component = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte);
    let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    for (what, written) in [
        ("plain", SECRET.to_owned()),
        ("JSON", inner(SECRET)),
        ("JSON in JSON", inner(&inner(SECRET))),
        ("JSON in JSON in JSON", inner(&inner(&inner(SECRET)))),
        ("JSON with escaped slashes", inner(SECRET).replace('/', "\\/")),
        ("JSON in ASCII", ascii),
        ("encodeURIComponent", percent(SECRET, component)),
        ("encodeURI", percent(SECRET, component_or_reserved)),
        ("a form", form),
        ("lower-case digits", percent(SECRET, alphanumeric).to_lowercase()),
        ("percent-encoded twice", percent(&percent(SECRET, component), component)),
        ("HTML", SECRET.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;")),
        ("base64", STANDARD.encode(SECRET)),
        ("base64url", URL_SAFE_NO_PAD.encode(SECRET)),
        ("padded base64url", URL_SAFE.encode(SECRET)),
        ("base64 in an address", percent(&STANDARD.encode(SECRET), alphanumeric)),
        ("hex", SECRET.bytes().map(|byte| format!("{byte:02x}")).collect()),
        ("upper-case hex", SECRET.bytes().map(|byte| format!("{byte:02X}")).collect()),
    ] {
        assert_eq!(masked(SECRET, &format!("<{written}>")), "<***>", "{what}");
    }
}

fn component_or_reserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'();/?:@&=+$,#".contains(&byte)
}

#[test]
fn base64_of_more_than_the_secret_shows_none_of_its_middle() {
    let secret = "a secret, long enough";
    for before in ["", "u", "us", "use", "user:"] {
        for after in ["", "x", "xy", "xyz"] {
            for engine in [&STANDARD, &URL_SAFE_NO_PAD] {
                let text = engine.encode(format!("{before}{secret}{after}"));
                let shown = masked(secret, &format!("Basic {text}"));
                let rest = shown.strip_prefix("Basic ").unwrap().replace(MASK, "");
                let around = (before.len() + after.len()) * 4 / 3 + 5;
                assert!(shown.contains(MASK) && rest.len() <= around, "{before}|{after}: {shown}");
            }
        }
    }
}

#[test]
fn parts_of_a_secret_that_apps_take_apart_are_masked() {
    let key =
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----\n";
    let json = json!({"type": "file", "private_key": key, "uri": "https://example.com/token"}).to_string();
    let masker = Masker::of([json.as_str()]);
    assert_eq!(masker.mask(key.trim_end()), "***");
    assert_eq!(masker.mask("line MIIEvQIBADANBgkqhkiG9w0B!"), "line ***!");
    assert_eq!(masker.mask(&json), "***");
    assert_eq!(masker.mask("file https://example.com/token"), "file https://example.com/token");
}

#[test]
fn the_longest_secret_is_masked_first_and_all_of_them_are() {
    let masker = Masker::of(["secret", "secret-longer", "other"]);
    assert_eq!(masker.mask("secret-longer secret other"), "*** *** ***");
    assert!(matches!(masker.mask("nothing"), Cow::Borrowed("nothing")));
}

#[test]
fn a_long_secret_that_was_cut_off_is_masked() {
    let secret = "0123456789".repeat(10);
    assert_eq!(masked(&secret, &format!("no property '{}' of null", &secret[..63])), "no property '***' of null");
    assert_eq!(masked(&secret, &secret[..31]), secret[..31], "its first characters alone may be any text");
}

#[test]
fn white_space_around_a_secret_is_not_needed() {
    assert_eq!(masked(" secret\n", "is secret!"), "is ***!");
}

#[test]
fn short_secrets_and_no_secrets_are_not_looked_for() {
    assert_eq!(masked("abc", "abc YWJj"), "abc YWJj");
    assert_eq!(masked("abcd", "abcd YWJjZA=="), "*** ***");
    assert_eq!(masked("", "text"), "text");
    assert_eq!(Masker::default().mask("text"), "text");
}

#[test]
fn values_are_masked_with_their_keys() {
    let value = json!({"a": ["x hunter2", 123_456], "hunter2": {"b": null}});
    let masker = Masker::of(["hunter2", "123456"]);
    assert_eq!(masker.mask_value(value), json!({"a": ["x ***", "***"], "***": {"b": null}}));
}

#[test]
fn masking_any_text_ends_at_a_character() {
    for text in
        ["\u{e4}", "%", "%2", "%25", "%u", "\\", "\\u", "\\u00", "&", "&amp", "s\u{e4}", "\\\\\\\\\\\\\\\\\\\\u00"]
    {
        assert_eq!(masked("s\u{e4}cret%\\", text), text);
    }
}
