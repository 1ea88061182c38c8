//! A pipeline of apps written in the test, over in-memory ports.

use crate::ports::{LogBook, MemorySink, MockHttp, Notices, Recorded};
use crate::{AppSetup, WorldBuilder};
use adapter_local::LocalStore;
use adapter_local::entropy::SeededEntropy;
use runtime_core::app::LoadError;
use runtime_core::decode::{DecodeContext, EventError, TeamDirectory, decode};
use runtime_core::event::{InstallationId, PluginEvent, TeamId};
use runtime_core::extensions::jobs::JobMessage;
use runtime_core::host::Ports;
use runtime_core::host::ports::Reality;
use runtime_core::pipeline::record::{Record, RecordOutcome, RecordProcessor};
use runtime_core::pipeline::{EventOutcome, Member, Pipeline, PipelineParts};
use runtime_core::ports::captures::CapturedEvent;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::dead_letters::{DeadLetter, DeadLetters, LetterFilter};
use runtime_core::ports::delayed_queue::{DelayedMessage, DelayedQueue, DueWork, Lane};
use runtime_core::ports::network::NoSockets;
use runtime_core::ports::virtual_clock::VirtualClock;
use runtime_core::telemetry::LogLevel;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// 2023-01-01T00:00:00.000Z, where every world begins.
pub(crate) const BEGINNING: Timestamp = Timestamp(1_672_531_200_000);

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
    /// What a person was told.
    pub notices: Arc<Notices>,
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

    pub(crate) async fn over(builder: WorldBuilder, clock: Arc<VirtualClock>, store: LocalStore) -> Self {
        let sink = Arc::new(MemorySink::default());
        let logs = Arc::new(LogBook::default());
        let http = Arc::new(MockHttp::new(clock.clone()));
        let recorded = Arc::new(Recorded::default());
        let notices = Arc::new(Notices::default());
        let ports = Ports {
            cache: store.cache(),
            storage: store.storage(),
            queue: builder.queue.unwrap_or_else(|| store.delayed_queue()),
            documents: builder.documents.unwrap_or_else(|| store.documents()),
            notifier: notices.clone(),
            captures: sink.clone(),
            http: builder.http.unwrap_or_else(|| http.clone()),
            network: builder.network.unwrap_or_else(|| Arc::new(NoSockets)),
            geoip: builder.geoip,
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(builder.seed + 1)),
            telemetry: logs.clone(),
            dead_letters: store.dead_letters(),
            imports: crate::imports(),
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
            retries: builder.retries,
            idempotency: builder.idempotency,
        };
        let pipeline = Pipeline::start(parts).await.expect("threads can be started");
        Self { pipeline, clock, store, sink, logs, http, recorded, notices, refused: builder.refused }
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
        let message = self.message(&format!("job-{name}"), Lane::Jobs, job.to_json());
        self.pipeline.run_job(&message).await.expect("every port is there");
    }

    /// Lets the time of the next waiting work come and runs everything that is due then; how many seconds it waited, or `None` if
    /// nothing waits.
    pub async fn run_next(&self) -> Option<i64> {
        let queue = self.store.delayed_queue();
        let (_, next) = queue.waiting().await.expect("the store is in memory");
        let next = next?;
        let before = self.now();
        self.clock.set_now(next);
        self.run_due().await;
        Some((next.0 - before.0) / 1000)
    }

    /// Runs everything that is due, exports put together into batches.
    pub async fn run_due(&self) {
        let queue = self.store.delayed_queue();
        let due = queue.take(self.now(), Timestamp(i64::MAX), usize::MAX).await.expect("the store is in memory");
        for (message, ended) in due.iter().zip(self.pipeline.run_all_delayed(&due).await) {
            ended.unwrap_or_else(|error| panic!("{error}: {}", message.body));
            queue.finish(&message.id).await.expect("the store is in memory");
        }
    }

    /// Hands the events that wait to `exportEvents`, by the queue.
    pub async fn export(&self) {
        self.pipeline.send_exports().await.expect("the store is in memory");
        self.run_due().await;
    }

    /// Triggers a scheduled task and runs what is due; a moment passes, so that the next trigger is another one.
    pub async fn run_task(&self, task: &str) {
        self.pipeline.trigger(task, self.now()).await.expect("the store is in memory");
        self.run_due().await;
        self.clock.set_now(self.now().plus(Duration::from_millis(1)));
    }

    /// A message that is due now.
    pub fn message(&self, id: &str, lane: Lane, body: String) -> DelayedMessage {
        DelayedMessage { id: id.to_owned(), lane, team: Some(TeamId(2)), not_before: self.now(), body }
    }

    /// Runs everything that waits, each at its time; the waits in between, in seconds.
    pub async fn run_waiting(&self) -> Vec<i64> {
        let mut waits = Vec::new();
        while let Some(seconds) = self.run_next().await {
            waits.push(seconds);
            assert!(waits.len() < 2000, "the work never ends");
        }
        waits
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
        self.store.dead_letters().list(&LetterFilter::default(), usize::MAX).await.expect("the store is in memory")
    }

    /// Now, by the world's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Plays the queues of a stack: hands what is due to the processor, a record a message, flushes it, and puts back what it has not
/// done. What the processor sends is a message of its own, as it is on AWS, even if its id is that of a message under way.
///
/// # Panics
/// When the processor cannot store what the records left behind.
pub async fn deliver_due(processor: &dyn RecordProcessor, store: &LocalStore, now: Timestamp) {
    let queue = store.delayed_queue();
    let due = queue.take(now, Timestamp(i64::MAX), usize::MAX).await.expect("the store is in memory");
    let mut again = Vec::new();
    for message in due {
        queue.finish(&message.id).await.expect("the store is in memory");
        let DelayedMessage { id, lane, not_before, body, .. } = message.clone();
        let record = Record::new(lane, id, body.into_bytes(), not_before);
        if processor.process(record).await != RecordOutcome::Done {
            again.push(message);
        }
    }
    assert_eq!(processor.flush().await, RecordOutcome::Done);
    for message in again {
        queue.send(message).await.expect("the store is in memory");
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
