//! From the apps of the command line to installations.

use super::numbers::Numbers;
use crate::arguments::{AppArguments, RunArguments};
use crate::exit::Unusable;
use crate::{app_folder, attachment, console};
use runtime_core::app::{App, ConfigProblem, FieldKind, Manifest, merge_defaults, validate};
use runtime_core::event::TeamId;
use runtime_core::host::egress::EgressRules;
use runtime_core::installation::{Attachment, DisabledPolicy, DurableGlobal, Installation, LogFilter};
use runtime_core::isolate::Limits;
use runtime_core::ports::http::EgressPolicy;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use url::Url;

/// Loads every app. Each is told apart by its number; the chain runs them in the order of the command line. They belong to no
/// team yet.
pub fn load(
    apps: &[AppArguments],
    arguments: &RunArguments,
    numbers: &mut Numbers,
) -> Result<Vec<Installation>, Unusable> {
    let egress = Arc::new(egress(arguments)?);
    let mut installations = Vec::with_capacity(apps.len());
    for (order, app) in (0..).zip(apps) {
        let place = app.folder.display();
        let folder = app_folder::read(&app.folder)?;
        let loaded = App::load(&folder.bundle, &folder.slug).map_err(|error| Unusable::at(&place, error))?;
        let config = config(app, &loaded.manifest)?;
        installations.push(Installation {
            id: numbers.next(&folder.slug),
            team: TeamId(0),
            slug: folder.slug,
            config,
            attachments: attachments(app, &loaded.manifest)?,
            app: Arc::new(loaded),
            order,
            on_error: arguments.on_error.into(),
            on_disabled: DisabledPolicy::Pass,
            durable_global: DurableGlobal::Auto,
            log_level: LogFilter::Full,
            egress: Arc::clone(&egress),
            limits: Limits::default(),
            enabled: true,
            secret_fields: BTreeSet::new(),
        });
    }
    Ok(installations)
}

/// What every app may reach beside public addresses. The PostHog instance is open to `posthog.api` alone, which the core sees to.
fn egress(arguments: &RunArguments) -> Result<EgressRules, Unusable> {
    if let Some(address) = &arguments.posthog_host
        && !Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    {
        let message = format!("--posthog-host {address} is no web address; write one like https://app.posthog.com");
        return Err(Unusable::new(message));
    }
    let allowed_hosts = arguments.allowed_hosts.iter().map(|host| host.to_lowercase()).collect();
    EgressRules::new(&Arc::new(EgressPolicy { allowed_hosts, allowed_networks: Vec::new() })).map_err(Unusable::new)
}

/// The config that the app sees; tells every problem with it at once.
pub fn config(app: &AppArguments, manifest: &Manifest) -> Result<Map<String, Value>, Unusable> {
    let given = app.config.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
    let config = merge_defaults(manifest, given);
    let (warnings, problems): (Vec<_>, Vec<_>) =
        validate(manifest, &config).into_iter().partition(ConfigProblem::is_warning);
    for warning in warnings {
        console::warning(format_args!("{}: {warning}", app.folder.display()));
    }
    if problems.is_empty() {
        return Ok(config);
    }
    let list: String = problems.iter().map(|problem| format!("\n  {problem}")).collect();
    let message = format!("the config cannot be used; give values as --config KEY=VALUE after this --app{list}");
    Err(Unusable::at(app.folder.display(), message))
}

fn attachments(app: &AppArguments, manifest: &Manifest) -> Result<BTreeMap<String, Attachment>, Unusable> {
    let mut attachments = BTreeMap::new();
    for (key, path) in &app.attachments {
        if manifest.field(key).is_none_or(|field| field.kind != FieldKind::Attachment) {
            console::warning(format_args!(
                "{}: attachment \"{key}\" is not in the app's plugin.json",
                app.folder.display()
            ));
        }
        attachments.insert(key.clone(), attachment::read(path)?);
    }
    let required = manifest.config.iter().filter(|field| field.required && field.kind == FieldKind::Attachment);
    let missing: String = required
        .filter_map(|field| field.key.as_deref().filter(|key| !attachments.contains_key(*key)))
        .map(|key| format!("\n  attachment \"{key}\" is required"))
        .collect();
    if missing.is_empty() {
        return Ok(attachments);
    }
    let message = format!("attachments are missing; give them as --attachment KEY=FILE after this --app{missing}");
    Err(Unusable::at(app.folder.display(), message))
}
