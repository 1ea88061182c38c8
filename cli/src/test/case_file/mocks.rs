//! The `fetch` mocks of a case.

use crate::test::fields::{Fields, Reading};
use crate::test::network::{Mock, Reply};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regress::Regex;
use serde_json::Value;

pub(super) fn read(path: String, value: Value) -> Reading<Mock> {
    let mut fields = Fields::of(path, value)?;
    let pattern = fields.text("match")?.ok_or_else(|| fields.error("match", "missing; write a regular expression"))?;
    // As `new RegExp(match, "u")` would be too strict for what people write, no flags.
    let regex = Regex::new(&pattern).map_err(|error| fields.error("match", error))?;
    let mock = Mock {
        regex,
        pattern,
        method: fields.text("method")?,
        times: fields.count("times")?,
        reply: read_reply(&mut fields)?,
    };
    fields.finish()?;
    Ok(mock)
}

fn read_reply(fields: &mut Fields) -> Reading<Reply> {
    let error = fields.text("error")?;
    let status = fields.count("status")?;
    let headers = fields.map_if_given("headers")?;
    let body = read_body(fields)?;
    if let Some(code) = error {
        if status.is_some() || headers.is_some() || body.is_some() {
            return Err(fields.error("error", "a request that fails has no status, headers or body"));
        }
        return Ok(Reply::Error(code));
    }
    let status = u16::try_from(status.unwrap_or(200)).ok().filter(|status| (100..=599).contains(status));
    let status = status.ok_or_else(|| fields.error("status", "must be a number from 100 to 599"))?;
    let headers = headers.unwrap_or_default().into_iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        _ => Err(fields.error(&format!("headers.{name}"), "must be a text")),
    });
    Ok(Reply::Response { status, headers: headers.collect::<Reading<_>>()?, body: body.unwrap_or_default() })
}

fn read_body(fields: &mut Fields) -> Reading<Option<Vec<u8>>> {
    let bodies = [
        fields.take("json").map(|value| value.to_string().into_bytes()),
        fields.text("text")?.map(String::into_bytes),
        match fields.text("base64")? {
            None => None,
            Some(text) => Some(STANDARD.decode(text).map_err(|error| fields.error("base64", error))?),
        },
    ];
    let mut bodies = bodies.into_iter().flatten();
    let body = bodies.next();
    if bodies.next().is_some() {
        return Err(fields.error("json", "give at most one of json, text and base64"));
    }
    Ok(body)
}
