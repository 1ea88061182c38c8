//! What runtime-core is built from: nothing of a cloud vendor, and nothing that an adapter is for (style.md, principle 1).

use std::collections::BTreeSet;
use std::process::Command;

/// The names of all crates that end up in `package`, its build scripts' included.
fn crates_of(package: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args([
        "tree",
        "--locked",
        "--all-features",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let output = command.args(["--package", package]).output().expect("cargo starts");
    assert!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo prints UTF-8");
    text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn belongs_to_a_cloud_vendor(name: &str) -> bool {
    ["aws-", "aws_", "rusoto", "google-cloud", "gcloud", "azure", "lambda_", "lambda-"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[test]
fn the_core_is_built_from_no_cloud_vendors_crate() {
    let crates = crates_of("runtime-core");
    assert!(crates.contains("runtime-core") && crates.contains("rquickjs"), "the tree looks wrong: {crates:?}");
    let vendors: Vec<_> = crates.iter().filter(|name| belongs_to_a_cloud_vendor(name)).collect();
    assert!(vendors.is_empty(), "{vendors:?}: what needs a vendor belongs behind a port, in an adapter");
}

#[test]
fn the_core_brings_no_database_and_no_http_client() {
    let crates = crates_of("runtime-core");
    for (name, home) in [
        ("rusqlite", "adapters/local"),
        ("libsqlite3-sys", "adapters/local"),
        ("hyper", "adapters/http"),
        ("reqwest", "adapters/http"),
        ("hyper-rustls", "adapters/http"),
        ("aws-config", "adapters/aws"),
        ("aws-sdk-dynamodb", "adapters/aws"),
        ("aws-sdk-s3", "adapters/aws"),
        ("aws-sdk-sqs", "adapters/aws"),
    ] {
        assert!(!crates.contains(name), "{name} belongs into {home}");
    }
}

#[test]
fn an_adapter_brings_nothing_of_the_others() {
    let aws = crates_of("adapter-aws");
    assert!(aws.contains("aws-sdk-dynamodb"), "the tree looks wrong: {aws:?}");
    for name in ["rusqlite", "libsqlite3-sys", "aws-lc-sys", "aws-lc-rs"] {
        assert!(!aws.contains(name), "{name} would be in every Lambda function");
    }
    let local = crates_of("adapter-local");
    let vendors: Vec<_> = local.iter().filter(|name| belongs_to_a_cloud_vendor(name)).collect();
    assert!(vendors.is_empty(), "{vendors:?}: a laptop needs no cloud");
}

#[test]
fn a_function_brings_no_database_and_no_second_tls() {
    for function in ["process-events", "export-events", "run-tasks"] {
        let crates = crates_of(function);
        assert!(
            crates.contains("adapter-aws") && crates.contains("lambda_runtime"),
            "the tree looks wrong: {crates:?}"
        );
        for name in ["adapter-local", "rusqlite", "libsqlite3-sys", "aws-lc-sys", "aws-lc-rs", "openssl-sys", "tests"] {
            assert!(!crates.contains(name), "{name} would be in the zip of {function}");
        }
    }
}

#[test]
fn a_vendors_crate_is_told_by_its_name() {
    for name in
        ["aws-sdk-sqs", "aws_lambda_events", "rusoto_core", "google-cloud-storage", "azure_core", "lambda_runtime"]
    {
        assert!(belongs_to_a_cloud_vendor(name), "{name}");
    }
    for name in ["hyper", "async-trait", "rquickjs"] {
        assert!(!belongs_to_a_cloud_vendor(name), "{name}");
    }
}
