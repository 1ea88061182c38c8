//! Blobs: a file each in a folder, or in memory.
//!
//! The file of `abcdef…` is `ab/abcdef…`. It is written under another name and renamed, so what has a blob's name is whole; what
//! is read is hashed, so a file that was damaged or changed since is not handed out. Its age is the file's.
//!
//! Blobs are put under a shared lock of the folder and removed under an exclusive one, so that none is removed while it is put.

use crate::folder::{create_private_file, make_private_folder, open_private_file};
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::blob_store::{BlobStore, RemovableBlobs};
use runtime_core::ports::clock::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The file whose lock tells putting and removing apart. No blob has such a name.
const LOCK_NAME: &str = "lock";

/// [`BlobStore`] on this machine.
pub struct LocalBlobStore {
    place: Place,
}

enum Place {
    Folder(PathBuf),
    Memory(Mutex<HashMap<String, InMemory>>),
}

struct InMemory {
    bytes: Vec<u8>,
    put_at: SystemTime,
}

impl LocalBlobStore {
    /// Blobs in `folder`, which is made when the first one is put.
    pub(crate) fn in_folder(folder: PathBuf) -> Self {
        Self { place: Place::Folder(folder) }
    }

    /// Blobs that end with this value.
    pub(crate) fn in_memory() -> Self {
        Self { place: Place::Memory(Mutex::default()) }
    }
}

#[async_trait]
impl BlobStore for LocalBlobStore {
    async fn put(&self, bytes: &[u8]) -> Result<String, Unavailable> {
        match &self.place {
            Place::Folder(folder) => {
                let (folder, bytes) = (folder.clone(), bytes.to_vec());
                blocking(move || write(&folder, &bytes)).await
            }
            Place::Memory(blobs) => {
                let name = name_of(bytes);
                let blob = InMemory { bytes: bytes.to_vec(), put_at: SystemTime::now() };
                locked(blobs).insert(name.clone(), blob);
                Ok(name)
            }
        }
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        match &self.place {
            Place::Folder(folder) => {
                let (folder, name) = (folder.clone(), name.to_owned());
                blocking(move || read(&folder, &name)).await
            }
            Place::Memory(blobs) => Ok(locked(blobs).get(name).map(|blob| blob.bytes.clone())),
        }
    }
}

#[async_trait]
impl RemovableBlobs for LocalBlobStore {
    async fn put_at(&self, name: &str) -> Result<Option<Timestamp>, Unavailable> {
        match &self.place {
            Place::Folder(folder) => {
                let (folder, name) = (folder.clone(), name.to_owned());
                blocking(move || put_at(&folder, &name)).await
            }
            Place::Memory(blobs) => Ok(locked(blobs).get(name).map(|blob| timestamp(blob.put_at))),
        }
    }

    async fn remove(&self, name: &str, put_before: Timestamp) -> Result<bool, Unavailable> {
        match &self.place {
            Place::Folder(folder) => {
                let (folder, name) = (folder.clone(), name.to_owned());
                blocking(move || remove(&folder, &name, put_before)).await
            }
            Place::Memory(blobs) => {
                let mut blobs = locked(blobs);
                let is_old = blobs.get(name).is_some_and(|blob| timestamp(blob.put_at) < put_before);
                Ok(is_old && blobs.remove(name).is_some())
            }
        }
    }
}

fn locked<T>(blobs: &Mutex<T>) -> MutexGuard<'_, T> {
    blobs.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work`, which may take as long as the disk does, off the threads of async tasks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Unavailable> {
    let result = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)));
    result.map_err(|error| Unavailable::caused_by("blob store", error))
}

fn write(folder: &Path, bytes: &[u8]) -> io::Result<String> {
    let name = name_of(bytes);
    make_private_folder(folder)?;
    let lock = open_private_file(&folder.join(LOCK_NAME))?;
    lock.lock_shared()?;
    let path = path_of(folder, &name);
    if read(folder, &name)?.is_some() {
        File::open(&path)?.set_modified(SystemTime::now())?;
        return Ok(name);
    }
    let parent = path.parent().expect("a blob's path has its folder in it");
    make_private_folder(parent)?;
    let temporary = parent.join(format!("new-{}", random_name()?));
    let written = create_private_file(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&temporary, &path));
    if let Err(error) = written {
        // Best effort: what counts is the error of the write.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    Ok(name)
}

fn read(folder: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    if !is_name(name) {
        return Ok(None);
    }
    match fs::read(path_of(folder, name)) {
        Ok(bytes) => Ok((name_of(&bytes) == name).then_some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn put_at(folder: &Path, name: &str) -> io::Result<Option<Timestamp>> {
    if !is_name(name) {
        return Ok(None);
    }
    match fs::metadata(path_of(folder, name)) {
        Ok(file) => file.modified().map(|time| Some(timestamp(time))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove(folder: &Path, name: &str, put_before: Timestamp) -> io::Result<bool> {
    // Looked at first: a folder without blobs stays as it is.
    if put_at(folder, name)?.is_none() {
        return Ok(false);
    }
    let lock = open_private_file(&folder.join(LOCK_NAME))?;
    lock.lock()?;
    let is_old = put_at(folder, name)?.is_some_and(|put_at| put_at < put_before);
    if is_old {
        fs::remove_file(path_of(folder, name))?;
    }
    Ok(is_old)
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Only what `name_of` can return: nothing else ever becomes a path.
fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(&name[..2]).join(name)
}

fn name_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A name that no other process takes, on another machine that shares the folder either.
fn random_name() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything that is written to it");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_damaged_blob_is_not_handed_out_and_putting_it_again_repairs_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalBlobStore::in_folder(folder.path().to_owned());
        let name = store.put(b"content").await.unwrap();
        fs::write(path_of(folder.path(), &name), b"conten").unwrap();
        assert_eq!(store.get(&name).await.unwrap(), None);
        assert_eq!(store.put(b"content").await.unwrap(), name);
        assert_eq!(store.get(&name).await.unwrap(), Some(b"content".to_vec()));
    }

    #[tokio::test]
    async fn what_is_put_again_is_as_young_as_what_is_new() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalBlobStore::in_folder(folder.path().to_owned());
        let name = store.put(b"content").await.unwrap();
        let long_ago = UNIX_EPOCH + std::time::Duration::from_secs(1);
        File::open(path_of(folder.path(), &name)).unwrap().set_modified(long_ago).unwrap();
        assert_eq!(store.put_at(&name).await.unwrap(), Some(Timestamp(1_000)));
        store.put(b"content").await.unwrap();
        assert!(!store.remove(&name, Timestamp(2_000)).await.unwrap(), "its age began anew");
        assert_eq!(store.get(&name).await.unwrap(), Some(b"content".to_vec()));
    }

    #[tokio::test]
    async fn nothing_is_removed_while_it_is_put() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalBlobStore::in_folder(folder.path().to_owned());
        let name = store.put(b"content").await.unwrap();
        let path = path_of(folder.path(), &name);
        File::open(&path).unwrap().set_modified(UNIX_EPOCH).unwrap();
        // As a put in another process that has seen the old file.
        let lock = File::open(folder.path().join(LOCK_NAME)).unwrap();
        lock.lock_shared().unwrap();
        let removing = tokio::spawn(async move { store.remove(&name, Timestamp(2_000)).await.unwrap() });
        tokio::task::yield_now().await;
        assert!(path.is_file(), "the removal waits");
        File::open(&path).unwrap().set_modified(SystemTime::now()).unwrap();
        drop(lock);
        assert!(!removing.await.unwrap(), "and finds a young one");
        assert!(path.is_file());
    }

    #[tokio::test]
    async fn equal_bytes_are_one_file_and_no_other_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalBlobStore::in_folder(folder.path().to_owned());
        let name = store.put(b"content").await.unwrap();
        store.put(b"content").await.unwrap();
        let parent = path_of(folder.path(), &name).parent().unwrap().to_owned();
        let files: Vec<_> = fs::read_dir(parent).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files, [name.as_str()]);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_is_an_unavailable_store() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = LocalBlobStore::in_folder(file).put(b"content").await.unwrap_err();
        assert_eq!(error.port, "blob store");
    }
}
