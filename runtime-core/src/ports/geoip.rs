//! Where an address is.

use super::Unavailable;
use async_trait::async_trait;
use serde_json::Value;

/// A database of places by address.
#[async_trait]
pub trait GeoIp: Send + Sync {
    /// The record of an address in the shape of `@maxmind/geoip2-node`'s `City` (behaviour.md b.5); `None` for an unknown,
    /// private or malformed address.
    ///
    /// # Errors
    /// When there is no database to look in: for now, or until somebody puts one there; see [`LocateError`].
    async fn locate(&self, address: &str) -> Result<Option<Value>, LocateError>;
}

/// Why no address can be located.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// There is no database, or none that can be used, and waiting alone would not change that. The app is told (case 164).
    #[error("geoip database is not ready")]
    NotReady,
    /// It cannot be reached at the moment: the work is put off.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
