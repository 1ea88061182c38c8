//! Where something is installed: a folder on this machine, or a stack on AWS.

use crate::arguments::{At, PlaceArguments};
use crate::exit::Unusable;
use adapter_local::clock::SystemClock;
use adapter_local::entropy::SystemEntropy;
use adapter_local::key_file::KeyFile;
use adapter_local::{LocalStore, database};
use runtime_core::ports::Unavailable;
use runtime_core::ports::blob_store::RemovableBlobs;
use runtime_core::ports::clock::Clock;
use runtime_core::ports::data_keys::DataKeys;
use runtime_core::ports::entropy::Entropy;
use runtime_core::registry::{self, Record, Registry, SecretBox, Snapshot};
use std::path::Path;
use std::sync::Arc;

/// The name of the key file in a state folder.
const KEY_FILE: &str = "secrets.key";

/// The installations of one place, and the keys of their secrets.
pub struct Place {
    /// What is installed.
    pub registry: Registry,
    /// Where its blobs are.
    pub blobs: Arc<dyn RemovableBlobs>,
    /// The keys of its secrets.
    pub keys: Arc<dyn DataKeys>,
    /// Fit for keys.
    pub entropy: Arc<dyn Entropy>,
}

/// What becomes of a folder that has no store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is refused: a mistyped folder must not look like one in which nothing is installed.
    Refused,
    /// It counts as one in which nothing is installed; nothing is made.
    Empty,
    /// It is made.
    Made,
}

impl Place {
    /// Opens the place that the command line names.
    pub async fn open(arguments: &PlaceArguments, missing: Missing) -> Result<Self, Unusable> {
        match arguments.at() {
            At::Folder(folder) => Self::in_folder(folder, missing),
            At::Stack(stack) => Self::on_aws(stack).await,
        }
    }

    fn in_folder(folder: &Path, missing: Missing) -> Result<Self, Unusable> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        Ok(Self::over(&store_of(folder, missing, &clock)?, folder, clock))
    }

    /// The installations of a store that is open already, in that folder.
    pub fn over(store: &LocalStore, folder: &Path, clock: Arc<dyn Clock>) -> Self {
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        Self {
            registry: Registry::new(store.documents(), store.blob_store(), clock),
            blobs: store.blob_store(),
            keys: Arc::new(KeyFile::new(folder.join(KEY_FILE), Arc::clone(&entropy))),
            entropy,
        }
    }

    #[cfg(feature = "stack")]
    async fn on_aws(stack: &str) -> Result<Self, Unusable> {
        Self::of_stack(&adapter_stack::Stack::find(stack).await.map_err(Unusable::new)?)
    }

    /// The installations of a stack that was found.
    #[cfg(feature = "stack")]
    pub fn of_stack(stack: &adapter_stack::Stack) -> Result<Self, Unusable> {
        let adapter_stack::AwsRegistry { registry, blobs, data_keys: keys } =
            stack.registry(Arc::new(SystemClock::new())).map_err(Unusable::new)?;
        Ok(Self { registry, blobs, keys, entropy: Arc::new(SystemEntropy) })
    }

    #[cfg(not(feature = "stack"))]
    async fn on_aws(_stack: &str) -> Result<Self, Unusable> {
        Err(without_stacks())
    }

    /// Opens the secrets of these installations; `None` where there are none, or no key of theirs.
    pub async fn opener<'a>(
        &self,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<Option<SecretBox>, Unusable> {
        self.find_opener(records).await.map_err(Unusable::new)
    }

    /// The same with the error of the port, for who wants to know more of it.
    pub async fn find_opener<'a>(
        &self,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<Option<SecretBox>, Unavailable> {
        registry::opener(&*self.keys, records, &self.entropy).await
    }

    /// Seals secrets for what is to follow on `seen`, under a key that is made now if there is none.
    pub async fn sealer(&self, seen: &Snapshot) -> Result<SecretBox, Unusable> {
        let key = match &seen.data_key {
            None => self.keys.find_or_make().await.map_err(Unusable::new)?,
            Some(id) => self.keys.get(id).await.map_err(Unusable::new)?.ok_or_else(|| {
                Unusable::new(format_args!("the data key {id} is gone: restore it, or roll back to before it was made"))
            })?,
        };
        Ok(SecretBox::new(&key, Arc::clone(&self.entropy)))
    }
}

/// The store of a folder.
pub fn store_of(folder: &Path, missing: Missing, clock: &Arc<dyn Clock>) -> Result<LocalStore, Unusable> {
    match (folder.join(database::FILE_NAME).is_file(), missing) {
        (false, Missing::Refused) => {
            let message =
                "there is no store in it; give the folder that `hedgerow apply` or `hedgerow run` made with --state";
            Err(Unusable::at(folder.display(), message))
        }
        (false, Missing::Empty) => Ok(LocalStore::in_memory(Arc::clone(clock))),
        _ => LocalStore::open(folder, Arc::clone(clock)).map_err(Unusable::new),
    }
}

/// What a command about a stack says in a build without them.
#[cfg(not(feature = "stack"))]
pub fn without_stacks() -> Unusable {
    Unusable::new("this hedgerow was built without --stack; build it with the feature `stack`")
}

/// Who changes something, for the history.
pub fn whoever() -> String {
    let named = ["HEDGEROW_BY", "USER", "LOGNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "somebody".to_owned())
}
