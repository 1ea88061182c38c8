//! What an app can ask of the outside, other than HTTP, and how it is done.

use super::{CallContext, Host};
use crate::event::{Capture, capture_uuid, captured_event};
use crate::extensions::jobs::{DueTime, JobMessage};
use crate::ports::Unavailable;
use crate::ports::captures::CapturedEvent;
use crate::ports::dead_letters::{DeadLetter, DeadLetterReason, Redrive};
use crate::ports::delayed_queue::{DelayedMessage, Lane};
use crate::ports::geoip::LocateError;
use crate::ports::key_value::KeyValueError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A capture that comes from more captures than this becomes a dead letter (behaviour.md, `posthog.capture`).
pub const MAXIMUM_HOPS: u32 = 3;

/// One call to the outside, as the JavaScript side of an extension writes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "call", rename_all = "camelCase")]
#[expect(missing_docs, reason = "the variants are the methods of meta.cache, storage, cursor, jobs, geoip and posthog")]
pub enum HostCall {
    CacheGet { key: String },
    CacheSet { key: String, value: String, ttl: Option<f64> },
    CacheIncr { key: String },
    CacheExpire { key: String, ttl: f64 },
    CacheLpush { key: String, elements: Vec<String> },
    CacheLrange { key: String, start: f64, end: f64 },
    CacheLlen { key: String },
    CacheLpop { key: String, count: f64 },
    CacheLrem { key: String, count: f64, element: String },
    StorageGet { key: String },
    StorageSet { key: String, value: String },
    StorageDel { key: String },
    CursorInit { key: String, value: f64 },
    CursorIncrement { key: String, by: f64 },
    JobEnqueue { name: String, payload: Option<Value>, due: DueTime },
    Capture { event: String, properties: Map<String, Value> },
    GeoipLocate { address: String },
}

/// Why a call to the outside has no result.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Thrown into the app as an Error with this message.
    #[error("{0}")]
    Thrown(String),
    /// Rejected with the string itself, as the reference does for geoip.
    #[error("{0}")]
    ThrownText(&'static str),
    /// Never seen by the app: its call is abandoned.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<KeyValueError> for HostError {
    fn from(error: KeyValueError) -> Self {
        match error {
            KeyValueError::Refused(message) => Self::Thrown(message),
            KeyValueError::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

impl From<LocateError> for HostError {
    fn from(error: LocateError) -> Self {
        match error {
            LocateError::NotReady => Self::ThrownText("geoip database is not ready"),
            LocateError::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

/// Does what `call` asks. The result is what the JavaScript side gets, as JSON.
pub async fn perform(host: &Host, context: &CallContext, call: HostCall) -> Result<Value, HostError> {
    context.count_host_call();
    match call {
        HostCall::JobEnqueue { name, payload, due } => enqueue_job(host, context, name, payload, due).await,
        HostCall::Capture { event, properties } => capture(host, context, &event, properties).await,
        HostCall::GeoipLocate { address } => locate(host, &address).await,
        HostCall::StorageGet { .. }
        | HostCall::StorageSet { .. }
        | HostCall::StorageDel { .. }
        | HostCall::CursorInit { .. }
        | HostCall::CursorIncrement { .. } => storage(host, context, call).await,
        cache_call => cache(host, context, cache_call).await,
    }
}

async fn locate(host: &Host, address: &str) -> Result<Value, HostError> {
    let Some(database) = &host.ports.geoip else { return Err(LocateError::NotReady.into()) };
    Ok(database.locate(address).await?.unwrap_or(Value::Null))
}

async fn cache(host: &Host, context: &CallContext, call: HostCall) -> Result<Value, HostError> {
    let cache = &host.ports.cache;
    let scope = host.cache_scope();
    Ok(match call {
        HostCall::CacheGet { key } => json!(cache.get(&scope, &key).await?),
        HostCall::CacheSet { key, value, ttl } => {
            let ttl_seconds = ttl.map(integer).transpose()?;
            cache.set(&scope, &key, &value, ttl_seconds).await?;
            Value::Null
        }
        HostCall::CacheIncr { key } => json!(cache.increment(&scope, &key, &context.next_operation()).await?),
        HostCall::CacheExpire { key, ttl } => json!(cache.expire(&scope, &key, integer(ttl)?).await?),
        HostCall::CacheLpush { key, elements } => json!(cache.push(&scope, &key, &elements).await?),
        HostCall::CacheLrange { key, start, end } => {
            json!(cache.range(&scope, &key, integer(start)?, integer(end)?).await?)
        }
        HostCall::CacheLlen { key } => json!(cache.length(&scope, &key).await?),
        HostCall::CacheLpop { key, count } => json!(cache.pop(&scope, &key, integer(count)?).await?),
        HostCall::CacheLrem { key, count, element } => {
            json!(cache.remove(&scope, &key, integer(count)?, &element).await?)
        }
        _ => Value::Null,
    })
}

async fn storage(host: &Host, context: &CallContext, call: HostCall) -> Result<Value, HostError> {
    let storage = &host.ports.storage;
    let installation = host.installation.id;
    Ok(match call {
        HostCall::StorageGet { key } => json!(storage.get(installation, &key).await?),
        HostCall::StorageSet { key, value } => {
            storage.set(installation, &key, &value).await?;
            Value::Null
        }
        HostCall::StorageDel { key } => {
            storage.delete(installation, &key).await?;
            Value::Null
        }
        HostCall::CursorInit { key, value } => {
            storage.init_cursor(installation, &key, value).await?;
            Value::Null
        }
        HostCall::CursorIncrement { key, by } => {
            json!(storage.increment_cursor(installation, &key, by, &context.next_operation()).await?)
        }
        _ => Value::Null,
    })
}

async fn enqueue_job(
    host: &Host,
    context: &CallContext,
    name: String,
    payload: Option<Value>,
    due: DueTime,
) -> Result<Value, HostError> {
    let message = JobMessage {
        version: JobMessage::VERSION,
        installation: host.installation.id,
        name,
        payload,
        hops: context.hops,
    };
    let message = DelayedMessage {
        id: context.next_operation().0,
        lane: Lane::Jobs,
        team: Some(host.installation.team),
        not_before: due.resolve(host.ports.clock.now()),
        body: message.to_json(),
    };
    host.ports.queue.send(message).await?;
    Ok(Value::Null)
}

async fn capture(
    host: &Host,
    context: &CallContext,
    name: &str,
    properties: Map<String, Value>,
) -> Result<Value, HostError> {
    let operation = context.next_operation();
    let installation = &host.installation;
    let event = captured_event(Capture {
        app: &installation.app.manifest.name,
        installation: installation.id,
        team: installation.team,
        event: name,
        properties,
        uuid: capture_uuid(&operation, 0),
        now: host.ports.clock.now(),
    });
    let hops = context.hops.saturating_add(1);
    let per_minute = installation.limits.captures_per_minute;
    let message = if hops > MAXIMUM_HOPS {
        format!("captured after {MAXIMUM_HOPS} captures that led to it; does the app capture on its own events?")
    } else if !host.capture_rate.admits(host.ports.clock.now(), per_minute) {
        format!("captured beyond {per_minute} events in a minute; does the app capture more than it is given?")
    } else {
        host.ports.captures.send(CapturedEvent { event, hops }).await?;
        return Ok(Value::Null);
    };
    let letter = DeadLetter {
        id: operation.0,
        reason: DeadLetterReason::CaptureLoop,
        message,
        body: serde_json::to_vec(&event).unwrap_or_default(),
        installation: Some(host.installation.id),
        function: Some("posthog.capture".into()),
        team: Some(host.installation.team),
        created_at: host.ports.clock.now(),
        redrive: Redrive::Record,
        redriven_at: None,
    };
    host.ports.dead_letters.put(letter).await?;
    host.ports.telemetry.dead_letter();
    Ok(Value::Null)
}

/// A number as Redis wants it.
fn integer(number: f64) -> Result<i64, HostError> {
    const LIMIT: f64 = 9_007_199_254_740_991.0;
    if number.fract() == 0.0 && number.abs() <= LIMIT {
        #[expect(clippy::cast_possible_truncation, reason = "an integer within 53 bits fits")]
        return Ok(number as i64);
    }
    Err(HostError::Thrown("ERR value is not an integer or out of range".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_integers() {
        assert_eq!(integer(-3.0).ok(), Some(-3));
        assert!(integer(1.5).is_err());
        assert!(integer(f64::NAN).is_err());
        assert!(integer(1e300).is_err());
    }

    #[test]
    fn a_call_is_read_as_the_extensions_write_it() {
        let call: HostCall =
            serde_json::from_str(r#"{"call":"cacheSet","key":"k","value":"1","ttl":60}"#).expect("valid");
        assert_eq!(call, HostCall::CacheSet { key: "k".into(), value: "1".into(), ttl: Some(60.0) });
    }
}
