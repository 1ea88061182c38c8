//! Telling what was found, to people and to programs.

use super::findings::Findings;
use crate::console::{self, BAD, DOUBTFUL, FAINT, GOOD, STRONG};
use runtime_core::app::{ConfigField, FieldKind, Manifest};
use serde_json::{Value, json};

/// Everything as JSON.
pub fn as_json(findings: &Findings) -> Value {
    let manifest = findings.manifest.as_ref();
    let capabilities = findings.capabilities.as_ref();
    json!({
        "name": manifest.map(|manifest| &manifest.name),
        "description": manifest.and_then(|manifest| manifest.description.as_ref()),
        "version": findings.version,
        "entry": findings.app.as_ref().map(|app| &app.entry_path),
        "imports": findings.app.as_ref().map(|app| &app.script.imports),
        "functions": capabilities.map(|found| &found.methods),
        "schedules": capabilities.map(|found| &found.scheduled_tasks),
        "jobs": capabilities.map(|found| &found.jobs),
        "hosts": findings.hosts,
        "config": manifest.map(|manifest| manifest.config.iter().filter_map(field_as_json).collect::<Vec<_>>()),
        "errors": findings.errors,
        "warnings": findings.warnings,
    })
}

fn field_as_json(field: &ConfigField) -> Option<Value> {
    let key = field.key.as_ref()?;
    Some(json!({
        "key": key,
        "type": type_name(field),
        "required": field.required,
        "secret": field.secret,
        "default": shown_default(field),
        "choices": field.choices,
    }))
}

/// Everything as lines on stdout.
pub fn tell(findings: &Findings) {
    if let Some(manifest) = &findings.manifest {
        console::line(format_args!("{STRONG}{}{STRONG:#}", console::printable(&manifest.name)));
        if let Some(description) = &manifest.description {
            console::line(console::printable(description));
        }
    }
    fact("version", &findings.version);
    if let Some(app) = &findings.app {
        fact("entry", &app.entry_path);
        fact("imports", &listed(&app.script.imports));
    }
    if let Some(found) = &findings.capabilities {
        fact("functions", &listed(&found.methods));
        fact("schedules", &listed(&found.scheduled_tasks));
        fact("jobs", &listed(&found.jobs));
    }
    if findings.app.is_some() {
        fact("hosts named", &listed(&findings.hosts));
    }
    if let Some(manifest) = &findings.manifest {
        tell_config(manifest);
    }
    for warning in &findings.warnings {
        console::line(format_args!("{DOUBTFUL}warning{DOUBTFUL:#}: {}", console::printable(warning)));
    }
    for error in &findings.errors {
        console::line(format_args!("{BAD}error{BAD:#}: {}", console::printable(error)));
    }
    if findings.errors.is_empty() {
        console::line(format_args!("{GOOD}no errors{GOOD:#}"));
    }
}

fn fact(name: &str, text: &str) {
    console::line(format_args!("{FAINT}{name:<12}{FAINT:#} {}", console::printable(text)));
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn tell_config(manifest: &Manifest) {
    let mut rows = vec![["key", "type", "required", "secret", "default"].map(str::to_owned)];
    for field in &manifest.config {
        let Some(key) = &field.key else { continue };
        let default = shown_default(field).map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
        let yes = |flag: bool| if flag { "yes" } else { "" }.to_owned();
        rows.push([key.clone(), kind(field), yes(field.required), yes(field.secret), default.unwrap_or_default()]);
    }
    if rows.len() == 1 {
        return fact("config", "none");
    }
    fact("config", "");
    let widths: Vec<usize> =
        (0..4).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    for row in &rows {
        let cells: String =
            row.iter().zip(&widths).map(|(cell, width)| format!("  {}", padded(cell, *width))).collect();
        console::line(console::printable(format!("{cells}  {}", row[4]).trim_end()));
    }
}

fn padded(cell: &str, width: usize) -> String {
    format!("{cell:<width$}")
}

fn kind(field: &ConfigField) -> String {
    match field.kind {
        FieldKind::Choice => format!("choice: {}", field.choices.join(" | ")),
        _ => type_name(field).to_owned(),
    }
}

/// The type as plugin.json names it.
fn type_name(field: &ConfigField) -> &str {
    match &field.kind {
        FieldKind::String => "string",
        FieldKind::Attachment => "attachment",
        FieldKind::Json => "json",
        FieldKind::Choice => "choice",
        FieldKind::Unknown(kind) => kind,
    }
}

/// A secret's default is a secret.
fn shown_default(field: &ConfigField) -> Option<Value> {
    let default = field.default.as_ref()?;
    Some(if field.secret { Value::from("***") } else { default.clone() })
}
