//! Signing and verifying: RSA PKCS#1 v1.5 and PSS, ECDSA, Ed25519.

use super::curve::Curve;
use super::digest::{length, with_digest};
use super::fault::{
    Fault, ILLEGAL_PADDING, INVALID_DIGEST, INVALID_PADDING, INVALID_SALT_LENGTH, TOO_LARGE_FOR_KEY, UNSUPPORTED,
};
use super::key::{EcKey, Ed25519Key, Key};
use super::random::PortRandom;
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use rsa::traits::{PublicKeyParts, SignatureScheme};
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};

const DIGEST_TOO_BIG: Fault = Fault::Openssl("02000070:rsa routines::digest too big for rsa key");

/// `constants.RSA_PKCS1_PADDING`.
const PKCS1_PADDING: i32 = 1;
/// `constants.RSA_NO_PADDING`.
const NO_PADDING: i32 = 3;
/// `constants.RSA_PKCS1_PSS_PADDING`.
const PSS_PADDING: i32 = 6;
/// `constants.RSA_PSS_SALTLEN_DIGEST`: as long as the digest.
const SALT_OF_DIGEST: i32 = -1;
/// `constants.RSA_PSS_SALTLEN_MAX_SIGN`, and `RSA_PSS_SALTLEN_AUTO` where a signature is verified.
const SALT_AUTOMATIC: i32 = -2;

/// How a signature is made, apart from the key.
pub(super) struct Scheme {
    /// The canonical name of the digest; empty for Ed25519.
    pub(super) hash: String,
    /// A `constants.RSA_…_PADDING`.
    pub(super) padding: i32,
    /// The bytes of salt in PSS, or one of the `constants.RSA_PSS_SALTLEN_…`.
    pub(super) salt_length: i32,
    pub(super) encoding: EcdsaEncoding,
}

/// How r and s of ECDSA are written: `dsaEncoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EcdsaEncoding {
    /// As a sequence of two integers.
    Der,
    /// One after the other, each as long as a coordinate.
    IeeeP1363,
}

/// Signs a digest; for Ed25519, which hashes by itself, the data.
pub(super) fn sign(key: &Key, scheme: &Scheme, input: &[u8], random: PortRandom) -> Result<Vec<u8>, Fault> {
    match key {
        Key::RsaPrivate(key) => sign_rsa(key, scheme, input, random),
        Key::Ec(EcKey { curve, secret: Some(secret), .. }) => {
            let signature = curve.sign(secret, input).ok_or(UNSUPPORTED)?;
            match scheme.encoding {
                EcdsaEncoding::IeeeP1363 => Ok(signature),
                EcdsaEncoding::Der => curve.to_der(&signature).ok_or(UNSUPPORTED),
            }
        }
        Key::Ed25519(Ed25519Key { seed: Some(seed), .. }) => {
            refuse_digest(scheme)?;
            let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| UNSUPPORTED)?;
            Ok(pair.sign(input).as_ref().to_vec())
        }
        Key::RsaPublic(_) | Key::Ec(_) | Key::Ed25519(_) => Err(UNSUPPORTED),
    }
}

/// Whether a signature is of this digest (for Ed25519: data) and key.
pub(super) fn verify(key: &Key, scheme: &Scheme, input: &[u8], signature: &[u8]) -> Result<bool, Fault> {
    match key {
        Key::RsaPrivate(key) => verify_rsa(&key.to_public_key(), scheme, input, signature),
        Key::RsaPublic(key) => verify_rsa(key, scheme, input, signature),
        Key::Ec(EcKey { curve, point, .. }) => {
            let signature = fixed_signature(*curve, scheme.encoding, signature)?;
            Ok(signature.is_some_and(|signature| curve.verify(point, input, &signature)))
        }
        Key::Ed25519(key) => {
            refuse_digest(scheme)?;
            Ok(UnparsedPublicKey::new(&ED25519, key.public).verify(input, signature).is_ok())
        }
    }
}

fn refuse_digest(scheme: &Scheme) -> Result<(), Fault> {
    if scheme.hash.is_empty() { Ok(()) } else { Err(INVALID_DIGEST) }
}

fn fixed_signature(curve: Curve, encoding: EcdsaEncoding, signature: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    match encoding {
        EcdsaEncoding::Der => Ok(curve.parse_der(signature)),
        EcdsaEncoding::IeeeP1363 if signature.len() == 2 * curve.field_bytes() => Ok(Some(signature.to_vec())),
        EcdsaEncoding::IeeeP1363 => Err(Fault::node("Error", "ERR_CRYPTO_OPERATION_FAILED", "Malformed signature")),
    }
}

fn sign_rsa(key: &RsaPrivateKey, scheme: &Scheme, digest: &[u8], mut random: PortRandom) -> Result<Vec<u8>, Fault> {
    match padding(scheme)? {
        Padding::Pkcs1 => {
            let signed = with_digest!(&*scheme.hash, D => {
                Pkcs1v15Sign::new::<D>().sign(Some(&mut random), key, digest)
            });
            signed.ok_or(INVALID_DIGEST)?.map_err(|_| DIGEST_TOO_BIG)
        }
        Padding::Pss => {
            let salt = salt_bytes(key, scheme)?.ok_or(TOO_LARGE_FOR_KEY)?;
            let signed = with_digest!(&*scheme.hash, D => {
                Pss::<D>::new_with_salt(salt).sign(Some(&mut random), key, digest)
            });
            signed.ok_or(INVALID_DIGEST)?.map_err(|_| TOO_LARGE_FOR_KEY)
        }
    }
}

fn verify_rsa(key: &RsaPublicKey, scheme: &Scheme, digest: &[u8], signature: &[u8]) -> Result<bool, Fault> {
    let verified = match padding(scheme)? {
        Padding::Pkcs1 => with_digest!(&*scheme.hash, D => Pkcs1v15Sign::new::<D>().verify(key, digest, signature)),
        Padding::Pss => {
            let salt_len = match scheme.salt_length {
                SALT_AUTOMATIC => None,
                _ => match salt_bytes(key, scheme)? {
                    Some(bytes) => Some(bytes),
                    None => return Ok(false),
                },
            };
            with_digest!(&*scheme.hash, D => {
                Pss::<D> { salt_len, ..Pss::<D>::new() }.verify(key, digest, signature)
            })
        }
    };
    Ok(verified.ok_or(INVALID_DIGEST)?.is_ok())
}

enum Padding {
    Pkcs1,
    Pss,
}

fn padding(scheme: &Scheme) -> Result<Padding, Fault> {
    match scheme.padding {
        PKCS1_PADDING => Ok(Padding::Pkcs1),
        PSS_PADDING => Ok(Padding::Pss),
        NO_PADDING => Err(INVALID_PADDING),
        _ => Err(ILLEGAL_PADDING),
    }
}

/// The bytes of salt that are meant; `None` if the key has no room for them.
fn salt_bytes(key: &impl PublicKeyParts, scheme: &Scheme) -> Result<Option<usize>, Fault> {
    let digest = length(&scheme.hash).ok_or(INVALID_DIGEST)?;
    let encoded = (key.n().bits() as usize - 1).div_ceil(8);
    let room = encoded.checked_sub(digest + 2);
    let wanted = match scheme.salt_length {
        SALT_OF_DIGEST => digest,
        SALT_AUTOMATIC => return Ok(room),
        length => usize::try_from(length).map_err(|_| INVALID_SALT_LENGTH)?,
    };
    Ok(room.filter(|room| wanted <= *room).map(|_| wanted))
}
