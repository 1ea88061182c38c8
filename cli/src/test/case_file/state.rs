//! What a case begins with: the cache and the geoip database.

use crate::geoip;
use crate::test::fields::{CaseFileError, Fields, Reading};
use crate::test::model::CacheSeed;
use adapter_local::cache::CacheEntry;
use async_trait::async_trait;
use runtime_core::ports::geoip::{GeoIp, LocateError};
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::Arc;

/// Records by address, as a case lists them.
struct Records(Map<String, Value>);

#[async_trait]
impl GeoIp for Records {
    async fn locate(&self, address: &str) -> Result<Option<Value>, LocateError> {
        Ok(self.0.get(address).filter(|record| !record.is_null()).cloned())
    }
}

pub(super) fn read_geoip(fields: &mut Fields, folder: &Path) -> Reading<Option<Arc<dyn GeoIp>>> {
    match fields.take("geoip") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(records)) => Ok(Some(Arc::new(Records(records)))),
        Some(Value::String(file)) => {
            geoip::open(&folder.join(file)).map(Some).map_err(|error| fields.error("geoip", error))
        }
        Some(_) => Err(fields.error("geoip", "must be an object of records by address, or the path of an .mmdb file")),
    }
}

pub(super) fn read_cache(fields: &mut Fields) -> Reading<Vec<CacheSeed>> {
    let path = fields.path("cache");
    let given = fields.map("cache")?;
    given.into_iter().map(|(key, value)| read_entry(format!("{path}.{key}"), key, value)).collect()
}

/// A value, or an object that says more: `$value` or `$list`, and `$ttl`.
fn read_entry(path: String, key: String, value: Value) -> Reading<CacheSeed> {
    let is_special =
        value.as_object().is_some_and(|members| members.contains_key("$value") || members.contains_key("$list"));
    if !is_special {
        return Ok(CacheSeed { key, entry: CacheEntry::Text(value.to_string()), ttl_seconds: None });
    }
    let mut fields = Fields::of(path, value)?;
    let entry = match (fields.take("$value"), fields.list_if_given("$list")?) {
        (Some(value), None) => CacheEntry::Text(value.to_string()),
        (None, Some(elements)) => CacheEntry::List(elements.into_iter().map(element_text).collect()),
        _ => return Err(fields.error("$list", "must be a list, and there is no $value beside it")),
    };
    let ttl_seconds = fields.integer("$ttl")?;
    if ttl_seconds.is_some_and(|seconds| seconds < 1) {
        return Err(CaseFileError::at(fields.path("$ttl"), "must be at least 1 second"));
    }
    fields.finish()?;
    Ok(CacheSeed { key, entry, ttl_seconds })
}

/// Lists hold texts, as Redis has it.
fn element_text(element: Value) -> String {
    match element {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
