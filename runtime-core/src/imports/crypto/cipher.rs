//! Symmetric ciphers, fed piece by piece: AES in the modes ECB, CBC, CTR and GCM, and triple DES as old keys are encrypted with.

use super::fault::{BAD_DECRYPT, Fault, WRONG_FINAL_BLOCK_LENGTH};
use super::gcm::Gcm;
use aes::cipher::array::Array;
use aes::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit, StreamCipher,
};
use aes::{Aes128, Aes192, Aes256};
use des::TdesEde3;

/// How blocks are chained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Ecb,
    Cbc,
    Ctr,
    Gcm,
}

/// What a cipher works on blocks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blocks {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
}

/// A cipher that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Algorithm {
    blocks: Blocks,
    mode: Mode,
}

/// The cipher of OpenSSL's lower-case name.
pub(super) fn find(name: &str) -> Option<Algorithm> {
    let (blocks, mode) = name.rsplit_once('-')?;
    let blocks = match blocks {
        "aes-128" => Blocks::Aes128,
        "aes-192" => Blocks::Aes192,
        "aes-256" => Blocks::Aes256,
        "des-ede3" => Blocks::TripleDes,
        _ => return None,
    };
    let mode = match mode {
        "ecb" => Mode::Ecb,
        "cbc" => Mode::Cbc,
        "ctr" => Mode::Ctr,
        "gcm" => Mode::Gcm,
        _ => return None,
    };
    let known = blocks != Blocks::TripleDes || matches!(mode, Mode::Ecb | Mode::Cbc);
    known.then_some(Algorithm { blocks, mode })
}

impl Algorithm {
    pub(super) fn key_bytes(self) -> usize {
        match self.blocks {
            Blocks::Aes128 => 16,
            Blocks::Aes192 | Blocks::TripleDes => 24,
            Blocks::Aes256 => 32,
        }
    }

    fn block_bytes(self) -> usize {
        if self.blocks == Blocks::TripleDes { 8 } else { 16 }
    }

    fn takes_iv(self, bytes: usize) -> bool {
        match self.mode {
            Mode::Ecb => bytes == 0,
            Mode::Gcm => bytes > 0,
            Mode::Cbc | Mode::Ctr => bytes == self.block_bytes(),
        }
    }
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Encrypt,
    Decrypt,
}

/// Key and initialization vector; without one it is empty.
#[derive(Clone, Copy)]
pub(super) struct Secrets<'bytes> {
    pub(super) key: &'bytes [u8],
    pub(super) iv: &'bytes [u8],
}

/// Works in place: on whole blocks, or on any number of bytes where the mode makes a stream.
pub(super) type OnBytes = Box<dyn FnMut(&mut [u8])>;

/// A cipher under way.
pub(super) struct Cipher {
    state: State,
}

enum State {
    Blocks(Blockwise),
    Stream(OnBytes),
    Authenticated(Box<Gcm>),
}

struct Blockwise {
    apply: OnBytes,
    direction: Direction,
    block_bytes: usize,
    pads: bool,
    pending: Vec<u8>,
}

impl Cipher {
    /// Starts a cipher; a key or vector of a wrong length is Node's error.
    pub(super) fn new(algorithm: Algorithm, direction: Direction, secrets: Secrets<'_>) -> Result<Self, Fault> {
        if !algorithm.takes_iv(secrets.iv.len()) {
            return Err(Fault::node("TypeError", "ERR_CRYPTO_INVALID_IV", "Invalid initialization vector"));
        }
        if secrets.key.len() != algorithm.key_bytes() {
            return Err(Fault::node("RangeError", "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length"));
        }
        let state = match algorithm.mode {
            Mode::Gcm => State::Authenticated(Box::new(match algorithm.blocks {
                Blocks::Aes128 => Gcm::new::<Aes128>(secrets, direction),
                Blocks::Aes192 => Gcm::new::<Aes192>(secrets, direction),
                Blocks::Aes256 | Blocks::TripleDes => Gcm::new::<Aes256>(secrets, direction),
            })),
            Mode::Ctr => State::Stream(keystream(algorithm.blocks, secrets)),
            Mode::Ecb | Mode::Cbc => State::Blocks(Blockwise {
                apply: on_blocks(algorithm, direction, secrets),
                direction,
                block_bytes: algorithm.block_bytes(),
                pads: true,
                pending: Vec::new(),
            }),
        };
        Ok(Self { state })
    }

    /// Takes more input; gives what is done.
    pub(super) fn update(&mut self, input: &[u8]) -> Vec<u8> {
        match &mut self.state {
            State::Blocks(blockwise) => blockwise.update(input),
            State::Stream(apply) => {
                let mut output = input.to_vec();
                apply(&mut output);
                output
            }
            State::Authenticated(gcm) => gcm.update(input),
        }
    }

    /// The last of the output. `tag` is what the authentication tag of a decryption has to be.
    pub(super) fn finish(&mut self, tag: Option<&[u8]>) -> Result<Vec<u8>, Fault> {
        match &mut self.state {
            State::Blocks(blockwise) => blockwise.finish(),
            State::Stream(_) => Ok(Vec::new()),
            State::Authenticated(gcm) => gcm.finish(tag).map(|()| Vec::new()),
        }
    }

    /// `setAutoPadding(false)`: what is not of whole blocks is then an error.
    pub(super) fn set_padding(&mut self, pads: bool) {
        if let State::Blocks(blockwise) = &mut self.state {
            blockwise.pads = pads;
        }
    }

    /// Bytes that are authenticated but not encrypted; only of GCM, and before any input.
    pub(super) fn authenticate(&mut self, bytes: &[u8]) {
        if let State::Authenticated(gcm) = &mut self.state {
            gcm.authenticate(bytes);
        }
    }

    /// The authentication tag of a finished encryption with GCM.
    pub(super) fn tag(&self) -> Option<[u8; 16]> {
        match &self.state {
            State::Authenticated(gcm) => gcm.tag(),
            State::Blocks(_) | State::Stream(_) => None,
        }
    }
}

impl Blockwise {
    fn update(&mut self, input: &[u8]) -> Vec<u8> {
        self.pending.extend_from_slice(input);
        let mut whole = self.pending.len() - self.pending.len() % self.block_bytes;
        // The last block may be the one with the padding.
        if self.direction == Direction::Decrypt && self.pads && whole == self.pending.len() {
            whole = whole.saturating_sub(self.block_bytes);
        }
        let rest = self.pending.split_off(whole);
        let mut output = std::mem::replace(&mut self.pending, rest);
        (self.apply)(&mut output);
        output
    }

    fn finish(&mut self) -> Result<Vec<u8>, Fault> {
        let mut last = std::mem::take(&mut self.pending);
        if !self.pads {
            return if last.is_empty() { Ok(last) } else { Err(WRONG_FINAL_BLOCK_LENGTH) };
        }
        if self.direction == Direction::Encrypt {
            let padding = self.block_bytes - last.len();
            last.resize(self.block_bytes, u8::try_from(padding).expect("a block has at most 16 bytes"));
            (self.apply)(&mut last);
            return Ok(last);
        }
        if last.len() != self.block_bytes {
            return Err(WRONG_FINAL_BLOCK_LENGTH);
        }
        (self.apply)(&mut last);
        let padding = usize::from(last[self.block_bytes - 1]);
        let right = (1..=self.block_bytes).contains(&padding)
            && last[self.block_bytes - padding..].iter().all(|&byte| usize::from(byte) == padding);
        if !right {
            return Err(BAD_DECRYPT);
        }
        last.truncate(self.block_bytes - padding);
        Ok(last)
    }
}

/// All of a message at once.
pub(super) fn decrypted(name: &str, secrets: Secrets<'_>, message: &[u8]) -> Result<Vec<u8>, Fault> {
    let algorithm = find(name).ok_or(BAD_DECRYPT)?;
    let mut cipher = Cipher::new(algorithm, Direction::Decrypt, secrets)?;
    let mut output = cipher.update(message);
    output.extend(cipher.finish(None)?);
    Ok(output)
}

const RIGHT_LENGTH: &str = "the lengths of key and vector were checked";

fn on_blocks(algorithm: Algorithm, direction: Direction, secrets: Secrets<'_>) -> OnBytes {
    match (algorithm.blocks, algorithm.mode) {
        (Blocks::Aes128, Mode::Ecb) => electronic::<Aes128>(direction, secrets),
        (Blocks::Aes192, Mode::Ecb) => electronic::<Aes192>(direction, secrets),
        (Blocks::Aes256, Mode::Ecb) => electronic::<Aes256>(direction, secrets),
        (Blocks::TripleDes, Mode::Ecb) => electronic::<TdesEde3>(direction, secrets),
        (Blocks::Aes128, _) => chained::<Aes128>(direction, secrets),
        (Blocks::Aes192, _) => chained::<Aes192>(direction, secrets),
        (Blocks::Aes256, _) => chained::<Aes256>(direction, secrets),
        (Blocks::TripleDes, _) => chained::<TdesEde3>(direction, secrets),
    }
}

/// ECB.
fn electronic<C>(direction: Direction, secrets: Secrets<'_>) -> OnBytes
where
    C: BlockCipherEncrypt + BlockCipherDecrypt + KeyInit + 'static,
{
    let cipher = C::new_from_slice(secrets.key).expect(RIGHT_LENGTH);
    match direction {
        Direction::Encrypt => Box::new(move |bytes| cipher.encrypt_blocks(Array::slice_as_chunks_mut(bytes).0)),
        Direction::Decrypt => Box::new(move |bytes| cipher.decrypt_blocks(Array::slice_as_chunks_mut(bytes).0)),
    }
}

/// CBC.
fn chained<C>(direction: Direction, secrets: Secrets<'_>) -> OnBytes
where
    C: BlockCipherEncrypt + BlockCipherDecrypt + KeyInit + 'static,
{
    match direction {
        Direction::Encrypt => {
            let mut cipher = cbc::Encryptor::<C>::new_from_slices(secrets.key, secrets.iv).expect(RIGHT_LENGTH);
            Box::new(move |bytes| cipher.encrypt_blocks(Array::slice_as_chunks_mut(bytes).0))
        }
        Direction::Decrypt => {
            let mut cipher = cbc::Decryptor::<C>::new_from_slices(secrets.key, secrets.iv).expect(RIGHT_LENGTH);
            Box::new(move |bytes| cipher.decrypt_blocks(Array::slice_as_chunks_mut(bytes).0))
        }
    }
}

/// CTR: any number of bytes, the same both ways.
fn keystream(blocks: Blocks, secrets: Secrets<'_>) -> OnBytes {
    fn stream<S: StreamCipher + KeyIvInit + 'static>(secrets: Secrets<'_>) -> OnBytes {
        let mut cipher = S::new_from_slices(secrets.key, secrets.iv).expect(RIGHT_LENGTH);
        Box::new(move |bytes| cipher.apply_keystream(bytes))
    }
    match blocks {
        Blocks::Aes128 => stream::<ctr::Ctr128BE<Aes128>>(secrets),
        Blocks::Aes192 => stream::<ctr::Ctr128BE<Aes192>>(secrets),
        Blocks::Aes256 | Blocks::TripleDes => stream::<ctr::Ctr128BE<Aes256>>(secrets),
    }
}
