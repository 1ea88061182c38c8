//! The natives of the import `zlib`.
//!
//! Output grows in Rust, where the isolate's memory limit does not see it: so every decompression has a limit of its own.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a native takes its arguments as the engine converts them, by value"
)]

mod inflate;
mod unbrotli;

use crate::node::{array_buffer, native, throw_coded, view};
use brotli::enc::BrotliEncoderParams;
use flate2::write::{DeflateEncoder, ZlibEncoder};
use flate2::{Compression, GzBuilder};
use rquickjs::{ArrayBuffer, Ctx, Exception, Object, Result, TypedArray};
use std::io::{self, Write};

type Bytes<'js> = TypedArray<'js, u8>;

/// The operating system field of a gzip header, as zlib on Unix writes it.
const GZIP_UNIX: u8 = 3;
/// Brotli's own default window, as a power of two.
const BROTLI_WINDOW_BITS: i32 = 22;
/// Input beyond this is compressed at most at [`BROTLI_FAST_QUALITY`]: a native call cannot be interrupted, and the best
/// quality takes seconds a megabyte.
const BROTLI_LARGE_INPUT_BYTES: usize = 1 << 20;
const BROTLI_FAST_QUALITY: u32 = 9;

/// Adds the natives to the object that `zlib.js` gets.
pub(crate) fn natives(object: &Object<'_>) -> Result<()> {
    native(object, "compress", compress)?;
    native(object, "decompress", decompress)
}

/// `quality` is a level of deflate, or a quality of Brotli.
fn compress<'js>(ctx: Ctx<'js>, format: String, input: Bytes<'js>, quality: u32) -> Result<ArrayBuffer<'js>> {
    let compressed = view(&input, |bytes| compressed(&format, bytes, quality));
    array_buffer(&ctx, compressed.map_err(|error| Exception::throw_message(&ctx, &error.to_string()))?)
}

fn compressed(format: &str, bytes: &[u8], quality: u32) -> io::Result<Vec<u8>> {
    let level = Compression::new(quality.min(9));
    match format {
        "gzip" => {
            let mut encoder = GzBuilder::new().operating_system(GZIP_UNIX).write(Vec::new(), level);
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        "zlib" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        "raw" => {
            let mut encoder = DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        "brotli" => brotli_compressed(bytes, quality),
        _ => Err(io::Error::other("there is no such format")),
    }
}

fn brotli_compressed(mut bytes: &[u8], quality: u32) -> io::Result<Vec<u8>> {
    let quality = if bytes.len() > BROTLI_LARGE_INPUT_BYTES { quality.min(BROTLI_FAST_QUALITY) } else { quality };
    let params = BrotliEncoderParams {
        quality: quality.min(11) as i32,
        lgwin: BROTLI_WINDOW_BITS,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut output = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut output, &params)?;
    Ok(output)
}

/// `partial` 1 gives what there is of input that ends too early (`finishFlush: Z_SYNC_FLUSH`).
fn decompress<'js>(
    ctx: Ctx<'js>,
    format: String,
    input: Bytes<'js>,
    max_output_bytes: f64,
    partial: i32,
) -> Result<ArrayBuffer<'js>> {
    let limits = Limits { max_output_bytes: max_output_bytes as usize, accept_truncated: partial == 1 };
    let output = view(&input, |bytes| match format.as_str() {
        "gzip" => inflate::gunzip(bytes, limits),
        "zlib" => inflate::inflate(bytes, limits),
        "raw" => inflate::inflate_raw(bytes, limits).map(|(output, _)| output),
        "unzip" if bytes.first() == Some(&inflate::GZIP_MAGIC[0]) => inflate::gunzip(bytes, limits),
        "unzip" => inflate::inflate(bytes, limits),
        _ => unbrotli::decompress(bytes, limits),
    });
    match output {
        Ok(output) => array_buffer(&ctx, output),
        Err(failure) => {
            let (code, errno) = failure.code();
            Err(throw_coded(&ctx, &failure.to_string(), code, errno))
        }
    }
}

/// How much a decompression may give, and whether input that ends too early is an error.
#[derive(Debug, Clone, Copy)]
struct Limits {
    max_output_bytes: usize,
    accept_truncated: bool,
}

/// Why a decompression fails, in zlib's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Failure {
    #[error("unexpected end of file")]
    Truncated,
    #[error("{0}")]
    Data(&'static str),
    #[error("Missing dictionary")]
    MissingDictionary,
    #[error("Decompression failed")]
    Brotli {
        /// Node's: `ERR__ERROR_FORMAT_CL_SPACE`, ...
        code: String,
        /// The decoder's own number of it.
        errno: i32,
    },
    #[error("Cannot create a Buffer larger than {0} bytes")]
    TooLarge(usize),
}

impl Failure {
    /// Node's `code` and `errno`.
    fn code(&self) -> (&str, Option<i32>) {
        match self {
            Self::Truncated => ("Z_BUF_ERROR", Some(-5)),
            Self::Data(_) => ("Z_DATA_ERROR", Some(-3)),
            Self::MissingDictionary => ("Z_NEED_DICT", Some(2)),
            Self::Brotli { code, errno } => (code, Some(*errno)),
            Self::TooLarge(_) => ("ERR_BUFFER_TOO_LARGE", None),
        }
    }
}
