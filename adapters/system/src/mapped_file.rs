//! Files as memory: read page by page when they are looked at, and shared by everything that maps them.

use memmap2::Mmap;
use std::fs::File;
use std::io;

/// The content of a file, mapped. It stays readable when the file's name is removed or given to another file; its room on the disk is
/// free once this value is gone.
#[derive(Debug)]
pub struct MappedFile {
    map: Mmap,
}

impl MappedFile {
    /// Maps all of an open file, which may be closed afterwards. Reads nothing yet.
    ///
    /// Whoever puts another content into place has to do so under the name alone (write a new file, then rename it), as tools that
    /// update such files do: a process that looks at pages that were cut off is ended by the operating system.
    ///
    /// # Errors
    /// When the operating system refuses, as it does for a folder.
    pub fn of(file: &File) -> io::Result<Self> {
        // SAFETY: the map is only read, as bytes that any value may stand in, through bounds that are fixed here. That nobody
        // changes or shortens the file in the meantime is what the caller promises: see above.
        let map = unsafe { Mmap::map(file)? };
        Ok(Self { map })
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.map
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_mapped_file_outlives_its_name_and_its_handle() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"content").unwrap();
        let mapped = MappedFile::of(file.as_file()).unwrap();
        drop(file);
        assert_eq!(mapped.as_ref(), b"content");
    }

    #[test]
    fn an_empty_file_has_no_bytes_and_a_folder_is_no_file() {
        let empty = tempfile::tempfile().unwrap();
        assert!(MappedFile::of(&empty).unwrap().as_ref().is_empty());
        assert!(MappedFile::of(&File::open(std::env::temp_dir()).unwrap()).is_err());
    }
}
