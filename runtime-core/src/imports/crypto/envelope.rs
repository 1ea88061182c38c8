//! Encrypting with an RSA key: OAEP and PKCS#1 v1.5, and the two directions without a digest.

use super::digest::{length, with_digest};
use super::fault::{Fault, OAEP_DECODING, TOO_LARGE_FOR_KEY};
use super::key::Key;
use super::random::PortRandom;
use rsa::traits::{PaddingScheme, PublicKeyParts};
use rsa::{Oaep, Pkcs1v15Encrypt, Pkcs1v15Sign, RsaPrivateKey};

const NO_RSA_KEY: Fault =
    Fault::Openssl("03000096:digital envelope routines::operation not supported for this keytype");
const UNKNOWN_PADDING: Fault = Fault::Openssl("02000076:rsa routines::unknown padding type");
const DECODING: Fault = Fault::Openssl("02000072:rsa routines::padding check failed");
const TOO_LARGE_FOR_MODULUS: Fault = Fault::Openssl("02000084:rsa routines::data too large for modulus");

/// `constants.RSA_PKCS1_PADDING`.
const PKCS1_PADDING: i32 = 1;
/// `constants.RSA_PKCS1_OAEP_PADDING`.
const OAEP_PADDING: i32 = 4;

/// How a message is padded.
pub(super) struct Wrapping {
    /// A `constants.RSA_…_PADDING`.
    pub(super) padding: i32,
    /// OAEP's digest, a canonical name.
    pub(super) hash: String,
    /// OAEP's label.
    pub(super) label: Vec<u8>,
}

/// `publicEncrypt`.
pub(super) fn encrypt(
    key: &Key,
    wrapping: &Wrapping,
    message: &[u8],
    mut random: PortRandom,
) -> Result<Vec<u8>, Fault> {
    let Key::RsaPublic(key) = key.to_public() else { return Err(NO_RSA_KEY) };
    let encrypted = match wrapping.padding {
        PKCS1_PADDING => key.encrypt(&mut random, Pkcs1v15Encrypt, message),
        OAEP_PADDING => {
            let overhead = 2 * length(&wrapping.hash).ok_or_else(no_digest)? + 2;
            if key.size() < overhead + message.len() {
                return Err(TOO_LARGE_FOR_KEY);
            }
            with_digest!(&*wrapping.hash, D => {
                key.encrypt(&mut random, Oaep::<D>::new_with_label(&*wrapping.label), message)
            })
            .ok_or_else(no_digest)?
        }
        _ => return Err(UNKNOWN_PADDING),
    };
    encrypted.map_err(|_| TOO_LARGE_FOR_KEY)
}

/// `privateDecrypt`.
pub(super) fn decrypt(key: &Key, wrapping: &Wrapping, message: &[u8], random: PortRandom) -> Result<Vec<u8>, Fault> {
    let Key::RsaPrivate(key) = key else { return Err(NO_RSA_KEY) };
    if key.n_bytes().as_ref() <= message && key.size() == message.len() {
        return Err(TOO_LARGE_FOR_MODULUS);
    }
    match wrapping.padding {
        PKCS1_PADDING => decrypted(key, Pkcs1v15Encrypt, message, random).map_err(|_| DECODING),
        OAEP_PADDING => with_digest!(&*wrapping.hash, D => {
            decrypted(key, Oaep::<D>::new_with_label(&*wrapping.label), message, random)
        })
        .ok_or_else(no_digest)?
        .map_err(|_| OAEP_DECODING),
        _ => Err(UNKNOWN_PADDING),
    }
}

fn decrypted(
    key: &RsaPrivateKey,
    padding: impl PaddingScheme,
    message: &[u8],
    mut random: PortRandom,
) -> rsa::errors::Result<Vec<u8>> {
    key.decrypt_blinded(&mut random, padding, message)
}

/// `privateEncrypt`: a signature of PKCS#1 v1.5 over the message itself.
pub(super) fn private_encrypt(
    key: &Key,
    padding: i32,
    message: &[u8],
    mut random: PortRandom,
) -> Result<Vec<u8>, Fault> {
    let Key::RsaPrivate(key) = key else { return Err(NO_RSA_KEY) };
    match padding {
        PKCS1_PADDING => {
            key.sign_with_rng(&mut random, Pkcs1v15Sign::new_unprefixed(), message).map_err(|_| TOO_LARGE_FOR_KEY)
        }
        _ => Err(UNKNOWN_PADDING),
    }
}

fn no_digest() -> Fault {
    Fault::node("Error", "ERR_OSSL_EVP_INVALID_DIGEST", "Invalid digest used")
}
