//! Attachments as blobs.

use super::{Registry, StoredAttachment};
use crate::installation::Attachment;
use crate::ports::Unavailable;

impl Registry {
    /// Stores an attachment. What refers to it holds once it is in a record that was written.
    ///
    /// # Errors
    /// When the blobs are out of reach.
    pub async fn put_attachment(&self, attachment: &Attachment) -> Result<StoredAttachment, Unavailable> {
        let Attachment { file_name, content_type, contents } = attachment;
        let blob = self.blobs.put(contents).await?;
        let bytes = contents.len() as u64;
        Ok(StoredAttachment { file_name: file_name.clone(), content_type: content_type.clone(), blob, bytes })
    }

    /// The attachment as an app sees it; `None` if it is gone or damaged.
    ///
    /// # Errors
    /// When the blobs are out of reach.
    pub async fn attachment(&self, stored: &StoredAttachment) -> Result<Option<Attachment>, Unavailable> {
        let StoredAttachment { file_name, content_type, blob, .. } = stored.clone();
        let contents = self.blobs.get(&blob).await?;
        Ok(contents.map(|contents| Attachment { file_name, content_type, contents }))
    }
}
