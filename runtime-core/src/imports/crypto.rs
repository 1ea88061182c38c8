//! The natives of the import `crypto`: digests, keyed digests, random bytes.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a native takes its arguments as the engine converts them, by value"
)]

use crate::node::{array_buffer, native, view, with_entropy};
use hmac::digest::Digest;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rquickjs::{ArrayBuffer, Ctx, Exception, Function, IntoJs, Object, Result, TypedArray, Value};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use std::cell::RefCell;

type Bytes<'js> = TypedArray<'js, u8>;

/// The most random bytes that one call of the native gives.
const RANDOM_CHUNK_BYTES: usize = 65_536;

/// Adds the natives to the object that `crypto.js` gets. An unknown algorithm is `undefined`.
pub(crate) fn natives(object: &Object<'_>) -> Result<()> {
    native(object, "hash", create_hash)?;
    native(object, "hmac", create_hmac)?;
    native(object, "equal", |left: Bytes<'_>, right: Bytes<'_>| {
        view(&left, |left| view(&right, |right| equal(left, right)))
    })?;
    native(object, "random", random)
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

/// A digest under way.
trait Running {
    fn update(&mut self, bytes: &[u8]);
    fn finish(self: Box<Self>) -> Vec<u8>;
    fn duplicate(&self) -> Box<dyn Running>;
}

#[derive(Clone)]
struct Plain<D>(D);

impl<D: Digest + Clone + 'static> Running for Plain<D> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }

    fn duplicate(&self) -> Box<dyn Running> {
        Box::new(self.clone())
    }
}

#[derive(Clone)]
struct Keyed<M>(M);

impl<M: Mac + Clone + 'static> Running for Keyed<M> {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().into_bytes().to_vec()
    }

    fn duplicate(&self) -> Box<dyn Running> {
        Box::new(self.clone())
    }
}

fn hash(algorithm: &str) -> Option<Box<dyn Running>> {
    Some(match algorithm {
        "md5" => Box::new(Plain(Md5::new())),
        "sha1" => Box::new(Plain(Sha1::new())),
        "sha224" => Box::new(Plain(Sha224::new())),
        "sha256" => Box::new(Plain(Sha256::new())),
        "sha384" => Box::new(Plain(Sha384::new())),
        "sha512" => Box::new(Plain(Sha512::new())),
        _ => return None,
    })
}

fn hmac(algorithm: &str, key: &[u8]) -> Option<Box<dyn Running>> {
    fn keyed<M: Mac + KeyInit + Clone + 'static>(key: &[u8]) -> Box<dyn Running> {
        Box::new(Keyed(<M as KeyInit>::new_from_slice(key).expect("an HMAC takes a key of any length")))
    }
    Some(match algorithm {
        "md5" => keyed::<Hmac<Md5>>(key),
        "sha1" => keyed::<Hmac<Sha1>>(key),
        "sha224" => keyed::<Hmac<Sha224>>(key),
        "sha256" => keyed::<Hmac<Sha256>>(key),
        "sha384" => keyed::<Hmac<Sha384>>(key),
        "sha512" => keyed::<Hmac<Sha512>>(key),
        _ => return None,
    })
}

/// The digest as JavaScript holds it: `('update', bytes)`, `('finish') -> ArrayBuffer`, `('copy') -> another`.
fn handle<'js>(ctx: &Ctx<'js>, state: Box<dyn Running>) -> Result<Function<'js>> {
    let state = RefCell::new(Some(state));
    let step = move |ctx: Ctx<'js>, action: String, bytes: rquickjs::function::Opt<Bytes<'js>>| -> Result<Value<'js>> {
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
