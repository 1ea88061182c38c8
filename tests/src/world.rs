//! A pipeline of apps written in the test, over in-memory ports.

use crate::ports::{LogBook, MemorySink, MockHttp, Recorded};
use adapter_local::LocalStore;
use adapter_local::entropy::SeededEntropy;
use runtime_core::app::{App, AppBundle, LoadError, merge_defaults};
use runtime_core::decode::{DecodeContext, EventError, TeamDirectory, decode};
use runtime_core::event::{InstallationId, PluginEvent, TeamId};
use runtime_core::host::egress::EgressRules;
use runtime_core::host::ports::Reality;
use runtime_core::host::{Ports, PosthogAccess};
use runtime_core::installation::{Attachment, DisabledPolicy, ErrorPolicy, Installation, LogFilter};
use runtime_core::isolate::Limits;
use runtime_core::pipeline::{EventOutcome, Member, Pipeline, PipelineParts};
use runtime_core::ports::captures::CapturedEvent;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetters};
use runtime_core::ports::geoip::GeoIp;
use runtime_core::ports::http::{EgressPolicy, HttpClient};
use runtime_core::ports::virtual_clock::VirtualClock;
use runtime_core::telemetry::LogLevel;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// 2023-01-01T00:00:00.000Z, where every world begins.
const BEGINNING: Timestamp = Timestamp(1_672_531_200_000);

/// An app and how it is installed. Starts as `demo`, installation 39 of team 2 (behaviour.md f), without config.
pub struct AppSetup {
    files: BTreeMap<String, Vec<u8>>,
    manifest: Value,
    /// The installation's number.
    pub id: i64,
    /// The team's number.
    pub team: i64,
    /// The stable name.
    pub slug: String,
    /// Stored config values.
    pub config: Value,
    /// Files for `meta.attachments`.
    pub attachments: BTreeMap<String, Attachment>,
    /// The place in the chain.
    pub order: i64,
    /// What happens to an event on which the app fails.
    pub on_error: ErrorPolicy,
    /// What happens to an event while the app is disabled.
    pub on_disabled: DisabledPolicy,
    /// Which console lines are kept.
    pub log_level: LogFilter,
    /// What it may reach beside public addresses.
    pub egress: EgressPolicy,
    /// The limits.
    pub limits: Limits,
}

impl AppSetup {
    /// An app of one `index.js`, which is read as TypeScript like every source.
    pub fn new(source: &str) -> Self {
        Self::of_files([("index.js", source)])
    }

    /// An app of these text files; a plugin.json with its name is added if there is none among them.
    pub fn of_files<const N: usize>(files: [(&str, &str); N]) -> Self {
        Self {
            files: files.map(|(path, content)| (path.to_owned(), content.as_bytes().to_vec())).into(),
            manifest: json!({"name": "demo"}),
            id: 39,
            team: 2,
            slug: "demo".into(),
            config: json!({}),
            attachments: BTreeMap::new(),
            order: 0,
            on_error: ErrorPolicy::Pass,
            on_disabled: DisabledPolicy::Pass,
            log_level: LogFilter::Full,
            egress: EgressPolicy::default(),
            limits: Limits::default(),
        }
    }

    /// Another name, number and slug, so that several apps can stand side by side.
    #[must_use]
    pub fn named(mut self, name: &str, id: i64) -> Self {
        self.manifest["name"] = name.into();
        self.slug = name.into();
        self.id = id;
        self
    }

    /// The whole of plugin.json.
    #[must_use]
    pub fn manifest(mut self, manifest: Value) -> Self {
        self.manifest = manifest;
        self
    }

    /// Another text file in the bundle.
    #[must_use]
    pub fn file(mut self, path: &str, content: &str) -> Self {
        self.add_bytes(path, content.as_bytes());
        self
    }

    /// Another file in the bundle, which need not be text.
    pub fn add_bytes(&mut self, path: &str, content: &[u8]) {
        self.files.insert(path.into(), content.into());
    }

    /// Any change, for the fields that have no method of their own.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Short limits for apps that reach them: 1 s for a call and for an await, by the world's clock, and 0.1 s of CPU.
    #[must_use]
    pub fn impatient(mut self) -> Self {
        self.limits.call = Duration::from_secs(1);
        self.limits.single_await = Duration::from_secs(1);
        self.limits.synchronous = Duration::from_millis(100);
        self
    }

    /// Why it does not load; an app that does fails the test.
    pub fn load_error(self) -> LoadError {
        let name = self.slug.clone();
        match self.install() {
            Err(error) => error,
            Ok(_) => panic!("{name} loads"),
        }
    }

    fn install(mut self) -> Result<Installation, LoadError> {
        self.files.entry("plugin.json".into()).or_insert_with(|| self.manifest.to_string().into_bytes());
        let app = App::load(&AppBundle { files: self.files }, &self.slug)?;
        let stored: Map<String, Value> = self.config.as_object().cloned().unwrap_or_default();
        let config = merge_defaults(&app.manifest, stored);
        let egress = EgressRules::new(&Arc::new(self.egress)).expect("a valid policy");
        Ok(Installation {
            id: InstallationId(self.id),
            team: TeamId(self.team),
            slug: self.slug,
            app: Arc::new(app),
            config,
            attachments: self.attachments,
            order: self.order,
            on_error: self.on_error,
            on_disabled: self.on_disabled,
            log_level: self.log_level,
            egress: Arc::new(egress),
            limits: self.limits,
        })
    }
}

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
