//! PEM: blocks of base64 between lines that say what they are, also those that OpenSSL encrypts the old way.

use super::cipher;
use super::fault::{BAD_DECRYPT, Fault, INTERRUPTED, UNSUPPORTED};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::Digest;
use md5::Md5;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";
/// How many characters a line of base64 has.
const LINE_CHARACTERS: usize = 64;
/// How many bytes of the initialization vector the key of an old block is salted with.
const SALT_BYTES: usize = 8;

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// `RSA PRIVATE KEY`.
    pub(super) label: String,
    der: Vec<u8>,
    /// Cipher and initialization vector, of a block that is encrypted as a whole (RFC 1421).
    encryption: Option<(String, Vec<u8>)>,
}

/// The first block that has one of the labels.
pub(super) fn find(text: &[u8], labels: &[&str]) -> Option<Block> {
    let text = String::from_utf8_lossy(text);
    let mut rest = &*text;
    while let Some(start) = rest.find(BEGIN) {
        let block = &rest[start + BEGIN.len()..];
        rest = block;
        let Some((label, after)) = block.split_once(DASHES) else { continue };
        let Some(end) = after.find(&format!("-----END {label}-----")) else { continue };
        if labels.contains(&label)
            && let Some(block) = read(label, &after[..end])
        {
            return Some(block);
        }
    }
    None
}

fn read(label: &str, body: &str) -> Option<Block> {
    let mut encryption = None;
    let mut base64 = String::new();
    for line in body.lines().map(str::trim) {
        match line.split_once(':') {
            Some(("DEK-Info", value)) => {
                let (cipher, iv) = value.split_once(',')?;
                encryption = Some((cipher.trim().to_lowercase(), unhex(iv.trim())?));
            }
            Some(_) => {}
            None => base64.push_str(line),
        }
    }
    Some(Block { label: label.to_owned(), der: STANDARD.decode(base64).ok()?, encryption })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

impl Block {
    /// The content, decrypted if need be.
    pub(super) fn der(self, passphrase: Option<&[u8]>) -> Result<Vec<u8>, Fault> {
        let Some((name, iv)) = self.encryption else { return Ok(self.der) };
        let passphrase = passphrase.ok_or(INTERRUPTED)?;
        let key_bytes = cipher::find(&name).ok_or(UNSUPPORTED)?.key_bytes();
        let salt = iv.get(..SALT_BYTES).ok_or(UNSUPPORTED)?;
        let key = old_key(passphrase, salt, key_bytes);
        cipher::decrypted(&name, cipher::Secrets { key: &key, iv: &iv }, &self.der).map_err(|_| BAD_DECRYPT)
    }
}

/// OpenSSL's `EVP_BytesToKey` with MD5 and one round: all that PEM ever used.
fn old_key(passphrase: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
    let mut key: Vec<u8> = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    while key.len() < length {
        last = Md5::new().chain_update(&last).chain_update(passphrase).chain_update(salt).finalize().to_vec();
        key.extend_from_slice(&last);
    }
    key.truncate(length);
    key
}

/// A block of a label and its content.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(LINE_CHARACTERS)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_with_a_wanted_label_is_found() {
        let text = format!("noise\n{}{}", write("EC PARAMETERS", b"a"), write("EC PRIVATE KEY", &[7; 100]));
        let block = find(text.as_bytes(), &["EC PRIVATE KEY", "PRIVATE KEY"]).unwrap();
        assert_eq!((block.label.as_str(), block.der.len()), ("EC PRIVATE KEY", 100));
        assert_eq!(find(text.as_bytes(), &["PUBLIC KEY"]), None);
        assert_eq!(find(b"-----BEGIN X-----\n*\n-----END X-----", &["X"]), None);
    }
}
