//! How an operation on the database can end without a result, before it is turned into the error of a port.

use runtime_core::ports::Unavailable;
use runtime_core::ports::key_value::KeyValueError;

/// Either the caller asked for what cannot be done, or the database did not do it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The message is for the app.
    Refused(String),
    /// The message is for an operator.
    Sqlite(rusqlite::Error),
}

impl Failure {
    pub(crate) fn refused(message: &str) -> Self {
        Self::Refused(message.to_owned())
    }

    /// The error of the port named `port`.
    pub(crate) fn of(self, port: &'static str) -> KeyValueError {
        match self {
            Self::Refused(message) => KeyValueError::Refused(message),
            Self::Sqlite(error) => Unavailable::caused_by(port, error).into(),
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}
