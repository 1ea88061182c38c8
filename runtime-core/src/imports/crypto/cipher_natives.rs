//! What `crypto_cipher.js` gets of ciphers.

#![expect(
    clippy::needless_pass_by_value,
    reason = "a native takes its arguments as the engine converts them, by value"
)]

use super::Bytes;
use super::cipher::{Cipher, Direction, Secrets, find};
use crate::node::{array_buffer, native, view};
use rquickjs::function::Opt;
use rquickjs::{Ctx, Exception, Function, IntoJs, Object, Result, Value};
use std::cell::RefCell;

/// Adds the natives. A cipher's name is OpenSSL's in lower case; an unknown one is `undefined`.
pub(crate) fn natives<'js>(object: &Object<'js>) -> Result<()> {
    native(object, "encrypt", |ctx, name, key, iv| create(ctx, name, Direction::Encrypt, [key, iv]))?;
    native(object, "decrypt", |ctx, name, key, iv| create(ctx, name, Direction::Decrypt, [key, iv]))
}

/// A cipher as JavaScript holds it: `('update', bytes)`, `('finish', tag)`, `('tag')` give an ArrayBuffer; `('authenticate',
/// bytes)` and `('unpadded')`, `('padded')` give nothing.
fn create<'js>(
    ctx: Ctx<'js>,
    name: String,
    direction: Direction,
    [key, iv]: [Bytes<'js>; 2],
) -> Result<Option<Function<'js>>> {
    let Some(algorithm) = find(&name) else { return Ok(None) };
    let cipher = view(&key, |key| view(&iv, |iv| Cipher::new(algorithm, direction, Secrets { key, iv })));
    let cipher = RefCell::new(cipher.map_err(|fault| fault.throw(&ctx))?);
    let step = move |ctx: Ctx<'js>, action: String, bytes: Opt<Bytes<'js>>| -> Result<Value<'js>> {
        let mut cipher = cipher.borrow_mut();
        match (action.as_str(), bytes.0) {
            ("update", Some(bytes)) => {
                let output = view(&bytes, |bytes| cipher.update(bytes));
                array_buffer(&ctx, output)?.into_js(&ctx)
            }
            ("finish", tag) => {
                let tag = tag.map(|tag| view(&tag, <[u8]>::to_vec));
                let output = cipher.finish(tag.as_deref()).map_err(|fault| fault.throw(&ctx))?;
                array_buffer(&ctx, output)?.into_js(&ctx)
            }
            ("tag", _) => match cipher.tag() {
                Some(tag) => array_buffer(&ctx, tag)?.into_js(&ctx),
                None => Ok(Value::new_undefined(ctx.clone())),
            },
            ("authenticate", Some(bytes)) => {
                view(&bytes, |bytes| cipher.authenticate(bytes));
                Ok(Value::new_undefined(ctx.clone()))
            }
            ("padded" | "unpadded", _) => {
                cipher.set_padding(action == "padded");
                Ok(Value::new_undefined(ctx.clone()))
            }
            _ => Err(Exception::throw_message(&ctx, "a cipher has no such action")),
        }
    };
    Function::new(ctx, step).map(Some)
}
