//! Fetching over http and https, with bounds.

use crate::authorities;
use crate::exit::Unusable;
use adapter_http::{HttpOptions, HyperClient};
use adapter_local::app_folder::MAXIMUM_BYTES;
use adapter_local::clock::SystemClock;
use futures_util::StreamExt;
use runtime_core::ports::http::{EgressPolicy, HttpClient, HttpRequest, HttpResponse};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long one download may take.
const TIME_LIMIT: Duration = Duration::from_secs(120);
/// How often an address may send us on to another.
const MAXIMUM_REDIRECTS: usize = 5;

/// Fetches.
pub struct Downloads {
    http: HyperClient,
}

impl Downloads {
    /// Opens no connection. Needs a running tokio runtime. Trusts the public authorities, and those that the environment names.
    pub fn new() -> Result<Self, Unusable> {
        let public = HttpOptions::new(Arc::new(SystemClock::new()));
        let options = HttpOptions { extra_roots: authorities::of_environment(), ..public };
        let http = HyperClient::new(options).map_err(Unusable::new)?;
        Ok(Self { http })
    }

    /// The bytes at an address.
    pub async fn get(&self, url: &Url) -> Result<Vec<u8>, Unusable> {
        match tokio::time::timeout(TIME_LIMIT, self.follow(url)).await {
            Ok(fetched) => fetched.map_err(|message| Unusable::at(url, message)),
            Err(_) => Err(Unusable::at(url, format_args!("took longer than {} s; try again", TIME_LIMIT.as_secs()))),
        }
    }

    async fn follow(&self, first: &Url) -> Result<Vec<u8>, String> {
        // Whoever wrote the address may mean a private host; where that one sends us on to is held to be public.
        let named = first.host_str().map(str::to_lowercase).into_iter().collect();
        let policy = Arc::new(EgressPolicy { allowed_hosts: named, ..EgressPolicy::default() });
        let mut url = first.clone();
        for _ in 0..=MAXIMUM_REDIRECTS {
            let request = HttpRequest {
                method: "GET".to_owned(),
                url: url.clone(),
                headers: vec![
                    ("user-agent".to_owned(), concat!("hedgerow/", env!("CARGO_PKG_VERSION")).to_owned()),
                    ("accept".to_owned(), "*/*".to_owned()),
                ],
                body: None,
                policy: Arc::clone(&policy),
            };
            let response =
                self.http.send(request).await.map_err(|error| authorities::with_advice(error.to_string()))?;
            match response.status {
                200 => return body_of(response).await,
                301 | 302 | 303 | 307 | 308 => url = next(first, &url, &response)?,
                status => return Err(format!("answers {status} {}", response.status_text)),
            }
        }
        Err(format!("sends on to another address more than {MAXIMUM_REDIRECTS} times"))
    }
}

fn next(first: &Url, url: &Url, response: &HttpResponse) -> Result<Url, String> {
    let location = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    let next = location.and_then(|(_, location)| url.join(location).ok()).ok_or("sends on to no address")?;
    if first.scheme() == "https" && next.scheme() != "https" {
        return Err(format!("sends on to {next}, which is not https"));
    }
    Ok(next)
}

async fn body_of(mut response: HttpResponse) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.body.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
        if bytes.len() as u64 > MAXIMUM_BYTES {
            return Err(format!("is larger than {MAXIMUM_BYTES} bytes"));
        }
    }
    Ok(bytes)
}

/// An address of the project file: https, or http on this machine.
pub fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{text:?} is no address: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        // The text stays unsaid: it holds a password.
        return Err("an address with a name or password in it does not belong in the file".to_owned());
    }
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err(format!("{text:?} is not https")),
    }
}
