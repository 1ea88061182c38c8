//! JSON text as JavaScript writes it, which may hold what UTF-8 cannot (lone surrogates), and words for what it says.

use serde_json::Value;
use std::borrow::Cow;

/// Reads JSON text; an escaped lone surrogate (`\ud83d` without its second half) becomes U+FFFD instead of an error, since a
/// text cut in the middle of an emoji is common in real events.
pub fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&repair_surrogates(text))
}

/// Replaces `\uD800`-`\uDFFF` escapes without a partner by `\uFFFD`, which has the same length: positions stay true.
pub fn repair_surrogates(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    // Looked for many bytes at a time, and mostly not there.
    if !bytes.contains(&b'\\') {
        return Cow::Borrowed(text);
    }
    let mut lone = Vec::new();
    let mut position = 0;
    while position < bytes.len() {
        if bytes[position] != b'\\' {
            position += 1;
            continue;
        }
        match escaped_unit(bytes, position) {
            Some(0xd800..=0xdbff) if matches!(escaped_unit(bytes, position + 6), Some(0xdc00..=0xdfff)) => {
                position += 12
            }
            Some(0xd800..=0xdfff) => {
                lone.push(position);
                position += 6;
            }
            _ => position += 2,
        }
    }
    if lone.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut repaired = String::with_capacity(text.len());
    let mut copied = 0;
    for position in lone {
        repaired.push_str(&text[copied..position]);
        repaired.push_str("\\ufffd");
        copied = position + 6;
    }
    repaired.push_str(&text[copied..]);
    Cow::Owned(repaired)
}

/// The UTF-16 unit of a `\uXXXX` escape at `position`, if one is there.
fn escaped_unit(bytes: &[u8], position: usize) -> Option<u32> {
    let digits = bytes.get(position..position + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}

/// What a value is, for messages to people.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_kept() {
        let value = parse(r#"{"a":"x\ud83d","b":"\ud83d\ude00","c":"\ude00y","d":"\\ud83d"}"#).expect("valid");
        assert_eq!(value["a"], "x\u{fffd}");
        assert_eq!(value["b"], "\u{1f600}");
        assert_eq!(value["c"], "\u{fffd}y");
        assert_eq!(value["d"], "\\ud83d");
    }

    #[test]
    fn half_pairs_are_repaired_and_whole_ones_kept() {
        for (text, expected) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\uD83D""#, r#""\\\ufffd""#),
            (r#""\ud83"#, r#""\ud83"#),
        ] {
            assert_eq!(repair_surrogates(text), expected, "{text}");
        }
    }
}
