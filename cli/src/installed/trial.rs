//! Trying an installation out before it is installed: it is put together as the functions do it, and its `setupPlugin` runs once,
//! in an isolate that is thrown away, over state that is thrown away. Only the network is real.

use super::wanted::Wanted;
use crate::exit::Unusable;
use crate::imports::ImportsArguments;
use crate::run::ConsoleLog;
use crate::test::Nowhere;
use adapter_http::{GuardedNetwork, HttpOptions, HyperClient};
use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use adapter_local::entropy::SystemEntropy;
use runtime_core::host::capture_rate::CaptureRate;
use runtime_core::host::ports::Reality;
use runtime_core::host::{Host, Ports, PosthogAccess};
use runtime_core::installation::Installation;
use runtime_core::isolate::{CallError, Isolate};
use runtime_core::masking::Masker;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::data_keys::DataKey;
use runtime_core::ports::entropy::Entropy;
use runtime_core::registry::{Registry, SecretBox};
use runtime_core::telemetry::{AppLog, Telemetry};
use std::sync::Arc;

/// The installation as it would run.
///
/// # Errors
/// What stands in its way.
pub async fn put_together(wanted: &Wanted, opener: Option<&SecretBox>) -> Result<Arc<Installation>, String> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let store = LocalStore::in_memory(Arc::clone(&clock));
    let registry = Registry::new(store.documents(), store.blob_store(), clock);
    let mut record = wanted.record.clone();
    let unavailable = |error: runtime_core::ports::Unavailable| error.to_string();
    registry.put_bundle(&wanted.bundle).await.map_err(unavailable)?;
    for attachment in wanted.attachments.values() {
        registry.put_attachment(attachment).await.map_err(unavailable)?;
    }
    let sealer = throw_away_box();
    for (field, sealed) in &mut record.secrets {
        let opener = opener.ok_or_else(|| format!("the secret \"{field}\" cannot be opened: its key is not there"))?;
        let secret = opener.open(record.id, field, sealed).map_err(|error| error.to_string())?;
        *sealed = sealer.seal(record.id, field, &secret);
    }
    for (field, secret) in &wanted.new_secrets {
        record.secrets.insert(field.clone(), sealer.seal(record.id, field, secret));
    }
    let installed = registry.install(&record, Some(&sealer)).await.map_err(unavailable)?;
    match installed.failure {
        Some(failure) => Err(failure.to_string()),
        None => Ok(installed.installation),
    }
}

fn throw_away_box() -> SecretBox {
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    SecretBox::new(&DataKey { id: "trial".to_owned(), bytes }, Arc::new(SystemEntropy))
}

/// Runs `setupPlugin`. What the app logs meanwhile goes to stderr.
///
/// # Errors
/// Why the trial could not be made; inside, why the app refused: its error with file and line, without secrets.
pub async fn set_up(installation: &Arc<Installation>) -> Result<Result<(), String>, Unusable> {
    let clock = Arc::new(SystemClock::new());
    let store = LocalStore::in_memory(clock.clone());
    let posthog = posthog_access();
    let secrets = installation.secret_values();
    let secrets = secrets.iter().map(String::as_str).chain(posthog.personal_api_key.as_deref());
    let masker = Arc::new(Masker::of(secrets));
    let outside = HttpOptions::new(clock.clone());
    let http = HyperClient::new(outside.clone()).map_err(Unusable::new)?;
    let network = GuardedNetwork::new(outside).map_err(Unusable::new)?;
    let ports = Ports {
        cache: store.cache(),
        storage: store.storage(),
        queue: Arc::new(Nowhere),
        documents: store.documents(),
        notifier: Arc::new(Nowhere),
        captures: Arc::new(Nowhere),
        http: Arc::new(http),
        network: Arc::new(network),
        geoip: None,
        clock,
        entropy: Arc::new(SystemEntropy),
        telemetry: Arc::new(MaskedLog(Arc::clone(&masker))),
        dead_letters: store.dead_letters(),
        imports: ImportsArguments::default().find(),
        recorder: None,
    };
    let host = Host {
        installation: Arc::clone(installation),
        ports,
        posthog,
        reality: Reality::Real,
        environment: SystemEntropy.name(),
        capture_rate: CaptureRate::default(),
    };
    let isolate = Isolate::spawn(Arc::new(host))
        .map_err(|error| Unusable::new(format_args!("cannot start a thread for the app: {error}")))?;
    let failed = |error: CallError| masker.mask_owned(described(&error));
    Ok(isolate.set_up().await.result.map(drop).map_err(failed))
}

/// What the app logs, without its secrets.
struct MaskedLog(Arc<Masker>);

impl Telemetry for MaskedLog {
    fn app_log(&self, mut line: AppLog) {
        line.message = self.0.mask_owned(line.message);
        ConsoleLog.app_log(line);
    }
}

/// The error, with where it was thrown.
fn described(error: &CallError) -> String {
    match error {
        CallError::Thrown(thrown) => format!("{thrown}\n{}", thrown.stack.trim_end()).trim_end().to_owned(),
        CallError::Setup(cause) | CallError::Evaluation(cause) => described(cause),
        other => other.to_string(),
    }
}

/// As `hedgerow run` takes it from its environment.
fn posthog_access() -> PosthogAccess {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    PosthogAccess {
        host: variable("HEDGEROW_POSTHOG_HOST"),
        project_token: variable("HEDGEROW_POSTHOG_TOKEN"),
        personal_api_key: variable("HEDGEROW_POSTHOG_KEY"),
    }
}
