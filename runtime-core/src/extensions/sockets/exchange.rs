//! One HTTP exchange of a package: a request whose body may come piece by piece, and a response that does.

use super::waits::Waits;
use super::{Sockets, bytes_value, errors, options, settle};
use crate::host::Host;
use crate::host::egress::parse_host;
use crate::isolate::tickets::Claim;
use crate::isolate::turns::Settle;
use crate::node::view;
use crate::ports::http::{HttpError, HttpRequest, HttpResponse, PackageRequest};
use crate::ports::network::{NetworkError, SystemError};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use rquickjs::class::{JsClass, Readable, Trace, Tracer};
use rquickjs::function::{Constructor, This};
use rquickjs::{Class, Ctx, Function, JsLifetime, Object, Result, TypedArray, Value};
use serde_json::{Map, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc};
use url::Url;

/// The body of a response; none before its head, and none after its end.
type Incoming = Arc<Mutex<Option<BoxStream<'static, std::result::Result<Bytes, HttpError>>>>>;

/// The state of an exchange. It lives as long as its object or something that waits on it; dropping it ends the exchange.
struct Exchange {
    outgoing: RefCell<Option<mpsc::Sender<Bytes>>>,
    incoming: Incoming,
    waits: Waits,
    recording: RefCell<Option<Recording>>,
}

/// `(options) -> Exchange`, of which the own property `head` is a promise.
#[expect(clippy::needless_pass_by_value, reason = "a native takes its arguments as the engine converts them, by value")]
pub(super) fn request<'js>(ctx: Ctx<'js>, given: Object<'js>) -> Result<Value<'js>> {
    let sockets = Sockets::of(&ctx)?;
    sockets.count_host_call();
    let host = &sockets.host;
    let mut sent = read(&given, host)?;
    let has_body = given.get::<_, Option<bool>>("hasBody")? == Some(true);
    let (sender, receiver) = mpsc::channel(1);
    if has_body {
        sent.body = Some(
            stream::unfold(receiver, |mut receiver| async { receiver.recv().await.map(|bytes| (bytes, receiver)) })
                .boxed(),
        );
    }
    let recording = host.ports.recorder.is_some().then(|| Recording::of(&sent.request, host.clone()));
    let exchange = Rc::new(Exchange {
        outgoing: RefCell::new(has_body.then_some(sender)),
        incoming: Incoming::default(),
        waits: Waits::new(sockets.turns.clone()),
        recording: RefCell::new(recording),
    });
    if !has_body {
        exchange.end_body();
    }
    let refusal = host.installation.egress.check_url(&sent.request.url).err().map(|refusal| NetworkError::Refused {
        reason: refusal.message(),
        explanation: refusal.explained(sent.request.url.host_str().unwrap_or_default()),
    });
    let (client, incoming) = (host.ports.http.clone(), exchange.incoming.clone());
    let head = exchange.wait(&ctx, async move {
        let outcome = match refusal {
            Some(refusal) => Err(refusal),
            None => client.exchange(sent).await,
        };
        match outcome {
            Err(error) => settle(move |ctx| Err(errors::thrown(ctx, &error))),
            Ok(mut response) => {
                let body = std::mem::replace(&mut response.body, stream::empty().boxed());
                *incoming.lock().await = Some(body);
                settle(move |ctx| head_object(ctx, &response))
            }
        }
    })?;
    let object = Class::instance(ctx.clone(), ExchangeObject(exchange))?.into_inner();
    object.set("head", head)?;
    Ok(object.into_value())
}

/// `{ method, protocol, hostname, port, path, headers, tls }`
fn read(given: &Object<'_>, host: &Host) -> Result<PackageRequest> {
    let ctx = given.ctx();
    let (protocol, hostname): (String, String) = (given.get("protocol")?, given.get("hostname")?);
    let (port, target): (u16, String) = (given.get("port")?, given.get("path")?);
    let unknown = || errors::thrown(ctx, &SystemError::of_lookup("ENOTFOUND", &hostname).into());
    let name = parse_host(&hostname).ok_or_else(unknown)?;
    let url =
        Url::parse(&format!("{protocol}//{name}:{port}/{}", target.trim_start_matches('/'))).map_err(|_| unknown())?;
    let headers: Vec<Vec<String>> = given.get("headers")?;
    let tls = given.get::<_, Option<Object<'_>>>("tls")?.map(|given| options::tls(&given)).transpose()?;
    Ok(PackageRequest {
        request: HttpRequest {
            method: given.get("method")?,
            url,
            headers: headers
                .into_iter()
                .filter_map(|pair| <[String; 2]>::try_from(pair).ok())
                .map(Into::into)
                .collect(),
            body: None,
            policy: Arc::clone(host.installation.egress.policy()),
        },
        target,
        body: None,
        tls: tls.map(Arc::new),
    })
}

fn head_object<'js>(ctx: &Ctx<'js>, response: &HttpResponse) -> Result<Value<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("status", response.status)?;
    object.set("statusText", response.status_text.as_str())?;
    object.set("httpVersion", "1.1")?;
    let headers: Vec<Vec<&str>> =
        response.headers.iter().map(|(name, value)| vec![name.as_str(), value.as_str()]).collect();
    object.set("headers", headers)?;
    if let Some(address) = response.remote_address {
        object.set("remoteAddress", address.ip().to_string())?;
        object.set("remotePort", address.port())?;
    }
    Ok(object.into_value())
}

impl Exchange {
    /// A promise of the current call that ends with the exchange.
    fn wait<'js>(
        self: &Rc<Self>,
        ctx: &Ctx<'js>,
        future: impl Future<Output = Settle> + Send + 'static,
    ) -> Result<Value<'js>> {
        let claim = Claim { keeps: Some(self.clone()), ..Claim::held_by(self.waits.current_call()) };
        self.waits.promise(ctx, claim, future)
    }

    fn write_body<'js>(self: &Rc<Self>, ctx: &Ctx<'js>, bytes: Bytes) -> Result<Value<'js>> {
        if let Some(recording) = &mut *self.recording.borrow_mut() {
            recording.body.extend_from_slice(&bytes);
        }
        let sender = self.outgoing.borrow().clone();
        self.wait(ctx, async move {
            if let Some(sender) = sender {
                // Nobody takes it: the exchange has failed, or the other side has answered without it, which its head tells.
                drop(sender.send(bytes).await);
            }
            settle(|ctx| Ok(Value::new_undefined(ctx.clone())))
        })
    }

    fn end_body(&self) {
        self.outgoing.take();
        if let Some(recording) = self.recording.take() {
            recording.tell();
        }
    }

    fn read_body<'js>(self: &Rc<Self>, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let incoming = self.incoming.clone();
        self.wait(ctx, async move {
            let mut body = incoming.lock().await;
            let next = match body.as_mut() {
                Some(chunks) => chunks.next().await,
                None => None,
            };
            if !matches!(next, Some(Ok(_))) {
                *body = None;
            }
            settle(move |ctx| match next {
                None => Ok(Value::new_null(ctx.clone())),
                Some(Ok(bytes)) => bytes_value(ctx, &bytes),
                Some(Err(error)) => Err(errors::thrown(ctx, &broken_off(error))),
            })
        })
    }

    fn abort(&self) {
        self.outgoing.take();
        self.waits.forget();
        if let Ok(mut body) = self.incoming.try_lock() {
            *body = None;
        }
    }
}

/// What Node's `http` says of a body that breaks off.
fn broken_off(error: HttpError) -> NetworkError {
    match error {
        HttpError::System { code: "ERR_STREAM_PREMATURE_CLOSE", .. } => {
            SystemError::new("ECONNRESET", "aborted").into()
        }
        HttpError::System { code, message } => SystemError::new(code, message).into(),
        HttpError::Refused { message } => NetworkError::Refused { reason: message, explanation: message.to_owned() },
    }
}

/// A request as the recorder is told of it once its body is known: like a `fetch`.
struct Recording {
    host: Arc<Host>,
    url: String,
    method: String,
    headers: Map<String, serde_json::Value>,
    body: Vec<u8>,
}

impl Recording {
    fn of(request: &HttpRequest, host: Arc<Host>) -> Self {
        let headers = request.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        Self { host, url: request.url.to_string(), method: request.method.clone(), headers, body: Vec::new() }
    }

    fn tell(self) {
        let Some(recorder) = &self.host.ports.recorder else { return };
        let mut init = json!({ "method": self.method, "headers": self.headers });
        if !self.body.is_empty() {
            init["body"] = String::from_utf8_lossy(&self.body).into();
        }
        recorder.record("fetch", json!([self.url, init]));
    }
}

/// The class `Exchange`.
struct ExchangeObject(Rc<Exchange>);

// SAFETY: the type holds no value with the engine's lifetime.
unsafe impl<'js> JsLifetime<'js> for ExchangeObject {
    type Changed<'to> = Self;
}

impl<'js> Trace<'js> for ExchangeObject {
    fn trace<'a>(&self, _: Tracer<'a, 'js>) {}
}

type Receiver<'js> = This<Class<'js, ExchangeObject>>;

fn exchange(this: &Receiver<'_>) -> Rc<Exchange> {
    this.0.borrow().0.clone()
}

impl<'js> JsClass<'js> for ExchangeObject {
    const NAME: &'static str = "Exchange";
    type Mutable = Readable;

    fn prototype(ctx: &Ctx<'js>) -> Result<Option<Object<'js>>> {
        let methods = Object::new(ctx.clone())?;
        methods.set(
            "writeBody",
            Function::new(ctx.clone(), |ctx: Ctx<'js>, this: Receiver<'js>, bytes: TypedArray<'js, u8>| {
                exchange(&this).write_body(&ctx, view(&bytes, Bytes::copy_from_slice))
            })?,
        )?;
        methods.set("endBody", Function::new(ctx.clone(), |this: Receiver<'js>| exchange(&this).end_body())?)?;
        methods.set(
            "readBody",
            Function::new(ctx.clone(), |ctx: Ctx<'js>, this: Receiver<'js>| exchange(&this).read_body(&ctx))?,
        )?;
        methods.set("abort", Function::new(ctx.clone(), |this: Receiver<'js>| exchange(&this).abort())?)?;
        Ok(Some(methods))
    }

    fn constructor(_: &Ctx<'js>) -> Result<Option<Constructor<'js>>> {
        Ok(None)
    }
}
