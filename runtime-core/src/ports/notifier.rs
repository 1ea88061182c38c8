//! Telling a person what needs one.

use super::Unavailable;
use async_trait::async_trait;

/// Something that an operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// One line, at most 100 characters of ASCII are kept (the limit of SNS).
    pub subject: String,
    /// What happened, and what to do.
    pub message: String,
}

/// Tells people.
///
/// Guarantee: after `Ok` the notification is on its way. It may arrive twice.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Sends a notification.
    async fn notify(&self, notification: Notification) -> Result<(), Unavailable>;
}
