//! The endpoint that the apps tell: it writes down what it hears before it answers. It can be down, and lose answers.

use crate::files::{Lines, Reply, Row};
use crate::random::Random;
use crate::server::serve;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// When the endpoint misbehaves, counted in requests.
#[derive(Debug, Clone)]
pub struct Plan {
    /// While it is down it answers 503 and writes nothing but that it did.
    pub outages: Vec<Range<u64>>,
    /// In so many of 1,000 requests it writes down what it hears, and hangs up.
    pub cuts_per_mille: u64,
    /// Chooses which.
    pub random: Random,
}

impl Plan {
    /// It always answers.
    #[must_use]
    pub fn calm() -> Self {
        Self { outages: Vec::new(), cuts_per_mille: 0, random: Random::new(0, "") }
    }

    /// It is down for three while out of about `requests`, and sometimes hangs up.
    #[must_use]
    pub fn faulty(seed: u64, requests: u64) -> Self {
        let mut random = Random::new(seed, "endpoint");
        let outages = (0..3).map(|_| {
            let start = random.below(requests);
            start..start + 1 + random.below(requests / 50 + 10)
        });
        let outages = outages.collect();
        Self { outages, cuts_per_mille: 3, random }
    }
}

/// A running endpoint; it ends with this value.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    recording: Lines,
    plan: Mutex<Plan>,
    requests: AtomicU64,
}

impl Endpoint {
    /// Starts it on a free port of this machine; what it hears goes to `recording`.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn start(recording: &Path, plan: Plan) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let recording = Lines::append_to(recording)?;
        let state = Arc::new(State { recording, plan: Mutex::new(plan), requests: AtomicU64::new(0) });
        let answering = Arc::clone(&state);
        let server = tokio::spawn(serve(listener, move |request| Arc::clone(&answering).answer(request)));
        Ok(Self { address, state, server })
    }

    /// Its address for apps.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// How often it was told something.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::Relaxed)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl State {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, io::Error> {
        let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
        let Ok(row) = serde_json::from_slice::<Row>(&body) else { return Ok(status(StatusCode::BAD_REQUEST)) };
        let reply = self.reply(self.requests.fetch_add(1, Ordering::Relaxed));
        self.recording.add(&Row { reply, ..row })?;
        match reply {
            Reply::Ok => Ok(status(StatusCode::OK)),
            Reply::Refused => Ok(status(StatusCode::SERVICE_UNAVAILABLE)),
            Reply::Cut => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    fn reply(&self, number: u64) -> Reply {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let cuts_per_mille = plan.cuts_per_mille;
        if plan.random.chance(cuts_per_mille) {
            Reply::Cut
        } else if plan.outages.iter().any(|outage| outage.contains(&number)) {
            Reply::Refused
        } else {
            Reply::Ok
        }
    }
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    const BODY: &str = r#"{"app":"exporter","what":"exported","uuids":["u"],"incomplete":[]}"#;

    /// The start of what it answers; nothing if it hangs up.
    async fn tell(endpoint: &Endpoint, body: &str) -> String {
        let mut stream = TcpStream::connect(endpoint.address).await.unwrap();
        let head = format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + body).as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.chars().take(12).collect()
    }

    async fn replies(plan: Plan) -> (Vec<String>, Vec<Reply>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("recording.jsonl");
        let endpoint = Endpoint::start(&file, plan).await.unwrap();
        let answers = vec![tell(&endpoint, BODY).await, tell(&endpoint, "{}").await, tell(&endpoint, BODY).await];
        assert_eq!(endpoint.requests(), 2, "what is no row does not count");
        let text = std::fs::read_to_string(file).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<Row>(line).unwrap().reply);
        (answers, rows.collect())
    }

    #[tokio::test]
    async fn it_writes_down_what_it_answers() {
        let calm = replies(Plan::calm()).await;
        assert_eq!(calm.0, ["HTTP/1.1 200", "HTTP/1.1 400", "HTTP/1.1 200"]);
        assert_eq!(calm.1, [Reply::Ok, Reply::Ok]);
        let down = replies(Plan { outages: std::iter::once(1..2).collect(), ..Plan::calm() }).await;
        assert_eq!(down.0, ["HTTP/1.1 200", "HTTP/1.1 400", "HTTP/1.1 503"]);
        assert_eq!(down.1, [Reply::Ok, Reply::Refused]);
        let cut = replies(Plan { cuts_per_mille: 1000, ..Plan::calm() }).await;
        assert_eq!(cut.0, ["", "HTTP/1.1 400", ""]);
        assert_eq!(cut.1, [Reply::Cut, Reply::Cut]);
    }
}
