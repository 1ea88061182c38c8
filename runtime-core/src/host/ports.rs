//! What an installation's isolate holds of the outside.

use super::capture_rate::CaptureRate;
use crate::imports::bundle::ImportsBundle;
use crate::installation::Installation;
use crate::ports::captures::Captures;
use crate::ports::clock::Clock;
use crate::ports::dead_letters::DeadLetters;
use crate::ports::delayed_queue::DelayedQueue;
use crate::ports::documents::Documents;
use crate::ports::entropy::Entropy;
use crate::ports::geoip::GeoIp;
use crate::ports::http::HttpClient;
use crate::ports::key_value::{Cache, CacheScope, Storage};
use crate::ports::network::Network;
use crate::ports::notifier::Notifier;
use crate::telemetry::{AppLog, LogLevel, LogSource, Telemetry};
use serde_json::Value;
use std::sync::Arc;

/// Every port that isolates and the pipeline use.
#[derive(Clone)]
pub struct Ports {
    /// `meta.cache`
    pub cache: Arc<dyn Cache>,
    /// `meta.storage` and `meta.utils.cursor`
    pub storage: Arc<dyn Storage>,
    /// `meta.jobs`, and all work that goes on later or elsewhere
    pub queue: Arc<dyn DelayedQueue>,
    /// How far set-ups are, who runs a task, which work is finished.
    pub documents: Arc<dyn Documents>,
    /// Who is told that an app was disabled.
    pub notifier: Arc<dyn Notifier>,
    /// `posthog.capture`
    pub captures: Arc<dyn Captures>,
    /// `fetch`, `posthog.api`, and HTTP of the packages that apps import
    pub http: Arc<dyn HttpClient>,
    /// Sockets of the packages that apps import.
    pub network: Arc<dyn Network>,
    /// `meta.geoip`; `None` where there is no database (case 164).
    pub geoip: Option<Arc<dyn GeoIp>>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Log lines and metrics.
    pub telemetry: Arc<dyn Telemetry>,
    /// What was given up.
    pub dead_letters: Arc<dyn DeadLetters>,
    /// The npm packages that apps import; `None` where there is no bundle.
    pub imports: Option<Arc<ImportsBundle>>,
    /// Who is told of every call of an app to the outside; `None` where nobody is.
    pub recorder: Option<Arc<dyn Recorder>>,
}

/// Told of every call to the outside before it is made, with the arguments as the app passed them (case-files.md, "fetch,
/// captures, jobs, metrics").
pub trait Recorder: Send + Sync {
    /// `kind` is `fetch`, `captures`, `jobs` or `metrics`; `arguments` is an array.
    fn record(&self, kind: &str, arguments: Value);
}

/// Where `posthog.api` goes and with which keys, unless a call names its own (behaviour.md b.7).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PosthogAccess {
    /// For example `https://app.posthog.com`.
    pub host: Option<String>,
    /// The project's token.
    pub project_token: Option<String>,
    /// A personal API key.
    pub personal_api_key: Option<String>,
}

/// Whether apps see the real time and real randomness, or those of the ports: `hedgerow test` holds the clock still and
/// derives everything random from a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reality {
    /// `Date` and `Math.random` are the engine's own.
    #[default]
    Real,
    /// `Date` reads the clock port; `Math.random` the entropy port.
    Simulated,
}

/// The outside of one installation.
pub struct Host {
    /// Whose.
    pub installation: Arc<Installation>,
    /// Through what.
    pub ports: Ports,
    /// The PostHog instance of the stack.
    pub posthog: PosthogAccess,
    /// Real or simulated.
    pub reality: Reality,
    /// Tells this execution environment from all others: what it does without an event behind it, as in `setupPlugin`, is work of
    /// its own.
    pub environment: String,
    /// How much the app has captured of late.
    pub capture_rate: CaptureRate,
}

impl Host {
    /// The scope of the installation's cache.
    pub fn cache_scope(&self) -> CacheScope {
        CacheScope { app: self.installation.slug.clone(), team: self.installation.team }
    }

    /// Writes a line to the installation's log.
    pub(crate) fn log(&self, source: LogSource, level: LogLevel, message: &str, event_uuid: Option<&str>) {
        self.ports.telemetry.app_log(AppLog {
            timestamp: self.ports.clock.now(),
            installation: self.installation.id,
            team: self.installation.team,
            app: self.installation.app.manifest.name.clone(),
            source,
            level,
            message: message.replace('\0', "\u{fffd}"),
            event_uuid: event_uuid.map(str::to_owned),
        });
    }
}
