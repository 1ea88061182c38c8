//! Whether an app runs, and why not: what the operator wants, and how far its set-up is.

use crate::console;
use crate::exit::Unusable;
use crate::installed::kept::Kept;
use crate::installed::place::Place;
use runtime_core::pipeline::setup_state;
use runtime_core::ports::clock::Timestamp;
use runtime_core::registry::{Installed, Record, Snapshot};
use runtime_core::setup::SetupState;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How an installation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Enabled,
    /// The operator has disabled it.
    Disabled,
    /// It cannot be installed as its record says.
    Unusable {
        /// Why.
        message: String,
    },
    /// It was disabled because it cannot be set up.
    SetUpFailed {
        /// The last error.
        message: String,
        /// When.
        at: Timestamp,
    },
    /// It asked for another attempt to set it up.
    SetUpPending {
        /// How many have failed.
        failures: u32,
        /// When it is tried again, by whatever work comes then.
        next_at: Timestamp,
    },
}

impl Condition {
    /// As far as its record tells.
    pub fn of_record(record: &Record) -> Self {
        if record.enabled { Self::Enabled } else { Self::Disabled }
    }

    /// Of an installation with this state of its set-up.
    pub fn of(installed: &Installed, state: SetupState) -> Self {
        match (installed.record.enabled, &installed.failure, state) {
            (false, ..) => Self::Disabled,
            (true, Some(failure), _) => Self::Unusable { message: failure.to_string() },
            (true, None, SetupState { disabled: Some(disabled), .. }) => {
                Self::SetUpFailed { message: disabled.message, at: disabled.at }
            }
            (true, None, SetupState { next_at: Some(next_at), failures, .. }) => {
                Self::SetUpPending { failures, next_at }
            }
            (true, None, _) => Self::Enabled,
        }
    }

    /// For a column.
    pub fn text(&self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Unusable { .. } => "disabled (does not load)",
            Self::SetUpFailed { .. } => "disabled (set-up failed)",
            Self::SetUpPending { .. } => "enabled (set-up pending)",
        }
    }

    /// For programs: `name` and what there is to say besides.
    pub fn as_json(&self) -> Value {
        match self {
            Self::Enabled => json!({"name": "enabled"}),
            Self::Disabled => json!({"name": "disabled"}),
            Self::Unusable { message } => json!({"name": "unusable", "message": message}),
            Self::SetUpFailed { message, at } => {
                json!({"name": "set_up_failed", "message": message, "at": at.to_string()})
            }
            Self::SetUpPending { failures, next_at } => {
                json!({"name": "set_up_pending", "failures": failures, "next_at": next_at.to_string()})
            }
        }
    }

    /// What there is to say besides its name; a person may have to do something.
    pub fn details(&self) -> Option<String> {
        match self {
            Self::Enabled | Self::Disabled => None,
            Self::Unusable { message } => Some(message.clone()),
            Self::SetUpFailed { message, at } => {
                Some(format!("{message} ({at}); mend its cause, then `hedgerow apps enable` it"))
            }
            Self::SetUpPending { failures, next_at } => {
                Some(format!("{failures} failed; tried again from {next_at} on, by whatever work comes then"))
            }
        }
    }
}

/// The conditions of all that is installed, by number. Who may not look at set-ups is told, and sees what the operator wants.
pub async fn conditions(place: &Place, kept: &Kept, seen: &Snapshot) -> BTreeMap<i64, Condition> {
    match look(place, kept, seen).await {
        Ok(conditions) => conditions,
        Err(error) => {
            console::warning(format_args!("whether a set-up has failed is not known: {error}"));
            seen.installations.iter().map(|record| (record.id.0, Condition::of_record(record))).collect()
        }
    }
}

async fn look(place: &Place, kept: &Kept, seen: &Snapshot) -> Result<BTreeMap<i64, Condition>, Unusable> {
    let opener = place.opener(&seen.installations).await?;
    let installed = place.registry.install_all(seen, opener.as_ref(), &[]).await.map_err(Unusable::new)?;
    let mut conditions = BTreeMap::new();
    for installed in installed {
        let condition = condition_of(kept, &installed).await?;
        conditions.insert(installed.record.id.0, condition);
    }
    Ok(conditions)
}

/// The condition of one app, with the same exception.
pub async fn condition(place: &Place, kept: &Kept, record: &Record) -> Condition {
    let look = async {
        let opener = place.opener([record]).await?;
        let installed = place.registry.install(record, opener.as_ref()).await.map_err(Unusable::new)?;
        condition_of(kept, &installed).await
    };
    look.await.unwrap_or_else(|error: Unusable| {
        console::warning(format_args!("whether its set-up has failed is not known: {error}"));
        Condition::of_record(record)
    })
}

async fn condition_of(kept: &Kept, installed: &Installed) -> Result<Condition, Unusable> {
    let state = setup_state(&*kept.documents, &installed.installation).await.map_err(Unusable::new)?;
    Ok(Condition::of(installed, state))
}
