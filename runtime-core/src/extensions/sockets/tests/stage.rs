//! An isolate with a network that is a pair of pipes a connection.

use super::nothing::Nothing;
use crate::app::{App, AppBundle};
use crate::event::{InstallationId, TeamId, WorkId};
use crate::host::capture_rate::CaptureRate;
use crate::host::egress::EgressRules;
use crate::host::ports::{PosthogAccess, Reality, Recorder};
use crate::host::{CallContext, Host, Ports};
use crate::installation::{DisabledPolicy, DurableGlobal, ErrorPolicy, Installation, LogFilter};
use crate::isolate::{CallReport, CallRequest, Function, Isolate, Limits};
use crate::ports::clock::{Clock, Timestamp};
use crate::ports::http::{EgressPolicy, HttpClient, HttpError, HttpRequest, HttpResponse};
use crate::ports::network::{Connection, Network, NetworkError, SystemError, Target, TlsOptions, TlsSession};
use crate::ports::virtual_clock::VirtualClock;
use crate::telemetry::{AppCall, AppLog, AppMetric, Telemetry};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::{Notify, mpsc};

/// How long, in real time, a test waits for what must come. Only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(20);

/// An isolate, and what it touches.
pub(super) struct Stage {
    pub(super) isolate: Isolate,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) logs: Arc<Lines>,
    pub(super) http: Arc<Http>,
    pub(super) recorded: Arc<Recorded>,
    /// The far ends of connections, in the order in which they were opened.
    pub(super) servers: tokio::sync::Mutex<mpsc::UnboundedReceiver<DuplexStream>>,
}

impl Stage {
    /// An app with that source.
    pub(super) fn with(source: &str) -> Self {
        Self::limited(source, Limits::default())
    }

    pub(super) fn limited(source: &str, limits: Limits) -> Self {
        let clock = Arc::new(VirtualClock::at(Timestamp(1_672_531_200_000)));
        let (logs, http, recorded) =
            (Arc::new(Lines::default()), Arc::new(Http::default()), Arc::new(Recorded::default()));
        let (accepted, servers) = mpsc::unbounded_channel();
        let nothing = Arc::new(Nothing);
        let ports = Ports {
            cache: nothing.clone(),
            storage: nothing.clone(),
            queue: nothing.clone(),
            documents: nothing.clone(),
            notifier: nothing.clone(),
            captures: nothing.clone(),
            http: http.clone(),
            network: Arc::new(Pipes(accepted)),
            geoip: None,
            clock: clock.clone(),
            entropy: nothing.clone(),
            telemetry: logs.clone(),
            dead_letters: nothing,
            imports: crate::node::testing::bundle(),
            recorder: Some(recorded.clone()),
        };
        let host = Host {
            installation: Arc::new(installation(source, limits)),
            ports,
            posthog: PosthogAccess::default(),
            reality: Reality::Real,
            environment: "test".into(),
            capture_rate: CaptureRate::default(),
        };
        let isolate = Isolate::spawn(Arc::new(host)).unwrap();
        Self { isolate, clock, logs, http, recorded, servers: tokio::sync::Mutex::new(servers) }
    }

    /// Calls `processEvent` with an event of that name, which is its uuid too.
    pub(super) async fn call(&self, name: &str) -> CallReport {
        let request = CallRequest {
            function: Function::ProcessEvent,
            argument: Some(
                serde_json::json!({ "event": name, "uuid": name, "team_id": 2, "properties": {} }).to_string(),
            ),
            team: None,
            at_most: None,
            context: Arc::new(CallContext::new(WorkId(name.into()), Some(name.into()), 0)),
        };
        self.isolate.call(request).await
    }

    /// What a call that succeeds returns.
    pub(super) async fn returned(&self, name: &str) -> Value {
        let report = self.call(name).await;
        let returned = report.result.unwrap_or_else(|error| panic!("{name} failed: {error}"));
        returned.json.map_or(Value::Null, |json| serde_json::from_str(&json).unwrap())
    }

    /// The far end of the next connection.
    pub(super) async fn server(&self) -> DuplexStream {
        tokio::time::timeout(PATIENCE, async { self.servers.lock().await.recv().await }).await.unwrap().unwrap()
    }

    /// Lets time pass as soon as somebody waits for exactly that moment.
    pub(super) async fn pass(&self, milliseconds: u64) {
        let duration = Duration::from_millis(milliseconds);
        let moment = self.clock.elapsed() + duration;
        until(|| self.clock.is_awaited(moment)).await;
        self.clock.advance(duration);
    }

    /// Ends once that line was logged; whose it was.
    pub(super) async fn logged(&self, text: &str) -> Option<String> {
        until(|| self.logs.find(text).is_some()).await;
        self.logs.find(text).unwrap().event_uuid
    }
}

/// Ends once `condition` holds.
pub(super) async fn until(condition: impl Fn() -> bool) {
    let holds = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, holds).await.is_ok(), "waited in vain");
}

/// What a far end receives next.
pub(super) async fn received(server: &mut DuplexStream) -> String {
    let mut buffer = [0; 1024];
    let count = tokio::time::timeout(PATIENCE, server.read(&mut buffer)).await.unwrap().unwrap();
    String::from_utf8(buffer[..count].to_vec()).unwrap()
}

fn installation(source: &str, limits: Limits) -> Installation {
    let files = [("plugin.json", r#"{"name": "demo"}"#), ("index.js", source)];
    let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into();
    Installation {
        id: InstallationId(39),
        team: TeamId(2),
        slug: "demo".into(),
        app: Arc::new(App::load(&AppBundle { files }, "demo").unwrap()),
        config: Map::new(),
        attachments: BTreeMap::new(),
        enabled: true,
        secret_fields: BTreeSet::new(),
        order: 0,
        on_error: ErrorPolicy::default(),
        on_disabled: DisabledPolicy::default(),
        durable_global: DurableGlobal::Off,
        log_level: LogFilter::Full,
        egress: Arc::new(EgressRules::new(&Arc::new(EgressPolicy::default())).unwrap()),
        limits,
    }
}

/// Every line that was logged.
#[derive(Default)]
pub(super) struct Lines(Mutex<Vec<AppLog>>);

impl Lines {
    pub(super) fn messages(&self) -> Vec<String> {
        self.lock().iter().map(|line| line.message.clone()).collect()
    }

    fn find(&self, text: &str) -> Option<AppLog> {
        self.lock().iter().find(|line| line.message.contains(text)).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<AppLog>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Telemetry for Lines {
    fn app_log(&self, line: AppLog) {
        self.lock().push(line);
    }
    fn app_call(&self, _: AppCall) {}
    fn app_metric(&self, _: AppMetric) {}
}

/// What an app was recorded to do outside.
#[derive(Default)]
pub(super) struct Recorded(pub(super) Mutex<Vec<(String, Value)>>);

impl Recorder for Recorded {
    fn record(&self, kind: &str, arguments: Value) {
        self.0.lock().unwrap().push((kind.to_owned(), arguments));
    }
}

/// Answers every request with 201 and what it was sent, in two pieces.
#[derive(Default)]
pub(super) struct Http {
    pub(super) sent: Mutex<Vec<HttpRequest>>,
}

#[async_trait]
impl HttpClient for Http {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let body = request.body.clone().unwrap_or_default();
        let path = request.url.path().to_owned();
        self.sent.lock().unwrap().push(request);
        if path == "/broken" {
            return Err(HttpError::System { code: "ECONNRESET", message: "socket hang up".into() });
        }
        let pieces = [Ok(Bytes::from_static(b"got ")), Ok(body)];
        Ok(HttpResponse {
            status: 201,
            status_text: "Created".into(),
            headers: vec![("x-one".into(), "1".into()), ("x-two".into(), "2".into())],
            body: futures_util::stream::iter(pieces).boxed(),
            remote_address: Some(SocketAddr::from(([192, 0, 2, 1], 443))),
        })
    }
}

/// Every host but `nowhere` is 192.0.2.1, and every connection a pipe.
struct Pipes(mpsc::UnboundedSender<DuplexStream>);

#[async_trait]
impl Network for Pipes {
    async fn lookup(&self, target: Target) -> Result<Vec<IpAddr>, NetworkError> {
        match target.host.as_str() {
            "nowhere" => Err(SystemError::of_lookup("ENOTFOUND", "nowhere").into()),
            _ => Ok(vec![IpAddr::from([192, 0, 2, 1])]),
        }
    }

    async fn connect(&self, target: Target) -> Result<Arc<dyn Connection>, NetworkError> {
        let remote = SocketAddr::new(self.lookup(target.clone()).await?[0], target.port);
        if target.port == 1 {
            return Err(SystemError::of_connect("ECONNREFUSED", remote).into());
        }
        let (near, far) = tokio::io::duplex(1024);
        self.0.send(far).unwrap();
        let (reading, writing) = tokio::io::split(near);
        Ok(Arc::new(Pipe {
            remote,
            reading: tokio::sync::Mutex::new(Some(reading)),
            writing: tokio::sync::Mutex::new(Some(writing)),
            closing: Arc::new(Notify::new()),
        }))
    }
}

struct Pipe {
    remote: SocketAddr,
    reading: tokio::sync::Mutex<Option<ReadHalf<DuplexStream>>>,
    writing: tokio::sync::Mutex<Option<WriteHalf<DuplexStream>>>,
    closing: Arc<Notify>,
}

#[async_trait]
impl Connection for Pipe {
    fn remote_address(&self) -> SocketAddr {
        self.remote
    }

    fn local_address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 50_000))
    }

    async fn read(&self) -> Result<Option<Bytes>, NetworkError> {
        let mut reading = self.reading.lock().await;
        let mut buffer = [0; 1024];
        let Some(half) = reading.as_mut() else { return Err(SystemError::of_stream("read", "ECONNRESET").into()) };
        tokio::select! {
            () = self.closing.notified() => {}
            count = half.read(&mut buffer) => {
                let count = count.unwrap();
                return Ok((count > 0).then(|| Bytes::copy_from_slice(&buffer[..count])));
            }
        }
        *reading = None;
        Err(SystemError::of_stream("read", "ECONNRESET").into())
    }

    async fn write(&self, bytes: Bytes) -> Result<(), NetworkError> {
        let mut writing = self.writing.lock().await;
        let Some(half) = writing.as_mut() else { return Err(SystemError::of_stream("write", "ECONNRESET").into()) };
        half.write_all(&bytes).await.map_err(|_| SystemError::of_stream("write", "EPIPE").into())
    }

    async fn shutdown(&self) -> Result<(), NetworkError> {
        if let Some(half) = self.writing.lock().await.as_mut() {
            half.shutdown().await.unwrap();
        }
        Ok(())
    }

    fn close(&self) {
        self.closing.notify_one();
        if let Ok(mut reading) = self.reading.try_lock() {
            *reading = None;
        }
        if let Ok(mut writing) = self.writing.try_lock() {
            *writing = None;
        }
    }

    fn set_no_delay(&self, _: bool) {}

    fn set_keep_alive(&self, _: Option<Duration>) {}

    async fn start_tls(&self, options: TlsOptions) -> Result<TlsSession, NetworkError> {
        Ok(TlsSession {
            authorization_error: (options.verification == crate::ports::network::Verification::Reported)
                .then_some("DEPTH_ZERO_SELF_SIGNED_CERT"),
            alpn_protocol: options.alpn_protocols.first().cloned(),
            protocol: "TLSv1.3",
            cipher: "TLS_AES_256_GCM_SHA384".into(),
            peer_certificate: options.server_name.unwrap_or_default().into_bytes(),
        })
    }
}
