//! Compressing with deflate: as it is, with zlib's header, or as gzip.

use super::{Codec, Failure, Output, STEP_BYTES, Settings};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Method, Status, Strategy};

/// What zlib adds to the size of the window for gzip.
const GZIP_WINDOW: i32 = 16;
/// Without a header zlib has no smaller window.
const MIN_RAW_WINDOW_BITS: i32 = 9;

pub(super) struct Deflating {
    inner: Deflate,
    finished: bool,
}

impl Deflating {
    pub(super) fn new(kind: &str, settings: &Settings) -> Self {
        let bits = settings.window_bits;
        let window_bits = match kind {
            "gzip" => bits + GZIP_WINDOW,
            "deflateRaw" => -bits.max(MIN_RAW_WINDOW_BITS),
            _ => bits,
        };
        let mut inner = Deflate::new_with_config(DeflateConfig {
            level: settings.level,
            method: Method::Deflated,
            window_bits,
            mem_level: settings.mem_level,
            strategy: Strategy::try_from(settings.strategy).unwrap_or_default(),
        });
        if kind != "gzip" && !settings.dictionary.is_empty() {
            // Fails for gzip only.
            _ = inner.set_dictionary(&settings.dictionary);
        }
        Self { inner, finished: false }
    }
}

impl Codec for Deflating {
    fn push(&mut self, input: &[u8], flush: i32, output: &mut Output) -> Result<(), Failure> {
        let flush = DeflateFlush::try_from(flush).map_err(|()| Failure::Stream)?;
        let mut step = vec![0; STEP_BYTES];
        let mut at = 0;
        loop {
            let (taken, given) = (self.inner.total_in(), self.inner.total_out());
            let status = self.inner.compress(&input[at..], &mut step, flush).map_err(|_| Failure::Stream)?;
            at += (self.inner.total_in() - taken) as usize;
            let given = (self.inner.total_out() - given) as usize;
            output.extend(&step[..given])?;
            self.finished |= status == Status::StreamEnd;
            if given < step.len() {
                return Ok(());
            }
        }
    }

    fn is_finished(&self) -> bool {
        self.finished
    }
}
