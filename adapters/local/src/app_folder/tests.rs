//! What is read, what is left out, what is refused.

use super::*;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn names(files: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

#[test]
fn reads_files_by_their_path_and_leaves_out_packages_and_hidden_ones() {
    let app = folder(&[
        ("plugin.json", "{}"),
        ("src/lib/index.ts", "export {}"),
        ("dist/index.js", ""),
        ("node_modules/p/index.js", "x"),
        ("src/node_modules/p/index.js", "x"),
        (".git/config", "x"),
        (".env", "x"),
        ("src/.hidden/file", "x"),
    ]);
    let files = read_app_folder(app.path()).unwrap();
    assert_eq!(names(&files), ["dist/index.js", "plugin.json", "src/lib/index.ts"]);
    assert_eq!(files["src/lib/index.ts"], b"export {}");
}

#[test]
fn names_a_folder_that_is_not_there() {
    let app = folder(&[("plugin.json", "{}")]);
    for path in [app.path().join("absent"), app.path().join("plugin.json")] {
        let error = read_app_folder(&path).unwrap_err();
        assert!(matches!(error, AppFolderError::NoFolder { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}

#[test]
fn refuses_one_byte_more_than_allowed() {
    let app = folder(&[("a", "12345"), ("b/c", "12345")]);
    assert_eq!(names(&read_up_to(app.path(), 10).unwrap()), ["a", "b/c"]);
    let error = read_up_to(app.path(), 9).unwrap_err();
    assert!(matches!(error, AppFolderError::TooLarge { maximum_bytes: 9, .. }), "{error:?}");
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_to_a_file_inside_is_followed() {
        let app = folder(&[("plugin.json", "{}"), ("src/a.ts", "a")]);
        symlink("src/a.ts", app.path().join("index.ts")).unwrap();
        let files = read_app_folder(app.path()).unwrap();
        assert_eq!(names(&files), ["index.ts", "plugin.json", "src/a.ts"]);
        assert_eq!(files["index.ts"], b"a");
    }

    #[test]
    fn the_folder_itself_may_be_a_link() {
        let app = folder(&[("plugin.json", "{}")]);
        let elsewhere = tempfile::tempdir().unwrap();
        let link = elsewhere.path().join("app");
        symlink(app.path(), &link).unwrap();
        assert_eq!(names(&read_app_folder(&link).unwrap()), ["plugin.json"]);
    }

    #[test]
    fn a_link_outside_is_refused_unless_it_is_left_out_anyway() {
        let (app, elsewhere) = (folder(&[("plugin.json", "{}")]), folder(&[("secret", "s")]));
        symlink(elsewhere.path(), app.path().join("node_modules")).unwrap();
        assert_eq!(names(&read_app_folder(app.path()).unwrap()), ["plugin.json"]);
        let link = app.path().join("data");
        for target in [elsewhere.path().join("secret"), elsewhere.path().to_owned()] {
            symlink(target, &link).unwrap();
            let error = read_app_folder(app.path()).unwrap_err();
            assert!(matches!(&error, AppFolderError::LinkOutside { path } if *path == link), "{error:?}");
            fs::remove_file(&link).unwrap();
        }
    }

    #[test]
    fn a_link_to_a_folder_and_a_broken_link_are_refused() {
        let app = folder(&[("src/a.ts", "a")]);
        let link = app.path().join("src/circle");
        symlink("..", &link).unwrap();
        let error = read_app_folder(app.path()).unwrap_err();
        assert!(matches!(error, AppFolderError::NotAFile { .. }), "{error:?}");
        fs::remove_file(&link).unwrap();
        symlink("absent", &link).unwrap();
        let error = read_app_folder(app.path()).unwrap_err();
        assert!(matches!(error, AppFolderError::Unreadable { .. }), "{error:?}");
    }

    #[test]
    fn what_is_no_file_is_refused_without_being_opened() {
        let app = folder(&[("plugin.json", "{}")]);
        let _socket = std::os::unix::net::UnixListener::bind(app.path().join("socket")).unwrap();
        let error = read_app_folder(app.path()).unwrap_err();
        assert!(matches!(error, AppFolderError::NotAFile { .. }), "{error:?}");
    }
}
