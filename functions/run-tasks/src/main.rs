//! Lambda function: jobs, scheduled tasks, what is due, and what queues gave up.

mod handler;
mod tick;

use lambda_runtime::{Error, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let function = lambda_common::start().await?;
    run(service_fn(|event| handler::handle(&function.worker, &*function.due, event))).await
}
