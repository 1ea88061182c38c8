//! Timers for the modules that need them. Apps have none (behaviour.md a.2); `createBuffer` has, and they fire when the call that
//! set them ends.

use crate::isolate::turns::{CallId, Turns};
use crate::node::{self, HostFunction};
use rquickjs::{Ctx, Function, Persistent};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

struct Timer {
    id: u32,
    call: CallId,
    callback: Persistent<Function<'static>>,
}

/// The timers of one isolate.
#[derive(Default)]
pub(super) struct Timers {
    next_id: Cell<u32>,
    pending: RefCell<Vec<Timer>>,
}

impl Timers {
    /// Gives the modules the functions that set and clear timers.
    pub(super) fn install<'js>(ctx: &Ctx<'js>, turns: &Rc<Turns>) -> rquickjs::Result<Rc<Self>> {
        let timers = Rc::new(Self::default());
        let (setting, turns) = (timers.clone(), turns.clone());
        let set = Function::new(ctx.clone(), move |ctx: Ctx<'js>, callback: Function<'js>| {
            let id = setting.next_id.get() + 1;
            setting.next_id.set(id);
            let callback = Persistent::save(&ctx, callback);
            setting.pending.borrow_mut().push(Timer { id, call: turns.current(), callback });
            id
        })?;
        let clearing = timers.clone();
        let clear = Function::new(ctx.clone(), move |id: Option<u32>| {
            clearing.pending.borrow_mut().retain(|timer| Some(timer.id) != id);
        })?;
        node::set_host_function(ctx, HostFunction::SetTimer, set)?;
        node::set_host_function(ctx, HostFunction::ClearTimer, clear)?;
        Ok(timers)
    }

    pub(super) fn any(&self, call: CallId) -> bool {
        self.pending.borrow().iter().any(|timer| timer.call == call)
    }

    pub(super) fn take(&self, call: CallId) -> Vec<Persistent<Function<'static>>> {
        let mut pending = self.pending.borrow_mut();
        let (due, later) = std::mem::take(&mut *pending).into_iter().partition(|timer| timer.call == call);
        *pending = later;
        let due: Vec<Timer> = due;
        due.into_iter().map(|timer| timer.callback).collect()
    }

    pub(super) fn clear(&self) {
        self.pending.borrow_mut().clear();
    }
}
