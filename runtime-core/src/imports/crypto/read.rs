//! Keys out of PEM and DER: PKCS#1, PKCS#8 (also encrypted), SEC 1, SPKI and X.509 certificates.

use super::curve::Curve;
use super::fault::{BAD_DECRYPT, Fault, INTERRUPTED, UNSUPPORTED, WRONG_TAG};
use super::key::{Key, RsaNumbers};
use super::pem;
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rsa::pkcs1::{RsaPrivateKey, RsaPublicKey, UintRef};
use sec1::EcPrivateKey;

pub(super) const RSA: &str = "1.2.840.113549.1.1.1";
pub(super) const EC: &str = "1.2.840.10045.2.1";
pub(super) const ED25519: &str = "1.3.101.112";

/// The labels of PEM blocks that hold a private key.
const PRIVATE_LABELS: &[&str] = &["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];
/// The labels of PEM blocks that hold a public key.
const PUBLIC_LABELS: &[&str] = &["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"];
/// How many elements of a certificate's body are before its key, not counting the version.
const BEFORE_KEY: usize = 5;

/// A private key in PEM.
pub(super) fn private_pem(text: &[u8], passphrase: Option<&[u8]>) -> Result<Key, Fault> {
    let block = pem::find(text, PRIVATE_LABELS).ok_or(UNSUPPORTED)?;
    let form = match block.label.as_str() {
        "RSA PRIVATE KEY" => "pkcs1",
        "EC PRIVATE KEY" => "sec1",
        _ => "pkcs8",
    };
    private_der(&block.der(passphrase)?, form, passphrase)
}

/// A public key in PEM; where there is none, that of a private key.
pub(super) fn public_pem(text: &[u8], passphrase: Option<&[u8]>) -> Result<Key, Fault> {
    let Some(block) = pem::find(text, PUBLIC_LABELS) else { return Ok(private_pem(text, passphrase)?.to_public()) };
    let label = block.label.clone();
    let der = block.der(passphrase)?;
    match label.as_str() {
        "RSA PUBLIC KEY" => public_der(&der, "pkcs1"),
        "CERTIFICATE" => public_der(key_of_certificate(&der).ok_or(WRONG_TAG)?, "spki"),
        _ => public_der(&der, "spki"),
    }
}

/// A private key in DER; `form` is `pkcs1`, `pkcs8` or `sec1`.
pub(super) fn private_der(der: &[u8], form: &str, passphrase: Option<&[u8]>) -> Result<Key, Fault> {
    match form {
        "pkcs1" => rsa_private(der),
        "sec1" => {
            let key = EcPrivateKey::try_from(der).map_err(|_| UNSUPPORTED)?;
            let oid = key.parameters.and_then(|parameters| parameters.named_curve()).ok_or(UNSUPPORTED)?;
            Key::ec_private(Curve::find(&oid.to_string()).ok_or(UNSUPPORTED)?, key.private_key)
        }
        _ => pkcs8(der, passphrase),
    }
}

/// A public key in DER; `form` is `pkcs1` or `spki`, and each is also taken for the private key it may be.
pub(super) fn public_der(der: &[u8], form: &str) -> Result<Key, Fault> {
    if form == "pkcs1" {
        let key = RsaPublicKey::<UintRef<'_>>::try_from(der).map_err(|_| WRONG_TAG)?;
        return Key::rsa_public(key.modulus.as_bytes(), key.public_exponent.as_bytes());
    }
    let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| WRONG_TAG)?;
    let bits = info.subject_public_key.raw_bytes();
    match info.algorithm.oid.to_string().as_str() {
        RSA => public_der(bits, "pkcs1"),
        EC => Key::ec_public(curve_of(&info.algorithm)?, bits),
        ED25519 => Key::ed25519_public(bits),
        _ => Err(UNSUPPORTED),
    }
}

fn pkcs8(der: &[u8], passphrase: Option<&[u8]>) -> Result<Key, Fault> {
    if let Ok(encrypted) = EncryptedPrivateKeyInfoRef::try_from(der) {
        if encrypted.encryption_algorithm.pbes2().is_none() {
            let advice = "encrypt it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc`";
            let message = format!("hedgerow does not read keys that are encrypted with PBES1: {advice}");
            return Err(Fault::node("Error", "ERR_OSSL_UNSUPPORTED", message));
        }
        let decrypted =
            encrypted.encryption_algorithm.decrypt(passphrase.ok_or(INTERRUPTED)?, encrypted.encrypted_data.as_bytes());
        // With one wrong passphrase in 256 the padding is right and what is in it is no key.
        return plain_pkcs8(&decrypted.map_err(|_| BAD_DECRYPT)?);
    }
    plain_pkcs8(der)
}

fn plain_pkcs8(der: &[u8]) -> Result<Key, Fault> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| UNSUPPORTED)?;
    let key = info.private_key.as_bytes();
    match info.algorithm.oid.to_string().as_str() {
        RSA => rsa_private(key),
        EC => {
            let inner = EcPrivateKey::try_from(key).map_err(|_| UNSUPPORTED)?;
            Key::ec_private(curve_of(&info.algorithm)?, inner.private_key)
        }
        ED25519 => Key::ed25519_private(<&OctetStringRef>::from_der(key).map_err(|_| UNSUPPORTED)?.as_bytes()),
        _ => Err(UNSUPPORTED),
    }
}

fn rsa_private(der: &[u8]) -> Result<Key, Fault> {
    let key = RsaPrivateKey::<UintRef<'_>>::try_from(der).map_err(|_| UNSUPPORTED)?;
    Key::rsa_private(&RsaNumbers {
        modulus: key.modulus.as_bytes(),
        public_exponent: key.public_exponent.as_bytes(),
        private_exponent: key.private_exponent.as_bytes(),
        primes: [key.prime1.as_bytes(), key.prime2.as_bytes()],
    })
}

fn curve_of(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Curve, Fault> {
    let oid = algorithm.parameters_oid().map_err(|_| UNSUPPORTED)?;
    Curve::find(&oid.to_string()).ok_or(UNSUPPORTED)
}

/// The public key in an X.509 certificate, in DER.
fn key_of_certificate(der: &[u8]) -> Option<&[u8]> {
    let body = elements(AnyRef::from_der(der).ok()?.value())?.first().copied()?;
    let fields = elements(AnyRef::from_der(body).ok()?.value())?;
    let version = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
    let has_version = AnyRef::from_der(fields.first()?).ok()?.tag() == version;
    fields.get(BEFORE_KEY + usize::from(has_version)).copied()
}

/// The elements that a constructed one consists of.
fn elements(content: &[u8]) -> Option<Vec<&[u8]>> {
    let mut reader = SliceReader::new(content).ok()?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(reader.tlv_bytes().ok()?);
    }
    Some(found)
}
