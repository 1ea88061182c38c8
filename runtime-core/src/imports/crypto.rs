//! The natives of the import `crypto`, a function a source of it.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a native takes its arguments as the engine converts them, by value"
)]

mod cipher;
mod cipher_natives;
mod curve;
mod der;
mod derive;
mod digest;
mod envelope;
mod fault;
mod gcm;
mod key;
mod key_natives;
mod pem;
mod random;
mod read;
mod sign_natives;
mod signature;
mod write;

pub(crate) use cipher_natives::natives as cipher_natives;
pub(crate) use key_natives::natives as key_natives;
pub(crate) use sign_natives::natives as sign_natives;

use crate::node::{array_buffer, entropy, native, view, with_entropy};
use derive::{HkdfInput, Pbkdf2, Pbkdf2Request, ScryptRequest};
use digest::{Running, hash, hmac, length};
use random::PortRandom;
use rquickjs::function::Opt;
use rquickjs::{ArrayBuffer, Ctx, Exception, Function, IntoJs, Object, Result, TypedArray, Value};
use std::cell::RefCell;

type Bytes<'js> = TypedArray<'js, u8>;

/// The most random bytes that one call of the native gives.
const RANDOM_CHUNK_BYTES: usize = 65_536;

/// What `crypto_hash.js` gets. An unknown algorithm is `undefined`.
pub(crate) fn hash_natives(object: &Object<'_>) -> Result<()> {
    native(object, "hash", create_hash)?;
    native(object, "hmac", create_hmac)?;
    native(object, "hashLength", |algorithm: String| length(&algorithm))
}

/// What `crypto_random.js` gets.
pub(crate) fn random_natives(object: &Object<'_>) -> Result<()> {
    native(object, "equal", |left: Bytes<'_>, right: Bytes<'_>| {
        view(&left, |left| view(&right, |right| equal(left, right)))
    })?;
    native(object, "random", random)
}

/// What `crypto_derive.js` gets.
pub(crate) fn derive_natives(object: &Object<'_>) -> Result<()> {
    native(object, "hkdf", hkdf)?;
    native(object, "pbkdf2", pbkdf2)?;
    native(object, "scrypt", scrypt)?;
    native(object, "scryptCheck", |ctx: Ctx<'_>, options: Object<'_>| {
        scrypt_request(&options)?.check().map(|_| ()).map_err(|fault| fault.throw(&ctx))
    })
}

fn create_hash<'js>(ctx: Ctx<'js>, algorithm: String) -> Result<Option<Function<'js>>> {
    hash(&algorithm).map(|state| handle(&ctx, state)).transpose()
}

fn create_hmac<'js>(ctx: Ctx<'js>, algorithm: String, key: Bytes<'js>) -> Result<Option<Function<'js>>> {
    view(&key, |key| hmac(&algorithm, key)).map(|state| handle(&ctx, state)).transpose()
}

fn random<'js>(ctx: Ctx<'js>, length: usize) -> Result<ArrayBuffer<'js>> {
    let mut bytes = vec![0; length.min(RANDOM_CHUNK_BYTES)];
    with_entropy(&ctx, |entropy| entropy.fill(&mut bytes))?;
    array_buffer(&ctx, bytes)
}

/// In time that depends on the length only.
fn equal(left: &[u8], right: &[u8]) -> bool {
    let difference = left.iter().zip(right).fold(0, |difference, (left, right)| difference | (left ^ right));
    left.len() == right.len() && std::hint::black_box(difference) == 0
}

/// The context's random bytes as the crates take them.
fn port_random(ctx: &Ctx<'_>) -> Result<PortRandom> {
    Ok(PortRandom(entropy(ctx)?))
}

/// A copy of the bytes of a view that is a property.
fn copied(object: &Object<'_>, name: &str) -> Result<Vec<u8>> {
    Ok(view(&object.get::<_, Bytes<'_>>(name)?, <[u8]>::to_vec))
}

/// The digest as JavaScript holds it: `('update', bytes)`, `('finish') -> ArrayBuffer`, `('copy') -> another`.
fn handle<'js>(ctx: &Ctx<'js>, state: Box<dyn Running>) -> Result<Function<'js>> {
    let state = RefCell::new(Some(state));
    let step = move |ctx: Ctx<'js>, action: String, bytes: Opt<Bytes<'js>>| -> Result<Value<'js>> {
        let finished = || Exception::throw_message(&ctx, "Digest already called");
        match (action.as_str(), bytes.0) {
            ("update", Some(bytes)) => {
                let mut state = state.borrow_mut();
                let running = state.as_mut().ok_or_else(finished)?;
                view(&bytes, |bytes| running.update(bytes));
                Ok(Value::new_undefined(ctx.clone()))
            }
            ("finish", _) => {
                let running = state.borrow_mut().take().ok_or_else(finished)?;
                array_buffer(&ctx, running.finish())?.into_js(&ctx)
            }
            ("copy", _) => {
                let copy = state.borrow().as_ref().ok_or_else(finished)?.duplicate();
                Ok(handle(&ctx, copy)?.into_value())
            }
            _ => Err(Exception::throw_message(&ctx, "a digest has no such action")),
        }
    };
    Function::new(ctx.clone(), step)
}

/// `(rounds) -> ArrayBuffer`, or `undefined` as long as there is more to do; `undefined` in its place for an unknown digest.
fn pbkdf2<'js>(ctx: Ctx<'js>, options: Object<'js>) -> Result<Option<Function<'js>>> {
    let request = Pbkdf2Request {
        digest: options.get("digest")?,
        password: copied(&options, "password")?,
        salt: copied(&options, "salt")?,
        iterations: options.get("iterations")?,
        length: options.get("length")?,
    };
    let Some(state) = Pbkdf2::new(request) else { return Ok(None) };
    let state = RefCell::new(state);
    let step = move |ctx: Ctx<'js>, rounds: u32| -> Result<Option<ArrayBuffer<'js>>> {
        state.borrow_mut().step(rounds).map(|key| array_buffer(&ctx, key)).transpose()
    };
    Function::new(ctx, step).map(Some)
}

fn scrypt_request(options: &Object<'_>) -> Result<ScryptRequest> {
    Ok(ScryptRequest {
        cost: options.get("N")?,
        block_size: options.get("r")?,
        parallelization: options.get("p")?,
        max_memory: options.get("maxmem")?,
        length: options.get("length")?,
    })
}

fn scrypt<'js>(ctx: Ctx<'js>, options: Object<'js>) -> Result<ArrayBuffer<'js>> {
    let request = scrypt_request(&options)?;
    let (password, salt) = (copied(&options, "password")?, copied(&options, "salt")?);
    array_buffer(&ctx, request.derive(&password, &salt).map_err(|fault| fault.throw(&ctx))?)
}

fn hkdf<'js>(ctx: Ctx<'js>, digest: String, options: Object<'js>, length: usize) -> Result<Option<ArrayBuffer<'js>>> {
    let (key, salt, info) = (copied(&options, "key")?, copied(&options, "salt")?, copied(&options, "info")?);
    let input = HkdfInput { key: &key, salt: &salt, info: &info };
    derive::hkdf(&digest, input, length).map(|key| array_buffer(&ctx, key)).transpose()
}
