//! Alarms, who is told of them, and how long things are kept.

use super::super::check::{Check, Question};
use adapter_stack::{Alarm, LogGroup, Subscribers};
use std::collections::BTreeSet;

pub const ALARMS: Question = Question { name: "alarms", asks: "is one on?" };
pub const NOTIFICATIONS: Question = Question { name: "notifications", asks: "does somebody get them?" };
pub const RETENTION: Question = Question { name: "retention", asks: "does what is kept end some day?" };

/// The alarms that are on.
pub fn alarms(on: &[Alarm]) -> Check {
    if on.is_empty() {
        return ALARMS.ok("none is on");
    }
    let told: Vec<String> =
        on.iter().map(|alarm| format!("{}: {} ({})", alarm.name, alarm.description, alarm.reason)).collect();
    ALARMS.failed(told.join("\n"), "docs/operations.md says for each what it means and what to do")
}

/// Who is subscribed to the topic.
pub fn subscribers(subscribers: Subscribers) -> Check {
    match subscribers {
        Subscribers { confirmed: 0, pending: 0 } => NOTIFICATIONS
            .warning("nobody has subscribed", "set the stack's parameter NotifyEmail, or subscribe to its topic"),
        Subscribers { confirmed, pending: 0 } => NOTIFICATIONS.ok(format!("{confirmed} get them")),
        Subscribers { confirmed, pending } => NOTIFICATIONS.warning(
            format!("{pending} have not confirmed that they want them; {confirmed} get them"),
            "confirm the mail that AWS has sent; it is valid for three days, then subscribe again",
        ),
    }
}

/// How long things are kept.
pub fn retention(groups: &[LogGroup]) -> Check {
    let kept: BTreeSet<String> = groups
        .iter()
        .map(|group| {
            group.retention_days.map_or_else(|| format!("{} for ever", group.name), |days| format!("{days} days"))
        })
        .collect();
    let kept: Vec<String> = kept.into_iter().collect();
    let rest = "queues 14 days, bodies of messages 30 days, revisions the last 50, dead letters until they are purged";
    let found = format!("logs {}; {rest}", kept.join(", "));
    if groups.is_empty() {
        RETENTION.warning("the functions have no log group", "deploy the stack again: its logs were deleted")
    } else if groups.iter().any(|group| group.retention_days.is_none()) {
        RETENTION.warning(found, "logs cost by the gigabyte: set the stack's parameter LogRetentionDays")
    } else {
        RETENTION.ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::check::Verdict;
    use super::*;

    #[test]
    fn an_alarm_that_is_on_fails_with_what_it_means() {
        let alarm = Alarm { name: "s-X".to_owned(), description: "it means x".to_owned(), reason: "1 > 0".to_owned() };
        let check = alarms(&[alarm]);
        assert_eq!((check.verdict, check.found.as_str()), (Verdict::Failed, "s-X: it means x (1 > 0)"));
        assert_eq!(alarms(&[]).verdict, Verdict::Ok);
    }

    #[test]
    fn somebody_must_get_what_alarms_tell() {
        let with = |confirmed, pending| subscribers(Subscribers { confirmed, pending }).verdict;
        assert_eq!([with(0, 0), with(0, 1), with(1, 1)], [Verdict::Warning; 3]);
        assert_eq!(with(1, 0), Verdict::Ok);
    }

    #[test]
    fn logs_without_an_end_are_told() {
        let group = |retention_days| LogGroup { name: "g".to_owned(), retention_days };
        assert_eq!(retention(&[group(Some(7))]).verdict, Verdict::Ok);
        assert_eq!(retention(&[group(Some(7)), group(None)]).verdict, Verdict::Warning);
        assert_eq!(retention(&[]).verdict, Verdict::Warning);
    }
}
