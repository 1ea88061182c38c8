//! Timers of packages. Those of `createBuffer` are another thing (`extensions/timers.rs`).

use super::{Sockets, settle};
use crate::isolate::tickets::{Claim, Hold};
use rquickjs::{Ctx, Function, Object, Result, Value};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A timer of so many milliseconds or more never holds the end of its call up.
const LONG_TIMER_MS: f64 = 10_000.0;

/// The longest time that Node's timers know; a longer one is taken for 1 ms there and here.
const LONGEST_TIMER_MS: f64 = 2_147_483_647.0;

/// `(milliseconds) -> { done: Promise<undefined>, ref(), unref(), cancel() }`
#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
pub(super) fn start<'js>(ctx: Ctx<'js>, milliseconds: f64) -> Result<Object<'js>> {
    let sockets = Sockets::of(&ctx)?;
    // Also where it is no number. Zero is no time at all: what `setImmediate` asks for, also where a clock stands still.
    let is_known = milliseconds == 0.0 || (1.0..=LONGEST_TIMER_MS).contains(&milliseconds);
    let milliseconds = if is_known { milliseconds } else { 1.0 };
    let is_short = milliseconds < LONG_TIMER_MS;
    let holds = Arc::new(AtomicBool::new(is_short));
    let owner = Rc::new(Cell::new(sockets.turns.current()));
    let clock = sockets.host.ports.clock.clone();
    let deadline = clock.elapsed() + Duration::from_secs_f64(milliseconds / 1000.0);
    let claim = Claim { owner, hold: Hold::While(vec![holds.clone()]), keeps: None };
    let (ticket, done) = sockets.turns.package_promise(&ctx, claim, async move {
        clock.sleep_until(deadline).await;
        settle(|ctx| Ok(Value::new_undefined(ctx.clone())))
    })?;
    let timer = Object::new_proto(ctx.clone(), None)?;
    timer.set("done", done)?;
    let reffed = holds.clone();
    timer.set("ref", Function::new(ctx.clone(), move || reffed.store(is_short, Ordering::Relaxed))?)?;
    timer.set("unref", Function::new(ctx.clone(), move || holds.store(false, Ordering::Relaxed))?)?;
    let turns = sockets.turns.clone();
    timer.set("cancel", Function::new(ctx.clone(), move || turns.forget(ticket))?)?;
    Ok(timer)
}
