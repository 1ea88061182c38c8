//! What a case expects: `expect` of the whole case, and `throws`.

use crate::test::fields::{CaseFileError, Fields, Reading};
use crate::test::model::{Expectations, Throws};
use serde_json::Value;

/// The kinds of host calls that can be expected.
const HOST_CALLS: [&str; 4] = ["fetch", "captures", "jobs", "metrics"];
/// The levels of `console`.
const LEVELS: [&str; 5] = ["debug", "log", "info", "warn", "error"];

pub(super) fn read(fields: &mut Fields) -> Reading<Expectations> {
    let Some(mut expect) = fields.fields("expect")? else { return Ok(Expectations::default()) };
    let mut host_calls = Vec::new();
    for kind in HOST_CALLS {
        if let Some(list) = expect.list_if_given(kind)? {
            if let Some(index) = list.iter().position(|call| !call.is_array()) {
                return Err(expect.error(&format!("{kind}[{index}]"), "must be the list of a call's arguments"));
            }
            host_calls.push((kind, list));
        }
    }
    let expectations = Expectations {
        setup_throws: read_throws(&mut expect, "setup_throws")?,
        host_calls,
        storage: expect.map_if_given("storage")?,
        cache: expect.map_if_given("cache")?,
        cache_ttl: expect.map("cache_ttl")?,
        logs: expect.each("logs", |path, value| read_log(path, &value))?,
    };
    expect.finish()?;
    Ok(expectations)
}

fn read_log(path: String, value: &Value) -> Reading<(String, String)> {
    let pair = value.as_array().map(Vec::as_slice);
    let Some([Value::String(level), Value::String(part)]) = pair else {
        return Err(CaseFileError::at(path, "must be [level, part of the message]"));
    };
    if !LEVELS.contains(&level.as_str()) {
        return Err(CaseFileError::at(path, format_args!("\"{level}\" is none of {}", LEVELS.join(", "))));
    }
    Ok((level.clone(), part.clone()))
}

pub(super) fn read_throws(fields: &mut Fields, key: &str) -> Reading<Option<Throws>> {
    match fields.take(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(Throws::NameOrMessage(text))),
        Some(value @ Value::Object(_)) => {
            let mut error = Fields::of(fields.path(key), value)?;
            let throws = Throws::Both { name: error.text("name")?, message: error.text("message")? };
            error.finish()?;
            Ok(Some(throws))
        }
        Some(_) => Err(fields.error(key, "must be a text, or an object with name and message")),
    }
}
