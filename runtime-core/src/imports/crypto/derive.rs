//! Keys out of passwords and other keys: PBKDF2, scrypt, HKDF.

use super::digest::{hmac, length};
use super::fault::Fault;
use scrypt::Params;

/// PBKDF2 under way: as an isolate's time limit acts between the calls of natives only, one call does not do all of it.
pub(super) struct Pbkdf2 {
    digest: String,
    password: Vec<u8>,
    salt: Vec<u8>,
    iterations: u32,
    length: usize,
    output: Vec<u8>,
    /// The block that is being made, how far it is, and its last round.
    block: Option<(Vec<u8>, u32, Vec<u8>)>,
}

/// What PBKDF2 is asked for.
pub(super) struct Pbkdf2Request {
    /// The canonical name of the digest.
    pub(super) digest: String,
    pub(super) password: Vec<u8>,
    pub(super) salt: Vec<u8>,
    pub(super) iterations: u32,
    pub(super) length: usize,
}

impl Pbkdf2 {
    /// `None` where there is no such digest.
    pub(super) fn new(request: Pbkdf2Request) -> Option<Self> {
        length(&request.digest)?;
        Some(Self {
            digest: request.digest,
            password: request.password,
            salt: request.salt,
            iterations: request.iterations,
            length: request.length,
            output: Vec::new(),
            block: None,
        })
    }

    /// Does at most so many rounds; the key once it is all there.
    pub(super) fn step(&mut self, mut rounds: u32) -> Option<Vec<u8>> {
        let keyed = hmac(&self.digest, &self.password).expect("the digest was looked up");
        let of = |bytes: &[u8]| {
            let mut running = keyed.duplicate();
            running.update(bytes);
            running.finish()
        };
        while rounds > 0 && self.output.len() < self.length {
            let (mut sum, mut done, mut last) = self.block.take().unwrap_or_else(|| {
                let width = length(&self.digest).expect("the digest was looked up");
                let number = u32::try_from(self.output.len() / width + 1).unwrap_or(u32::MAX);
                let first = of(&[&self.salt[..], &number.to_be_bytes()].concat());
                (first.clone(), 1, first)
            });
            while done < self.iterations && rounds > 0 {
                last = of(&last);
                for (sum, byte) in sum.iter_mut().zip(&last) {
                    *sum ^= byte;
                }
                (done, rounds) = (done + 1, rounds - 1);
            }
            if done == self.iterations {
                self.output.extend_from_slice(&sum);
                rounds = rounds.saturating_sub(1);
            } else {
                self.block = Some((sum, done, last));
            }
        }
        (self.output.len() >= self.length).then(|| self.output[..self.length].to_vec())
    }
}

/// What scrypt is asked for.
pub(super) struct ScryptRequest {
    pub(super) cost: u32,
    pub(super) block_size: u32,
    pub(super) parallelization: u32,
    /// The most bytes it may take.
    pub(super) max_memory: f64,
    pub(super) length: usize,
}

/// The most bytes that scrypt may take whatever it is told: they are outside the isolate's memory limit.
const MAX_SCRYPT_BYTES: u64 = 256 * 1024 * 1024;

/// The most bytes that scrypt may go over: a native cannot be interrupted, and this takes seconds.
const MAX_SCRYPT_WORK_BYTES: u64 = 1024 * 1024 * 1024;

impl ScryptRequest {
    /// Whether the numbers are allowed, and fit into the memory.
    pub(super) fn check(&self) -> Result<Params, Fault> {
        let invalid = || Fault::node("RangeError", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params");
        if self.cost < 2 || !self.cost.is_power_of_two() {
            return Err(invalid());
        }
        let (cost, size, lanes) = (u64::from(self.cost), u64::from(self.block_size), u64::from(self.parallelization));
        let bytes = 128_u64
            .checked_mul(size)
            .and_then(|unit| unit.checked_mul(cost.checked_add(2)?.checked_add(lanes)?))
            .unwrap_or(u64::MAX);
        if bytes > MAX_SCRYPT_BYTES || bytes as f64 > self.max_memory {
            let message = "Invalid scrypt params: error:030000AC:digital envelope routines::memory limit exceeded";
            return Err(Fault::node("RangeError", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", message));
        }
        if bytes.saturating_mul(lanes.max(1)) > MAX_SCRYPT_WORK_BYTES {
            let message = "Invalid scrypt params: hedgerow goes over 1 GiB at most (128 * N * r * p)";
            return Err(Fault::node("RangeError", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", message));
        }
        let log_cost = u8::try_from(self.cost.ilog2()).map_err(|_| invalid())?;
        Params::new(log_cost, self.block_size, self.parallelization).map_err(|_| invalid())
    }

    /// The key.
    pub(super) fn derive(&self, password: &[u8], salt: &[u8]) -> Result<Vec<u8>, Fault> {
        let params = self.check()?;
        let mut output = vec![0; self.length];
        if !output.is_empty() {
            // Fails for an empty output only.
            _ = scrypt::scrypt(password, salt, &params, &mut output);
        }
        Ok(output)
    }
}

/// What HKDF makes a key of.
#[derive(Clone, Copy)]
pub(super) struct HkdfInput<'bytes> {
    pub(super) key: &'bytes [u8],
    pub(super) salt: &'bytes [u8],
    pub(super) info: &'bytes [u8],
}

/// HKDF (RFC 5869); `None` where there is no such digest.
pub(super) fn hkdf(digest: &str, input: HkdfInput<'_>, wanted: usize) -> Option<Vec<u8>> {
    let of = |key: &[u8], parts: &[&[u8]]| {
        let mut running = hmac(digest, key)?;
        parts.iter().for_each(|part| running.update(part));
        Some(running.finish())
    };
    let extracted = of(input.salt, &[input.key])?;
    let (mut output, mut last, mut number) = (Vec::new(), Vec::new(), 1_u8);
    while output.len() < wanted {
        last = of(&extracted, &[&last, input.info, &[number]])?;
        output.extend_from_slice(&last);
        number = number.wrapping_add(1);
    }
    output.truncate(wanted);
    Some(output)
}
