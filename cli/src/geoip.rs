//! The database behind `meta.geoip`.

use crate::exit::Unusable;
use adapter_local::mapped_file::MappedFile;
use runtime_core::extensions::geoip::GeoIpDatabase;
use runtime_core::ports::geoip::GeoIp;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Opens an `.mmdb` file, of which no more is read than is looked up.
pub fn open(path: &Path) -> Result<Arc<dyn GeoIp>, Unusable> {
    let mapped = File::open(path).and_then(|file| MappedFile::of(&file));
    let mapped = mapped
        .map_err(|error| Unusable::at(path.display(), format_args!("cannot be read as a geoip database: {error}")))?;
    let database = GeoIpDatabase::from_bytes(mapped).map_err(|error| Unusable::at(path.display(), error))?;
    Ok(Arc::new(database))
}
