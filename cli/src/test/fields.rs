//! Reading the members of a JSON object by name, with the path of each for messages, and refusing those that nobody asked for.

use runtime_core::json::kind_of;
use serde_json::{Map, Value};
use std::fmt::Display;

/// What is wrong with a case file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct CaseFileError {
    path: String,
    message: String,
}

impl CaseFileError {
    pub fn at(path: impl Into<String>, message: impl Display) -> Self {
        Self { path: path.into(), message: message.to_string() }
    }
}

/// The result of reading a part of a case file.
pub type Reading<T> = Result<T, CaseFileError>;

/// The members of an object that have not been read yet.
pub struct Fields {
    path: String,
    members: Map<String, Value>,
}

impl Fields {
    /// The value at `path`, which must be an object.
    pub fn of(path: impl Into<String>, value: Value) -> Reading<Self> {
        let path = path.into();
        match value {
            Value::Object(members) => Ok(Self { path, members }),
            other => Err(CaseFileError::at(path, format_args!("must be an object, not {}", kind_of(&other)))),
        }
    }

    /// The path of a member.
    pub fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// An error about a member.
    pub fn error(&self, key: &str, message: impl Display) -> CaseFileError {
        CaseFileError::at(self.path(key), message)
    }

    /// A member, null included.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.members.shift_remove(key)
    }

    /// A member that is not null.
    fn given(&mut self, key: &str) -> Option<Value> {
        self.take(key).filter(|value| !value.is_null())
    }

    /// A text.
    pub fn text(&mut self, key: &str) -> Reading<Option<String>> {
        match self.given(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.mismatch(key, "a text", &other)),
        }
    }

    /// An integer.
    pub fn integer(&mut self, key: &str) -> Reading<Option<i64>> {
        match self.given(key) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| self.mismatch(key, "an integer", &value)),
        }
    }

    /// An integer that is not negative.
    pub fn count(&mut self, key: &str) -> Reading<Option<u64>> {
        match self.given(key) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| self.mismatch(key, "an integer from 0", &value)),
        }
    }

    /// True or false; absent is false.
    pub fn flag(&mut self, key: &str) -> Reading<bool> {
        match self.given(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(self.mismatch(key, "true or false", &other)),
        }
    }

    /// An object with members of any name; absent is empty.
    pub fn map(&mut self, key: &str) -> Reading<Map<String, Value>> {
        Ok(self.map_if_given(key)?.unwrap_or_default())
    }

    /// An object with members of any name.
    pub fn map_if_given(&mut self, key: &str) -> Reading<Option<Map<String, Value>>> {
        match self.given(key) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(other) => Err(self.mismatch(key, "an object", &other)),
        }
    }

    /// A list.
    pub fn list_if_given(&mut self, key: &str) -> Reading<Option<Vec<Value>>> {
        match self.given(key) {
            None => Ok(None),
            Some(Value::Array(elements)) => Ok(Some(elements)),
            Some(other) => Err(self.mismatch(key, "a list", &other)),
        }
    }

    /// A list whose elements are read one by one; absent is empty.
    pub fn each<T>(&mut self, key: &str, read: impl Fn(String, Value) -> Reading<T>) -> Reading<Vec<T>> {
        let elements = self.list_if_given(key)?.unwrap_or_default();
        let path = self.path(key);
        let indexed = elements.into_iter().enumerate();
        indexed.map(|(index, element)| read(format!("{path}[{index}]"), element)).collect()
    }

    /// An object of which the members are read as fields.
    pub fn fields(&mut self, key: &str) -> Reading<Option<Fields>> {
        let path = self.path(key);
        Ok(self.map_if_given(key)?.map(|members| Self { path, members }))
    }

    /// Everything must have been read by now.
    pub fn finish(self) -> Reading<()> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(key) => Err(self.error(key, "unknown key; is it misspelt?")),
        }
    }

    fn mismatch(&self, key: &str, wanted: &str, found: &Value) -> CaseFileError {
        self.error(key, format_args!("must be {wanted}, not {}", kind_of(found)))
    }
}
