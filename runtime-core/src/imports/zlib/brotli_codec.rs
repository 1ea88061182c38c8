//! Brotli, both ways.

use super::{Codec, Failure, Output, STEP_BYTES, Settings};
use brotli::enc::StandardAlloc;
use brotli::enc::backward_references::BrotliEncoderMode;
use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderStateStruct};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

/// `constants.BROTLI_OPERATION_FLUSH`, and `…FINISH`.
const FLUSH: i32 = 1;
const FINISH: i32 = 2;
/// Input beyond this is compressed at most at [`FAST_QUALITY`] if it comes at once: a native call cannot be interrupted, and the
/// best quality takes seconds a megabyte.
const LARGE_INPUT_BYTES: usize = 1 << 20;
const FAST_QUALITY: i32 = 9;

pub(super) struct BrotliEncoding {
    state: Box<BrotliEncoderStateStruct<StandardAlloc>>,
    started: bool,
}

impl BrotliEncoding {
    /// Parameters that the encoder does not have (NPOSTFIX, NDIRECT) are ignored: they change sizes only.
    pub(super) fn new(settings: &Settings) -> Self {
        let mut state = Box::new(BrotliEncoderStateStruct::new(StandardAlloc::default()));
        let params = &mut state.params;
        for pair in settings.params.chunks_exact(2) {
            let number = i32::try_from(pair[1]).unwrap_or(i32::MAX);
            match pair[0] {
                0 => params.mode = mode(pair[1]),
                1 => params.quality = number,
                2 => params.lgwin = number,
                3 => params.lgblock = number,
                4 => params.disable_literal_context_modeling = i32::from(pair[1] != 0),
                5 => params.size_hint = pair[1] as usize,
                6 => params.large_window = pair[1] != 0,
                _ => {}
            }
        }
        Self { state, started: false }
    }
}

fn mode(number: u32) -> BrotliEncoderMode {
    match number {
        1 => BrotliEncoderMode::BROTLI_MODE_TEXT,
        2 => BrotliEncoderMode::BROTLI_MODE_FONT,
        _ => BrotliEncoderMode::BROTLI_MODE_GENERIC,
    }
}

impl Codec for BrotliEncoding {
    fn push(&mut self, input: &[u8], flush: i32, output: &mut Output) -> Result<(), Failure> {
        if !self.started && input.len() > LARGE_INPUT_BYTES {
            self.state.params.quality = self.state.params.quality.min(FAST_QUALITY);
        }
        self.started = true;
        let operation = || match flush {
            FLUSH => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
            FINISH => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
            _ => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
        };
        let mut step = vec![0; STEP_BYTES];
        let (mut left, mut at) = (input.len(), 0);
        loop {
            let (mut room, mut filled) = (step.len(), 0);
            let done = self.state.compress_stream(
                operation(),
                &mut left,
                input,
                &mut at,
                &mut room,
                &mut step,
                &mut filled,
                &mut None,
                &mut |_, _, _, _| (),
            );
            if !done {
                return Err(Failure::BrotliCompression);
            }
            output.extend(&step[..filled])?;
            if left == 0 && !self.state.has_more_output() {
                return Ok(());
            }
        }
    }

    fn is_finished(&self) -> bool {
        self.state.is_finished()
    }
}

pub(super) struct BrotliDecoding {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    finished: bool,
}

impl BrotliDecoding {
    pub(super) fn new() -> Self {
        let allocator = StandardAlloc::default;
        Self { state: Box::new(BrotliState::new_strict(allocator(), allocator(), allocator())), finished: false }
    }
}

impl Codec for BrotliDecoding {
    fn push(&mut self, input: &[u8], flush: i32, output: &mut Output) -> Result<(), Failure> {
        let mut step = vec![0; STEP_BYTES];
        let (mut left, mut at, mut total) = (input.len(), 0, 0);
        while !self.finished {
            let (mut room, mut filled) = (step.len(), 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut at,
                input,
                &mut room,
                &mut filled,
                &mut step,
                &mut total,
                &mut self.state,
            );
            output.extend(&step[..filled])?;
            match result {
                BrotliResult::ResultSuccess => self.finished = true,
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::NeedsMoreInput if flush == FINISH => return Err(Failure::Truncated),
                BrotliResult::NeedsMoreInput => return Ok(()),
                BrotliResult::ResultFailure => {
                    let name = format!("{:?}", self.state.error_code);
                    let code = format!("ERR_{}", name.trim_start_matches("BROTLI_DECODER"));
                    return Err(Failure::Brotli { code, errno: self.state.error_code as i32 });
                }
            }
        }
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.finished
    }
}
