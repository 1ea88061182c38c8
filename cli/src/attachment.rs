//! Files for `meta.attachments`.

use crate::exit::Unusable;
use adapter_local::attachment::read_attachment;
use runtime_core::installation::Attachment;
use std::path::Path;

/// Reads a file. Its name is its base name, its type that of its extension.
pub fn read(path: &Path) -> Result<Attachment, Unusable> {
    read_attachment(path)
        .map_err(|error| Unusable::at(path.display(), format_args!("cannot be read as an attachment: {error}")))
}
