//! The way into `meta.global` for what keeps it: read as plain data, and restored.

use crate::durable_global::Keys;
use crate::isolate::json_text::class_of;
use crate::ports::documents::MAXIMUM_BYTES;
use rquickjs::{Ctx, Function, Object, Persistent, Value};
use serde_json::value::RawValue;

/// What was found in `meta.global`.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The keys with plain values.
    pub(crate) keys: Keys,
    /// Why it is not to be kept.
    pub(crate) fault: Option<Fault>,
}

/// Why `meta.global` is not to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Something in it is more than JSON can say.
    NotPlain,
    /// It has more text than a document may have; not all of it was looked at.
    TooLarge,
}

/// The two functions of `global.js`.
#[derive(Clone)]
pub(crate) struct GlobalAccess {
    read: Persistent<Function<'static>>,
    restore: Persistent<Function<'static>>,
}

impl GlobalAccess {
    /// Made before anything of the app runs.
    pub(super) fn install<'js>(ctx: &Ctx<'js>, natives: &Object<'js>) -> rquickjs::Result<Self> {
        let parts = Object::new(ctx.clone())?;
        let class = |value: Value<'js>| value.as_object().map_or(0, class_of);
        parts.set("classOf", Function::new(ctx.clone(), class)?)?;
        parts.set("longest", MAXIMUM_BYTES)?;
        for native in ["parse", "stringify"] {
            parts.set(native, natives.get::<_, Value>(native)?)?;
        }
        let access: Object =
            super::typed(super::evaluate(ctx, "extensions/global", include_str!("global.js"), &parts)?)?;
        Ok(Self {
            read: Persistent::save(ctx, access.get::<_, Function>("read")?),
            restore: Persistent::save(ctx, access.get::<_, Function>("restore")?),
        })
    }

    /// Reads `meta.global`. Runs no code of the app.
    pub(crate) fn read<'js>(&self, ctx: &Ctx<'js>, meta: &Object<'js>) -> rquickjs::Result<Reading> {
        let found: Vec<String> = self.read.clone().restore(ctx)?.call((meta.clone(),))?;
        let mut found = found.into_iter();
        let fault = match found.next().as_deref() {
            Some("0") => None,
            Some("2") => Some(Fault::TooLarge),
            _ => Some(Fault::NotPlain),
        };
        let mut keys = Keys::new();
        while let (Some(key), Some(text)) = (found.next(), found.next()) {
            let text = RawValue::from_string(text).map_err(|_| rquickjs::Error::Unknown)?;
            keys.push((key, text));
        }
        Ok(Reading { keys, fault })
    }

    /// Puts back the keys that are not there.
    pub(crate) fn restore<'js>(&self, ctx: &Ctx<'js>, meta: &Object<'js>, keys: &Keys) -> rquickjs::Result<()> {
        let pairs: Vec<&str> = keys.iter().flat_map(|(key, text)| [key.as_str(), text.get()]).collect();
        self.restore.clone().restore(ctx)?.call((meta.clone(), pairs))
    }
}
