//! `hedgerow init`: a first `hedgerow.toml` for the app folders that are there.

use super::read::FILE_NAME;
use crate::app_folder;
use crate::arguments::InitArguments;
use crate::console;
use crate::exit::{Outcome, Unusable};
use runtime_core::app::{FieldKind, Manifest};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// How deep below the folder apps are looked for.
const DEPTH: usize = 3;

/// Writes the file; an existing one is left alone.
pub fn init(arguments: &InitArguments) -> Result<Outcome, Unusable> {
    let file = arguments.folder.join(FILE_NAME);
    if file.exists() {
        return Err(Unusable::at(file.display(), "is there already; it is left as it is"));
    }
    let mut folders = Vec::new();
    find(&arguments.folder, DEPTH, &mut folders)
        .map_err(|error| Unusable::at(arguments.folder.display(), format_args!("cannot be read: {error}")))?;
    folders.sort();
    let mut text = head(arguments.team);
    for folder in &folders {
        text.push_str(&app(arguments, folder)?);
    }
    std::fs::write(&file, text)
        .map_err(|error| Unusable::at(file.display(), format_args!("cannot be written: {error}")))?;
    console::line(format_args!("{} has {} apps", file.display(), folders.len()));
    console::note("fill in what is empty, then `hedgerow plan --state DIR` shows what it means");
    Ok(Outcome::Success)
}

fn head(team: i64) -> String {
    format!(
        "# What hedgerow has installed; docs/project-file.md has every key.\n\
         [tokens]\n# phc_your_project_token = {team}\n"
    )
}

/// Folders with a plugin.json, not looking inside them.
fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if folder.join("plugin.json").is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_left_out = name == "node_modules" || name.to_string_lossy().starts_with('.');
        if entry.file_type()?.is_dir() && !is_left_out {
            find(&entry.path(), depth - 1, found)?;
        }
    }
    Ok(())
}

fn app(arguments: &InitArguments, folder: &Path) -> Result<String, Unusable> {
    let read = app_folder::read(folder)?;
    let relative = folder.strip_prefix(&arguments.folder).unwrap_or(folder);
    let source = if relative.as_os_str().is_empty() { Path::new(".") } else { relative };
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut text = format!(
        "\n[[app]]\nslug = {}\nteam = {}\nsource = {}\n",
        quoted(&slug(&read.slug)),
        arguments.team,
        quoted(&source.to_string_lossy())
    );
    let manifest = read.bundle.files.get("plugin.json").map(|bytes| String::from_utf8_lossy(bytes));
    if let Some(Ok(manifest)) = manifest.map(|text| Manifest::parse(&text, &read.slug)) {
        text.push_str(&settings(&manifest));
    }
    Ok(text)
}

/// The fields of the app, as far as they have a value or need one.
fn settings(manifest: &Manifest) -> String {
    let (mut config, mut attachments) = (String::new(), String::new());
    for field in &manifest.config {
        let Some(key) = &field.key else { continue };
        let quoted_key = toml::Value::from(key.as_str()).to_string();
        let written = match (&field.kind, field.secret) {
            (FieldKind::Attachment, _) if field.required => {
                writeln!(attachments, "# {quoted_key} = \"path of a file\"")
            }
            (FieldKind::Attachment, _) => Ok(()),
            (_, true) => writeln!(config, "# {quoted_key} = {{ env = \"NAME\" }}"),
            (_, false) if field.default.is_none() && field.required => writeln!(config, "{quoted_key} = \"\""),
            (_, false) => Ok(()),
        };
        written.expect("a String takes everything that is written to it");
    }
    let table = |name: &str, lines: String| if lines.is_empty() { lines } else { format!("[app.{name}]\n{lines}") };
    table("config", config) + &table("attachments", attachments)
}

/// A slug like the name of a folder.
fn slug(name: &str) -> String {
    let fits = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '_' | '.')
    };
    let slug: String =
        name.to_lowercase().chars().map(|character| if fits(character) { character } else { '-' }).take(64).collect();
    let slug = slug.trim_start_matches(['-', '_', '.']);
    if slug.is_empty() { "app".to_owned() } else { slug.to_owned() }
}
