//! What the figures were measured on.

use crate::Error;
use std::process::Command;

/// One line: processors, Node's version, the command.
pub fn facts() -> Result<String, Error> {
    let cores = std::thread::available_parallelism()?;
    let node = Command::new("node").arg("--version").output();
    let node = node.map_err(|error| Error::new(format!("cannot run `node`: {error}; is it installed?")))?;
    let node = String::from_utf8_lossy(&node.stdout).trim().to_owned();
    let command: Vec<String> = std::env::args().skip(1).collect();
    let (system, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    Ok(format!("\n{cores} cores, {system} {architecture}, Node {node}; `cargo xtask {}`", command.join(" ")))
}
