//! The database on the disk.

use super::Database;
use super::source::{Failure, Object};
use crate::digest::hexadecimal;
use adapter_system::mapped_file::MappedFile;
use futures_util::StreamExt;
use runtime_core::extensions::geoip::{GeoIpDatabase, GeoIpError};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// What came whole.
pub(super) struct Received {
    file: File,
    pub(super) length: u64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
}

/// Why what came whole cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnusableFile {
    #[error("its SHA-256 is {found}, not {expected}: put the right file there, or deploy with GeoIpSha256={found}")]
    OtherDigest { found: String, expected: String },
    #[error(transparent)]
    NoDatabase(#[from] GeoIpError),
    #[error("cannot be mapped: {0}")]
    Map(#[from] io::Error),
}

/// Writes a body into a file of `folder`, with no more than a piece of it in memory at a time.
pub(super) async fn receive(object: Object, folder: &Path) -> Result<Received, Failure> {
    let Object { length: expected, mut body, .. } = object;
    let mut file = unnamed(folder).map_err(|error| not_written(folder, &error))?;
    let (mut length, mut digest) = (0, Sha256::new());
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        length += chunk.len() as u64;
        digest.update(&chunk);
        // Into the memory of the operating system: a piece takes no longer than its digest.
        file.write_all(&chunk).map_err(|error| not_written(folder, &error))?;
    }
    if let Some(expected) = expected.filter(|expected| *expected != length) {
        return Err(Failure::Unavailable(format!("GetObject: {length} of {expected} bytes came")));
    }
    Ok(Received { file, length, sha256: hexadecimal(&digest.finalize()) })
}

impl Received {
    /// The database that this is.
    pub(super) fn open(&self, sha256: Option<&str>) -> Result<Database, UnusableFile> {
        if let Some(expected) = sha256.filter(|expected| *expected != self.sha256) {
            return Err(UnusableFile::OtherDigest { found: self.sha256.clone(), expected: expected.to_owned() });
        }
        Ok(GeoIpDatabase::from_bytes(MappedFile::of(&self.file)?)?)
    }
}

/// A new file whose name is removed again at once. Nobody else can open it, so nobody changes what is mapped; its room is free as soon
/// as the last map of it is gone; and no crash leaves anything behind, although the folder outlives a crash of a Lambda function.
fn unnamed(folder: &Path) -> io::Result<File> {
    let path = folder.join(format!("hedgerow-geoip-{}", uuid::Uuid::new_v4()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

fn not_written(folder: &Path, error: &io::Error) -> Failure {
    let folder = folder.display();
    let message = format!(
        "the geoip database cannot be written to {folder}: {error}; a function has 512 MB there, unless EphemeralStorage says more"
    );
    Failure::Unusable { message, etag: None }
}
