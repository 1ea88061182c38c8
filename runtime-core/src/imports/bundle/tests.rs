//! A bundle written and read back, and what happens to one that is not ours.

#![expect(clippy::disallowed_methods, reason = "a bundle is a file")]

use super::*;

const TEXT: &str = "(function (module) { undeclared = 1; module.exports = 6 * 7; })";

fn unit() -> UnitSource {
    UnitSource {
        name: "small/one".to_owned(),
        version: Some("1.2.3".to_owned()),
        parameters: vec!["module".to_owned()],
        text: TEXT.to_owned(),
    }
}

/// A bundle in a file of its own, and the hash of its index.
fn written(name: &str) -> (PathBuf, String) {
    let unit = unit();
    let bytecode = bytecode_of(&unit).unwrap();
    let (bytes, sha256) = write(&[(unit, bytecode)], "the notices");
    let path = std::env::temp_dir().join(format!("hedgerow-bundle-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    (path, sha256)
}

#[test]
fn what_was_written_is_read() {
    let (path, sha256) = written("read");
    let bundle = ImportsBundle::expecting(&path, &sha256);
    assert!(bundle.is_there());
    let unit = bundle.unit("small/one").unwrap();
    assert_eq!(unit.parameters, ["module"]);
    assert!(Arc::ptr_eq(&unit, &bundle.unit("small/one").unwrap()), "it is read once");
    assert_eq!(bundle.notices().unwrap(), "the notices");
    assert_eq!(bundle.unit("other").unwrap_err().to_string(), "the imports bundle has no unit named other");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn the_same_unit_gives_the_same_bytes() {
    let (one, other) = (bytecode_of(&unit()).unwrap(), bytecode_of(&unit()).unwrap());
    assert_eq!(one, other);
}

#[test]
fn a_missing_file_names_the_command() {
    let error = ImportsBundle::at("/nowhere/at/all").unit("pg").unwrap_err().to_string();
    assert_eq!(error, "the imports bundle is not at /nowhere/at/all: build it with `cargo xtask imports`");
}

#[test]
fn an_index_of_another_build_is_refused() {
    let (path, _) = written("foreign");
    let error = ImportsBundle::expecting(&path, &"0".repeat(64)).unit("small/one").unwrap_err();
    assert!(matches!(&*error, BundleError::Foreign { why, .. } if why == "its index has another hash"), "{error}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_changed_byte_of_a_unit_is_found() {
    let (path, sha256) = written("changed");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() - "the notices".len() - 8;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let error = ImportsBundle::expecting(&path, &sha256).unit("small/one").unwrap_err();
    assert!(matches!(&*error, BundleError::Foreign { why, .. } if why == "small/one has another hash"), "{error}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn what_is_no_bundle_is_refused() {
    let path = std::env::temp_dir().join(format!("hedgerow-bundle-{}-none", std::process::id()));
    for content in
        ["", "hedgerow imports", "hedgerow imports\u{7f}\u{7f}\u{7f}\u{7f} and more", "something else altogether"]
    {
        std::fs::write(&path, content).unwrap();
        assert!(ImportsBundle::at(&path).unit("pg").is_err(), "{content}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_unit_that_is_no_javascript_is_named() {
    let broken = UnitSource { text: "(function (".to_owned(), ..unit() };
    assert!(bytecode_of(&broken).unwrap_err().starts_with("small/one does not compile: "));
}
