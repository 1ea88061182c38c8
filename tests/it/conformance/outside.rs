//! Cases 163-172: `meta.geoip`, `posthog.api`, `fetch` and `console`.

use adapter_http::{HttpOptions, HyperClient, Resolve};
use async_trait::async_trait;
use runtime_core::extensions::geoip::GeoIpDatabase;
use runtime_core::host::PosthogAccess;
use runtime_core::installation::LogFilter;
use runtime_core::pipeline::{Counts, EventOutcome};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::geoip::{GeoIp, LocateError};
use runtime_core::ports::http::HttpRequest;
use runtime_core::ports::virtual_clock::VirtualClock;
use runtime_core::telemetry::{LogLevel, LogSource};
use serde_json::{Value, json};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use tests::{AppSetup, MockReply, World, event, mmdb};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// An app that puts what `body` returns, or the text of what it throws, into `properties.result`.
fn app(body: &str) -> AppSetup {
    AppSetup::new(&format!(
        "async function work({{ geoip, config }}) {{ {body} }}
         export async function processEvent(event, meta) {{
             try {{ event.properties.result = await work(meta) }} catch (error) {{ event.properties.result = String(error) }}
             return event
         }}"
    ))
}

async fn result(world: &World) -> Value {
    world.run().await.expect("not dropped")["properties"]["result"].clone()
}

#[tokio::test]
async fn case_163_a_known_address_has_a_place_and_any_other_null() {
    let addresses = "['89.160.20.129', '127.0.0.1', '192.168.1.1', 'no address', '', undefined, 5]";
    let located = app(&format!(
        "const cities = []; for (const address of {addresses}) cities.push(await geoip.locate(address)); return cities"
    ));
    let database = GeoIpDatabase::from_bytes(mmdb::cities()).expect("a database of cities");
    let world = World::builder().app(located).geoip(Arc::new(database)).start().await;
    let mut cities = result(&world).await;
    let linkoping = cities[0].take();
    assert_eq!(linkoping["city"]["names"]["en"], "Linköping");
    assert_eq!((&linkoping["country"]["isoCode"], linkoping.get("postal")), (&json!("SE"), None));
    assert_eq!(cities, json!([null, null, null, null, null, null, null]));
}

#[tokio::test]
async fn case_164_without_a_database_it_rejects() {
    let world = World::of(app("return geoip.locate('89.160.20.129').catch((reason) => [typeof reason, reason])")).await;
    assert_eq!(result(&world).await, json!(["string", "geoip database is not ready"]));
}

/// A world whose operator gave the address and the keys of a PostHog instance.
async fn posthog_world(body: &str) -> World {
    let access = PosthogAccess {
        host: Some("https://posthog.example.com/".into()),
        project_token: Some("token1".into()),
        personal_api_key: Some("phx_1".into()),
    };
    let world = World::builder().app(app(body)).posthog(access).start().await;
    world.http.answer(MockReply::json(&json!({"hello": "world"})));
    world
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

fn body(request: &HttpRequest) -> Option<Value> {
    request.body.as_deref().map(|body| serde_json::from_slice(body).expect("a JSON body"))
}

#[tokio::test]
async fn case_165_get_puts_data_and_token_into_the_query() {
    let world = posthog_world(
        "const response = await posthog.api.get('/api/event/', { data: { url: 'parameter', n: 1 }, headers: { 'X-Mine': 'yes' } })
         return [response.status, await response.json()]",
    )
    .await;
    assert_eq!(result(&world).await, json!([200, {"hello": "world"}]));
    let requests = world.http.requests();
    let [request] = &requests[..] else { panic!("one request: {requests:?}") };
    assert_eq!(request.url.as_str(), "https://posthog.example.com/api/event?url=parameter&n=1&token=token1");
    assert_eq!((request.method.as_str(), body(request)), ("GET", None));
    assert_eq!((header(request, "Authorization"), header(request, "x-mine")), (Some("Bearer phx_1"), Some("yes")));
    assert_eq!(header(request, "Content-Type"), None);
}

#[tokio::test]
async fn case_166_the_other_methods() {
    let world = posthog_world(
        "const statuses = []
         for (const method of ['post', 'put', 'patch', 'delete']) {
             const response = await posthog.api[method]('api/thing', { data: { a: 1 } })
             statuses.push(response.status)
         }
         await posthog.api.post('api/thing?x=1')
         return statuses",
    )
    .await;
    assert_eq!(result(&world).await, json!([200, 200, 200, 200]));
    let requests = world.http.requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| (request.method.as_str(), request.url.query(), body(request), header(request, "Content-Type")))
        .collect();
    let (data, token) = (Some(json!({"a": 1})), Some("token=token1"));
    let expected = [
        ("POST", token, data.clone(), Some("application/json")),
        ("PUT", token, data.clone(), Some("text/plain;charset=UTF-8")),
        ("PATCH", token, data, Some("application/json")),
        ("DELETE", Some("a=1&token=token1"), None, None),
        ("POST", Some("x=1&token=token1"), Some(json!({})), Some("application/json")),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn case_167_keys_of_the_call_are_used_and_belong_together() {
    let world = posthog_world(
        "await posthog.api.get('/api/event', { projectApiKey: 'token2', personalApiKey: 'phx_2', host: 'https://other.example.com' })
         const errors = []
         for (const options of [{ projectApiKey: 'token2' }, { personalApiKey: 'phx_2' }]) {
             await posthog.api.get('/api/event', options).catch((error) => errors.push(error.message))
         }
         return errors",
    )
    .await;
    let text = "You must specify a personalApiKey if you specify a projectApiKey and vice-versa!";
    assert_eq!(result(&world).await, json!([text, text]));
    let requests = world.http.requests();
    let [request] = &requests[..] else { panic!("one request: {requests:?}") };
    assert_eq!(request.url.as_str(), "https://other.example.com/api/event?token=token2");
    assert_eq!(header(request, "Authorization"), Some("Bearer phx_2"));
    let without = World::of(app("return posthog.api.get('/api/event')")).await;
    let error = result(&without).await;
    assert!(
        error.as_str().is_some_and(|error| error.starts_with("Error: posthog.api needs a project token")),
        "{error}"
    );
}

#[tokio::test]
async fn case_168_current_is_the_team() {
    let world = posthog_world("await posthog.api.get('/api/projects/@current/insights/@current')").await;
    assert_eq!(result(&world).await, Value::Null);
    assert_eq!(world.http.requests()[0].url.path(), "/api/projects/2/insights/@current");
}

/// Knows three names.
struct ThreeNames;

#[async_trait::async_trait]
impl Resolve for ThreeNames {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        match host {
            "public.test" => Ok(vec![IpAddr::from([127, 0, 0, 1])]),
            // Not 127.0.0.1, which stands for a public address here.
            "localhost" => Ok(vec![IpAddr::from([127, 0, 0, 2])]),
            "private.test" => Ok(vec![IpAddr::from([10, 0, 0, 24])]),
            _ => Err(io::Error::other("Name or service not known")),
        }
    }
}

/// A server on 127.0.0.1 that answers each connection with `hello`; its port.
async fn hello_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello").await;
        }
    });
    port
}

#[tokio::test]
async fn case_169_fetch_reaches_public_addresses_only() {
    let port = hello_server().await;
    let table = [
        ("http://localhost", "Internal hostname"),
        ("http://192.168.0.5", "Internal hostname"),
        ("http://10.0.0.24", "Internal hostname"),
        ("http://172.20.0.21", "Internal hostname"),
        ("http://0.0.0.0", "Internal hostname"),
        ("http://private.test", "Internal hostname"),
        ("ftp://posthog.com", "Scheme must be either HTTP or HTTPS"),
        ("file:///etc/passwd", "No hostname"),
        ("", "Invalid URL"),
        ("posthog.com", "Invalid URL"),
        ("http://fgtggggzzggggfd.com", "Invalid hostname"),
    ];
    let urls: Vec<&str> = table.iter().map(|(url, _)| *url).collect();
    let source = format!(
        "const errors = []
         for (const url of {urls:?}) await fetch(url).catch((error) => errors.push([error.name, error.type, error.message]))
         const response = await fetch('http://public.test:{port}/')
         return [errors, response.status, await response.text()]"
    );
    let clock = Arc::new(VirtualClock::at(runtime_core::ports::clock::Timestamp(0)));
    let options = HttpOptions { resolver: Arc::new(ThreeNames), ..HttpOptions::new(clock as Arc<dyn Clock>) };
    let client = HyperClient::new(options).expect("no certificates of its own");
    // 127.0.0.1, opened by the operator, stands in for a public address.
    let opened = app(&source).with(|app| app.egress.allowed_networks.push("127.0.0.1/32".into()));
    let world = World::builder().app(opened).http(Arc::new(client)).start().await;
    let errors: Vec<Value> =
        table.iter().map(|(_, message)| json!(["FetchError", "posthog-host-guard", message])).collect();
    assert_eq!(result(&world).await, json!([errors, 200, "hello"]));
}

#[tokio::test]
async fn case_170_console_says_it_as_text() {
    let world = World::of(app("for (const level of ['log', 'info', 'debug', 'warn', 'error']) {
             const write = console[level]
             write()
             write('number =', 987)
             write(new Error('something'))
             write({ 1: 'ein', 2: 'zwei' })
             write([99, 79])
         }"))
    .await;
    result(&world).await;
    let expected = ["", "number = 987", "Error: something", r#"{"1":"ein","2":"zwei"}"#, "[99,79]"];
    for level in [LogLevel::Log, LogLevel::Info, LogLevel::Debug, LogLevel::Warn, LogLevel::Error] {
        assert_eq!(world.logs.messages(level), expected, "{level:?}");
    }
    assert!(world.logs.lines().iter().all(|line| line.source == LogSource::Console && line.app == "demo"));
}

#[tokio::test]
async fn case_171_too_long_a_message_is_dropped_whole() {
    let world =
        World::of(app("console.log('x'.repeat(50_000)); console.log('y'.repeat(50_001)); console.log('z')")).await;
    result(&world).await;
    assert_eq!(world.logs.messages(LogLevel::Log), ["x".repeat(50_000), "z".to_owned()]);
}

#[tokio::test]
async fn case_172_the_level_keeps_lines_out_but_never_the_systems() {
    let kept = [
        (LogFilter::Full, vec!["log", "info", "debug", "warn", "error"]),
        (LogFilter::Debug, vec!["info", "debug", "warn", "error"]),
        (LogFilter::Warn, vec!["debug", "warn", "error"]),
        (LogFilter::Critical, vec!["error"]),
    ];
    for (filter, expected) in kept {
        let source = "export function setupPlugin() {
                for (const level of ['log', 'info', 'debug', 'warn', 'error']) console[level](level)
                throw new Error('no set-up')
            }
            export const jobs = { now() {} }";
        let world = World::of(AppSetup::new(source).with(|app| app.log_level = filter)).await;
        let of = |source: LogSource| -> Vec<String> {
            let lines = world.logs.lines().into_iter().filter(|line| line.source == source);
            lines.map(|line| line.message).collect()
        };
        assert_eq!(of(LogSource::Console), expected, "{filter:?}");
        assert_eq!(of(LogSource::System), ["setupPlugin failed: Error: no set-up. Disabled the app!"], "{filter:?}");
    }
}

/// Each use of the outside counts, whatever comes of it; what stays within does not.
#[tokio::test]
async fn calls_to_the_outside_are_counted_for_the_call_that_made_them() {
    let source = "export const metrics = { m: 'sum' }
        export const jobs = { work() {} }
        export async function processEvent(event, { cache, geoip, jobs, metrics, storage, utils }) {
            await cache.set('a', 1); await cache.get('a'); await storage.get('b'); await utils.cursor.increment('c')
            await jobs.work({}).runNow(); await geoip.locate('127.0.0.1').catch(() => {}); await posthog.capture('d')
            await fetch('http://localhost').catch(() => {}); await (await fetch('https://example.com')).text()
            console.log('within'); metrics.m.increment(1)
            return event
        }
        export function onEvent() {}";
    let world = World::of(AppSetup::new(source)).await;
    world.run().await.expect("not dropped");
    assert_eq!(world.logs.host_calls(), [("processEvent".to_owned(), 9), ("onEvent".to_owned(), 0)]);
}

/// A database that cannot be reached now.
struct OutOfReach;

#[async_trait]
impl GeoIp for OutOfReach {
    async fn locate(&self, _: &str) -> Result<Option<Value>, LocateError> {
        Err(Unavailable { port: "geoip", message: "no route".into(), source: None }.into())
    }
}

#[tokio::test]
async fn a_geoip_database_out_of_reach_is_no_failure_of_the_app() {
    let located = app("return geoip.locate('89.160.20.129')");
    let world = World::builder().app(located).geoip(Arc::new(OutOfReach)).start().await;
    let outcomes = world.feed(event(json!({})).to_string().as_bytes()).await;
    assert!(matches!(outcomes[..], [Ok(EventOutcome::Continued)]), "{outcomes:?}");
    assert_eq!((world.errors().len(), Counts::get(&world.pipeline.counts.put_off)), (0, 1));
}
