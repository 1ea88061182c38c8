//! What a change would change, field by field. Of a secret only whether it is set, and whether it changes.

use super::wanted::Wanted;
use runtime_core::event::TeamId;
use runtime_core::registry::{Record, Snapshot};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How an app is affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is new.
    Added,
    /// It is there, and something of it changes.
    Changed,
    /// It goes. What it has stored stays.
    Removed,
    /// It stays as it is.
    Same,
}

/// A field before and after; `null` where it is not there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// `order`, `config.KEY`, `secrets.KEY`, ...
    pub field: String,
    /// What it is.
    pub before: Value,
    /// What it is to be.
    pub after: Value,
}

/// One app.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AppChange {
    /// Its slug.
    pub slug: String,
    /// Its number.
    pub id: i64,
    /// How it is affected.
    pub change: Kind,
    /// What changes of it; of an added one everything that is not as usual.
    pub fields: Vec<FieldChange>,
}

/// Everything.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// The revision to which this is compared.
    pub revision: u64,
    /// Whether anything changes.
    pub has_changes: bool,
    /// Project tokens, by token, as their teams.
    pub tokens: Vec<FieldChange>,
    /// The apps, by slug.
    pub apps: Vec<AppChange>,
}

impl Changes {
    /// What makes these tokens and installations of what is installed now.
    pub fn between(seen: &Snapshot, tokens: &BTreeMap<String, TeamId>, wanted: &[Wanted]) -> Self {
        let mut apps: Vec<AppChange> = wanted.iter().map(|wanted| app_change(seen, wanted)).collect();
        let kept: BTreeSet<_> = wanted.iter().map(|wanted| wanted.record.id).collect();
        let gone = seen.installations.iter().filter(|record| !kept.contains(&record.id));
        apps.extend(gone.map(removed));
        Self::of(seen, tokens, apps)
    }

    /// The same from a record to another: what a rollback does.
    pub fn between_snapshots(seen: &Snapshot, then: &Snapshot) -> Self {
        let mut apps: Vec<AppChange> = then
            .installations
            .iter()
            .map(|record| compared(seen.record(record.id), record, &fields(record, &[])))
            .collect();
        let gone = seen.installations.iter().filter(|record| then.record(record.id).is_none());
        apps.extend(gone.map(removed));
        Self::of(seen, &then.tokens, apps)
    }

    fn of(seen: &Snapshot, tokens: &BTreeMap<String, TeamId>, mut apps: Vec<AppChange>) -> Self {
        apps.sort_by(|one, other| (&one.slug, one.id).cmp(&(&other.slug, other.id)));
        let teams = |tokens: &BTreeMap<String, TeamId>| -> BTreeMap<String, Value> {
            tokens.iter().map(|(token, team)| (token.clone(), Value::from(team.0))).collect()
        };
        let tokens = differences(&teams(&seen.tokens), &teams(tokens));
        let has_changes = !tokens.is_empty() || apps.iter().any(|app| app.change != Kind::Same);
        Self { revision: seen.revision, has_changes, tokens, apps }
    }

    /// How many apps are affected in that way.
    pub fn count(&self, kind: Kind) -> usize {
        self.apps.iter().filter(|app| app.change == kind).count()
    }

    /// The app of that number.
    pub fn app(&self, id: i64) -> Option<&AppChange> {
        self.apps.iter().find(|app| app.id == id)
    }

    /// One line for the history: `+ a, ~ b, - c`.
    pub fn summary(&self) -> String {
        let signed = self.apps.iter().filter(|app| app.change != Kind::Same);
        let mut parts: Vec<String> = signed.map(|app| format!("{} {}", sign(app.change), app.slug)).collect();
        if !self.tokens.is_empty() {
            parts.push("~ tokens".to_owned());
        }
        parts.join(", ")
    }
}

/// What stands before an app.
pub fn sign(kind: Kind) -> char {
    match kind {
        Kind::Added => '+',
        Kind::Changed => '~',
        Kind::Removed => '-',
        Kind::Same => '=',
    }
}

fn app_change(seen: &Snapshot, wanted: &Wanted) -> AppChange {
    let fresh: Vec<&str> = wanted.new_secrets.keys().chain(&wanted.unknown).map(String::as_str).collect();
    compared(seen.record(wanted.record.id), &wanted.record, &fields(&wanted.record, &fresh))
}

fn compared(before: Option<&Record>, record: &Record, after: &BTreeMap<String, Value>) -> AppChange {
    let mut changes = differences(&before.map(|before| fields(before, &[])).unwrap_or_default(), after);
    for change in &mut changes {
        name_secret(change);
    }
    if before.is_none() {
        changes.retain(|change| !is_usual(change));
    }
    if let Some(before) = before {
        for (field, sealed) in &record.secrets {
            // Sealed anew, as an earlier revision may have it: what is in it is not compared.
            if before.secrets.get(field).is_some_and(|old| old != sealed) {
                changes.push(FieldChange {
                    field: format!("secrets.{field}"),
                    before: json!("set"),
                    after: json!("changed"),
                });
            }
        }
    }
    let change = match (before, changes.is_empty()) {
        (None, _) => Kind::Added,
        (Some(_), true) => Kind::Same,
        (Some(_), false) => Kind::Changed,
    };
    AppChange { slug: record.slug.clone(), id: record.id.0, change, fields: changes }
}

/// Whether a field of a new app is as it is without being set, and so not worth a line.
fn is_usual(change: &FieldChange) -> bool {
    let usual: &[&str] = match change.field.as_str() {
        "slug" => return true,
        "enabled" => return change.after == json!(true),
        "on_error" | "on_disabled" => &["pass"],
        "durable_global" => &["auto"],
        "log_level" => &["full"],
        _ => &[],
    };
    usual.iter().any(|usual| change.after == *usual)
}

/// From `set` to `newly set` is a change of what is in it.
fn name_secret(change: &mut FieldChange) {
    if change.field.starts_with("secrets.") {
        let was_set = !change.before.is_null();
        change.before = json!(if was_set { "set" } else { "not set" });
        change.after = json!(match (was_set, change.after.is_null()) {
            (_, true) => "not set",
            (true, false) => "changed",
            (false, false) => "set",
        });
    }
}

fn removed(record: &Record) -> AppChange {
    AppChange { slug: record.slug.clone(), id: record.id.0, change: Kind::Removed, fields: Vec::new() }
}

fn differences(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<FieldChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |fields: &BTreeMap<String, Value>, name: &str| fields.get(name).cloned().unwrap_or(Value::Null);
    let pairs = names.into_iter().map(|name| (name, value(before, name), value(after, name)));
    let changed = pairs.filter(|(_, before, after)| before != after);
    changed.map(|(name, before, after)| FieldChange { field: name.clone(), before, after }).collect()
}

/// The fields of a record that a person can change. Those of no effect are left out: empty lists, limits that are as usual.
pub fn fields(record: &Record, fresh: &[&str]) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    let mut add = |name: String, value: Value| drop(fields.insert(name, value));
    add("team".to_owned(), json!(record.team));
    add("slug".to_owned(), json!(record.slug));
    add("enabled".to_owned(), json!(record.enabled));
    add("app".to_owned(), json!(format!("{} {} ({})", record.app_name, record.app_version, short(&record.bundle))));
    add("order".to_owned(), json!(record.order));
    add("on_error".to_owned(), json!(record.on_error));
    add("on_disabled".to_owned(), json!(record.on_disabled));
    add("durable_global".to_owned(), json!(record.durable_global));
    add("log_level".to_owned(), json!(record.log_level));
    for (name, list) in [("allowed_hosts", &record.allowed_hosts), ("allowed_networks", &record.allowed_networks)] {
        if !list.is_empty() {
            add(name.to_owned(), json!(list));
        }
    }
    if let Some(only) = &record.only_hosts {
        add("only_hosts".to_owned(), json!(only));
    }
    if let Value::Object(limits) = json!(record.limits) {
        for (name, value) in limits {
            add(format!("limits.{name}"), value);
        }
    }
    for (key, value) in &record.config {
        add(format!("config.{key}"), value.clone());
    }
    for key in record.secrets.keys() {
        add(format!("secrets.{key}"), json!("set"));
    }
    for key in fresh {
        add(format!("secrets.{key}"), json!("newly set"));
    }
    for (key, file) in &record.attachments {
        let text = format!("{} ({} bytes, {})", file.file_name, file.bytes, short(&file.blob));
        add(format!("attachments.{key}"), json!(text));
    }
    fields
}

/// Enough of a hash to tell it from others.
pub fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[cfg(test)]
mod tests;
