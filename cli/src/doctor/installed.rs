//! What is installed in a place, and whether it can run.

use super::check::{Check, Question};
use crate::installed::changes::short;
use crate::installed::place::Place;
use runtime_core::imports::needs_bundle;
use runtime_core::installation::Installation;
use runtime_core::ports::documents::Documents;
use runtime_core::registry::{Installed, Record, RegistryError, SecretBox, Snapshot};
use runtime_core::setup::SetupState;

const REGISTRY: Question = Question { name: "registry", asks: "can what is installed be read?" };
const SECRETS: Question = Question { name: "secrets", asks: "does the key of the secrets open?" };
const APP: Question = Question {
    name: "app",
    asks: "are its files there and as they were, does it load, and do its config and secrets fit?",
};
const SET_UP: Question = Question { name: "set-up", asks: "has its setupPlugin succeeded?" };
const IMPORTS: Question = Question { name: "imports", asks: "are the npm packages there that apps import?" };

/// What was found, and what a caller may want to know besides.
pub struct Looked {
    /// The answers.
    pub checks: Vec<Check>,
    /// What is installed, if it can be read.
    pub snapshot: Option<Snapshot>,
    /// Why the registry or the key cannot be read, if a store was out of reach or refused.
    pub unavailable: Vec<runtime_core::ports::Unavailable>,
}

/// Where npm packages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packages {
    /// On this machine, and whether they are.
    Here(bool),
    /// In the archives of functions, which cannot be looked into.
    #[cfg_attr(not(feature = "stack"), expect(dead_code, reason = "only a stack has functions"))]
    InFunctions,
}

/// Looks at everything that is installed.
pub async fn look(place: &Place, documents: &dyn Documents, packages: Packages) -> Looked {
    let mut looked = Looked { checks: Vec::new(), snapshot: None, unavailable: Vec::new() };
    let snapshot = match place.registry.read().await {
        Ok(snapshot) => snapshot,
        Err(error) => {
            looked.checks.push(
                REGISTRY
                    .failed(error.to_string(), "if you may not read it, see permissions; if it is lost, docs/disaster-recovery.md says how it comes back"),
            );
            if let RegistryError::Unavailable(error) = error {
                looked.unavailable.push(error);
            }
            return looked;
        }
    };
    looked.checks.push(registry(&snapshot));
    let opener = match place.find_opener(&snapshot.installations).await {
        Ok(opener) => {
            looked.checks.push(secrets(&snapshot, opener.is_some()));
            opener
        }
        Err(error) => {
            looked.checks.push(
                SECRETS.failed(error.to_string(), "without the key no app with a secret runs: make it readable again"),
            );
            looked.unavailable.push(error);
            None
        }
    };
    let mut importing = Vec::new();
    for record in &snapshot.installations {
        let state = look_at(place, documents, record, opener.as_ref(), &mut looked).await;
        importing.extend(state);
    }
    looked.checks.extend(imports(&importing, packages));
    looked.snapshot = Some(snapshot);
    looked
}

/// One installation. What it is and how far its set-up is, if it imports packages.
async fn look_at(
    place: &Place,
    documents: &dyn Documents,
    record: &Record,
    opener: Option<&SecretBox>,
    looked: &mut Looked,
) -> Option<Importing> {
    let slug = &record.slug;
    let installed = match place.registry.install(record, opener).await {
        Ok(installed) => installed,
        Err(error) => {
            looked.checks.push(
                APP.failed(error.to_string(), "its files are out of reach, or you may not read them: see permissions")
                    .of(slug),
            );
            looked.unavailable.push(error);
            return None;
        }
    };
    looked.checks.push(app(&installed));
    if installed.failure.is_some() {
        return None;
    }
    let state = state_of(documents, &installed.installation).await;
    match &state {
        Ok(state) => looked.checks.push(set_up(record, state.as_ref())),
        Err(error) => looked.checks.push(
            SET_UP
                .failed(error.clone(), "the documents are out of reach, or you may not read them: see permissions")
                .of(slug),
        ),
    }
    let imports = installed.installation.app.script.imports.iter().filter(|name| needs_bundle(name));
    let packages: Vec<String> = imports.cloned().collect();
    let has_run = state.ok().flatten().is_some_and(|state| state.has_succeeded);
    (!packages.is_empty()).then(|| Importing { slug: slug.clone(), packages, has_run })
}

/// An app that imports npm packages.
struct Importing {
    slug: String,
    packages: Vec<String>,
    /// Whether it was set up where it runs, so that its packages were there.
    has_run: bool,
}

async fn state_of(documents: &dyn Documents, installation: &Installation) -> Result<Option<SetupState>, String> {
    let key = SetupState::key(installation.id, &installation.version());
    let document = documents.get(&key).await.map_err(|error| error.to_string())?;
    let parsed = document.map(|document| serde_json::from_str(&document.json));
    parsed.transpose().map_err(|error| format!("the document {key} cannot be read: {error}"))
}

fn registry(snapshot: &Snapshot) -> Check {
    if snapshot.revision == 0 {
        return REGISTRY
            .warning("nothing was installed yet", "write a hedgerow.toml (`hedgerow init`), then `hedgerow apply`");
    }
    let (apps, enabled) =
        (snapshot.installations.len(), snapshot.installations.iter().filter(|app| app.enabled).count());
    REGISTRY.ok(format!(
        "revision {} of {} by {}: {apps} apps, {enabled} of them enabled",
        snapshot.revision, snapshot.written_at, snapshot.by
    ))
}

fn secrets(snapshot: &Snapshot, has_key: bool) -> Check {
    let sealed: usize = snapshot.installations.iter().map(|record| record.secrets.len()).sum();
    match (sealed, has_key) {
        (0, false) => SECRETS.ok("no secret was ever set"),
        (_, true) => SECRETS.ok(format!("the key is there; {sealed} secrets are set")),
        (_, false) => SECRETS.failed(
            format!("{sealed} secrets are set, and the key that opens them is gone"),
            "restore the key from where you keep it, or set the secrets again",
        ),
    }
}

fn app(installed: &Installed) -> Check {
    let record = &installed.record;
    let check = match &installed.failure {
        None => APP.ok(format!("{} {}, {}", record.app_name, record.app_version, short(&record.bundle))),
        Some(failure) => APP.failed(
            failure.to_string(),
            "events pass it by as its on_disabled says: `hedgerow apply` installs it anew, or `hedgerow rollback`",
        ),
    };
    check.of(&record.slug)
}

fn set_up(record: &Record, state: Option<&SetupState>) -> Check {
    let check = match state {
        _ if !record.enabled => SET_UP.ok("disabled by its operator"),
        None => SET_UP.ok("nothing is noted: it has not run yet, or has no setupPlugin"),
        Some(state) => match (&state.disabled, state.next_at) {
            (Some(disabled), _) => SET_UP.failed(
                format!("disabled since {}: {}", disabled.at, disabled.message),
                "mend its cause, then `hedgerow apps enable`, or change its config or version: that sets it up anew",
            ),
            (None, Some(next)) => SET_UP.warning(
                format!("{} attempts have failed, the next one is at {next}", state.failures),
                "its events wait meanwhile: see in its log why",
            ),
            (None, None) => SET_UP.ok("done"),
        },
    };
    check.of(&record.slug)
}

/// Nothing, where no app imports a package.
fn imports(importing: &[Importing], packages: Packages) -> Option<Check> {
    const BUILD: &str = "build them with `cargo xtask imports`";
    if importing.is_empty() {
        return None;
    }
    let named: Vec<String> =
        importing.iter().map(|app| format!("{} ({})", app.slug, app.packages.join(", "))).collect();
    let named = named.join(", ");
    let unknown: Vec<&str> = importing.iter().filter(|app| !app.has_run).map(|app| app.slug.as_str()).collect();
    Some(match packages {
        Packages::Here(true) => IMPORTS.ok(format!("they are here, for {named}")),
        Packages::Here(false) => IMPORTS
            .failed(format!("they are not here, for {named}"), format!("{BUILD}, or name the file with --imports")),
        Packages::InFunctions if unknown.is_empty() => IMPORTS.ok(format!("the functions have them, for {named}")),
        Packages::InFunctions => IMPORTS.warning(
            format!("whether the functions have them is not known: no set-up is noted of {}", unknown.join(", ")),
            "if its set-up fails: `cargo xtask imports --into .aws-sam/build`, after `sam build` and before `sam deploy`",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;
    use runtime_core::ports::clock::Timestamp;
    use runtime_core::setup::Disabling;

    fn record(enabled: bool) -> Record {
        let json = serde_json::json!({
            "id": 1, "team": 2, "slug": "demo", "enabled": enabled, "bundle": "b", "app_name": "Demo", "app_version": "1",
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_failed_set_up_tells_its_message() {
        let disabled = Disabling {
            message: "setupPlugin failed: no such table".to_owned(),
            at: Timestamp(0),
            is_load_error: false,
            was_notified: true,
        };
        let state = SetupState { disabled: Some(disabled), ..SetupState::default() };
        let check = set_up(&record(true), Some(&state));
        assert_eq!((check.verdict, check.name.as_str()), (Verdict::Failed, "set-up demo"));
        assert!(check.found.ends_with("setupPlugin failed: no such table"), "{check:?}");
        assert_eq!(set_up(&record(false), Some(&state)).verdict, Verdict::Ok, "its operator knows");
        let pending = SetupState { failures: 2, next_at: Some(Timestamp(5)), ..SetupState::default() };
        assert_eq!(set_up(&record(true), Some(&pending)).verdict, Verdict::Warning);
        assert_eq!(set_up(&record(true), None).verdict, Verdict::Ok);
    }

    #[test]
    fn packages_are_asked_for_only_where_an_app_imports_some() {
        let app = |has_run| Importing { slug: "a".to_owned(), packages: vec!["pg".to_owned()], has_run };
        assert_eq!(imports(&[], Packages::Here(false)), None);
        let verdict = |has_run, packages| imports(&[app(has_run)], packages).unwrap().verdict;
        assert_eq!(verdict(false, Packages::Here(true)), Verdict::Ok);
        assert_eq!(verdict(true, Packages::Here(false)), Verdict::Failed);
        assert_eq!(verdict(true, Packages::InFunctions), Verdict::Ok);
        assert_eq!(verdict(false, Packages::InFunctions), Verdict::Warning);
    }
}
