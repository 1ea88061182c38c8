//! The data of Intl: `data/cldr.bin`, compiled in, and of it only what a call needs is unpacked, once a process.
//!
//! The file is written by `data/generate.js` out of Unicode's CLDR (`data/LICENSE-CLDR`); its pages are not even read from
//! disk as long as no app asks for a locale.

use serde::de::DeserializeOwned;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

static ARCHIVE: &[u8] = include_bytes!("data/cldr.bin");

/// Where an entry lies behind the index.
type Index = HashMap<String, (usize, usize)>;

/// What was unpacked so far; the types are few, each entry is read as one of them.
type Unpacked = HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>;

/// The entry `name` ("de/dates", "shared") as a `T`, the same one for every isolate of the process.
pub(super) fn entry<T: DeserializeOwned + Send + Sync + 'static>(name: &str) -> Arc<T> {
    static UNPACKED: Mutex<Option<Unpacked>> = Mutex::new(None);
    let key = (TypeId::of::<T>(), name.to_owned());
    let known = UNPACKED.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|all| all.get(&key).cloned());
    let value = known.unwrap_or_else(|| {
        let value: Arc<dyn Any + Send + Sync> = Arc::new(read::<T>(name));
        let mut all = UNPACKED.lock().unwrap_or_else(PoisonError::into_inner);
        all.get_or_insert_default().entry(key).or_insert(value).clone()
    });
    value.downcast().unwrap_or_else(|_| unreachable!("an entry is kept under its own type"))
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let (start, length) = *index().get(name).expect("only names of locales in the archive are asked for");
    let mut text = String::new();
    brotli::Decompressor::new(&ARCHIVE[start..start + length], 4096)
        .read_to_string(&mut text)
        .expect("the archive is compiled in and whole");
    serde_json::from_str(&text).expect("generate.js writes what the types read; a test reads every entry")
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let (head, rest) = ARCHIVE.split_first_chunk::<4>().expect("the archive begins with the length of its index");
        let length = u32::from_le_bytes(*head) as usize;
        let rows: Vec<(String, usize, usize)> =
            serde_json::from_slice(&rest[..length]).expect("the archive is compiled in and whole");
        rows.into_iter().map(|(name, offset, size)| (name, (4 + length + offset, size))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::intl::{dates::Dates, locale::Shared, numbers::Numbers, words::Words, zone_names::ZoneNames};

    #[test]
    fn every_entry_reads_as_its_type() {
        let shared = entry::<Shared>("shared");
        for data in shared.locales.values() {
            assert_eq!(entry::<Dates>(&format!("{data}/dates")).months.format["wide"].len(), 12, "{data}");
            assert!(!entry::<Numbers>(&format!("{data}/numbers")).symbols.decimal.is_empty(), "{data}");
            assert!(!entry::<Words>(&format!("{data}/words")).lists.is_empty(), "{data}");
            entry::<ZoneNames>(&format!("{data}/zones"));
            entry::<crate::node::intl::currency::Currencies>(&format!("{data}/currencies"));
        }
        assert_eq!(index().len(), 1 + 5 * shared.locales.values().collect::<std::collections::HashSet<_>>().len());
    }
}
