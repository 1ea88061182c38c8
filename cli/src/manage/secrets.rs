//! `hedgerow secrets`: write-only (case 173).

use super::one::{OneApp, refuse_attachment, set_up};
use crate::arguments::SecretsCommand;
use crate::ask;
use crate::console;
use crate::exit::{Outcome, Unusable};
use runtime_core::registry::SecretText;

/// Runs the command.
pub async fn secrets(command: &SecretsCommand) -> Result<Outcome, Unusable> {
    let SecretsCommand::Set { app: arguments, key, from_env, change } = command;
    let app = OneApp::find(arguments).await?;
    let mut wanted = app.wanted().await?;
    refuse_attachment(&wanted, key)?;
    let field = wanted.app.manifest.field(key);
    if field.is_some_and(|field| !field.secret) {
        let slug = &app.record.slug;
        let message = format!(
            "config \"{key}\" is no secret in the app's plugin.json; `hedgerow config set {slug} {key}=...` sets it"
        );
        return Err(Unusable::new(message));
    }
    if field.is_none() {
        console::warning(format_args!("config \"{}\" is not in the app's plugin.json", console::printable(key)));
    }
    let value = match from_env {
        Some(name) => std::env::var(name).map_err(|error| Unusable::at(format_args!("the variable {name}"), error))?,
        None => ask::secret(&format!("{key} of {} (it is not shown; empty takes it away): ", app.record.slug))?,
    };
    wanted.record.config.shift_remove(key);
    let verb = if value.is_empty() { "clear" } else { "set" };
    let old = wanted.record.secrets.get(key);
    let opener = app.place.opener().await?;
    let opened = old.and_then(|old| opener.as_ref()?.open(wanted.record.id, key, old).ok());
    let value = SecretText::new(value);
    if value.expose().is_empty() {
        wanted.record.secrets.remove(key);
    } else if opened.as_ref() != Some(&value) {
        wanted.record.secrets.remove(key);
        wanted.new_secrets.insert(key.clone(), value);
    }
    let what = format!("secrets {verb} {} {key}", app.record.slug);
    app.change(wanted, what, set_up(change)).await
}
