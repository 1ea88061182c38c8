//! What `crypto_keys.js` gets: keys in and out.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a native takes its arguments as the engine converts them, by value"
)]

use super::curve::Curve;
use super::fault::Fault;
use super::key::{ED25519_BYTES, Key, KeyHandle, RsaNumbers};
use super::write::{Encryption, to_der, to_encrypted_pkcs8, to_jwk, to_pem};
use super::{Bytes, copied, pem, port_random, read};
use crate::node::{array_buffer, native, view, with_entropy};
use rquickjs::{Array, ArrayBuffer, Class, Ctx, Object, Result};
use rsa::{BoxedUint, RsaPrivateKey};

/// A key as an argument of a native.
pub(super) type Handle<'js> = Class<'js, KeyHandle>;

/// Adds the natives.
pub(crate) fn natives<'js>(object: &Object<'js>) -> Result<()> {
    reading(object)?;
    writing(object)?;
    native(object, "generate", generate)?;
    native(object, "isKey", |value: rquickjs::Value<'js>| {
        value.as_object().is_some_and(|object| object.instance_of::<KeyHandle>())
    })?;
    native(object, "isPrivate", |key: Handle<'js>| key.borrow().0.is_private())?;
    native(object, "kind", |key: Handle<'js>| key.borrow().0.kind())?;
    native(object, "equals", |left: Handle<'js>, right: Handle<'js>| left.borrow().0.equals(&right.borrow().0))?;
    native(object, "curve", |key: Handle<'js>| match &key.borrow().0 {
        Key::Ec(key) => Some(key.curve.name()),
        _ => None,
    })?;
    native(object, "rsaNumbers", rsa_numbers)
}

/// `privateKey` and `publicKey` take `(input, form, passphrase | undefined)`, `form` being `pem` or one of DER's.
fn reading<'js>(object: &Object<'js>) -> Result<()> {
    native(object, "privateKey", |ctx: Ctx<'js>, input: Bytes<'js>, form: String, passphrase: Option<Bytes<'js>>| {
        let passphrase = passphrase.map(|bytes| view(&bytes, <[u8]>::to_vec));
        let key = view(&input, |input| match form.as_str() {
            "pem" => read::private_pem(input, passphrase.as_deref()),
            form => read::private_der(input, form, passphrase.as_deref()),
        });
        handle(ctx, key)
    })?;
    native(object, "publicKey", |ctx: Ctx<'js>, input: Bytes<'js>, form: String, passphrase: Option<Bytes<'js>>| {
        let passphrase = passphrase.map(|bytes| view(&bytes, <[u8]>::to_vec));
        let key = view(&input, |input| match form.as_str() {
            "pem" => read::public_pem(input, passphrase.as_deref()),
            form => read::public_der(input, form),
        });
        handle(ctx, key)
    })?;
    native(object, "publicOf", |ctx: Ctx<'js>, key: Handle<'js>| {
        let public = key.borrow().0.to_public();
        handle(ctx, Ok(public))
    })?;
    native(object, "jwk", |ctx: Ctx<'js>, kind: String, members: Object<'js>| {
        let key = from_jwk(&kind, &members)?;
        handle(ctx, key)
    })
}

fn handle<'js>(ctx: Ctx<'js>, key: std::result::Result<Key, Fault>) -> Result<Handle<'js>> {
    let key = key.map_err(|fault| fault.throw(&ctx))?;
    Class::instance(ctx, KeyHandle(key))
}

fn writing<'js>(object: &Object<'js>) -> Result<()> {
    native(object, "der", |ctx: Ctx<'js>, key: Handle<'js>, form: String| {
        let (_, der) = to_der(&key.borrow().0, &form).map_err(|fault| fault.throw(&ctx))?;
        array_buffer(&ctx, der)
    })?;
    native(object, "pem", |ctx: Ctx<'js>, key: Handle<'js>, form: String| {
        to_pem(&key.borrow().0, &form).map_err(|fault| fault.throw(&ctx))
    })?;
    native(object, "encrypted", |ctx: Ctx<'js>, key: Handle<'js>, cipher: String, passphrase: Bytes<'js>| {
        array_buffer(&ctx, encrypted(&ctx, &key, &cipher, &passphrase)?)
    })?;
    native(object, "encryptedPem", |ctx: Ctx<'js>, key: Handle<'js>, cipher: String, passphrase: Bytes<'js>| {
        Ok(pem::write("ENCRYPTED PRIVATE KEY", &encrypted(&ctx, &key, &cipher, &passphrase)?)) as Result<_>
    })?;
    native(object, "members", |key: Handle<'js>| {
        to_jwk(&key.borrow().0).into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect::<Vec<String>>()
    })
}

fn encrypted(ctx: &Ctx<'_>, key: &Handle<'_>, cipher: &str, passphrase: &Bytes<'_>) -> Result<Vec<u8>> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    with_entropy(ctx, |entropy| {
        entropy.fill(&mut salt);
        entropy.fill(&mut iv);
    })?;
    let passphrase = view(passphrase, <[u8]>::to_vec);
    let encryption = Encryption { cipher, passphrase: &passphrase, salt, iv };
    to_encrypted_pkcs8(&key.borrow().0, &encryption).map_err(|fault| fault.throw(ctx))
}

/// `members` has the numbers as bytes, under their names in a JSON Web Key; without `d` the key is public.
fn from_jwk(kind: &str, members: &Object<'_>) -> Result<std::result::Result<Key, Fault>> {
    let private = members.contains_key("d")?;
    let secret = if private { copied(members, "d")? } else { Vec::new() };
    match kind {
        "RSA" => {
            let (modulus, exponent) = (copied(members, "n")?, copied(members, "e")?);
            if !private {
                return Ok(Key::rsa_public(&modulus, &exponent));
            }
            let (first, second) = (copied(members, "p")?, copied(members, "q")?);
            Ok(Key::rsa_private(&RsaNumbers {
                modulus: &modulus,
                public_exponent: &exponent,
                private_exponent: &secret,
                primes: [&first, &second],
            }))
        }
        "OKP" if private => Ok(Key::ed25519_private(&secret)),
        "OKP" => Ok(Key::ed25519_public(&copied(members, "x")?)),
        _ => {
            let (x, y) = (copied(members, "x")?, copied(members, "y")?);
            let Some(curve) = Curve::find(kind) else { return Ok(Err(super::fault::UNSUPPORTED)) };
            let key = Key::ec_public(curve, &[&[4][..], &x, &y].concat());
            Ok(if private { key.and_then(|_| Key::ec_private(curve, &secret)) } else { key })
        }
    }
}

/// Modulus and public exponent, as ArrayBuffers.
fn rsa_numbers<'js>(ctx: Ctx<'js>, key: Handle<'js>) -> Result<Option<Array<'js>>> {
    let Some((modulus, exponent)) = key.borrow().0.rsa_public_numbers() else { return Ok(None) };
    let array = Array::new(ctx.clone())?;
    let buffer = |bytes: Vec<u8>| -> Result<ArrayBuffer<'js>> { array_buffer(&ctx, bytes) };
    array.set(0, buffer(modulus)?)?;
    array.set(1, buffer(exponent)?)?;
    Ok(Some(array))
}

/// A new private key: `('rsa', bits, exponent)`, `('ec', curve)` or `('ed25519')`; `undefined` for an unknown curve.
fn generate<'js>(
    ctx: Ctx<'js>,
    kind: String,
    parameter: rquickjs::Value<'js>,
    exponent: Option<u32>,
) -> Result<Option<Handle<'js>>> {
    let mut random = port_random(&ctx)?;
    let key = match kind.as_str() {
        "rsa" => {
            let bits: usize = parameter.get()?;
            let exponent = BoxedUint::from(u64::from(exponent.unwrap_or(65_537)));
            RsaPrivateKey::new_with_exp(&mut random, bits, exponent)
                .map(|key| Key::RsaPrivate(Box::new(key)))
                .map_err(|_| Fault::Openssl("020000B2:rsa routines::pub exponent out of range"))
        }
        "ec" => {
            let Some(curve) = Curve::find(&parameter.get::<String>()?) else { return Ok(None) };
            Key::ec_private(curve, &curve.generate(&mut random))
        }
        _ => {
            let mut seed = [0; ED25519_BYTES];
            with_entropy(&ctx, |entropy| entropy.fill(&mut seed))?;
            Key::ed25519_private(&seed)
        }
    };
    handle(ctx, key).map(Some)
}
