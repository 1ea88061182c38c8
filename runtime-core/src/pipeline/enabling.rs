//! How far the set-up of an app is, for whoever asks from outside of a pipeline, and a new beginning for it.

use crate::installation::Installation;
use crate::ports::Unavailable;
use crate::ports::documents::Documents;
use crate::setup::SetupState;

/// How far the set-up of this version of an installation is. One that was never tried is as one that has not failed.
///
/// # Errors
/// When the documents are out of reach.
pub async fn setup_state(documents: &dyn Documents, installation: &Installation) -> Result<SetupState, Unavailable> {
    let document = documents.get(&SetupState::key(installation.id, &installation.version())).await?;
    // As environments take a state that they cannot read: it keeps no app from working.
    Ok(document.and_then(|document| serde_json::from_str(&document.json).ok()).unwrap_or_default())
}

/// Enables an app that was disabled: the attempts are counted from the beginning. Whether it was disabled, or about to be.
///
/// # Errors
/// When the documents are out of reach.
pub async fn enable(documents: &dyn Documents, installation: &Installation) -> Result<bool, Unavailable> {
    let key = SetupState::key(installation.id, &installation.version());
    while let Some(document) = documents.get(&key).await? {
        if documents.remove(&key, &document).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
