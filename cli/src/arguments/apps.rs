//! Options that belong to the `--app` before them.

use super::RunArguments;
use clap::ArgMatches;
use clap::error::{Error, ErrorKind};
use std::path::PathBuf;

/// One `--app` with what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppArguments {
    /// The app's folder.
    pub folder: PathBuf,
    /// Config values by key, in order.
    pub config: Vec<(String, String)>,
    /// Files by the attachment's key.
    pub attachments: Vec<(String, PathBuf)>,
}

/// Reads `K=V`; the value may hold more `=`.
pub(super) fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}

/// Gives each option to the app before it, by the places of the words on the command line.
pub(super) fn group(arguments: &RunArguments, matches: &ArgMatches) -> Result<Vec<AppArguments>, Error> {
    let starts = places(matches, "apps");
    let mut apps: Vec<AppArguments> = arguments
        .apps
        .iter()
        .map(|folder| AppArguments { folder: folder.clone(), config: Vec::new(), attachments: Vec::new() })
        .collect();
    let owner = |option: &str, place: usize| match starts.partition_point(|start| *start < place) {
        0 => Err(Error::raw(
            ErrorKind::MissingRequiredArgument,
            format!("{option} belongs to the --app before it: write --app DIR {option} ...\n"),
        )),
        count => Ok(count - 1),
    };
    for (pair, place) in arguments.config.iter().zip(places(matches, "config")) {
        apps[owner("--config", place)?].config.push(pair.clone());
    }
    for ((key, path), place) in arguments.attachments.iter().zip(places(matches, "attachments")) {
        apps[owner("--attachment", place)?].attachments.push((key.clone(), PathBuf::from(path)));
    }
    Ok(apps)
}

fn places(matches: &ArgMatches, name: &str) -> Vec<usize> {
    matches.indices_of(name).map(Iterator::collect).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Command, parse_from};
    use super::*;

    fn apps(words: &str) -> Result<Vec<AppArguments>, Error> {
        let words = ["hedgerow", "run"].into_iter().chain(words.split_whitespace()).map(Into::into);
        match parse_from(words)? {
            Command::Run(_, apps) => Ok(apps),
            _ => panic!("not run"),
        }
    }

    #[test]
    fn options_belong_to_the_app_before_them() {
        let apps = apps("--app a --config x=1 --config=y=2=3 --app b --attachment f=g.json --events e --config x=4");
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let expected = [
            AppArguments {
                folder: "a".into(),
                config: vec![pair("x", "1"), pair("y", "2=3")],
                attachments: Vec::new(),
            },
            AppArguments {
                folder: "b".into(),
                config: vec![pair("x", "4")],
                attachments: vec![("f".to_owned(), "g.json".into())],
            },
        ];
        assert_eq!(apps.expect("valid"), expected);
    }

    #[test]
    fn an_option_before_every_app_is_refused() {
        let error = apps("--config x=1 --app a").expect_err("no app before it").to_string();
        assert!(error.contains("--config belongs to the --app before it"), "{error}");
        assert_eq!(apps("--config nothing --app a").expect_err("no `=`").exit_code(), 2);
        assert_eq!(apps("").expect("no app at all"), []);
    }
}
