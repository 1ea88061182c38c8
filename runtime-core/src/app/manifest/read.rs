//! Reading the keys of a JSON object one by one, and noting what nobody asked for.

use serde_json::{Map, Value};

/// The keys of an object that have not been read yet.
pub(super) struct Reader {
    /// What the object is, for warnings: `plugin.json`, `config field "url"`.
    place: String,
    keys: Map<String, Value>,
    warnings: Vec<String>,
}

impl Reader {
    pub(super) fn new(place: impl Into<String>, keys: Map<String, Value>) -> Self {
        Self { place: place.into(), keys, warnings: Vec::new() }
    }

    /// A value of any type; null is as good as absent.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.keys.shift_remove(key).filter(|value| !value.is_null())
    }

    /// A string; another type is a warning and absent.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match self.take(key)? {
            Value::String(text) => Some(text),
            other => {
                self.mismatch(key, "a string", &other);
                None
            }
        }
    }

    /// True or false, absent is false; the strings of these names are taken with a warning.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        match self.take(key) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(other) => {
                self.mismatch(key, "true or false", &other);
                other == "true"
            }
        }
    }

    pub(super) fn mismatch(&mut self, key: &str, wanted: &str, found: &Value) {
        self.warnings.push(format!("{}: \"{key}\" must be {wanted}, not {found}", self.place));
    }

    /// The warnings, the keys that nobody read among them.
    pub(super) fn finish(mut self) -> Vec<String> {
        let unknown = self.keys.keys().filter(|key| *key != "$schema");
        self.warnings.extend(unknown.map(|key| format!("{}: unknown key \"{key}\" is ignored", self.place)));
        self.warnings
    }
}
