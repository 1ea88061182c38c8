//! Secrets stay out of what is written: the values of secret config fields are masked in every log line and in every message of
//! a dead letter, in one place for everything that runs a pipeline.

use crate::app::secret_keys;
use crate::event::InstallationId;
use crate::installation::Installation;
use crate::telemetry::{AppCall, AppLog, AppMetric, Notice, Telemetry};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::HashMap;
use std::sync::Arc;

/// What stands in the place of a secret.
const MASK: &str = "***";

/// Secrets shorter than this are not looked for: every other word would be masked.
const SHORTEST_SECRET_BYTES: usize = 6;

/// The secrets of every installation, in the forms in which they may turn up.
#[derive(Default)]
pub struct Secrets {
    forms: HashMap<InstallationId, Vec<String>>,
}

impl Secrets {
    /// Collects the values of secret fields.
    pub fn of(installations: &[Arc<Installation>]) -> Self {
        Self { forms: installations.iter().map(|installation| (installation.id, forms_of(installation))).collect() }
    }

    /// The text without secrets of that installation.
    pub fn mask(&self, installation: InstallationId, text: String) -> String {
        let forms = self.forms.get(&installation).into_iter().flatten();
        forms.fold(text, |text, form| if text.contains(form) { text.replace(form, MASK) } else { text })
    }
}

/// Each secret as it is, in base64, percent-encoded and as in JSON text; longer forms first, so that none is masked in part.
fn forms_of(installation: &Installation) -> Vec<String> {
    let keys = secret_keys(&installation.app.manifest).into_iter();
    let values = keys.filter_map(|key| installation.config.get(key)?.as_str());
    let mut forms: Vec<String> = values
        .filter(|value| value.len() >= SHORTEST_SECRET_BYTES)
        .flat_map(|value| {
            let json = serde_json::Value::from(value).to_string();
            [
                value.to_owned(),
                STANDARD.encode(value),
                STANDARD_NO_PAD.encode(value),
                URL_SAFE_NO_PAD.encode(value),
                url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
                json.trim_matches('"').to_owned(),
            ]
        })
        .collect();
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

/// Telemetry that hands on lines without secrets.
pub struct MaskedTelemetry {
    /// Where they go.
    pub inner: Arc<dyn Telemetry>,
    /// What they must not hold.
    pub secrets: Arc<Secrets>,
}

impl Telemetry for MaskedTelemetry {
    fn app_log(&self, mut line: AppLog) {
        line.message = self.secrets.mask(line.installation, line.message);
        self.inner.app_log(line);
    }

    fn notice(&self, notice: Notice) {
        self.inner.notice(notice);
    }

    fn app_call(&self, call: AppCall) {
        self.inner.app_call(call);
    }

    fn app_metric(&self, metric: AppMetric) {
        self.inner.app_metric(metric);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_for_their_own_installation_only() {
        let secrets = Secrets { forms: HashMap::from([(InstallationId(1), vec!["hunter2".to_owned()])]) };
        assert_eq!(secrets.mask(InstallationId(1), "key hunter2!".to_owned()), "key ***!");
        assert_eq!(secrets.mask(InstallationId(2), "key hunter2!".to_owned()), "key hunter2!");
    }
}
