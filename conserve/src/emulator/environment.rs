//! An execution environment: a process of a function, its Runtime API, and the proxy between it and AWS.

use super::stack::Stack;
use crate::proxy::{Chances, Proxy, Shared};
use lambda_double::runtime_api::RuntimeApi;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::process::{Child, Command};

/// Of what environments are made.
#[derive(Debug, Clone)]
pub struct Function {
    /// The program.
    pub program: PathBuf,
    /// Where it logs.
    pub log: PathBuf,
    /// The address of the emulator.
    pub emulator: String,
    /// What all proxies of the run share.
    pub shared: Arc<Shared>,
}

/// A running environment; it ends with this value.
pub struct Environment {
    /// Hands it invocations.
    pub api: RuntimeApi,
    /// What it reaches AWS through.
    pub proxy: Proxy,
    /// The process.
    pub child: Child,
}

impl Function {
    /// Starts an environment.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn start(&self, stack: &Stack, chances: Chances) -> io::Result<Environment> {
        let api = RuntimeApi::start().await?;
        let proxy = Proxy::start(&self.emulator, chances, Arc::clone(&self.shared)).await?;
        let log = File::options().create(true).append(true).open(&self.log)?;
        let child = Command::new(&self.program)
            .env_clear()
            .envs(api.environment())
            .envs(stack.environment(&proxy.url()))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Environment { api, proxy, child })
    }
}

impl Environment {
    /// Ends it with SIGKILL.
    ///
    /// # Errors
    /// What the operating system says.
    pub async fn kill(mut self) -> io::Result<()> {
        self.child.kill().await
    }
}

/// Waits for the end of a process, which nobody has asked for.
pub async fn ended(child: &mut Child) -> String {
    match child.wait().await {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    }
}
