//! `hedgerow apps`.

use super::condition::{Condition, condition, conditions};
use super::enable::{disable, enable};
use super::last_errors::LastErrors;
use super::one::OneApp;
use crate::arguments::{AppsCommand, ListAppsArguments, OneAppArguments};
use crate::console::{self, STRONG};
use crate::exit::{Outcome, Unusable};
use crate::installed::changes::{fields, short};
use crate::installed::kept;
use crate::installed::place::Missing;
use crate::table;
use runtime_core::app::Manifest;
use runtime_core::registry::Record;
use serde_json::{Map, Value, json};

/// Runs the command.
pub async fn apps(command: &AppsCommand) -> Result<Outcome, Unusable> {
    match command {
        AppsCommand::List(arguments) => list(arguments).await,
        AppsCommand::Show { app, errors } => show(app, *errors).await,
        AppsCommand::Enable { app, change } => enable(app, change).await,
        AppsCommand::Disable(app) => disable(app).await,
    }
}

async fn list(arguments: &ListAppsArguments) -> Result<Outcome, Unusable> {
    let (place, kept) = kept::open(&arguments.place, Missing::Refused).await?;
    let seen = place.registry.read().await.map_err(Unusable::new)?;
    let mut records: Vec<&Record> = seen.installations.iter().collect();
    records.sort_by_key(|record| (record.team, record.order, record.id));
    let conditions = conditions(&place, &kept, &seen).await;
    let with_condition = |record: &'_ Record| conditions[&record.id.0].clone();
    if arguments.json {
        console::line(Value::from_iter(records.into_iter().map(|record| summary(record, &with_condition(record)))));
    } else if records.is_empty() {
        console::note("nothing is installed");
    } else {
        let head = ["SLUG", "ID", "TEAM", "ORDER", "STATE", "VERSION", "NAME"].map(str::to_owned).to_vec();
        let rows = records.into_iter().map(|record| row(record, &with_condition(record)));
        table::print(std::iter::once(head).chain(rows).collect());
    }
    Ok(Outcome::Success)
}

fn row(record: &Record, condition: &Condition) -> Vec<String> {
    vec![
        record.slug.clone(),
        record.id.to_string(),
        record.team.0.to_string(),
        record.order.to_string(),
        condition.text().to_owned(),
        record.app_version.clone(),
        record.app_name.clone(),
    ]
}

fn summary(record: &Record, condition: &Condition) -> Value {
    json!({
        "slug": record.slug,
        "id": record.id,
        "team": record.team,
        "order": record.order,
        "enabled": record.enabled,
        "state": condition.as_json(),
        "app_name": record.app_name,
        "app_version": record.app_version,
        "bundle": record.bundle,
    })
}

async fn show(arguments: &OneAppArguments, errors: usize) -> Result<Outcome, Unusable> {
    let (app, kept) = OneApp::find_with_kept(arguments).await?;
    let condition = condition(&app.place, &kept, &app.record).await;
    let errors = LastErrors::of(&kept, &app.record, errors).await;
    let wanted = app.wanted().await?;
    let config = shown_config(&app.record, &wanted.app.manifest);
    if arguments.json {
        let mut shown = summary(&app.record, &condition);
        shown["config"] = Value::Object(config);
        for (key, value) in json!({
            "attachments": app.record.attachments,
            "on_error": app.record.on_error,
            "on_disabled": app.record.on_disabled,
            "durable_global": app.record.durable_global,
            "log_level": app.record.log_level,
            "allowed_hosts": app.record.allowed_hosts,
            "allowed_networks": app.record.allowed_networks,
            "only_hosts": app.record.only_hosts,
            "limits": app.record.limits,
            "errors": errors.as_json(),
        })
        .as_object()
        .into_iter()
        .flatten()
        {
            shown[key] = value.clone();
        }
        console::line(shown);
        return Ok(Outcome::Success);
    }
    let of_config = |name: &String| name.starts_with("config.") || name.starts_with("secrets.");
    let named = fields(&app.record, &[]).into_iter().filter(|(name, _)| !of_config(name));
    let bundle = ("bundle".to_owned(), json!(short(&app.record.bundle)));
    let state = std::iter::once(condition.text().to_owned()).chain(condition.details()).collect::<Vec<_>>().join(": ");
    let state = ("state".to_owned(), Value::from(state));
    let values = config.into_iter().map(|(key, value)| (format!("config.{key}"), value));
    for (name, value) in [state].into_iter().chain(named).chain([bundle]).chain(values) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        console::line(format_args!(
            "{STRONG}{:<20}{STRONG:#} {}",
            console::printable(&name),
            console::printable(&text)
        ));
    }
    errors.tell();
    Ok(Outcome::Success)
}

/// The stored config; of secret fields `set` or `not set` (case 173).
pub fn shown_config(record: &Record, manifest: &Manifest) -> Map<String, Value> {
    let mut shown = record.config.clone();
    let marked = manifest.config.iter().filter(|field| field.secret).filter_map(|field| field.key.as_ref());
    for key in marked.chain(record.secrets.keys()) {
        let is_set = record.secrets.contains_key(key) || record.config.contains_key(key);
        shown.insert(key.clone(), Value::from(if is_set { "set" } else { "not set" }));
    }
    shown
}
