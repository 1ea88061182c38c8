//! Keys into DER and JSON Web Keys, with the bytes that OpenSSL writes.

use super::der::{bits, integer, null, octets, oid, sequence, tagged};
use super::fault::{Fault, UNSUPPORTED};
use super::key::{EcKey, Ed25519Key, Key};
use super::pem;
use super::read::{EC, ED25519, RSA};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pkcs8::pkcs5::pbes2::Parameters;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rsa::RsaPrivateKey;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};

/// How often a passphrase is hashed for an encrypted key: as OpenSSL does.
const PASSPHRASE_ITERATIONS: u32 = 2048;

/// A key in DER, and the label of it in PEM. `form` is `pkcs1`, `pkcs8`, `sec1` or `spki` and fits the key.
pub(super) fn to_der(key: &Key, form: &str) -> Result<(&'static str, Vec<u8>), Fault> {
    match (form, key) {
        ("pkcs1", Key::RsaPrivate(private)) => Ok(("RSA PRIVATE KEY", rsa_private(private))),
        ("pkcs1", Key::RsaPublic(_)) => Ok(("RSA PUBLIC KEY", rsa_public(key))),
        ("sec1", Key::Ec(ec)) => Ok(("EC PRIVATE KEY", ec_private(ec, CurveName::Written))),
        ("pkcs8", _) => Ok(("PRIVATE KEY", pkcs8(key)?)),
        ("spki", _) => Ok(("PUBLIC KEY", spki(key))),
        _ => Err(UNSUPPORTED),
    }
}

/// A key in PEM.
pub(super) fn to_pem(key: &Key, form: &str) -> Result<String, Fault> {
    let (label, der) = to_der(key, form)?;
    Ok(pem::write(label, &der))
}

/// What an encrypted PKCS#8 is encrypted with.
pub(super) struct Encryption<'key> {
    /// `aes-128-cbc` or `aes-256-cbc`.
    pub(super) cipher: &'key str,
    pub(super) passphrase: &'key [u8],
    pub(super) salt: [u8; 16],
    pub(super) iv: [u8; 16],
}

/// An encrypted PKCS#8 in DER.
pub(super) fn to_encrypted_pkcs8(key: &Key, encryption: &Encryption<'_>) -> Result<Vec<u8>, Fault> {
    let (salt, iv) = (&encryption.salt, encryption.iv);
    let parameters = match encryption.cipher {
        "aes-128-cbc" => Parameters::generate_pbkdf2_sha256_aes128cbc(PASSPHRASE_ITERATIONS, salt, iv),
        "aes-256-cbc" => Parameters::generate_pbkdf2_sha256_aes256cbc(PASSPHRASE_ITERATIONS, salt, iv),
        _ => return Err(Fault::node("Error", "ERR_CRYPTO_UNKNOWN_CIPHER", "Unknown cipher")),
    };
    let der = pkcs8(key)?;
    let encrypted = PrivateKeyInfoRef::try_from(der.as_slice())
        .and_then(|info| info.encrypt_with_params(parameters.map_err(pkcs8::Error::from)?, encryption.passphrase))
        .map_err(|_| UNSUPPORTED)?;
    EncryptedPrivateKeyInfoRef::try_from(encrypted.as_bytes()).map_err(|_| UNSUPPORTED)?;
    Ok(encrypted.as_bytes().to_vec())
}

/// Whether an EC key says its curve: inside of PKCS#8 the container says it.
#[derive(PartialEq, Eq)]
enum CurveName {
    Written,
    Omitted,
}

fn rsa_public(key: &Key) -> Vec<u8> {
    let (modulus, exponent) = key.rsa_public_numbers().unwrap_or_default();
    sequence(&[integer(&modulus), integer(&exponent)])
}

/// The eight numbers of a private RSA key in the order of PKCS#1.
fn rsa_numbers(key: &RsaPrivateKey) -> [Vec<u8>; 8] {
    let bytes = |number: &rsa::BoxedUint| number.to_be_bytes_trimmed_vartime().into_vec();
    let prime = |index: usize| key.primes().get(index).map(|prime| bytes(prime.as_ref())).unwrap_or_default();
    [
        key.n_bytes().into_vec(),
        key.e_bytes().into_vec(),
        bytes(key.d()),
        prime(0),
        prime(1),
        key.dp().map(bytes).unwrap_or_default(),
        key.dq().map(bytes).unwrap_or_default(),
        key.crt_coefficient().as_ref().map(bytes).unwrap_or_default(),
    ]
}

fn rsa_private(key: &RsaPrivateKey) -> Vec<u8> {
    let mut parts = vec![integer(&[0])];
    parts.extend(rsa_numbers(key).iter().map(|number| integer(number)));
    sequence(&parts)
}

fn ec_private(key: &EcKey, parameters: CurveName) -> Vec<u8> {
    let mut parts = vec![integer(&[1]), octets(key.secret.as_deref().unwrap_or_default())];
    if parameters == CurveName::Written {
        parts.push(tagged(0, &oid(key.curve.oid())));
    }
    parts.push(tagged(1, &bits(&key.point)));
    sequence(&parts)
}

fn algorithm(key: &Key) -> Vec<u8> {
    match key {
        Key::RsaPrivate(_) | Key::RsaPublic(_) => sequence(&[oid(RSA), null()]),
        Key::Ec(key) => sequence(&[oid(EC), oid(key.curve.oid())]),
        Key::Ed25519(_) => sequence(&[oid(ED25519)]),
    }
}

fn pkcs8(key: &Key) -> Result<Vec<u8>, Fault> {
    let content = match key {
        Key::RsaPrivate(private) => rsa_private(private),
        Key::Ec(ec) => ec_private(ec, CurveName::Omitted),
        Key::Ed25519(Ed25519Key { seed: Some(seed), .. }) => octets(seed),
        Key::RsaPublic(_) | Key::Ed25519(_) => return Err(UNSUPPORTED),
    };
    Ok(sequence(&[integer(&[0]), algorithm(key), octets(&content)]))
}

fn spki(key: &Key) -> Vec<u8> {
    let content = match key {
        Key::RsaPrivate(_) | Key::RsaPublic(_) => rsa_public(key),
        Key::Ec(key) => key.point.clone(),
        Key::Ed25519(key) => key.public.to_vec(),
    };
    sequence(&[algorithm(key), bits(&content)])
}

/// The members of a JSON Web Key in Node's order, names and values one after the other.
pub(super) fn to_jwk(key: &Key) -> Vec<(&'static str, String)> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    match key {
        Key::RsaPrivate(private) => {
            let values = rsa_numbers(private).map(|number| text(&number));
            let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
            std::iter::once(("kty", "RSA".to_owned())).chain(names.into_iter().zip(values)).collect()
        }
        Key::RsaPublic(_) => {
            let (modulus, exponent) = key.rsa_public_numbers().unwrap_or_default();
            vec![("kty", "RSA".to_owned()), ("n", text(&modulus)), ("e", text(&exponent))]
        }
        Key::Ec(key) => {
            // The point is a byte that says that it is uncompressed, x and y.
            let (x, y) = key.point[1..].split_at(key.curve.field_bytes());
            let mut members = vec![("kty", "EC".to_owned()), ("x", text(x)), ("y", text(y))];
            members.push(("crv", key.curve.jwk_name().to_owned()));
            members.extend(key.secret.as_ref().map(|secret| ("d", text(secret))));
            members
        }
        Key::Ed25519(key) => {
            let mut members = vec![("crv", "Ed25519".to_owned())];
            members.extend(key.seed.as_ref().map(|seed| ("d", text(seed))));
            members.extend([("x", text(&key.public)), ("kty", "OKP".to_owned())]);
            members
        }
    }
}
