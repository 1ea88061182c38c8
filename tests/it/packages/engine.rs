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
        http: Arc::new(Led::new(&stage, clock.clone())),
        network: Arc::new(GuardedNetwork::new(led(clock.clone())).expect("the certificate is one")),
        geoip: None,
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        telemetry: logs.clone(),
        dead_letters: store.dead_letters(),
        imports: tests::imports(),
        recorder: None,
    };
    let installation = app(&stage).install().unwrap_or_else(|error| panic!("the app does not load: {error}"));
    let parts = PipelineParts {
        installations: vec![Arc::new(installation)],
        ports,
        sink,
        posthog: PosthogAccess::default(),
        reality: Reality::Real,
        retries: RetryPolicies::default(),
        idempotency: Idempotency::default(),
    };
    let pipeline = Pipeline::start(parts).await.expect("threads can be started");
    pipeline.trigger("runEveryMinute", clock.now()).await.expect("the store is in memory");
    let queue = store.delayed_queue();
    // The task, then the jobs that it asked for.
    loop {
        let due = queue.take(clock.now(), Timestamp(i64::MAX), usize::MAX).await.expect("the store is in memory");
        if due.is_empty() {
            break;
        }
        for (message, ended) in due.iter().zip(pipeline.run_all_delayed(&due).await) {
            ended.unwrap_or_else(|error| panic!("{error}: {}", message.body));
            queue.finish(&message.id).await.expect("the store is in memory");
        }
    }
    pipeline.tear_down().await;
    let lines = logs.lines().into_iter().filter(|line| line.source == LogSource::Console);
    let printed: Vec<_> = lines.map(|line| line.message).collect();
    stage.check(&printed.join("\n"));
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
    fn new(stage: &Stage, clock: Arc<dyn Clock>) -> Self {
        Self { client: HyperClient::new(led(clock)).expect("the certificate is one"), ports: stage.ports.clone() }
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
