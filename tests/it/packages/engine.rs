//! Playing an app in this engine, over the real network, clock and imports bundle.

use super::stage::Stage;
use adapter_http::{GuardedNetwork, HttpOptions, HyperClient, Resolve};
use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use adapter_local::entropy::SystemEntropy;
use async_trait::async_trait;
use runtime_core::host::ports::Reality;
use runtime_core::host::{Ports, PosthogAccess};
use runtime_core::pipeline::{Idempotency, Pipeline, PipelineParts};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::DueWork;
use runtime_core::ports::http::{HttpClient, HttpError, HttpRequest, HttpResponse, PackageRequest};
use runtime_core::ports::network::NetworkError;
use runtime_core::ports::notifier::{Notification, Notifier};
use runtime_core::retry::RetryPolicies;
use runtime_core::telemetry::LogSource;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tests::doubles::authority;
use tests::{AppSetup, LogBook, MemorySink};
use url::Url;

/// Plays the app once (setupPlugin, runEveryMinute, its jobs, teardownPlugin) and checks what it prints.
pub async fn play(stage: Stage) {
    let engine = Engine::start(app(&stage), stage.ports.clone()).await;
    engine.trigger("runEveryMinute").await;
    engine.run_until(|clock| clock.now()).await;
    engine.pipeline.tear_down().await;
    stage.check(&engine.printed().join("\n"));
}

/// An app that runs over the real network, clock and imports bundle, with everything else in memory.
pub(crate) struct Engine {
    pub(crate) pipeline: Pipeline,
    pub(crate) store: LocalStore,
    pub(crate) logs: Arc<LogBook>,
    pub(crate) sink: Arc<MemorySink>,
    clock: Arc<SystemClock>,
}

impl Engine {
    /// Installs the app; connections to the hosts in `ports` are led to these ports of this machine.
    pub(crate) async fn start(app: AppSetup, ports: BTreeMap<String, u16>) -> Self {
        let clock = Arc::new(SystemClock::new());
        let store = LocalStore::in_memory(clock.clone());
        let (logs, sink) = (Arc::new(LogBook::default()), Arc::new(MemorySink::default()));
        let ports = Ports {
            cache: store.cache(),
            storage: store.storage(),
            queue: store.delayed_queue(),
            documents: store.documents(),
            notifier: Arc::new(NoOne),
            captures: sink.clone(),
            http: Arc::new(Led::new(ports, clock.clone())),
            network: Arc::new(GuardedNetwork::new(led(clock.clone())).expect("the certificate is one")),
            geoip: None,
            clock: clock.clone(),
            entropy: Arc::new(SystemEntropy),
            telemetry: logs.clone(),
            dead_letters: store.dead_letters(),
            imports: tests::imports(),
            recorder: None,
        };
        let installation = app.install().unwrap_or_else(|error| panic!("the app does not load: {error}"));
        let parts = PipelineParts {
            installations: vec![Arc::new(installation)],
            ports,
            sink: sink.clone(),
            posthog: PosthogAccess::default(),
            reality: Reality::Real,
            retries: RetryPolicies::default(),
            idempotency: Idempotency::default(),
        };
        let pipeline = Pipeline::start(parts).await.expect("threads can be started");
        Self { pipeline, store, logs, sink, clock }
    }

    /// Puts a scheduled task into the queue.
    pub(crate) async fn trigger(&self, task: &str) {
        self.pipeline.trigger(task, self.clock.now()).await.expect("the store is in memory");
    }

    /// Runs what is in the queue and due at `time`, then what that asked for, until there is no more.
    pub(crate) async fn run_until(&self, time: impl Fn(&SystemClock) -> Timestamp) {
        let queue = self.store.delayed_queue();
        loop {
            let due = queue.take(time(&self.clock), Timestamp(i64::MAX), usize::MAX).await;
            let due = due.expect("the store is in memory");
            if due.is_empty() {
                break;
            }
            for (message, ended) in due.iter().zip(self.pipeline.run_all_delayed(&due).await) {
                ended.unwrap_or_else(|error| panic!("{error}: {}", message.body));
                queue.finish(&message.id).await.expect("the store is in memory");
            }
        }
    }

    /// What the app printed.
    pub(crate) fn printed(&self) -> Vec<String> {
        let lines = self.logs.lines().into_iter().filter(|line| line.source == LogSource::Console);
        lines.map(|line| line.message).collect()
    }
}

/// As `hedgerow` installs it; it may reach this machine.
fn app(stage: &Stage) -> AppSetup {
    let read = |name: &str| std::fs::read_to_string(stage.folder().join(name)).expect("the app is there");
    let (manifest, source) = (read("plugin.json"), read("index.js"));
    AppSetup::of_files([("plugin.json", &manifest), ("index.js", &source)]).named(stage.app, 39).with(|app| {
        app.config = stage.config.clone();
        app.egress.allowed_networks = vec!["127.0.0.1/32".into()];
    })
}

/// The network, with the hosts of the stage on ports of this machine: the name stays in the request and in TLS.
struct Led {
    client: HyperClient,
    ports: BTreeMap<String, u16>,
}

impl Led {
    fn new(ports: BTreeMap<String, u16>, clock: Arc<dyn Clock>) -> Self {
        Self { client: HyperClient::new(led(clock)).expect("the certificate is one"), ports }
    }
}

fn led(clock: Arc<dyn Clock>) -> HttpOptions {
    let mut options = HttpOptions::new(clock);
    options.resolver = Arc::new(ThisMachine);
    options.extra_roots = vec![authority()];
    options
}

#[async_trait]
impl HttpClient for Led {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.lead(&mut request.url);
        self.client.send(request).await
    }

    async fn exchange(&self, mut exchange: PackageRequest) -> Result<HttpResponse, NetworkError> {
        self.lead(&mut exchange.request.url);
        self.client.exchange(exchange).await
    }
}

impl Led {
    fn lead(&self, url: &mut Url) {
        if let Some(port) = url.host_str().and_then(|host| self.ports.get(host)) {
            url.set_port(Some(*port)).expect("the URL has a host");
        }
    }
}

/// Every name is this machine's.
struct ThisMachine;

#[async_trait]
impl Resolve for ThisMachine {
    async fn resolve(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![Ipv4Addr::LOCALHOST.into()])
    }
}

/// Nobody is told.
struct NoOne;

#[async_trait]
impl Notifier for NoOne {
    async fn notify(&self, _: Notification) -> Result<(), Unavailable> {
        Ok(())
    }
}
