//! A double of the Lambda Runtime API: it hands invocations to a function that polls for them, and notes the answers.
//!
//! It has the four paths that a function uses (`next`, `response`, `error`, `init/error`) with the headers of the real one, and
//! the two of the Extensions API that an extension for no events uses (`register`, `event/next`).
//! It has none of Lambda's limits: it freezes nothing and ends no function at its deadline.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

const FUNCTION_NAME: &str = "function-under-test";
const PREFIX: &str = "/2018-06-01/runtime/";
const EXTENSIONS_PREFIX: &str = "/2020-01-01/extension/";

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The function's result.
    Response(Value),
    /// The function's error: its `errorType` and its `errorMessage`.
    Error {
        /// `errorType`
        kind: String,
        /// `errorMessage`
        message: String,
    },
}

/// A running double; it ends with this value.
pub struct RuntimeApi {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    invocations: Mutex<Invocations>,
    queued: Notify,
    /// Whether there is no Extensions API, as in emulators.
    has_no_extensions: bool,
    /// The extensions that registered, by the identifiers that they were given: their places here.
    extensions: Mutex<Vec<Value>>,
}

#[derive(Default)]
struct Invocations {
    count: u64,
    waiting: VecDeque<Invocation>,
    /// Handed out and not answered, by request id.
    running: HashMap<String, oneshot::Sender<Answer>>,
    init_errors: Vec<Value>,
}

struct Invocation {
    request_id: String,
    payload: Bytes,
    time: Duration,
    answer: oneshot::Sender<Answer>,
}

impl RuntimeApi {
    /// Starts a double on a free port of this machine.
    pub async fn start() -> io::Result<Self> {
        Self::with(State::default()).await
    }

    /// Starts a double without an Extensions API.
    pub async fn start_without_extensions() -> io::Result<Self> {
        Self::with(State { has_no_extensions: true, ..State::default() }).await
    }

    async fn with(state: State) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(state);
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { address, state, server })
    }

    /// The environment of a function that is to poll this double.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("AWS_LAMBDA_RUNTIME_API", self.address.to_string().as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", FUNCTION_NAME),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Queues an invocation that has `time` from the moment it is handed out, and waits for its answer.
    ///
    /// # Panics
    ///
    /// If the double ends first.
    pub async fn invoke(&self, payload: impl Into<Bytes>, time: Duration) -> Answer {
        let (answer, answered) = oneshot::channel();
        {
            let mut invocations = self.state.invocations();
            invocations.count += 1;
            let request_id = format!("00000000-0000-4000-8000-{:012}", invocations.count);
            invocations.waiting.push_back(Invocation { request_id, payload: payload.into(), time, answer });
        }
        self.state.queued.notify_one();
        answered.await.expect("the double keeps the sender until the function has answered")
    }

    /// The extensions that the function has registered: `name`, `events`, and `is_waiting` once it has asked for its first event.
    pub fn extensions(&self) -> Vec<Value> {
        self.state.extensions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the function said about failing to start, oldest first.
    pub fn init_errors(&self) -> Vec<Value> {
        self.state.invocations().init_errors.clone()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl State {
    fn invocations(&self) -> MutexGuard<'_, Invocations> {
        self.invocations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        if let Some(path) = path.strip_prefix(EXTENSIONS_PREFIX)
            && !self.has_no_extensions
        {
            return self.extension(path, request).await;
        }
        let Some(path) = path.strip_prefix(PREFIX) else { return empty(StatusCode::NOT_FOUND) };
        let method = request.method().clone();
        let parts: Vec<&str> = path.split('/').collect();
        match (method, parts.as_slice()) {
            (Method::GET, ["invocation", "next"]) => self.next().await,
            (Method::POST, ["invocation", request_id, "response"]) => {
                let response = body(request).await;
                self.finish(request_id, Answer::Response(response))
            }
            (Method::POST, ["invocation", request_id, "error"]) => {
                let error = body(request).await;
                let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
                self.finish(request_id, Answer::Error { kind: text("errorType"), message: text("errorMessage") })
            }
            (Method::POST, ["init", "error"]) => {
                let error = body(request).await;
                self.invocations().init_errors.push(error);
                empty(StatusCode::ACCEPTED)
            }
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    async fn extension(&self, path: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        match path {
            "register" => {
                let name = header("lambda-extension-name");
                let events = body(request).await["events"].take();
                let mut extensions = self.extensions.lock().unwrap_or_else(PoisonError::into_inner);
                let mut response = empty(StatusCode::OK);
                let identifier = HeaderValue::from(extensions.len());
                response.headers_mut().insert("lambda-extension-identifier", identifier);
                extensions.push(json!({"name": name, "events": events, "is_waiting": false}));
                response
            }
            "event/next" => {
                let place = header("lambda-extension-identifier").and_then(|place| place.parse::<usize>().ok());
                {
                    let mut extensions = self.extensions.lock().unwrap_or_else(PoisonError::into_inner);
                    let Some(extension) = place.and_then(|place| extensions.get_mut(place)) else {
                        return empty(StatusCode::FORBIDDEN);
                    };
                    extension["is_waiting"] = true.into();
                }
                // There is no event for it.
                std::future::pending().await
            }
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        loop {
            let invocation = self.invocations().waiting.pop_front();
            if let Some(invocation) = invocation {
                return self.hand_out(invocation);
            }
            // A notification sent between the look and the wait is kept by `Notify`.
            self.queued.notified().await;
        }
    }

    fn hand_out(&self, invocation: Invocation) -> Response<Full<Bytes>> {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let deadline_ms = (since_1970 + invocation.time).as_millis();
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", &invocation.request_id)
            .header("lambda-runtime-deadline-ms", deadline_ms.to_string())
            .header(
                "lambda-runtime-invoked-function-arn",
                format!("arn:aws:lambda:eu-west-1:123456789012:function:{FUNCTION_NAME}"),
            )
            .header("lambda-runtime-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")
            .body(Full::new(invocation.payload))
            .expect("every header is plain ASCII");
        self.invocations().running.insert(invocation.request_id, invocation.answer);
        response
    }

    fn finish(&self, request_id: &str, answer: Answer) -> Response<Full<Bytes>> {
        let Some(waiting) = self.invocations().running.remove(request_id) else {
            return empty(StatusCode::BAD_REQUEST);
        };
        // A test that no longer waits has ended: nobody misses the answer.
        _ = waiting.send(answer);
        empty(StatusCode::ACCEPTED)
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    // A failure to accept ends the double, and with it every wait of the test.
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| {
            let state = Arc::clone(&state);
            async move { Ok::<_, Infallible>(state.answer(request).await) }
        });
        // A connection that breaks is the function's end, which the test sees by itself.
        tokio::spawn(async move { _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await });
    }
}

/// The body as JSON; as text where it is none.
async fn body(request: Request<Incoming>) -> Value {
    let bytes = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&bytes)))
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
