//! What waits on one connection or exchange, so that it can be told, or forgotten, when that ends.

use crate::isolate::tickets::Claim;
use crate::isolate::turns::{CallId, Settle, Turns};
use rquickjs::{Ctx, Result, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// From this many on, those that are settled are looked for now and then.
const SOME: usize = 16;

pub(super) struct Waits {
    turns: Rc<Turns>,
    tickets: RefCell<Vec<u64>>,
}

impl Waits {
    pub(super) fn new(turns: Rc<Turns>) -> Self {
        Self { turns, tickets: RefCell::default() }
    }

    pub(super) fn current_call(&self) -> CallId {
        self.turns.current()
    }

    /// A promise for what `future` gives.
    pub(super) fn promise<'js>(
        &self,
        ctx: &Ctx<'js>,
        claim: Claim,
        future: impl Future<Output = Settle> + Send + 'static,
    ) -> Result<Value<'js>> {
        let (ticket, promise) = self.turns.package_promise(ctx, claim, future)?;
        let mut tickets = self.tickets.borrow_mut();
        if tickets.len() >= SOME && tickets.len().is_power_of_two() {
            tickets.retain(|ticket| self.turns.is_waiting(*ticket));
        }
        tickets.push(ticket);
        Ok(promise)
    }

    /// What waits, by its tickets, most of which are settled by now; it is somebody else's from now on.
    pub(super) fn take(&self) -> Vec<u64> {
        self.tickets.take()
    }

    /// What waits stays pending for ever.
    pub(super) fn forget(&self) {
        for ticket in self.take() {
            self.turns.forget(ticket);
        }
    }
}
