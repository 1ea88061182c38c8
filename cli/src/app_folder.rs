//! From the folder of an app to an app.

use crate::exit::Unusable;
use adapter_local::app_folder::read_app_folder;
use runtime_core::app::AppBundle;
use std::path::Path;

/// The files of an app, and the name of its folder, which is the app's stable slug.
pub struct AppFolder {
    /// The files.
    pub bundle: AppBundle,
    /// The folder's own name.
    pub slug: String,
}

/// Reads the folder.
pub fn read(folder: &Path) -> Result<AppFolder, Unusable> {
    let files = read_app_folder(folder).map_err(Unusable::new)?;
    let real = folder.canonicalize().map_err(|error| Unusable::at(folder.display(), error))?;
    let slug = real.file_name().map_or_else(|| "app".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(AppFolder { bundle: AppBundle { files }, slug })
}
