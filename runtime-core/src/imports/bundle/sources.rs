//! Units before they are compiled.

use super::{Code, Unit};
use serde::Deserialize;
use std::io;
use std::path::Path;

/// A unit before it is compiled.
#[derive(Debug, Clone)]
pub struct UnitSource {
    /// For example `pg`, `node/stream` or `aws-sdk/clients/s3`.
    pub name: String,
    /// The npm version, of a package that apps import.
    pub version: Option<String>,
    /// The names of the function's parameters, in their order.
    pub parameters: Vec<String>,
    /// A function expression with those parameters.
    pub text: String,
}

/// An entry of `units.json`.
#[derive(Deserialize)]
struct Listed {
    name: String,
    version: Option<String>,
    parameters: Vec<String>,
    file: String,
}

impl UnitSource {
    /// Every unit of a folder that `infra/imports/build.mjs` wrote, by name.
    ///
    /// # Errors
    /// What cannot be read, or a list that is none.
    #[expect(clippy::disallowed_methods, reason = "only programs of developers build and try bundles")]
    pub fn read_folder(folder: &Path) -> io::Result<Vec<Self>> {
        let listed: Vec<Listed> = serde_json::from_slice(&std::fs::read(folder.join("units.json"))?)?;
        let read = listed.into_iter().map(|Listed { name, version, parameters, file }| {
            Ok(Self { name, version, parameters, text: std::fs::read_to_string(folder.join(file))? })
        });
        read.collect()
    }

    pub(super) fn into_unit(self) -> Unit {
        let code = Code::Source { name: format!("imports/{}", self.name), text: self.text };
        Unit { parameters: self.parameters, code }
    }
}
