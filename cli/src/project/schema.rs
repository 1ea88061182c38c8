//! `hedgerow schema`: the JSON Schema of `hedgerow.toml`, for editors.

use super::file::ProjectFile;
use crate::console;
use crate::exit::Outcome;

/// Prints it.
pub fn schema() -> Outcome {
    console::line(text());
    Outcome::Success
}

/// The schema as indented JSON.
fn text() -> String {
    let schema = schemars::schema_for!(ProjectFile);
    serde_json::to_string_pretty(&schema).expect("a schema is a JSON value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Where editors find it: the file that `#:schema` in a project file names.
    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/hedgerow.schema.json");

    #[test]
    fn the_committed_schema_is_that_of_the_file() {
        let committed = std::fs::read_to_string(COMMITTED).unwrap();
        assert!(committed.trim_end() == text(), "write it anew: hedgerow schema > docs/hedgerow.schema.json");
    }

    #[test]
    fn it_knows_every_key_and_refuses_others() {
        let schema: Value = serde_json::from_str(&text()).unwrap();
        assert_eq!(schema["additionalProperties"], false);
        let app = &schema["$defs"]["AppEntry"];
        assert_eq!(
            (&app["additionalProperties"], &app["required"]),
            (&false.into(), &serde_json::json!(["slug", "source"]))
        );
        for (path, value) in [
            ("on_error", "dead_letter"),
            ("on_disabled", "park"),
            ("durable_global", "auto"),
            ("log_level", "critical"),
        ] {
            let named = &app["properties"][path];
            assert!(schema.to_string().contains(&format!("\"{value}\"")) && !named.is_null(), "{path}");
        }
    }
}
