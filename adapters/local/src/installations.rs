//! Installations from a JSON file ([`runtime_core::installation::listing`]): what a stack on one machine runs. Apps are folders and
//! attachments files, by paths relative to the file.

use crate::app_folder::{AppFolderError, read_app_folder};
use crate::attachment::read_attachment;
use runtime_core::app::{App, AppBundle, LoadError};
use runtime_core::decode::TeamDirectory;
use runtime_core::event::InstallationId;
use runtime_core::installation::listing::{Entry, InstallError, Listing, ListingError};
use runtime_core::installation::{Attachment, Installation};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a stack has no installations to run.
#[derive(Debug, thiserror::Error)]
pub enum InstallationsError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{path} is no list of installations: {source}")]
    Listing {
        /// Which.
        path: PathBuf,
        /// What and where.
        source: ListingError,
    },
    /// An app's folder cannot be read.
    #[error("installation {id}: {source}")]
    Folder {
        /// Whose.
        id: InstallationId,
        /// Why.
        source: AppFolderError,
    },
    /// An app does not load.
    #[error("installation {id}: {source}")]
    App {
        /// Whose.
        id: InstallationId,
        /// Why.
        source: Box<LoadError>,
    },
    /// The app cannot be installed as the file says.
    #[error("installation {id}: {source}")]
    Install {
        /// Whose.
        id: InstallationId,
        /// Why.
        source: InstallError,
    },
}

/// Reads the file, the apps it names and their attachments. All or nothing: whoever starts a stack on this machine is there to put
/// right what is wrong.
///
/// # Errors
/// The first thing that is wrong, with the installation it concerns.
pub fn read_installations(path: &Path) -> Result<(Vec<Arc<Installation>>, TeamDirectory), InstallationsError> {
    let text = std::fs::read(path).map_err(|source| InstallationsError::File { path: path.into(), source })?;
    let listing = Listing::<PathBuf, PathBuf>::parse(&text)
        .map_err(|source| InstallationsError::Listing { path: path.into(), source })?;
    let base = path.parent().unwrap_or_else(|| Path::new(""));
    let installations = listing.installations.iter().map(|entry| Ok(Arc::new(install(entry, base)?)));
    Ok((installations.collect::<Result<_, InstallationsError>>()?, listing.teams()))
}

fn install(entry: &Entry<PathBuf, PathBuf>, base: &Path) -> Result<Installation, InstallationsError> {
    let id = entry.id;
    let folder = base.join(&entry.app);
    let files = read_app_folder(&folder).map_err(|source| InstallationsError::Folder { id, source })?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let app = App::load(&AppBundle { files }, &name)
        .map_err(|source| InstallationsError::App { id, source: Box::new(source) })?;
    let attachments = read_attachments(base, &entry.attachments)?;
    entry.install(Arc::new(app), &name, attachments).map_err(|source| InstallationsError::Install { id, source })
}

fn read_attachments(
    base: &Path,
    files: &BTreeMap<String, PathBuf>,
) -> Result<BTreeMap<String, Attachment>, InstallationsError> {
    let read = |(key, file): (&String, &PathBuf)| {
        let path = base.join(file);
        let attachment = read_attachment(&path).map_err(|source| InstallationsError::File { path, source })?;
        Ok((key.clone(), attachment))
    };
    files.iter().map(read).collect()
}
