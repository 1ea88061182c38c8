//! The data keys of a folder: files that only their owner may read. Those that a rotation adds stand beside the first one:
//! `secrets-ID.key` beside `secrets.key`.

use crate::folder::{create_private_file, make_private_folder};
use async_trait::async_trait;
use runtime_core::ports::Unavailable;
use runtime_core::ports::data_keys::{DataKey, DataKeys};
use runtime_core::ports::entropy::Entropy;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PORT: &str = "data key";

/// The format of key files.
const FORMAT: u64 = 1;

/// [`DataKeys`] over files. Whoever has them can read the secrets of the folder, so they belong in no backup beside them.
pub struct KeyFile {
    path: PathBuf,
    entropy: Arc<dyn Entropy>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    v: u64,
    id: String,
    /// 64 hex digits.
    key: String,
}

impl KeyFile {
    /// The file at `path`, made when a key is first needed; `entropy` must be fit for keys.
    #[must_use]
    pub fn new(path: PathBuf, entropy: Arc<dyn Entropy>) -> Self {
        Self { path, entropy }
    }

    /// Where the added key of that id is; `None` if it is no id of ours, which never becomes a path.
    fn path_of(&self, id: &str) -> Option<PathBuf> {
        let is_id = !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let end = self.path.extension().unwrap_or_default().to_string_lossy();
        is_id.then(|| self.path.with_file_name(format!("{stem}-{id}.{end}")))
    }

    fn new_key(&self) -> Stored {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        Stored { v: FORMAT, id: self.entropy.name()[..16].to_owned(), key: hex(&bytes) }
    }

    /// Writes a new key under another name and links it to its own, which fails if somebody else was faster: so the file is
    /// whole from the first moment, and there is one.
    fn make(&self, path: &Path, stored: &Stored) -> io::Result<()> {
        let json = serde_json::to_vec(stored).expect("plain data always has a JSON form");
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        make_private_folder(folder)?;
        let temporary = folder.join(format!("new-key-{}", self.entropy.name()));
        let made = create_private_file(&temporary)
            .and_then(|mut file| file.write_all(&json).and_then(|()| file.sync_all()))
            .and_then(|()| fs::hard_link(&temporary, path));
        // Best effort: what counts is whether the key was made.
        let _ = fs::remove_file(&temporary);
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            made => made,
        }
    }
}

fn read(path: &Path) -> Result<Option<DataKey>, Unavailable> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    check_mode(path, &file)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| failed(path, &error))?;
    let key = parse(&text).ok_or_else(|| failed(path, &"it is no key file of this release"))?;
    Ok(Some(key))
}

/// Refuses a file that others may read: the secrets are no secrets any more.
#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), Unavailable> {
    use std::os::unix::fs::MetadataExt;
    let mode = file.metadata().map_err(|error| failed(path, &error))?.mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let advice = "others than its owner may read it: set the secrets anew if they might have, then run chmod 600 on it";
    Err(failed(path, &format_args!("{advice} (its mode is {mode:o})")))
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _file: &File) -> Result<(), Unavailable> {
    Ok(())
}

fn failed(path: &Path, reason: &impl ToString) -> Unavailable {
    let message = format!("{}: {}", path.display(), reason.to_string());
    Unavailable { port: PORT, message, source: None }
}

#[async_trait]
impl DataKeys for KeyFile {
    async fn find(&self) -> Result<Option<DataKey>, Unavailable> {
        read(&self.path)
    }

    async fn find_or_make(&self) -> Result<DataKey, Unavailable> {
        if let Some(key) = read(&self.path)? {
            return Ok(key);
        }
        self.make(&self.path, &self.new_key()).map_err(|error| failed(&self.path, &error))?;
        read(&self.path)?.ok_or_else(|| failed(&self.path, &"the key that was just made is gone"))
    }

    async fn get(&self, id: &str) -> Result<Option<DataKey>, Unavailable> {
        if let Some(first) = read(&self.path)?.filter(|first| first.id == id) {
            return Ok(Some(first));
        }
        let Some(path) = self.path_of(id) else { return Ok(None) };
        Ok(read(&path)?.filter(|key| key.id == id))
    }

    async fn add(&self) -> Result<DataKey, Unavailable> {
        let stored = self.new_key();
        let path = self.path_of(&stored.id).expect("an id that we made is one");
        self.make(&path, &stored).map_err(|error| failed(&path, &error))?;
        read(&path)?.ok_or_else(|| failed(&path, &"the key that was just made is gone"))
    }

    async fn remove(&self, id: &str) -> Result<(), Unavailable> {
        let is_first = read(&self.path)?.is_some_and(|first| first.id == id);
        let path = if is_first { Some(self.path.clone()) } else { self.path_of(id) };
        let Some(path) = path else { return Ok(()) };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&path, &error)),
            _ => Ok(()),
        }
    }
}

fn parse(text: &str) -> Option<DataKey> {
    let stored: Stored = serde_json::from_str(text).ok().filter(|stored: &Stored| stored.v == FORMAT)?;
    let digits = stored.key.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(DataKey { id: stored.id, bytes })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use adapter_system::entropy::SystemEntropy;
    use runtime_core::ports::conformance::data_keys;
    use std::os::unix::fs::PermissionsExt;

    fn key_file(folder: &Path) -> KeyFile {
        KeyFile::new(folder.join("new/data-key.json"), Arc::new(SystemEntropy))
    }

    #[tokio::test]
    async fn it_passes_the_suite_and_leaves_one_file_of_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        data_keys::run(&key_file(folder.path()), &key_file(folder.path())).await;
        let files: Vec<_> = fs::read_dir(folder.path().join("new")).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 1, "the suite leaves one of its keys");
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keys = key_file(folder.path());
        let key = keys.find_or_make().await.unwrap();
        for (mode, is_refused) in [(0o640, true), (0o604, true), (0o620, true), (0o400, false)] {
            fs::set_permissions(&keys.path, fs::Permissions::from_mode(mode)).unwrap();
            let found = keys.find().await;
            assert_eq!(found.is_err(), is_refused, "{mode:o}");
            match found {
                Err(error) => assert!(error.message.contains("run chmod 600"), "{error}"),
                Ok(found) => assert_eq!(found.as_ref(), Some(&key)),
            }
        }
    }

    #[tokio::test]
    async fn what_is_no_key_file_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let keys = key_file(folder.path());
        keys.find_or_make().await.unwrap();
        for text in ["", "{}", r#"{"v":2,"id":"a","key":"00"}"#, r#"{"v":1,"id":"a","key":"00"}"#] {
            fs::write(&keys.path, text).unwrap();
            let error = keys.find_or_make().await.unwrap_err();
            assert!(error.message.ends_with("it is no key file of this release"), "{error}");
            assert_eq!(fs::read_to_string(&keys.path).unwrap(), text);
        }
    }
}
