//! Bytes between the engine and Rust.

use rquickjs::{ArrayBuffer, Ctx, Result, TypedArray};

/// Runs `action` on the bytes of a `Uint8Array`; those of a detached one are none.
///
/// `action` gets no context, so it cannot run JavaScript while it holds the slice.
pub(crate) fn view<R>(array: &TypedArray<'_, u8>, action: impl FnOnce(&[u8]) -> R) -> R {
    // SAFETY: the slice lives for this call of `action` only. `action` is ours in every use: it decodes, hashes or copies,
    // and calls neither JavaScript nor the engine while it holds the slice.
    let bytes = unsafe { array.as_bytes() };
    action(bytes.unwrap_or_default())
}

/// Copies bytes into a new `ArrayBuffer`, in memory that counts against the isolate's limit.
pub(crate) fn array_buffer<'js>(ctx: &Ctx<'js>, bytes: impl AsRef<[u8]>) -> Result<ArrayBuffer<'js>> {
    ArrayBuffer::new_copy(ctx.clone(), bytes)
}
