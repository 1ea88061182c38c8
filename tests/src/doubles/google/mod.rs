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

#[derive(Default)]
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
        Ok(Self { server: Server::start(Arc::new(Mutex::new(Services::default()))).await? })
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::header::{AUTHORIZATION, CONTENT_TYPE};
    use http::{HeaderMap, Method};

    fn request(method: Method, path: &str, authorization: Option<&str>, body: &str) -> Seen {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        }
        Seen::new(method, &path.parse().unwrap(), headers, Bytes::from(body.to_owned()))
    }

    fn status(services: &mut Services, request: &Seen) -> Result<u16, String> {
        services.answer(request).map(|reply| reply.into_response().status().as_u16())
    }

    #[test]
    fn nobody_gets_in_without_a_token() {
        let services = &mut Services::default();
        let bucket = |authorization| request(Method::GET, "/storage/v1/b/none", authorization, "");
        assert!(status(services, &bucket(None)).is_err());
        assert!(status(services, &bucket(Some("Basic x"))).is_err());
        assert_eq!(status(services, &bucket(Some("Bearer unknown"))), Ok(401));
    }

    #[test]
    fn a_token_opens_what_it_is_for() {
        let services = &mut Services::default();
        let assertion = tokens::signed(&tokens::claims("https://www.googleapis.com/auth/pubsub"));
        let form = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        assert_eq!(status(services, &request(Method::POST, "/token", None, &form)), Ok(200));
        let token = Some("Bearer ya29.hedgerow-1");
        let topic = format!("/v1/projects/{PROJECT}/topics/none");
        assert_eq!(status(services, &request(Method::GET, &topic, token, "")), Ok(404));
        assert!(status(services, &request(Method::GET, "/storage/v1/b/none", token, "")).is_err());
        assert!(status(services, &request(Method::GET, "/v1/projects/else/topics/none", token, "")).is_err());
        assert!(status(services, &request(Method::GET, "/else", token, "")).is_err());
    }
}
