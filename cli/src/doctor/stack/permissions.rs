//! What the caller may not do, and which commands need it.

use super::super::check::{Check, Question};
use adapter_stack::{AskError, Refusal};
use std::collections::BTreeSet;

const PERMISSIONS: Question =
    Question { name: "permissions", asks: "may we read what the commands need? (what changes something is not tried)" };

/// The actions of IAM that AWS has refused.
#[derive(Debug, Default)]
pub struct Permissions {
    refused: BTreeSet<String>,
}

impl Permissions {
    /// Remembers what was refused; other errors are none of permissions.
    pub fn note(&mut self, error: &AskError) {
        if error.kind == Refusal::Denied {
            self.refused.insert(error.action.clone());
        }
    }

    /// What was refused, with the commands that need it.
    pub fn check(&self) -> Check {
        if self.refused.is_empty() {
            return PERMISSIONS.ok("nothing was refused");
        }
        let told: Vec<String> =
            self.refused.iter().map(|action| format!("{action}, for {}", commands(action))).collect();
        PERMISSIONS.failed(
            format!("refused: {}", told.join("; ")),
            "let whoever looks after your IAM policies allow these on the stack's resources",
        )
    }
}

/// The commands that need an action.
fn commands(action: &str) -> &'static str {
    match action {
        "dynamodb:GetItem" | "s3:GetObject" | "s3:ListBucket" => {
            "plan, apply, apps, config, secrets, attachments, rollback, history"
        }
        "kms:Decrypt" => "plan, apply, secrets, config, dead-letters, and whatever else reads what is encrypted",
        "dynamodb:Query" => "dead-letters",
        "lambda:ListEventSourceMappings" => "pause, resume and doctor",
        action if action.starts_with("logs:") => "logs and doctor",
        "cloudwatch:GetMetricData" => "metrics and doctor",
        _ => "doctor",
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::check::Verdict;
    use super::*;

    #[test]
    fn what_is_refused_is_named_once_with_its_commands() {
        let error = |action: &str, kind| AskError { action: action.to_owned(), kind, reason: "no".to_owned() };
        let mut permissions = Permissions::default();
        permissions.note(&error("sqs:GetQueueAttributes", Refusal::Failed));
        assert_eq!(permissions.check().verdict, Verdict::Ok);
        for action in ["logs:FilterLogEvents", "dynamodb:Query", "dynamodb:Query"] {
            permissions.note(&error(action, Refusal::Denied));
        }
        let check = permissions.check();
        assert_eq!(check.verdict, Verdict::Failed);
        assert_eq!(check.found, "refused: dynamodb:Query, for dead-letters; logs:FilterLogEvents, for logs and doctor");
    }
}
