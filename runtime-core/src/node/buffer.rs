//! The natives of `Buffer`: text to bytes and back, comparing and searching.
//!
//! Text that comes in is well-formed (the JavaScript side sees to it), as a lone surrogate has no form in a Rust string.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a native takes its arguments as the engine converts them, by value"
)]

use crate::node::buffer_find::{Direction, find};
use crate::node::registry::native;
use crate::node::{array_buffer, view};
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, Engine};
use rquickjs::{ArrayBuffer, Ctx, Object, Result, TypedArray};

type Bytes<'js> = TypedArray<'js, u8>;

/// Adds the natives to the object that `encodings.js`, `buffer.js` and `buffer_search.js` get.
pub(crate) fn natives(object: &Object<'_>) -> Result<()> {
    encoders(object)?;
    decoders(object)?;
    native(object, "isUtf8", |array: Bytes<'_>| view(&array, |bytes| std::str::from_utf8(bytes).is_ok()))?;
    native(object, "compare", |left: Bytes<'_>, right: Bytes<'_>| {
        view(&left, |left| view(&right, |right| left.cmp(right) as i32))
    })?;
    native(object, "find", |hay: Bytes<'_>, needle: Bytes<'_>, from: f64, step: usize, forward: i32| {
        let direction = if forward == 1 { Direction::Forward } else { Direction::Backward };
        view(&hay, |hay| view(&needle, |needle| find(hay, needle, from as i64, step, direction)))
    })
}

fn encoders(object: &Object<'_>) -> Result<()> {
    native(object, "encodeUtf8", encode_utf8)?;
    native(object, "encodeUtf16", encode_utf16)?;
    native(object, "encodeLatin1", encode_latin1)?;
    native(object, "decodeHex", decode_hex)?;
    native(object, "decodeBase64", decode_base64)?;
    native(object, "lengthUtf8", |text: String| text.len())
}

fn decoders(object: &Object<'_>) -> Result<()> {
    native(object, "decodeUtf8", |array: Bytes<'_>, start: usize, end: usize| {
        part(&array, start, end, |bytes| String::from_utf8_lossy(bytes).into_owned())
    })?;
    native(object, "decodeUtf16", |array: Bytes<'_>, start: usize, end: usize| {
        part(&array, start, end, |bytes| {
            let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).collect::<std::result::Result<String, _>>().ok()
        })
    })?;
    native(object, "decodeLatin1", |array: Bytes<'_>, start: usize, end: usize| {
        part(&array, start, end, |bytes| bytes.iter().copied().map(char::from).collect::<String>())
    })?;
    native(object, "decodeAscii", |array: Bytes<'_>, start: usize, end: usize| {
        part(&array, start, end, |bytes| bytes.iter().map(|byte| char::from(byte & 0x7f)).collect::<String>())
    })?;
    native(object, "encodeHex", |array: Bytes<'_>, start: usize, end: usize| part(&array, start, end, hex))?;
    native(object, "encodeBase64", |array: Bytes<'_>, start: usize, end: usize| {
        part(&array, start, end, |bytes| STANDARD.encode(bytes))
    })?;
    native(object, "encodeBase64Url", |array: Bytes<'_>, start: usize, end: usize| {
        part(&array, start, end, |bytes| URL_SAFE_NO_PAD.encode(bytes))
    })
}

/// Bounds beyond the array (a detached one has no bytes) give what is there.
fn part<R>(array: &Bytes<'_>, start: usize, end: usize, action: impl FnOnce(&[u8]) -> R) -> R {
    view(array, |bytes| {
        let end = end.min(bytes.len());
        action(&bytes[start.min(end)..end])
    })
}

fn encode_utf8<'js>(ctx: Ctx<'js>, text: String) -> Result<ArrayBuffer<'js>> {
    array_buffer(&ctx, text)
}

fn encode_utf16<'js>(ctx: Ctx<'js>, text: String) -> Result<ArrayBuffer<'js>> {
    array_buffer(&ctx, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
}

fn encode_latin1<'js>(ctx: Ctx<'js>, text: String) -> Result<ArrayBuffer<'js>> {
    let low_byte = |unit: u16| unit.to_le_bytes()[0];
    array_buffer(&ctx, text.encode_utf16().map(low_byte).collect::<Vec<u8>>())
}

/// As Node: pairs up to the first that is none.
fn decode_hex<'js>(ctx: Ctx<'js>, text: String) -> Result<ArrayBuffer<'js>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8);
    array_buffer(&ctx, text.as_bytes().chunks_exact(2).map_while(pair).collect::<Vec<u8>>())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// As Node: both alphabets, anything else skipped, the first `=` is the end, a single left-over character is nothing.
fn decode_base64<'js>(ctx: Ctx<'js>, text: String) -> Result<ArrayBuffer<'js>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::RequireNone),
    );
    let symbol = |byte: u8| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Some(byte),
        _ => None,
    };
    let mut symbols: Vec<u8> = text.bytes().take_while(|&byte| byte != b'=').filter_map(symbol).collect();
    if symbols.len() % 4 == 1 {
        symbols.pop();
    }
    array_buffer(&ctx, LENIENT.decode(symbols).expect("only symbols of the alphabet, in a length that can be"))
}
