//! Writing a bundle, which `cargo xtask imports` does: compiled by the engine that will load it.

use super::index::{Index, IndexedUnit, Part};
use super::{MAGIC, UnitSource, hexadecimal};
use crate::node::{Script, compile};
use rquickjs::{CatchResultExt, Context, Runtime, qjs};
use sha2::{Digest, Sha256};
use std::ffi::CStr;
use std::sync::Arc;

/// Deep expressions of generated code are parsed by recursion; a compiler may take more than an app's isolate.
const STACK_BYTES: usize = 16 << 20;

/// The version of the engine in this process, as bytecode must name it.
pub fn engine_version() -> String {
    // SAFETY: it gives a constant string that ends in zero.
    let version = unsafe { CStr::from_ptr(qjs::JS_GetVersion()) };
    version.to_string_lossy().into_owned()
}

/// Compiles a unit as a sloppy script: many packages are no strict code. Run it on a thread with a stack of 32 MiB.
///
/// # Errors
/// A syntax error of the unit, in the engine's words.
pub fn bytecode_of(unit: &UnitSource) -> Result<Arc<[u8]>, String> {
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    runtime.set_max_stack_size(STACK_BYTES);
    let context = Context::full(&runtime).map_err(|error| error.to_string())?;
    context.with(|ctx| {
        let script = Script::sloppy(&format!("imports/{}", unit.name), &unit.text);
        compile(&ctx, &script).catch(&ctx).map_err(|error| format!("{} does not compile: {error}", unit.name))
    })
}

/// The bytes of a bundle of compiled units, and the SHA-256 of its index, which `infra/imports/bundle.sha256` is to hold.
pub fn write(units: &[(UnitSource, Arc<[u8]>)], notices: &str) -> (Vec<u8>, String) {
    let mut parts = Vec::new();
    let mut indexed = Vec::new();
    for (unit, bytecode) in units {
        indexed.push(IndexedUnit {
            name: unit.name.clone(),
            version: unit.version.clone(),
            parameters: unit.parameters.clone(),
            part: append(&mut parts, bytecode),
        });
    }
    let notices = append(&mut parts, notices.as_bytes());
    let index = serde_json::to_vec(&Index::new(indexed, notices)).expect("names and numbers have a JSON form");
    let length = u32::try_from(index.len()).expect("a thousand units make an index of a few hundred kilobytes");
    let mut bundle = MAGIC.to_vec();
    bundle.extend(length.to_le_bytes());
    bundle.extend(&index);
    bundle.extend(&parts);
    (bundle, hexadecimal(&Sha256::digest(&index)))
}

fn append(parts: &mut Vec<u8>, bytes: &[u8]) -> Part {
    let part =
        Part { offset: parts.len() as u64, length: bytes.len() as u64, sha256: hexadecimal(&Sha256::digest(bytes)) };
    parts.extend(bytes);
    part
}
