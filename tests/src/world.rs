//! A pipeline of apps written in the test, over in-memory ports.

use crate::AppSetup;
use crate::ports::{LogBook, MemorySink, MockHttp, Recorded};
use adapter_local::LocalStore;
use adapter_local::entropy::SeededEntropy;
use runtime_core::app::LoadError;
use runtime_core::decode::{DecodeContext, EventError, TeamDirectory, decode};
use runtime_core::event::{InstallationId, PluginEvent, TeamId};
use runtime_core::extensions::jobs::JobMessage;
use runtime_core::host::ports::Reality;
use runtime_core::host::{Ports, PosthogAccess};
use runtime_core::pipeline::{EventOutcome, Member, Pipeline, PipelineParts};
use runtime_core::ports::captures::CapturedEvent;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetters};
use runtime_core::ports::delayed_queue::DelayedMessage;
use runtime_core::ports::geoip::GeoIp;
use runtime_core::ports::http::HttpClient;
use runtime_core::ports::virtual_clock::VirtualClock;
use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// 2023-01-01T00:00:00.000Z, where every world begins.
const BEGINNING: Timestamp = Timestamp(1_672_531_200_000);

/// Collects what a world is made of.
#[derive(Default)]
pub struct WorldBuilder {
    apps: Vec<AppSetup>,
    refused: Vec<LoadError>,
    geoip: Option<Arc<dyn GeoIp>>,
    http: Option<Arc<dyn HttpClient>>,
    posthog: PosthogAccess,
}

impl WorldBuilder {
    /// One more app.
    #[must_use]
    pub fn app(mut self, app: AppSetup) -> Self {
        self.apps.push(app);
        self
    }

    /// An app that must not load: the stack goes without it, and the world keeps the error.
    #[must_use]
    pub fn broken_app(mut self, app: AppSetup) -> Self {
        self.refused.push(app.load_error());
        self
    }

    /// A geoip database.
    #[must_use]
    pub fn geoip(mut self, database: Arc<dyn GeoIp>) -> Self {
        self.geoip = Some(database);
        self
    }

    /// A network other than [`World::http`].
    #[must_use]
    pub fn http(mut self, client: Arc<dyn HttpClient>) -> Self {
        self.http = Some(client);
        self
    }

    /// What `posthog.api` uses.
    #[must_use]
    pub fn posthog(mut self, access: PosthogAccess) -> Self {
        self.posthog = access;
        self
    }

    /// Starts the pipeline; an app that does not compile fails the test.
    pub async fn start(self) -> World {
        let clock = Arc::new(VirtualClock::at(BEGINNING));
        let store = LocalStore::in_memory(clock.clone());
        World::over(self, clock, store).await
    }

    /// Starts the pipeline over a clock and a store of an earlier world.
    pub async fn start_over(self, clock: Arc<VirtualClock>, store: LocalStore) -> World {
        World::over(self, clock, store).await
    }
}

/// A running pipeline and everything it touches.
pub struct World {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Time, which passes only when told to.
    pub clock: Arc<VirtualClock>,
    /// Cache, storage, queue and dead letters.
    pub store: LocalStore,
    /// Final and captured events.
    pub sink: Arc<MemorySink>,
    /// Log lines and metrics.
    pub logs: Arc<LogBook>,
    /// The network.
    pub http: Arc<MockHttp>,
    /// Calls to the outside as apps made them.
    pub recorded: Arc<Recorded>,
    /// Why the apps that did not load did not, in order.
    pub refused: Vec<LoadError>,
}

impl World {
    /// A world without apps so far.
    pub fn builder() -> WorldBuilder {
        WorldBuilder::default()
    }

    /// A world of one app.
    pub async fn of(app: AppSetup) -> Self {
        Self::builder().app(app).start().await
    }

    /// A world of one app with this source.
    pub async fn with(source: &str) -> Self {
        Self::of(AppSetup::new(source)).await
    }

    async fn over(builder: WorldBuilder, clock: Arc<VirtualClock>, store: LocalStore) -> Self {
        let sink = Arc::new(MemorySink::default());
        let logs = Arc::new(LogBook::default());
        let http = Arc::new(MockHttp::new(clock.clone()));
        let recorded = Arc::new(Recorded::default());
        let ports = Ports {
            cache: store.cache(),
            storage: store.storage(),
            jobs: store.delayed_queue(),
            captures: sink.clone(),
            http: builder.http.unwrap_or_else(|| http.clone()),
            geoip: builder.geoip,
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(1)),
            telemetry: logs.clone(),
            dead_letters: store.dead_letters(),
            recorder: Some(recorded.clone()),
        };
        let installations = builder
            .apps
            .into_iter()
            .map(|app| Arc::new(app.install().unwrap_or_else(|error| panic!("the app does not load: {error}"))))
            .collect();
        let parts = PipelineParts {
            installations,
            ports,
            sink: sink.clone(),
            posthog: builder.posthog,
            reality: Reality::Simulated,
        };
        let pipeline = Pipeline::start(parts).await.expect("threads can be started");
        Self { pipeline, clock, store, sink, logs, http, recorded, refused: builder.refused }
    }

    /// Takes one event all the way.
    pub async fn process(&self, event: Value) -> EventOutcome {
        let event: PluginEvent = serde_json::from_value(event).expect("an object");
        self.pipeline.process(CapturedEvent { event, hops: 0 }).await
    }

    /// Takes the base event all the way and returns it as it left the chain; `None` if it was dropped.
    pub async fn run(&self) -> Option<Value> {
        self.run_event(event(json!({}))).await
    }

    /// The same with any event.
    pub async fn run_event(&self, event: Value) -> Option<Value> {
        match self.process(event).await {
            EventOutcome::Sent(event) => Some(serde_json::to_value(*event).expect("an event is JSON")),
            EventOutcome::Dropped { .. } => None,
            other => panic!("the event neither left the chain nor was dropped: {other:?}"),
        }
    }

    /// Runs a job of installation 39 as the queue would have it run.
    pub async fn run_job(&self, name: &str, payload: Option<Value>) {
        let job = JobMessage {
            version: JobMessage::VERSION,
            installation: InstallationId(39),
            name: name.into(),
            payload,
            hops: 0,
        };
        let message = DelayedMessage { id: format!("job-{name}"), not_before: self.now(), body: job.to_json() };
        self.pipeline.run_job(&message).await.expect("every port is there");
    }

    /// The properties of the base event when it has left the chain.
    pub async fn run_properties(&self) -> Value {
        self.run().await.expect("the event is not dropped")["properties"].take()
    }

    /// The app installed first in the chain.
    pub fn first(&self) -> &Member {
        self.pipeline.members().first().expect("the world has an app")
    }

    /// The errors in the log.
    pub fn errors(&self) -> Vec<String> {
        self.logs.messages(LogLevel::Error)
    }

    /// Decodes a record of the only team, 2, and takes each of its events all the way.
    ///
    /// # Panics
    /// When the record as a whole cannot be read.
    pub async fn feed(&self, record: &[u8]) -> Vec<Result<EventOutcome, EventError>> {
        let teams = TeamDirectory { tokens: HashMap::new(), only_team: Some(TeamId(2)) };
        let context = DecodeContext { message_id: "m1", received_at: self.now(), teams: &teams };
        let mut outcomes = Vec::new();
        for event in decode(record, &context).expect("a readable record") {
            outcomes.push(match event {
                Ok(event) => Ok(self.pipeline.process(CapturedEvent { event, hops: 0 }).await),
                Err(error) => Err(error),
            });
        }
        outcomes
    }

    /// The dead letters so far, oldest first.
    pub async fn dead_letters(&self) -> Vec<DeadLetter> {
        self.store.dead_letters().list(usize::MAX).await.expect("the store is in memory")
    }

    /// Now, by the world's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The base event of behaviour.md f (name `E`, team 2), with other members on top.
pub fn event(members: Value) -> Value {
    let mut event = json!({
        "uuid": "01890000-0000-7000-8000-000000000001",
        "event": "E",
        "distinct_id": "person",
        "team_id": 2,
        "ip": null,
        "site_url": "",
        "now": "2023-01-01T00:00:00.000Z",
        "timestamp": "2023-01-01T00:00:00.000Z",
        "properties": {},
    });
    if let (Some(event), Value::Object(members)) = (event.as_object_mut(), members) {
        event.extend(members);
    }
    event
}
