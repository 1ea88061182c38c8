//! `hedgerow attachments` (case 174).

use super::one::{OneApp, set_up};
use crate::arguments::AttachmentsCommand;
use crate::attachment;
use crate::exit::{Outcome, Unusable};

/// Runs the command.
pub async fn attachments(command: &AttachmentsCommand) -> Result<Outcome, Unusable> {
    match command {
        AttachmentsCommand::Put { app: arguments, key, file, change } => {
            let app = OneApp::find(arguments).await?;
            let mut wanted = app.wanted().await?;
            wanted.attach(key, attachment::read(file)?);
            let what = format!("attachments put {} {key}", app.record.slug);
            app.change(wanted, what, set_up(change)).await
        }
        AttachmentsCommand::Rm { app: arguments, key, change } => {
            let app = OneApp::find(arguments).await?;
            let mut wanted = app.wanted().await?;
            if !wanted.detach(key) {
                return Err(Unusable::new(format_args!("app \"{}\" has no attachment \"{key}\"", app.record.slug)));
            }
            let what = format!("attachments rm {} {key}", app.record.slug);
            app.change(wanted, what, set_up(change)).await
        }
    }
}
