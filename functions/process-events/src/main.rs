//! Lambda function: events from SQS through the pipeline.

mod handler;
mod records;
mod settings;
mod telemetry;
mod wiring;

use handler::Handler;
use lambda_runtime::{Error, run, service_fn, tracing};
use settings::Settings;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let settings = Settings::from_environment().inspect_err(|error| tracing::error!("{error}"))?;
    let processor = wiring::processor(&settings).await.inspect_err(|error| tracing::error!("{error}"))?;
    let handler = Handler::new(processor, &settings);
    run(service_fn(|event| handler.handle(event))).await
}
