//! Puts the pipeline of this execution environment together. Until the adapters for AWS are there, its state is local to the
//! environment and its sink is a file.

use crate::settings::Settings;
use crate::telemetry::{JsonLog, LogNotifier};
use adapter_http::{HttpOptions, HyperClient};
use adapter_local::LocalStore;
use adapter_local::clock::SystemClock;
use adapter_local::entropy::SystemEntropy;
use adapter_local::event_sink::JsonLinesSink;
use adapter_local::installations::read_installations;
use lambda_runtime::Error;
use runtime_core::host::ports::Reality;
use runtime_core::host::{Ports, PosthogAccess};
use runtime_core::pipeline::record::RecordProcessor;
use runtime_core::pipeline::{CaptureQueue, Idempotency, Pipeline, PipelineParts, PipelineProcessor};
use runtime_core::retry::RetryPolicies;
use std::sync::Arc;

/// The pipeline over what the settings name.
///
/// # Errors
/// Whatever cannot be read or opened: a function that runs without some of its apps would lose what they do.
pub async fn processor(settings: &Settings) -> Result<Arc<dyn RecordProcessor>, Error> {
    let (installations, teams) = read_installations(&settings.installations)?;
    let clock = Arc::new(SystemClock::new());
    let store = LocalStore::open(&settings.state, clock.clone())?;
    let captures = Arc::new(CaptureQueue::default());
    let ports = Ports {
        cache: store.cache(),
        storage: store.storage(),
        queue: store.delayed_queue(),
        documents: store.documents(),
        notifier: Arc::new(LogNotifier),
        captures: captures.clone(),
        http: Arc::new(HyperClient::new(HttpOptions::new(clock.clone()))?),
        geoip: None,
        clock,
        entropy: Arc::new(SystemEntropy),
        telemetry: Arc::new(JsonLog),
        dead_letters: store.dead_letters(),
        recorder: None,
    };
    let sink = Arc::new(JsonLinesSink::append_to(&settings.output)?);
    let parts = PipelineParts {
        installations,
        ports,
        sink,
        posthog: PosthogAccess::default(),
        reality: Reality::Real,
        retries: RetryPolicies::default(),
        idempotency: Idempotency::default(),
    };
    let pipeline = Pipeline::start(parts).await?;
    Ok(Arc::new(PipelineProcessor::new(pipeline, teams).capturing(captures).taking(store.delayed_queue())))
}
