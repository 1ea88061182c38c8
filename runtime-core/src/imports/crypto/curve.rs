//! The elliptic curves of NIST: points, secrets and ECDSA, the same functions for each.

use super::random::PortRandom;
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::elliptic_curve::Generate;
use p256::elliptic_curve::sec1::ToSec1Point;

/// A curve that keys can be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

/// Runs `$body` with `$curve` the crate of the curve.
macro_rules! on_curve {
    ($value:expr, $curve:ident => $body:expr) => {
        match $value {
            Curve::P256 => {
                use p256 as $curve;
                $body
            }
            Curve::P384 => {
                use p384 as $curve;
                $body
            }
            Curve::P521 => {
                use p521 as $curve;
                $body
            }
        }
    };
}

/// All of them, in the order that OpenSSL lists them.
const ALL: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

impl Curve {
    /// The name OpenSSL has for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P256 => "prime256v1",
            Self::P384 => "secp384r1",
            Self::P521 => "secp521r1",
        }
    }

    /// The name in a JSON Web Key.
    pub(super) fn jwk_name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Its object identifier, as text.
    pub(super) fn oid(self) -> &'static str {
        match self {
            Self::P256 => "1.2.840.10045.3.1.7",
            Self::P384 => "1.3.132.0.34",
            Self::P521 => "1.3.132.0.35",
        }
    }

    /// How many bytes a coordinate has.
    pub(super) fn field_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// By either name, or by the object identifier.
    pub(super) fn find(name: &str) -> Option<Self> {
        ALL.into_iter().find(|curve| [curve.name(), curve.jwk_name(), curve.oid()].contains(&name))
    }

    /// The point of a secret, uncompressed; `None` for a secret that is not of this curve.
    pub(super) fn point_of(self, secret: &[u8]) -> Option<Vec<u8>> {
        on_curve!(self, curve => {
            let secret = curve::SecretKey::from_slice(secret).ok()?;
            Some(secret.public_key().to_sec1_point(false).as_bytes().to_vec())
        })
    }

    /// The uncompressed form of a point in either form; `None` for what is no point of this curve.
    pub(super) fn point(self, sec1: &[u8]) -> Option<Vec<u8>> {
        on_curve!(self, curve => {
            Some(curve::PublicKey::from_sec1_bytes(sec1).ok()?.to_sec1_point(false).as_bytes().to_vec())
        })
    }

    /// A new secret.
    pub(super) fn generate(self, random: &mut PortRandom) -> Vec<u8> {
        on_curve!(self, curve => curve::SecretKey::generate_from_rng(random).to_bytes().to_vec())
    }

    /// r and s, each as long as a coordinate; deterministic (RFC 6979).
    pub(super) fn sign(self, secret: &[u8], digest: &[u8]) -> Option<Vec<u8>> {
        let digest = self.widened(digest);
        on_curve!(self, curve => {
            let key = curve::ecdsa::SigningKey::from_slice(secret).ok()?;
            let signature: curve::ecdsa::Signature = key.sign_prehash(&digest).ok()?;
            Some(signature.to_bytes().to_vec())
        })
    }

    /// Whether r and s are of this digest and point.
    pub(super) fn verify(self, point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
        let digest = self.widened(digest);
        on_curve!(self, curve => {
            let Ok(key) = curve::ecdsa::VerifyingKey::from_sec1_bytes(point) else { return false };
            let Ok(signature) = curve::ecdsa::Signature::from_slice(signature) else { return false };
            key.verify_prehash(&digest, &signature).is_ok()
        })
    }

    /// r and s in DER.
    pub(super) fn to_der(self, signature: &[u8]) -> Option<Vec<u8>> {
        on_curve!(self, curve => Some(curve::ecdsa::Signature::from_slice(signature).ok()?.to_der().as_bytes().to_vec()))
    }

    /// r and s out of DER; `None` for what is no signature.
    pub(super) fn parse_der(self, signature: &[u8]) -> Option<Vec<u8>> {
        on_curve!(self, curve => Some(curve::ecdsa::Signature::from_der(signature).ok()?.to_bytes().to_vec()))
    }

    /// A digest that is shorter than the curve is the same number with zeros before it; the crates refuse very short ones.
    fn widened(self, digest: &[u8]) -> Vec<u8> {
        let mut wide = vec![0; self.field_bytes().saturating_sub(digest.len())];
        wide.extend_from_slice(digest);
        wide
    }
}
