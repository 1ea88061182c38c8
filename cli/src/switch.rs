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
    on_stack::switch(&stack, arguments, action).await
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
        stack: &impl Mappings,
        arguments: &SwitchArguments,
        action: Action,
    ) -> Result<Outcome, Unusable> {
        let functions = chosen(&arguments.functions);
        ask(stack, &functions, action.flow()).await?;
        let mut mappings = all(stack, &functions).await?;
        if !arguments.no_wait {
            mappings = wait(stack, &functions, action.flow(), mappings).await?;
        }
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

    /// Asks for each mapping that is not as it is to be. One that is refused ends it; the command can be given again.
    async fn ask(stack: &impl Mappings, functions: &[&'static str], flow: Flow) -> Result<(), Unusable> {
        for mapping in all(stack, functions).await? {
            if !mapping.is(flow) {
                stack
                    .switch(&mapping, flow)
                    .await
                    .map_err(|error| Unusable::at(format_args!("the mapping of {}", mapping.queue), advised(&error)))?;
            }
        }
        Ok(())
    }

    async fn all(stack: &impl Mappings, functions: &[&'static str]) -> Result<Vec<Mapping>, Unusable> {
        let mut mappings = Vec::new();
        for function in functions {
            mappings.extend(stack.of(function).await.map_err(|error| Unusable::at(function, advised(&error)))?);
        }
        Ok(mappings)
    }

    fn advised(error: &AskError) -> String {
        match error.kind {
            adapter_stack::Refusal::Denied => {
                format!("{error}; it takes lambda:ListEventSourceMappings and lambda:UpdateEventSourceMapping")
            }
            _ => error.to_string(),
        }
    }

    /// Looks again and again until all have changed, for a minute.
    async fn wait(
        stack: &impl Mappings,
        functions: &[&'static str],
        flow: Flow,
        mut mappings: Vec<Mapping>,
    ) -> Result<Vec<Mapping>, Unusable> {
        let end = tokio::time::Instant::now() + LONGEST;
        let mut told = usize::MAX;
        loop {
            let left = mappings.iter().filter(|mapping| !mapping.is(flow)).count();
            if left == 0 || tokio::time::Instant::now() >= end {
                return Ok(mappings);
            }
            if left != told {
                console::note(format_args!("{left} of {} mappings still change ...", mappings.len()));
                told = left;
            }
            tokio::time::sleep(PAUSE).await;
            mappings = all(stack, functions).await?;
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
        use std::sync::Mutex;

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

        #[tokio::test(start_paused = true)]
        async fn it_waits_until_all_have_changed() {
            let stack = Slow::new(9, &[("process-events", "Enabled"), ("run-tasks", "Disabled")]);
            let outcome = switch(&stack, &arguments(Vec::new(), false), Action::Pause).await.unwrap();
            assert_eq!(outcome, Outcome::Success);
            assert_eq!(*stack.switched.lock().unwrap(), ["0"], "the other one is paused already");
            assert!(stack.mappings.lock().unwrap().iter().all(|mapping| mapping.state == "Disabled"));
        }

        #[tokio::test(start_paused = true)]
        async fn after_a_minute_it_says_that_it_still_goes_on() {
            let stack = Slow::new(10_000, &[("process-events", "Disabled")]);
            let started = tokio::time::Instant::now();
            let outcome = switch(&stack, &arguments(Vec::new(), false), Action::Resume).await.unwrap();
            assert_eq!((outcome, started.elapsed()), (Outcome::Failures, LONGEST));
            let outcome = switch(&stack, &arguments(Vec::new(), true), Action::Resume).await.unwrap();
            assert_eq!((outcome, started.elapsed()), (Outcome::Success, LONGEST), "--no-wait waits for nothing");
        }

        #[tokio::test(start_paused = true)]
        async fn a_function_alone_is_switched() {
            let stack = Slow::new(0, &[("process-events", "Enabled"), ("run-tasks", "Enabled")]);
            switch(&stack, &arguments(vec![FunctionName::RunTasks], false), Action::Pause).await.unwrap();
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
