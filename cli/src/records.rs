//! What apps have logged and what was counted of them: where that is, and whose it is.

use crate::arguments::{At, PlaceArguments};
use crate::exit::Unusable;
use crate::installed::place::{Missing, Place, store_of};
use crate::names::Names;
use adapter_local::clock::SystemClock;
use runtime_core::ports::app_logs::AppLogs;
use runtime_core::ports::app_metrics::AppMetrics;
use runtime_core::ports::clock::Clock;
use std::path::Path;
use std::sync::Arc;

/// Where lines and metrics are read, with the names of the installations that they are about.
pub struct Records {
    /// Lines.
    pub logs: Arc<dyn AppLogs>,
    /// Metrics.
    pub metrics: Arc<dyn AppMetrics>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What is installed.
    pub names: Names,
}

impl Records {
    /// Opens the place that the command line names.
    pub async fn open(arguments: &PlaceArguments) -> Result<Self, Unusable> {
        match arguments.at() {
            At::Folder(folder) => Self::in_folder(folder).await,
            At::Stack(stack) => Self::on_aws(stack).await,
        }
    }

    async fn in_folder(folder: &Path) -> Result<Self, Unusable> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let store = store_of(folder, Missing::Refused, &clock)?;
        let names = Names::of(&Place::over(&store, folder, Arc::clone(&clock)), Some(folder)).await?;
        Ok(Self { logs: store.records(), metrics: store.records(), clock, names })
    }

    #[cfg(feature = "stack")]
    async fn on_aws(stack: &str) -> Result<Self, Unusable> {
        let stack = adapter_stack::Stack::find(stack).await.map_err(Unusable::new)?;
        let names = Names::of(&Place::of_stack(&stack)?, None).await?;
        let clock = Arc::new(SystemClock::new());
        Ok(Self { logs: Arc::new(stack.logs()), metrics: Arc::new(stack.metrics()), clock, names })
    }

    #[cfg(not(feature = "stack"))]
    async fn on_aws(_stack: &str) -> Result<Self, Unusable> {
        Err(crate::installed::place::without_stacks())
    }
}
