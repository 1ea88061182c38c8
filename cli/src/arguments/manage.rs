//! The words of the commands that change one app that is installed.

use super::PlaceArguments;
use super::apps::key_and_value;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What every command about one app has: which, where, and how it answers.
#[derive(Debug, Args)]
pub struct OneAppArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// The app, by its slug or number
    #[arg(value_name = "APP")]
    pub app: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How a change is made.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// Do not run setupPlugin before
    #[arg(long)]
    pub skip_setup: bool,
}

/// List, show, enable and disable apps that are installed
#[derive(Debug, Args)]
pub struct AppsArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: AppsCommand,
}

/// `hedgerow apps list`
#[derive(Debug, Args)]
pub struct ListAppsArguments {
    /// Where.
    #[command(flatten)]
    pub place: PlaceArguments,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What can be done with installed apps.
#[derive(Debug, Subcommand)]
pub enum AppsCommand {
    /// List what is installed, in the order in which apps run
    List(ListAppsArguments),
    /// Show one app: its state, its config (secrets as set or not set), its last errors
    Show {
        /// Which.
        #[command(flatten)]
        app: OneAppArguments,
        /// How many of its last errors, of which 20 are kept
        #[arg(long, value_name = "N", default_value = "5")]
        errors: usize,
    },
    /// Let an app run, also one that was disabled because its set-up failed
    Enable {
        /// Which.
        #[command(flatten)]
        app: OneAppArguments,
        /// How.
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Stop an app; its on_disabled says what happens to events
    Disable(OneAppArguments),
}

/// Read and change the config of an app
///
/// The next apply of a hedgerow.toml makes it what the file says.
#[derive(Debug, Args)]
pub struct ConfigArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What can be done with config.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the config, or one value of it; secrets as set or not set
    Get {
        /// Which.
        #[command(flatten)]
        app: OneAppArguments,
        /// One value alone
        #[arg(value_name = "KEY")]
        key: Option<String>,
    },
    /// Change values; they are checked, and setupPlugin is tried, as with apply
    Set {
        /// Which.
        #[command(flatten)]
        app: OneAppArguments,
        /// Values; KEY= takes a value away, so that the app's default holds
        #[arg(value_name = "KEY=VALUE", value_parser = key_and_value, required = true)]
        values: Vec<(String, String)>,
        /// How.
        #[command(flatten)]
        change: ChangeArguments,
    },
}

/// Set secret values of an app, or seal all of them under a new key
///
/// They are stored encrypted, and nothing ever prints them again.
#[derive(Debug, Args)]
pub struct SecretsArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: SecretsCommand,
}

/// Where the value of a secret is.
#[derive(Debug, Args)]
pub struct SecretSource {
    /// Take the value of an environment variable
    #[arg(long, value_name = "NAME", group = "source")]
    pub from_env: Option<String>,
    /// Take the value of a secret in AWS Secrets Manager, by its name or ARN
    #[arg(long, value_name = "NAME", group = "source")]
    pub from_secretsmanager: Option<String>,
    /// With --from-secretsmanager: the member of a secret that is a JSON object
    #[arg(long, value_name = "MEMBER", requires = "from_secretsmanager")]
    pub from_key: Option<String>,
    /// Take the value of a parameter in AWS Systems Manager, for example /prod/api-key
    #[arg(long, value_name = "PATH", group = "source")]
    pub from_ssm: Option<String>,
}

/// What can be done with secrets.
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Set a secret: asked for on a terminal, read from stdin otherwise. An empty one takes the value away
    Set {
        /// Which.
        #[command(flatten)]
        app: OneAppArguments,
        /// The config field
        #[arg(value_name = "KEY")]
        key: String,
        /// Where it is, if it is not asked for.
        #[command(flatten)]
        from: SecretSource,
        /// How.
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Make a new key and seal every secret under it; the old key stays as long as an earlier revision needs it
    Rotate {
        /// Where.
        #[command(flatten)]
        place: PlaceArguments,
        /// Print JSON: the new revision, the id of the key, and how many secrets; null, null and 0 if there are none
        #[arg(long)]
        json: bool,
    },
}

/// Give an app files, or take them away
#[derive(Debug, Args)]
pub struct AttachmentsArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: AttachmentsCommand,
}

/// What can be done with attachments.
#[derive(Debug, Subcommand)]
pub enum AttachmentsCommand {
    /// Give the app a file, in the place of one that it has there
    Put {
        /// Which.
        #[command(flatten)]
        app: OneAppArguments,
        /// The attachment's key in plugin.json
        #[arg(value_name = "KEY")]
        key: String,
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// How.
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Take a file away
    Rm {
        /// Which.
        #[command(flatten)]
        app: OneAppArguments,
        /// The attachment's key in plugin.json
        #[arg(value_name = "KEY")]
        key: String,
        /// How.
        #[command(flatten)]
        change: ChangeArguments,
    },
}
