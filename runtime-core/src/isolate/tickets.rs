//! What an isolate waits for, on whose behalf, and whether a call's end waits for it too.

use super::error::Thrown;
use super::turns::CallId;
use rquickjs::{Function, Persistent};
use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::AbortHandle;

/// Something under way outside, and the promise that it settles.
pub(super) struct Ticket {
    pub(super) origin: Origin,
    pub(super) resolve: Persistent<Function<'static>>,
    pub(super) reject: Persistent<Function<'static>>,
}

/// Who began it.
pub(super) enum Origin {
    /// An app, by a host call. It holds its call up, and is forgotten with it.
    Host(CallId),
    /// A package that an app imports.
    Package { claim: Claim, task: Option<AbortOnDrop> },
}

impl Ticket {
    /// The call that it belongs to, which may have ended.
    pub(super) fn owner(&self) -> CallId {
        match &self.origin {
            Origin::Host(call) => *call,
            Origin::Package { claim, .. } => claim.owner.get(),
        }
    }

    pub(super) fn is_of_package(&self) -> bool {
        matches!(self.origin, Origin::Package { .. })
    }

    /// Whether the end of its call waits for it.
    pub(super) fn holds(&self) -> bool {
        match &self.origin {
            Origin::Host(_) => true,
            Origin::Package { claim, .. } => claim.hold.is_on(),
        }
    }

    /// What a host call does outside is done, whoever still waits; what a package waits for ends with its ticket.
    pub(super) fn runs_as(&mut self, handle: AbortHandle) {
        if let Origin::Package { task, .. } = &mut self.origin {
            *task = Some(AbortOnDrop(handle));
        }
    }
}

/// Ends a task that nobody waits for any more.
pub(super) struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a package claims for something it waits for.
pub(crate) struct Claim {
    /// The call on whose behalf it settles. A connection changes hands, and what waits on it with it.
    pub(crate) owner: Rc<Cell<CallId>>,
    /// Whether the end of that call waits for it.
    pub(crate) hold: Hold,
    /// What must live until it is settled or forgotten, also if the package lets go of it.
    #[expect(dead_code, reason = "it is there to be dropped with the claim")]
    pub(crate) keeps: Option<Rc<dyn Any>>,
}

impl Claim {
    /// Belongs to `call`, whose end waits for it.
    pub(crate) fn held_by(call: CallId) -> Self {
        Self { owner: Rc::new(Cell::new(call)), hold: Hold::Always, keeps: None }
    }
}

/// Whether the end of a call waits for something.
pub(crate) enum Hold {
    Always,
    /// While every one of them is set.
    While(Vec<Arc<AtomicBool>>),
}

impl Hold {
    fn is_on(&self) -> bool {
        match self {
            Self::Always => true,
            Self::While(conditions) => conditions.iter().all(|condition| condition.load(Ordering::Relaxed)),
        }
    }
}

/// On whose behalf something settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// 0 where no call is open.
    pub(super) call: CallId,
    /// Whether the call only lends its turn: what settles is not its own.
    pub(super) is_lent: bool,
}

/// An error that nobody in the app handles.
pub(super) struct Unhandled {
    /// Whose; 0 is nobody's.
    pub(super) call: CallId,
    /// Whether Node would have ended the process: it was thrown by what a package does when something of its own settles, so
    /// that what the call waits for may never come.
    pub(super) is_uncaught: bool,
    pub(super) thrown: Thrown,
}
