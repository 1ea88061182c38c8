//! What a source may say.

use super::*;

fn source(toml: &str) -> Result<Source, String> {
    #[derive(serde::Deserialize)]
    struct Holder {
        source: SourceEntry,
    }
    Source::of(&toml::from_str::<Holder>(&format!("source = {toml}")).unwrap().source)
}

#[test]
fn each_kind_has_a_line_of_its_own() {
    let hash = "0".repeat(64);
    for (toml, line) in [
        (r#""apps/a""#.to_owned(), "path apps/a".to_owned()),
        (r#"{ path = "apps/a" }"#.to_owned(), "path apps/a".to_owned()),
        (r#"{ zip = "a.zip", folder = "./b/" }"#.to_owned(), "zip a.zip folder b".to_owned()),
        (format!(r#"{{ tgz = "a.tgz", sha256 = "{hash}" }}"#), format!("tgz a.tgz sha256 {hash}")),
        (r#"{ npm = "@a/b" }"#.to_owned(), "npm @a/b@latest".to_owned()),
        (r#"{ git = "https://github.com/a/b", rev = "v1" }"#.to_owned(), "git https://github.com/a/b@v1".to_owned()),
        (
            format!(r#"{{ url = "https://a.example/b.tar.gz", sha256 = "{hash}" }}"#),
            format!("url https://a.example/b.tar.gz sha256 {hash}"),
        ),
    ] {
        assert_eq!(source(&toml).unwrap().to_string(), line);
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (toml, part) in [
        (r#""""#, "empty"),
        ("{}", "exactly one of"),
        (r#"{ zip = "a", npm = "b" }"#, "exactly one of"),
        (r#"{ zip = "a", rev = "b" }"#, "git only"),
        (r#"{ path = "a", version = "1" }"#, "npm only"),
        (r#"{ npm = "a", sha256 = "b" }"#, "zip, tgz and url only"),
        (r#"{ path = "a", folder = "b" }"#, "fetched or unpacked"),
        (r#"{ zip = "a", folder = "../b" }"#, "no folder inside"),
        (r#"{ zip = "a", sha256 = "ABC" }"#, "64 lower-case hex digits"),
        (r#"{ url = "https://a.example/b.zip" }"#, "needs sha256"),
        (r#"{ url = "https://a.example/b", sha256 = "" }"#, "must end with"),
        (r#"{ url = "http://a.example/b.zip" }"#, "not https"),
        (r#"{ url = "https://me:hunter2@a.example/b.zip" }"#, "name or password"),
    ] {
        let error = source(toml).unwrap_err();
        assert!(error.contains(part) && !error.contains("hunter2"), "{toml}: {error}");
    }
}

#[tokio::test]
async fn an_archive_under_another_hash_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.zip"), "anything").unwrap();
    let source = source(&format!(r#"{{ zip = "a.zip", sha256 = "{}" }}"#, "0".repeat(64))).unwrap();
    let error = source.fetch(folder.path(), None, &Downloads::new().unwrap()).await.unwrap_err().to_string();
    assert!(error.contains(&hex(&Sha256::digest(b"anything"))), "{error}");
}
