//! `hedgerow dead-letters show`.

use super::Letters;
use super::list::summary;
use crate::arguments::ShowArguments;
use crate::console::{self, STRONG};
use crate::exit::{Outcome, Unusable};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime_core::pipeline::Stage;
use runtime_core::ports::dead_letters::{DeadLetter, Redrive};
use runtime_core::ports::delayed_queue::Lane;
use serde_json::Value;

/// Shows one letter.
pub async fn show(letters: &Letters, arguments: &ShowArguments) -> Result<Outcome, Unusable> {
    let id = letters.resolve_one(&arguments.id).await?;
    let letter = letters.store.get(&id).await.map_err(Unusable::new)?;
    let letter =
        letter.ok_or_else(|| Unusable::at(format_args!("\"{id}\""), "the dead letter has just been removed"))?;
    if arguments.json {
        console::line(as_json(letters, &letter));
    } else {
        tell(letters, &letter);
    }
    Ok(Outcome::Success)
}

fn as_json(letters: &Letters, letter: &DeadLetter) -> Value {
    let mut shown = summary(letters, letter);
    match std::str::from_utf8(&letter.body) {
        Ok(text) => shown["body"] = text.into(),
        Err(_) => shown["body_base64"] = STANDARD.encode(&letter.body).into(),
    }
    shown
}

fn tell(letters: &Letters, letter: &DeadLetter) {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    for (name, text) in [
        ("id", letter.id.clone()),
        ("given up", letter.created_at.to_string()),
        ("redriven", letter.redriven_at.map_or_else(|| "no".to_owned(), |at| at.to_string())),
        ("reason", letter.reason.name()),
        ("message", letter.message.clone()),
        ("app", or_none(letter.installation.map(|installation| letters.names.with_number(installation)))),
        ("function", or_none(letter.function.clone())),
        ("team", or_none(letter.team.map(|team| team.0.to_string()))),
        ("runs again", way(&letter.redrive)),
    ] {
        console::line(format_args!("{STRONG}{name:<12}{STRONG:#} {}", console::printable(&text)));
    }
    let (form, body) = body(&letter.body);
    console::line(format_args!("{STRONG}{:<12}{STRONG:#} {} bytes, {form}", "body", letter.body.len()));
    console::line(console::printable(&body));
}

/// How the letter is run again.
fn way(redrive: &Redrive) -> String {
    match redrive {
        Redrive::Record => "as a record, from the head of the pipeline".to_owned(),
        Redrive::Message(lane) => format!("as a message for {}, as it was", lane_name(*lane)),
        Redrive::Stage(stage) => match serde_json::from_str::<Stage>(stage) {
            Ok(stage) => format!("at the stage {}, with a first attempt", stage.label()),
            Err(error) => format!("not at all: its stage cannot be read ({error})"),
        },
    }
}

fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Events => "events",
        Lane::Continuations => "continuations",
        Lane::Exports => "exports",
        Lane::Jobs => "jobs",
    }
}

/// What a body is, and how it is shown: JSON indented, other text as it is, anything else as base64.
fn body(bytes: &[u8]) -> (&'static str, String) {
    let Ok(text) = std::str::from_utf8(bytes) else { return ("shown as base64", STANDARD.encode(bytes)) };
    match serde_json::from_str::<Value>(text) {
        Ok(value) => ("JSON", serde_json::to_string_pretty(&value).expect("a JSON value has a JSON form")),
        Err(_) => ("text", text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_shown_as_what_it_is() {
        assert_eq!(body(b"{\"a\":[1]}"), ("JSON", "{\n  \"a\": [\n    1\n  ]\n}".to_owned()));
        assert_eq!(body("{é".as_bytes()), ("text", "{é".to_owned()));
        assert_eq!(body(b"\xff\x00"), ("shown as base64", "/wA=".to_owned()));
        assert_eq!(body(b""), ("text", String::new()));
    }

    #[test]
    fn a_stage_is_named() {
        let stage = r#"{"name":"on_event","installation":3}"#;
        assert_eq!(way(&Redrive::Stage(stage.into())), "at the stage on_event:3, with a first attempt");
        assert!(way(&Redrive::Stage("{}".into())).starts_with("not at all"));
        assert_eq!(way(&Redrive::Message(Lane::Jobs)), "as a message for jobs, as it was");
    }
}
