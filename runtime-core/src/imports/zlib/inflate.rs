//! Inflating: the headers and trailers of gzip and zlib by hand, so that errors are told apart as zlib tells them.

use super::{Failure, Limits};
use flate2::{Crc, Decompress, FlushDecompress, Status};

/// The first two bytes of a gzip member.
pub(super) const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const DEFLATE: u8 = 8;
const HEADER_CRC: u8 = 0x02;
const EXTRA: u8 = 0x04;
const NAME: u8 = 0x08;
const COMMENT: u8 = 0x10;
const RESERVED_FLAGS: u8 = 0xe0;
const PRESET_DICTIONARY: u8 = 0x20;
/// How much the output grows at once.
const OUTPUT_STEP_BYTES: usize = 64 * 1024;
const ADLER_MODULUS: u32 = 65_521;

type Outcome<T> = Result<T, Failure>;

/// One or more gzip members; zeros after them are padding, anything else must be one more member, as in Node.
pub(super) fn gunzip(input: &[u8], limits: Limits) -> Outcome<Vec<u8>> {
    let mut output = Vec::new();
    let mut rest = input;
    loop {
        let outcome = gunzip_member(rest, limits, output.len());
        let (part, after) = match outcome {
            Err(Failure::Truncated) if limits.accept_truncated => return Ok(output),
            outcome => outcome?,
        };
        output.extend_from_slice(&part);
        rest = after;
        if rest.first().is_none_or(|&byte| byte == 0) {
            return Ok(output);
        }
    }
}

fn gunzip_member(input: &[u8], limits: Limits, already: usize) -> Outcome<(Vec<u8>, &[u8])> {
    let body = gzip_body(input)?;
    let remaining = Limits { max_output_bytes: limits.max_output_bytes - already, ..limits };
    let (output, used) = inflate_raw(body, remaining).map_err(|failure| match failure {
        Failure::TooLarge(_) => Failure::TooLarge(limits.max_output_bytes),
        other => other,
    })?;
    let Some((trailer, rest)) = body[used..].split_at_checked(8) else {
        return if limits.accept_truncated { Ok((output, &[])) } else { Err(Failure::Truncated) };
    };
    let mut crc = Crc::new();
    crc.update(&output);
    if trailer[..4] != crc.sum().to_le_bytes() {
        return Err(Failure::Data("incorrect data check"));
    }
    if trailer[4..] != crc.amount().to_le_bytes() {
        return Err(Failure::Data("incorrect length check"));
    }
    Ok((output, rest))
}

/// What comes after the header of a gzip member.
fn gzip_body(input: &[u8]) -> Outcome<&[u8]> {
    if !input.iter().zip(&GZIP_MAGIC).all(|(byte, magic)| byte == magic) {
        return Err(Failure::Data("incorrect header check"));
    }
    let (header, mut rest) = input.split_at_checked(10).ok_or(Failure::Truncated)?;
    let flags = header[3];
    if header[2] != DEFLATE {
        return Err(Failure::Data("unknown compression method"));
    }
    if flags & RESERVED_FLAGS != 0 {
        return Err(Failure::Data("unknown header flags set"));
    }
    if flags & EXTRA != 0 {
        let (length, after) = rest.split_at_checked(2).ok_or(Failure::Truncated)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        rest = after.get(length..).ok_or(Failure::Truncated)?;
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            let end = rest.iter().position(|&byte| byte == 0).ok_or(Failure::Truncated)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & HEADER_CRC != 0 {
        rest = rest.get(2..).ok_or(Failure::Truncated)?;
    }
    Ok(rest)
}

/// A zlib stream; what follows it is ignored.
pub(super) fn inflate(input: &[u8], limits: Limits) -> Outcome<Vec<u8>> {
    let Some((header, body)) = input.split_at_checked(2) else {
        return if limits.accept_truncated { Ok(Vec::new()) } else { Err(Failure::Truncated) };
    };
    if u16::from_be_bytes([header[0], header[1]]) % 31 != 0 {
        return Err(Failure::Data("incorrect header check"));
    }
    if header[0] & 0x0f != DEFLATE {
        return Err(Failure::Data("unknown compression method"));
    }
    if header[0] >> 4 > 7 {
        return Err(Failure::Data("invalid window size"));
    }
    if header[1] & PRESET_DICTIONARY != 0 {
        return Err(Failure::MissingDictionary);
    }
    let (output, used) = inflate_raw(body, limits)?;
    match body[used..].split_at_checked(4) {
        Some((trailer, _)) if trailer == adler32(&output).to_be_bytes() => Ok(output),
        Some(_) => Err(Failure::Data("incorrect data check")),
        None if limits.accept_truncated => Ok(output),
        None => Err(Failure::Truncated),
    }
}

/// A bare deflate stream: the output, and how much of the input it took.
pub(super) fn inflate_raw(input: &[u8], limits: Limits) -> Outcome<(Vec<u8>, usize)> {
    let mut decoder = Decompress::new(false);
    let mut output = Vec::new();
    loop {
        let used = decoder.total_in() as usize;
        let before = output.len();
        // The decoder fills what room there is, so the output may pass the limit by as much as a vector grows, not more.
        output.reserve(OUTPUT_STEP_BYTES);
        let status = decoder.decompress_vec(&input[used..], &mut output, FlushDecompress::None);
        if output.len() > limits.max_output_bytes {
            return Err(Failure::TooLarge(limits.max_output_bytes));
        }
        match status {
            Ok(Status::StreamEnd) => return Ok((output, decoder.total_in() as usize)),
            Err(_) => return Err(Failure::Data(fault_of_first_block(input))),
            Ok(_) if decoder.total_in() as usize == input.len() && output.len() == before => {
                return if limits.accept_truncated { Ok((output, input.len())) } else { Err(Failure::Truncated) };
            }
            Ok(_) => {}
        }
    }
}

/// zlib's words for the fault, if it is in the header of the first block; the decoder itself does not say.
fn fault_of_first_block(input: &[u8]) -> &'static str {
    let stored = |at: usize| Some(u16::from_le_bytes([*input.get(at)?, *input.get(at + 1)?]));
    match (input.first().map(|byte| byte >> 1 & 3), stored(1), stored(3)) {
        (Some(3), ..) => "invalid block type",
        (Some(0), Some(length), Some(complement)) if length != !complement => "invalid stored block lengths",
        _ => "invalid compressed data",
    }
}

fn adler32(bytes: &[u8]) -> u32 {
    // 5,552 bytes are the most whose sums fit into 32 bits before a reduction.
    let (low, high) = bytes.chunks(5_552).fold((1, 0), |(low, high), chunk| {
        let (low, high) = chunk
            .iter()
            .fold((low, high), |(low, high): (u32, u32), &byte| (low + u32::from(byte), high + low + u32::from(byte)));
        (low % ADLER_MODULUS, high % ADLER_MODULUS)
    });
    high << 16 | low
}
