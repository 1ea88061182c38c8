//! `meta.global` kept at the end of an invocation (ARCHITECTURE, durable global). Nothing depends on it: what goes wrong is a
//! warning.

use super::Pipeline;
use super::members::Member;
use crate::durable_global::{self, Changes, SnapshotError};
use crate::extensions::Fault;
use crate::installation::DurableGlobal;
use crate::isolate::GlobalReport;
use crate::telemetry::{LogLevel, LogSource};
use futures_util::future::join_all;
use std::sync::atomic::Ordering;

impl Pipeline {
    /// Stores what the apps did to `meta.global` since the last time, of those that keep it and whose code has run.
    pub async fn save_globals(&self) {
        join_all(self.members.iter().map(|member| self.save_global(member))).await;
    }

    pub(super) async fn save_global(&self, member: &Member) {
        if !member.installation().keeps_global() || !member.isolate.was_set_up() {
            return;
        }
        match member.isolate.global_report().await {
            GlobalReport::Unchanged => {}
            GlobalReport::Changed { changes, mark } => match self.store(member, &changes).await {
                Ok(()) => member.isolate.global_was_stored(mark),
                Err(error @ SnapshotError::TooLarge) => refuse(member, &error.to_string()),
                Err(error) => warn(member, &format!("global could not be kept: {error}")),
            },
            GlobalReport::Unkeepable(Fault::TooLarge) => refuse(member, &SnapshotError::TooLarge.to_string()),
            // Unasked for, this is how most apps with a client are; who asked for it wants to know.
            GlobalReport::Unkeepable(Fault::NotPlain) => {
                if member.installation().durable_global == DurableGlobal::On {
                    refuse(member, "global is not kept while anything in it is more than plain JSON");
                }
            }
        }
    }

    async fn store(&self, member: &Member, changes: &Changes) -> Result<(), SnapshotError> {
        let key = durable_global::key(member.installation());
        let save = durable_global::save(&*self.ports.documents, &key, changes);
        durable_global::in_time(&*self.ports.clock, save).await
    }
}

/// Says once that `meta.global` is not kept.
fn refuse(member: &Member, message: &str) {
    if !member.was_global_refused.swap(true, Ordering::Relaxed) {
        warn(member, message);
    }
}

fn warn(member: &Member, message: &str) {
    member.log(LogSource::System, LogLevel::Warn, message, None);
}
