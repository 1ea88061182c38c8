//! Project files that are right, and what is said of those that are not.

use super::*;

fn parse(text: &str) -> Result<Project, String> {
    Project::parse(Path::new("p/hedgerow.toml"), text.to_owned()).map_err(|error| error.to_string())
}

#[test]
fn little_is_needed_and_the_rest_has_defaults() {
    let project =
        parse("[tokens]\nphc_a = 2\n[[app]]\nslug = 'a'\nsource = 'a'\n[[app]]\nslug = 'b'\nsource = 'b'\n").unwrap();
    assert_eq!(project.folder(), Path::new("p"));
    assert_eq!(project.tokens["phc_a"], 2);
    let shown: Vec<_> = project.apps.iter().map(|app| (app.entry.slug.as_str(), app.team, app.order)).collect();
    assert_eq!(shown, [("a", 2, 0), ("b", 2, 1)]);
    assert!(project.apps[0].entry.enabled && project.apps[0].entry.id.is_none());
}

#[test]
fn an_error_names_the_line_and_what_to_do() {
    let app = "[[app]]\nslug = 'a'\nteam = 1\nsource = 'a'\n";
    for (text, message) in [
        ("[tokens]\na = 1\n\nb = '3'\n".to_owned(), "p/hedgerow.toml:4: "),
        ("apps = []\n".to_owned(), ":1: unknown field `apps`, expected `tokens` or `app`"),
        (format!("{app}onerror = 'pass'\n"), ":5: unknown field `onerror`"),
        (format!("{app}on_error = 'skip'\n"), ":5: unknown variant `skip`"),
        ("[[app]]\nslug = 'a'\nteam = 1\n\nsource = { npn = 'x' }\n".to_owned(), ":5: unknown field `npn`"),
        ("[[app]]\nslug = 'a'\nsource = 'a'\n".to_owned(), ":1: app \"a\" has no team; add team = N"),
        (format!("{app}\n{app}"), ":6: the slug \"a\" is used twice"),
        (format!("{app}id = 0\n"), ":1: the id of \"a\" is 0"),
        (format!("{app}id = 7\n{}id = 7\n", app.replace("'a'", "'b'")), "have the same id 7"),
        ("[[app]]\nslug = 'A b'\nteam = 1\nsource = 'a'\n".to_owned(), ":1: \"A b\" is no slug"),
        (format!("{app}limits = {{ memory_mb = 3 }}\n"), ":1: app \"a\": limit memory_bytes is 3145728: set it"),
        (format!("{app}[app.source]\nzip = 'x'\n"), ":5: "),
        ("[[app]]\nslug = 'a'\nteam = 1\nsource = {}\n".to_owned(), ":1: app \"a\": a source has exactly one of"),
    ] {
        let error = parse(&text).map(|_| ()).unwrap_err();
        assert!(error.contains(message), "{text}\n{error}");
    }
}

#[test]
fn what_stands_in_a_wrong_line_is_not_shown() {
    let error = parse("[[app]]\nconfig = { apiKey = 'hunter2', 1 2 }\n").map(|_| ()).unwrap_err();
    assert!(error.contains(":2: ") && !error.contains("hunter2"), "{error}");
}
