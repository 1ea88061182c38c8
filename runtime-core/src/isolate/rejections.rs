//! Errors of promises that nobody handles, and whose fault they are.

use super::error::Thrown;
use super::tickets::Unhandled;
use super::turns::{CallId, Turns};
use rquickjs::{Ctx, Function, Persistent, Promise, Value};

/// A promise rejected without a handler.
pub(super) struct Rejection {
    pub(super) call: CallId,
    /// Whether it came of what a package does when something of its own settles: in Node, an uncaught exception.
    is_uncaught: bool,
    promise: Persistent<Value<'static>>,
    reason: Persistent<Value<'static>>,
}

impl Turns {
    /// From now to the end of the stretch, an error is nobody's fault.
    pub(super) fn blame_nobody(&self) {
        self.blamed.set(0);
    }

    /// From now on, until what waited for the promise that is settled has run, an error is one that nobody catches. `settle` puts
    /// those jobs into the engine's queue, which is empty.
    pub(super) fn reacting<'js>(
        &self,
        ctx: &Ctx<'js>,
        settle: impl FnOnce() -> rquickjs::Result<()>,
    ) -> rquickjs::Result<()> {
        settle()?;
        // Not before: that nobody waits for the promise at all is not what is meant.
        self.is_reacting.set(true);
        let known = self.after_reactions.borrow().clone();
        let after = match known {
            Some(after) => after.restore(ctx)?,
            None => {
                // The engine's own `await`, which no app can replace: its job runs after those.
                let make: Function<'js> =
                    ctx.eval("(then) => () => { (async () => { await undefined; then() })() }")?;
                let is_reacting = self.is_reacting.clone();
                let after: Function<'js> = make.call((Function::new(ctx.clone(), move || is_reacting.set(false))?,))?;
                *self.after_reactions.borrow_mut() = Some(Persistent::save(ctx, after.clone()));
                after
            }
        };
        after.call(())
    }

    /// What the engine says of promises that are rejected without a handler, or get one later.
    pub(super) fn note_rejection<'js>(
        &self,
        ctx: &Ctx<'js>,
        promise: &Value<'js>,
        reason: &Value<'js>,
        is_handled: bool,
    ) {
        let mut rejections = self.rejections.borrow_mut();
        if is_handled {
            rejections
                .retain(|rejection| !matches!(rejection.promise.clone().restore(ctx), Ok(known) if known == *promise));
        } else {
            rejections.push(Rejection {
                call: self.blamed.get(),
                is_uncaught: self.is_reacting.get(),
                promise: Persistent::save(ctx, promise.clone()),
                reason: Persistent::save(ctx, reason.clone()),
            });
        }
    }

    /// The reasons of unhandled rejections since the last time, by call, leaving out the promises of `results`, which have
    /// somebody who waits for them.
    pub(super) fn take_rejections<'js>(
        &self,
        ctx: &Ctx<'js>,
        results: &[Persistent<Promise<'static>>],
        describe: impl Fn(&Ctx<'js>, Value<'js>) -> Thrown,
    ) -> Vec<Unhandled> {
        let rejections = std::mem::take(&mut *self.rejections.borrow_mut());
        let mut unhandled = Vec::new();
        for rejection in rejections {
            let (Ok(promise), Ok(reason)) = (rejection.promise.restore(ctx), rejection.reason.restore(ctx)) else {
                continue;
            };
            let is_result = results
                .iter()
                .filter_map(|result| result.clone().restore(ctx).ok())
                .any(|result| result.into_value() == promise);
            if !is_result {
                let thrown = describe(ctx, reason);
                unhandled.push(Unhandled { call: rejection.call, is_uncaught: rejection.is_uncaught, thrown });
            }
        }
        unhandled
    }

    /// The reason of the latest rejection that nothing handles so far.
    pub(super) fn last_rejection<'js>(&self, ctx: &Ctx<'js>) -> Option<Value<'js>> {
        self.rejections.borrow().last().and_then(|rejection| rejection.reason.clone().restore(ctx).ok())
    }

    pub(super) fn has_rejections(&self) -> bool {
        !self.rejections.borrow().is_empty()
    }
}
