//! Where unfinished work goes on.

use crate::event::{InstallationId, PluginEvent};
use crate::isolate::Function;
use crate::ports::clock::Timestamp;
use crate::ports::delayed_queue::Lane;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where the work goes on. What lies before it is never done again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Stage {
    /// In the chain of `processEvent`.
    Chain(ChainStage),
    /// The event has left the chain and is not in the sink yet.
    Sink,
    /// `onEvent` of one installation.
    OnEvent {
        /// Whose.
        installation: InstallationId,
    },
    /// `composeWebhook` of one installation, and sending what it composes.
    Webhook {
        /// Whose.
        installation: InstallationId,
    },
    /// `exportEvents` of one installation, for a batch that stays as it is.
    Export {
        /// Whose.
        installation: InstallationId,
        /// The same at every attempt of a batch that stays as it is; none for events that are yet to be put into batches.
        #[serde(default)]
        batch_id: Option<String>,
    },
    /// A job of one installation.
    Job {
        /// Whose.
        installation: InstallationId,
        /// Its key in `exports.jobs`.
        job: String,
        /// The id under which it was enqueued.
        id: String,
    },
    /// A scheduled task of one installation.
    Task {
        /// Whose.
        installation: InstallationId,
        /// `runEveryMinute`, `runEveryHour` or `runEveryDay`.
        task: String,
        /// The time for which it was scheduled.
        tick: Timestamp,
    },
}

/// A place in the chain, with what the apps before it have left beside the event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChainStage {
    /// The app at which the chain goes on; the first one if there is none.
    pub from: Option<ChainPlace>,
    /// The apps so far.
    pub marks: Marks,
    /// `$set` and `$set_once` of the event as it entered the chain, where it had them: they settle which change wins.
    pub person: Map<String, Value>,
}

/// An app's place in the chain. Still a place when the app is gone by the time the work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChainPlace {
    /// The installation's own order.
    pub order: i64,
    /// Which of those of equal order.
    pub installation: InstallationId,
}

/// Labels of the apps that a chain has run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// For `$plugins_succeeded`.
    pub succeeded: Vec<String>,
    /// For `$plugins_failed`.
    pub failed: Vec<String>,
}

impl Stage {
    /// Its name: `chain:39`, `sink`, `on_event:39`, ...
    pub fn label(&self) -> String {
        match self {
            Self::Chain(ChainStage { from: None, .. }) => "chain".into(),
            Self::Chain(ChainStage { from: Some(place), .. }) => format!("chain:{}", place.installation),
            Self::Sink => "sink".into(),
            Self::OnEvent { installation } => format!("on_event:{installation}"),
            Self::Webhook { installation } => format!("webhook:{installation}"),
            Self::Export { installation, batch_id: None } => format!("export:{installation}"),
            Self::Export { installation, batch_id: Some(id) } => format!("export:{installation}:{id}"),
            Self::Job { installation, job, id } => format!("job:{installation}:{job}:{id}"),
            Self::Task { installation, task, tick } => format!("task:{installation}:{task}:{}", tick.0),
        }
    }

    /// As JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data always has a JSON form")
    }

    /// Who works on it.
    pub fn lane(&self) -> Lane {
        match self {
            Self::Chain(_) | Self::Sink | Self::OnEvent { .. } | Self::Webhook { .. } => Lane::Continuations,
            Self::Export { .. } => Lane::Exports,
            Self::Job { .. } | Self::Task { .. } => Lane::Jobs,
        }
    }

    /// Whose work it is, if it is one installation's.
    pub fn installation(&self) -> Option<InstallationId> {
        match self {
            Self::Chain(chain) => chain.from.map(|place| place.installation),
            Self::Sink => None,
            Self::OnEvent { installation }
            | Self::Webhook { installation }
            | Self::Export { installation, .. }
            | Self::Job { installation, .. }
            | Self::Task { installation, .. } => Some(*installation),
        }
    }

    /// The function with which it goes on, if that is one installation's.
    pub fn function(&self) -> Option<String> {
        let function = match self {
            Self::Chain(chain) => chain.from.map(|_| Function::ProcessEvent),
            Self::Sink => None,
            Self::OnEvent { .. } => Some(Function::OnEvent),
            Self::Webhook { .. } => Some(Function::ComposeWebhook),
            Self::Export { .. } => Some(Function::ExportEvents),
            Self::Job { job, .. } => Some(Function::Job(job.clone())),
            Self::Task { task, .. } => Some(Function::Task(task.clone())),
        };
        function.map(|function| function.name())
    }
}

impl ChainStage {
    /// What the chain needs to know of an event as it entered.
    pub(super) fn person_of(event: &PluginEvent) -> Map<String, Value> {
        let member = |name: &str| event.members.get(name).map(|value| (name.to_owned(), value.clone()));
        ["$set", "$set_once"].into_iter().filter_map(member).collect()
    }

    /// The event as it entered the chain, as far as the end of the chain asks for it.
    pub(super) fn entered(&self, current: &PluginEvent) -> PluginEvent {
        let mut entered = current.clone();
        for name in ["$set", "$set_once"] {
            match self.person.get(name) {
                Some(value) => entered.members.insert(name.into(), value.clone()),
                None => entered.members.remove(name),
            };
        }
        entered
    }
}
