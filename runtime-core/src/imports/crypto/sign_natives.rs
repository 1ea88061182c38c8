//! What `crypto_sign.js` and `crypto_envelope.js` get: signatures, and encrypting with keys.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a native takes its arguments as the engine converts them, by value"
)]

use super::envelope::{self, Wrapping};
use super::fault::Fault;
use super::key_natives::Handle;
use super::signature::{self, EcdsaEncoding, Scheme};
use super::{Bytes, copied, port_random};
use crate::node::{array_buffer, native, view};
use rquickjs::{ArrayBuffer, Ctx, Object, Result};

/// Adds the natives.
pub(crate) fn natives<'js>(object: &Object<'js>) -> Result<()> {
    native(object, "sign", sign)?;
    native(object, "verify", verify)?;
    native(object, "publicEncrypt", |ctx: Ctx<'js>, key: Handle<'js>, options: Object<'js>, message: Bytes<'js>| {
        let (wrapping, random) = (wrapping(&options)?, port_random(&ctx)?);
        let done = view(&message, |message| envelope::encrypt(&key.borrow().0, &wrapping, message, random));
        bytes(&ctx, done)
    })?;
    native(object, "privateDecrypt", |ctx: Ctx<'js>, key: Handle<'js>, options: Object<'js>, message: Bytes<'js>| {
        let (wrapping, random) = (wrapping(&options)?, port_random(&ctx)?);
        let done = view(&message, |message| envelope::decrypt(&key.borrow().0, &wrapping, message, random));
        bytes(&ctx, done)
    })?;
    native(object, "privateEncrypt", |ctx: Ctx<'js>, key: Handle<'js>, padding: i32, message: Bytes<'js>| {
        let random = port_random(&ctx)?;
        let done = view(&message, |message| envelope::private_encrypt(&key.borrow().0, padding, message, random));
        bytes(&ctx, done)
    })
}

fn bytes<'js>(ctx: &Ctx<'js>, done: std::result::Result<Vec<u8>, Fault>) -> Result<ArrayBuffer<'js>> {
    array_buffer(ctx, done.map_err(|fault| fault.throw(ctx))?)
}

/// `{ hash, padding, saltLength, encoding: 'der' | 'ieee-p1363' }`.
fn scheme(options: &Object<'_>) -> Result<Scheme> {
    let encoding: String = options.get("encoding")?;
    Ok(Scheme {
        hash: options.get("hash")?,
        padding: options.get("padding")?,
        salt_length: options.get("saltLength")?,
        encoding: if encoding == "der" { EcdsaEncoding::Der } else { EcdsaEncoding::IeeeP1363 },
    })
}

/// `{ padding, hash, label }`.
fn wrapping(options: &Object<'_>) -> Result<Wrapping> {
    Ok(Wrapping { padding: options.get("padding")?, hash: options.get("hash")?, label: copied(options, "label")? })
}

fn sign<'js>(ctx: Ctx<'js>, key: Handle<'js>, options: Object<'js>, input: Bytes<'js>) -> Result<ArrayBuffer<'js>> {
    let (scheme, random) = (scheme(&options)?, port_random(&ctx)?);
    let signed = view(&input, |input| signature::sign(&key.borrow().0, &scheme, input, random));
    bytes(&ctx, signed)
}

/// `options` has the signature as well.
fn verify(ctx: Ctx<'_>, key: Handle<'_>, options: Object<'_>, input: Bytes<'_>) -> Result<bool> {
    let (scheme, signature) = (scheme(&options)?, copied(&options, "signature")?);
    view(&input, |input| signature::verify(&key.borrow().0, &scheme, input, &signature))
        .map_err(|fault| fault.throw(&ctx))
}
