//! `meta.global` kept at the end of an invocation (design decision 14). Nothing depends on it: what goes wrong is a
//! warning.

use super::Pipeline;
use super::calls::TO_LET_GO;
use super::members::Member;
use crate::durable_global::{self, SnapshotError, in_time};
use crate::extensions::Fault;
use crate::installation::DurableGlobal;
use crate::isolate::GlobalReport;
use crate::telemetry::{LogLevel, LogSource};
use futures_util::future::join_all;
use std::sync::atomic::Ordering;

impl Pipeline {
    /// Stores what the apps did to `meta.global` since the last time, of those that keep it and whose code has run. With too
    /// little of the invocation left, the next one does.
    pub async fn save_globals(&self) {
        let now = self.ports.clock.elapsed();
        if self.invocation_until().is_some_and(|until| until.saturating_sub(now) < TO_LET_GO) {
            return;
        }
        join_all(self.members.iter().map(|member| self.save_global(member))).await;
    }

    /// The same for one app.
    pub(super) async fn save_global(&self, member: &Member) {
        if !member.installation().keeps_global() || !member.isolate.was_set_up() {
            return;
        }
        match in_time(&*self.ports.clock, self.try_to_save_global(member)).await {
            Ok(()) => {}
            Err(error @ SnapshotError::TooLarge) => refuse(member, &error.to_string()),
            Err(error) => warn(member, &format!("global could not be kept: {error}")),
        }
    }

    async fn try_to_save_global(&self, member: &Member) -> Result<(), SnapshotError> {
        match member.isolate.global_report().await {
            GlobalReport::Unchanged => {}
            GlobalReport::Changed { changes, mark } => {
                let key = durable_global::key(member.installation());
                durable_global::save(&*self.ports.documents, &key, &changes).await?;
                member.isolate.global_was_stored(mark);
            }
            GlobalReport::Unkeepable(Fault::TooLarge) => return Err(SnapshotError::TooLarge),
            // Unasked for, this is how most apps with a client are; who asked for it wants to know.
            GlobalReport::Unkeepable(Fault::NotPlain) => {
                if member.installation().durable_global == DurableGlobal::On {
                    refuse(member, "global is not kept while anything in it is more than plain JSON");
                }
            }
        }
        Ok(())
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
