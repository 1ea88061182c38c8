//! AES in Galois/counter mode, fed piece by piece, with a vector of any length (NIST SP 800-38D).

use super::cipher::{Direction, OnBytes, Secrets};
use super::fault::Fault;
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, KeyInit, KeyIvInit, StreamCipher};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;

const BLOCK_BYTES: usize = 16;
/// A vector of this length is used as it is, any other is hashed.
const PLAIN_IV_BYTES: usize = 12;

/// An encryption or decryption under way.
pub(super) struct Gcm {
    keystream: OnBytes,
    hash: BlockHash,
    direction: Direction,
    /// What the hash is masked with to become the tag.
    mask: [u8; BLOCK_BYTES],
    authenticated_bytes: u64,
    message_bytes: u64,
    tag: Option<[u8; BLOCK_BYTES]>,
}

impl Gcm {
    /// The length of the key was checked.
    pub(super) fn new<C>(secrets: Secrets<'_>, direction: Direction) -> Self
    where
        C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit + 'static,
    {
        let cipher = C::new_from_slice(secrets.key).expect("the length of the key was checked");
        let mut subkey = Array::default();
        cipher.encrypt_block(&mut subkey);
        let hash = BlockHash { hash: GHash::new(&subkey), pending: Vec::new() };
        let counter = first_counter(secrets.iv, hash.clone());
        let mut stream = ctr::Ctr32BE::<C>::new_from_slices(secrets.key, &counter).expect("a counter is a block long");
        let mut mask = [0; BLOCK_BYTES];
        stream.apply_keystream(&mut mask);
        Self {
            keystream: Box::new(move |bytes| stream.apply_keystream(bytes)),
            hash,
            direction,
            mask,
            authenticated_bytes: 0,
            message_bytes: 0,
            tag: None,
        }
    }

    pub(super) fn authenticate(&mut self, bytes: &[u8]) {
        self.authenticated_bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    pub(super) fn update(&mut self, input: &[u8]) -> Vec<u8> {
        if self.message_bytes == 0 {
            self.hash.pad();
        }
        self.message_bytes += input.len() as u64;
        let mut output = input.to_vec();
        (self.keystream)(&mut output);
        self.hash.update(if self.direction == Direction::Encrypt { &output } else { input });
        output
    }

    /// Makes the tag; of a decryption it must begin with `expected`, and something must be expected.
    pub(super) fn finish(&mut self, expected: Option<&[u8]>) -> Result<(), Fault> {
        self.hash.pad();
        let lengths = [self.authenticated_bytes, self.message_bytes].map(|bytes| (bytes * 8).to_be_bytes());
        self.hash.update(&lengths.concat());
        let mut tag = self.hash.value();
        for (byte, mask) in tag.iter_mut().zip(self.mask) {
            *byte ^= mask;
        }
        self.tag = Some(tag);
        if self.direction == Direction::Encrypt || expected.is_some_and(|expected| begins(&tag, expected)) {
            return Ok(());
        }
        Err(Fault::Unauthentic)
    }

    pub(super) fn tag(&self) -> Option<[u8; BLOCK_BYTES]> {
        self.tag
    }
}

/// In time that depends on the lengths only.
fn begins(tag: &[u8; BLOCK_BYTES], expected: &[u8]) -> bool {
    let difference = tag.iter().zip(expected).fold(0, |difference, (left, right)| difference | (left ^ right));
    expected.len() <= tag.len() && std::hint::black_box(difference) == 0
}

/// The counter block before the first of the message.
fn first_counter(iv: &[u8], mut hash: BlockHash) -> [u8; BLOCK_BYTES] {
    if iv.len() == PLAIN_IV_BYTES {
        let mut counter = [0; BLOCK_BYTES];
        counter[..PLAIN_IV_BYTES].copy_from_slice(iv);
        counter[BLOCK_BYTES - 1] = 1;
        return counter;
    }
    hash.update(iv);
    hash.pad();
    hash.update(&(u128::from(iv.len() as u64) * 8).to_be_bytes());
    hash.value()
}

/// GHASH of bytes that come in pieces of any length.
#[derive(Clone)]
struct BlockHash {
    hash: GHash,
    /// Less than a block.
    pending: Vec<u8>,
}

impl BlockHash {
    fn update(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let (blocks, rest) = Array::<u8, U16>::slice_as_chunks(&self.pending);
        self.hash.update(blocks);
        self.pending = rest.to_vec();
    }

    /// Fills the block that has begun with zeros.
    fn pad(&mut self) {
        if !self.pending.is_empty() {
            let zeros = vec![0; BLOCK_BYTES - self.pending.len()];
            self.update(&zeros);
        }
    }

    fn value(&self) -> [u8; BLOCK_BYTES] {
        self.hash.clone().finalize().into()
    }
}
