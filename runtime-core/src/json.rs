//! Reading JSON text that came from JavaScript, which may hold what UTF-8 cannot: lone surrogates.

use serde_json::Value;
use std::borrow::Cow;

/// Reads JSON text; an escaped lone surrogate (`\ud83d` without its second half) becomes U+FFFD instead of an error, since a
/// text cut in the middle of an emoji is common in real events.
pub fn parse(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(&repair_surrogates(text))
}

/// The same JSON text with every escape of a lone surrogate replaced by `\ufffd`.
pub fn repair_surrogates(text: &[u8]) -> Cow<'_, [u8]> {
    let mut repaired: Option<Vec<u8>> = None;
    let mut index = 0;
    while index < text.len() {
        if text[index] != b'\\' {
            index += 1;
            continue;
        }
        let Some(unit) = escaped_unit(text, index) else {
            index += 2;
            continue;
        };
        let next = escaped_unit(text, index + 6);
        if is_high(unit) && next.is_some_and(is_low) {
            index += 12;
            continue;
        }
        if is_high(unit) || is_low(unit) {
            let bytes = repaired.get_or_insert_with(|| text.to_vec());
            bytes[index..index + 6].copy_from_slice(b"\\ufffd");
        }
        index += 6;
    }
    repaired.map_or(Cow::Borrowed(text), Cow::Owned)
}

fn escaped_unit(text: &[u8], index: usize) -> Option<u16> {
    let escape = text.get(index..index + 6)?;
    if &escape[..2] != b"\\u" {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
}

fn is_high(unit: u16) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

fn is_low(unit: u16) -> bool {
    (0xDC00..0xE000).contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_kept() {
        let value = parse(br#"{"a":"x\ud83d","b":"\ud83d\ude00","c":"\ude00y","d":"\\ud83d"}"#).expect("valid");
        assert_eq!(value["a"], "x\u{fffd}");
        assert_eq!(value["b"], "\u{1f600}");
        assert_eq!(value["c"], "\u{fffd}y");
        assert_eq!(value["d"], "\\ud83d");
    }
}
