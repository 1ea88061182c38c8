//! `hedgerow secrets`: write-only (case 173).

use super::one::{OneApp, refuse_attachment, set_up};
use crate::arguments::{ChangeArguments, OneAppArguments, PlaceArguments, SecretSource, SecretsCommand};
use crate::ask;
use crate::console;
use crate::exit::{Outcome, Unusable};
use crate::installed::place::{Missing, Place, whoever};
use crate::installed::write::{Written, written};
use crate::references::{self, OfEnvironment, Reference};
use runtime_core::registry::{RotateError, SecretText};
use serde_json::json;

/// Runs the command.
pub async fn secrets(command: &SecretsCommand) -> Result<Outcome, Unusable> {
    match command {
        SecretsCommand::Set { app, key, from, change } => set(app, key, from, change).await,
        SecretsCommand::Rotate { place, json } => rotate(place, *json).await,
    }
}

async fn set(
    arguments: &OneAppArguments,
    key: &str,
    from: &SecretSource,
    change: &ChangeArguments,
) -> Result<Outcome, Unusable> {
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
    let value = match taken_from(from).await? {
        Some(value) => value,
        None => ask::secret(&format!("{key} of {} (it is not shown; empty takes it away): ", app.record.slug))?,
    };
    wanted.record.config.shift_remove(key);
    let verb = if value.is_empty() { "clear" } else { "set" };
    let old = wanted.record.secrets.get(key);
    let opener = app.place.opener([&wanted.record]).await?;
    let opened = old.and_then(|old| opener.as_ref()?.open(wanted.record.id, key, old).ok());
    let value = SecretText::new(value);
    if value.expose().is_empty() {
        wanted.record.secrets.remove(key);
    } else if opened.as_ref() != Some(&value) {
        wanted.record.secrets.remove(key);
        wanted.new_secrets.insert(key.to_owned(), value);
    }
    let what = format!("secrets {verb} {} {key}", app.record.slug);
    app.change(wanted, what, set_up(change)).await
}

/// Seals every secret anew, under a new key.
async fn rotate(place: &PlaceArguments, json: bool) -> Result<Outcome, Unusable> {
    let place = Place::open(place, Missing::Refused).await?;
    let seen = place.registry.read().await.map_err(Unusable::new)?;
    let rotated = place.registry.rotate(&seen, &*place.keys, &place.entropy, &whoever()).await;
    match rotated {
        Ok(rotated) if json => console::line(
            json!({ "revision": rotated.revision, "data_key": rotated.data_key, "secrets": rotated.secrets }),
        ),
        Ok(rotated) => {
            let (count, s) = (rotated.secrets, if rotated.secrets == 1 { "" } else { "s" });
            console::note(format_args!("sealed {count} secret{s} under a new key, as revision {}", rotated.revision));
            console::note("earlier revisions need the old key; once `hedgerow prune` has dropped them, it goes");
        }
        Err(RotateError::NoSecrets) if json => {
            console::line(json!({ "revision": null, "data_key": null, "secrets": 0 }));
        }
        Err(error @ RotateError::NoSecrets) => console::note(error),
        Err(RotateError::Registry(error)) => return Ok(written(Err(error))?.outcome()),
        Err(error @ RotateError::Secret { .. }) => {
            return Err(Unusable::new(format_args!("{error}; nothing was changed")));
        }
    }
    Ok(Written::Nothing.outcome())
}

/// The value where the command line says that it is; `None` if it does not say.
async fn taken_from(source: &SecretSource) -> Result<Option<String>, Unusable> {
    let SecretSource { from_env, from_secretsmanager, from_key, from_ssm } = source;
    if let Some(name) = from_env {
        let value = std::env::var(name).map_err(|error| Unusable::at(format_args!("the variable {name}"), error))?;
        return Ok(Some(value));
    }
    let secret = |name: &String| Reference::SecretsManager { name: name.clone(), key: from_key.clone() };
    let parameter = |name: &String| Reference::Parameter { name: name.clone() };
    let Some(reference) = from_secretsmanager.as_ref().map(secret).or_else(|| from_ssm.as_ref().map(parameter)) else {
        return Ok(None);
    };
    let value = references::read(&OfEnvironment::default(), &reference).await;
    value.map(Some).map_err(|error| Unusable::at(reference, error))
}
