//! Asymmetric keys: what one holds, and what there is to say about it.

use super::curve::Curve;
use super::fault::{Fault, UNSUPPORTED};
use ring::signature::{Ed25519KeyPair, KeyPair};
use rquickjs::class::{JsClass, Readable, Trace, Tracer};
use rquickjs::function::Constructor;
use rquickjs::{Ctx, JsLifetime, Object, Result as JsResult};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, RsaPrivateKey, RsaPublicKey};

/// How many bits a modulus may have: as OpenSSL, which refuses to verify with a larger one.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 1..=16_384;
/// How many bytes an Ed25519 seed, and a public key, has.
pub(super) const ED25519_BYTES: usize = 32;

/// A private or a public key.
#[derive(Clone)]
pub(super) enum Key {
    RsaPrivate(Box<RsaPrivateKey>),
    RsaPublic(RsaPublicKey),
    Ec(EcKey),
    Ed25519(Ed25519Key),
}

/// A point of a curve, uncompressed, and its secret in a private key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct EcKey {
    pub(super) curve: Curve,
    pub(super) point: Vec<u8>,
    pub(super) secret: Option<Vec<u8>>,
}

/// The public key, and its seed in a private key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Ed25519Key {
    pub(super) public: [u8; ED25519_BYTES],
    pub(super) seed: Option<[u8; ED25519_BYTES]>,
}

/// The numbers of a private RSA key, each most significant byte first; the rest follows from them.
pub(super) struct RsaNumbers<'key> {
    pub(super) modulus: &'key [u8],
    pub(super) public_exponent: &'key [u8],
    pub(super) private_exponent: &'key [u8],
    pub(super) primes: [&'key [u8]; 2],
}

impl Key {
    pub(super) fn rsa_private(numbers: &RsaNumbers<'_>) -> Result<Self, Fault> {
        let key = RsaPrivateKey::from_components(
            number(numbers.modulus)?,
            number(numbers.public_exponent)?,
            number(numbers.private_exponent)?,
            vec![number(numbers.primes[0])?, number(numbers.primes[1])?],
        );
        Ok(Self::RsaPrivate(Box::new(key.map_err(|_| UNSUPPORTED)?)))
    }

    pub(super) fn rsa_public(modulus: &[u8], public_exponent: &[u8]) -> Result<Self, Fault> {
        let key = RsaPublicKey::new_with_size_limits(number(modulus)?, number(public_exponent)?, MODULUS_BITS);
        Ok(Self::RsaPublic(key.map_err(|_| UNSUPPORTED)?))
    }

    /// A secret may lack zeros before it.
    pub(super) fn ec_private(curve: Curve, secret: &[u8]) -> Result<Self, Fault> {
        let missing = curve.field_bytes().checked_sub(secret.len()).ok_or(UNSUPPORTED)?;
        let secret = [vec![0; missing], secret.to_vec()].concat();
        let point = curve.point_of(&secret).ok_or(UNSUPPORTED)?;
        Ok(Self::Ec(EcKey { curve, point, secret: Some(secret) }))
    }

    pub(super) fn ec_public(curve: Curve, point: &[u8]) -> Result<Self, Fault> {
        Ok(Self::Ec(EcKey { curve, point: curve.point(point).ok_or(UNSUPPORTED)?, secret: None }))
    }

    pub(super) fn ed25519_private(seed: &[u8]) -> Result<Self, Fault> {
        let seed: [u8; ED25519_BYTES] = seed.try_into().map_err(|_| UNSUPPORTED)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| UNSUPPORTED)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| UNSUPPORTED)?;
        Ok(Self::Ed25519(Ed25519Key { public, seed: Some(seed) }))
    }

    pub(super) fn ed25519_public(public: &[u8]) -> Result<Self, Fault> {
        let public = public.try_into().map_err(|_| UNSUPPORTED)?;
        Ok(Self::Ed25519(Ed25519Key { public, seed: None }))
    }

    pub(super) fn is_private(&self) -> bool {
        match self {
            Self::RsaPrivate(_) => true,
            Self::RsaPublic(_) => false,
            Self::Ec(key) => key.secret.is_some(),
            Self::Ed25519(key) => key.seed.is_some(),
        }
    }

    /// The public key of a pair; a public key is its own.
    pub(super) fn to_public(&self) -> Self {
        match self {
            Self::RsaPrivate(key) => Self::RsaPublic(key.to_public_key()),
            Self::RsaPublic(key) => Self::RsaPublic(key.clone()),
            Self::Ec(key) => Self::Ec(EcKey { secret: None, ..key.clone() }),
            Self::Ed25519(key) => Self::Ed25519(Ed25519Key { seed: None, ..key.clone() }),
        }
    }

    /// `asymmetricKeyType`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::RsaPrivate(_) | Self::RsaPublic(_) => "rsa",
            Self::Ec(_) => "ec",
            Self::Ed25519(_) => "ed25519",
        }
    }

    /// Both private or both public, and of the same numbers.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::RsaPrivate(left), Self::RsaPrivate(right)) => left == right,
            (Self::RsaPublic(left), Self::RsaPublic(right)) => left == right,
            (Self::Ec(left), Self::Ec(right)) => left == right,
            (Self::Ed25519(left), Self::Ed25519(right)) => left == right,
            _ => false,
        }
    }

    /// Modulus and public exponent of an RSA key.
    pub(super) fn rsa_public_numbers(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        match self {
            Self::RsaPrivate(key) => Some((key.n_bytes().into_vec(), key.e_bytes().into_vec())),
            Self::RsaPublic(key) => Some((key.n_bytes().into_vec(), key.e_bytes().into_vec())),
            Self::Ec(_) | Self::Ed25519(_) => None,
        }
    }
}

fn number(bytes: &[u8]) -> Result<BoxedUint, Fault> {
    let bits = u32::try_from(bytes.len() * 8).map_err(|_| UNSUPPORTED)?;
    BoxedUint::from_be_slice(bytes, bits.max(8)).map_err(|_| UNSUPPORTED)
}

/// A key as JavaScript of ours holds it: an object without members, which no app gets.
pub(super) struct KeyHandle(pub(super) Key);

// SAFETY: the type has no lifetime of the engine in it.
unsafe impl<'js> JsLifetime<'js> for KeyHandle {
    type Changed<'to> = Self;
}

impl<'js> Trace<'js> for KeyHandle {
    fn trace<'tracer>(&self, _: Tracer<'tracer, 'js>) {}
}

impl<'js> JsClass<'js> for KeyHandle {
    const NAME: &'static str = "KeyHandle";
    type Mutable = Readable;

    fn prototype(_: &Ctx<'js>) -> JsResult<Option<Object<'js>>> {
        Ok(None)
    }

    fn constructor(_: &Ctx<'js>) -> JsResult<Option<Constructor<'js>>> {
        Ok(None)
    }
}
