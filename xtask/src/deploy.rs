//! `cargo xtask deploy`: from a clone to a stack in an account, with tools that it installs itself.

#[cfg(test)]
mod tests;

use crate::python_packages::PythonPackages;
use crate::{Error, Verdict, imports, output, workspace};
use std::io::IsTerminal as _;
use std::process::{Command, Stdio};

const HELP: &str = "Builds the functions and deploys template.yaml to an AWS account, or to an emulator.

Usage: cargo xtask deploy [--stack NAME] [--parameter NAME=VALUE]... [--yes] [--endpoint URL]

Steps:
  1. pip installs the SAM CLI, cargo-lambda and zig into the cache folder: 790 MB, the first time
  2. says which account and region it is, as the credentials have it; nothing is built for an account that does not answer
  3. `sam build`: compiles the three functions for release; a quarter of an hour, the first time
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
    let mut arguments = deployment.deploy_arguments();
    // The bar is a line for each quarter of a megabyte wherever lines stay.
    if !std::io::stdout().is_terminal() {
        arguments.insert(1, "--no-progressbar".to_owned());
    }
    runs(deployment.sam(&tools)?.args(arguments))?;
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
        let Some(endpoint) = &self.endpoint else {
            return in_region(command, std::env::var("AWS_REGION").ok());
        };
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

/// The variable of most SDKs and of the command `hedgerow` under the name by which SAM and Python know it.
fn in_region(command: &mut Command, region: Option<String>) -> &mut Command {
    match region {
        Some(region) => command.env("AWS_DEFAULT_REGION", region),
        None => command,
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
        Some((_, value)) if value.contains('\\') => {
            Err(Error::new(format!("`{text}` has a backslash, of which SAM makes something else")))
        }
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
    format!("\"{}\"", value.replace('"', "\\\""))
}
