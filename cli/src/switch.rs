//! `hedgerow pause` and `hedgerow resume`: whether the functions of a stack take messages.

use crate::arguments::SwitchArguments;
use crate::exit::{Outcome, Unusable};

/// Which way it is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Messages wait.
    Pause,
    /// Messages are taken.
    Resume,
}

/// Runs the command.
#[cfg(feature = "stack")]
pub async fn switch(arguments: &SwitchArguments, action: Action) -> Result<Outcome, Unusable> {
    let stack = adapter_stack::Stack::find(&arguments.stack).await.map_err(Unusable::new)?;
    let clock = adapter_local::clock::SystemClock::new();
    on_stack::switch(&on_stack::Switched { mappings: &stack, clock: &clock }, arguments, action).await
}

/// Refuses the command: this build knows nothing of AWS.
#[cfg(not(feature = "stack"))]
pub async fn switch(_arguments: &SwitchArguments, _action: Action) -> Result<Outcome, Unusable> {
    Err(crate::installed::place::without_stacks())
}

#[cfg(feature = "stack")]
mod on_stack {
    use super::Action;
    use crate::arguments::{FunctionName, SwitchArguments};
    use crate::console;
    use crate::exit::{Outcome, Unusable};
    use crate::table;
    use adapter_stack::{AskError, FUNCTIONS, Flow, Mapping, Stack};
    use async_trait::async_trait;
    use runtime_core::ports::clock::Clock;
    use serde_json::{Value, json};
    use std::time::Duration;

    /// How long a change is waited for, and how often it is looked for meanwhile.
    const LONGEST: Duration = Duration::from_secs(60);
    const PAUSE: Duration = Duration::from_secs(2);

    /// The mappings of a stack; a trait so that they can be tried without one.
    #[async_trait]
    pub(super) trait Mappings: Sync {
        /// Those of a function.
        async fn of(&self, function: &'static str) -> Result<Vec<Mapping>, AskError>;
        /// Asks for one to be switched.
        async fn switch(&self, mapping: &Mapping, flow: Flow) -> Result<Mapping, AskError>;
    }

    #[async_trait]
    impl Mappings for Stack {
        async fn of(&self, function: &'static str) -> Result<Vec<Mapping>, AskError> {
            self.mappings(function).await
        }

        async fn switch(&self, mapping: &Mapping, flow: Flow) -> Result<Mapping, AskError> {
            Self::switch(self, mapping, flow).await
        }
    }

    /// What is switched, and how long that takes.
    pub(super) struct Switched<'a> {
        /// The stack.
        pub(super) mappings: &'a dyn Mappings,
        /// Time.
        pub(super) clock: &'a dyn Clock,
    }

    impl Action {
        fn name(self) -> &'static str {
            if self == Self::Pause { "pause" } else { "resume" }
        }

        fn flow(self) -> Flow {
            if self == Self::Pause { Flow::Off } else { Flow::On }
        }
    }

    /// Switches, waits if that is wanted, and tells how the mappings are.
    pub(super) async fn switch(
        stack: &Switched<'_>,
        arguments: &SwitchArguments,
        action: Action,
    ) -> Result<Outcome, Unusable> {
        let functions = chosen(&arguments.functions);
        stack.ask(&functions, action.flow()).await?;
        let mappings = match arguments.no_wait {
            true => stack.all(&functions).await?,
            false => stack.wait(&functions, action.flow()).await?,
        };
        let done = mappings.iter().all(|mapping| mapping.is(action.flow()));
        if arguments.json {
            console::line(shown(&mappings, action, done));
        } else {
            let head = ["FUNCTION", "QUEUE", "STATE"].map(str::to_owned).to_vec();
            let rows = mappings
                .iter()
                .map(|mapping| vec![mapping.function.to_owned(), mapping.queue.clone(), mapping.state.clone()]);
            table::print(std::iter::once(head).chain(rows).collect());
            tell(&arguments.stack, action, done);
        }
        Ok(if done || arguments.no_wait { Outcome::Success } else { Outcome::Failures })
    }

    /// The functions that are named, or all.
    fn chosen(named: &[FunctionName]) -> Vec<&'static str> {
        let is_chosen = |name: &str| named.is_empty() || named.iter().any(|function| function.name() == name);
        FUNCTIONS.into_iter().map(|(name, _)| name).filter(|name| is_chosen(name)).collect()
    }

    impl Switched<'_> {
        /// Asks for each mapping that is not as it is to be. One that is refused ends it; the command can be given again.
        async fn ask(&self, functions: &[&'static str], flow: Flow) -> Result<(), Unusable> {
            for mapping in self.all(functions).await?.iter().filter(|mapping| !mapping.is(flow)) {
                let asked = self.mappings.switch(mapping, flow).await;
                asked
                    .map_err(|error| Unusable::at(format_args!("the mapping of {}", mapping.queue), error.advised()))?;
            }
            Ok(())
        }

        async fn all(&self, functions: &[&'static str]) -> Result<Vec<Mapping>, Unusable> {
            let mut mappings = Vec::new();
            for function in functions {
                let found = self.mappings.of(function).await;
                mappings.extend(found.map_err(|error| Unusable::at(function, error.advised()))?);
            }
            Ok(mappings)
        }

        /// Looks again and again until all have changed, for a minute.
        async fn wait(&self, functions: &[&'static str], flow: Flow) -> Result<Vec<Mapping>, Unusable> {
            let end = self.clock.elapsed() + LONGEST;
            let mut told = None;
            loop {
                let mappings = self.all(functions).await?;
                let left = mappings.iter().filter(|mapping| !mapping.is(flow)).count();
                if left == 0 || self.clock.elapsed() >= end {
                    return Ok(mappings);
                }
                if told.replace(left) != Some(left) {
                    console::note(format_args!("{left} of {} mappings still change ...", mappings.len()));
                }
                self.clock.sleep_until(self.clock.elapsed() + PAUSE).await;
            }
        }
    }

    fn tell(stack: &str, action: Action, done: bool) {
        if !done {
            console::note("some still change: `hedgerow doctor` tells when they have");
        }
        match action {
            Action::Pause => console::note(format_args!(
                "messages wait in their queues, for 14 days at most; `hedgerow resume --stack {stack}` goes on. The rules of \
                 EventBridge go on: what is due, and ticks of schedules, wait in the queues with the rest"
            )),
            Action::Resume => console::note("messages are taken again, those that waited first"),
        }
    }

    fn shown(mappings: &[Mapping], action: Action, done: bool) -> Value {
        let mappings: Vec<Value> = mappings
            .iter()
            .map(|mapping| {
                json!({
                    "function": mapping.function,
                    "queue": mapping.queue,
                    "uuid": mapping.uuid,
                    "state": mapping.state,
                })
            })
            .collect();
        json!({ "action": action.name(), "done": done, "mappings": mappings })
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use runtime_core::ports::clock::Timestamp;
        use runtime_core::ports::virtual_clock::VirtualClock;
        use std::sync::{Arc, Mutex};

        /// Mappings that take some looks to change.
        struct Slow {
            looks_left: Mutex<usize>,
            mappings: Mutex<Vec<Mapping>>,
            switched: Mutex<Vec<String>>,
        }

        impl Slow {
            fn new(looks: usize, states: &[(&'static str, &str)]) -> Self {
                let mappings = states.iter().enumerate().map(|(index, (function, state))| Mapping {
                    uuid: index.to_string(),
                    function,
                    queue: format!("queue-{index}"),
                    state: (*state).to_owned(),
                    maximum_concurrency: None,
                });
                Self {
                    looks_left: Mutex::new(looks),
                    mappings: Mutex::new(mappings.collect()),
                    switched: Mutex::default(),
                }
            }
        }

        #[async_trait]
        impl Mappings for Slow {
            async fn of(&self, function: &'static str) -> Result<Vec<Mapping>, AskError> {
                let mut left = self.looks_left.lock().unwrap();
                let mut mappings = self.mappings.lock().unwrap();
                if *left == 0 {
                    for mapping in mappings.iter_mut() {
                        mapping.state = mapping.state.replace("Disabling", "Disabled").replace("Enabling", "Enabled");
                    }
                } else if mappings.iter().any(|mapping| mapping.state.ends_with("ing")) {
                    *left -= 1;
                }
                Ok(mappings.iter().filter(|mapping| mapping.function == function).cloned().collect())
            }

            async fn switch(&self, mapping: &Mapping, flow: Flow) -> Result<Mapping, AskError> {
                self.switched.lock().unwrap().push(mapping.uuid.clone());
                let mut mappings = self.mappings.lock().unwrap();
                let found = mappings.iter_mut().find(|found| found.uuid == mapping.uuid).expect("it was listed");
                found.state = if flow == Flow::On { "Enabling" } else { "Disabling" }.to_owned();
                Ok(found.clone())
            }
        }

        fn arguments(functions: Vec<FunctionName>, no_wait: bool) -> SwitchArguments {
            SwitchArguments { stack: "s".to_owned(), functions, no_wait, json: true }
        }

        /// How switching ends, and how long it takes on a clock that moves on whenever it is waited for.
        async fn switched(stack: &Slow, arguments: &SwitchArguments, action: Action) -> (Outcome, Duration) {
            let clock = Arc::new(VirtualClock::at(Timestamp(0)));
            let moved = Arc::clone(&clock);
            let moving = tokio::spawn(async move {
                loop {
                    moved.wait_for_sleeper().await;
                    moved.advance(PAUSE);
                }
            });
            let outcome = switch(&Switched { mappings: stack, clock: &*clock }, arguments, action).await.unwrap();
            moving.abort();
            (outcome, clock.elapsed())
        }

        #[tokio::test]
        async fn it_waits_until_all_have_changed() {
            let stack = Slow::new(9, &[("process-events", "Enabled"), ("run-tasks", "Disabled")]);
            let (outcome, _) = switched(&stack, &arguments(Vec::new(), false), Action::Pause).await;
            assert_eq!(outcome, Outcome::Success);
            assert_eq!(*stack.switched.lock().unwrap(), ["0"], "the other one is paused already");
            assert!(stack.mappings.lock().unwrap().iter().all(|mapping| mapping.state == "Disabled"));
        }

        #[tokio::test]
        async fn after_a_minute_it_says_that_it_still_goes_on() {
            let stack = Slow::new(10_000, &[("process-events", "Disabled")]);
            let (waits, does_not) = (arguments(Vec::new(), false), arguments(Vec::new(), true));
            assert_eq!(switched(&stack, &waits, Action::Resume).await, (Outcome::Failures, LONGEST));
            assert_eq!(switched(&stack, &does_not, Action::Resume).await, (Outcome::Success, Duration::ZERO));
        }

        #[tokio::test]
        async fn a_function_alone_is_switched() {
            let stack = Slow::new(0, &[("process-events", "Enabled"), ("run-tasks", "Enabled")]);
            switched(&stack, &arguments(vec![FunctionName::RunTasks], false), Action::Pause).await;
            let states: Vec<String> =
                stack.mappings.lock().unwrap().iter().map(|mapping| mapping.state.clone()).collect();
            assert_eq!(states, ["Enabled", "Disabled"]);
        }

        #[test]
        fn the_answer_names_each_mapping() {
            let mapping = Mapping {
                uuid: "u".to_owned(),
                function: "run-tasks",
                queue: "s-jobs".to_owned(),
                state: "Disabling".to_owned(),
                maximum_concurrency: None,
            };
            let expected = json!({"action": "pause", "done": false, "mappings": [
                {"function": "run-tasks", "queue": "s-jobs", "uuid": "u", "state": "Disabling"}]});
            assert_eq!(shown(&[mapping], Action::Pause, false), expected);
        }
    }
}
