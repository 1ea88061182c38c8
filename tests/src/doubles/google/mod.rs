//! A double of Google: tokens for a service account, Cloud Storage, BigQuery and Pub/Sub over REST.
//!
//! By the references <https://developers.google.com/identity/protocols/oauth2/service-account>,
//! <https://cloud.google.com/storage/docs/json_api/v1>, <https://cloud.google.com/bigquery/docs/reference/rest> and
//! <https://cloud.google.com/pubsub/docs/reference/rest>.

mod bigquery;
mod failure;
mod objects;
mod pubsub;
mod queries;
mod storage;
mod tables;
mod tokens;
mod uploads;

use super::certificates;
use super::reply::Reply;
use super::seen::Seen;
use super::server::{Handler, Server};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// The project of the service account.
pub const PROJECT: &str = "hedgerow-test";

/// The names that packages hard-code and that this double stands for.
const HOSTS: [&str; 6] = [
    "www.googleapis.com",
    "oauth2.googleapis.com",
    "accounts.googleapis.com",
    "storage.googleapis.com",
    "bigquery.googleapis.com",
    "pubsub.googleapis.com",
];

/// A running double of Google; it ends with this value. It begins with nothing in it.
pub struct Google {
    server: Server,
}

/// One service: what it answers to a request that was let in.
trait Service: Send {
    fn answer(&mut self, request: &Seen) -> Result<Reply, String>;
}

struct Services {
    tokens: tokens::Tokens,
    storage: storage::Storage,
    bigquery: bigquery::BigQuery,
    pubsub: pubsub::PubSub,
}

impl Google {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn start() -> io::Result<Self> {
        let services = Services {
            tokens: tokens::Tokens::default(),
            storage: storage::Storage::default(),
            bigquery: bigquery::BigQuery::default(),
            pubsub: pubsub::PubSub::default(),
        };
        Ok(Self { server: Server::start(Arc::new(Mutex::new(services))).await? })
    }

    /// The key file of its service account, as an operator would have downloaded it.
    pub fn service_account(&self) -> Value {
        json!({
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": tokens::KEY_ID,
            "private_key": certificates::pem("service-account.key.der", "PRIVATE KEY"),
            "client_email": tokens::EMAIL,
            "client_id": "100000000000000000039",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://oauth2.googleapis.com/token",
        })
    }

    /// Where it answers without TLS, for options such as `apiEndpoint`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The ports of 127.0.0.1 that connections to Google's names are to be led to.
    pub fn ports(&self) -> BTreeMap<String, u16> {
        HOSTS.iter().map(|host| ((*host).to_owned(), self.server.secure_port())).collect()
    }

    /// What it was sent, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        self.server.requests()
    }

    /// What was wrong with what it was sent: a test ends with the assertion that this is empty.
    pub fn complaints(&self) -> Vec<String> {
        self.server.complaints()
    }
}

#[async_trait]
impl Handler for Mutex<Services> {
    async fn answer(&self, request: &Seen) -> Result<Reply, String> {
        self.lock().unwrap_or_else(PoisonError::into_inner).answer(request)
    }
}

impl Services {
    fn answer(&mut self, request: &Seen) -> Result<Reply, String> {
        let first = |prefixes: &[&str]| prefixes.iter().any(|prefix| request.path.starts_with(prefix));
        let (service, scopes): (&mut dyn Service, _) = if first(&["/oauth2/v4/token", "/token"]) {
            return self.tokens.answer(request);
        } else if first(&["/storage/v1/", "/upload/storage/v1/", "/download/storage/v1/"]) {
            (&mut self.storage, storage::SCOPES)
        } else if first(&["/bigquery/v2/"]) {
            (&mut self.bigquery, bigquery::SCOPES)
        } else if first(&["/v1/projects/"]) {
            (&mut self.pubsub, pubsub::SCOPES)
        } else {
            return Err("no service has this path".into());
        };
        // The session address of a resumable upload is itself the permission.
        if request.query("upload_id").is_none() && !self.tokens.lets_in(request, scopes)? {
            return Ok(failure::unauthorized());
        }
        service.answer(request)
    }
}
