//! Reading the folder of an app: plugin.json, the source, and whatever lies beside them.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How many bytes the files of an app may have together.
pub const MAXIMUM_BYTES: u64 = 50_000_000;

/// Folders that are not part of an app, besides hidden ones.
const SKIPPED: &str = "node_modules";

/// Why the folder of an app cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AppFolderError {
    /// There is nothing at the path, or no folder.
    #[error("{} is no folder; give the folder that holds the app's plugin.json", path.display())]
    NoFolder {
        /// What was given.
        path: PathBuf,
    },
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}; check that it is there and that you may read it", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A symbolic link leads out of the app's folder.
    #[error("{} is a symbolic link that leads out of the app's folder; put a copy of the file in its place", path.display())]
    LinkOutside {
        /// The link.
        path: PathBuf,
    },
    /// Neither a file nor a folder nor a link to a file: a socket, a device, a link to a folder.
    #[error("{} is neither a file nor a folder nor a link to a file; move it out of the app's folder", path.display())]
    NotAFile {
        /// What it is.
        path: PathBuf,
    },
    /// A name that is no Unicode, so that no app could name it.
    #[error("the name of {} is no UTF-8; rename it", path.display())]
    Name {
        /// The file or folder.
        path: PathBuf,
    },
    /// Too much for an app.
    #[error(
        "the files in {} have more than {maximum_bytes} bytes together (reached at {}); move out what the app does not need",
        folder.display(),
        path.display()
    )]
    TooLarge {
        /// The app's folder.
        folder: PathBuf,
        /// The file at which it became too much.
        path: PathBuf,
        /// How many bytes are allowed.
        maximum_bytes: u64,
    },
}

/// All files of the app in `folder`, by their path in it, with `/` between the parts. Left out are `node_modules` and whatever is
/// hidden (its name begins with a dot), at any depth. Links to files inside the folder are followed.
pub fn read_app_folder(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, AppFolderError> {
    read_up_to(folder, MAXIMUM_BYTES)
}

fn read_up_to(folder: &Path, maximum_bytes: u64) -> Result<BTreeMap<String, Vec<u8>>, AppFolderError> {
    if !folder.is_dir() {
        return Err(AppFolderError::NoFolder { path: folder.to_owned() });
    }
    let real_folder = fs::canonicalize(folder).map_err(|source| unreadable(folder, source))?;
    let mut reader = Reader { folder, real_folder, maximum_bytes, bytes: 0, files: BTreeMap::new() };
    reader.read_folder(folder, "")?;
    Ok(reader.files)
}

struct Reader<'a> {
    folder: &'a Path,
    /// `folder` without links in it.
    real_folder: PathBuf,
    maximum_bytes: u64,
    /// How many were read so far.
    bytes: u64,
    files: BTreeMap<String, Vec<u8>>,
}

impl Reader<'_> {
    /// Reads what is in the folder `path`; `prefix` is its path in the app, with a `/` at its end unless it is the app's own.
    fn read_folder(&mut self, path: &Path, prefix: &str) -> Result<(), AppFolderError> {
        for entry in fs::read_dir(path).map_err(|source| unreadable(path, source))? {
            let entry = entry.map_err(|source| unreadable(path, source))?;
            let path = entry.path();
            let Ok(name) = entry.file_name().into_string() else { return Err(AppFolderError::Name { path }) };
            if name == SKIPPED || name.starts_with('.') {
                continue;
            }
            let metadata = self.metadata(&path)?;
            let name = format!("{prefix}{name}");
            if metadata.is_dir() {
                self.read_folder(&path, &format!("{name}/"))?;
            } else {
                let content = self.read_file(&path)?;
                self.files.insert(name, content);
            }
        }
        Ok(())
    }

    /// The metadata of a folder, or of the file that `path` is or leads to.
    fn metadata(&self, path: &Path) -> Result<Metadata, AppFolderError> {
        let own = fs::symlink_metadata(path).map_err(|source| unreadable(path, source))?;
        if !own.is_symlink() {
            let usable = own.is_dir() || own.is_file();
            return if usable { Ok(own) } else { Err(AppFolderError::NotAFile { path: path.to_owned() }) };
        }
        let target = fs::canonicalize(path).map_err(|source| unreadable(path, source))?;
        if !target.starts_with(&self.real_folder) {
            return Err(AppFolderError::LinkOutside { path: path.to_owned() });
        }
        let metadata = fs::metadata(&target).map_err(|source| unreadable(path, source))?;
        // A link to a folder could lead in circles.
        if metadata.is_file() { Ok(metadata) } else { Err(AppFolderError::NotAFile { path: path.to_owned() }) }
    }

    fn read_file(&mut self, path: &Path) -> Result<Vec<u8>, AppFolderError> {
        let left = self.maximum_bytes - self.bytes;
        let mut content = Vec::new();
        let file = File::open(path).map_err(|source| unreadable(path, source))?;
        // One byte more than allowed shows that there is more, without reading all of it.
        let read = file.take(left + 1).read_to_end(&mut content).map_err(|source| unreadable(path, source))?;
        self.bytes += read as u64;
        if self.bytes > self.maximum_bytes {
            return Err(AppFolderError::TooLarge {
                folder: self.folder.to_owned(),
                path: path.to_owned(),
                maximum_bytes: self.maximum_bytes,
            });
        }
        Ok(content)
    }
}

fn unreadable(path: &Path, source: io::Error) -> AppFolderError {
    AppFolderError::Unreadable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
