//! Brotli's other direction, step by step, so that input which ends too early is told from input which is wrong.

use super::{Failure, Limits};
use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

/// How much the output grows at once.
const OUTPUT_STEP_BYTES: usize = 64 * 1024;

pub(super) fn decompress(input: &[u8], limits: Limits) -> Result<Vec<u8>, Failure> {
    let mut state =
        BrotliState::new_strict(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
    let mut step = vec![0; OUTPUT_STEP_BYTES];
    let mut output = Vec::new();
    let (mut left, mut position, mut total) = (input.len(), 0, 0);
    loop {
        let (mut room, mut filled) = (step.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut position,
            input,
            &mut room,
            &mut filled,
            &mut step,
            &mut total,
            &mut state,
        );
        output.extend_from_slice(&step[..filled]);
        if output.len() > limits.max_output_bytes {
            return Err(Failure::TooLarge(limits.max_output_bytes));
        }
        match result {
            BrotliResult::ResultSuccess => return Ok(output),
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::NeedsMoreInput if limits.accept_truncated => return Ok(output),
            BrotliResult::NeedsMoreInput => return Err(Failure::Truncated),
            BrotliResult::ResultFailure => {
                let name = format!("{:?}", state.error_code);
                let code = format!("ERR_{}", name.trim_start_matches("BROTLI_DECODER"));
                return Err(Failure::Brotli { code, errno: state.error_code as i32 });
            }
        }
    }
}
