//! Ports that remember what they were given.

use async_trait::async_trait;
use futures_util::StreamExt;
use runtime_core::event::PluginEvent;
use runtime_core::host::ports::Recorder;
use runtime_core::ports::Unavailable;
use runtime_core::ports::captures::{CapturedEvent, Captures};
use runtime_core::ports::clock::Clock;
use runtime_core::ports::event_sink::{EventSink, SinkError};
use runtime_core::ports::http::{HttpClient, HttpError, HttpRequest, HttpResponse};
use runtime_core::ports::notifier::{Notification, Notifier};
use runtime_core::telemetry::{AppCall, AppLog, AppMetric, CallEnd, LogLevel, Notice, Telemetry};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps every line and metric.
#[derive(Default)]
pub struct LogBook {
    lines: Mutex<Vec<AppLog>>,
    metrics: Mutex<Vec<AppMetric>>,
    calls: Mutex<Vec<AppCall>>,
    notices: Mutex<Vec<Notice>>,
}

impl LogBook {
    /// All lines so far.
    pub fn lines(&self) -> Vec<AppLog> {
        lock(&self.lines).clone()
    }

    /// The messages of all lines of a level.
    pub fn messages(&self, level: LogLevel) -> Vec<String> {
        self.lines().into_iter().filter(|line| line.level == level).map(|line| line.message).collect()
    }

    /// Whether some line contains the text.
    pub fn contains(&self, text: &str) -> bool {
        self.lines().iter().any(|line| line.message.contains(text))
    }

    /// All counted calls so far: function and end.
    pub fn calls(&self) -> Vec<(String, CallEnd)> {
        lock(&self.calls).iter().map(|call| (call.function.clone(), call.end)).collect()
    }

    /// All counted calls so far: function and how often it called the outside.
    pub fn host_calls(&self) -> Vec<(String, u64)> {
        lock(&self.calls).iter().map(|call| (call.function.clone(), call.host_calls)).collect()
    }

    /// What was said of all that is installed.
    pub fn notices(&self) -> Vec<Notice> {
        lock(&self.notices).clone()
    }

    /// All metric operations so far.
    pub fn metrics(&self) -> Vec<AppMetric> {
        lock(&self.metrics).clone()
    }
}

impl Telemetry for LogBook {
    fn app_log(&self, line: AppLog) {
        lock(&self.lines).push(line);
    }

    fn notice(&self, notice: Notice) {
        lock(&self.notices).push(notice);
    }

    fn app_call(&self, call: AppCall) {
        lock(&self.calls).push(call);
    }

    fn app_metric(&self, metric: AppMetric) {
        lock(&self.metrics).push(metric);
    }
}

/// Keeps what people would have been told.
#[derive(Default)]
pub struct Notices(Mutex<Vec<Notification>>);

impl Notices {
    /// All so far.
    pub fn all(&self) -> Vec<Notification> {
        lock(&self.0).clone()
    }
}

#[async_trait]
impl Notifier for Notices {
    async fn notify(&self, notification: Notification) -> Result<(), Unavailable> {
        lock(&self.0).push(notification);
        Ok(())
    }
}

/// Keeps final events and captured ones.
#[derive(Default)]
pub struct MemorySink {
    events: Mutex<Vec<PluginEvent>>,
    captured: Mutex<Vec<CapturedEvent>>,
    is_down: Mutex<bool>,
    refuses_captures: Mutex<bool>,
    refused_name: Mutex<Option<String>>,
}

impl MemorySink {
    /// Events that left the chain.
    pub fn events(&self) -> Vec<PluginEvent> {
        lock(&self.events).clone()
    }

    /// Takes the events that apps captured since the last time.
    pub fn take_captured(&self) -> Vec<CapturedEvent> {
        std::mem::take(&mut lock(&self.captured))
    }

    /// From now on every send fails.
    pub fn go_down(&self) {
        *lock(&self.is_down) = true;
    }

    /// From now on events of this name are refused for good.
    pub fn refuse(&self, name: &str) {
        *lock(&self.refused_name) = Some(name.to_owned());
    }

    /// From now on every capture fails.
    pub fn refuse_captures(&self) {
        *lock(&self.refuses_captures) = true;
    }

    /// From now on every send succeeds again.
    pub fn come_back(&self) {
        *lock(&self.is_down) = false;
        *lock(&self.refuses_captures) = false;
    }

    fn check(&self) -> Result<(), Unavailable> {
        if *lock(&self.is_down) {
            return Err(switched_off("event sink"));
        }
        Ok(())
    }
}

fn switched_off(port: &'static str) -> Unavailable {
    Unavailable { port, message: "switched off by the test".into(), source: None }
}

#[async_trait]
impl EventSink for MemorySink {
    async fn send(&self, events: &[PluginEvent]) -> Result<(), SinkError> {
        self.check()?;
        let refused = lock(&self.refused_name).clone();
        if let Some(index) = events.iter().position(|event| Some(event.name()) == refused.as_deref()) {
            return Err(SinkError::Refused { index, reason: "told to by the test".into() });
        }
        lock(&self.events).extend_from_slice(events);
        Ok(())
    }
}

#[async_trait]
impl Captures for MemorySink {
    async fn send(&self, captured: CapturedEvent) -> Result<(), Unavailable> {
        self.check()?;
        if *lock(&self.refuses_captures) {
            return Err(switched_off("captures"));
        }
        lock(&self.captured).push(captured);
        Ok(())
    }
}

/// Keeps the arguments of calls to the outside, as apps passed them.
#[derive(Default)]
pub struct Recorded(Mutex<Vec<(String, Value)>>);

impl Recorded {
    /// The argument lists of one kind, in order.
    pub fn of(&self, kind: &str) -> Vec<Value> {
        lock(&self.0).iter().filter(|(known, _)| known == kind).map(|(_, arguments)| arguments.clone()).collect()
    }
}

impl Recorder for Recorded {
    fn record(&self, kind: &str, arguments: Value) {
        lock(&self.0).push((kind.to_owned(), arguments));
    }
}

/// What a mocked host answers.
#[derive(Debug, Clone)]
pub struct MockReply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// How long it takes, by the world's clock; `None` is for ever.
    pub delay: Option<Duration>,
}

impl MockReply {
    /// A 200 with a JSON body, at once.
    pub fn json(value: &Value) -> Self {
        Self { status: 200, headers: Vec::new(), body: value.to_string(), delay: Some(Duration::ZERO) }
    }

    /// The same after a delay.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Never answers.
    pub fn never() -> Self {
        Self { status: 200, headers: Vec::new(), body: String::new(), delay: None }
    }
}

/// An HTTP client that keeps the requests, and answers them as it was told.
pub struct MockHttp {
    reply: Mutex<MockReply>,
    replies_at: Mutex<Vec<(String, MockReply)>>,
    requests: Mutex<Vec<HttpRequest>>,
    clock: Arc<dyn Clock>,
}

impl MockHttp {
    /// Answers `{}` until told otherwise.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let reply = Mutex::new(MockReply::json(&serde_json::json!({})));
        Self { reply, replies_at: Mutex::default(), requests: Mutex::default(), clock }
    }

    /// The answer from now on.
    pub fn answer(&self, reply: MockReply) {
        *lock(&self.reply) = reply;
    }

    /// The answer from now on to requests whose URL ends so.
    pub fn answer_at(&self, end_of_url: &str, reply: MockReply) {
        lock(&self.replies_at).insert(0, (end_of_url.to_owned(), reply));
    }

    fn reply_to(&self, url: &str) -> MockReply {
        let replies_at = lock(&self.replies_at);
        let special = replies_at.iter().find(|(end_of_url, _)| url.ends_with(end_of_url.as_str()));
        special.map_or_else(|| lock(&self.reply).clone(), |(_, reply)| reply.clone())
    }

    /// What was sent so far.
    pub fn requests(&self) -> Vec<HttpRequest> {
        lock(&self.requests).clone()
    }
}

#[async_trait]
impl HttpClient for MockHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let reply = self.reply_to(request.url.as_str());
        lock(&self.requests).push(request);
        match reply.delay {
            None => std::future::pending().await,
            Some(Duration::ZERO) => {}
            Some(delay) => self.clock.sleep_until(self.clock.elapsed() + delay).await,
        }
        let body = futures_util::stream::iter([Ok(reply.body.into_bytes().into())]).boxed();
        Ok(HttpResponse {
            status: reply.status,
            status_text: "OK".into(),
            headers: reply.headers,
            body,
            remote_address: None,
        })
    }
}
