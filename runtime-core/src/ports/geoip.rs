//! Where an address is.

use serde_json::Value;

/// A database of places by address.
pub trait GeoIp: Send + Sync {
    /// The record of an address in the shape of `@maxmind/geoip2-node`'s `City` (behaviour.md b.5); `None` for an unknown,
    /// private or malformed address.
    fn locate(&self, address: &str) -> Option<Value>;
}
