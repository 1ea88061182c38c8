//! Making a change hold: checked, tried out, stored, and then visible at once.

use super::changes::{Changes, Kind};
use super::place::{Place, whoever};
use super::trial;
use super::wanted::Wanted;
use crate::console;
use crate::exit::{Outcome, Unusable};
use runtime_core::event::TeamId;
use runtime_core::registry::{Change, Record, RegistryError, SecretBox, Snapshot};
use std::collections::BTreeMap;

/// What is to hold.
pub struct Staged {
    /// What held when this was made.
    pub seen: Snapshot,
    /// The team behind each project token.
    pub tokens: BTreeMap<String, TeamId>,
    /// The installations that are looked at.
    pub wanted: Vec<Wanted>,
    /// Those that stay as they are, unseen.
    pub others: Vec<Record>,
    /// One line for the history; what changes, if it is empty.
    pub summary: String,
}

/// Whether apps are tried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUp {
    /// Each that changes has its `setupPlugin` run.
    Try,
    /// None.
    Skip,
}

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It holds, as this revision.
    Revision(u64),
    /// There was nothing to change.
    Nothing,
    /// It was refused, which was told; nothing was changed.
    Refused,
}

impl Written {
    /// The exit code's meaning.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Revision(_) | Self::Nothing => Outcome::Success,
            Self::Refused => Outcome::Failures,
        }
    }
}

impl Staged {
    /// A change of one installation alone.
    pub fn of_one(seen: Snapshot, wanted: Wanted, summary: String) -> Self {
        let others = seen.installations.iter().filter(|record| record.id != wanted.record.id).cloned().collect();
        Self { tokens: seen.tokens.clone(), seen, wanted: vec![wanted], others, summary }
    }

    /// What changes. Only of what is looked at.
    pub fn changes(&self) -> Changes {
        let mut changes = Changes::between(&self.seen, &self.tokens, &self.wanted);
        changes.apps.retain(|app| self.others.iter().all(|other| other.id.0 != app.id));
        changes.has_changes = !changes.tokens.is_empty() || changes.apps.iter().any(|app| app.change != Kind::Same);
        changes
    }

    /// Opens the secrets that it has already.
    pub async fn opener(&self, place: &Place) -> Result<Option<SecretBox>, Unusable> {
        place.opener(self.wanted.iter().map(|wanted| &wanted.record)).await
    }

    /// Refuses what cannot be installed; every problem of every app at once.
    pub fn check(&self, opener: Option<&SecretBox>) -> Result<(), Unusable> {
        let mut list = String::new();
        for wanted in &self.wanted {
            let slug = &wanted.record.slug;
            let problems = wanted.problems(opener);
            for warning in &problems.warnings {
                console::warning(format_args!("app \"{slug}\": {}", console::printable(warning)));
            }
            for error in &problems.errors {
                list.push_str(&format!("\n  app \"{slug}\": {}", console::printable(error)));
            }
        }
        if list.is_empty() {
            return Ok(());
        }
        Err(Unusable::new(format_args!("this cannot be installed; nothing was changed{list}")))
    }

    /// Tries out what changes, stores it, and lets it hold.
    pub async fn write(mut self, place: &Place, set_up: SetUp) -> Result<Written, Unusable> {
        let opener = self.opener(place).await?;
        self.check(opener.as_ref())?;
        let changes = self.changes();
        if !changes.has_changes {
            self.mend(place).await?;
            return Ok(Written::Nothing);
        }
        if !self.try_out(&changes, opener.as_ref(), set_up).await? {
            return Ok(Written::Refused);
        }
        self.store(place).await?;
        let summary = if self.summary.is_empty() { changes.summary() } else { self.summary };
        let mut records = self.others;
        records.extend(self.wanted.into_iter().map(|wanted| wanted.record));
        let change = Change { by: whoever(), summary, tokens: self.tokens, records };
        written(place.registry.write(&self.seen, change).await)
    }

    /// Whether every app that changes and runs can be set up.
    async fn try_out(&self, changes: &Changes, opener: Option<&SecretBox>, set_up: SetUp) -> Result<bool, Unusable> {
        let mut is_good = true;
        for wanted in &self.wanted {
            let is_changed = changes.app(wanted.record.id.0).is_some_and(|app| app.change != Kind::Same);
            if !is_changed {
                continue;
            }
            let slug = &wanted.record.slug;
            let refused = |what: &str, error: &str| {
                console::error(format_args!("app \"{slug}\": {what}{}", console::printable(error)));
            };
            match trial::put_together(wanted, opener).await {
                Err(error) => {
                    refused("", &error);
                    is_good = false;
                }
                Ok(installation) if set_up == SetUp::Try && wanted.record.enabled => {
                    if let Err(error) = trial::set_up(&installation).await? {
                        refused("setupPlugin failed: ", &error);
                        is_good = false;
                    }
                }
                Ok(_) => {}
            }
        }
        if !is_good {
            console::note("nothing was changed; --skip-setup leaves setupPlugin out");
        }
        Ok(is_good)
    }

    /// Stores anew what is gone or damaged, for which no record has to change.
    async fn mend(&self, place: &Place) -> Result<(), Unusable> {
        for wanted in &self.wanted {
            if place.registry.bundle(&wanted.record.bundle).await.is_err() {
                place.registry.put_bundle(&wanted.bundle).await.map_err(Unusable::new)?;
                console::note(format_args!(
                    "app \"{}\": its stored files were damaged and are stored anew",
                    wanted.record.slug
                ));
            }
        }
        Ok(())
    }

    /// Stores bundles and attachments and seals secrets. None of it counts before the registry names it.
    async fn store(&mut self, place: &Place) -> Result<(), Unusable> {
        for wanted in &mut self.wanted {
            wanted.record.bundle = place.registry.put_bundle(&wanted.bundle).await.map_err(Unusable::new)?;
            for (key, attachment) in &wanted.attachments {
                let stored = place.registry.put_attachment(attachment).await.map_err(Unusable::new)?;
                wanted.record.attachments.insert(key.clone(), stored);
            }
            if wanted.new_secrets.is_empty() {
                continue;
            }
            let sealer = place.sealer(&self.seen).await?;
            for (field, secret) in &wanted.new_secrets {
                let sealed = sealer.seal(wanted.record.id, field, secret);
                wanted.record.secrets.insert(field.clone(), sealed);
            }
        }
        Ok(())
    }
}

/// A conflict is a refusal; the rest that a registry may say is an error.
pub fn written(result: Result<u64, RegistryError>) -> Result<Written, Unusable> {
    match result {
        Ok(revision) => Ok(Written::Revision(revision)),
        Err(conflict @ RegistryError::Conflict { .. }) => {
            console::error(format_args!("conflict: {conflict}; nothing was changed"));
            Ok(Written::Refused)
        }
        Err(error) => Err(Unusable::new(error)),
    }
}
