//! Lambda function: events from SQS through the pipeline.

mod handler;
mod records;
mod settings;

use handler::Handler;
use lambda_runtime::{Error, run, service_fn, tracing};
use runtime_core::pipeline::record::RecordProcessor;
use settings::Settings;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let settings = Settings::from_environment().inspect_err(|error| tracing::error!("{error}"))?;
    let handler = Handler::new(build_processor(&settings), &settings);
    run(service_fn(|event| handler.handle(event))).await
}

/// The pipeline that this execution environment keeps.
fn build_processor(_settings: &Settings) -> Arc<dyn RecordProcessor> {
    Arc::new(records::RedeliverEverything)
}
