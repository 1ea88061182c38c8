//! What is measured: `hedgerow run` with one app or two, and the script of Node.js with the one.

use super::material::Material;
use crate::workspace;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The public GeoIP app as npm installed it.
pub struct GeoIpApp {
    folder: PathBuf,
    /// The test database that its package brings along.
    database: PathBuf,
}

impl GeoIpApp {
    /// The app in that folder.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { database: folder.join("GeoLite2-City-Test.mmdb"), folder }
    }
}

/// A program with its arguments, to which the file of events is added.
pub struct Contestant {
    /// As the tables show it.
    pub name: String,
    program: OsString,
    arguments: Vec<OsString>,
}

impl Contestant {
    /// The command that takes the events of a file.
    pub fn over(&self, events: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(events);
        command
    }

    fn hedgerow(hedgerow: &Path, name: &str, arguments: Vec<OsString>) -> Self {
        let mut all = vec!["run".into()];
        all.extend(arguments);
        all.push("--events".into());
        Self { name: format!("hedgerow, {name}"), program: hedgerow.into(), arguments: all }
    }
}

/// hedgerow and Node.js with the same app: the pair whose ratio counts.
pub fn with_one_app(hedgerow: &Path, material: &Material) -> (Contestant, Contestant) {
    let arguments = vec!["--app".into(), material.app.clone().into()];
    let node = Contestant {
        name: "Node `vm`, one small app".to_owned(),
        program: "node".into(),
        arguments: vec![workspace::root().join("benches/node_vm.js").into(), material.app.clone().into()],
    };
    (Contestant::hedgerow(hedgerow, "one small app", arguments), node)
}

/// Every contestant; the first two are those of [`with_one_app`].
pub fn all(hedgerow: &Path, geoip: &GeoIpApp, material: &Material) -> Vec<Contestant> {
    let (one_app, node) = with_one_app(hedgerow, material);
    let small = || [OsString::from("--app"), material.app.clone().into()];
    let geoip = || ["--app".into(), geoip.folder.clone().into(), "--geoip".into(), geoip.database.clone().into()];
    let both = small().into_iter().chain(geoip()).collect();
    vec![
        one_app,
        node,
        Contestant::hedgerow(hedgerow, "GeoIP app", geoip().to_vec()),
        Contestant::hedgerow(hedgerow, "both apps in one chain", both),
    ]
}
