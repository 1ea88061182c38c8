//! The imports bundle: npm packages and Node's modules under them, as one file of bytecode that `cargo xtask imports` writes.
//!
//! ```text
//! "hedgerow imports"   16 bytes
//! length of the index   4 bytes, little endian
//! index                 JSON, see `index.rs`: what is where, and the SHA-256 of each part
//! parts                 a unit each: the bytecode of one sloppy script, whose value is a function
//! ```
//!
//! Bytecode is trusted native code: the engine does not check it. So the SHA-256 of the index is compiled in
//! (`infra/imports/bundle.sha256`), and each unit is compared with the index before the engine gets it.

mod index;
mod sources;
mod write;

pub use sources::UnitSource;
pub use write::{bytecode_of, engine_version, write};

use index::{Index, Part};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What the file is called where it lies beside an executable or in a folder of builds.
pub const FILE_NAME: &str = "hedgerow-imports.bundle";

const MAGIC: &[u8; 16] = b"hedgerow imports";
/// No index is near this long; a longer one is no index.
const LONGEST_INDEX: u32 = 1 << 20;
/// The SHA-256 of the index of the bundle that belongs to this build, in hexadecimal digits.
const EXPECTED: &str = include_str!("../../../../infra/imports/bundle.sha256");

/// A bundle's file. Nothing of it is opened or read before the first unit is asked for, and each unit is read once a process.
#[derive(Debug)]
pub struct ImportsBundle {
    path: PathBuf,
    expected: String,
    opened: OnceLock<Result<Opened, Arc<BundleError>>>,
    units: Mutex<HashMap<String, Arc<Unit>>>,
}

#[derive(Debug)]
struct Opened {
    file: File,
    index: Index,
    /// Where the parts begin.
    base: u64,
}

/// One script of the bundle, whose value is a function.
#[derive(Debug)]
pub struct Unit {
    /// The names of the function's parameters, in their order.
    pub parameters: Vec<String>,
    /// The script.
    pub code: Code,
}

/// A script as the engine takes it.
#[derive(Debug)]
pub enum Code {
    /// For the engine of [`engine_version`] only.
    Bytecode(Box<[u8]>),
    /// As text, for measuring and for work on the bundle: its name in stack traces, and itself.
    Source {
        /// For example `imports/node/stream`.
        name: String,
        /// A function expression.
        text: String,
    },
}

/// Why a unit of the bundle cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// There is no file.
    #[error("the imports bundle is not at {path}: build it with `cargo xtask imports`")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("the imports bundle at {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is another version's, another engine's, or was changed after it was built.
    #[error(
        "the imports bundle at {path} does not belong to this build of hedgerow ({why}): build it with `cargo xtask imports`"
    )]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// How that shows.
        why: String,
    },
    /// No such package.
    #[error("the imports bundle has no unit named {name}")]
    Unknown {
        /// What was asked for.
        name: String,
    },
}

impl ImportsBundle {
    /// The bundle at `path`, which is looked at when the first unit is asked for.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self::expecting(path, EXPECTED.trim())
    }

    /// Where it is, or should be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The unit of that name, from the file at its first use.
    pub fn unit(&self, name: &str) -> Result<Arc<Unit>, Arc<BundleError>> {
        let mut units = self.units.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unit) = units.get(name) {
            return Ok(Arc::clone(unit));
        }
        let opened = self.opened.get_or_init(|| self.open().map_err(Arc::new)).as_ref().map_err(Arc::clone)?;
        let unit = Arc::new(self.read_unit(opened, name).map_err(Arc::new)?);
        units.insert(name.to_owned(), Arc::clone(&unit));
        Ok(unit)
    }

    /// How many bytes the unit has, if it was asked for.
    pub fn size(&self, name: &str) -> Option<usize> {
        let units = self.units.lock().unwrap_or_else(PoisonError::into_inner);
        units.get(name).map(|unit| match &unit.code {
            Code::Bytecode(bytecode) => bytecode.len(),
            Code::Source { text, .. } => text.len(),
        })
    }

    /// The licences of everything in the bundle.
    pub fn notices(&self) -> Result<String, BundleError> {
        let opened = self.open()?;
        let bytes = self.read_part(&opened, &opened.index.notices, "the notices")?;
        String::from_utf8(bytes).map_err(|_| self.foreign("its notices are no text"))
    }

    /// Units as text, none of them compiled. Where a unit is missing the error says that of the file `path`.
    pub fn of_sources(path: impl Into<PathBuf>, sources: Vec<UnitSource>) -> Self {
        let bundle = Self::at(path);
        let units = sources.into_iter().map(|source| (source.name.clone(), Arc::new(source.into_unit())));
        *bundle.units.lock().unwrap_or_else(PoisonError::into_inner) = units.collect();
        bundle
    }

    /// Whether there is a file, without looking into it.
    pub fn is_there(&self) -> bool {
        self.path.is_file()
    }

    fn expecting(path: impl Into<PathBuf>, expected: &str) -> Self {
        Self { path: path.into(), expected: expected.to_owned(), opened: OnceLock::new(), units: Mutex::default() }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the bundle is part of the program, in a file of its own only for its size; it is no data of an installation"
    )]
    fn open(&self) -> Result<Opened, BundleError> {
        let file = File::open(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BundleError::Missing { path: self.path.clone() },
            _ => self.unreadable(error),
        })?;
        let mut head = [0; 20];
        file.read_exact_at(&mut head, 0).map_err(|error| self.unreadable(error))?;
        let (magic, length) = head.split_at(MAGIC.len());
        let length = u32::from_le_bytes(length.try_into().expect("20 bytes less 16 are 4"));
        if magic != MAGIC || length > LONGEST_INDEX {
            return Err(self.foreign("it is no bundle"));
        }
        let mut text = vec![0; length as usize];
        file.read_exact_at(&mut text, 20).map_err(|error| self.unreadable(error))?;
        if hexadecimal(&Sha256::digest(&text)) != self.expected {
            return Err(self.foreign("its index has another hash"));
        }
        let index: Index = serde_json::from_slice(&text).map_err(|error| self.foreign(&error.to_string()))?;
        index.check().map_err(|why| self.foreign(&why))?;
        Ok(Opened { file, index, base: 20 + u64::from(length) })
    }

    fn read_unit(&self, opened: &Opened, name: &str) -> Result<Unit, BundleError> {
        let unit = opened.index.unit(name).ok_or_else(|| BundleError::Unknown { name: name.to_owned() })?;
        let bytecode = self.read_part(opened, &unit.part, name)?.into_boxed_slice();
        Ok(Unit { parameters: unit.parameters.clone(), code: Code::Bytecode(bytecode) })
    }

    fn read_part(&self, opened: &Opened, part: &Part, name: &str) -> Result<Vec<u8>, BundleError> {
        let length = usize::try_from(part.length).map_err(|_| self.foreign("a part is too long"))?;
        let mut bytes = vec![0; length];
        opened.file.read_exact_at(&mut bytes, opened.base + part.offset).map_err(|error| self.unreadable(error))?;
        if hexadecimal(&Sha256::digest(&bytes)) != part.sha256 {
            return Err(self.foreign(&format!("{name} has another hash")));
        }
        Ok(bytes)
    }

    fn unreadable(&self, source: io::Error) -> BundleError {
        BundleError::Unreadable { path: self.path.clone(), source }
    }

    fn foreign(&self, why: &str) -> BundleError {
        BundleError::Foreign { path: self.path.clone(), why: why.to_owned() }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
