//! Playing an app in Node.

use super::stage::Stage;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tests::doubles::authority_pem;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The variable with the folder of packages.
const MODULES: &str = "HEDGEROW_TEST_NODE_MODULES";
/// Longer than any app takes, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The folder of packages as npm installs them. A test that cannot run has failed.
pub fn modules() -> PathBuf {
    let folder = std::env::var_os(MODULES);
    folder
        .map(PathBuf::from)
        .unwrap_or_else(|| panic!("{MODULES} is not set, so there are no packages: run cargo xtask test"))
}

/// Plays the app in Node and checks what it prints.
pub async fn play(stage: Stage) {
    let modules = modules();
    let folder = tempfile::tempdir().expect("there is room for a certificate");
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, authority_pem()).expect("there is room for a certificate");
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("packages/run-in-node.mjs");
    let mut node = Command::new("node");
    node.arg(runner).arg(stage.folder()).env(MODULES, modules).env("NODE_EXTRA_CA_CERTS", authority).env("TZ", "UTC");
    // Nothing of whoever runs the test: an account of Google, a proxy.
    for variable in [
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_PROJECT",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
    ] {
        node.env_remove(variable);
    }
    node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = node.spawn().unwrap_or_else(|error| panic!("node cannot be started: {error}; is it installed?"));
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(stage.settings().to_string().as_bytes()).await.expect("the runner reads its settings");
    drop(input);
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let Output { status, stdout, stderr } = ended.expect("the app hangs").expect("its output can be read");
    let (printed, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{}: {status}\n{:#?}\n{errors}\n{printed}", stage.app, stage.complaints());
    stage.check_node(&printed);
}
