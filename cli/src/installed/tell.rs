//! Telling people what would change, or did.

use super::changes::{AppChange, Changes, FieldChange, Kind, sign};
use crate::console::{self, BAD, DOUBTFUL, FAINT, GOOD};
use anstyle::Style;
use serde_json::Value;

/// Every change as lines on stdout, then how many there are.
pub fn tell(changes: &Changes) {
    for token in &changes.tokens {
        tell_field("token ", token, "");
    }
    for app in &changes.apps {
        tell_app(app);
    }
    console::line(counts(changes));
}

/// `1 to add, 2 to change, 0 to remove, 3 the same`
pub fn counts(changes: &Changes) -> String {
    let [added, changed, removed, same] =
        [Kind::Added, Kind::Changed, Kind::Removed, Kind::Same].map(|kind| changes.count(kind));
    format!("{added} to add, {changed} to change, {removed} to remove, {same} the same")
}

fn tell_app(app: &AppChange) {
    let style = style(app.change);
    if app.change == Kind::Same {
        return;
    }
    console::line(format_args!("{style}{} {}{style:#} {FAINT}({}){FAINT:#}", sign(app.change), app.slug, app.id));
    for field in &app.fields {
        tell_field("", field, "    ");
    }
}

fn tell_field(kind: &str, field: &FieldChange, indent: &str) {
    let name = console::printable(&field.field).into_owned();
    let text = match (shown(&field.before), shown(&field.after)) {
        (None, Some(after)) => format!("{GOOD}+{GOOD:#} {kind}{name}: {after}"),
        (Some(before), None) => format!("{BAD}-{BAD:#} {kind}{name}: {before}"),
        (before, after) => {
            let [before, after] = [before, after].map(Option::unwrap_or_default);
            format!("{DOUBTFUL}~{DOUBTFUL:#} {kind}{name}: {before} -> {after}")
        }
    };
    console::line(format_args!("{indent}{text}"));
}

/// A value on one line; `None` for one that is not there.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(console::printable(&text.replace('\n', "\\n")).into_owned()),
        other => Some(other.to_string()),
    }
}

fn style(kind: Kind) -> Style {
    match kind {
        Kind::Added => GOOD,
        Kind::Changed => DOUBTFUL,
        Kind::Removed => BAD,
        Kind::Same => FAINT,
    }
}
