//! A web site for tests of HTTP clients, and an S3 that fails.

use super::reply::Reply;
use super::seen::Seen;
use super::server::{Handler, Server};
use async_trait::async_trait;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use http::Method;
use serde_json::json;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running site; it ends with this value.
///
/// | path | answer |
/// |---|---|
/// | `/echo` | method, query, some headers and body of the request, as JSON |
/// | `/status/N` | status N and `{"status": N}` |
/// | `/redirect/STATUS/PATH` | STATUS, on to `/PATH` |
/// | `/loop` | 302, on to itself |
/// | `/gzip`, `/deflate`, `/not-gzip` | a text, compressed so; something that is not |
/// | `/bytes/N` | N bytes |
/// | `/never` | nothing |
/// | `/s3` | 503 `SlowDown` twice, then a list of one bucket, then 500 `InternalError` for ever |
pub struct Site {
    server: Server,
}

#[derive(Default)]
struct Pages {
    asked_for_buckets: AtomicU32,
}

impl Site {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn start() -> io::Result<Self> {
        Ok(Self { server: Server::start(Arc::new(Pages::default())).await? })
    }

    /// Where it answers without TLS.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// What was wrong with what it was sent.
    pub fn complaints(&self) -> Vec<String> {
        self.server.complaints()
    }
}

#[async_trait]
impl Handler for Pages {
    async fn answer(&self, request: &Seen) -> Result<Reply, String> {
        let path: Vec<_> = request.path.split('/').skip(1).collect();
        match &path[..] {
            ["echo"] => Ok(Reply::json(200, &echo(request)).header("x-twice", "1").header("x-twice", "2")),
            ["status", status] => {
                let status = status.parse().map_err(|_| "that is no status")?;
                Ok(Reply::json(status, &json!({"status": status})))
            }
            ["redirect", status, on @ ..] => {
                let status = status.parse().map_err(|_| "that is no status")?;
                Ok(Reply::empty(status).header("location", &format!("/{}", on.join("/"))))
            }
            ["loop"] => Ok(Reply::empty(302).header("location", "/loop")),
            ["gzip"] => compressed("gzip", |text| {
                pack(GzEncoder::new(Vec::new(), Compression::default()), text, GzEncoder::finish)
            }),
            ["deflate"] => compressed("deflate", |text| {
                pack(ZlibEncoder::new(Vec::new(), Compression::default()), text, ZlibEncoder::finish)
            }),
            ["not-gzip"] => Ok(Reply::bytes(200, "plain").header("content-encoding", "gzip")),
            ["bytes", count] => Ok(Reply::bytes(200, vec![b'x'; count.parse().map_err(|_| "that is no number")?])),
            ["never"] => std::future::pending().await,
            ["s3", ..] => Ok(self.buckets()),
            _ => Err("the site has no such page".into()),
        }
    }
}

impl Pages {
    fn buckets(&self) -> Reply {
        const LIST: &str = "<ListAllMyBucketsResult><Owner><ID>39</ID></Owner><Buckets><Bucket><Name>one</Name>\
                            <CreationDate>2023-01-01T00:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>";
        let failure = |code: &str| format!("<Error><Code>{code}</Code><Message>told to by the test</Message></Error>");
        match self.asked_for_buckets.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => Reply::xml(503, failure("SlowDown")),
            2 => Reply::xml(200, LIST.into()),
            _ => Reply::xml(500, failure("InternalError")),
        }
    }
}

fn echo(request: &Seen) -> serde_json::Value {
    let headers: serde_json::Map<_, _> =
        ["accept", "content-type", "content-length", "user-agent", "x-app", "authorization"]
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), request.header(name)?.into())))
            .collect();
    let body = String::from_utf8_lossy(&request.body);
    // To GET the body is none of the request's meaning (RFC 9110, 9.3.1).
    let body = if request.method == Method::GET { None } else { Some(body) };
    json!({"method": request.method.as_str(), "query": request.query, "headers": headers, "body": body})
}

fn compressed(encoding: &str, pack: impl Fn(&[u8]) -> io::Result<Vec<u8>>) -> Result<Reply, String> {
    let body = pack("hedgerow ".repeat(1000).as_bytes()).map_err(|error| error.to_string())?;
    Ok(Reply::bytes(200, body).header("content-encoding", encoding).header("content-type", "text/plain"))
}

fn pack<Encoder: Write>(
    mut encoder: Encoder,
    text: &[u8],
    finish: impl Fn(Encoder) -> io::Result<Vec<u8>>,
) -> io::Result<Vec<u8>> {
    encoder.write_all(text)?;
    finish(encoder)
}
