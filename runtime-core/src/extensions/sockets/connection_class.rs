//! The class `Connection`, as the Node layer calls it.

use super::connection::Line;
use crate::node::view;
use bytes::Bytes;
use rquickjs::class::{JsClass, Readable, Trace, Tracer};
use rquickjs::function::{Constructor, This};
use rquickjs::{Class, Ctx, Function, JsLifetime, Object, Result, TypedArray};
use std::rc::Rc;
use std::time::Duration;

/// The class `Connection`.
pub(super) struct ConnectionObject(pub(super) Rc<Line>);

// SAFETY: the type holds no value with the engine's lifetime.
unsafe impl<'js> JsLifetime<'js> for ConnectionObject {
    type Changed<'to> = Self;
}

impl<'js> Trace<'js> for ConnectionObject {
    fn trace<'a>(&self, _: Tracer<'a, 'js>) {}
}

type Receiver<'js> = This<Class<'js, ConnectionObject>>;

fn line(this: &Receiver<'_>) -> Rc<Line> {
    this.0.borrow().0.clone()
}

impl<'js> JsClass<'js> for ConnectionObject {
    const NAME: &'static str = "Connection";
    type Mutable = Readable;

    fn prototype(ctx: &Ctx<'js>) -> Result<Option<Object<'js>>> {
        let methods = Object::new(ctx.clone())?;
        methods
            .set("read", Function::new(ctx.clone(), |ctx: Ctx<'js>, this: Receiver<'js>| line(&this).read(&ctx))?)?;
        methods.set(
            "write",
            Function::new(ctx.clone(), |ctx: Ctx<'js>, this: Receiver<'js>, bytes: TypedArray<'js, u8>| {
                line(&this).write(&ctx, view(&bytes, Bytes::copy_from_slice))
            })?,
        )?;
        methods.set(
            "shutdown",
            Function::new(ctx.clone(), |ctx: Ctx<'js>, this: Receiver<'js>| line(&this).shutdown(&ctx))?,
        )?;
        methods.set(
            "startTls",
            Function::new(ctx.clone(), |ctx: Ctx<'js>, this: Receiver<'js>, given: Object<'js>| {
                line(&this).start_tls(&ctx, &given)
            })?,
        )?;
        add_switches(ctx, &methods)?;
        Ok(Some(methods))
    }

    fn constructor(_: &Ctx<'js>) -> Result<Option<Constructor<'js>>> {
        Ok(None)
    }
}

/// The methods that wait for nothing.
fn add_switches<'js>(ctx: &Ctx<'js>, methods: &Object<'js>) -> Result<()> {
    methods.set("close", Function::new(ctx.clone(), |this: Receiver<'js>| line(&this).abandon())?)?;
    let reference = |is_referenced: bool| {
        Function::new(ctx.clone(), move |this: Receiver<'js>| {
            line(&this).set_referenced(is_referenced);
        })
    };
    methods.set("ref", reference(true)?)?;
    methods.set("unref", reference(false)?)?;
    methods.set(
        "setNoDelay",
        Function::new(ctx.clone(), |this: Receiver<'js>, is_on: Option<bool>| {
            line(&this).set_no_delay(is_on.unwrap_or(true));
        })?,
    )?;
    methods.set(
        "setKeepAlive",
        Function::new(ctx.clone(), |this: Receiver<'js>, is_on: Option<bool>, milliseconds: Option<u32>| {
            let interval = Duration::from_millis(u64::from(milliseconds.unwrap_or(0)));
            line(&this).set_keep_alive(is_on.unwrap_or(false).then_some(interval));
        })?,
    )
}
