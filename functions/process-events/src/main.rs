//! Lambda function: events from SQS through the pipeline.

mod handler;

use lambda_runtime::{Error, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let function = lambda_common::start().await?;
    run(service_fn(|event| handler::handle(&function.worker, event))).await
}
