//! Where apps come from: folders, archives, npm, git hosts, addresses.
//!
//! `archive` unpacks, `download` fetches, `npm` and `git` know two kinds of places; here is what a source may say, and the way from
//! it to files.

mod archive;
mod download;
mod git;
mod npm;

pub use archive::{Format, Unpacked};
pub use download::Downloads;

use super::file::{SourceEntry, SourceTable};
use crate::exit::Unusable;
use adapter_local::app_folder::read_app_folder;
use git::Repository;
use npm::Package;
use runtime_core::app::AppBundle;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::Path;
use url::Url;

/// Where an app comes from, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The place.
    pub origin: Origin,
    /// The folder of the app in what is there; `None` where hedgerow finds it.
    pub folder: Option<String>,
    /// The SHA-256 that the file must have.
    pub sha256: Option<String>,
}

/// The kinds of places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A folder, relative to the project file.
    Folder(String),
    /// An archive, relative to the project file.
    Archive(String, Format),
    /// A package of npm.
    Npm(Package),
    /// A repository at a revision.
    Git(Repository),
    /// An archive anywhere.
    Url(Url, Format),
}

/// An app as it was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// Its files.
    pub bundle: AppBundle,
    /// Which version it is, where the place has versions: npm's, or a commit.
    pub version: Option<String>,
}

impl Source {
    /// What an entry of the file means.
    ///
    /// # Errors
    /// What is wrong with it and what to write.
    pub fn of(entry: &SourceEntry) -> Result<Self, String> {
        let table = match entry {
            SourceEntry::Folder(path) => return Ok(Self { origin: folder(path)?, folder: None, sha256: None }),
            SourceEntry::Table(table) => table,
        };
        let origin = origin_of(table)?;
        let only_with = |key: &str, given: bool, fits: bool, wanted: &str| match given && !fits {
            true => Err(format!("the source has {key}, which goes with {wanted} only")),
            false => Ok(()),
        };
        only_with("version", table.version.is_some(), matches!(origin, Origin::Npm(_)), "npm")?;
        only_with("rev", table.rev.is_some(), matches!(origin, Origin::Git(_)), "git")?;
        let is_file = matches!(origin, Origin::Archive(..) | Origin::Url(..));
        only_with("sha256", table.sha256.is_some(), is_file, "zip, tgz and url")?;
        only_with(
            "folder",
            table.folder.is_some(),
            !matches!(origin, Origin::Folder(_)),
            "what is fetched or unpacked",
        )?;
        if matches!(origin, Origin::Url(..)) && table.sha256.is_none() {
            return Err("a url needs sha256 = \"...\" beside it: what sha256sum prints of the file".to_owned());
        }
        if let Some(sha256) = &table.sha256
            && !(sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
        {
            return Err("sha256 must be 64 lower-case hex digits, as sha256sum prints them".to_owned());
        }
        let folder = table.folder.as_deref().map(archive::folder_inside).transpose()?;
        Ok(Self { origin, folder, sha256: table.sha256.clone() })
    }

    /// Fetches the app. `base` is the folder of the project file, `pinned` the version in the lock file.
    ///
    /// # Errors
    /// What stands in the way.
    pub async fn fetch(&self, base: &Path, pinned: Option<&str>, downloads: &Downloads) -> Result<Fetched, Unusable> {
        let unpack = |bytes: &[u8], format| self.unpack(bytes, format).map_err(|error| Unusable::at(self, error));
        let (unpacked, version) = match &self.origin {
            Origin::Folder(path) => {
                let files = read_app_folder(&base.join(path)).map_err(Unusable::new)?;
                return Ok(Fetched { bundle: AppBundle { files }, version: None });
            }
            Origin::Archive(path, format) => {
                let bytes = archive::read_file(&base.join(path))?;
                self.check_hash(&bytes)?;
                (unpack(&bytes, *format)?, None)
            }
            Origin::Url(url, format) => {
                let bytes = downloads.get(url).await?;
                self.check_hash(&bytes)?;
                (unpack(&bytes, *format)?, None)
            }
            Origin::Npm(package) => {
                let (bytes, version) = package.fetch(pinned, downloads).await?;
                (unpack(&bytes, Format::Tgz)?, Some(version))
            }
            Origin::Git(repository) => {
                let bytes = downloads.get(&repository.archive(pinned)?).await?;
                let unpacked = unpack(&bytes, Format::Tgz)?;
                let commit = unpacked.commit.clone();
                (unpacked, commit)
            }
        };
        Ok(Fetched { bundle: AppBundle { files: unpacked.files }, version })
    }

    fn unpack(&self, bytes: &[u8], format: Format) -> Result<Unpacked, archive::ArchiveError> {
        archive::unpack(bytes, format, self.folder.as_deref())
    }

    fn check_hash(&self, bytes: &[u8]) -> Result<(), Unusable> {
        let Some(wanted) = &self.sha256 else { return Ok(()) };
        let found = hex(&Sha256::digest(bytes));
        if found == *wanted {
            return Ok(());
        }
        let message = format!(
            "the file has the SHA-256 {found}, not the {wanted} of hedgerow.toml; \
             if it was meant to change, look at it and write the new one there"
        );
        Err(Unusable::at(self, message))
    }
}

impl fmt::Display for Source {
    /// The whole of it in one line, as hedgerow.lock keeps it: another source has another.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Folder(path) => write!(formatter, "path {path}")?,
            Origin::Archive(path, Format::Zip) => write!(formatter, "zip {path}")?,
            Origin::Archive(path, Format::Tgz) => write!(formatter, "tgz {path}")?,
            Origin::Npm(package) => write!(formatter, "npm {package}")?,
            Origin::Git(repository) => write!(formatter, "git {repository}")?,
            Origin::Url(url, _) => write!(formatter, "url {url}")?,
        }
        if let Some(folder) = &self.folder {
            write!(formatter, " folder {folder}")?;
        }
        if let Some(sha256) = &self.sha256 {
            write!(formatter, " sha256 {sha256}")?;
        }
        Ok(())
    }
}

/// Lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn folder(path: &str) -> Result<Origin, String> {
    if path.is_empty() {
        return Err("the source is empty; write the path of the app's folder".to_owned());
    }
    Ok(Origin::Folder(path.to_owned()))
}

fn origin_of(table: &SourceTable) -> Result<Origin, String> {
    let places = [&table.path, &table.zip, &table.tgz, &table.npm, &table.git, &table.url];
    if places.iter().filter(|place| place.is_some()).count() != 1 {
        return Err("a source has exactly one of path, zip, tgz, npm, git, url".to_owned());
    }
    if let Some(path) = &table.path {
        return folder(path);
    }
    if let Some(path) = &table.zip {
        return Ok(Origin::Archive(path.clone(), Format::Zip));
    }
    if let Some(path) = &table.tgz {
        return Ok(Origin::Archive(path.clone(), Format::Tgz));
    }
    if let Some(name) = &table.npm {
        return Package::new(name, table.version.as_deref()).map(Origin::Npm);
    }
    if let Some(address) = &table.git {
        return Repository::new(address, table.rev.as_deref()).map(Origin::Git);
    }
    let address = table.url.as_deref().expect("one of six is given, and it is none of the other five");
    let url = download::address(address)?;
    let format = Format::of(url.path()).ok_or("a url must end with .zip, .tgz or .tar.gz")?;
    Ok(Origin::Url(url, format))
}

#[cfg(test)]
mod tests;
