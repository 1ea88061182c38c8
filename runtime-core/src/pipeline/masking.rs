//! Secrets stay out of what is written: they are masked in every log line, metric and count, in what is said of dead letters and of
//! disabled apps, and in recordings of reality, in one place for everything that runs a pipeline.
//!
//! Not masked are the bodies of dead letters and of work for later, and events on their way: they are the users' data, which has
//! to arrive as it is; whoever may read them is told so in the documentation.

use crate::event::InstallationId;
use crate::host::PosthogAccess;
use crate::host::ports::Recorder;
use crate::installation::Installation;
use crate::masking::Masker;
use crate::telemetry::{AppCall, AppLog, AppMetric, Notice, Telemetry};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The secrets of every installation, each in the texts of all installations of its team: they see each other's events. Other
/// teams' are not looked for, or a team could try out by its log what theirs are.
#[derive(Default)]
pub(super) struct Secrets {
    maskers: RwLock<HashMap<InstallationId, Arc<Masker>>>,
}

impl Secrets {
    /// From now on these are the secrets, and the stack's own key.
    pub(super) fn set(&self, installations: &[Arc<Installation>], posthog: &PosthogAccess) {
        let mut of_teams: HashMap<_, Vec<String>> = HashMap::new();
        for installation in installations {
            of_teams.entry(installation.team).or_default().extend(installation.secret_values());
        }
        let masker = |secrets: Vec<String>| {
            Arc::new(Masker::of(secrets.iter().map(String::as_str).chain(posthog.personal_api_key.as_deref())))
        };
        let of_teams: HashMap<_, _> = of_teams.into_iter().map(|(team, secrets)| (team, masker(secrets))).collect();
        let of = |it: &Arc<Installation>| Some((it.id, Arc::clone(of_teams.get(&it.team)?)));
        let maskers = installations.iter().filter_map(of).collect();
        *self.maskers.write().unwrap_or_else(PoisonError::into_inner) = maskers;
    }

    /// The text without secrets, as far as that installation can know them.
    pub(super) fn mask(&self, installation: InstallationId, text: String) -> String {
        match self.masker(installation) {
            Some(masker) => masker.mask_owned(text),
            None => text,
        }
    }

    fn masker(&self, installation: InstallationId) -> Option<Arc<Masker>> {
        self.maskers.read().unwrap_or_else(PoisonError::into_inner).get(&installation).cloned()
    }
}

/// Telemetry that hands on lines without secrets.
pub(super) struct MaskedTelemetry {
    pub(super) inner: Arc<dyn Telemetry>,
    pub(super) secrets: Arc<Secrets>,
}

impl Telemetry for MaskedTelemetry {
    fn app_log(&self, mut line: AppLog) {
        line.message = self.secrets.mask(line.installation, line.message);
        // An app may give an event any id.
        line.event_uuid = line.event_uuid.map(|uuid| self.secrets.mask(line.installation, uuid));
        self.inner.app_log(line);
    }

    fn notice(&self, notice: Notice) {
        self.inner.notice(notice);
    }

    fn dead_letter(&self) {
        self.inner.dead_letter();
    }

    fn flush(&self) {
        self.inner.flush();
    }

    fn app_call(&self, mut call: AppCall) {
        // A job has the name by which an app has asked for it.
        call.function = self.secrets.mask(call.installation, call.function);
        self.inner.app_call(call);
    }

    fn app_metric(&self, mut metric: AppMetric) {
        metric.name = self.secrets.mask(metric.installation, metric.name);
        self.inner.app_metric(metric);
    }
}

/// A recorder of reality, for one installation. What `hedgerow test` records is not real: a case file holds its values in clear,
/// and compares them.
pub(super) struct MaskedRecorder {
    pub(super) inner: Arc<dyn Recorder>,
    pub(super) secrets: Arc<Secrets>,
    pub(super) installation: InstallationId,
}

impl Recorder for MaskedRecorder {
    fn record(&self, kind: &str, arguments: Value) {
        let arguments = match self.secrets.masker(self.installation) {
            Some(masker) => masker.mask_value(arguments),
            None => arguments,
        };
        self.inner.record(kind, arguments);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::Mutex;

    fn secrets() -> Arc<Secrets> {
        let maskers = HashMap::from([(InstallationId(1), Arc::new(Masker::of(["hunter2"])))]);
        Arc::new(Secrets { maskers: RwLock::new(maskers) })
    }

    #[test]
    fn secrets_are_masked_for_those_who_can_know_them() {
        let secrets = secrets();
        assert_eq!(secrets.mask(InstallationId(1), "key hunter2!".to_owned()), "key ***!");
        assert_eq!(secrets.mask(InstallationId(2), "key hunter2!".to_owned()), "key hunter2!");
    }

    #[test]
    fn a_recording_of_reality_holds_no_secrets() {
        #[derive(Default)]
        struct Kept(Mutex<Vec<Value>>);
        impl Recorder for Kept {
            fn record(&self, _kind: &str, arguments: Value) {
                self.0.lock().unwrap().push(arguments);
            }
        }
        let kept = Arc::new(Kept::default());
        let masked = MaskedRecorder { inner: kept.clone(), secrets: secrets(), installation: InstallationId(1) };
        masked.record("fetch", json!(["https://example.com/?key=hunter2", {"headers": {"a": "Bearer hunter2"}}]));
        let expected = json!(["https://example.com/?key=***", {"headers": {"a": "Bearer ***"}}]);
        assert_eq!(*kept.0.lock().unwrap(), [expected]);
    }
}
