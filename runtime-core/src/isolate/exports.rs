//! The functions found in an app (behaviour.md a.5, cases 2-18).

use super::call::Function as AppFunction;
use crate::extensions::Installed;
use rquickjs::{Ctx, Function, Object, Persistent, Value};

/// The functions that are looked for by name.
pub(crate) const METHODS: [&str; 8] = [
    "setupPlugin",
    "teardownPlugin",
    "processEvent",
    "processEventBatch",
    "onEvent",
    "exportEvents",
    "composeWebhook",
    "getSettings",
];

/// The scheduled tasks that there are triggers for; other `runEvery…` functions are found and never called (case 18).
pub const TRIGGERED_TASKS: [&str; 3] = ["runEveryMinute", "runEveryHour", "runEveryDay"];

/// What an app can do, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Of `setupPlugin`, `teardownPlugin`, `processEvent`, `processEventBatch`, `onEvent`, `exportEvents`, `composeWebhook`,
    /// `getSettings`; `processEvent` also where it is made of `processEventBatch`.
    pub methods: Vec<String>,
    /// Every `runEvery…` function, also those that never fire (case 18).
    pub scheduled_tasks: Vec<String>,
    /// The keys of `jobs`.
    pub jobs: Vec<String>,
}

impl Capabilities {
    /// Whether the app has the function.
    pub fn has(&self, function: &AppFunction) -> bool {
        match function {
            AppFunction::Job(name) => self.jobs.contains(name),
            AppFunction::Task(name) => self.scheduled_tasks.contains(name),
            method => self.methods.contains(&method.name()),
        }
    }
}

/// An app's functions, ready to be called.
pub(super) struct Exports {
    pub(super) capabilities: Capabilities,
    pub(super) metrics: Option<Persistent<Value<'static>>>,
    methods: Persistent<Object<'static>>,
    tasks: Persistent<Object<'static>>,
    jobs: Persistent<Object<'static>>,
}

impl Exports {
    /// The function, if the app has it.
    pub(super) fn function<'js>(
        &self,
        ctx: &Ctx<'js>,
        function: &AppFunction,
    ) -> rquickjs::Result<Option<Function<'js>>> {
        let (place, name) = match function {
            AppFunction::Job(name) => (&self.jobs, name.clone()),
            AppFunction::Task(name) => (&self.tasks, name.clone()),
            method => (&self.methods, method.name()),
        };
        place.clone().restore(ctx)?.get(name)
    }
}

/// Looks through what the evaluated script left behind.
pub(super) fn discover(ctx: &Ctx<'_>, installed: &Installed) -> rquickjs::Result<Exports> {
    let found: Object = installed.discover(ctx)?.call((METHODS.to_vec(),))?;
    let methods: Object = found.get("functions")?;
    let tasks: Object = found.get("tasks")?;
    let jobs: Object = found.get("jobs")?;
    let metrics: Value = found.get("metrics")?;
    let capabilities = Capabilities { methods: keys(&methods)?, scheduled_tasks: keys(&tasks)?, jobs: keys(&jobs)? };
    Ok(Exports {
        capabilities,
        metrics: (!metrics.is_undefined()).then(|| Persistent::save(ctx, metrics)),
        methods: Persistent::save(ctx, methods),
        tasks: Persistent::save(ctx, tasks),
        jobs: Persistent::save(ctx, jobs),
    })
}

fn keys(object: &Object<'_>) -> rquickjs::Result<Vec<String>> {
    object.keys::<String>().collect()
}
