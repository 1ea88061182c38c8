//! `hedgerow run`: events from a file or stdin through apps, final events out.
//!
//! `input` reads records, `feed` makes events of them, `stream` takes them through the pipeline and keeps their order, `output`
//! writes them; `afterwards` is what follows the last event.

mod afterwards;
mod clock;
mod feed;
pub mod input;
pub mod installations;
mod installed;
mod log;
pub mod numbers;
mod output;
mod ports;
mod progress;
mod refused;
mod running;
mod stop;
mod stream;
mod summary;
pub mod team;

use crate::arguments::{AppArguments, RunArguments};
use crate::exit::{Outcome, Unusable};
use crate::geoip;
use adapter_http::{GuardedNetwork, HttpOptions, HyperClient};
use adapter_local::LocalStore;
use adapter_local::entropy::SystemEntropy;
use adapter_local::keeper::KeptTelemetry;
use clock::JumpingClock;
use feed::{Feed, Sources};
use installed::{Installed, installed};
pub use log::ConsoleLog;
use numbers::Numbers;
use output::{Opening, Output};
use ports::{CaptureChannel, ConsoleNotifier, CountedDeadLetters, OutcomeSink};
use progress::Progress;
use refused::Refused;
use running::Running;
use runtime_core::host::ports::Reality;
use runtime_core::host::{Ports, PosthogAccess};
use runtime_core::installation::Installation;
use runtime_core::pipeline::{Idempotency, Pipeline, PipelineParts, enable};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::geoip::GeoIp;
use runtime_core::retry::RetryPolicies;
use runtime_core::telemetry::Telemetry;
use std::sync::Arc;
use stop::Stop;
use stream::Machine;
use team::TeamChoice;

/// Runs the command.
pub fn run(arguments: RunArguments, apps: &[AppArguments]) -> Result<Outcome, Unusable> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Unusable::new(format_args!("cannot start the runtime: {error}")))?;
    runtime.block_on(async { Ok(Prepared::new(arguments, apps).await?.start().await?.finish().await) })
}

/// The apps of a run.
enum Apps {
    /// Those of the command line, which belong to no team yet.
    Given(Vec<Installation>),
    /// Those that `hedgerow apply` has installed in the state folder.
    Installed(Installed),
}

/// Everything that the command line names, opened: what can be wrong before the first event is wrong by now.
struct Prepared {
    arguments: RunArguments,
    apps: Apps,
    geoip: Option<Arc<dyn GeoIp>>,
    clock: Arc<JumpingClock>,
    store: LocalStore,
    http: Arc<HyperClient>,
    network: Arc<GuardedNetwork>,
    input: input::Input,
    progress: Option<Progress>,
    output: Output,
}

impl Prepared {
    async fn new(arguments: RunArguments, apps: &[AppArguments]) -> Result<Self, Unusable> {
        let clock = Arc::new(JumpingClock::default());
        let store = match &arguments.state {
            None => LocalStore::in_memory(clock.clone()),
            Some(folder) => LocalStore::open(folder, clock.clone()).map_err(Unusable::new)?,
        };
        let apps = match installed(apps, &arguments, &store, clock.clone()).await? {
            Some(installed) => Apps::Installed(installed),
            None => {
                let mut numbers = Numbers::open(arguments.state.as_deref())?;
                let given = installations::load(apps, &arguments, &mut numbers)?;
                numbers.save()?;
                Apps::Given(given)
            }
        };
        let geoip = open_geoip(&arguments)?;
        let outside = HttpOptions::new(clock.clone());
        let http = Arc::new(HyperClient::new(outside.clone()).map_err(Unusable::new)?);
        let network = Arc::new(GuardedNetwork::new(outside).map_err(Unusable::new)?);
        let input = input::open(&arguments.events, "--events FILE")?;
        let progress = match &arguments.state {
            Some(_) => Progress::open(&store, &arguments.events).await.map_err(Unusable::new)?,
            None => None,
        };
        let is_broken_off = progress.as_ref().is_some_and(|progress| progress.reached.is_some());
        let opening = if is_broken_off { Opening::GoOn } else { Opening::Anew };
        let output = output::open(&arguments.output, &arguments.events, opening)?;
        Ok(Self { arguments, apps, geoip, clock, store, http, network, input, progress, output })
    }

    /// Starts the apps. Waits for the first record, which may say what their team is.
    async fn start(self) -> Result<Running, Unusable> {
        let stop = Stop::on_interrupt();
        let (captures, captured) = CaptureChannel::new();
        let dead_letters = Arc::new(CountedDeadLetters::new(self.store.dead_letters()));
        let refused = Arc::new(Refused::new(Arc::clone(&dead_letters), self.clock.clone()));
        let sources = Sources { input: self.input, captured, stop: stop.clone(), progress: self.progress };
        let state = self.arguments.state.as_deref();
        let installed = match &self.apps {
            Apps::Installed(installed) => Some(installed.teams.clone()),
            Apps::Given(_) => None,
        };
        let team = TeamChoice { given: self.arguments.team, remembered: team::remembered(state), installed };
        let feed = Feed::open(sources, self.clock.clone(), Arc::clone(&refused), team).await;
        team::remember(state, feed.team().0)?;
        let started = self.clock.elapsed();
        let of_team = |installation| Arc::new(Installation { team: feed.team(), ..installation });
        let installations: Vec<_> = match self.apps {
            Apps::Given(given) => given.into_iter().map(of_team).collect(),
            Apps::Installed(installed) => installed.installations,
        };
        let kept = match &self.arguments.state {
            Some(_) => {
                let kept = KeptTelemetry::start(self.store.records(), Arc::new(ConsoleLog), self.clock.clone());
                Some(Arc::new(kept.map_err(Unusable::new)?))
            }
            None => None,
        };
        let telemetry: Arc<dyn Telemetry> = match &kept {
            Some(kept) => kept.clone(),
            None => Arc::new(ConsoleLog),
        };
        let ports = Ports {
            cache: self.store.cache(),
            storage: self.store.storage(),
            queue: self.store.delayed_queue(),
            documents: self.store.documents(),
            notifier: Arc::new(ConsoleNotifier),
            captures: captures.clone(),
            http: self.http,
            network: self.network,
            geoip: self.geoip,
            clock: self.clock.clone(),
            entropy: Arc::new(SystemEntropy),
            telemetry,
            dead_letters: dead_letters.clone(),
            imports: self.arguments.imports.find(),
            recorder: None,
        };
        // Whoever starts a run wants its apps tried, also those that an earlier run with this state has disabled.
        for installation in &installations {
            enable(&*ports.documents, installation).await.map_err(Unusable::new)?;
        }
        let posthog = posthog_access(&self.arguments);
        // Where time jumps, apps are to see it.
        let reality = if self.arguments.virtual_clock { Reality::Simulated } else { Reality::Real };
        let retries = RetryPolicies::default();
        let (sink, idempotency) = (Arc::new(OutcomeSink), Idempotency::Off);
        let parts = PipelineParts { installations, ports, sink, posthog, reality, retries, idempotency };
        let pipeline = Pipeline::start(parts)
            .await
            .map_err(|error| Unusable::new(format_args!("cannot start a thread for an app: {error}")))?;
        Ok(Running {
            machine: Machine { pipeline, refused, concurrency: self.arguments.concurrency },
            feed,
            output: self.output,
            queue: self.store.delayed_queue(),
            clock: self.clock,
            stop,
            captures,
            dead_letters,
            kept,
            started,
            arguments: self.arguments,
        })
    }
}

fn posthog_access(arguments: &RunArguments) -> PosthogAccess {
    PosthogAccess {
        host: arguments.posthog_host.clone(),
        project_token: arguments.posthog_token.clone(),
        personal_api_key: arguments.posthog_key.clone(),
    }
}

/// The one database; giving the same file for several apps is fine.
fn open_geoip(arguments: &RunArguments) -> Result<Option<Arc<dyn GeoIp>>, Unusable> {
    let Some((first, others)) = arguments.geoip.split_first() else { return Ok(None) };
    if let Some(other) = others.iter().find(|other| *other != first) {
        let (first, other) = (first.display(), other.display());
        return Err(Unusable::new(format_args!("--geoip names {first} and {other}: one database serves all apps")));
    }
    geoip::open(first).map(Some)
}
