//! Installations from the bucket, for a stack without a registry: an object that lists them
//! ([`runtime_core::installation::listing`]), with apps and attachments as blobs ([`runtime_core::registry::pack`]).
//!
//! Nobody stands by when a function starts, and one app must not stop the others. So an app that cannot be installed is there all the
//! same, disabled: events take the way that its policy for a disabled app says, and what it was to do becomes dead letters.

use crate::blob_store::S3BlobStore;
use futures_util::{StreamExt, TryStreamExt, stream};
use runtime_core::app::{App, LoadError};
use runtime_core::decode::TeamDirectory;
use runtime_core::event::InstallationId;
use runtime_core::installation::listing::{self, InstallError, Listing, ListingError};
use runtime_core::installation::{Attachment, Installation};
use runtime_core::ports::Unavailable;
use runtime_core::ports::blob_store::BlobStore;
use runtime_core::registry::unpack;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// How many blobs are read at the same time.
const READS_AT_ONCE: usize = 16;

/// What a stack runs.
#[derive(Debug, Clone)]
pub struct Installations {
    /// Every installation of the list; those in `failures` are disabled.
    pub installations: Vec<Arc<Installation>>,
    /// The teams, as far as decoding needs them.
    pub teams: TeamDirectory,
    /// Which could not be installed, and why.
    pub failures: Vec<(InstallationId, InstallationFailure)>,
}

/// Why there is no list of installations.
#[derive(Debug, thiserror::Error)]
pub enum InstallationsError {
    /// The bucket is out of reach.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// There is no such object.
    #[error("the bucket has no object {key}: put the list of installations there")]
    Missing {
        /// Its key.
        key: String,
    },
    /// The object is not what it should be.
    #[error("the object {key} is no list of installations: {source}")]
    Listing {
        /// Its key.
        key: String,
        /// What and where.
        source: ListingError,
    },
    /// An installation has no name that outlives its bundle: its cache would be another one with each version.
    #[error("installation {0} has no slug: give it one that stays the same over all versions of the app")]
    NoSlug(InstallationId),
}

/// Why an app could not be installed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum InstallationFailure {
    /// A bundle or an attachment is not there, or is damaged.
    #[error("the bucket has no blob {name} for {what}: upload it again")]
    NoBlob {
        /// Its name.
        name: String,
        /// `the app`, or which attachment.
        what: String,
    },
    /// A bundle is not what it should be.
    #[error("{name}: {reason}")]
    Bundle {
        /// Its name.
        name: String,
        /// What and where.
        reason: String,
    },
    /// The app does not load.
    #[error(transparent)]
    App(Arc<LoadError>),
    /// The app cannot be installed as the list says.
    #[error(transparent)]
    Install(InstallError),
}

/// An attachment in the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttachmentBlob {
    file_name: String,
    content_type: String,
    /// Its name.
    blob: String,
}

type Entry = listing::Entry<String, AttachmentBlob>;

/// Reads the list at `key` and each blob that it names, once.
pub(crate) async fn read(blobs: &S3BlobStore, key: &str) -> Result<Installations, InstallationsError> {
    let key = || key.to_owned();
    let text = blobs.object(&key()).await?.ok_or_else(|| InstallationsError::Missing { key: key() })?;
    let listing = Listing::<String, AttachmentBlob>::parse(&text)
        .map_err(|source| InstallationsError::Listing { key: key(), source })?;
    if let Some(unnamed) = listing.installations.iter().find(|entry| entry.slug.as_deref().is_none_or(str::is_empty)) {
        return Err(InstallationsError::NoSlug(unnamed.id));
    }
    let mut installer = Installer { blobs: contents(blobs, &listing.installations).await?, apps: HashMap::new() };
    let (mut installations, mut failures) = (Vec::new(), Vec::new());
    for entry in &listing.installations {
        let installation = installer.install(entry).unwrap_or_else(|failure| {
            let disabled = entry.disabled(slug(entry), &failure.to_string());
            failures.push((entry.id, failure));
            disabled
        });
        installations.push(Arc::new(installation));
    }
    Ok(Installations { installations, teams: listing.teams(), failures })
}

/// The blobs that entries name, as far as they are there.
async fn contents(store: &S3BlobStore, entries: &[Entry]) -> Result<HashMap<String, Vec<u8>>, Unavailable> {
    let attachments = |entry: &'_ Entry| entry.attachments.values().map(|attachment| attachment.blob.clone()).collect();
    let names: BTreeSet<String> = entries
        .iter()
        .flat_map(|entry| {
            let mut names: Vec<String> = attachments(entry);
            names.push(entry.app.clone());
            names
        })
        .collect();
    let read = async |name: String| {
        let bytes = store.get(&name).await?;
        Ok::<_, Unavailable>(bytes.map(|bytes| (name, bytes)))
    };
    let found: Vec<_> = stream::iter(names).map(read).buffer_unordered(READS_AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Installs entry after entry; entries of one app share it.
struct Installer {
    blobs: HashMap<String, Vec<u8>>,
    /// By the name of their bundle, and by that for which the app has none of its own.
    apps: HashMap<(String, String), Result<Arc<App>, InstallationFailure>>,
}

impl Installer {
    fn install(&mut self, entry: &Entry) -> Result<Installation, InstallationFailure> {
        let app = self.app(entry)?;
        let attachment = |(key, attachment): (&String, &AttachmentBlob)| {
            let AttachmentBlob { file_name, content_type, blob } = attachment.clone();
            let contents = self.blob(&blob, || format!("attachment {key}"))?.to_vec();
            Ok((key.clone(), Attachment { file_name, content_type, contents }))
        };
        let attachments = entry.attachments.iter().map(attachment).collect::<Result<_, InstallationFailure>>()?;
        entry.install(app, slug(entry), attachments).map_err(InstallationFailure::Install)
    }

    fn app(&mut self, entry: &Entry) -> Result<Arc<App>, InstallationFailure> {
        let key = (entry.app.clone(), slug(entry).to_owned());
        if let Some(app) = self.apps.get(&key) {
            return app.clone();
        }
        let app = self.load(entry);
        self.apps.insert(key, app.clone());
        app
    }

    fn load(&self, entry: &Entry) -> Result<Arc<App>, InstallationFailure> {
        let name = &entry.app;
        let json = self.blob(name, || "the app".to_owned())?;
        let unreadable = |reason| InstallationFailure::Bundle { name: name.clone(), reason };
        let bundle = unpack(json).map_err(|error| unreadable(error.to_string()))?;
        let app = App::load(&bundle, slug(entry));
        app.map(Arc::new).map_err(|error| InstallationFailure::App(Arc::new(error)))
    }

    fn blob(&self, name: &str, what: impl Fn() -> String) -> Result<&[u8], InstallationFailure> {
        let found = self.blobs.get(name).map(Vec::as_slice);
        found.ok_or_else(|| InstallationFailure::NoBlob { name: name.to_owned(), what: what() })
    }
}

/// The slug, which every entry has.
fn slug(entry: &Entry) -> &str {
    entry.slug.as_deref().unwrap_or_default()
}
