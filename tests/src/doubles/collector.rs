//! A receiver of events over HTTP, as those that apps forward events to: it takes whatever is posted.

use super::reply::Reply;
use super::seen::Seen;
use super::server::{Handler, Server};
use async_trait::async_trait;
use http::Method;
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// A running receiver; it ends with this value.
pub struct Collector {
    server: Server,
}

struct Anything;

impl Collector {
    /// The name that its certificate is for.
    pub const HOST: &str = "localhost";

    /// Starts one.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn start() -> io::Result<Self> {
        Ok(Self { server: Server::start(Arc::new(Anything)).await? })
    }

    /// Where it answers without TLS.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The port of 127.0.0.1 that `https` to [`Collector::HOST`] is to be led to.
    pub fn ports(&self) -> BTreeMap<String, u16> {
        [(Self::HOST.to_owned(), self.server.secure_port())].into()
    }

    /// What was posted, oldest first.
    pub fn requests(&self) -> Vec<Seen> {
        self.server.requests()
    }

    /// What was wrong with it.
    pub fn complaints(&self) -> Vec<String> {
        self.server.complaints()
    }
}

#[async_trait]
impl Handler for Anything {
    async fn answer(&self, request: &Seen) -> Result<Reply, String> {
        match (&request.method, request.json().is_null()) {
            (&Method::POST, false) => Ok(Reply::json(200, &json!({"status": 1}))),
            (&Method::POST, true) => Err("the body is no JSON".into()),
            (method, _) => Err(format!("a receiver knows no {method}")),
        }
    }
}
