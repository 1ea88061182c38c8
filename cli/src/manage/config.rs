//! `hedgerow config`.

use super::apps::shown_config;
use super::one::{OneApp, is_secret, refuse_attachment, set_up};
use crate::arguments::{ChangeArguments, ConfigCommand, OneAppArguments};
use crate::console;
use crate::exit::{Outcome, Unusable};
use serde_json::Value;

/// Runs the command.
pub async fn config(command: &ConfigCommand) -> Result<Outcome, Unusable> {
    match command {
        ConfigCommand::Get { app, key } => get(app, key.as_deref()).await,
        ConfigCommand::Set { app, values, change } => set(app, values, change).await,
    }
}

async fn get(arguments: &OneAppArguments, key: Option<&str>) -> Result<Outcome, Unusable> {
    let app = OneApp::find(arguments).await?;
    let wanted = app.wanted().await?;
    let shown = shown_config(&app.record, &wanted.app.manifest);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match key {
        None if arguments.json => console::line(Value::Object(shown)),
        None => {
            for (key, value) in &shown {
                console::line(console::printable(&format!("{key}={}", text(value))));
            }
        }
        Some(key) => {
            let value = shown.get(key).ok_or_else(|| {
                Unusable::new(format_args!("config \"{}\" has no value of its own", console::printable(key)))
            })?;
            let shown = if arguments.json { value.to_string() } else { text(value) };
            console::line(console::printable(&shown));
        }
    }
    Ok(Outcome::Success)
}

async fn set(
    arguments: &OneAppArguments,
    values: &[(String, String)],
    change: &ChangeArguments,
) -> Result<Outcome, Unusable> {
    let app = OneApp::find(arguments).await?;
    let mut wanted = app.wanted().await?;
    for (key, value) in values {
        refuse_attachment(&wanted, key)?;
        if is_secret(&wanted, key) {
            let slug = &app.record.slug;
            let message = format!(
                "config \"{key}\" is a secret, which does not belong on a command line that others can read; \
                 set it with `hedgerow secrets set {slug} {key}`"
            );
            return Err(Unusable::new(message));
        }
        if value.is_empty() {
            wanted.record.config.shift_remove(key);
        } else {
            wanted.record.config.insert(key.clone(), Value::from(value.as_str()));
        }
    }
    // As apply writes it, so that the same values are the same config.
    wanted.record.config.sort_keys();
    let keys: Vec<&str> = values.iter().map(|(key, _)| key.as_str()).collect();
    let what = format!("config set {} {}", app.record.slug, keys.join(" "));
    app.change(wanted, what, set_up(change)).await
}
