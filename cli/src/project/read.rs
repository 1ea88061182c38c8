//! Reading `hedgerow.toml`. What is wrong is said with its line, and without the line's text: a secret may stand in it that should
//! not be there.

use super::file::{AppEntry, ProjectFile};
use super::source::Source;
use crate::exit::Unusable;
use runtime_core::isolate::Limits;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The name of the file where the command line names none.
pub const FILE_NAME: &str = "hedgerow.toml";

/// A project file that was read, and its checks passed.
#[derive(Debug)]
pub struct Project {
    /// Its path as given.
    pub path: PathBuf,
    /// The team behind each project token.
    pub tokens: BTreeMap<String, i64>,
    /// The apps in the order of the file.
    pub apps: Vec<ProjectApp>,
    text: String,
}

/// One app of the file.
#[derive(Debug)]
pub struct ProjectApp {
    /// What the file says.
    pub entry: AppEntry,
    /// Its team.
    pub team: i64,
    /// Its place in the chain.
    pub order: i64,
    /// Where it comes from.
    pub source: Source,
    /// Where it is in the file.
    span: Range<usize>,
}

impl Project {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(path: &Path) -> Result<Self, Unusable> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("cannot be read: {error}; write one (docs/project-file.md), or `hedgerow init` does");
            Unusable::at(path.display(), message)
        })?;
        Self::parse(path, text)
    }

    /// The same of a text that came from `path`.
    pub(super) fn parse(path: &Path, text: String) -> Result<Self, Unusable> {
        let file: ProjectFile = toml_of(path, &text)?;
        let mut project = Self { path: path.to_owned(), tokens: file.tokens, apps: Vec::new(), text };
        let (mut slugs, mut ids) = (BTreeSet::new(), HashMap::new());
        for (place, entry) in (0..).zip(file.apps) {
            let span = entry.span();
            let entry = entry.into_inner();
            let refuse = |message: String| project.error_at(span.clone(), message);
            check_slug(&entry.slug).map_err(&refuse)?;
            let limits = entry.limits.stored().over(Limits::default());
            limits.map_err(|error| refuse(format!("app \"{}\": {error}", entry.slug)))?;
            if !slugs.insert(entry.slug.clone()) {
                return Err(refuse(format!("the slug \"{}\" is used twice; give each app one of its own", entry.slug)));
            }
            if let Some(id) = entry.id
                && let Some(other) = ids.insert(id, entry.slug.clone())
            {
                return Err(refuse(format!("\"{other}\" and \"{}\" have the same id {id}", entry.slug)));
            }
            if let Some(id) = entry.id.filter(|id| *id < 1) {
                return Err(refuse(format!("the id of \"{}\" is {id}; it must be 1 or more", entry.slug)));
            }
            let team = project.team_of(&entry).map_err(&refuse)?;
            let source =
                Source::of(&entry.source).map_err(|message| refuse(format!("app \"{}\": {message}", entry.slug)))?;
            let order = entry.order.unwrap_or(place);
            project.apps.push(ProjectApp { entry, team, order, source, span });
        }
        Ok(project)
    }

    /// The folder that paths in the file are relative to; empty for the one we are in.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// An error about an app of the file.
    pub fn error_of(&self, app: &ProjectApp, message: impl Display) -> Unusable {
        self.error_at(app.span.clone(), format_args!("app \"{}\": {message}", app.entry.slug))
    }

    /// An error about a place in the file.
    pub fn error_at(&self, span: Range<usize>, message: impl Display) -> Unusable {
        Unusable::at(format_args!("{}:{}", self.path.display(), line_of(&self.text, span.start)), message)
    }

    fn team_of(&self, entry: &AppEntry) -> Result<i64, String> {
        if let Some(team) = entry.team {
            return Ok(team);
        }
        let teams: BTreeSet<i64> = self.tokens.values().copied().collect();
        match (teams.first(), teams.len()) {
            (Some(team), 1) => Ok(*team),
            _ => {
                Err(format!("app \"{}\" has no team; add team = N, as [tokens] does not name exactly one", entry.slug))
            }
        }
    }
}

/// A TOML text as a value; an error names the line.
pub fn toml_of<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Unusable> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| format!(":{}", line_of(text, span.start))).unwrap_or_default();
        Unusable::at(format_args!("{}{line}", path.display()), error.message().trim())
    })
}

/// The 1-based line of an offset.
fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

fn check_slug(slug: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_good = slug.len() <= 64
        && slug.bytes().next().is_some_and(fits)
        && slug.bytes().all(|byte| fits(byte) || matches!(byte, b'-' | b'_' | b'.'));
    if is_good {
        return Ok(());
    }
    Err(format!(
        "\"{}\" is no slug: use up to 64 lower-case letters, digits, \"-\", \"_\" and \".\", a letter or digit first",
        crate::console::printable(slug)
    ))
}

#[cfg(test)]
mod tests;
