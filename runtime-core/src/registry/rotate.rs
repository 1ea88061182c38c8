//! Another data key: every secret that holds is sealed anew under it, at once.
//!
//! A new key changes nothing by itself. Together with the secrets that were sealed under it, it comes to hold by the one write of
//! the head, which also says that it is the key to seal under from then on. So whoever reads sees secrets under the old key or under
//! the new one, and whoever seals meanwhile under the old key finds that the head has changed. The old key stays for the
//! revisions that can hold again; once none of them needs it, `prune` removes it.

use super::record::{Record, Snapshot};
use super::secrets::{SecretBox, SecretError};
use super::stored::StoredSnapshot;
use super::{Registry, RegistryError};
use crate::ports::Unavailable;
use crate::ports::data_keys::DataKeys;
use crate::ports::entropy::Entropy;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Why secrets keep their key. Nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// There is nothing to seal.
    #[error("no secret is set: there is nothing to seal under a new key")]
    NoSecrets,
    /// A secret does not open, so it cannot be sealed anew.
    #[error("app \"{slug}\": {error}")]
    Secret {
        /// The slug of the app.
        slug: String,
        /// Why.
        error: SecretError,
    },
    /// As for every change, [`RegistryError::Conflict`] included.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl From<Unavailable> for RotateError {
    fn from(error: Unavailable) -> Self {
        Self::Registry(error.into())
    }
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The revision that holds now.
    pub revision: u64,
    /// The id of the new key.
    pub data_key: String,
    /// How many secrets were sealed under it.
    pub secrets: usize,
}

/// Opens the secrets of these records: knows the keys that they name, as far as they are there. `None` if none is there.
///
/// # Errors
/// When the keys are out of reach.
pub async fn opener<'a>(
    keys: &dyn DataKeys,
    records: impl IntoIterator<Item = &'a Record>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Option<SecretBox>, Unavailable> {
    let secrets = records.into_iter().flat_map(|record| record.secrets.values());
    let ids: BTreeSet<&str> = secrets.map(|sealed| sealed.key.as_str()).collect();
    let mut opener: Option<SecretBox> = None;
    for id in &ids {
        if let Some(key) = keys.get(id).await? {
            opener = Some(match opener {
                Some(opener) => opener.and(&key),
                None => SecretBox::new(&key, Arc::clone(entropy)),
            });
        }
    }
    if opener.is_none() && !ids.is_empty() {
        // None of them is there: that another one is makes for a better error.
        return Ok(keys.find().await?.map(|key| SecretBox::new(&key, Arc::clone(entropy))));
    }
    Ok(opener)
}

impl Registry {
    /// Seals every secret of what was `seen`, which has to hold still, under a new key; `by` is for the history.
    ///
    /// # Errors
    /// Every [`RotateError`]. The new key may have been made then; nothing uses it.
    pub async fn rotate(
        &self,
        seen: &Snapshot,
        keys: &dyn DataKeys,
        entropy: &Arc<dyn Entropy>,
        by: &str,
    ) -> Result<Rotated, RotateError> {
        let secrets = seen.installations.iter().map(|record| record.secrets.len()).sum();
        if secrets == 0 {
            return Err(RotateError::NoSecrets);
        }
        let opener = opener(keys, &seen.installations, entropy).await?;
        let mut change = seen.again(by, "secrets rotate");
        // Opened before a key is made: what cannot be sealed anew leaves nothing behind.
        let opened = change.records.iter().map(|record| open_all(record, opener.as_ref()));
        let opened = opened.collect::<Result<Vec<_>, _>>()?;
        let key = keys.add().await?;
        let sealer = SecretBox::new(&key, Arc::clone(entropy));
        for (record, opened) in change.records.iter_mut().zip(opened) {
            for (field, secret) in opened {
                let sealed = sealer.seal(record.id, &field, &secret);
                record.secrets.insert(field, sealed);
            }
        }
        let mut stored = StoredSnapshot::after(seen, change, self.clock.now());
        stored.data_key = Some(key.id.clone());
        let revision = self.hold(seen, stored).await?;
        Ok(Rotated { revision, data_key: key.id, secrets })
    }
}

type Opened = Vec<(String, super::SecretText)>;

fn open_all(record: &Record, opener: Option<&SecretBox>) -> Result<Opened, RotateError> {
    let open = |(field, sealed): (&String, _)| {
        let opener = opener.ok_or_else(|| SecretError::NoKey { field: field.clone() })?;
        Ok((field.clone(), opener.open(record.id, field, sealed)?))
    };
    let opened: Result<_, SecretError> = record.secrets.iter().map(open).collect();
    opened.map_err(|error| RotateError::Secret { slug: record.slug.clone(), error })
}
