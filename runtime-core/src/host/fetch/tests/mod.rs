//! `fetch` against a scripted client and a clock that the test moves.

mod following;
mod limits;
mod sending;

use super::{FetchError, FetchRequest, FetchResponse, fetch};
use crate::host::egress::EgressRules;
use crate::ports::clock::{Clock, Timestamp};
use crate::ports::http::{EgressPolicy, HttpClient, HttpError, HttpRequest, HttpResponse};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the scripted client does with one request.
enum Answer {
    Response(HttpResponse),
    Fails(HttpError),
    NeverComes,
}

/// Gives its answers in turn and keeps what was asked.
#[derive(Default)]
struct ScriptedClient {
    answers: Mutex<VecDeque<Answer>>,
    sent: Mutex<Vec<HttpRequest>>,
}

impl ScriptedClient {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Mutex::new(answers.into_iter().collect()), sent: Mutex::default() }
    }

    /// The requests so far, as `METHOD url`.
    fn lines(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|request| format!("{} {}", request.method, request.url)).collect()
    }

    /// The values of a header of the request number `index`.
    fn header(&self, index: usize, name: &str) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        let matching = sent[index].headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        matching.map(|(_, value)| value.clone()).collect()
    }

    fn body(&self, index: usize) -> Option<Bytes> {
        self.sent.lock().unwrap()[index].body.clone()
    }
}

#[async_trait]
impl HttpClient for ScriptedClient {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.sent.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front().expect("no answer is left for this request");
        match answer {
            Answer::Response(response) => Ok(response),
            Answer::Fails(error) => Err(error),
            Answer::NeverComes => std::future::pending().await,
        }
    }
}

/// A clock that moves by itself to the deadline of whoever waits, once nothing else can run.
struct SkippingClock(Mutex<Duration>);

impl SkippingClock {
    fn shared() -> Arc<dyn Clock> {
        Arc::new(Self(Mutex::new(Duration::from_secs(1000))))
    }
}

#[async_trait]
impl Clock for SkippingClock {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    async fn sleep_until(&self, deadline: Duration) {
        tokio::task::yield_now().await;
        let mut now = self.0.lock().unwrap();
        *now = deadline.max(*now);
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: &'static [u8]) -> HttpResponse {
    HttpResponse {
        status,
        status_text: String::new(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        body: stream::iter(body.chunks(7).map(|chunk| Ok(Bytes::from_static(chunk)))).boxed(),
        remote_address: None,
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &'static [u8]) -> Answer {
    Answer::Response(response(status, headers, body))
}

fn redirect(status: u16, location: &str) -> Answer {
    answer(status, &[("Location", location)], b"")
}

fn get(url: &str) -> FetchRequest {
    FetchRequest::get(url, Arc::new(EgressRules::new(&Arc::new(EgressPolicy::default())).unwrap()))
}

fn post(url: &str, body: &'static str) -> FetchRequest {
    FetchRequest { method: "post".to_owned(), body: Some(Bytes::from_static(body.as_bytes())), ..get(url) }
}

async fn run(client: &ScriptedClient, request: FetchRequest) -> Result<FetchResponse, FetchError> {
    fetch(client, &SkippingClock::shared(), request).await
}

/// `type: message` of the error.
fn told(outcome: Result<impl Sized, FetchError>) -> String {
    let Err(error) = outcome else { panic!("it did not fail") };
    format!("{}: {}", error.kind.js_type().unwrap_or("TypeError"), error.message)
}
