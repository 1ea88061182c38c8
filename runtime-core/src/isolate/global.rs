//! `meta.global` of an isolate as far as it outlives it: restored when set-up has succeeded in a fresh engine, read when the
//! pipeline asks what has changed since.

use super::actor::{Actor, SetUp};
use super::call::Tail;
use super::engine::Engine;
use super::message::Message;
use crate::durable_global::{self, Changes, Keys, SnapshotError};
use crate::extensions::{Fault, GlobalAccess, Reading};
use crate::telemetry::{LogLevel, LogSource};
use rquickjs::{Ctx, Object};

/// What became of `meta.global` since it was last stored.
#[derive(Debug)]
pub(crate) enum GlobalReport {
    /// Nothing that is to be stored.
    Unchanged,
    /// This; the mark names the report when its changes are stored.
    Changed { changes: Changes, mark: u64 },
    /// It was touched, and cannot be kept as it is.
    Unkeepable(Fault),
}

/// What an isolate's thread knows of `meta.global`.
#[derive(Default)]
pub(super) struct GlobalWatch {
    /// How many stretches of code have run, any of which may have changed it.
    stretches: u64,
    /// How many had run at the last look after which there was nothing more to store.
    settled_at: u64,
    /// The keys that need not be stored: those that set-up made or that were restored, then those of the last snapshot.
    known: Keys,
    /// What was reported last.
    reported: Option<Reported>,
    /// Which restoring is under way, or was the last.
    restore: u64,
    /// Whether restoring has broken an engine: it would break the next one as well.
    is_given_up: bool,
    last_mark: u64,
}

struct Reported {
    mark: u64,
    keys: Keys,
    stretches: u64,
}

impl GlobalWatch {
    /// Code of the app has run.
    pub(super) fn note_stretch(&mut self) {
        self.stretches += 1;
    }

    /// The changes of that report are stored.
    pub(super) fn was_stored(&mut self, mark: u64) {
        if let Some(reported) = self.reported.take_if(|reported| reported.mark == mark) {
            self.known = reported.keys;
            self.settled_at = reported.stretches;
        }
    }

    /// A fresh engine holds this, none of which is to be stored.
    fn begin(&mut self, keys: Keys) {
        self.known = keys;
        self.reported = None;
        self.settled_at = self.stretches;
    }

    fn report(&mut self, reading: Reading) -> GlobalReport {
        self.reported = None;
        if let Some(fault) = reading.fault {
            self.settled_at = self.stretches;
            return GlobalReport::Unkeepable(fault);
        }
        let changes = Changes::between(&self.known, &reading.keys);
        if changes.is_empty() {
            self.settled_at = self.stretches;
            return GlobalReport::Unchanged;
        }
        self.last_mark += 1;
        let mark = self.last_mark;
        self.reported = Some(Reported { mark, keys: reading.keys, stretches: self.stretches });
        GlobalReport::Changed { changes, mark }
    }
}

impl Actor {
    /// Set-up has succeeded: fetches the snapshot of `meta.global` before any call goes through, where it is kept.
    pub(super) fn finish_set_up(&mut self, tail: Tail) {
        if !self.host.installation.keeps_global() || self.global.is_given_up {
            self.set_up = SetUp::Done;
            return self.tell_prepared(tail);
        }
        self.set_up = SetUp::Restoring(tail);
        self.global.restore += 1;
        let (restore, host, outbox) = (self.global.restore, self.host.clone(), self.wiring.outbox.clone());
        let load = async move {
            let key = durable_global::key(&host.installation);
            let load = durable_global::load(&*host.ports.documents, &key);
            durable_global::in_time(&*host.ports.clock, load).await
        };
        // A task of its own, so that even a panic in there becomes an answer.
        let load = self.wiring.spawner.spawn(load);
        self.wiring.spawner.spawn(async move {
            let stored = load.await.unwrap_or(Err(SnapshotError::Late));
            // The isolate may be gone by then; then nobody waits for it.
            let _ = outbox.send(Message::Restored { restore, stored });
        });
    }

    /// Puts back what is stored and was not made by `setupPlugin`, and lets calls through.
    pub(super) fn restored(&mut self, restore: u64, stored: Result<Keys, SnapshotError>) {
        if restore != self.global.restore || !matches!(self.set_up, SetUp::Restoring(_)) {
            // The engine that it was meant for was lost.
            return;
        }
        let keys = stored.unwrap_or_else(|error| {
            self.warn(&format!("global begins without what was kept: {error}"));
            Keys::new()
        });
        let Some(engine) = &self.engine else { return };
        let reading = with_global(engine, |ctx, access, meta| {
            access.restore(ctx, meta, &keys)?;
            access.read(ctx, meta)
        });
        if engine.is_broken() {
            self.warn("global begins without what was kept: that takes more than the app's memory or time");
            self.global.is_given_up = true;
            return self.lose_engine();
        }
        self.global.begin(reading.map(|reading| reading.keys).unwrap_or_default());
        if let SetUp::Restoring(tail) = std::mem::replace(&mut self.set_up, SetUp::Done) {
            self.tell_prepared(tail);
        }
    }

    /// Says what the app did to `meta.global`; looks only if code has run since the last time.
    pub(super) fn report_global(&mut self) -> GlobalReport {
        let is_settled = self.global.settled_at == self.global.stretches;
        if is_settled || self.is_retiring || self.global.is_given_up || !matches!(self.set_up, SetUp::Done) {
            return GlobalReport::Unchanged;
        }
        let Some(engine) = &self.engine else { return GlobalReport::Unchanged };
        let reading = with_global(engine, |ctx, access, meta| access.read(ctx, meta));
        if engine.is_broken() {
            self.lose_engine();
            return GlobalReport::Unchanged;
        }
        reading.map_or(GlobalReport::Unchanged, |reading| self.global.report(reading))
    }

    fn warn(&self, message: &str) {
        self.host.log(LogSource::System, LogLevel::Warn, message, None);
    }
}

/// Reading and restoring run no code of the app, but its limits of memory and time hold for them too.
fn with_global(
    engine: &Engine,
    act: impl for<'js> FnOnce(&Ctx<'js>, &GlobalAccess, &Object<'js>) -> rquickjs::Result<Reading>,
) -> Option<Reading> {
    let access = engine.installed.as_ref()?.global()?;
    let meta = engine.meta.clone()?;
    engine.stretch(0, "(global)", |ctx| act(ctx, access, &meta.restore(ctx)?)).result.ok()
}
