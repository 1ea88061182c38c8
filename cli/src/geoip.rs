//! The database behind `meta.geoip`.

use crate::exit::Unusable;
use runtime_core::extensions::geoip::GeoIpDatabase;
use runtime_core::ports::geoip::GeoIp;
use std::path::Path;
use std::sync::Arc;

/// Opens an `.mmdb` file.
pub fn open(path: &Path) -> Result<Arc<dyn GeoIp>, Unusable> {
    let bytes = std::fs::read(path)
        .map_err(|error| Unusable::at(path.display(), format_args!("cannot be read as a geoip database: {error}")))?;
    let database = GeoIpDatabase::from_bytes(bytes).map_err(|error| Unusable::at(path.display(), error))?;
    Ok(Arc::new(database))
}
