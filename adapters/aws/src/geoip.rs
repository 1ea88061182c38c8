//! The database behind `meta.geoip` from an object of S3: fetched when an app first locates an address, looked at for a change
//! every hour, and mapped into memory.
//!
//! Nothing is read when a function starts. The first `locate` fetches, and all that come meanwhile wait for the same fetch. From
//! then on they are answered by what is there, while a look for a change goes on beside them; another database takes the place of
//! the one before as a whole, and one that cannot be used changes nothing. What goes wrong is said once in the log, with what to do,
//! and is tried again.

mod file;
mod source;
#[cfg(test)]
mod tests;

use crate::failure::failed;
use crate::sdk;
use adapter_system::mapped_file::MappedFile;
use async_trait::async_trait;
use aws_config::SdkConfig;
use runtime_core::extensions::geoip::GeoIpDatabase;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::geoip::{GeoIp, LocateError};
use serde_json::Value;
use source::{Failure, S3Object, Source};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

const PORT: &str = "geoip";

/// How long an app waits for the first fetch. Less than the 30 s of its `await`: then its work is put off, and it is no time-out of
/// the app. The fetch goes on.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How long a fetch may take: 100 MB at 1 MB/s.
const LONGEST_FETCH: Duration = Duration::from_secs(100);
/// When S3 is asked again that was out of reach: by then work that was put off comes back.
const AGAIN_IF_UNAVAILABLE: Duration = Duration::from_secs(5);
/// When it is asked again for a database that was missing or could not be used.
const AGAIN_IF_UNUSABLE: Duration = Duration::from_secs(60);
/// When it is asked again while an older database is there.
const AGAIN_IF_STALE: Duration = Duration::from_secs(300);

/// Which object is the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName {
    /// Its bucket.
    pub bucket: String,
    /// Its key there.
    pub key: String,
}

impl ObjectName {
    /// The object of an ARN: `arn:aws:s3:::BUCKET/KEY`, in any partition. `None` for any other text.
    #[must_use]
    pub fn from_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let is_object = [Some("arn"), None, Some("s3"), Some(""), Some("")]
            .into_iter()
            .all(|expected| parts.next().is_some_and(|part| expected.is_none_or(|expected| part == expected)));
        let (bucket, key) = parts.next().filter(|_| is_object)?.split_once('/')?;
        let is_name = !bucket.is_empty() && !key.is_empty();
        is_name.then(|| Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

/// Which database, and how it is kept up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeoIpOptions {
    /// The .mmdb file.
    pub object: ObjectName,
    /// The SHA-256 that it must have, in lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// How long after one look for a change the next one is due.
    pub refresh: Duration,
}

/// A database of cities from S3, fetched when it is first needed.
pub struct S3GeoIp {
    shared: Arc<Shared>,
}

type Database = GeoIpDatabase<MappedFile>;

struct Shared {
    source: Box<dyn Source>,
    clock: Arc<dyn Clock>,
    sha256: Option<String>,
    refresh: Duration,
    /// Where the file goes; it needs no name there.
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    database: Option<Arc<Database>>,
    /// What was fetched last, and not once more as long as it is what is there.
    judged: Option<Judged>,
    /// Why the last look did not come to a database.
    failure: Option<Failure>,
    /// What of that is in the log.
    said: Option<String>,
    /// When the next look is due; at once, if none was made yet.
    next_look: Option<Timestamp>,
    /// The look under way: closed when it has ended.
    look: Option<watch::Receiver<()>>,
}

/// A content that was fetched whole.
struct Judged {
    etag: String,
    /// Why it cannot be used, if it cannot.
    refused: Option<String>,
}

impl S3GeoIp {
    /// Over `config`, best made with [`crate::sdk::loader`]. `clock` says when a look is due. Calls nothing.
    #[must_use]
    pub fn new(config: &SdkConfig, options: GeoIpOptions, clock: Arc<dyn Clock>) -> Self {
        let GeoIpOptions { object, sha256, refresh } = options;
        let source = Box::new(S3Object::new(sdk::s3_client(config), object));
        let (folder, state) = (std::env::temp_dir(), Mutex::default());
        Self { shared: Arc::new(Shared { source, clock, sha256, refresh, folder, state }) }
    }

    /// The database as it is, or as the look comes to it that was under way or due.
    async fn database(&self) -> Result<Arc<Database>, LocateError> {
        let look = {
            let mut state = self.shared.state();
            let look = self.shared.look_if_due(&mut state);
            if let Some(database) = &state.database {
                return Ok(Arc::clone(database));
            }
            look
        };
        if let Some(mut look) = look {
            // It never changes; it is closed.
            let waited = tokio::time::timeout(LONGEST_WAIT, look.changed()).await;
            waited.map_err(|_| failed(PORT, format!("{} is still being fetched", self.shared.source.name())))?.ok();
        }
        self.shared.state().answer()
    }
}

#[async_trait]
impl GeoIp for S3GeoIp {
    async fn locate(&self, address: &str) -> Result<Option<Value>, LocateError> {
        Ok(self.database().await?.find(address))
    }
}

impl State {
    fn answer(&self) -> Result<Arc<Database>, LocateError> {
        match (&self.database, &self.failure) {
            (Some(database), _) => Ok(Arc::clone(database)),
            (None, Some(Failure::Unusable { .. })) => Err(LocateError::NotReady),
            (None, Some(Failure::Unavailable(message))) => Err(failed(PORT, message.clone()).into()),
            (None, None) => Err(failed(PORT, "fetching the database broke off").into()),
        }
    }

    /// The look under way.
    fn under_way(&self) -> Option<watch::Receiver<()>> {
        self.look.clone().filter(|look| look.has_changed().is_ok())
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The look under way, or one that begins now if it is due. It is a task of its own: whoever asked may not wait for its end.
    fn look_if_due(self: &Arc<Self>, state: &mut State) -> Option<watch::Receiver<()>> {
        if let Some(look) = state.under_way() {
            return Some(look);
        }
        let now = self.clock.now();
        if state.next_look.is_some_and(|next| now < next) {
            return None;
        }
        let (end, look) = watch::channel(());
        state.look = Some(look.clone());
        // Whatever happens to this one.
        state.next_look = Some(now.plus(AGAIN_IF_UNAVAILABLE));
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            shared.look().await;
            drop(end);
        });
        Some(look)
    }

    async fn look(&self) {
        let unless = self.state().judged.as_ref().map(|judged| judged.etag.clone());
        let fetched = tokio::time::timeout(LONGEST_FETCH, self.fetch(unless.as_deref())).await;
        let fetched = fetched.unwrap_or_else(|_| {
            Err(Failure::Unavailable(format!("{} took longer than {LONGEST_FETCH:?}", self.source.name())))
        });
        self.note(fetched);
    }

    /// The database, unless the object is still that of `unless`.
    async fn fetch(&self, unless: Option<&str>) -> Result<Option<(Database, Option<String>)>, Failure> {
        let Some(object) = self.source.get(unless).await? else { return Ok(None) };
        let etag = object.etag.clone();
        let received = file::receive(object, &self.folder).await?;
        let name = self.source.name();
        let database = received.open(self.sha256.as_deref());
        let database =
            database.map_err(|why| Failure::Unusable { message: format!("{name}: {why}"), etag: etag.clone() })?;
        tracing::info!(bytes = received.length, sha256 = received.sha256, "the geoip database {name} is ready");
        Ok(Some((database, etag)))
    }

    fn note(&self, fetched: Result<Option<(Database, Option<String>)>, Failure>) {
        let mut state = self.state();
        let failure = match fetched {
            Ok(Some((database, etag))) => {
                state.database = Some(Arc::new(database));
                state.judged = etag.map(|etag| Judged { etag, refused: None });
                None
            }
            // It is what it was, so what was said of it holds.
            Ok(None) => {
                let refused = state.judged.as_ref().and_then(|judged| judged.refused.clone());
                refused.map(|message| Failure::Unusable { message, etag: None })
            }
            Err(failure) => {
                if let Failure::Unusable { message, etag: Some(etag) } = &failure {
                    state.judged = Some(Judged { etag: etag.clone(), refused: Some(message.clone()) });
                }
                Some(failure)
            }
        };
        say(&mut state, failure.as_ref());
        let again = match &failure {
            None => self.refresh,
            Some(_) if state.database.is_some() => self.refresh.min(AGAIN_IF_STALE),
            Some(Failure::Unusable { .. }) => AGAIN_IF_UNUSABLE,
            Some(Failure::Unavailable(_)) => AGAIN_IF_UNAVAILABLE,
        };
        state.next_look = Some(self.clock.now().plus(again));
        state.failure = failure;
    }
}

/// Logs a failure, if it is not the one that was logged last.
fn say(state: &mut State, failure: Option<&Failure>) {
    let message = failure.map(Failure::message);
    if state.said.as_deref() == message {
        return;
    }
    match failure {
        None => {}
        Some(failure) if state.database.is_some() => {
            tracing::warn!(
                "the geoip database could not be refreshed, so the one before goes on: {}",
                failure.message()
            );
        }
        Some(Failure::Unusable { message, .. }) => {
            tracing::error!("there is no geoip database, so meta.geoip.locate of apps fails: {message}");
        }
        Some(Failure::Unavailable(message)) => {
            tracing::warn!("the geoip database could not be fetched, so work that needs it waits: {message}");
        }
    }
    state.said = message.map(str::to_owned);
}
