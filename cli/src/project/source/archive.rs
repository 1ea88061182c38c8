//! Unpacking an archive into memory. It may be hostile: nothing in it can name a place outside it, and it cannot grow without end.

use crate::exit::Unusable;
use adapter_local::app_folder::MAXIMUM_BYTES;
use flate2::read::MultiGzDecoder;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

/// How many files an app may have.
const MAXIMUM_FILES: usize = 5_000;
/// How many entries an archive may have: that of a repository holds more than the app.
const MAXIMUM_ENTRIES: usize = 50_000;
/// How many bytes an archive may unpack to.
const MAXIMUM_UNPACKED: u64 = 500_000_000;
/// Folders that are not part of an app, besides hidden ones, as of a folder on disk.
const SKIPPED: &str = "node_modules";
/// The file that tells an app's folder from others.
const MANIFEST: &str = "plugin.json";

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// .zip
    Zip,
    /// .tgz, .tar.gz
    Tgz,
}

impl Format {
    /// By the end of a file's name.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".zip") {
            Some(Self::Zip)
        } else if name.ends_with(".tgz") || name.ends_with(".tar.gz") {
            Some(Self::Tgz)
        } else {
            None
        }
    }
}

/// What was in an archive.
#[derive(Debug, Default)]
pub struct Unpacked {
    /// The app's files by their path in its folder.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The commit that `git archive` writes into what it packs.
    pub commit: Option<String>,
}

/// Why an archive is not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Not an archive of that kind, or damaged.
    #[error("the archive cannot be read: {0}")]
    Damaged(String),
    /// A name that leads out of it.
    #[error("the archive has an entry {0:?}, which leads out of it: an archive like that is not unpacked")]
    Outside(String),
    /// The same name twice: which of them counts would depend on who unpacks.
    #[error("the archive has two entries {0:?}")]
    Twice(String),
    /// Too large, or too many.
    #[error("the archive has more than {0}; an app has no need of that")]
    TooMuch(String),
    /// No app in it.
    #[error(
        "the archive has no app: no file plugin.json, index.js or index.ts {0}; name the app's folder with folder = \"...\""
    )]
    NoApp(&'static str),
}

/// Reads a file that is to be unpacked.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Unusable> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAXIMUM_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| Unusable::at(path.display(), format_args!("cannot be read: {error}")))?;
    if bytes.len() as u64 > MAXIMUM_BYTES {
        return Err(Unusable::at(path.display(), format_args!("is larger than {MAXIMUM_BYTES} bytes")));
    }
    Ok(bytes)
}

/// A path inside an archive as the project file names it.
pub fn folder_inside(path: &str) -> Result<String, String> {
    match inside(path) {
        Ok(Some(path)) => Ok(path),
        _ => Err(format!("folder = {path:?} is no folder inside the archive")),
    }
}

/// The files of the app in an archive: of `folder`, or else where plugin.json is, at the top or in the only folder there.
pub fn unpack(bytes: &[u8], format: Format, folder: Option<&str>) -> Result<Unpacked, ArchiveError> {
    let mut kept = Kept { folder, files: BTreeMap::new(), entries: 0, bytes: 0 };
    let commit = match format {
        Format::Zip => read_zip(bytes, &mut kept).map(|()| None)?,
        Format::Tgz => read_tgz(bytes, &mut kept)?,
    };
    Ok(Unpacked { files: app_in(kept.files, folder)?, commit })
}

/// What is kept of an archive while it is read.
struct Kept<'a> {
    folder: Option<&'a str>,
    files: BTreeMap<String, Vec<u8>>,
    entries: usize,
    bytes: u64,
}

impl Kept<'_> {
    /// Counts an entry and says under which path its content is kept, if it is.
    fn place(&mut self, name: &str) -> Result<Option<String>, ArchiveError> {
        self.entries += 1;
        if self.entries > MAXIMUM_ENTRIES {
            return Err(ArchiveError::TooMuch(format!("{MAXIMUM_ENTRIES} entries")));
        }
        let path = inside(name)?;
        Ok(path.filter(|path| self.folder.is_none_or(|folder| is_below(path, folder))))
    }

    fn keep(&mut self, path: String, content: impl Read) -> Result<(), ArchiveError> {
        if self.files.len() >= MAXIMUM_FILES {
            return Err(ArchiveError::TooMuch(format!("{MAXIMUM_FILES} files")));
        }
        let left = MAXIMUM_BYTES - self.bytes;
        let mut bytes = Vec::new();
        // One byte more than allowed shows that there is more, without unpacking all of it.
        content.take(left + 1).read_to_end(&mut bytes).map_err(damaged)?;
        self.bytes += bytes.len() as u64;
        if self.bytes > MAXIMUM_BYTES {
            return Err(ArchiveError::TooMuch(format!("{MAXIMUM_BYTES} bytes of files")));
        }
        match self.files.insert(path.clone(), bytes) {
            Some(_) => Err(ArchiveError::Twice(path)),
            None => Ok(()),
        }
    }
}

fn damaged(error: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Damaged(error.to_string())
}

fn read_zip(bytes: &[u8], kept: &mut Kept<'_>) -> Result<(), ArchiveError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(damaged)?;
        let name = std::str::from_utf8(entry.name_raw()).map_err(|_| damaged("the name of an entry is no UTF-8"))?;
        let place = kept.place(name)?;
        // What is neither, is a link: it is left out, as a link could lead anywhere.
        if let Some(path) = place.filter(|_| entry.is_file()) {
            kept.keep(path, entry)?;
        }
    }
    Ok(())
}

/// The commit, where `git archive` has written one.
fn read_tgz(bytes: &[u8], kept: &mut Kept<'_>) -> Result<Option<String>, ArchiveError> {
    let mut commit = None;
    let mut archive = tar::Archive::new(Bounded { inner: MultiGzDecoder::new(bytes), left: MAXIMUM_UNPACKED });
    for entry in archive.entries().map_err(of_tar)? {
        let mut entry = entry.map_err(of_tar)?;
        let kind = entry.header().entry_type();
        if kind == tar::EntryType::XGlobalHeader {
            let mut text = Vec::new();
            Read::by_ref(&mut entry).take(1 << 16).read_to_end(&mut text).map_err(of_tar)?;
            commit = commit_in(&text).or(commit);
            continue;
        }
        let name = entry.path_bytes().into_owned();
        let name = std::str::from_utf8(&name).map_err(|_| damaged("the name of an entry is no UTF-8"))?;
        let place = kept.place(name)?;
        if let Some(path) = place.filter(|_| kind.is_file()) {
            kept.keep(path, entry)?;
        }
    }
    Ok(commit)
}

/// `52 comment=COMMIT` in the records of a pax header.
fn commit_in(header: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(header).ok()?;
    let commit = text.lines().find_map(|line| line.split_once(" comment=").map(|(_, commit)| commit.trim()))?;
    super::git::is_commit(commit).then(|| commit.to_owned())
}

/// An error of the reader below comes through the one of tar.
fn of_tar(error: io::Error) -> ArchiveError {
    match error.kind() {
        io::ErrorKind::FileTooLarge => ArchiveError::TooMuch(format!("{MAXIMUM_UNPACKED} bytes when it is unpacked")),
        _ => damaged(error),
    }
}

/// Fails, rather than ends, when more comes than may.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::from(io::ErrorKind::FileTooLarge)),
        }
        Ok(count)
    }
}

/// The path of an entry, normalised; `None` for the top itself and for what is no part of an app.
fn inside(name: &str) -> Result<Option<String>, ArchiveError> {
    let outside = || ArchiveError::Outside(name.to_owned());
    // A backslash or a colon means something to some systems.
    if name.starts_with('/') || name.contains(['\\', ':', '\0']) {
        return Err(outside());
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(outside()),
            part => parts.push(part),
        }
    }
    let is_left_out = parts.iter().any(|part| *part == SKIPPED || part.starts_with('.'));
    Ok((!parts.is_empty() && !is_left_out).then(|| parts.join("/")))
}

/// Whether a path is in the folder, at the top or in the one folder that packers put everything in.
fn is_below(path: &str, folder: &str) -> bool {
    let below = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    below(path) || path.split_once('/').is_some_and(|(_, rest)| below(rest))
}

fn app_in(files: BTreeMap<String, Vec<u8>>, folder: Option<&str>) -> Result<BTreeMap<String, Vec<u8>>, ArchiveError> {
    let prefixes = match folder {
        Some(folder) => {
            let below_top =
                files.keys().find_map(|path| path.split_once('/').map(|(top, _)| format!("{top}/{folder}/")));
            [Some(format!("{folder}/")), below_top]
        }
        None => [Some(String::new()), only_top(&files)],
    };
    let is_app = |prefix: &String| {
        [MANIFEST, "index.js", "index.ts"].iter().any(|name| files.contains_key(&format!("{prefix}{name}")))
    };
    let no_app =
        ArchiveError::NoApp(if folder.is_some() { "in that folder" } else { "at its top or in its only folder" });
    let prefix = prefixes.into_iter().flatten().find(is_app).ok_or(no_app)?;
    let of_app = files.into_iter().filter_map(|(path, content)| {
        let path = path.strip_prefix(&prefix)?.to_owned();
        Some((path, content))
    });
    Ok(of_app.collect())
}

/// `NAME/`, if everything is in one folder.
fn only_top(files: &BTreeMap<String, Vec<u8>>) -> Option<String> {
    let first = files.keys().next()?;
    let top = format!("{}/", first.split_once('/')?.0);
    files.keys().all(|path| path.starts_with(&top)).then_some(top)
}

#[cfg(test)]
mod tests;
