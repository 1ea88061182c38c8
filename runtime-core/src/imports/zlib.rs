//! The natives of the import `zlib`: compressing and decompressing, piece by piece.
//!
//! Output grows in Rust, where the isolate's memory limit does not see it: so every call has a limit of its own.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a native takes its arguments as the engine converts them, by value"
)]

mod brotli_codec;
mod deflate;
mod inflate;

use crate::node::{array_buffer, native, throw_coded, view};
use brotli_codec::{BrotliDecoding, BrotliEncoding};
use deflate::Deflating;
use inflate::Inflating;
use rquickjs::function::Opt;
use rquickjs::{ArrayBuffer, Ctx, Exception, Function, IntoJs, Object, Result, TypedArray, Value};
use std::cell::RefCell;

type Bytes<'js> = TypedArray<'js, u8>;

/// How much output is asked for at once.
const STEP_BYTES: usize = 64 * 1024;

/// Adds the natives to the object that `zlib.js` and `zlib_stream.js` get.
pub(crate) fn natives(object: &Object<'_>) -> Result<()> {
    native(object, "open", open)?;
    native(object, "crc32", |bytes: Bytes<'_>, start: f64| {
        f64::from(view(&bytes, |bytes| zlib_rs::crc32::crc32(start as u32, bytes)))
    })
}

/// What the formats share: bytes in, bytes out.
trait Codec {
    /// Takes all of `input`. `flush` is a `Z_…` of zlib's, or a `BROTLI_OPERATION_…`.
    fn push(&mut self, input: &[u8], flush: i32, output: &mut Output) -> std::result::Result<(), Failure>;

    /// Whether the end of the compressed bytes was written or seen.
    fn is_finished(&self) -> bool;
}

/// What a call has given so far, and how much it may.
struct Output {
    bytes: Vec<u8>,
    limit: usize,
}

impl Output {
    fn extend(&mut self, bytes: &[u8]) -> std::result::Result<(), Failure> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > self.limit { Err(Failure::TooLarge(self.limit)) } else { Ok(()) }
    }
}

/// Settings of a codec, checked by `zlib.js`.
struct Settings {
    level: i32,
    window_bits: i32,
    mem_level: i32,
    strategy: i32,
    /// Empty: none.
    dictionary: Vec<u8>,
    /// Brotli's: numbers of parameters, each followed by its value.
    params: Vec<u32>,
    /// How much one call may give.
    max_output_bytes: f64,
}

impl Settings {
    fn of(object: &Object<'_>) -> Result<Self> {
        let dictionary: Option<Bytes<'_>> = object.get("dictionary")?;
        Ok(Self {
            level: object.get("level")?,
            window_bits: object.get("windowBits")?,
            mem_level: object.get("memLevel")?,
            strategy: object.get("strategy")?,
            dictionary: dictionary.map(|bytes| view(&bytes, <[u8]>::to_vec)).unwrap_or_default(),
            params: object.get("params")?,
            max_output_bytes: object.get("maxOutputLength")?,
        })
    }
}

fn codec(kind: &str, settings: &Settings) -> Option<Box<dyn Codec>> {
    Some(match kind {
        "deflate" | "deflateRaw" | "gzip" => Box::new(Deflating::new(kind, settings)),
        "inflate" | "inflateRaw" | "gunzip" | "unzip" => Box::new(Inflating::new(kind, settings)),
        "brotliCompress" => Box::new(BrotliEncoding::new(settings)),
        "brotliDecompress" => Box::new(BrotliDecoding::new()),
        _ => return None,
    })
}

/// A codec as JavaScript holds it: `('push', bytes, flush) -> ArrayBuffer`, `('finished') -> boolean`.
fn open<'js>(ctx: Ctx<'js>, kind: String, settings: Object<'js>) -> Result<Function<'js>> {
    let settings = Settings::of(&settings)?;
    let codec =
        codec(&kind, &settings).ok_or_else(|| Exception::throw_message(&ctx, &format!("there is no codec {kind}")))?;
    let codec = RefCell::new(codec);
    let limit = settings.max_output_bytes as usize;
    let step = move |ctx: Ctx<'js>, action: String, bytes: Opt<Bytes<'js>>, flush: Opt<i32>| -> Result<Value<'js>> {
        let mut codec = codec.borrow_mut();
        match (action.as_str(), bytes.0, flush.0) {
            ("push", Some(bytes), Some(flush)) => {
                let mut output = Output { bytes: Vec::new(), limit };
                let pushed = view(&bytes, |bytes| codec.push(bytes, flush, &mut output));
                let given: Result<ArrayBuffer<'js>> = match pushed {
                    Ok(()) => array_buffer(&ctx, output.bytes),
                    Err(failure) => Err(failure.throw(&ctx)),
                };
                given?.into_js(&ctx)
            }
            _ => codec.is_finished().into_js(&ctx),
        }
    };
    Function::new(ctx, step)
}

/// Why a codec fails, in zlib's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Failure {
    #[error("unexpected end of file")]
    Truncated,
    #[error("{0}")]
    Data(&'static str),
    #[error("Missing dictionary")]
    MissingDictionary,
    #[error("Bad dictionary")]
    BadDictionary,
    #[error("Zlib error")]
    Stream,
    #[error("Decompression failed")]
    Brotli {
        /// Node's: `ERR__ERROR_FORMAT_CL_SPACE`, ...
        code: String,
        /// The decoder's own number of it.
        errno: i32,
    },
    #[error("Compression failed")]
    BrotliCompression,
    #[error("Cannot create a Buffer larger than {0} bytes")]
    TooLarge(usize),
}

impl Failure {
    /// Node's `code` and `errno`.
    fn code(&self) -> (&str, Option<i32>) {
        match self {
            Self::Truncated => ("Z_BUF_ERROR", Some(-5)),
            Self::Data(_) => ("Z_DATA_ERROR", Some(-3)),
            Self::MissingDictionary | Self::BadDictionary => ("Z_NEED_DICT", Some(2)),
            Self::Stream => ("Z_STREAM_ERROR", Some(-2)),
            Self::Brotli { code, errno } => (code, Some(*errno)),
            Self::BrotliCompression => ("ERR_BROTLI_COMPRESSION_FAILED", None),
            Self::TooLarge(_) => ("ERR_BUFFER_TOO_LARGE", None),
        }
    }

    fn throw(&self, ctx: &Ctx<'_>) -> rquickjs::Error {
        let (code, errno) = self.code();
        throw_coded(ctx, &self.to_string(), code, errno)
    }
}
