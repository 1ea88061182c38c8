//! What a secret looks like in texts.

use super::SHORTEST_SECRET;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;

/// A line of a secret, or a text in its JSON, counts as a secret of its own from so many characters on: shorter ones are often
/// ordinary words.
const SHORTEST_LINE: usize = 16;
const SHORTEST_JSON_TEXT: usize = 8;
/// A piece of base64 that stands for the inner part of a secret is looked for from so many characters on.
const SHORTEST_BASE64: usize = 6;
/// So many characters of the beginning of a secret are a match.
const SHORTEST_BEGINNING: usize = 32;
/// How many backslashes may stand before a character: quotes that were put into JSON three times over have seven.
const MOST_BACKSLASHES: usize = 8;

/// How the characters of a pattern may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// The secret itself: percent-encoded and escaped in any way.
    Text,
    /// Base64 in either alphabet, which may itself be percent-encoded or escaped.
    Base64,
    /// Hex digits in either case.
    Hex,
}

/// A text to be found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pattern {
    pub(super) form: Form,
    characters: Vec<char>,
}

/// What is looked for of one secret.
pub(super) fn patterns_of(secret: &str) -> Vec<Pattern> {
    let mut texts = vec![secret, secret.trim()];
    texts.extend(
        secret.lines().map(str::trim).filter(|line| {
            secret.contains('\n') && line.chars().count() >= SHORTEST_LINE && !line.starts_with("-----")
        }),
    );
    let json: Option<Value> =
        serde_json::from_str(secret).ok().filter(|json: &Value| json.is_object() || json.is_array());
    let mut inner = Vec::new();
    json.iter().for_each(|json| collect_texts(json, &mut inner));
    texts.extend(inner.iter().map(String::as_str));
    texts.retain(|text| text.chars().count() >= SHORTEST_SECRET);
    texts.sort_unstable();
    texts.dedup();
    let mut patterns: Vec<Pattern> = texts.iter().map(|text| Pattern::new(Form::Text, text)).collect();
    patterns.extend(texts.iter().flat_map(|text| encoded(text)));
    patterns
}

/// The long texts in a JSON value, but for addresses, which are no secrets and are in many messages.
fn collect_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if text.chars().count() >= SHORTEST_JSON_TEXT && !text.starts_with("http") => {
            texts.extend([text.clone(), text.trim().to_owned()]);
            texts.extend(
                text.lines()
                    .filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----"))
                    .map(str::to_owned),
            );
        }
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(members) => members.values().for_each(|member| collect_texts(member, texts)),
        _ => {}
    }
}

/// Hex digits, and base64 as it is when the text stands alone or one, two or three bytes after the beginning of a group.
fn encoded(text: &str) -> Vec<Pattern> {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let whole = STANDARD_NO_PAD.encode(text);
    let mut patterns = vec![Pattern::new(Form::Hex, &hex), Pattern::new(Form::Base64, &whole)];
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend_from_slice(text.as_bytes());
        let last_is_shared = usize::from(!bytes.len().is_multiple_of(3));
        let encoded = STANDARD_NO_PAD.encode(bytes);
        // Characters with bits of what stands before or after depend on that.
        let first_own = [0, 2, 3][before];
        let own = encoded.get(first_own..encoded.len() - last_is_shared).unwrap_or_default();
        if own.len() >= SHORTEST_BASE64 {
            patterns.push(Pattern::new(Form::Base64, own));
        }
    }
    patterns
}

impl Pattern {
    fn new(form: Form, text: &str) -> Self {
        Self { form, characters: text.chars().collect() }
    }

    /// How many characters it has.
    pub(super) fn length(&self) -> usize {
        self.characters.len()
    }

    /// The bytes that a match may begin with.
    pub(super) fn first_bytes(&self) -> Vec<u8> {
        let first = self.characters[0];
        let mut bytes = vec![b'%', b'\\', b'&', b'+', b'-', b'/', b'_'];
        bytes.push(first.encode_utf8(&mut [0; 4]).as_bytes()[0]);
        bytes.extend(
            [first.to_ascii_uppercase(), first.to_ascii_lowercase()].iter().filter_map(|it| u8::try_from(*it).ok()),
        );
        bytes.sort_unstable();
        bytes.dedup();
        bytes
    }

    /// Where a match that begins at a place ends; the furthest if there are several. The beginning of a long pattern is a match,
    /// too: the engine cuts names in its messages at 63 bytes.
    pub(super) fn match_at(&self, text: &[u8], at: usize) -> Option<usize> {
        // A character may be written in several ways of which one is the beginning of another, so all are followed.
        let mut places = vec![at];
        for (matched, character) in self.characters.iter().enumerate() {
            let mut next = Vec::new();
            for place in &places {
                self.ends(*character, text, *place, &mut next);
            }
            next.sort_unstable();
            next.dedup();
            if next.is_empty() {
                return places.last().copied().filter(|_| matched >= SHORTEST_BEGINNING);
            }
            places = next;
        }
        places.last().copied()
    }

    /// Every place where a way to write the character at `at` ends.
    fn ends(&self, character: char, text: &[u8], at: usize, ends: &mut Vec<usize>) {
        written(character, text, at, ends);
        match (self.form, character) {
            (Form::Base64, '+') => written('-', text, at, ends),
            (Form::Base64, '/') => written('_', text, at, ends),
            (Form::Hex, digit) => written(digit.to_ascii_uppercase(), text, at, ends),
            _ => {}
        }
    }
}

/// The same for one character.
fn written(character: char, text: &[u8], at: usize, ends: &mut Vec<usize>) {
    let mut buffer = [0; 4];
    let bytes = character.encode_utf8(&mut buffer).as_bytes();
    if text[at..].starts_with(bytes) {
        ends.push(at + bytes.len());
    }
    match text.get(at) {
        Some(b'%') => ends.extend(percent_encoded(bytes, text, at)),
        Some(b'\\') => ends.extend(escaped(character, text, at)),
        Some(b'&') => ends.extend(in_html(character, text, at)),
        Some(b'+') if character == ' ' => ends.push(at + 1),
        _ => {}
    }
}

/// `%2F`; `%252F` where what was encoded is encoded again; or once more.
fn percent_encoded(bytes: &[u8], text: &[u8], at: usize) -> Vec<usize> {
    let ends = ["%", "%25", "%2525"].into_iter().filter_map(|sign| {
        let mut at = at;
        for byte in bytes {
            if !text.get(at..)?.starts_with(sign.as_bytes()) || hex_byte(text, at + sign.len())? != *byte {
                return None;
            }
            at += sign.len() + 2;
        }
        Some(at)
    });
    ends.collect()
}

fn hex_byte(text: &[u8], at: usize) -> Option<u8> {
    let digits = text.get(at..at + 2)?;
    digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// `\n`, `\"`, `\/`, `\u00e4`, also with more backslashes.
fn escaped(character: char, text: &[u8], at: usize) -> Vec<usize> {
    let backslashes = text[at..].iter().take_while(|byte| **byte == b'\\').take(MOST_BACKSLASHES).count();
    if character == '\\' {
        // One stands for itself and is escaped by another, over and over.
        let own = (2..=backslashes).map(|count| at + count);
        return own.chain(unicode_escaped(character, text, at + backslashes)).collect();
    }
    let after = at + backslashes;
    let short = match character {
        '\u{8}' => Some(b'b'),
        '\u{c}' => Some(b'f'),
        '\n' => Some(b'n'),
        '\r' => Some(b'r'),
        '\t' => Some(b't'),
        '\u{b}' => Some(b'v'),
        '\0' => Some(b'0'),
        '"' | '\'' | '/' | '`' | '$' => Some(character as u8),
        _ => None,
    };
    let mut ends = Vec::new();
    if short.is_some() && text.get(after) == short.as_ref() {
        ends.push(after + 1);
    }
    ends.extend(unicode_escaped(character, text, after));
    ends
}

/// `u00e4`, or two of them for a character beyond 16 bits, after the backslashes that end at `at`.
fn unicode_escaped(character: char, text: &[u8], mut at: usize) -> Option<usize> {
    let mut units = [0; 2];
    for (index, unit) in character.encode_utf16(&mut units).iter().enumerate() {
        if index > 0 {
            at += text[at..].iter().take_while(|byte| **byte == b'\\').count();
        }
        let high = hex_byte(text, at + 1)?;
        let low = hex_byte(text, at + 3)?;
        if text.get(at) != Some(&b'u') || u16::from_be_bytes([high, low]) != *unit {
            return None;
        }
        at += 5;
    }
    Some(at)
}

fn in_html(character: char, text: &[u8], at: usize) -> Option<usize> {
    let entities: &[&str] = match character {
        '&' => &["&amp;", "&#38;", "&#x26;"],
        '<' => &["&lt;", "&#60;", "&#x3c;"],
        '>' => &["&gt;", "&#62;", "&#x3e;"],
        '"' => &["&quot;", "&#34;", "&#x22;"],
        '\'' => &["&#39;", "&#x27;", "&apos;"],
        _ => &[],
    };
    entities.iter().find(|entity| text[at..].starts_with(entity.as_bytes())).map(|entity| at + entity.len())
}
