//! The `attachments` of a case: paths, texts, or base64.

use crate::test::fields::{Fields, Reading};
use adapter_local::attachment::content_type_of;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime_core::installation::Attachment;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

pub(super) fn read(fields: &mut Fields, folder: &Path) -> Reading<BTreeMap<String, Attachment>> {
    let path = fields.path("attachments");
    let given = fields.map("attachments")?;
    given
        .into_iter()
        .map(|(key, value)| {
            let attachment = read_one(&key, format!("{path}.{key}"), value, folder)?;
            Ok((key, attachment))
        })
        .collect()
}

fn read_one(key: &str, path: String, value: Value, folder: &Path) -> Reading<Attachment> {
    let value = match value {
        Value::String(file) => serde_json::json!({ "path": file }),
        other => other,
    };
    let mut fields = Fields::of(path, value)?;
    let sources = [fields.text("path")?, fields.text("text")?, fields.text("base64")?];
    let (contents, base_name) = match sources {
        [Some(file), None, None] => {
            let file = folder.join(file);
            let contents = std::fs::read(&file)
                .map_err(|error| fields.error("path", format_args!("{} cannot be read: {error}", file.display())))?;
            (contents, file.file_name().map(|name| name.to_string_lossy().into_owned()))
        }
        [None, Some(text), None] => (text.into_bytes(), None),
        [None, None, Some(text)] => {
            let contents = STANDARD.decode(text).map_err(|error| fields.error("base64", error))?;
            (contents, None)
        }
        _ => return Err(fields.error("path", "give exactly one of path, text and base64")),
    };
    let file_name = fields.text("file_name")?.or(base_name).unwrap_or_else(|| key.to_owned());
    let content_type = fields.text("content_type")?.unwrap_or_else(|| content_type_of(&file_name).to_owned());
    fields.finish()?;
    Ok(Attachment { file_name, content_type, contents })
}
