//! Content codings of a response body: gzip, deflate (with and without its zlib wrapper) and Brotli, as node-fetch has them.

use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use std::io::{ErrorKind, Read};

/// How much is decoded at a time, in bytes.
const STEP: usize = 16 * 1024;

/// What every gzip member begins with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Which coding a body is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// None, or one that node-fetch does not know and hands on as it is.
    Identity,
    /// `gzip`, `x-gzip`: a missing end is forgiven, as browsers do.
    Gzip,
    /// `deflate`, `x-deflate`: the first byte tells whether the zlib wrapper is there, as some servers leave it out.
    Deflate,
    /// `br`.
    Brotli,
}

impl Coding {
    /// The coding that a `content-encoding` header names. Like node-fetch, it knows neither other cases nor lists.
    pub(super) fn of_header(value: Option<&str>) -> Self {
        match value {
            Some("gzip" | "x-gzip") => Self::Gzip,
            Some("deflate" | "x-deflate") => Self::Deflate,
            Some("br") => Self::Brotli,
            _ => Self::Identity,
        }
    }
}

/// Why a body was not decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DecodeError {
    /// Decoded, it is larger than the limit.
    TooLarge,
    /// It is not in the coding that it claims; in the words and with the code of Node's zlib.
    Corrupt { reason: &'static str, code: &'static str },
}

const BAD_HEADER: DecodeError = DecodeError::Corrupt { reason: "incorrect header check", code: "Z_DATA_ERROR" };
const BAD_DATA: DecodeError = DecodeError::Corrupt { reason: "invalid compressed data", code: "Z_DATA_ERROR" };
const CUT_SHORT: DecodeError = DecodeError::Corrupt { reason: "unexpected end of file", code: "Z_BUF_ERROR" };
const BAD_BROTLI: DecodeError = DecodeError::Corrupt { reason: "Decompression failed", code: "ERR__ERROR_FORMAT" };

/// Decodes a whole body. It stops one step past `limit` decoded bytes, so a small body that unpacks to gigabytes costs no
/// more than that.
pub(super) fn decode(coding: Coding, body: Bytes, limit: u64) -> Result<Bytes, DecodeError> {
    let mut output = Output { bytes: Vec::new(), limit };
    match coding {
        Coding::Identity => return if body.len() as u64 > limit { Err(DecodeError::TooLarge) } else { Ok(body) },
        // A server may name a coding and send nothing.
        _ if body.is_empty() => return Ok(body),
        Coding::Gzip => gunzip(&body, &mut output)?,
        Coding::Deflate if body[0] & 0x0f == 0x08 => output.fill_to_end(ZlibDecoder::new(&*body), BAD_DATA)?,
        Coding::Deflate => output.fill_to_end(DeflateDecoder::new(&*body), BAD_DATA)?,
        Coding::Brotli => output.fill_to_end(brotli::Decompressor::new(&*body, STEP), BAD_BROTLI)?,
    }
    Ok(Bytes::from(output.bytes))
}

/// Decodes every member; what follows the last one is ignored, as Node does.
fn gunzip(mut rest: &[u8], output: &mut Output) -> Result<(), DecodeError> {
    if !GZIP_MAGIC.starts_with(&rest[..rest.len().min(GZIP_MAGIC.len())]) {
        return Err(BAD_HEADER);
    }
    while rest.starts_with(&GZIP_MAGIC) {
        let mut decoder = GzDecoder::new(rest);
        match output.fill(&mut decoder) {
            Ok(()) => rest = decoder.into_inner(),
            Err(Stop::CutShort) => return Ok(()),
            Err(Stop::TooLarge) => return Err(DecodeError::TooLarge),
            Err(Stop::Corrupt) => return Err(BAD_DATA),
        }
    }
    Ok(())
}

/// Why a decoder stopped before its end.
enum Stop {
    TooLarge,
    CutShort,
    Corrupt,
}

struct Output {
    bytes: Vec<u8>,
    limit: u64,
}

impl Output {
    fn fill(&mut self, mut decoder: impl Read) -> Result<(), Stop> {
        let mut step = [0; STEP];
        loop {
            match decoder.read(&mut step) {
                Ok(0) => return Ok(()),
                Ok(count) => self.bytes.extend_from_slice(&step[..count]),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(Stop::CutShort),
                Err(_) => return Err(Stop::Corrupt),
            }
            if self.bytes.len() as u64 > self.limit {
                return Err(Stop::TooLarge);
            }
        }
    }

    fn fill_to_end(&mut self, decoder: impl Read, corrupt: DecodeError) -> Result<(), DecodeError> {
        self.fill(decoder).map_err(|stop| match stop {
            Stop::TooLarge => DecodeError::TooLarge,
            Stop::CutShort => CUT_SHORT,
            Stop::Corrupt => corrupt,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{BAD_DATA, BAD_HEADER, CUT_SHORT, Coding, DecodeError, decode};
    use bytes::Bytes;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use std::io::Write;

    const TEXT: &[u8] = b"hello hello hello hello";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
        encoder.write_all(bytes).unwrap();
        encoder.into_inner()
    }

    fn decoded(coding: Coding, body: impl Into<Bytes>) -> Result<Bytes, DecodeError> {
        decode(coding, body.into(), 1_000_000)
    }

    #[test]
    fn every_coding_is_decoded() {
        assert_eq!(decoded(Coding::Gzip, gzip(TEXT)).unwrap(), TEXT);
        assert_eq!(decoded(Coding::Deflate, zlib(TEXT)).unwrap(), TEXT);
        assert_eq!(decoded(Coding::Deflate, raw_deflate(TEXT)).unwrap(), TEXT);
        assert_eq!(decoded(Coding::Brotli, brotli(TEXT)).unwrap(), TEXT);
        assert_eq!(decoded(Coding::Identity, TEXT).unwrap(), TEXT);
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli] {
            assert_eq!(decoded(coding, Bytes::new()).unwrap(), "", "{coding:?}");
        }
    }

    #[test]
    fn gzip_is_read_leniently() {
        let whole = gzip(TEXT);
        assert_eq!(decoded(Coding::Gzip, whole[..whole.len() - 8].to_vec()).unwrap(), TEXT, "no checksum");
        assert_eq!(decoded(Coding::Gzip, whole[..5].to_vec()).unwrap(), "", "half a header");
        assert_eq!(decoded(Coding::Gzip, [gzip(b"a"), gzip(b"b")].concat()).unwrap(), "ab", "two members");
        assert_eq!(decoded(Coding::Gzip, [whole, b"garbage".to_vec()].concat()).unwrap(), TEXT, "garbage after");
    }

    #[test]
    fn a_body_that_is_not_in_its_coding_says_so() {
        assert_eq!(decoded(Coding::Gzip, "not gzip"), Err(BAD_HEADER));
        let mut wrong_checksum = gzip(TEXT);
        let last = wrong_checksum.len() - 6;
        wrong_checksum[last] ^= 1;
        assert_eq!(decoded(Coding::Gzip, wrong_checksum), Err(BAD_DATA));
        let whole = zlib(TEXT);
        assert_eq!(decoded(Coding::Deflate, whole[..whole.len() / 2].to_vec()), Err(CUT_SHORT));
        assert_eq!(decoded(Coding::Deflate, vec![0x78, 0x9c, 0xff, 0xff, 0xff]), Err(BAD_DATA));
        let brotli = brotli(TEXT);
        assert!(matches!(
            decoded(Coding::Brotli, brotli[..brotli.len() / 2].to_vec()),
            Err(DecodeError::Corrupt { .. })
        ));
    }

    #[test]
    fn a_body_that_unpacks_to_too_much_is_stopped() {
        let bomb = gzip(&vec![0; 50_000_000]);
        assert!(bomb.len() < 100_000, "the bomb is small");
        assert_eq!(decode(Coding::Gzip, bomb.into(), 1_000_000), Err(DecodeError::TooLarge));
        assert_eq!(decode(Coding::Identity, Bytes::from_static(b"12345"), 4), Err(DecodeError::TooLarge));
        assert_eq!(decode(Coding::Identity, Bytes::from_static(b"12345"), 5).unwrap(), "12345");
    }
}
