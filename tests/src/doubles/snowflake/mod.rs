//! A double of Snowflake, by what its Node.js driver 1.6 sends and reads: login, queries with binds, results in chunks, renewal of
//! sessions, failures. The protocol has no public reference; codes are those of the driver and of
//! <https://docs.snowflake.com/en/user-guide/client-connectivity-troubleshooting>.

mod database;
mod results;
#[cfg(test)]
mod tests;

use super::reply::Reply;
use super::seen::Seen;
use super::server::{Handler, Server};
use async_trait::async_trait;
use database::Database;
use flate2::read::GzDecoder;
use results::{Answer, Table};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// How many queries a session's token is good for: so every client has to renew it.
const QUERIES_OF_A_TOKEN: u32 = 8;
const LOGIN_SECONDS: u32 = 3600;

/// A running double of Snowflake; it ends with this value. It begins without tables.
pub struct Snowflake {
    server: Server,
}

/// The state behind it.
#[derive(Default)]
struct Service {
    sessions: BTreeMap<String, Session>,
    tokens: u32,
    database: Database,
    /// Chunks of results by id, and results that are still asked for.
    chunks: BTreeMap<String, String>,
    pending: BTreeMap<String, Value>,
    queries: u32,
}

/// A session, by its token.
struct Session {
    master: String,
    queries: u32,
}

impl Snowflake {
    /// The account that it stands for.
    pub const ACCOUNT: &str = "hedgerow";
    /// The user that it lets in.
    pub const USER: &str = "APP";
    /// The user's password.
    pub const PASSWORD: &str = "not a secret";

    /// Starts one.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn start() -> io::Result<Self> {
        Ok(Self { server: Server::start(Arc::new(Mutex::new(Service::default()))).await? })
    }

    /// Where it answers without TLS, for the option `accessUrl`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The port of 127.0.0.1 that connections to the account's name are to be led to.
    pub fn ports(&self) -> BTreeMap<String, u16> {
        BTreeMap::from([(format!("{}.snowflakecomputing.com", Self::ACCOUNT), self.server.secure_port())])
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
impl Handler for Mutex<Service> {
    async fn answer(&self, request: &Seen) -> Result<Reply, String> {
        self.lock().unwrap_or_else(PoisonError::into_inner).answer(request)
    }
}

impl Service {
    fn answer(&mut self, request: &Seen) -> Result<Reply, String> {
        let segments = request.segments();
        match &segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["session", "v1", "login-request"] => self.login(request),
            ["session", "token-request"] => self.renew(request),
            ["session", "logout-request"] => self.end(request),
            ["session", "heartbeat"] => Ok(success(&Value::Null)),
            ["queries", "v1", "query-request"] => self.query(request),
            ["queries", id, "result"] => self.result(request, id),
            ["chunks", id] => {
                let chunk = self.chunks.get(*id).ok_or("there is no such chunk")?;
                Ok(Reply::bytes(200, chunk.clone()).header("content-type", "application/json"))
            }
            _ => Err("Snowflake has no such path".into()),
        }
    }

    fn login(&mut self, request: &Seen) -> Result<Reply, String> {
        let body = body_of(request)?;
        let data = &body["data"];
        for name in ["CLIENT_APP_ID", "CLIENT_APP_VERSION", "ACCOUNT_NAME", "LOGIN_NAME", "PASSWORD"] {
            data[name].as_str().ok_or_else(|| format!("the login has no {name}"))?;
        }
        if request.query("requestId").is_none() {
            return Err("a login has a requestId".into());
        }
        if data["ACCOUNT_NAME"] != Snowflake::ACCOUNT
            || data["LOGIN_NAME"] != Snowflake::USER
            || data["PASSWORD"] != Snowflake::PASSWORD
        {
            return Ok(failure(
                "390100",
                "Incorrect username or password was specified.",
                &json!({"nextAction": "RETRY_LOGIN"}),
            ));
        }
        let (token, master) = self.new_tokens();
        self.sessions.insert(token.clone(), Session { master: master.clone(), queries: 0 });
        let text = |name: &str| request.query(name).map(str::to_uppercase);
        Ok(success(&json!({
            "token": token,
            "masterToken": master,
            "validityInSeconds": LOGIN_SECONDS,
            "masterValidityInSeconds": 4 * LOGIN_SECONDS,
            "displayUserName": Snowflake::USER,
            "serverVersion": "7.0.0",
            "firstLogin": false,
            "sessionId": 39,
            "parameters": [{"name": "TIMEZONE", "value": "UTC"}, {"name": "CLIENT_SESSION_KEEP_ALIVE", "value": false}],
            "sessionInfo": {"databaseName": text("databaseName"), "schemaName": text("schemaName"),
                "warehouseName": text("warehouse"), "roleName": text("roleName")},
        })))
    }

    fn new_tokens(&mut self) -> (String, String) {
        self.tokens += 1;
        (format!("session-{}", self.tokens), format!("master-{}", self.tokens))
    }

    /// A new token for one that is used up.
    fn renew(&mut self, request: &Seen) -> Result<Reply, String> {
        let body = body_of(request)?;
        let old = body["oldSessionToken"]
            .as_str()
            .filter(|_| body["REQUEST_TYPE"] == "RENEW")
            .ok_or("RENEW names the old token")?;
        let session = self.sessions.remove(old).ok_or("the old token is of no session")?;
        if token_of(request)? != session.master {
            return Err("a session is renewed with its master token".into());
        }
        let (token, master) = self.new_tokens();
        self.sessions.insert(token.clone(), Session { master: master.clone(), queries: 0 });
        Ok(success(&json!({"sessionToken": token, "masterToken": master, "validityInSecondsST": LOGIN_SECONDS,
            "validityInSecondsMT": 4 * LOGIN_SECONDS, "sessionId": 39})))
    }

    fn end(&mut self, request: &Seen) -> Result<Reply, String> {
        let master = token_of(request)?;
        let before = self.sessions.len();
        self.sessions.retain(|_, session| session.master != master);
        if self.sessions.len() == before {
            return Ok(failure(
                "390111",
                "Session no longer exists. New login required to access the service.",
                &Value::Null,
            ));
        }
        Ok(success(&Value::Null))
    }

    /// Whether the request is of a session; else what it is answered.
    fn check_session(&mut self, request: &Seen) -> Result<Option<Reply>, String> {
        let gone =
            || failure("390104", "Session token is invalid. New login required to access the service.", &Value::Null);
        let Some(session) = self.sessions.get_mut(token_of(request)?) else { return Ok(Some(gone())) };
        session.queries += 1;
        let expired = session.queries > QUERIES_OF_A_TOKEN;
        Ok(expired.then(|| failure("390112", "Your session has expired. Please login again.", &Value::Null)))
    }

    fn query(&mut self, request: &Seen) -> Result<Reply, String> {
        if let Some(refusal) = self.check_session(request)? {
            return Ok(refusal);
        }
        let body = body_of(request)?;
        let sql = body["sqlText"].as_str().ok_or("a query has a sqlText")?;
        if request.query("requestId").is_none() {
            return Err("a query has a requestId".into());
        }
        self.queries += 1;
        let id = format!("01890000-0000-0000-0000-{:012}", self.queries);
        Ok(match self.database.run(sql, &body["bindings"])? {
            Answer::Table(table) => success(&self.data_of(&id, table, request)),
            Answer::Later(table) => {
                let data = self.data_of(&id, table, request);
                self.pending.insert(id.clone(), data);
                let address = json!({"queryId": id, "getResultUrl": format!("/queries/{id}/result"), "queryAbortsAfterSecs": 300});
                json_reply(&json!({"data": address, "code": "333333", "success": true,
                    "message": "Query execution in progress. You will be notified when the result is available."}))
            }
            Answer::Failure { code, state, message } => failure(
                code,
                &message,
                &json!({"errorCode": code, "sqlState": state, "queryId": id, "line": 1, "pos": 0}),
            ),
        })
    }

    fn result(&mut self, request: &Seen, id: &str) -> Result<Reply, String> {
        if let Some(refusal) = self.check_session(request)? {
            return Ok(refusal);
        }
        self.pending.remove(id).map(|data| success(&data)).ok_or_else(|| "nothing is pending there".into())
    }

    fn data_of(&mut self, id: &str, table: Table, request: &Seen) -> Value {
        let host = request.header("host").unwrap_or_default();
        let scheme = if host.starts_with("127.0.0.1:") { "http" } else { "https" };
        let (data, chunks) = table.into_data(id, &format!("{scheme}://{host}"));
        self.chunks.extend(chunks);
        data
    }
}

/// The JSON body, decompressed.
fn body_of(request: &Seen) -> Result<Value, String> {
    let mut body = request.body.to_vec();
    if request.header("content-encoding") == Some("gzip") {
        let compressed = std::mem::take(&mut body);
        GzDecoder::new(&compressed[..])
            .read_to_end(&mut body)
            .map_err(|error| format!("the body is no gzip: {error}"))?;
    }
    serde_json::from_slice(&body).map_err(|error| format!("the body is no JSON: {error}"))
}

/// `Snowflake Token="..."`
fn token_of(request: &Seen) -> Result<&str, String> {
    let header = request.header("authorization").ok_or("there is no Authorization")?;
    let token = header.strip_prefix("Snowflake Token=\"").and_then(|rest| rest.strip_suffix('"'));
    token.ok_or_else(|| format!("{header:?} is no token"))
}

/// The driver reads a body as JSON only if it is exactly of this type.
fn json_reply(body: &Value) -> Reply {
    Reply::bytes(200, body.to_string()).header("content-type", "application/json")
}

fn success(data: &Value) -> Reply {
    json_reply(&json!({"data": data, "code": null, "message": null, "success": true}))
}

fn failure(code: &str, message: &str, data: &Value) -> Reply {
    json_reply(&json!({"data": data, "code": code, "message": message, "success": false, "headers": null}))
}
