//! Puts a function together as its environment says.

use crate::acknowledge::SqsAcknowledger;
use crate::claims::Claims;
use crate::due::DueTable;
use crate::installed::{self, Installed, State};
use crate::queues::Queues;
use crate::settings::{Settings, Sink};
use crate::sink::NoSink;
use crate::telemetry::{self, JsonLog};
use crate::worker::Worker;
use crate::{BLOB_ATTRIBUTE, Function, shutdown};
use adapter_aws::claims::BodyError;
use adapter_aws::geoip::S3GeoIp;
use adapter_aws::names::Names;
use adapter_aws::registry::{AwsRegistry, RegistryNames};
use adapter_aws::work::LONGEST_DELAY;
use adapter_aws::{AwsStore, SdkConfig, sdk};
use adapter_http::{GuardedNetwork, HttpOptions, HyperClient, PosthogSink, PosthogSinkOptions};
use adapter_system::clock::SystemClock;
use adapter_system::entropy::SystemEntropy;
use async_trait::async_trait;
use lambda_runtime::{Error, tracing};
use runtime_core::host::ports::Reality;
use runtime_core::host::{Ports, PosthogAccess};
use runtime_core::imports::bundle::ImportsBundle;
use runtime_core::pipeline::record::RecordProcessor;
use runtime_core::pipeline::{Pipeline, PipelineParts, PipelineProcessor};
use runtime_core::ports::Unavailable;
use runtime_core::ports::clock::{Clock, Timestamp};
use runtime_core::ports::delayed_queue::Lane;
use runtime_core::ports::event_sink::EventSink;
use runtime_core::ports::geoip::GeoIp;
use runtime_core::registry::{Watch, WatchParts};
use runtime_core::retry::RetryPolicies;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// How long looking for a change may take of an invocation: what runs is better than nothing.
const REFRESH_LIMIT: Duration = Duration::from_secs(5);

/// Starts a function: logs, settings, ports, apps, and the wish to be told of the end.
///
/// # Errors
/// Whatever cannot be read or makes no sense, which is logged too: Lambda then starts another environment.
pub async fn start() -> Result<Function, Error> {
    telemetry::log_as_json();
    let function = function().await.inspect_err(|error| tracing::error!("{error}"))?;
    shutdown::tear_down_at_the_end(Arc::clone(&function.worker.processor)).await;
    Ok(function)
}

async fn function() -> Result<Function, Error> {
    let (settings, names) = (Settings::from_environment()?, Names::from_environment()?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let config = sdk::loader().load().await;
    let store = AwsStore::new(&config, &names, Arc::clone(&clock));
    let watch = watch(&settings, &config, &names, &clock);
    let installed = installed::find(watch.as_ref(), &store, settings.installations.as_deref()).await?;
    let geoip = geoip(&settings, &config, &clock);
    let processor = processor(&settings, &store, (Arc::clone(&clock), geoip), installed).await?;
    let processor: Arc<dyn RecordProcessor> = match watch {
        Some(watch) => Arc::new(processor.watching(watch)),
        None => Arc::new(processor),
    };
    let worker = Worker {
        processor,
        claims: Arc::new(store.clone()),
        acknowledger: Arc::new(SqsAcknowledger::new(aws_sdk_sqs::Client::new(&config), names.clone())),
        clock,
        queues: Queues::at_urls([
            (Lane::Events, names.events_queue_url.as_str()),
            (Lane::Continuations, names.continuations_queue_url.as_str()),
            (Lane::Exports, names.exports_queue_url.as_str()),
            (Lane::Jobs, names.jobs_queue_url.as_str()),
        ]),
        record_concurrency: settings.record_concurrency,
        margins: settings.margins,
    };
    Ok(Function { worker, due: Arc::new(store) })
}

/// The pipeline over the stack.
async fn processor(
    settings: &Settings,
    store: &AwsStore,
    (clock, geoip): (Arc<dyn Clock>, Option<Arc<dyn GeoIp>>),
    Installed { installations, teams, state }: Installed,
) -> Result<PipelineProcessor, Error> {
    let outside = HttpOptions::new(Arc::clone(&clock));
    let ports = Ports {
        cache: store.cache(),
        storage: store.storage(),
        queue: store.work(),
        documents: store.documents(),
        notifier: store.notifier(),
        captures: store.captures(),
        http: Arc::new(HyperClient::new(outside.clone())?),
        network: Arc::new(GuardedNetwork::new(outside)?),
        geoip,
        telemetry: Arc::new(JsonLog::new(Arc::clone(&clock), settings.metrics_namespace.clone(), settings.app_metrics)),
        clock,
        entropy: Arc::new(SystemEntropy),
        dead_letters: store.dead_letters(),
        // Opened when an app first imports a package, and where it is missing that app is told.
        imports: settings.imports.clone().map(|path| Arc::new(ImportsBundle::at(path))),
        recorder: None,
    };
    let parts = PipelineParts {
        installations,
        sink: sink(settings, store, &ports)?,
        ports,
        posthog: PosthogAccess {
            host: settings.posthog_host.clone(),
            project_token: settings.posthog_token.clone(),
            personal_api_key: settings.posthog_personal_key.clone(),
        },
        reality: Reality::Real,
        retries: RetryPolicies::default(),
        idempotency: settings.idempotency,
    };
    let pipeline = Pipeline::start(parts).await?;
    let processor = PipelineProcessor::new(pipeline, teams);
    Ok(match state {
        State::Known => processor,
        State::AwaitsFirst => processor.awaiting_the_first(),
    })
}

/// The database of places, if there is one. Nothing of it is read before an app asks.
fn geoip(settings: &Settings, config: &SdkConfig, clock: &Arc<dyn Clock>) -> Option<Arc<dyn GeoIp>> {
    let options = settings.geoip.clone()?;
    Some(Arc::new(S3GeoIp::new(config, options, Arc::clone(clock))))
}

/// The registry of the stack, if it has one.
fn watch(settings: &Settings, config: &SdkConfig, names: &Names, clock: &Arc<dyn Clock>) -> Option<Watch> {
    let table = settings.registry_table.clone()?;
    let names = RegistryNames { table, bucket: names.bucket.clone(), key_arn: None };
    let AwsRegistry { registry, data_keys, .. } = AwsRegistry::new(config, &names, Arc::clone(clock));
    Some(Watch::new(WatchParts {
        registry,
        data_keys,
        entropy: Arc::new(SystemEntropy),
        clock: Arc::clone(clock),
        every: settings.refresh,
        at_most: REFRESH_LIMIT,
    }))
}

fn sink(settings: &Settings, store: &AwsStore, ports: &Ports) -> Result<Arc<dyn EventSink>, Error> {
    match settings.sink {
        Sink::Queue => match store.event_sink() {
            Some(queue) => Ok(queue),
            None => Err("HEDGEROW_OUTPUT_QUEUE_URL is not set: set it to the URL of the queue of final events, or \
                         HEDGEROW_SINK to another sink"
                .into()),
        },
        Sink::Posthog => Ok(Arc::new(PosthogSink::new(PosthogSinkOptions {
            host: settings.posthog_host.clone().unwrap_or_default(),
            project_token: settings.posthog_token.clone().unwrap_or_default(),
            http: Arc::clone(&ports.http),
            clock: Arc::clone(&ports.clock),
        })?)),
        Sink::None => Ok(Arc::new(NoSink)),
    }
}

#[async_trait]
impl Claims for AwsStore {
    async fn body(&self, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let attributes = HashMap::from([(BLOB_ATTRIBUTE.to_owned(), String::new())]);
        match self.body_of(name.as_bytes().to_vec(), &attributes).await {
            Ok(body) => Ok(Some(body)),
            Err(BodyError::Lost { .. }) => Ok(None),
            Err(BodyError::Unavailable(error)) => Err(error),
        }
    }
}

#[async_trait]
impl DueTable for AwsStore {
    async fn sweep(&self, now: Timestamp) -> Result<usize, Unavailable> {
        self.due_table().sweep(now, LONGEST_DELAY, &*self.work()).await
    }
}
