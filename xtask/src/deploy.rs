//! `cargo xtask deploy`: from a clone to a stack in an account, with tools that it installs itself.

use crate::python_packages::PythonPackages;
use crate::{Error, Verdict, imports, output, workspace};
use std::process::{Command, Stdio};

const HELP: &str = "Builds the functions and deploys template.yaml to an AWS account, or to an emulator.

Usage: cargo xtask deploy [--stack NAME] [--parameter NAME=VALUE]... [--yes] [--endpoint URL]

Steps:
  1. pip installs the SAM CLI, cargo-lambda and zig into the cache folder: 540 MB, the first time
  2. says which account and region it is, as the credentials have it; nothing is built for an account that does not answer
  3. `sam build`: compiles the three functions for release; minutes, the first time
  4. puts the imports bundle, the npm packages that apps may import, into each function's archive
  5. `sam deploy`: shows what it would change, asks, and makes it so

Run it again after an update of hedgerow, or with other parameters: those that are not given stay as they are, but for
Architecture, which is arm64 unless it is given. docs/operations.md lists them. Tables, bucket and key stay what they are.

Options:
  --stack NAME            name of the stack, below 50 characters [default: hedgerow]
  --parameter NAME=VALUE  a parameter of template.yaml, for example Scale=large
  --yes                   do not ask before what is there is changed
  --endpoint URL          deploy to an emulator of AWS, as `cargo xtask up` prints its address: with its key, for this machine's
                          processor, and without asking

Environment:
  AWS_PROFILE, AWS_REGION and all else that AWS's SDKs read
  HEDGEROW_CACHE  folder that the tools are installed into [default: $HOME/.cache/hedgerow]

Needs Rust, Python 3.10 with pip, and Node 20 with npm. Exit codes: 0 the stack is as it should be; 2 a step could not run.";

/// Those that the deployment was tried with.
const TOOLS: [&str; 3] = ["aws-sam-cli==1.170.0", "cargo-lambda==1.9.2", "ziglang==0.17.1"];

/// The folder that `sam build` fills.
const BUILT: &str = ".aws-sam/build";

/// Rules are named `STACK-every-minute`, and such names end at 64 characters.
const LONGEST_NAME: usize = 49;

/// Prints the account and the region that a deployment would go to.
const WHO: &str = "import boto3; session = boto3.Session(); region = session.region_name or exit('no region is set'); \
                   print(session.client('sts').get_caller_identity()['Account'], region)";

/// What is to be deployed, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Deployment {
    stack: String,
    /// Names and values, the processor among them.
    parameters: Vec<(String, String)>,
    asking: Asking,
    /// Of an emulator.
    endpoint: Option<String>,
}

/// Whether a person says yes to the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    Asks,
    DoesNotAsk,
}

/// Runs the command; see the help text above.
pub fn run(arguments: &[String]) -> Result<Verdict, Error> {
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        output::line(HELP);
        return Ok(Verdict::Passed);
    }
    let deployment = Deployment::parse(arguments)?;
    output::step("tools");
    let tools = PythonPackages::find_or_make("deploy", &TOOLS)?;
    output::line(format_args!("the stack {} in {}", deployment.stack, deployment.whereabouts(&tools)?));

    output::step("sam build");
    runs(deployment.sam(&tools)?.args(deployment.build_arguments()))?;
    output::step("imports bundle");
    imports::put_into(&workspace::root().join(BUILT))?;
    output::step("sam deploy");
    runs(deployment.sam(&tools)?.args(deployment.deploy_arguments()))?;
    output::step("done");
    output::line(deployment.what_next());
    Ok(Verdict::Passed)
}

/// Runs a command that may ask.
fn runs(command: &mut Command) -> Result<(), Error> {
    let status = command.stdin(Stdio::inherit()).status();
    let status = status.map_err(|error| Error::new(format!("cannot run sam: {error}")))?;
    if status.success() {
        return Ok(());
    }
    let step = command.get_args().next().unwrap_or_default().to_string_lossy().into_owned();
    Err(Error::new(format!("`sam {step}` failed; it says above why")))
}

impl Deployment {
    fn parse(arguments: &[String]) -> Result<Self, Error> {
        let mut deployment =
            Self { stack: "hedgerow".to_owned(), parameters: Vec::new(), asking: Asking::Asks, endpoint: None };
        let mut rest = arguments.iter();
        while let Some(option) = rest.next() {
            let mut value =
                || rest.next().cloned().ok_or_else(|| Error::new(format!("`{option}` needs a value\n\n{HELP}")));
            match option.as_str() {
                "--stack" => deployment.stack = stack_name(value()?)?,
                "--parameter" => deployment.parameters.push(parameter(&value()?)?),
                "--endpoint" => deployment.endpoint = Some(value()?),
                "--yes" => deployment.asking = Asking::DoesNotAsk,
                unknown => return Err(Error::new(format!("unexpected argument `{unknown}`\n\n{HELP}"))),
            }
        }
        if deployment.endpoint.is_some() {
            deployment.asking = Asking::DoesNotAsk;
        }
        if !deployment.parameters.iter().any(|(name, _)| name == "Architecture") {
            deployment.parameters.push(("Architecture".to_owned(), deployment.architecture().to_owned()));
        }
        Ok(deployment)
    }

    /// An emulator runs the functions on this machine.
    fn architecture(&self) -> &'static str {
        let is_local = self.endpoint.is_some();
        if is_local && cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" }
    }

    fn build_arguments(&self) -> Vec<String> {
        let mut arguments = vec!["build".to_owned()];
        arguments.extend(self.overrides());
        arguments
    }

    fn deploy_arguments(&self) -> Vec<String> {
        let mut arguments = vec!["deploy".to_owned(), "--stack-name".to_owned(), self.stack.clone()];
        if self.asking == Asking::DoesNotAsk {
            arguments.push("--no-confirm-changeset".to_owned());
        }
        arguments.extend(self.overrides());
        arguments
    }

    /// `sam build` needs them too, as it takes the processor from them.
    fn overrides(&self) -> impl Iterator<Item = String> {
        let parameters = self.parameters.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
        std::iter::once("--parameter-overrides".to_owned()).chain(parameters)
    }

    fn sam(&self, tools: &PythonPackages) -> Result<Command, Error> {
        let mut sam = workspace::in_root("sam");
        sam.env("SAM_CLI_TELEMETRY", "0");
        tools.lend_to(self.to_endpoint(&mut sam))?;
        Ok(sam)
    }

    fn to_endpoint<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let Some(endpoint) = &self.endpoint else { return command };
        for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN"] {
            command.env_remove(name);
        }
        let region = ["AWS_REGION", "AWS_DEFAULT_REGION"].map(|name| (name, "us-east-1"));
        let key = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| (name, "test"));
        command.env("AWS_ENDPOINT_URL", endpoint).envs(region).envs(key)
    }

    /// Account and region, in words.
    fn whereabouts(&self, tools: &PythonPackages) -> Result<String, Error> {
        let mut python = tools.python();
        let output = self.to_endpoint(python.args(["-c", WHO])).stdin(Stdio::null()).output()?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        match printed.trim().split_once(' ') {
            Some((account, region)) if output.status.success() => Ok(format!("account {account}, region {region}")),
            _ => Err(Error::new(format!(
                "AWS does not say which account this is: {}; set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_REGION, or sign in \
                 (`aws sso login`)",
                errors.trim().lines().last().unwrap_or("no answer")
            ))),
        }
    }

    fn what_next(&self) -> String {
        let stack = &self.stack;
        let emulator = self.endpoint.as_ref().map(|endpoint| {
            format!(
                "export AWS_ENDPOINT_URL={endpoint} AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n"
            )
        });
        format!(
            "{}Next: `hedgerow apply --stack {stack}` installs what hedgerow.toml lists (docs/quick-start.md)",
            emulator.unwrap_or_default()
        )
    }
}

fn stack_name(name: String) -> Result<String, Error> {
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|each| each.is_ascii_alphanumeric() || each == '-');
    if is_name && name.len() <= LONGEST_NAME {
        return Ok(name);
    }
    Err(Error::new(format!(
        "`{name}` cannot be a stack's name: a letter, then letters, digits and hyphens, {LONGEST_NAME} characters at most"
    )))
}

/// A parameter of the template: SAM would only tell of a mistyped one after the build.
fn parameter(text: &str) -> Result<(String, String), Error> {
    let template = std::fs::read_to_string(workspace::root().join("template.yaml"))?;
    let known = parameters_of(&template);
    match text.split_once('=') {
        Some((name, value)) if known.contains(&name) => Ok((name.to_owned(), value.to_owned())),
        Some((name, _)) => {
            Err(Error::new(format!("template.yaml has no parameter `{name}`; it has {}", known.join(", "))))
        }
        None => Err(Error::new(format!("`{text}` is no parameter; write NAME=VALUE"))),
    }
}

/// The names below `Parameters:`.
fn parameters_of(template: &str) -> Vec<&str> {
    let lines = template.lines().skip_while(|line| *line != "Parameters:").skip(1);
    let section = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let names = section.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    names.filter(|name| !name.starts_with([' ', '#'])).collect()
}

/// As SAM reads a value: with anything in it, spaces and commas too.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Deployment, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Deployment::parse(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn without_options_the_stack_of_the_config_file_is_deployed_to_the_account() {
        let deployment = parsed(&[]).expect("nothing has to be given");
        assert_eq!(deployment.build_arguments(), ["build", "--parameter-overrides", "Architecture=\"arm64\""]);
        let expected = ["deploy", "--stack-name", "hedgerow", "--parameter-overrides", "Architecture=\"arm64\""];
        assert_eq!(deployment.deploy_arguments(), expected);
        let config = std::fs::read_to_string(workspace::root().join("samconfig.toml")).expect("there is one");
        assert!(config.contains("stack_name = \"hedgerow\""));
    }

    #[test]
    fn what_is_built_is_what_is_deployed() {
        let deployment =
            parsed(&["--parameter", "Architecture=x86_64", "--stack", "my-stack", "--yes"]).expect("it is right");
        assert_eq!(deployment.build_arguments()[2..], ["Architecture=\"x86_64\""]);
        let expected = ["deploy", "--stack-name", "my-stack", "--no-confirm-changeset", "--parameter-overrides"];
        assert_eq!(deployment.deploy_arguments()[..5], expected);
        assert_eq!(deployment.deploy_arguments()[5..], ["Architecture=\"x86_64\""]);
    }

    #[test]
    fn an_emulator_gets_this_processor_and_its_own_key_and_asks_nothing() {
        let deployment = parsed(&["--endpoint", "http://127.0.0.1:1"]).expect("it is right");
        let processor = if cfg!(target_arch = "x86_64") { "x86_64" } else { "arm64" };
        assert_eq!(deployment.parameters, [("Architecture".to_owned(), processor.to_owned())]);
        assert!(deployment.deploy_arguments().contains(&"--no-confirm-changeset".to_owned()));
        let mut command = Command::new("sam");
        let variables: Vec<_> = deployment.to_endpoint(&mut command).get_envs().collect();
        for (name, value) in [
            ("AWS_ENDPOINT_URL", Some("http://127.0.0.1:1")),
            ("AWS_ACCESS_KEY_ID", Some("test")),
            ("AWS_PROFILE", None),
        ] {
            assert!(variables.contains(&(name.as_ref(), value.map(AsRef::as_ref))), "{name}: {variables:?}");
        }
        assert!(deployment.what_next().contains("AWS_ENDPOINT_URL=http://127.0.0.1:1"));
        let mut untouched = Command::new("sam");
        parsed(&[]).expect("it is right").to_endpoint(&mut untouched);
        assert_eq!(untouched.get_envs().count(), 0, "an account is whose the environment says");
    }

    #[test]
    fn values_keep_their_spaces_commas_and_quotes() {
        let deployment =
            parsed(&["--parameter", "SubnetIds=a,b", "--parameter", "PostHogToken=a \"b\\c"]).expect("it is right");
        assert_eq!(deployment.build_arguments()[2..4], ["SubnetIds=\"a,b\"", "PostHogToken=\"a \\\"b\\\\c\""]);
    }

    #[test]
    fn what_makes_no_sense_is_refused_before_anything_is_built() {
        for (words, part) in [
            (&["--parameter", "Scle=small"] as &[&str], "no parameter `Scle`"),
            (&["--parameter", "Scale"], "write NAME=VALUE"),
            (&["--parameter"], "needs a value"),
            (&["--stack", "under_score"], "`under_score` cannot be"),
            (&["--stack", ""], "cannot be"),
            (&["--stack", "a123456789b123456789c123456789d123456789e123456789"], "49 characters"),
            (&["now"], "`now`"),
        ] {
            let error = parsed(words).expect_err("it is wrong");
            assert!(error.contains(part), "{words:?}: {error}");
        }
    }

    #[test]
    fn parameters_are_those_of_the_template() {
        let template = std::fs::read_to_string(workspace::root().join("template.yaml")).expect("there is one");
        let names = parameters_of(&template);
        for name in ["Architecture", "Scale", "NotifyEmail", "LogRetentionDays"] {
            assert!(names.contains(&name), "{name}");
        }
        assert!(!names.contains(&"Concurrency") && !names.contains(&"Type"), "{names:?}");
    }
}
